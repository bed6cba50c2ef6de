"""Write a crawl to a directory: JSON Lines and a manifest, under their final names only once everything is whole."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..orchestrators import CrawlReport, IntegrationSnapshot, Plan
from ._files import (
    DATABASE,
    JOURNAL,
    LISTING,
    MANIFEST,
    NOTHING,
    SCHEMA,
    End,
    Part,
    file_of,
    json_bytes,
    lines_of,
    part_of,
    sync_directory,
    time_text,
)
from ._lock import DirectoryLock
from ._manifest import read_manifest
from ._standing import Origin, Standing, refuse_existing, sizes_of, standing_of, whole
from .errors import InventoryDamagedError, InventoryWriteError
from .journal import Journal, line_of, recover, row_of
from .redaction import Redaction

_KEPT = (
    "base_url", "account", "kinds", "plan", "started", "resumed", "redacted", "redacted_users", "redaction_key"
)  # fmt: skip


class InventoryWriter:
    """The files of one crawl.

        with InventoryWriter(directory, kinds, base_url) as writer:
            writer.write(snapshot)              # for each, with records as plain dicts or as bytes
            manifest = writer.finish(report)    # everything gets its final name, the manifest last

    Until `finish` all is under hidden names, with a journal of what is whole. Leaving the block without it keeps them
    once anything was written, and so does the death of the process: `resume=True` goes on from there, and `have` is
    what the crawl need not read. It goes on from an inventory with gaps too, which stays as it is until the new one is
    whole. A crawl by a plan other than `integration` cannot be gone on with: it begins anew.

    Args:
        directory: made where it is not there.
        kinds: the kinds of the crawl.
        base_url: whose account it is, for the manifest.
        plan: the plan of the crawl.
        account: what identifies the account, for the manifest: `user` (what `token_info` says) and `scope`.
        redaction: what is hidden before anything comes to a file; None writes what the server sent.
        fresh: replace what is there.
        resume: go on with what is there, if anything is.

    Raises:
        InventoryExistsError: something is there and neither was asked for, or another crawl is writing.
        InventoryMismatchError: what is to be resumed is of another account, address, set of kinds, plan, or redaction.
        InventoryDamagedError: it cannot be resumed.
        InventoryWriteError: the directory cannot be written.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        kinds: Sequence[str],
        base_url: str,
        *,
        plan: Plan = "integration",
        account: Mapping[str, Any] | None = None,
        redaction: Redaction | None = None,
        fresh: bool = False,
        resume: bool = False,
    ) -> None:
        self.directory = Path(directory)
        self._kinds = (LISTING, *kinds)
        self._redaction = redaction
        self._origin = Origin(
            base_url=base_url, account=account or {}, kinds=tuple(kinds), plan=plan, redaction=redaction
        )
        self._fresh, self._resume = fresh, resume
        self._parts: dict[str, Part] = {}
        self._journal: Journal | None = None
        self._lock: DirectoryLock | None = None
        self._statuses: dict[tuple[str, str], str] = {}
        self._again: Counter[tuple[str, str]] = Counter()
        self._open: set[tuple[str, str]] = set()
        self._started: str | None = None
        self._resumed: list[str] = []
        self._ours = self._worth_keeping = self._nothing_to_do = False

    def __enter__(self) -> Self:
        with self._speaking():
            self.directory.mkdir(parents=True, exist_ok=True)
            self._lock = DirectoryLock(self.directory)
            found = standing_of(self.directory)
            if self._resume and found in (Standing.INTERRUPTED, Standing.FINISHED):
                self._go_on(found)
            else:
                if not self._fresh:
                    refuse_existing(self.directory)
                self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What the caller wants to know

    @property
    def nothing_to_do(self) -> bool:
        """Whether what was to be resumed is complete already; then there is nothing to write and to finish."""
        return self._nothing_to_do

    @property
    def counts(self) -> dict[str, int]:
        """Records written of each kind, and of `integrations`, also before the crawl was resumed."""
        return {kind: self._parts[kind].records for kind in self._kinds}

    @property
    def have(self) -> Collection[tuple[str, str]]:
        """The branches that were read before the crawl was resumed, for `client.crawl(have=...)`."""
        return whole(self._statuses)

    @property
    def gaps(self) -> int:
        """How many branches are there as gaps."""
        return len(self._open)

    @property
    def resumable(self) -> bool:
        """Whether the directory holds a crawl that `resume=True` goes on with."""
        return standing_of(self.directory) is Standing.INTERRUPTED

    # Writing

    def write(self, snapshot: IntegrationSnapshot) -> None:
        """Add one integration, whose records are plain dicts, or bytes of JSON.

        Raises:
            InventoryWriteError: the disk is full, or the like.
        """
        with self._speaking():
            if not any((snapshot.id, kind) in self._statuses for kind in self._kinds):
                self._add(LISTING, snapshot.id, [snapshot.integration])
            for kind, records in snapshot.records.items():
                self._add(kind, snapshot.id, records or [])
            self._note(snapshot)

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
            InventoryWriteError: the disk is full, or the like; then there is no manifest, or still the old one.
        """
        with self._speaking():
            for part in self._parts.values():
                part.sync()
            manifest = self._parts[MANIFEST] = Part(self.directory, MANIFEST)
            for piece in self._manifest(report):
                manifest.add(piece, 0)
            manifest.sync()
            self._close()
            for old in (MANIFEST, DATABASE):
                (self.directory / old).unlink(missing_ok=True)
            for kind in self._kinds:
                self._parts[kind].path.replace(self.directory / file_of(kind))
            manifest.path.replace(self.directory / MANIFEST)
            (self.directory / JOURNAL).unlink()
            sync_directory(self.directory)
        return self.directory / MANIFEST

    def _add(self, kind: str, integration_id: str | None, records: Sequence[Any]) -> None:
        if records:
            if self._redaction is not None:
                records = [_redacted(self._redaction, record) for record in records]
            self._parts[kind].add(lines_of(integration_id, records), len(records))
            self._parts[kind].flush()

    def _note(self, snapshot: IntegrationSnapshot) -> None:
        """Put an integration into the journal, whose data the system has."""
        assert self._journal is not None
        rows = []
        for branch in snapshot.branches:
            key = (branch.integration_id, branch.kind)
            if key in self._statuses:
                self._again[key] += 1
            (self._open.discard if branch.status == "read" else self._open.add)(key)
            error = self._said(branch.error)
            rows.append(row_of(*key, branch.status, branch.records, branch.pages, error))
        self._journal.add(rows, {kind: part.end for kind, part in self._parts.items()})
        self._worth_keeping = self._origin.plan == "integration"

    # Beginning and leaving

    def _begin(self) -> None:
        """Anew: the parts first, so that a journal is never without them."""
        self._clear()
        self._ours = True
        for kind in self._kinds:
            self._parts[kind] = Part(self.directory, file_of(kind))
        self._journal = Journal.begun(self.directory, {**self._origin.head(), "started": time_text(datetime.now(UTC))})

    def _go_on(self, found: Standing) -> None:
        """Where an earlier crawl stopped."""
        if found is Standing.INTERRUPTED:
            head = recover(self.directory, sizes_of(self.directory, self._origin.kinds)).head
        else:
            head = read_manifest(self.directory)
        self._origin.refuse_other(self.directory, head)
        self._nothing_to_do = found is Standing.FINISHED and head["complete"]
        if self._nothing_to_do:
            return
        if self._origin.plan != "integration":
            self._begin()
            return
        self._worth_keeping = found is Standing.INTERRUPTED
        self._ours = True
        if found is Standing.FINISHED:
            self._take_apart(head)
        self._take_up()

    def _take_up(self) -> None:
        """Open the parts where the journal says that they are good."""
        for kind in self._kinds:
            part, final = part_of(self.directory, file_of(kind)), self.directory / file_of(kind)
            if not part.exists() and final.exists():  # it was stopped while it named the files
                final.replace(part)
        found = recover(self.directory, sizes_of(self.directory, self._origin.kinds))
        for kind in self._kinds:
            self._parts[kind] = Part(self.directory, file_of(kind), found.ends.get(kind, NOTHING))
        self._statuses, self._again = found.statuses, found.again
        self._open = {key for key, status in found.statuses.items() if status != "read"}
        moment = time_text(datetime.now(UTC))
        self._started, self._resumed = found.head.get("started"), [*found.head.get("resumed", ()), *found.resumed]
        self._resumed.append(moment)
        self._journal = Journal.resumed(self.directory, found, moment)

    def _take_apart(self, manifest: Mapping[str, Any]) -> None:
        """Copy a finished inventory into parts with a journal; it stays as it is until the new one is whole."""
        files = manifest.get("files") or {}
        ends = {}
        for kind in self._kinds:
            said = files.get(file_of(kind), {})
            ends[kind] = End(said.get("records", -1), said.get("bytes", -1), said.get("sha256", ""))
            final = self.directory / file_of(kind)
            if not final.is_file() or final.stat().st_size != ends[kind].bytes:
                raise InventoryDamagedError(f"{final} is not what the manifest says; begin anew with --fresh")
            shutil.copyfile(final, part_of(self.directory, file_of(kind)))
        head = {key: manifest.get(key) for key in _KEPT}
        head["resumed"] = head["resumed"] or []
        Journal.begun(self.directory, head, [line_of(map(json_bytes, manifest["branches"]), ends)]).close()

    def close(self) -> None:
        """Close everything, and remove it where going on with it would spare nothing; leaving the block does this."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            if self._ours:
                part_of(self.directory, MANIFEST).unlink(missing_ok=True)
            if self._ours and not self._worth_keeping:
                self._clear()
        if self._lock is not None:
            self._lock.close()

    def _clear(self) -> None:
        """Remove what earlier crawls left under hidden names, the journal first."""
        (self.directory / JOURNAL).unlink(missing_ok=True)
        for path in self.directory.glob(".*.jsonl.part"):
            path.unlink(missing_ok=True)

    def _close(self) -> None:
        """Close every file, also where closing one fails."""
        failure: OSError | None = None
        files: list[Part | Journal] = [*self._parts.values()]
        for file in files if self._journal is None else [*files, self._journal]:
            try:
                file.close()
            except OSError as error:
                failure = error
        if failure is not None:
            raise failure

    # The manifest

    def _manifest(self, report: CrawlReport) -> Iterator[bytes]:
        """The manifest piece by piece, so that its branches need no memory."""
        assert self._journal is not None
        yield json.dumps(self._head(report), indent=1)[:-2].encode() + b',\n "branches": ['
        for number, row in enumerate(self._journal.rows(self._again)):
            yield (b",\n  " if number else b"\n  ") + row
        yield b"\n ]\n}\n"

    def _head(self, report: CrawlReport) -> dict[str, Any]:
        """Everything in the manifest but the branches."""
        head: dict[str, Any] = {
            "schema": SCHEMA,
            "complete": report.complete and not self._open,
            "base_url": self._origin.base_url,
            "account": dict(self._origin.account),
            "started": self._started or time_text(report.started),
            "resumed": self._resumed,
            "finished": time_text(report.finished or datetime.now(UTC)),
            "plan": report.plan,
            **self._origin.hidden(),
            "kinds": list(report.kinds),
            "counts": self.counts,
            "files": {file_of(kind): self._parts[kind].end._asdict() for kind in self._kinds},
            "requests": report.requests,
            "retries": report.retries,
            "throttled": report.throttled,
            "duplicates": report.duplicates,
            "gaps": [
                {
                    "integration": gap.integration_id,
                    "kind": gap.kind,
                    "status": gap.reason,
                    "error": self._said(str(gap.error)),
                }
                for gap in report.gaps
                if gap.kind == LISTING or gap.integration_id is None
            ],
        }
        if report.plan == "compare":
            head["differences"] = [
                {"integration": one.integration_id, "kind": one.kind, "id": one.id, "only_in": one.only_in}
                for one in report.differences
            ]
        return head

    def _said(self, error: str | None) -> str | None:
        return error if error is None or self._redaction is None else self._redaction.text(error)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn the system's errors into one that says what to do."""
        failure: Exception
        try:
            yield
        except OSError as error:
            failure = InventoryWriteError(
                f"cannot write the inventory to {self.directory}: {error.strerror or type(error).__name__}; "
                "nothing there is taken for whole"
            )
        except Exception as error:
            failure = error
        else:
            return
        self.close()
        raise failure


def _redacted(redaction: Redaction, record: Any) -> Any:
    return redaction.line(record) if isinstance(record, bytes) else redaction.record(record)
