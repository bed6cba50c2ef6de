"""The names and the form of an inventory's files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = 1
"""Version of the files' form."""
MANIFEST = "manifest.json"
LISTING = "integrations"


def file_of(kind: str) -> str:
    """The name of the file that holds the records of a kind."""
    return f"{kind}.jsonl"


class Part:
    """A file of JSON Lines that grows under a hidden name, and what the manifest will say of it."""

    def __init__(self, directory: Path, name: str) -> None:
        self.path = directory / f".{name}.part"
        self.name = name
        self.bytes = self.records = 0
        self._digest = hashlib.sha256()
        self._file = self.path.open("wb")

    def add(self, lines: bytes, records: int) -> None:
        """Write whole lines."""
        self._file.write(lines)
        self._digest.update(lines)
        self.bytes += len(lines)
        self.records += records

    def described(self) -> dict[str, Any]:
        """Records, bytes and digest so far."""
        return {"records": self.records, "bytes": self.bytes, "sha256": self._digest.hexdigest()}

    def sync(self) -> None:
        """Bring what was written onto the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; it keeps its hidden name."""
        self._file.close()


def lines_of(integration_id: str | None, records: Sequence[Any]) -> bytes:
    """One line for each record, a plain dict or bytes of JSON."""
    head = b'{"integration":' + json_bytes(integration_id) + b',"data":'
    raw = [record if isinstance(record, bytes) else json_bytes(record) for record in records]
    if [1 for record in raw if b"\n" in record or b"\r" in record]:
        raw = [record.replace(b"\n", b" ").replace(b"\r", b" ") for record in raw]  # only between values, in JSON
    return head + (b"}\n" + head).join(raw) + b"}\n"


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_bytes(value: object) -> bytes:
    """A value as JSON on one line."""
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot say and JSON can
        return json.dumps(value, separators=(",", ":")).encode()


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
