"""Read the account-wide lists, and sort them to their integrations."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._domain.flow_steps import STEP_KEYS, identity, objects, steps
from .._exact_json import read_plain
from ..endpoints import Ashares, Connections, Exports, Flows, Imports
from ..errors import IntegratorError
from ..pager import Pager
from ..session import SessionManager

PAGE = 1000
"""Records per page that are asked for, the most that the server gives."""

_RESOURCES: dict[str, Callable[[SessionManager], Any]] = {
    "flows": Flows,
    "exports": Exports,
    "imports": Imports,
    "connections": Connections,
    "ashares": Ashares,
}


@dataclass
class AccountReading:
    """The account's lists, sorted.

    Attributes:
        records: by kind and integration.
        unassigned: by kind, what no integration claims.
        pages: by kind, how many were read.
        errors: by kind, why it could not be read or sorted.
        duplicates: records that came twice.
    """

    records: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    unassigned: dict[str, list[Any]] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    errors: dict[str, IntegratorError] = field(default_factory=dict)
    duplicates: int = 0


async def read_account(
    session: SessionManager, kinds: Sequence[str], form: Callable[[Pager[Any]], Pager[Any]], integrations: Sequence[Any]
) -> AccountReading:
    """Read the lists of `kinds`, side by side, and sort their records to these integrations.

    A flow says whose it is. An export or import belongs to every integration with a flow that uses it, and to the one
    that it names; a connection to those that have it registered; an ashare to those that it grants, or to all. Where
    the flows cannot be read, nobody can say whose the exports and imports are.
    """
    asked = list(dict.fromkeys([*kinds, *(("flows",) if STEP_KEYS.keys() & set(kinds) else ())]))
    reading = AccountReading()
    async with asyncio.TaskGroup() as group:
        tasks = {kind: group.create_task(_everything(session, kind, form, reading)) for kind in asked}
    lists = {kind: task.result() for kind, task in tasks.items()}
    if "flows" in reading.errors:
        reading.errors |= {kind: reading.errors["flows"] for kind in STEP_KEYS if kind in kinds}
    known = {plain["_id"]: plain for plain in map(as_dict, integrations) if identity(plain.get("_id"))}
    uses = _uses(lists.get("flows", ()))
    for kind in kinds:
        if kind not in reading.errors:
            _sort(kind, lists[kind], known, uses, reading)
    return reading


async def _everything(
    session: SessionManager, kind: str, form: Callable[[Pager[Any]], Pager[Any]], reading: AccountReading
) -> list[Any]:
    reading.pages[kind] = 0

    def took(page: Sequence[Any]) -> None:
        reading.pages[kind] += 1

    pager = form(_RESOURCES[kind](session).list(limit=PAGE))
    try:
        records = await pager.collect(took)
    except IntegratorError as error:
        reading.errors[kind] = error
        return []
    reading.duplicates += pager.duplicates
    return records


def _sort(
    kind: str,
    records: Sequence[Any],
    known: Mapping[str, Mapping[str, Any]],
    uses: Mapping[tuple[str, str], set[str]],
    reading: AccountReading,
) -> None:
    sorted_: dict[str, list[Any]] = {integration_id: [] for integration_id in known}
    nobodys: list[Any] = []
    for record in records:
        owners = [owner for owner in _owners(kind, as_dict(record), known, uses) if owner in sorted_]
        for owner in owners:
            sorted_[owner].append(record)
        if not owners:
            nobodys.append(record)
    reading.records[kind], reading.unassigned[kind] = sorted_, nobodys


def _owners(
    kind: str,
    record: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    uses: Mapping[tuple[str, str], set[str]],
) -> list[str]:
    """The integrations that a record belongs to."""
    own, id_ = identity(record.get("_integrationId")), identity(record.get("_id"))
    named = [own] if own else []
    if kind in STEP_KEYS:
        return sorted({*named, *(uses.get((kind, id_), ()) if id_ else ())})
    if kind == "connections":
        return [owner for owner, plain in known.items() if id_ and id_ in _list(plain.get("_registeredConnectionIds"))]
    if kind == "ashares":
        grants = [identity(grant.get("_integrationId")) for grant in objects(record.get("integrationAccessLevel"))]
        granted = dict.fromkeys(grant for grant in grants if grant)
        return list(known if record.get("accessLevel") else granted)
    return named


def _uses(flows: Sequence[Any]) -> dict[tuple[str, str], set[str]]:
    """Kind and id of a step -> the integrations whose flows use it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for flow in map(as_dict, flows):
        owner = identity(flow.get("_integrationId"))
        if owner:
            for step in steps(flow):
                found[step].add(owner)
    return found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_dict(record: Any) -> Mapping[str, Any]:
    """Return a record of any form as the server's own object, of any depth; a number too long for Python is a text."""
    if isinstance(record, bytes):
        return dict(read_plain(record))
    return record if isinstance(record, Mapping) else dict(record.to_wire())
