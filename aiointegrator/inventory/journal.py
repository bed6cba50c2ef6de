"""The journal of a crawl under way: which branches are on disk, and how far each file is good.

It is a hidden file of JSON Lines beside the hidden data. Its first line says whose crawl it is. After each integration
comes a line with its branches and, for every file, the records, bytes and sha256 up to there. The data goes to the
system before the line does, so a process that dies at any moment leaves a journal that speaks only of what is there,
and perhaps a tail of data that nobody speaks of. Nothing is synced on the way: after a power cut the digests tell.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._files import JOURNAL, End, json_bytes
from .errors import InventoryDamagedError, InventoryVersionError

VERSION = 1
_BRANCHES, _BETWEEN, _ENDS = b'{"branches":[', b'},{"integration":', b'],"ends":'
"""What `line_of` puts around rows. In a text of JSON no quotation mark stands alone: these are found nowhere else."""
_AGAIN = "begin anew with --fresh"


@dataclass
class Recovered:
    """What a journal says.

    Attributes:
        head: its first line.
        length: bytes of it that are good.
        ends: how far each file is good, by its kind.
        statuses: how each branch was read, the last time.
        again: how often a branch was read before that.
        resumed: when it was gone on with.
    """

    head: dict[str, Any]
    length: int = 0
    ends: dict[str, End] = field(default_factory=dict)
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    again: Counter[tuple[str, str]] = field(default_factory=Counter)
    resumed: list[str] = field(default_factory=list)


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")

    @classmethod
    def begun(cls, directory: Path, head: Mapping[str, Any], lines: Iterable[bytes] = ()) -> Journal:
        """A new one, there as a whole or not at all."""
        path = directory / JOURNAL
        new = path.with_name(f"{JOURNAL}.new")
        with new.open("wb") as file:
            file.write(json_bytes({"journal": VERSION, **head}) + b"\n")
            file.writelines(lines)
        new.replace(path)
        return cls(path)

    @classmethod
    def resumed(cls, directory: Path, recovered: Recovered, moment: str) -> Journal:
        """One that goes on behind its good part."""
        path = directory / JOURNAL
        os.truncate(path, recovered.length)
        journal = cls(path)
        journal._write(json_bytes({"resumed": moment}) + b"\n")
        return journal

    def add(self, rows: Iterable[bytes], ends: Mapping[str, End]) -> None:
        """Say that these branches are on disk; whoever calls has given the data to the system before."""
        self._write(line_of(rows, ends))

    def close(self) -> None:
        """Close the file, which stays."""
        self._file.close()

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._file.flush()

    def rows(self, again: Mapping[tuple[str, str], int]) -> Iterator[bytes]:
        """Every branch once, as `row_of` wrote it: what was read again is taken from its last reading."""
        skip = dict(again)
        for line in _rows_of_lines(self.path):
            if not skip:
                yield from line
                continue
            for row in line:
                plain = json.loads(row)
                key = (plain["integration"], plain["kind"])
                if skip.get(key):
                    skip[key] -= 1
                else:
                    yield row


def row_of(integration: str, kind: str, status: str, records: int, pages: int, error: str | None) -> bytes:
    """How a branch was read, as JSON, for the journal and the manifest."""
    row = b'{"integration":%b,"kind":"%b","status":"%b","records":%d,"pages":%d,"error":%b}'
    said = b"null" if error is None else json_bytes(error)
    return row % (json_bytes(integration), kind.encode(), status.encode(), records, pages, said)


def line_of(rows: Iterable[bytes], ends: Mapping[str, End]) -> bytes:
    """The line that says that these branches are on disk."""
    told = b",".join(
        b'"%b":[%d,%d,"%b"]' % (kind.encode(), *end[:2], end.sha256.encode()) for kind, end in ends.items()
    )
    return _BRANCHES + b",".join(rows) + _ENDS + b"{" + told + b"}}\n"


def recover(directory: Path, sizes: Mapping[str, int]) -> Recovered:
    """Read a journal up to the last line whose data is all there.

    Args:
        directory: where it is.
        sizes: bytes of each file, by its kind.

    Raises:
        InventoryDamagedError: it has no good first line.
        InventoryVersionError: it was written by a newer version.
    """
    path = directory / JOURNAL
    lines = _whole_lines(path)
    end, head = next(lines, (0, {}))
    if not isinstance(head.get("journal"), int):
        raise InventoryDamagedError(f"{path} is no journal of a crawl, or its beginning is lost; {_AGAIN}")
    if head["journal"] > VERSION:
        raise InventoryVersionError(f"{path} was written by a newer version; go on with that one, or {_AGAIN}")
    found = Recovered(head, end)
    try:
        for end, line in lines:
            ends = {kind: End(*values) for kind, values in line.get("ends", {}).items()}
            if any(sizes.get(kind, 0) < one.bytes for kind, one in ends.items()):
                break
            _take(found, line, ends, end)
    except (AttributeError, KeyError, TypeError):
        raise InventoryDamagedError(f"{path} says what no crawl writes; {_AGAIN}") from None
    return found


def _take(found: Recovered, line: Mapping[str, Any], ends: dict[str, End], end: int) -> None:
    found.length, found.ends = end, ends or found.ends
    for row in line.get("branches", ()):
        key = (row["integration"], row["kind"])
        if key in found.statuses:
            found.again[key] += 1
        found.statuses[key] = row["status"]
    if "resumed" in line:
        found.resumed.append(line["resumed"])


def _rows_of_lines(path: Path) -> Iterator[list[bytes]]:
    """The rows of each line, without reading them."""
    with path.open("rb") as file:
        for line in file:
            end = line.rfind(_ENDS)
            if line.startswith(_BRANCHES) and end > len(_BRANCHES):
                yield line[len(_BRANCHES) : end].replace(_BETWEEN, b"}\n" + _BETWEEN[2:]).split(b"\n")


def _whole_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line as an object, and the byte at which it ends; stops at the first that is none."""
    end = 0
    with path.open("rb") as file:
        for line in file:
            try:
                found = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                found = None
            if not isinstance(found, dict):
                return
            end += len(line)
            yield end, found
