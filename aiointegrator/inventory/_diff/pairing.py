"""Which records of two inventories belong together, for a kind: by integration and id, in two readings of each file.

Lines that are the same byte by byte are found by a digest and never parsed. Of the rest, only the places at which they
begin are held, so that 200,000 records take some tens of megabytes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from ..._domain.flow_steps import identity
from ..._exact_json import read
from .._store.files import INTEGRATIONS, file_of
from .._store.manifest import AGAIN
from .._store.reader import InventoryReader
from ..errors import InventoryDamagedError

Key = tuple[str | None, str]
MOVING = ("flows", "exports", "imports")
"""Kinds of which a record that leaves one integration and comes to another has moved. Connections are registered and
shares granted with many, so that there one ends and another begins."""


class Pair(NamedTuple):
    """A record that is not the same in both: where it stands in each file, None where it does not.

    `integration` is the new one where it moved, and `moved` then says so.
    """

    integration: str | None
    id: str | None
    old: int | None
    new: int | None
    before: str | None = None
    moved: bool = False


def unmatched(
    old: InventoryReader, new: InventoryReader, kind: str, counts: Callable[[str | None], bool]
) -> list[Pair]:
    """The records that are not the same in both, of the integrations that count.

    Raises:
        InventoryDamagedError: a file is not what the crawl wrote.
    """
    olds, news, nameless = _left(old, new, kind, counts)
    pairs, gone, come = list(nameless), _Singles(), _Singles()
    for key in olds.keys() | news.keys():
        before, after = sorted(olds.get(key, ())), sorted(news.get(key, ()))
        both = min(len(before), len(after))
        pairs += [Pair(*key, one, other) for one, other in zip(before, after, strict=False)]
        gone.add(key, before[both:])
        come.add(key, after[both:])
    pairs += _moved(gone, come) if kind in MOVING else ()
    pairs += [Pair(*key, one, None) for key, one in gone] + [Pair(*key, None, one) for key, one in come]
    person_first = kind in ("ashares", "connections")
    return sorted(pairs, key=lambda pair: _order(pair, person_first))


def _order(pair: Pair, id_first: bool) -> tuple[Any, ...]:
    """What is shared by many integrations stands together; all else by integration."""
    names = (pair.integration or "", pair.id or "")
    return (*(reversed(names) if id_first else names), pair.old or 0, pair.new or 0)


class _Singles:
    """Records that only one of the two has."""

    def __init__(self) -> None:
        self._found: dict[Key, list[int]] = {}

    def add(self, key: Key, places: list[int]) -> None:
        if places:
            self._found[key] = places

    def __iter__(self) -> Iterator[tuple[Key, int]]:
        return ((key, place) for key, places in self._found.items() for place in places)

    def alone(self) -> dict[str, Key]:
        """By id, those of which there is one."""
        keys = defaultdict(list)
        for key, _ in self:
            keys[key[1]].append(key)
        return {id_: found[0] for id_, found in keys.items() if len(found) == 1}

    def take(self, key: Key) -> int:
        return self._found.pop(key)[0]


def _moved(gone: _Singles, come: _Singles) -> Iterator[Pair]:
    """What left one integration and came to another."""
    there = come.alone()
    for id_, key in gone.alone().items():
        if id_ in there:
            target = there[id_]
            yield Pair(target[0], id_, gone.take(key), come.take(target), key[0], True)


# Reading


Places = dict[Key, list[int]]


def _left(
    old: InventoryReader, new: InventoryReader, kind: str, counts: Callable[[str | None], bool]
) -> tuple[Places, Places, list[Pair]]:
    """What is not there byte by byte in both: by key, and what has no id."""
    same = _digests(old, kind, counts)
    olds: Places = defaultdict(list)
    news: Places = defaultdict(list)
    nameless: list[Pair] = []
    for owner, place, data in new._placed(kind):
        if not counts(owner) or _took(same, _digest(owner, data)):
            continue
        id_ = _id_of(new, kind, owner, data)
        news[owner, id_].append(place) if id_ is not None else nameless.append(Pair(owner, None, None, place))
    with (old.directory / file_of(kind)).open("rb") as file:
        for place in sorted(place for places in same.values() for place in places):
            owner, data = old._row_at(file, place)
            id_ = _id_of(old, kind, owner, data)
            olds[owner, id_].append(place) if id_ is not None else nameless.append(Pair(owner, None, place, None))
    return olds, news, nameless


def _digests(inventory: InventoryReader, kind: str, counts: Callable[[str | None], bool]) -> dict[bytes, list[int]]:
    """Where each line begins, by its digest."""
    found: dict[bytes, list[int]] = {}
    for owner, place, data in inventory._placed(kind):
        if counts(owner):
            found.setdefault(_digest(owner, data), []).append(place)
    return found


def _took(same: dict[bytes, list[int]], digest: bytes) -> bool:
    """Whether the other inventory has this line; then it is used up."""
    places = same.get(digest)
    if places is None:
        return False
    places.pop()
    if not places:
        del same[digest]
    return True


def _digest(owner: str | None, data: bytes) -> bytes:
    whose = b"" if owner is None else owner.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16, key=hashlib.blake2b(whose, digest_size=16).digest()).digest()


def _id_of(inventory: InventoryReader, kind: str, owner: str | None, data: bytes) -> str | None:
    """By what a record is known; None where it has no id."""
    record = None
    with suppress(ValueError):
        record = read(data)
    if type(record) is not dict:
        raise InventoryDamagedError(f"{inventory.directory / file_of(kind)} has a line that holds no record; {AGAIN}")
    if kind == INTEGRATIONS:
        return owner
    return identity(record.get("_id"))
