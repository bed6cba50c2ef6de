"""Find the thing that somebody means, by its id or by a name that only one has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from ..._domain.kinds import KINDS as CRAWLED
from ...errors import ArgumentError
from .._store.files import INTEGRATIONS

KINDS = (INTEGRATIONS, "flows", "exports", "imports", "connections", "scripts", "lookupCaches")
"""What can stand in a graph."""
SHOWN = 5


def thing_of(text: str) -> tuple[str, str]:
    """Kind and id, or name, from text such as `connection:5f00...`; a kind in the singular or the plural.

    Raises:
        ArgumentError: it is not of this form, or there is no such kind.
    """
    kind, colon, one = text.partition(":")
    if not colon or not one:
        raise ArgumentError(
            f"{text!r} names no thing; write its kind before it, such as connection:{text.strip(':') or '5f0000'}"
        )
    return kind_of(kind), one


def kind_of(text: str) -> str:
    """A kind by its name in the singular or the plural, in whatever case.

    Raises:
        ArgumentError: there is no such kind.
    """
    for kind in KINDS:
        if text.casefold() in (kind.casefold(), kind[:-1].casefold()):
            return kind
    raise ArgumentError(f"there is no kind {text!r} here; there are {', '.join(KINDS)}")


def resolve(base: sqlite3.Connection, kind: str, one: str) -> tuple[str, Any]:
    """The kind, and the id as the tables have it, of what has this id or, alone, this name.

    Raises:
        ArgumentError: there is no such thing, or there are several of the name; it names what comes near.
    """
    kind, one = kind_of(kind), one.encode("utf-8", "backslashreplace").decode()
    found = base.execute("SELECT 1 FROM things WHERE kind = ? AND id = ?", (kind, one)).fetchone()
    if found or base.execute("SELECT 1 FROM uses WHERE target_kind = ? AND target = ? LIMIT 1", (kind, one)).fetchone():
        return kind, one
    named = base.execute("SELECT id FROM things WHERE kind = ? AND name = ? LIMIT ?", (kind, one, SHOWN + 1)).fetchall()
    if len(named) == 1:
        return kind, named[0][0]
    if named:
        raise ArgumentError(f"several {kind} have the name {one!r}; name one by its id: {_listed(i for (i,) in named)}")
    if _unread(base, kind):
        again = f"crawl again with --kinds {kind} and what else you need" if kind in CRAWLED else "no crawl reads them"
        raise ArgumentError(
            f"{kind} were not read, so whether there is one {one!r} is not known, and nothing that was read names this "
            f"id; {again}"
        )
    raise ArgumentError(f"there is no {kind[:-1]} {one!r} in this inventory{_nearest(base, kind, one)}")


def _unread(base: sqlite3.Connection, kind: str) -> bool:
    """Whether an inventory with something in it has no branch of a kind."""
    if kind == INTEGRATIONS:
        return False
    sql = "SELECT EXISTS (SELECT 1 FROM branches) AND NOT EXISTS (SELECT 1 FROM branches WHERE kind = ?)"
    return bool(base.execute(sql, (kind,)).fetchone()[0])


def _nearest(base: sqlite3.Connection, kind: str, one: str) -> str:
    """What comes near: the same id of another kind, or names that hold the text."""
    other = base.execute("SELECT kind FROM things WHERE id = ? LIMIT 1", (one,)).fetchone()
    if other:
        return f"; {other[0]} have this id"
    sql = "SELECT id, name FROM things WHERE kind = ? AND (instr(lower(name), ?) OR instr(id, ?)) LIMIT ?"
    near = base.execute(sql, (kind, one.lower(), one, SHOWN)).fetchall()
    return f"; near it are {_listed(f'{i} ({name})' for i, name in near)}" if near else ""


def _listed(found: Iterable[Any]) -> str:
    shown = list(map(str, found))
    return ", ".join(shown[:SHOWN]) + (" and more" if len(shown) > SHOWN else "")
