"""`Reading`: one integration while its branches come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from .._domain.snapshots import Branch, Gap, IntegrationSnapshot


class Reading:
    """What has come of an integration so far. Its branches may come in any order; the snapshot has that of `kinds`.

    Args:
        id_: the integration's `_id`.
        record: the integration itself, where it is known already.
        kinds: what is to be read of it.
    """

    __slots__ = ("_branches", "_gaps", "_records", "id", "left", "record")

    def __init__(self, id_: str, record: Any, kinds: Sequence[str]) -> None:
        self.id = id_
        self.record = record
        self.left = len(kinds)
        self._records: dict[str, list[Any] | None] = dict.fromkeys(kinds)
        self._branches: dict[str, Branch | None] = dict.fromkeys(kinds)
        self._gaps: dict[str, Gap] = {}

    @property
    def kinds(self) -> Sequence[str]:
        """What is to be read of it."""
        return tuple(self._records)

    def add(self, branch: Branch, records: list[Any] | None, gap: Gap | None) -> None:
        """A branch is over: here are its records, or the gap that it is."""
        kind = branch.kind
        self._branches[kind] = branch
        self._records[kind] = records
        if gap is not None:
            self._gaps[kind] = gap
        self.left -= 1

    def snapshot(self) -> IntegrationSnapshot:
        """The integration, once nothing is `left`."""
        branches = cast("tuple[Branch, ...]", tuple(self._branches.values()))
        gaps = tuple(self._gaps[kind] for kind in self._branches if kind in self._gaps) if self._gaps else ()
        return IntegrationSnapshot(self.id, self.record, self._records, gaps, branches)
