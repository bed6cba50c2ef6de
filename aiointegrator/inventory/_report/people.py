"""Who may do what: a row for each person, a matrix with the integrations, and a line for each integration.

A person can have several shares. What counts is the highest level of them, and all their standings are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from sys import intern

from .._access.review import access_notes, access_of
from .._access.rights import Right
from .._store.reader import InventoryReader
from .bounds import Bounds
from .integrations import IntegrationRow
from .safe_text import SafeText, moment

_ORDER = ("administrator", "manage", "monitor", "pending", "none")
_NAMED = 12
_KIND = "ashares"


@dataclass(slots=True)
class PersonRow:
    """What the shares of one person let that person do.

    Attributes:
        account: the effective level on the whole account; empty where there is none.
        places: by integration, the effective level of what is granted there alone.
        standings, mfa, sso: of each share.
        production_admin: whether one of the shares says so; what that allows is not known.
    """

    name: str
    email: str
    last_sign_in: str
    account: str = ""
    places: dict[str, str] = field(default_factory=dict)
    standings: Counter[str] = field(default_factory=Counter)
    mfa: set[str] = field(default_factory=set)
    sso: set[str] = field(default_factory=set)
    production_admin: bool = False

    @property
    def granted(self) -> str:
        """The levels of single integrations in words."""
        counts = Counter(self.places.values())
        return ", ".join(f"{level} on {number:,}" for level, number in sorted(counts.items(), key=_by_level))

    def take(self, right: Right, level: str) -> None:
        """Add what one share lets the person do in one place."""
        self.mfa.add(right.mfa)
        self.sso.add(right.sso)
        self.production_admin |= right.production_admin is True
        if right.integration is None:
            self.account = _higher(self.account, level)
        else:
            self.places[right.integration] = _higher(self.places.get(right.integration, ""), level)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An integration with a level for each person of the matrix; None is not known."""

    row: IntegrationRow
    levels: Sequence[str | None]


class People:
    """Everybody that the account is shared with; `known` is False where the crawl did not ask for shares."""

    def __init__(self, inventory: InventoryReader, pen: SafeText, bounds: Bounds) -> None:
        self.known = _KIND in inventory.kinds
        self.notes = [pen.text(note, 400) for note in access_notes(inventory)]
        self._bounds = bounds
        self._all: list[PersonRow] = []
        self._in: dict[str | None, dict[int, str]] = {}
        if self.known:
            self._take(access_of(inventory), pen)
        self.count = len(self._all)
        self.rows = self._all[: bounds.people]
        self.columns = self._all[: bounds.matrix_columns]

    def _take(self, rights: Iterable[Right], pen: SafeText) -> None:
        found: dict[str, PersonRow] = {}
        share: str | None = None
        for right in rights:
            key = right.user or right.email or right.share
            person = found.get(key) or found.setdefault(key, _person(right, pen))
            person.take(right, intern(pen.text(right.effective, 40)))
            if right.share != share or not right.share:
                person.standings[pen.text(right.standing, 40)] += 1
            share = right.share
        self._all = sorted(found.values(), key=lambda one: (not one.account, _rank(one.account), one.name.casefold()))
        for number, one in enumerate(self._all):
            for place, level in one.places.items():
                self._in.setdefault(place, {})[number] = level

    def of(self, row: IntegrationRow) -> list[tuple[str, str]] | None:
        """By effective level, who has it on an integration; None where that is not known."""
        if row.counts[_KIND] is None or row.raw is None:
            return None
        levels: dict[str, list[str]] = {}
        for number, level in sorted(self._levels(row).items()):
            levels.setdefault(level, []).append(self._all[number].name)
        return [(level, _some(names)) for level, names in sorted(levels.items(), key=_by_level)]

    def _levels(self, row: IntegrationRow) -> dict[int, str]:
        levels = {number: person.account for number, person in enumerate(self._all) if person.account}
        for number, level in self._in.get(row.raw, {}).items():
            levels[number] = _higher(levels.get(number, ""), level)
        return levels

    def matrix(self, rows: Sequence[IntegrationRow]) -> Iterator[MatrixRow]:
        """A row for each integration, as far as there is room."""
        for row in [row for row in rows if row.raw is not None][: self._bounds.matrix_rows]:
            levels = self._levels(row)
            nothing = None if row.counts[_KIND] is None else ""
            yield MatrixRow(row, [levels.get(number) or nothing for number in range(len(self.columns))])


def _person(right: Right, pen: SafeText) -> PersonRow:
    signed = moment(right.last_sign_in)
    return PersonRow(
        name=pen.person_name(right.name, right.email, right.user or right.share),
        email=pen.email(right.email),
        last_sign_in=f"{signed:%Y-%m-%d}" if signed else pen.text(right.last_sign_in, 40),
    )


def _rank(level: str) -> int:
    return _ORDER.index(level) if level in _ORDER else len(_ORDER)


def _higher(one: str, other: str) -> str:
    """The higher of two levels; an unknown one is below those that we know, and empty is none at all."""
    return min((level for level in (one, other) if level), key=_rank, default="")


def _by_level(item: tuple[str, object]) -> tuple[int, str]:
    return _rank(item[0]), item[0]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
