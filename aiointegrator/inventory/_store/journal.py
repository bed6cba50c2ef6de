"""The journal of a crawl in progress: which branches are on disk, and how far each data file is good.

It is a hidden file of JSON Lines beside the hidden data files. The first line says what is crawled. Each integration
adds a line with its branches and, for every file, the records, bytes and sha256 up to there. The operating system gets
the data before the line, so a process that is killed leaves a journal that names only data that is there. Data behind
it is cut off.

Each line ends with a digest of itself and of all lines before it. The journal counts up to the first line whose digest
is wrong; the branches of that line and of all later ones are read again. Nothing is synced on the way: after a power
cut the digests of the files tell what was lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InventoryDamagedError, InventoryVersionError
from .files import JOURNAL, NEW_JOURNAL, Checkpoint, json_bytes
from .json_schema import FormError
from .manifest_schema import check_head
from .opening import opened

VERSION = 2
_SEAL = b',"sha256":"%b"}\n'
_SEAL_LENGTH = len(_SEAL % bytes(64))
_log = logging.getLogger("aiointegrator")
_AGAIN = "start again with --fresh"


class Outcome(NamedTuple):
    """How a branch was read."""

    status: str
    records: int
    pages: int
    error: str | None


Branches = dict[tuple[str, str], Outcome]
"""By the integration's id and the kind."""


@dataclass
class Recovered:
    """What a journal says.

    Attributes:
        head: its first line.
        length: bytes of it that are good.
        digest: the digest of its last good line.
        ends: how far each file is good, by its kind.
        branches: how each branch was read, the last time.
        resumed: when the crawl was resumed.
    """

    head: dict[str, Any]
    length: int = 0
    digest: bytes = b""
    ends: dict[str, Checkpoint] = field(default_factory=dict)
    branches: Branches = field(default_factory=dict)
    resumed: list[str] = field(default_factory=list)


class Journal:
    """A journal that is being written.

    Args:
        path: the file.
        digest: the digest of its last line.
    """

    def __init__(self, path: Path, digest: bytes) -> None:
        self.path = path
        self._digest = digest
        self._file = path.open("ab")

    @classmethod
    def begun(
        cls,
        directory: Path,
        head: Mapping[str, Any],
        branches: Branches | None = None,
        ends: Mapping[str, Checkpoint] = {},
    ) -> Journal:
        """A new one, there as a whole or not at all."""
        path = directory / JOURNAL
        new = directory / NEW_JOURNAL
        line, digest = sealed(json_bytes({"journal": VERSION, **head}), b"")
        with new.open("wb") as file:
            file.write(line)
            if branches is not None:
                line, digest = sealed(_line(branches, ends), digest)
                file.write(line)
        new.replace(path)
        return cls(path, digest)

    @classmethod
    def resumed(cls, directory: Path, recovered: Recovered, moment: str) -> Journal:
        """One that continues behind its good part."""
        path = directory / JOURNAL
        os.truncate(path, recovered.length)
        journal = cls(path, recovered.digest)
        journal._write(json_bytes({"resumed": moment}))
        return journal

    def add(self, branches: Branches, ends: Mapping[str, Checkpoint]) -> None:
        """Say that these branches are on disk; the caller has given their data to the operating system."""
        self._write(_line(branches, ends))

    def close(self) -> None:
        """Close the file, which stays."""
        self._file.close()

    def _write(self, value: bytes) -> None:
        line, self._digest = sealed(value, self._digest)
        self._file.write(line)
        self._file.flush()


def row_of(key: tuple[str, str], outcome: Outcome) -> bytes:
    """How a branch was read, as JSON, for the journal and the manifest."""
    integration, kind = key
    row = b'{"integration":%b,"kind":"%b","status":"%b","records":%d,"pages":%d,"error":%b}'
    status, records, pages, error = outcome
    said = b"null" if error is None else json_bytes(error)
    return row % (json_bytes(integration), kind.encode(), status.encode(), records, pages, said)


