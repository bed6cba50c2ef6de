"""The names and the form of an inventory's files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from .._exact_json import write
from .errors import InventoryDamagedError

SCHEMA = 1
"""Version of the files' form."""
MANIFEST = "manifest.json"
JOURNAL = ".journal"
DATABASE = "inventory.sqlite"
LISTING = "integrations"


_CHUNK = 1 << 20


class End(NamedTuple):
    """How far a file is good."""

    records: int
    bytes: int
    sha256: str


NOTHING = End(0, 0, hashlib.sha256().hexdigest())


def file_of(kind: str) -> str:
    """The name of the file that holds the records of a kind."""
    return f"{kind}.jsonl"


def part_of(directory: Path, name: str) -> Path:
    """The hidden name that a file has while it grows."""
    return directory / f".{name}.part"


class Part:
    """A file that grows under a hidden name, and what the manifest will say of it.

    Args:
        directory: where it is.
        name: its final name.
        end: go on behind this, with what stands there; None begins it anew.

    Raises:
        InventoryDamagedError: what stands there is not what `end` says.
    """

    def __init__(self, directory: Path, name: str, end: End | None = None) -> None:
        self.path = part_of(directory, name)
        self.bytes = self.records = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO = self.path.open("r+b" if end else "wb")
        if end is not None:
            self._go_on(end)

    def _go_on(self, end: End) -> None:
        """Read what is there, so that the digest goes on too, and cut off what lies behind."""
        try:
            while self.bytes < end.bytes and (chunk := self._file.read(min(_CHUNK, end.bytes - self.bytes))):
                self._digest.update(chunk)
                self.bytes += len(chunk)
                self.records += chunk.count(b"\n")
            if self.end != end:
                raise InventoryDamagedError(f"{self.path} is not what the journal says; begin anew with --fresh")
            self._file.truncate(self.bytes)
            self._file.seek(self.bytes)
        except BaseException:
            self._file.close()
            raise

    @property
    def end(self) -> End:
        """Records, bytes and digest so far."""
        return End(self.records, self.bytes, self._digest.hexdigest())

    def add(self, lines: bytes | memoryview, records: int) -> None:
        """Write whole lines."""
        self._file.write(lines)
        self._digest.update(lines)
        self.bytes += len(lines)
        self.records += records

    def flush(self) -> None:
        """Give what was written to the system, which keeps it when this process dies."""
        self._file.flush()

    def sync(self) -> None:
        """Bring what was written onto the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; it keeps its hidden name."""
        self._file.close()


def lines_of(integration_id: str | None, records: Sequence[Any]) -> memoryview:
    """One line for each record: all are plain dicts, or all are bytes of JSON."""
    head = b'{"integration":' + json_bytes(integration_id) + b',"data":'
    raw = records if isinstance(records[0], bytes) else [json_bytes(record) for record in records]
    together = b"".join(raw)  # a copy costs less than to look into each
    if together.find(b"\n") >= 0 or together.find(b"\r") >= 0:  # `in` takes bytes for a number first, and fails
        raw = [_one_line(record) for record in raw]
    del together
    between = b"}\n" + head
    return memoryview(between.join((b"", *raw, b"")))[
        2 : -len(head)
    ]  # without what is before the first and after the last


def _one_line(record: bytes) -> bytes:
    return record.replace(b"\n", b" ").replace(b"\r", b" ")  # in JSON these stand between values only


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_bytes(value: object) -> bytes:
    """A value as JSON on one line."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot say and JSON can
        return json.dumps(value, separators=(",", ":")).encode()
    except RecursionError:
        return write(value).encode("utf-8", "backslashreplace")


def time_text(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory onto the disk."""
    with suppress(OSError):  # not every system lets a directory be synced
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
