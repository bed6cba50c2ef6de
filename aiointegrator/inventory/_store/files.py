"""The names and the form of an inventory's files."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..._exact_json import marked, unmarked, write
from ..errors import InventoryDamagedError

SCHEMA = 1
"""Version of the files' form."""
MANIFEST = "manifest.json"
JOURNAL = ".journal"
NEW_JOURNAL = ".journal.new"
DATABASE = "inventory.sqlite"
INTEGRATIONS = "integrations"
CHUNK = 1 << 20


class Checkpoint(NamedTuple):
    """How far a file is good."""

    records: int
    bytes: int
    sha256: str


NOTHING = Checkpoint(0, 0, hashlib.sha256().hexdigest())


def file_of(kind: str) -> str:
    """The name of the file that holds the records of a kind."""
    return f"{kind}.jsonl"


def part_of(directory: Path, name: str) -> Path:
    """The hidden name that a file has until it is whole."""
    return directory / f".{name}.part"


def sorted_name(kind: str) -> str:
    """The name, for `part_of`, of the sorted copy that becomes the file of a kind."""
    return f"{file_of(kind)}.sorted"


class GrowingFile:
    """A file that grows under a hidden name, with its records, bytes and digest so far.

    Args:
        directory: where it is.
        name: its final name.
        end: continue behind this; None starts an empty file.

    Raises:
        InventoryDamagedError: the file does not hold what `end` says.
    """

    def __init__(self, directory: Path, name: str, end: Checkpoint | None = None) -> None:
        self.path = part_of(directory, name)
        self.bytes = self.records = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO = self.path.open("r+b" if end and end.bytes else "wb")
        if end is not None:
            self._continue_behind(end)

    def _continue_behind(self, end: Checkpoint) -> None:
        """Read what is there, so that the digest continues, and cut off what stands behind it."""
        try:
            while self.bytes < end.bytes and (chunk := self._file.read(min(CHUNK, end.bytes - self.bytes))):
                self._digest.update(chunk)
                self.bytes += len(chunk)
                self.records += chunk.count(b"\n")
            if self.end != end:
                raise InventoryDamagedError(f"{self.path} is not what the journal says; start again with --fresh")
            self._file.truncate(self.bytes)
            self._file.seek(self.bytes)
        except BaseException:
            self._file.close()
            raise

    @property
    def end(self) -> Checkpoint:
        """Records, bytes and digest so far."""
        return Checkpoint(self.records, self.bytes, self._digest.hexdigest())

    def add(self, lines: bytes | memoryview, records: int) -> None:
        """Write whole lines."""
        self._file.write(lines)
        self._digest.update(lines)
        self.bytes += len(lines)
        self.records += records

    def flush(self) -> None:
        """Give what was written to the operating system, which keeps it when this process dies."""
        self._file.flush()

    def sync(self) -> None:
        """Bring what was written onto the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; it keeps its hidden name."""
        self._file.close()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_bytes(value: object) -> bytes:
    """A value as JSON on one line, its numbers as they came."""
    try:
        return unmarked(_encode(marked(value))).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot say and JSON can
        return unmarked(json.dumps(marked(value), separators=(",", ":"))).encode()
    except RecursionError:
        return write(value).encode("utf-8", "backslashreplace")


def time_text(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sync_file(path: Path) -> None:
    """Bring what is in a file onto the disk."""
    with path.open("r+b") as file:  # Windows syncs nothing that is open for reading only
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory onto the disk."""
    with suppress(OSError):  # not every system lets a directory be synced
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
