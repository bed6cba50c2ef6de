"""Who may do what: a row for each share, a matrix with the integrations, and a line for each integration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from sys import intern

from ..access import access_notes, access_of
from ..reader import Inventory
from .._rights import Right
from ._bounds import Bounds
from ._integrations import IntegrationRow
from ._text import Pen, moment

_ORDER = ("administrator", "manage", "monitor", "pending", "none")
_NAMED = 12
_KIND = "ashares"


@dataclass(slots=True)
class PersonRow:
    """What one share lets one person do.

    Attributes:
        account: the effective level on the whole account; empty where there is none.
        grants: on how many integrations the share has a level of its own, by effective level.
    """

    name: str
    email: str
    standing: str
    mfa: str
    sso: str
    last_sign_in: str
    account: str = ""
    grants: Counter[str] = field(default_factory=Counter)

    @property
    def granted(self) -> str:
        """The levels of single integrations in words."""
        return ", ".join(f"{level} on {number:,}" for level, number in sorted(self.grants.items(), key=_by_level))


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An integration with a level for each person of the matrix; None is not known."""

    row: IntegrationRow
    levels: Sequence[str | None]


class People:
    """Everybody that the account is shared with; `known` is False where the crawl did not ask for shares."""

    def __init__(self, inventory: Inventory, pen: Pen, bounds: Bounds) -> None:
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

    def _take(self, rights: Iterator[Right], pen: Pen) -> None:
        share: str | None = None
        found: list[tuple[PersonRow, dict[str, str]]] = []
        for right in rights:
            if not found or right.share != share:
                found.append((_person(right, pen), {}))
                share = right.share
            person, places = found[-1]
            level = intern(pen.text(right.effective, 40))
            if right.integration is None:
                person.account = level
            else:
                person.grants[level] += 1
                places[right.integration] = level
        found.sort(key=lambda one: (not one[0].account, _rank(one[0].account), one[0].name.casefold()))
        for number, (person, places) in enumerate(found):
            self._all.append(person)
            for place, level in places.items():
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
        wide = {number: person.account for number, person in enumerate(self._all) if person.account}
        return wide | self._in.get(row.raw, {})

    def matrix(self, rows: Sequence[IntegrationRow]) -> Iterator[MatrixRow]:
        """A row for each integration, as far as there is room."""
        for row in [row for row in rows if row.raw is not None][: self._bounds.matrix_rows]:
            own = self._in.get(row.raw, {})
            nothing = None if row.counts[_KIND] is None else ""
            levels = [own.get(number) or person.account or nothing for number, person in enumerate(self.columns)]
            yield MatrixRow(row, levels)


def _person(right: Right, pen: Pen) -> PersonRow:
    signed = moment(right.last_sign_in)
    return PersonRow(
        name=pen.person_name(right.name, right.email, right.user or right.share),
        email=pen.email(right.email),
        standing=pen.text(right.standing, 40),
        mfa=right.mfa,
        sso=right.sso,
        last_sign_in=f"{signed:%Y-%m-%d}" if signed else pen.text(right.last_sign_in, 40),
    )


def _rank(level: str) -> int:
    return _ORDER.index(level) if level in _ORDER else len(_ORDER)


def _by_level(item: tuple[str, object]) -> tuple[int, str]:
    return _rank(item[0]), item[0]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
