"""Write a crawl to a directory: JSON Lines and a manifest, under their final names only once everything is whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..._domain.kinds import KINDS, Plan
from ..._domain.snapshots import CrawlReport, IntegrationSnapshot
from .._redact.redaction import Redaction
from ..errors import InventoryDamagedError, InventoryWriteError
from .data_file import DataFile
from .directory_state import CrawlIdentity, DirectoryState, refuse_existing, sizes_of, state_of, whole
from .files import (
    DATABASE,
    INTEGRATIONS,
    MANIFEST,
    NOTHING,
    SCHEMA,
    Checkpoint,
    GrowingFile,
    file_of,
    part_of,
    sorted_name,
    sync_directory,
    time_text,
)
from .integrity import check_contents, check_sizes, refuse
from .journal import Branches, Journal, Outcome, Recovered, outcomes_of, recover
from .lock import DirectoryLock
from .manifest import AGAIN, manifest_entry, read_manifest, seal_of
from .manifest_writer import gaps_of, manifest_text
from .opening import chunks_of
from .temporary_files import every_file, remove_crawl, remove_passing

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
        self._kinds = (INTEGRATIONS, *kinds)
        self._redaction = redaction
        self._origin = CrawlIdentity(
            base_url=base_url, account=account or {}, kinds=tuple(kinds), plan=plan, redaction=redaction
        )
        self._fresh, self._resume = fresh, resume
        self._parts: dict[str, DataFile] = {}
        self._journal: Journal | None = None
        self._lock: DirectoryLock | None = None
        self._branches: Branches = {}
        self._started: str | None = None
        self._resumed: list[str] = []
        self._ours = self._worth_keeping = self._nothing_to_do = False

    def __enter__(self) -> Self:
        with self._speaking():
            self.directory.mkdir(parents=True, exist_ok=True)
            self._lock = DirectoryLock(self.directory)
            found = state_of(self.directory)
            if self._resume and found in (DirectoryState.INTERRUPTED, DirectoryState.FINISHED):
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
        """The branches that were read before the crawl was resumed, for `client.crawl(skip=...)`."""
        return whole(self._branches)

    @property
    def gaps(self) -> int:
        """How many branches are there as gaps."""
        return sum(outcome.status != "read" for outcome in self._branches.values())

    @property
    def resumable(self) -> bool:
        """Whether the directory holds a crawl that `resume=True` goes on with."""
        return state_of(self.directory) is DirectoryState.INTERRUPTED

    # Writing

    def write(self, snapshot: IntegrationSnapshot) -> None:
        """Add one integration, whose records are plain dicts, or bytes of JSON.

        Raises:
            InventoryWriteError: the disk is full, or the like.
        """
        with self._speaking():
            if not any((snapshot.id, kind) in self._branches for kind in self._kinds):
                self._add(INTEGRATIONS, snapshot.id, [snapshot.integration])
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
            files = {kind: self._sorted(kind) for kind in self._kinds}
            self._write_manifest(report, files)
            self._close()
            self._name_the_files()
        return self.directory / MANIFEST

    def _sorted(self, kind: str) -> Checkpoint:
        """Write the sorted copy of a data file; returns what it holds."""
        with closing(GrowingFile(self.directory, sorted_name(kind))) as copy:
            for chunk in self._parts[kind].in_order():
                copy.add(chunk, 0)
            copy.sync()
        return copy.end._replace(records=self._parts[kind].records)

    def _write_manifest(self, report: CrawlReport, files: Mapping[str, Checkpoint]) -> None:
        gaps = gaps_of(report, self._branches, self._kinds, self._said)
        head = self._head(report, files, complete=not gaps)
        with closing(GrowingFile(self.directory, MANIFEST)) as manifest:
            for piece in manifest_text(head, gaps, self._branches, self._kinds):
                manifest.add(piece, 0)
            manifest.add(seal_of(manifest.end.sha256), 0)
            manifest.sync()

    def _name_the_files(self) -> None:
        """Give every file its final name. The journal and the unsorted files stay until the manifest has its name."""
        others = (file_of(kind) for kind in KINDS if kind not in self._kinds)
        for old in (MANIFEST, DATABASE, *others):
            (self.directory / old).unlink(missing_ok=True)
        for kind in self._kinds:
            part_of(self.directory, sorted_name(kind)).replace(self.directory / file_of(kind))
        part_of(self.directory, MANIFEST).replace(self.directory / MANIFEST)
        sync_directory(self.directory)
        remove_crawl(self.directory)

    def _add(self, kind: str, integration_id: str | None, records: Sequence[Any]) -> None:
        if records:
            if self._redaction is not None:
                records = [_redacted(self._redaction, record) for record in records]
            self._parts[kind].add_records(integration_id, records)
            self._parts[kind].flush()

    def _note(self, snapshot: IntegrationSnapshot) -> None:
        """Put an integration into the journal, whose data the operating system has."""
        assert self._journal is not None
        branches = {
            (one.integration_id, one.kind): Outcome(one.status, one.records, one.pages, self._said(one.error))
            for one in snapshot.branches
        }
        self._branches |= branches
        self._journal.add(branches, {kind: part.end for kind, part in self._parts.items()})
        self._worth_keeping = self._origin.plan == "integration"

    # Beginning and leaving

    def _refuse_unusable(self) -> None:
        """Refuse at once what would make the last step of the crawl fail."""
        if not os.access(self.directory, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.directory))
        for path in every_file(self.directory):
            if path.is_dir():
                raise InventoryWriteError(f"{path} is a directory; remove it, or crawl into another directory")

    def _begin(self) -> None:
        """Anew: the parts first, so that a journal is never without them."""
        self._refuse_unusable()
        remove_crawl(self.directory)
        self._ours = True
        for kind in self._kinds:
            self._parts[kind] = DataFile(self.directory, kind)
        self._journal = Journal.begun(self.directory, {**self._origin.head(), "started": time_text(datetime.now(UTC))})

    def _go_on(self, found: DirectoryState) -> None:
        """Where an earlier crawl stopped."""
        if found is DirectoryState.INTERRUPTED:
            self._go_on_interrupted()
        else:
            self._go_on_finished()

    def _go_on_interrupted(self) -> None:
        recovered = recover(self.directory, sizes_of(self.directory, self._origin.kinds))
        self._origin.refuse_other(self.directory, recovered.head)
        if self._origin.plan != "integration":
            self._begin()
            return
        self._refuse_unusable()
        self._ours = self._worth_keeping = True
        self._take_up(recovered)

    def _go_on_finished(self) -> None:
        manifest = read_manifest(self.directory)
        refuse(self.directory, list(check_sizes(self.directory, manifest)))
        self._origin.refuse_other(self.directory, manifest)
        self._nothing_to_do = manifest["complete"]
        if self._nothing_to_do:
            refuse(self.directory, list(check_contents(self.directory, manifest)))
            with suppress(OSError):  # the inventory may be read-only
                remove_crawl(self.directory)
        elif self._origin.plan != "integration":
            self._begin()
        else:
            self._refuse_unusable()
            self._ours = True
            self._take_up(self._take_apart(manifest))

    def _take_up(self, found: Recovered) -> None:
        """Open the parts where the journal says that they are good."""
        remove_passing(self.directory)
        for kind in self._kinds:
            self._parts[kind] = DataFile(self.directory, kind, found.ends.get(kind, NOTHING))
        self._branches = found.branches
        moment = time_text(datetime.now(UTC))
        self._started = found.head.get("started")
        self._resumed = [*found.head.get("resumed", ()), *found.resumed, moment]
        self._journal = Journal.resumed(self.directory, found, moment)

    def _take_apart(self, manifest: Mapping[str, Any]) -> Recovered:
        """Copy a finished inventory into parts with a journal; it stays as it is until the new one is whole."""
        remove_crawl(self.directory)
        ends = {kind: self._copied(kind, manifest_entry(manifest, kind) or {}) for kind in self._kinds}
        head = {key: manifest[key] for key in _KEPT if key in manifest}
        Journal.begun(self.directory, head, outcomes_of(manifest["branches"]), ends).close()
        return recover(self.directory, sizes_of(self.directory, self._origin.kinds))

    def _copied(self, kind: str, said: Mapping[str, Any]) -> Checkpoint:
        """Copy a file of a finished inventory into its part; returns what it holds."""
        final = self.directory / file_of(kind)
        with closing(GrowingFile(self.directory, file_of(kind))) as part:
            for chunk in chunks_of(final, AGAIN):
                part.add(chunk, chunk.count(b"\n"))
        if part.end._asdict() != said:
            raise InventoryDamagedError(f"{final} is not what the manifest says; {AGAIN}")
        return part.end

    def close(self) -> None:
        """Close everything, and remove it where going on with it would spare nothing; leaving the block does this."""
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            if self._ours:
                (remove_passing if self._worth_keeping else remove_crawl)(self.directory)
        if self._lock is not None:
            self._lock.close()

    def _close(self) -> None:
        """Close every file, also where closing one fails."""
        failure: OSError | None = None
        files: list[GrowingFile | Journal] = [*self._parts.values()]
        for file in files if self._journal is None else [*files, self._journal]:
            try:
                file.close()
            except OSError as error:
                failure = error
        if failure is not None:
            raise failure

    # The manifest

    def _head(self, report: CrawlReport, files: Mapping[str, Checkpoint], *, complete: bool) -> dict[str, Any]:
        """Everything in the manifest but the gaps and the branches."""
        head: dict[str, Any] = {
            "schema": SCHEMA,
            "complete": complete,
            "base_url": self._origin.base_url,
            "account": dict(self._origin.account),
            "started": self._started or time_text(report.started),
            "resumed": self._resumed,
            "finished": time_text(report.finished or datetime.now(UTC)),
            "plan": report.plan,
            **self._origin.hidden(),
            "kinds": list(report.kinds),
            "counts": self.counts,
            "files": {file_of(kind): end._asdict() for kind, end in files.items()},
            "requests": report.requests,
            "retries": report.retries,
            "throttled": report.throttled,
            "duplicates": report.duplicates,
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
            where = f" ({error.filename})" if error.filename else ""
            then = "use --resume" if self._worth_keeping else "crawl again"
            failure = InventoryWriteError(
                f"cannot write the inventory to {self.directory}: {error.strerror or type(error).__name__}{where}; "
                f"no new inventory was written; correct that, then {then}"
            )
        except Exception as error:
            failure = error
        else:
            return
        self.close()
        raise failure


def _redacted(redaction: Redaction, record: Any) -> Any:
    return redaction.line(record) if isinstance(record, bytes) else redaction.record(record)