def outcomes_of(rows: Iterable[Mapping[str, Any]]) -> Branches:
    """The branches of rows, the last one of each."""
    return {
        (row["integration"], row["kind"]): Outcome(row["status"], row["records"], row.get("pages", 0), row["error"])
        for row in rows
    }


def _line(branches: Branches, ends: Mapping[str, Checkpoint]) -> bytes:
    rows = b",".join(map(row_of, branches.keys(), branches.values()))
    told = b",".join(b'"%b":[%d,%d,"%b"]' % (kind.encode(), *end[:2], end[2].encode()) for kind, end in ends.items())
    return b'{"branches":[%b],"ends":{%b}}' % (rows, told)


def sealed(value: bytes, before: bytes) -> tuple[bytes, bytes]:
    """A JSON object as a line of the journal, and its digest; `before` is the digest of the line before it."""
    digest = _digest_of(value[:-1], before)
    return value[:-1] + _SEAL % digest, digest


def _digest_of(body: bytes, before: bytes) -> bytes:
    return hashlib.sha256(before + body).hexdigest().encode()


def recover(directory: Path, sizes: Mapping[str, int]) -> Recovered:
    """Read a journal up to the last line whose data is all there.

    Args:
        directory: where it is.
        sizes: bytes of each file, by its kind.

    Raises:
        InventoryDamagedError: its first line is damaged.
        InventoryVersionError: a newer version wrote it.
        InventoryError: it cannot be read.
    """
    path = directory / JOURNAL
    lines = _good_lines(path)
    found = _begun(path, next(lines, None))
    try:
        for end, digest, line in lines:
            ends = {kind: Checkpoint(*values) for kind, values in line.get("ends", {}).items()}
            short = [kind for kind, one in ends.items() if sizes.get(kind, 0) < one.bytes]
            if short:
                _log.warning("records of %s are missing in %s; they are read again", ", ".join(short), directory)
                break
            found.length, found.digest, found.ends = end, digest, ends or found.ends
            found.branches |= outcomes_of(line.get("branches", ()))
            found.resumed += [line["resumed"]] if "resumed" in line else []
    except (AttributeError, KeyError, TypeError):
        raise InventoryDamagedError(f"{path} says what no crawl writes; {_AGAIN}") from None
    return found


def head_of_journal(directory: Path) -> dict[str, Any]:
    """The first line of a journal, with the errors of `recover`."""
    path = directory / JOURNAL
    return _begun(path, next(_good_lines(path), None)).head


def _begun(path: Path, first: tuple[int, bytes, dict[str, Any]] | None) -> Recovered:
    """What the first line says."""
    version = first[2].get("journal") if first else None
    if first is None or type(version) is not int or version < VERSION:
        raise InventoryDamagedError(f"{path} is damaged, or another version of aiointegrator wrote it; {_AGAIN}")
    if version > VERSION:
        raise InventoryVersionError(
            f"{path} has version {version}, and this version of aiointegrator reads {VERSION}; "
            f"use a newer aiointegrator, or {_AGAIN}"
        )
    end, digest, head = first
    try:
        check_head(head)
    except FormError as error:
        raise InventoryDamagedError(f"{path} has no usable {error}; {_AGAIN}") from None
    return Recovered(head, end, digest)


def _good_lines(path: Path) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """For each line, the byte at which it ends, its digest, and its object; stops at the first that is damaged."""
    end, digest = 0, b""
    with opened(path, _AGAIN) as file:
        for line in file:
            body = line[:-_SEAL_LENGTH]
            digest = _digest_of(body, digest)
            if line[-_SEAL_LENGTH:] != _SEAL % digest:
                if line.endswith(b"\n"):  # a line without its end is what a killed process leaves
                    _log.warning("%s is damaged behind byte %d; what it said there is read again", path, end)
                return
            end += len(line)
            yield end, digest, json.loads(body + b"}")
