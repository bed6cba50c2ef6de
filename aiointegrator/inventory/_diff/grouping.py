"""One share or connection belongs to many integrations: the same change of it in each of them is shown once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from .changes import RecordChange

SHARED = ("ashares", "connections")
"""Kinds of which one record belongs to many integrations."""


@dataclass(frozen=True)
class ChangeGroup:
    """A change, and the integrations in which it is the same."""

    change: RecordChange
    owners: tuple[str | None, ...]


def group_changes(changes: Iterable[RecordChange]) -> Iterator[ChangeGroup]:
    """The changes in their order; those that stand beside one another and are alike are one."""
    for _, same in groupby(changes, key=_alike):
        first = next(same)
        owners = [first.integration]
        owners += [one.integration for one in same]  # noqa: B031 - the rest of them
        yield ChangeGroup(first, tuple(owners))


def _alike(change: RecordChange) -> object:
    if change.kind not in SHARED or change.id is None:
        return object()
    return change.kind, change.action, change.id, change.name, change.fields, _levels(change)


def _levels(change: RecordChange) -> object:
    """Of a share that came or went, what it gives: only then are two of them alike."""
    record = change.old if change.action == "removed" else change.new
    if change.kind != "ashares" or change.fields or record is None:
        return None
    return record.get("accessLevel"), record.get("integrationAccessLevel")
