"""One share, as what it lets one person do in each place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from ..._domain.access_levels import NONE, OFF, PENDING, RANKS, effective, higher
from ..._domain.flow_steps import identity, objects
from ..._exact_json import read
from .._sql.build import _cell
from .._store.files import INTEGRATIONS

Requirement = Literal["set", "not set", "not known"]
Answer = Literal["yes", "no", "not known"]


@dataclass(frozen=True, slots=True)
class Right:
    """What one share lets one person do in one place.

    Attributes:
        share: the id of the share.
        user, name, email: the person.
        integration, integration_name: where; None is the whole account.
        integration_seen: whether the inventory has that integration; None for the whole account.
        effective: what the person may do now: a level, `pending`, or `none`.
        may_change: whether that is enough to change things there; not known for a level that we do not know, and for
            somebody below `manage` who is a production admin, since the API does not say what that allows.
        level: what the share amounts to once it counts; two levels with `or` between them where nobody can say which
            is higher, None where it has none.
        account_level, granted_level: the two that it comes from.
        via: where the level comes from: `account`, `integration`, or `both` where it is two; None where there is none.
        standing: `active`, `pending`, `disabled`, `dismissed`, or `not known`.
        accepted, disabled, dismissed: as the server says; None where it does not.
        mfa, sso: whether the account requires them of the person; absent is not known, and never not set.
        last_sign_in: as the server says.
        production_admin: whether the server calls the person a production admin; None where it does not say.
    """

    share: str
    user: str | None
    name: str | None
    email: str | None
    integration: str | None
    integration_name: str | None
    integration_seen: bool | None
    effective: str
    may_change: Answer
    level: str | None
    account_level: str | None
    granted_level: str | None
    via: Literal["account", "integration", "both"] | None
    standing: str
    accepted: bool | None
    disabled: bool | None
    dismissed: bool | None
    mfa: Requirement
    sso: Requirement
    last_sign_in: str | None
    production_admin: bool | None = None


_COLUMNS = (
    "id", "integration", "user", "name", "email", "access_level", "granted_level", "standing", "accepted", "disabled",
    "dismissed", "production_admin", "mfa_required", "sso_required", "last_sign_in", "record", "rowid",
)  # fmt: skip


def rights(base: sqlite3.Connection, user: str | None, places: list[str | None] | None) -> Iterator[Right]:
    """The rights of every share.

    Args:
        base: the database of an inventory.
        user: only of the person with this e-mail address, casefolded.
        places: only there, whatever they come from; None is wherever a share has a level of its own.
    """
    cursor = base.execute(f"SELECT {', '.join(_COLUMNS)} FROM ashares ORDER BY id")  # noqa: S608 - ours
    rows = (dict(zip(_COLUMNS, row, strict=True)) for row in cursor)
    for _, group in groupby(rows, key=lambda row: (row["id"], row["rowid"] if row["id"] is None else None)):
        share = _compact(group)
        if user is None or str(share[0]["email"]).strip().casefold() == user:
            yield from _of_share(base, share, places)


def _compact(group: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one share; a record that is that of the row before is left out, as it mostly is."""
    found: list[dict[str, Any]] = []
    record = None
    for row in group:
        if row["record"] == record:
            row["record"] = None
        else:
            record = row["record"]
        found.append(row)
    return found


def _of_share(base: sqlite3.Connection, rows: list[dict[str, Any]], places: list[str | None] | None) -> Iterator[Right]:
    """The rights of one share, which the server lists once for each integration."""
    account = next((row["access_level"] for row in rows if row["access_level"] is not None), None)
    granted = _grants(rows)
    everywhere = account is not None or _may_do_more(rows[0])
    if places is None:
        own = [one for one, level in granted.items() if level is not None or account is None]
        wanted: Iterable[str | None] = own if own and not everywhere else [None, *own]
    else:
        wanted = [one for one in places if one in granted or everywhere]
    for one in wanted:
        yield _right(base, rows[0], one, account, None if one is None else granted.get(one))


def _grants(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The integrations that a share is listed for or names, with the levels that it grants there."""
    found = {row["integration"]: row["granted_level"] for row in rows if row["integration"] is not None}
    listed = set(found)
    for row in rows:
        record = read(row["record"]) if row["record"] is not None else {}
        for grant in objects(record.get("integrationAccessLevel")):
            one = _cell(identity(grant.get("_integrationId")))
            if one is not None and one not in listed:
                found[one] = higher(found.get(one), _cell(grant.get("accessLevel")))
    return found


def _right(
    base: sqlite3.Connection, row: Mapping[str, Any], integration: str | None, account: Any, granted: Any
) -> Right:
    level = higher(account, granted)
    now = str(effective(level, row["standing"]))
    name = _named(base, integration)
    return Right(
        share=_text(row["id"]) or "",
        user=_text(row["user"]),
        name=_text(row["name"]),
        email=_text(row["email"]),
        integration=integration,
        integration_name=_text(name[0]) if name else None,
        integration_seen=None if integration is None else name is not None,
        effective=now,
        may_change=_may_change(now, row),
        level=_text(level),
        account_level=_text(account),
        granted_level=_text(granted),
        via=_via(level, account, granted),
        standing=row["standing"],
        accepted=_truth(row["accepted"]),
        disabled=_truth(row["disabled"]),
        dismissed=_truth(row["dismissed"]),
        mfa=_requirement(row["mfa_required"]),
        sso=_requirement(row["sso_required"]),
        last_sign_in=_text(row["last_sign_in"]),
        production_admin=_truth(row["production_admin"]),
    )


def _named(base: sqlite3.Connection, integration: str | None) -> tuple[Any, ...] | None:
    if integration is None:
        return None
    found: tuple[Any, ...] | None = base.execute(
        "SELECT name FROM things WHERE kind = ? AND id = ?", (INTEGRATIONS, integration)
    ).fetchone()
    return found


def _may_change(now: str, row: Mapping[str, Any]) -> Answer:
    if now in RANKS and RANKS[now] > RANKS["monitor"]:
        return "yes"
    if now == PENDING or row["standing"] in OFF:
        return "no"
    return "no" if now in ("monitor", NONE) and not _may_do_more(row) else "not known"


def _may_do_more(row: Mapping[str, Any]) -> bool:
    """Whether a share says that the person is a production admin, or says something else than yes or no."""
    return row["production_admin"] not in (None, 0)


def _via(level: Any, account: Any, granted: Any) -> Literal["account", "integration", "both"] | None:
    if level is None:
        return None
    if level == account:
        return "account"
    return "integration" if level == granted else "both"


def _requirement(value: Any) -> Requirement:
    known = _truth(value)
    if known is None:
        return "not known"
    return "set" if known else "not set"


def _truth(value: Any) -> bool | None:
    return bool(value) if value in (0, 1) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
