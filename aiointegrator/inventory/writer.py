"""Write a crawl to a directory: JSON Lines and a manifest, under their final names only once everything is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..orchestrators import CrawlReport, IntegrationSnapshot
from ._files import LISTING, MANIFEST, SCHEMA, Part, file_of, json_bytes, lines_of, sync_directory, time_text
from .errors import InventoryExistsError, InventoryWriteError

_BRANCHES = "branches"


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
        self._parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        with self._speaking():
            if (self.directory / MANIFEST).exists() and not self._fresh:
                raise InventoryExistsError(
                    f"{self.directory} holds an inventory already; name another directory, or replace it with --fresh"
                )
            self.directory.mkdir(parents=True, exist_ok=True)
            for kind in (LISTING, *self._kinds, _BRANCHES):
                self._parts[kind] = Part(self.directory, file_of(kind))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    @property
    def counts(self) -> dict[str, int]:
        """Records written of each kind, and of `integrations`."""
        return {kind: self._parts[kind].records for kind in (LISTING, *self._kinds)}

    def write(self, snapshot: IntegrationSnapshot) -> None:
        """Add one integration, whose records are plain dicts, or bytes of JSON.

        Raises:
            InventoryWriteError: the disk is full, or the like.
        """
        with self._speaking():
            self._add(LISTING, snapshot.id, [snapshot.integration])
            for kind, records in snapshot.records.items():
                self._add(kind, snapshot.id, records or [])
            for branch in snapshot.branches:
                row = {
                    "integration": branch.integration_id,
                    "kind": branch.kind,
                    "status": branch.status,
                    "records": branch.records,
                    "pages": branch.pages,
                    "error": branch.error,
                }
                self._parts[_BRANCHES].add(json_bytes(row) + b"\n", 1)

    def write_unassigned(self, records: Mapping[str, Sequence[Any]]) -> None:
        """Add what belongs to no integration, by kind; its lines have `null` for the integration.

        Raises:
            InventoryWriteError: the disk is full, or the like.
        """
        with self._speaking():
            for kind, rest in records.items():
                self._add(kind, None, rest)

    def finish(self, report: CrawlReport) -> Path:
        """Give every file its final name, the manifest last; returns the manifest's path.

        Raises:
            InventoryWriteError: the disk is full, or the like; then there is no manifest.
        """
        with self._speaking():
            for part in self._parts.values():
                part.sync()
            manifest = Part(self.directory, MANIFEST)
            self._parts[MANIFEST] = manifest
            for piece in self._manifest(report):
                manifest.add(piece, 0)
            manifest.sync()
            for part in self._parts.values():
                part.close()
            (self.directory / MANIFEST).unlink(missing_ok=True)
            for kind in (LISTING, *self._kinds):
                self._parts[kind].path.replace(self.directory / file_of(kind))
            manifest.path.replace(self.directory / MANIFEST)
            self._parts[_BRANCHES].path.unlink()
            sync_directory(self.directory)
        return self.directory / MANIFEST

    def abandon(self) -> None:
        """Remove what has no final name yet."""
        for part in self._parts.values():
            with suppress(OSError):
                part.close()
            with suppress(OSError):
                part.path.unlink(missing_ok=True)

    def _add(self, kind: str, integration_id: str | None, records: Sequence[Any]) -> None:
        if records:
            self._parts[kind].add(lines_of(integration_id, records), len(records))

    def _manifest(self, report: CrawlReport) -> Iterator[bytes]:
        """The manifest piece by piece, so that its branches need no memory."""
        head: dict[str, Any] = {
            "schema": SCHEMA,
            "complete": report.complete,
            "base_url": self._base_url,
            "started": time_text(report.started),
            "finished": time_text(report.finished or datetime.now(UTC)),
            "plan": report.plan,
            "kinds": list(report.kinds),
            "counts": self.counts,
            "files": {file_of(kind): self._parts[kind].described() for kind in (LISTING, *self._kinds)},
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
        with self._parts[_BRANCHES].path.open("rb") as rows:
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
