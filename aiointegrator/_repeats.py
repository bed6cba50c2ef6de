"""The `_id` of a record in any form, and the records of a list that the server returns more than once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from ._decoding import json_lists
from ._domain.flow_steps import identity

T = TypeVar("T")


class Repeats:
    """Finds the records of one list that came before, by their `_id`; it keeps the ids and no record.

    If a list changes while it is read, its pages shift, and the server returns a record on two of them. A list of one
    page, as nearly all are, is not looked at: that would make a crawl of raw records 3 to 8 % dearer.

    Attributes:
        count: how many records were found so far.
    """

    __slots__ = ("_first", "_places", "count")

    def __init__(self) -> None:
        self.count = 0
        self._first = True
        self._places: dict[str | None, int] = {}  # where each id stands in the list that `merge` makes

    def merge(self, items: list[T], page: Sequence[T]) -> None:
        """Append the records of a page to `items`, always the same list; a repeated one replaces the earlier one."""
        if not items:
            items += page
            return
        if self._first:
            self._first = False
            first, items[:] = items[:], ()
            self._merge(items, first)
        self._merge(items, page)

    def _merge(self, items: list[T], page: Sequence[T]) -> None:
        ids = ids_of(page)
        last = dict(zip(ids, page, strict=True))  # of two with one id the later, at the place of the first
        if None not in last and self._places.keys().isdisjoint(last):
            self.count += len(page) - len(last)
            self._places.update(zip(last, range(len(items), len(items) + len(last)), strict=True))
            items += last.values()
            return
        for record, id_ in zip(page, ids, strict=True):
            place = self._places.setdefault(id_, len(items)) if id_ is not None else len(items)
            if place < len(items):
                items[place] = record
                self.count += 1
            else:
                items.append(record)

    def drop(self, page: list[T], again: Callable[[T], object] | None = None, *, more: bool = True) -> None:
        """Remove from a page the records that an earlier page had; `again` is called with each of them.

        Of two on this page the later one stays, at the place of the first. `more` says whether a page may follow.
        """
        if self._first and not more:
            return
        self._first = False
        ids = ids_of(page)
        new = dict.fromkeys(ids, 0)
        if len(new) == len(page) and None not in new and self._places.keys().isdisjoint(new):
            self._places.update(new)
            return
        kept: list[T] = []
        here: dict[str | None, int] = {}
        for record, id_ in zip(page, ids, strict=True):
            if id_ is None or not (id_ in here or id_ in self._places):
                if id_ is not None:
                    here[id_] = len(kept)
                kept.append(record)
                continue
            if id_ in here:
                kept[here[id_]] = record
            self.count += 1
            if again is not None:
                again(record)
        self._places.update(here)
        page[:] = kept


def ids_of(records: Sequence[Any]) -> Sequence[str | None]:
    """Return the `_id` of each record of a page, in any form; None if it is not a text, or blank."""
    if not records:
        return ()
    first = records[0]
    found: Sequence[object]
    if isinstance(first, bytes):
        found = json_lists.ids(records)
    elif isinstance(first, Mapping):
        found = [record.get("_id") for record in records]
    elif "id" in type(first).model_fields and type(first).model_fields["id"].alias == "_id":
        found = [record.id for record in records]
    else:
        return [None] * len(records)
    if set(map(type, found)) == {str} and all(found) and not any(map(str.isspace, cast("Sequence[str]", found))):
        return cast("Sequence[str]", found)
    return [identity(one) for one in found]


def id_of(record: Any) -> str:
    """Return the `_id` of a record in any form, or "" where it is no text."""
    return ids_of((record,))[0] or ""
