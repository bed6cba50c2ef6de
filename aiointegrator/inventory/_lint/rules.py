"""The rules of `lint`: each a question to the tables, and what must have been read for its answer to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from .rule import Asked, Found, Rule
from .triggers import no_trigger, unread_sources

_SHOWN = 3
_STEP_KINDS = ("exports", "imports")
_REFERRING = ("flows", *_STEP_KINDS)


# Connections


def _offline(asked: Asked) -> Iterator[Found]:
    rows = asked.base.execute(
        "SELECT DISTINCT u.target, f.integration, f.id, coalesce(f.name, f.id) FROM uses u "
        "JOIN steps s ON s.step = u.id AND s.kind = u.kind "
        "JOIN flows f ON f.id = s.flow AND f.integration IS s.integration "
        "WHERE u.target IN (SELECT id FROM connections WHERE offline = 1) AND u.target_kind = 'connections' "
        "AND u.kind IN ('exports', 'imports') AND f.enabled ORDER BY u.target, f.integration, f.id"
    )
    for (connection, integration), flows in groupby(rows, key=lambda row: row[:2]):
        names = [str(row[3]) for row in flows]
        yield "connections", connection, integration, f"offline, and used by {_counted(names, 'enabled flow')}"


def _unused_connection(asked: Asked) -> Iterator[Found]:
    return _unused(asked, "connections", " AND NOT (u.kind = 'integrations' AND instr(u.path, '_registered') = 1)")


def _registered_unused(asked: Asked) -> Iterator[Found]:
    rows = asked.base.execute(
        "SELECT DISTINCT r.target, r.integration FROM uses r WHERE r.kind = 'integrations' "
        "AND r.target_kind = 'connections' AND instr(r.path, '_registeredConnectionIds') = 1 AND NOT EXISTS "
        "(SELECT 1 FROM uses u WHERE u.target = r.target AND u.target_kind = 'connections' "
        "AND u.integration IS r.integration AND NOT (u.kind = 'integrations' AND instr(u.path, '_registered') = 1)) "
        "AND NOT EXISTS (SELECT 1 FROM branches b WHERE b.integration IS r.integration AND b.status <> 'read' "
        "AND b.kind IN ('flows', 'exports', 'imports'))"
    )
    for connection, integration in rows:
        yield "connections", connection, integration, "registered in the integration, and nothing of it uses it"


def _used_unregistered(asked: Asked) -> Iterator[Found]:
    rows = asked.base.execute(
        "SELECT u.target, u.integration, u.steps FROM "  # noqa: S608 - ours
        "(SELECT target, integration, count(DISTINCT id) AS steps FROM uses "
        "WHERE kind IN ('exports', 'imports') AND target_kind = 'connections' "
        "AND path = '_connectionId' "
        f"GROUP BY target, integration) u JOIN integrations i ON i.id = u.integration WHERE {_LISTED} AND NOT EXISTS "
        "(SELECT 1 FROM uses r WHERE r.id = u.integration AND r.kind = 'integrations' AND +r.target = u.target "
        "AND r.target_kind = 'connections' AND instr(r.path, '_registeredConnectionIds') = 1)"
    )
    for connection, integration, steps in rows:
        number = (
            f"{steps:,} exports and imports of the integration use it"
            if steps > 1
            else "a step of the integration uses it"
        )
        yield "connections", connection, integration, f"{number}, and it is not registered there"


_LISTED = "CASE WHEN json_valid(i.record) THEN json_type(i.record, '$._registeredConnectionIds') = 'array' END"


def _unlisted(asked: Asked) -> Iterator[str]:
    (number,) = asked.base.execute(
        f"SELECT count(*) FROM integrations i WHERE NOT coalesce({_LISTED}, 0)"  # noqa: S608 - ours
    ).fetchone()
    if number:
        yield f"{number:,} integrations do not say what is registered"


# Exports and imports


_OTHER_USERS = {"apis": "APIs", "tools": "tools", "mcp_servers": "MCP servers"}
"""Kinds whose records use exports, imports and connections too."""


def _unused_export(asked: Asked) -> Iterator[Found]:
    return _unused_step(asked, "exports")


def _unused_import(asked: Asked) -> Iterator[Found]:
    return _unused_step(asked, "imports")


def _unused_step(asked: Asked, kind: str) -> Iterator[Found]:
    others = _other_users(asked)
    message = "unused by flows" + (f"; {others} may use it, and were not read" if others else "")
    return ((*found[:3], message) for found in _unused(asked, kind))


def _other_users(asked: Asked) -> str:
    """What may use an export, an import or a connection and was not read whole; empty where there is nothing."""
    *names, last = [name for kind, name in _OTHER_USERS.items() if asked.whole.lacks(kind)] or [""]
    return f"{', '.join(names)} and {last}" if names else last


def _users_not_read(find: Callable[[Asked], Iterator[Found]]) -> Callable[[Asked], Iterator[str]]:
    """Why what a rule finds may be used all the same; nothing where it finds nothing."""

    def unsure(asked: Asked) -> Iterator[str]:
        if (others := _other_users(asked)) and next(find(asked), None) is not None:
            yield f"what was found may be used by {others}, which were not read"

    return unsure


def _unused(asked: Asked, kind: str, but: str = "") -> Iterator[Found]:
    rows = asked.base.execute(
        f"SELECT t.id, min(t.integration) FROM {kind} t WHERE t.id IS NOT NULL AND NOT EXISTS "  # noqa: S608 - ours
        f"(SELECT 1 FROM uses u WHERE u.target = t.id AND u.target_kind = '{kind}' "
        f"AND NOT (u.kind = '{kind}' AND u.id IS t.id){but}) GROUP BY t.id"
    )
    for one, integration in rows:
        yield kind, one, integration, "nothing that was read uses it"


# Records and branches


def _missing(asked: Asked) -> Iterator[Found]:
    for kind in filter(lambda kind: not asked.whole.unproved(kind), _RESOLVED):
        rows = asked.base.execute(
            "SELECT DISTINCT u.kind, u.id, u.integration, u.target, u.path FROM uses u WHERE u.target_kind = ? AND NOT "
            "EXISTS (SELECT 1 FROM things t WHERE t.kind = u.target_kind AND t.id = u.target)",
            (kind,),
        )
        for source, one, integration, target, path in rows:
            yield source, one, integration, f"{path} names the {kind[:-1]} {target}, which does not exist"


_RESOLVED = ("flows", "exports", "imports", "connections")


def _unresolved(asked: Asked) -> Iterator[str]:
    rows = asked.base.execute(
        "SELECT u.target_kind, count(DISTINCT u.target) FROM uses u WHERE NOT EXISTS "
        "(SELECT 1 FROM things t WHERE t.kind = u.target_kind AND t.id = u.target) GROUP BY u.target_kind"
    )
    for kind, number in rows:
        if reason := asked.whole.unproved(kind):
            yield f"{number:,} {kind} that records name: {reason}"


def _empty_branch(asked: Asked) -> Iterator[Found]:
    rows = asked.base.execute(
        "SELECT f.id, f.integration, s.router, s.branch FROM steps s "
        "JOIN flows f ON f.id = s.flow AND f.integration IS s.integration "
        "WHERE s.role = 'empty' AND s.next_router IS NULL AND f.enabled"
    )
    for one, integration, router, branch in rows:
        yield "flows", one, integration, f"branch {branch or '(no name)'} of router {router or '(no id)'} has no step"


# People


def _pending(asked: Asked) -> Iterator[Found]:
    for one, integration, created in _invitations(asked):
        since = _moment(created)
        if since is not None and asked.now - since >= asked.pending:
            age = (asked.now - since).days
            yield "ashares", one, integration, f"invited {since.date()}, {age:,} days ago, and has not accepted"


def _undated(asked: Asked) -> Iterator[str]:
    number = sum(_moment(created) is None for _, _, created in _invitations(asked))
    if number:
        yield f"{number:,} pending invitations do not say since when"


def _invitations(asked: Asked) -> Iterator[tuple[Any, Any, Any]]:
    yield from asked.base.execute(
        "SELECT id, min(integration), min(created_at) FROM ashares WHERE standing = 'pending' GROUP BY id"
    )


def _disabled_share(asked: Asked) -> Iterator[Found]:
    rows = asked.base.execute(
        "SELECT id, min(integration), level FROM ashares WHERE standing = 'disabled' AND level IS NOT NULL GROUP BY id"
    )
    for one, integration, level in rows:
        yield "ashares", one, integration, f"disabled, and still has the level {level} for whoever enables it again"


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _counted(names: list[str], what: str) -> str:
    shown = ", ".join(name[:60] for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{len(names):,} {what}{'s' if len(names) > 1 else ''}: {shown}{more}"


_ALL = (
    Rule("offline-connection", "a connection is offline, and enabled flows use it", _offline,
         ("connections", *_REFERRING)),
    Rule("unused-connection", "a connection that nothing uses", _unused_connection,
         ("connections",), ("integrations", "connections", *_REFERRING), outside=True,
         unsure=_users_not_read(_unused_connection)),
    Rule("unused-export", "an export that no flow uses", _unused_export,
         ("exports",), ("integrations", *_REFERRING), outside=True, unsure=_users_not_read(_unused_export)),
    Rule("unused-import", "an import that no flow uses", _unused_import,
         ("imports",), ("integrations", *_REFERRING), outside=True, unsure=_users_not_read(_unused_import)),
    Rule("no-trigger", "an enabled flow with no schedule, no page generator that listens, and no flow that runs it, "
         "but for those of a cycle that nothing starts", no_trigger,
         ("flows", "exports"), ("flows",), outside=True, unsure=unread_sources),
    Rule("missing-reference", "a record that names something that does not exist", _missing,
         ("integrations", *_REFERRING), unsure=_unresolved),
    Rule("registered-unused", "a connection that is registered in an integration, none of whose records uses it",
         _registered_unused, ("integrations", *_REFERRING)),
    Rule("used-unregistered", "a connection that is not registered in an integration whose exports or imports use it",
         _used_unregistered, ("integrations", *_STEP_KINDS), unsure=_unlisted),
    Rule("empty-branch", "an enabled flow with a branch that does nothing and leads nowhere",
         _empty_branch, ("flows",)),
    Rule("pending-invitation", "an invitation that has not been accepted for long", _pending,
         ("ashares",), unsure=_undated),
    Rule("disabled-share", "a disabled share that still has a level", _disabled_share, ("ashares",)),
)  # fmt: skip
RULES = {rule.name: rule for rule in _ALL}
"""The rules by name."""
