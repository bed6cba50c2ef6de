"""The tables and views of `inventory.sqlite`: which columns, and where in a record each comes from."""

from __future__ import annotations

import re

from ..._domain.kinds import KINDS
from .._store.files import INTEGRATIONS

STAMPS = {"created_at": "createdAt", "last_modified": "lastModified"}

COLUMNS: dict[str, dict[str, str]] = {
    "integrations": {
        "name": "name", "description": "description", "mode": "mode", "version": "version", "tag": "tag",
        "sandbox": "sandbox", "connector": "_connectorId", "parent": "_parentId", "flows": "numFlows", **STAMPS,
    },
    "flows": {
        "name": "name", "description": "description", "disabled": "disabled", "schedule": "schedule",
        "timezone": "timezone", "grouping_id": "_flowGroupingId", "last_executed_at": "lastExecutedAt", **STAMPS,
    },
    "exports": {
        "name": "name", "description": "description", "adaptor_type": "adaptorType", "type": "type",
        "connection": "_connectionId", "is_lookup": "isLookup", "sandbox": "sandbox", **STAMPS,
    },
    "imports": {
        "name": "name", "description": "description", "adaptor_type": "adaptorType", "connection": "_connectionId",
        "sandbox": "sandbox", **STAMPS,
    },
    "connections": {
        "name": "name", "description": "description", "type": "type", "offline": "offline", "assistant": "assistant",
        "sandbox": "sandbox", "agent": "_agentId", **STAMPS,
    },
    "ashares": {
        "name": "sharedWithUser.name", "email": "sharedWithUser.email", "user": "sharedWithUser._id",
        "access_level": "accessLevel", "accepted": "accepted", "disabled": "disabled", "dismissed": "dismissed",
        "production_admin": "isProductionAdmin",
        "mfa_required": "accountMFARequired", "sso_required": "accountSSORequired",
        "sso_linked": "sharedWithUser.accountSSOLinked", "last_sign_in": "lastSignIn", **STAMPS,
    },
}  # fmt: skip
"""By kind, each column and where it stands in the record. Every table has `id`, `integration` and `record` besides."""

COMPUTED = {"flows": ("enabled",), "ashares": ("granted_level", "level", "standing", "effective")}
"""Columns that are worked out: whether a flow is not disabled; what a share grants on its row's integration, what that
and its account-wide level amount to, whether it counts, and so what somebody may do (see `_levels`)."""

TABLES = (INTEGRATIONS, *KINDS)
VIEWS = ("flow_steps", "used_by", "access", "gaps")


def columns_of(kind: str) -> tuple[str, ...]:
    """The columns of a kind's table, in order."""
    return ("id", "integration", *COLUMNS[kind], *COMPUTED.get(kind, ()), "record")


def table_sql() -> list[str]:
    """What makes the tables, before anything is in them."""
    made = [f"CREATE TABLE {kind} ({', '.join(columns_of(kind))})" for kind in TABLES]
    return [*made, *_BESIDE]


_BESIDE = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value)",
    "CREATE TABLE branches (integration, kind, status, records, pages, error)",
    "CREATE TABLE steps (flow, integration, role, kind, step, position, router, branch, next_router, path)",
    "CREATE TABLE uses (kind, id, integration, target_kind, target, path)",
    "CREATE TABLE things (kind, id, name, description, UNIQUE (kind, id))",
)

SEARCH_SQL = (
    "CREATE VIRTUAL TABLE search USING fts5"
    "(name, description, content='things', prefix='2 3', tokenize='unicode61 remove_diacritics 2')",
    "INSERT INTO search(rowid, name, description) SELECT rowid, indexed(name), indexed(description) FROM things",
)
"""The full-text index, where this SQLite has FTS5. `indexed` is that of `_search_words`."""

INDEX_SQL = (
    *(f"CREATE INDEX {kind}_id ON {kind} (id)" for kind in TABLES),
    *(f"CREATE INDEX {kind}_integration ON {kind} (integration)" for kind in TABLES),
    "CREATE INDEX exports_connection ON exports (connection)",
    "CREATE INDEX imports_connection ON imports (connection)",
    "CREATE INDEX steps_step ON steps (step)",
    "CREATE INDEX steps_flow ON steps (flow)",
    "CREATE INDEX uses_target ON uses (target, integration)",
    "CREATE INDEX uses_id ON uses (id)",
)


def _view(name: str, columns: str, source: str) -> str:
    """A view; `name_of(kind, id)` in its columns is the name of that thing."""
    named = re.sub(r"name_of\(([\w.']+), ([\w.]+)\)", r"(SELECT name FROM things WHERE kind = \1 AND id = \2)", columns)
    return f"CREATE VIEW {name} AS SELECT {named} FROM {source}"  # noqa: S608 - all of it is ours


def _step_s(column: str) -> str:
    """A column of the export or import that a step runs."""
    of_export, of_import = (f"(SELECT {column} FROM {kind} WHERE id = s.step)" for kind in ("exports", "imports"))  # noqa: S608
    return f"CASE s.kind WHEN 'exports' THEN {of_export} ELSE {of_import} END"


VIEW_SQL = (
    _view(
        "flow_steps",
        "t.integration, name_of('integrations', t.integration) AS integration_name, t.flow, f.name AS flow_name, "
        "f.enabled, t.role, t.position, t.router, t.branch, t.next_router, t.kind, t.step, "
        "name_of(t.kind, t.step) AS step_name, t.adaptor_type, t.connection, "
        "name_of('connections', t.connection) AS connection_name",
        f"(SELECT *, {_step_s('adaptor_type')} AS adaptor_type, {_step_s('connection')} AS connection FROM steps s) t "  # noqa: S608
        "JOIN flows f ON f.id = t.flow AND f.integration IS t.integration",
    ),
    _view(
        "used_by",
        "u.target_kind AS kind, u.target AS id, name_of(u.target_kind, u.target) AS name, u.kind AS by_kind, "
        "u.id AS by_id, name_of(u.kind, u.id) AS by_name, u.integration, u.path",
        "uses u",
    ),
    _view(
        "access",
        "a.integration, name_of('integrations', a.integration) AS integration_name, a.id AS ashare, a.user, a.name, "
        "a.email, a.effective, a.standing, a.level, a.access_level AS account_level, a.granted_level, "
        "a.accepted, a.disabled, a.production_admin, a.mfa_required, a.sso_required, a.last_sign_in",
        "ashares a",
    ),
    _view("gaps", "integration, kind, status, error", "branches WHERE status <> 'read'"),
)
