"""Who can do what: the rights of everybody that the account is shared with.

A share can have a level for the whole account and levels for single integrations; what counts is the higher of the two
(`_levels` decides, here as in the database's view `access`). A right is pending until the invitation is accepted, and a
share that is disabled or dismissed gives none; all are listed, since a review wants to see them. Levels that we do not
know are shown as they are. `manage` and `administrator` change things and `monitor` looks on, as their names say. What
`isProductionAdmin` allows is not documented, so whether a monitor who is one may change something is not known.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from ...errors import ArgumentError
from .._sql.connection import connected
from .._sql.lookup import resolve
from .._store.coverage import Whole
from .._store.files import INTEGRATIONS
from .._store.reader import InventoryReader
from .rights import Right, rights
from .usage import owners_of_users

OWNER_NOTE = "The account's owner is in no answer of the API and so not in this list; the owner may do everything."
_KIND = "ashares"
_USERS = ("flows", "exports", "imports")


def access_of(
    inventory: InventoryReader,
    *,
    user: str | None = None,
    integration: str | None = None,
    uses: tuple[str, str] | None = None,
) -> Iterator[Right]:
    """Everybody's rights, share by share: the account-wide one first, then one for each integration that has its own.

    With `integration` or `uses` there is one for each share and integration instead, whatever it comes from. What was
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
        raise ArgumentError("integration and uses both say where; give one of them")
    if _KIND not in inventory.kinds:
        raise ArgumentError(f"{_KIND} are not in this inventory; crawl again with --kinds {_KIND} to read them")
    with connected(inventory) as base:
        places = owners_of_users(base, *uses) if uses is not None else _places(base, integration)
    return _found(inventory, user, places)


def _found(inventory: InventoryReader, user: str | None, places: list[str | None] | None) -> Iterator[Right]:
    with connected(inventory) as base:
        yield from rights(base, None if user is None else user.strip().casefold(), places)


def access_notes(
    inventory: InventoryReader, *, integration: str | None = None, uses: tuple[str, str] | None = None
) -> tuple[str, ...]:
    """What the list of rights cannot say: the owner first, then who and what was not read.

    Args:
        inventory: an inventory.
        integration, uses: as `access_of` takes them.

    Raises:
        ArgumentError: no such integration.
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    notes = [OWNER_NOTE]
    lack = Whole(inventory).lacks(_KIND)
    if integration is not None:
        with connected(inventory) as base:
            (place,) = _places(base, integration) or (None,)
        lack = lack and _gap_of(inventory, place)
    if lack:
        notes.append(f"Not known: who else has access ({lack}).")
    reasons = [reason for kind in _USERS if uses is not None and (reason := Whole(inventory).lacks(kind))]
    if reasons:
        notes.append(f"Not known: which other flows use it ({'; '.join(dict.fromkeys(reasons))}).")
    return tuple(notes)


def _gap_of(inventory: InventoryReader, integration: str | None) -> str | None:
    """Why the shares of one integration were not read; None where they were."""
    for branch in inventory.branches:
        if branch.kind == _KIND and branch.integration_id == integration:
            return None if branch.status == "read" else f"the {_KIND} of {integration} were not read: {branch.status}"
    return f"{integration} is not in the inventory"


def _places(base: sqlite3.Connection, integration: str | None) -> list[str | None] | None:
    """The one integration, by id or name; one that only a share names is one too. None is everywhere."""
    if integration is None:
        return None
    try:
        return [resolve(base, INTEGRATIONS, integration)[1]]
    except ArgumentError:
        named = "SELECT 1 FROM ashares WHERE instr(record, ?) LIMIT 1"
        if base.execute(named, (json.dumps(integration),)).fetchone() is None:
            raise
    return [integration]
