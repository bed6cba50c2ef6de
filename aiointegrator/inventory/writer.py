"""Write a crawl to a directory: JSON Lines and a manifest, under their final names only once everything is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from ..errors import ConfigurationError, IntegratorError
from ..orchestrators import CrawlReport, IntegrationSnapshot

SCHEMA = 1
"""Version of the files' form."""
MANIFEST = "manifest.json"
LISTING = "integrations"
_BRANCHES = "branches"


class InventoryExistsError(ConfigurationError):
    """The directory holds an inventory already; nothing was read or written."""


class InventoryWriteError(IntegratorError):
    """The directory cannot be written: a file is in the way, no permission, or the disk is full."""


class InventoryWriter:
    """The files of one crawl.

        with InventoryWriter(directory, kinds, base_url) as writer:
            writer.write(snapshot)              # for each, with records as plain dicts or as bytes
            manifest = writer.finish(report)    # everything gets its final name, the manifest last

    Until `finish` all is under hidden temporary names; leaving the block without it removes them.

    Args:
        directory: made where it is not there.
        kinds: the kinds of the crawl.
        base_url: whose account it is, for the manifest.
        fresh: replace an inventory that is there.

    Raises:
        InventoryExistsError: there is an inventory and `fresh` was not asked for.
        InventoryWriteError: the directory cannot be written.
    """

    def __init__(
        self, directory: str | os.PathLike[str], kinds: Sequence[str], base_url: str, *, fresh: bool = False
    ) -> None:
        self.directory = Path(directory)
        self._kinds = tuple(kinds)
        self._base_url = base_url
        self._fresh = fresh
        self._files: dict[str, BinaryIO] = {}
        self._open_files = ExitStack()

    def __enter__(self) -> Self:
        with self._speaking():
            if (self.directory / MANIFEST).exists() and not self._fresh:
                raise InventoryExistsError(
                    f"{self.directory} holds an inventory already; name another directory, or replace it with --fresh"
                )
            self.directory.mkdir(parents=True, exist_ok=True)
            for name in (LISTING, *self._kinds, _BRANCHES):
                self._files[name] = self._open_files.enter_context(self._part(name).open("wb"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def write(self, snapshot: IntegrationSnapshot) -> None:
        """Add one integration, whose records are plain dicts, or bytes of JSON.

        Raises:
            InventoryWriteError: the disk is full, or the like.
        """
        with self._speaking():
            self._lines(LISTING, snapshot.id, [snapshot.integration])
            for kind, records in snapshot.records.items():
                self._lines(kind, snapshot.id, records or [])
            for branch in snapshot.branches:
                row = {
                    "integration": branch.integration_id,
                    "kind": branch.kind,
                    "status": branch.status,
                    "records": branch.records,
                    "pages": branch.pages,
                    "error": branch.error,
                }
                self._files[_BRANCHES].write(_json(row) + b"\n")

    def write_unassigned(self, records: Mapping[str, Sequence[Any]]) -> None:
        """Add what belongs to no integration, by kind; its lines have `null` for the integration.

        Raises:
            InventoryWriteError: the disk is full, or the like.
        """
        with self._speaking():
            for kind, rest in records.items():
                self._lines(kind, None, rest)

    def finish(self, report: CrawlReport) -> Path:
        """Give every file its final name, the manifest last; returns the manifest's path.

        Raises:
            InventoryWriteError: the disk is full, or the like; then there is no manifest.
        """
        with self._speaking():
            for file in self._files.values():
                _sync(file)
            manifest = self._part(MANIFEST)
            with manifest.open("wb") as file:
                file.writelines(self._manifest(report))
                _sync(file)
            self._open_files.close()
            (self.directory / MANIFEST).unlink(missing_ok=True)
            for kind in (LISTING, *self._kinds):
                self._part(kind).replace(self.directory / f"{kind}.jsonl")
            manifest.replace(self.directory / MANIFEST)
            self._part(_BRANCHES).unlink()
            _sync_directory(self.directory)
        return self.directory / MANIFEST

    def abandon(self) -> None:
        """Remove what has no final name yet."""
        with suppress(OSError):
            self._open_files.close()
        for name in (*self._files, MANIFEST):
            with suppress(OSError):
                self._part(name).unlink(missing_ok=True)

    def _part(self, name: str) -> Path:
        return self.directory / f".{name}{'' if name == MANIFEST else '.jsonl'}.part"

    def _lines(self, kind: str, integration_id: str | None, records: Sequence[Any]) -> None:
        if not records:
            return
        head = b'{"integration":' + _json(integration_id) + b',"data":'
        raw = [record if isinstance(record, bytes) else _json(record) for record in records]
        if [1 for record in raw if b"\n" in record or b"\r" in record]:
            raw = [record.replace(b"\n", b" ").replace(b"\r", b" ") for record in raw]  # only between values, in JSON
        self._files[kind].write(head + (b"}\n" + head).join(raw) + b"}\n")

    def _manifest(self, report: CrawlReport) -> Iterator[bytes]:
        """The manifest piece by piece, so that its branches need no memory."""
        head: dict[str, Any] = {
            "schema": SCHEMA,
            "complete": report.complete,
            "base_url": self._base_url,
            "started": _time(report.started),
            "finished": _time(report.finished or datetime.now(UTC)),
            "plan": report.plan,
            "kinds": list(report.kinds),
            "counts": dict(report.counts),
            "requests": report.requests,
            "retries": report.retries,
            "throttled": report.throttled,
            "gaps": [
                {"integration": gap.integration_id, "kind": gap.kind, "status": gap.reason, "error": str(gap.error)}
                for gap in report.gaps
                if gap.kind == LISTING or gap.integration_id is None
            ],
        }
        if report.plan == "compare":
            head["differences"] = [
                {"integration": one.integration_id, "kind": one.kind, "id": one.id, "only_in": one.only_in}
                for one in report.differences
            ]
        yield json.dumps(head, indent=1)[:-2].encode() + b',\n "branches": ['
        with self._part(_BRANCHES).open("rb") as rows:
            for number, row in enumerate(rows):
                yield (b",\n  " if number else b"\n  ") + row.rstrip(b"\n")
        yield b"\n ]\n}\n"

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn the system's errors into one that says what to do."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            failure = InventoryWriteError(
                f"cannot write the inventory to {self.directory}: {reason}; nothing there is taken for whole"
            )
        else:
            return
        self.abandon()
        raise failure


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(value: object) -> bytes:
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot say and JSON can
        return json.dumps(value, separators=(",", ":")).encode()


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    with suppress(OSError):  # not every system lets a directory be synced
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
