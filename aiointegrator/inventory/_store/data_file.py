"""A data file that grows in the order of arrival, and comes out in the order of the account.

The lines of one integration stand together, so it is enough to remember where each such piece begins: 16 bytes a piece.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InventoryDamagedError
from .files import CHUNK, Checkpoint, GrowingFile, file_of
from .json_lines import by_id, head_in, lines_of, order_of, owner_of
from .opening import opened

_AGAIN = "start again with --fresh"
_BUFFER = 1 << 13
"""Pieces are small and are read at random, so a larger buffer would mostly read what is not needed."""


class DataFile(GrowingFile):
    """The records of a kind, under a hidden name.

    Args:
        directory: where it is.
        kind: of which the records are.
        end: continue behind this; None starts an empty file.

    Raises:
        InventoryDamagedError: the file does not hold what `end` says.
    """

    def __init__(self, directory: Path, kind: str, end: Checkpoint | None = None) -> None:
        super().__init__(directory, file_of(kind), end)
        self._owners: list[str | None] = []
        self._begins = array("q")
        if end is not None:
            self._find_pieces()

    def _find_pieces(self) -> None:
        head, begin = b"", 0
        with opened(self.path, _AGAIN) as file:
            for line in file:
                if not head or not line.startswith(head):
                    head = head_in(line)
                    self._owners.append(owner_of(str(self.path), head))
                    self._begins.append(begin)
                begin += len(line)

    def add_records(self, integration_id: str | None, records: Sequence[Any]) -> None:
        """Write the records of one list, which are plain dicts or bytes of JSON, by their ids."""
        self._owners.append(integration_id)
        self._begins.append(self.bytes)
        self.add(lines_of(integration_id, by_id(records)), len(records))

    def in_order(self) -> Iterator[bytes]:
        """The content by integration.

        Raises:
            InventoryDamagedError: it lacks what was written to it.
            InventoryError: it cannot be read.
        """
        self.flush()
        pieces = zip(self._owners, self._begins, [*self._begins[1:], self.bytes], strict=False)  # none: no end either
        with opened(self.path, _AGAIN, _BUFFER) as file:
            for _, begin, end in sorted(pieces, key=lambda piece: order_of(piece[0])):
                yield from self._piece(file, begin, end)

    def _piece(self, file: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
        file.seek(begin)
        while begin < end:
            chunk = file.read(min(CHUNK, end - begin))
            if not chunk:
                raise InventoryDamagedError(f"{self.path} lacks what was written to it; {_AGAIN}")
            yield chunk
            begin += len(chunk)
