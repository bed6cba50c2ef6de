"""Who can do what: the rights of everybody that the account is shared with.

A share can have a level for the whole account and levels for single integrations; what counts is the higher of the two
(`_levels` decides, here as in the database's view `access`). A right is pending until the invitation is accepted, and a
share that is disabled or dismissed gives none; all are listed, since a review wants to see them. Levels that we do not
know are shown as they are. `manage` and `administrator` change things and `monitor` looks on, as their names say.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from ..errors import ArgumentError
from ..models._steps import objects
from ._files import LISTING
from ._levels import NONE, PENDING, RANKS, effective, higher
from ._start import resolve
from ._using import owners_of_users
from ._whole import Whole
from .database import _cell
from .queries import open_database
from .reader import Inventory

OWNER_NOTE = "The account's owner is in no answer of the API and so not in this list; the owner may do everything."
Requirement = Literal["set", "not set", "not known"]
Answer = Literal["yes", "no", "not known"]
_KIND = "ashares"


@dataclass(frozen=True, slots=True)
class Right:
    """What one share lets one person do in one place.

    Attributes:
        share: the id of the share.
        user, name, email: the person.
        integration, integration_name: where; None is the whole account.
        integration_seen: whether the inventory has that integration; None for the whole account.
        effective: what the person may do now: a level, `pending`, or `none`.
        may_change: whether that is enough to change things there.
        level: what the share amounts to once it counts; two levels with `or` between them where nobody can say which
            is higher, None where it has none.
        account_level, granted_level: the two that it comes from.
        via: where the level comes from: `account`, `integration`, or `both` where it is two; None where there is none.
        standing: `active`, `pending`, `disabled`, `dismissed`, or `not known`.
        accepted, disabled, dismissed: as the server says; None where it does not.
        mfa, sso: whether the account requires them of the person; absent is not known, and never not set.
        last_sign_in: as the server says.
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


def access_of(
    inventory: Inventory,
    *,
    user: str | None = None,
    integration: str | None = None,
    uses: tuple[str, str] | None = None,
) -> Iterator[Right]:
    """Everybody's rights, share by share: the account-wide one first, then one for each integration that has its own.

    With `integration` or `uses` there is one for each person and integration instead, whatever it comes from. What was
    not read is not in it: `access_notes` says so.

    Args:
        inventory: an inventory.
        user: only the person with this e-mail address, in whatever case.
        integration: only what they may do with the integration of this id, or of this name if only one has it.
        uses: kind and id of something: only integrations with an enabled flow that uses it.

    Raises:
        ArgumentError: no such integration or thing, both of them given, or shares that the crawl did not ask for.
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    if integration is not None and uses is not None:
        raise ArgumentError("integration= and uses= both say where; give one of them")
    if _KIND not in inventory.kinds:
        raise ArgumentError(f"{_KIND} are not in this inventory; crawl again with --kinds {_KIND} to read them")
    with closing(open_database(inventory.directory)) as base:
        places = _places(base, integration, uses)
    return _rights(inventory, None if user is None else user.strip().casefold(), places)


def access_notes(inventory: Inventory, *, integration: str | None = None) -> tuple[str, ...]:
    """What the list of rights cannot say: the owner, and who has a share that was not read.

    Args:
        inventory: an inventory.
        integration: the id of the one integration that it is about.
    """
    if integration is not None:
        gaps = [gap for gap in inventory.gaps if gap.kind == _KIND and gap.integration_id in (integration, None)]
        reason = f"the {_KIND} of integration {integration}: {gaps[0].reason}" if gaps else None
    else:
        reason = Whole(inventory).lacks(_KIND)
    return (
        (OWNER_NOTE, f"Not known: who else has access, since not everything was read ({reason}).")
        if reason
        else (OWNER_NOTE,)
    )


# Where


def _places(base: sqlite3.Connection, integration: str | None, uses: tuple[str, str] | None) -> list[str | None] | None:
    """The integrations that are asked about, None among them for what belongs to none; None is everywhere."""
    if uses is not None:
        return owners_of_users(base, *uses)
    if integration is None:
        return None
    try:
        return [resolve(base, LISTING, integration)[1]]
    except ArgumentError:
        named = base.execute(
            "SELECT 1 FROM ashares WHERE instr(record, ?) LIMIT 1", (json.dumps(integration),)
        ).fetchone()
        if named is None:
            raise
    return [integration]


# Who


_COLUMNS = (
    "id", "integration", "user", "name", "email", "access_level", "granted_level", "standing", "accepted", "disabled",
    "dismissed", "mfa_required", "sso_required", "last_sign_in", "record", "rowid",
)  # fmt: skip


def _rights(inventory: Inventory, user: str | None, places: list[str | None] | None) -> Iterator[Right]:
    with closing(open_database(inventory.directory)) as base:
        cursor = base.execute(f"SELECT {', '.join(_COLUMNS)} FROM ashares ORDER BY id")  # noqa: S608 - ours
        rows = (dict(zip(_COLUMNS, row, strict=True)) for row in cursor)
        for _, group in groupby(rows, key=lambda row: (row["id"], row["rowid"] if row["id"] is None else None)):
            share = list(group)
            if user is None or str(share[0]["email"]).strip().casefold() == user:
                yield from _of_share(base, share, places)


def _of_share(base: sqlite3.Connection, rows: list[dict[str, Any]], places: list[str | None] | None) -> Iterator[Right]:
    """The rights of one share, which the server lists once for each integration."""
    account = next((row["access_level"] for row in rows if row["access_level"] is not None), None)
    granted = _grants(rows)
    if places is None:
        own = [one for one, level in granted.items() if level is not None or account is None]
        wanted: Iterable[str | None] = own if account is None and own else [None, *own]
    else:
        wanted = [one for one in places if one in granted or account is not None]
    for one in wanted:
        yield _right(base, rows[0], one, account, None if one is None else granted.get(one))


def _grants(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The integrations that a share is listed for or names, with the levels that it grants there."""
    found = {row["integration"]: row["granted_level"] for row in rows if row["integration"] is not None}
    seen, record = set(found), None
    for row in rows:
        if row["record"] == record:
            continue
        record = row["record"]
        for grant in objects(json.loads(record).get("integrationAccessLevel")):
            one = grant.get("_integrationId")
            if one not in seen and isinstance(one, str):
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
        integration_name=name and _text(name[0]),
        integration_seen=None if integration is None else name is not None,
        effective=now,
        may_change=_may_change(now),
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
    )


def _named(base: sqlite3.Connection, integration: str | None) -> tuple[Any, ...] | None:
    if integration is None:
        return None
    found: tuple[Any, ...] | None = base.execute(
        "SELECT name FROM things WHERE kind = ? AND id = ?", (LISTING, integration)
    ).fetchone()
    return found


def _may_change(now: str) -> Answer:
    if now in RANKS:
        return "yes" if RANKS[now] > RANKS["monitor"] else "no"
    return "no" if now in (NONE, PENDING) else "not known"


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
