"""What a rule of `lint` is, and what it is given."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .._store.coverage import Whole

Found = tuple[str, Any, Any, str]
"""Kind, id and integration of a thing, and what is the matter with it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule is given: the tables, what was read, the time, and how long an invitation may be pending."""

    base: sqlite3.Connection
    whole: Whole
    now: datetime
    pending: timedelta


def _nothing_unsure(_: Asked) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of `lint`.

    Attributes:
        name, description: what it is called, and what it finds, in one line.
        find: asks the tables.
        reads: the kinds that it looks at; where one of them has gaps, it is checked in part.
        rests_on: the kinds whose absence proves something; where one has gaps, it is not checked.
        outside: whether something of no integration could prove it wrong.
        unsure: what else could not be checked.
    """

    name: str
    description: str
    find: Callable[[Asked], Iterator[Found]]
    reads: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    outside: bool = False
    unsure: Callable[[Asked], Iterator[str]] = _nothing_unsure
