"""What was read, by whom and when, and what was not and why."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..._domain.kinds import KINDS
from .._store.files import INTEGRATIONS
from .._store.reader import InventoryReader
from .bounds import Bounds
from .safe_text import SafeText, lasting, moment, spelled

WORDS = {
    "read": "read",
    "denied": "refused: the token may not read it (401 or 403)",
    "missing": "not found (404)",
    "failed": "failed: no usable answer came",
}
"""How a branch was read, in words."""
_PLANS = {
    "integration": "each integration was asked for its own lists",
    "account": "the lists of the account were read, and sorted to the integrations",
    "compare": "both ways to read the account were taken, and compared",
}


@dataclass(frozen=True, slots=True)
class KindRow:
    """How a kind was read over all integrations."""

    kind: str
    records: int
    statuses: Mapping[str, int]

    @property
    def whole(self) -> bool:
        """Whether nothing of it is missing."""
        return not any(number for status, number in self.statuses.items() if status != "read")


@dataclass(frozen=True, slots=True)
class GapRow:
    """Something that was not read."""

    integration: str
    kind: str
    why: str
    said: str


@dataclass(slots=True)
class Completeness:
    """The report's first statement.

    Attributes:
        complete: whether everything that was asked for was read.
        facts: what the manifest says of the crawl, as labels and values.
        kinds: how each kind was read.
        not_asked: kinds that were not asked for, so that nobody knows of them.
        gap_count: how many gaps there are, of which `gaps` gives the first.
    """

    complete: bool
    facts: list[tuple[str, str]]
    kinds: list[KindRow]
    not_asked: list[str]
    gap_count: int
    listing_broke_off: bool
    integrations: int

    @property
    def branch_count(self) -> int:
        """How many lists of integrations were asked for."""
        return sum(sum(row.statuses.values()) for row in self.kinds)

    def known(self, kind: str) -> bool:
        """Whether a kind was asked for."""
        return kind not in self.not_asked

    def whole(self, kind: str) -> bool:
        """Whether all of a kind was read, as far as the token sees it."""
        if self.listing_broke_off:
            return False
        return kind == INTEGRATIONS or any(row.kind == kind and row.whole for row in self.kinds)


def completeness_of(inventory: InventoryReader, base: sqlite3.Connection, pen: SafeText) -> Completeness:
    """What the manifest says, and the branches by kind."""
    statuses: dict[str, Counter[str]] = {kind: Counter() for kind in inventory.kinds}
    elsewhere = 0
    for kind, status, number, whose in base.execute(
        "SELECT kind, status, count(*), max(integration) FROM branches GROUP BY kind, status, integration IS NULL"
    ):
        if kind in statuses and whose is not None:
            statuses[kind][status] += number
        else:
            elsewhere += number
    rows = [KindRow(kind, inventory.counts.get(kind, 0), dict(found)) for kind, found in statuses.items()]
    gaps = elsewhere + sum(sum(row.statuses.values()) - row.statuses.get("read", 0) for row in rows)
    return Completeness(
        complete=inventory.complete and not gaps,
        facts=[(label, pen.text(value)) for label, value in _facts(inventory.manifest)],
        kinds=rows,
        not_asked=[kind for kind in KINDS if kind not in inventory.kinds],
        gap_count=gaps,
        listing_broke_off=bool(elsewhere),
        integrations=inventory.counts.get(INTEGRATIONS, 0),
    )


def gaps_of(base: sqlite3.Connection, pen: SafeText, bounds: Bounds) -> Iterator[GapRow]:
    """The first of what was not read, one row for each."""
    rows = base.execute(
        "SELECT g.integration, (SELECT name FROM things WHERE kind = 'integrations' AND id = g.integration), "
        "g.kind, g.status, g.error FROM gaps g LIMIT ?",
        (bounds.gaps,),
    )
    for integration, name, kind, status, error in rows:
        whose = "the whole account" if integration is None else pen.name(name, integration)
        yield GapRow(whose, pen.text(kind), WORDS.get(status, pen.text(status)), pen.text(error, 300))


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    account = manifest.get("account")
    account = account if isinstance(account, Mapping) else {}
    yield "Address", manifest["base_url"]
    yield "Read as user", account.get("user") or "not known: the API did not say"
    yield "Scope of the token", _scope(account.get("scope"))
    yield from _times(manifest)
    yield "How", _PLANS.get(str(manifest.get("plan")), manifest.get("plan") or "not known")
    yield "Requests", _requests(manifest)


def _scope(scope: Any) -> str:
    if scope is None or scope in ("", []):
        return "not known: the API did not say"
    if isinstance(scope, list):
        return ", ".join(map(str, scope))
    return "* (everything, as the API says)" if scope == "*" else str(scope)


def _times(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    started, finished = moment(manifest["started"]), moment(manifest["finished"])
    yield "Begun", spelled(started) if started else manifest["started"]
    yield "Finished", spelled(finished) if finished else manifest["finished"]
    again = manifest.get("resumed")
    if isinstance(again, list) and again:
        times = [found for found in map(moment, again) if found]
        last = f", last on {spelled(times[-1])}" if times else ""
        yield "Gone on with", f"{len(again)} times{last}; what was read before is as it was then"
    elif started and finished and finished - started >= timedelta(0):
        yield "Took", lasting((finished - started).total_seconds())


def _requests(manifest: Mapping[str, Any]) -> str:
    numbers = [manifest.get(key) for key in ("requests", "retries", "throttled")]
    if not all(isinstance(number, int) for number in numbers):
        return "not known"
    return "{:,} ({:,} repeated, {:,} throttled)".format(*numbers)
