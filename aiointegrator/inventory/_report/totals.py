"""How much there is of everything, and with which systems the account speaks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from .._store.files import INTEGRATIONS
from .completeness import Completeness
from .safe_text import SafeText

SYSTEMS = 12


@dataclass(frozen=True, slots=True)
class Total:
    """A number with what it counts; `number` is None where nobody knows, and `least` says that it may be more."""

    label: str
    number: int | None
    least: bool
    beside: str


@dataclass(frozen=True, slots=True)
class System:
    """How many exports and imports are of an adaptor type, and the length of its bar in percent of the longest."""

    name: str
    exports: int
    imports: int
    percent: int

    @property
    def number(self) -> int:
        """Exports and imports together."""
        return self.exports + self.imports


_COUNTED = {
    INTEGRATIONS: ("Integrations", "", ()),
    "flows": ("Flows", "{} enabled, {} disabled", ("coalesce(enabled, 0) <> 0", "coalesce(enabled, 0) = 0")),
    "exports": ("Exports", "{} of them lookups", ("is_lookup = 1",)),
    "imports": ("Imports", "", ()),
    "connections": ("Connections", "{} offline", ("offline = 1",)),
}


def totals_of(base: sqlite3.Connection, read: Completeness) -> list[Total]:
    """Each thing once, also where it belongs to several integrations; and people rather than their shares."""
    totals = [_total(base, read, kind) for kind in _COUNTED]
    people = "SELECT count(DISTINCT coalesce(user, email, id)) FROM ashares"
    pending = f"{people} WHERE accepted = 0"
    beside = f"{_number(base, pending):,} with a pending invitation"
    known = read.known("ashares")
    return [*totals, Total("People", _number(base, people) if known else None, not read.whole("ashares"), beside)]


def _total(base: sqlite3.Connection, read: Completeness, kind: str) -> Total:
    label, beside, conditions = _COUNTED[kind]
    count = f"SELECT count(DISTINCT coalesce(id, rowid)) FROM {kind}"  # noqa: S608 - a kind of ours
    number = _number(base, count) if read.known(kind) else None
    parts = [f"{_number(base, f'{count} WHERE {condition}'):,}" for condition in conditions]
    return Total(label, number, not read.whole(kind), beside.format(*parts))


def _number(base: sqlite3.Connection, question: str) -> int:
    return int(base.execute(question).fetchone()[0])


def systems_of(base: sqlite3.Connection, pen: SafeText) -> Iterator[System]:
    """Adaptor types by how often they are used; the rest in one row."""
    found: dict[str, list[int]] = {}
    for place, kind in enumerate(("exports", "imports")):
        question = f"SELECT adaptor_type, count(DISTINCT id) FROM {kind} GROUP BY adaptor_type"  # noqa: S608 - ours
        for adaptor, number in base.execute(question):
            found.setdefault(_system(adaptor, pen), [0, 0])[place] += number
    ranked = sorted(found.items(), key=lambda item: (-sum(item[1]), item[0]))
    most = max((sum(numbers) for _, numbers in ranked), default=1)
    for name, (exports, imports) in ranked[:SYSTEMS]:
        yield System(name, exports, imports, max(1, round(100 * (exports + imports) / max(most, 1))))
    if rest := ranked[SYSTEMS:]:
        exports, imports = (sum(numbers[place] for _, numbers in rest) for place in (0, 1))
        yield System(f"{len(rest)} more", exports, imports, max(1, round(100 * min(1, (exports + imports) / most))))


def _system(adaptor: object, pen: SafeText) -> str:
    """`NetSuiteExport` and `NetSuiteImport` are both NetSuite."""
    name = pen.text(adaptor, 60)
    for end in ("Export", "Import"):
        name = name.removesuffix(end) or name
    return name or "not said"
