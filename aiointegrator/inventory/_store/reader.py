"""`InventoryReader`: read what a crawl left on disk, record by record, without a network."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Self, overload

from ..._domain.snapshots import Branch
from ..._exact_json import read_plain
from ...errors import ArgumentError
from ..errors import InventoryDamagedError, InventoryGapError, reading
from .files import INTEGRATIONS, file_of
from .integrity import check_contents, check_database, check_sizes, refuse
from .json_lines import data_of, head_in, head_of, owner_of
from .manifest import AGAIN, manifest_entry, read_with_digest
from .notebook import as_html
from .opening import opened

if TYPE_CHECKING:
    from ...models import AShare, Connection, Export, Flow, Import, Integration

_MODELS = {
    INTEGRATIONS: "Integration", "flows": "Flow", "exports": "Export", "imports": "Import", "ashares": "AShare",
    "connections": "Connection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InventoryGap:
    """Something that the crawl could not read.

    Attributes:
        kind: what of the integration, or `integrations` where it is no branch.
        integration_id: whose; None where a list of the whole account could not be read.
        reason: `denied`, `missing` or `failed`.
        error: what the server or the network said.
    """

    kind: str
    integration_id: str | None
    reason: str
    error: str


class InventoryReader:
    """The records and the manifest of an inventory on disk. Records are read when they are asked for, one at a time.

        inventory = Inventory.open("inventory")
        for flow in inventory.records("flows", models=True):
            print(flow.id, flow.name)

    Attributes:
        directory: where it is.
        manifest: what the crawl says of itself, as README describes it. It is read once.
        sha256: the digest of the file `manifest.json`.
    """

    def __init__(self, directory: Path, manifest: Mapping[str, Any], sha256: str) -> None:
        self.directory = directory
        self.manifest = manifest
        self.sha256 = sha256

    @classmethod
    def open(cls, directory: str | os.PathLike[str]) -> Self:
        """Open a directory that a crawl wrote; looks at the manifest and at the files' sizes.

        Raises:
            NotAnInventoryError: there is no manifest.
            InventoryVersionError: a newer version of the library wrote it.
            InventoryDamagedError: a file is missing or has another size, or the manifest contradicts itself.
        """
        place = Path(directory)
        manifest, sha256 = read_with_digest(place)
        with reading(place):
            refuse(place, list(check_sizes(place, manifest)))
        return cls(place, manifest, sha256)

    def verify(self) -> None:
        """Read every file, and compare its digest and number of records with the manifest; the database with its own.

        Raises:
            InventoryDamagedError: they differ.
            InventoryError: a file cannot be read.
        """
        with reading(self.directory):
            problems = [*check_sizes(self.directory, self.manifest), *check_contents(self.directory, self.manifest)]
        refuse(self.directory, problems)
        check_database(self.directory)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.directory}{'' if self.complete else ' incomplete'}>"

    def _repr_html_(self) -> str:
        return as_html(self.directory, self.manifest, [(gap.kind, gap.integration_id, gap.error) for gap in self.gaps])

    # What was read

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was read."""
        return bool(self.manifest["complete"])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that were asked for, beside the integrations themselves."""
        return tuple(self.manifest["kinds"])

    @property
    def counts(self) -> Mapping[str, int]:
        """Records of each kind, and of `integrations`."""
        return dict(self.manifest["counts"])

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """How each kind of each integration was read."""
        return tuple(
            Branch(row["kind"], row["integration"], row["status"], row["records"], row.get("pages", 0), row["error"])
            for row in self.manifest["branches"]
        )

    @cached_property
    def gaps(self) -> tuple[InventoryGap, ...]:
        """Everything that could not be read, in the order of the manifest, each part once."""
        return tuple(
            InventoryGap(row["kind"], row["integration"], row["status"], row["error"] or "")
            for row in self.manifest["gaps"]
        )

    # The records

    def integrations(self) -> Iterator[Integration]:
        """Every integration.

        Raises:
            InventoryDamagedError: the file is not what the crawl wrote.
        """
        return self.records("integrations", models=True)

    @overload
    def records(
        self, kind: Literal["integrations"], integration: str | None = None, *, models: Literal[True]
    ) -> Iterator[Integration]: ...
    @overload
    def records(
        self, kind: Literal["flows"], integration: str | None = None, *, models: Literal[True]
    ) -> Iterator[Flow]: ...
    @overload
    def records(
        self, kind: Literal["exports"], integration: str | None = None, *, models: Literal[True]
    ) -> Iterator[Export]: ...
    @overload
    def records(
        self, kind: Literal["imports"], integration: str | None = None, *, models: Literal[True]
    ) -> Iterator[Import]: ...
    @overload
    def records(
        self, kind: Literal["ashares"], integration: str | None = None, *, models: Literal[True]
    ) -> Iterator[AShare]: ...
    @overload
    def records(
        self, kind: Literal["connections"], integration: str | None = None, *, models: Literal[True]
    ) -> Iterator[Connection]: ...
    @overload
    def records(
        self, kind: str, integration: str | None = None, *, models: Literal[False] = False
    ) -> Iterator[dict[str, Any]]: ...
    @overload
    def records(self, kind: str, integration: str | None = None, *, models: bool) -> Iterator[Any]: ...

    def records(self, kind: str, integration: str | None = None, *, models: bool = False) -> Iterator[Any]:
        """The records of a kind, one at a time, in the order of the file.

        A record that belongs to several integrations, such as a connection, comes once for each of them.

        Args:
            kind: `integrations`, or one of `kinds`.
            integration: only what belongs to the integration with this id.
            models: as models, such as `Flow`; otherwise as plain dicts exactly as the server sent them,
                but for whole numbers of thousands of digits, which Python does not read: they are texts.

        Raises:
            ArgumentError: a kind that the crawl did not ask for, or no such integration.
            InventoryGapError: this kind of this integration could not be read.
            InventoryDamagedError: the file is not what the crawl wrote.
        """
        self._check_kind(kind)
        self._check_branch(kind, integration)
        return self._parsed(kind, integration, _parser(kind) if models else read_plain)

    def rows(self, kind: str) -> Iterator[tuple[str | None, bytes]]:
        """The lines of a kind's file: whose the record is (None: no integration's), and the record as JSON.

        Raises:
            ArgumentError: a kind that the crawl did not ask for.
            InventoryDamagedError: the file is not what the crawl wrote.
        """
        self._check_kind(kind)
        return self._owned(kind)

    def _owned(self, kind: str) -> Iterator[tuple[str | None, bytes]]:
        return ((owner, data) for owner, _, data in self._placed(kind))

    def _placed(self, kind: str) -> Iterator[tuple[str | None, int, bytes]]:
        """The lines of a kind's file, each with the place at which it begins, for `_row_at`."""
        head, owner, begin = b"", None, 0
        for place, line in self._lines(kind):
            data = data_of(place, line)
            if not head or not line.startswith(head):
                head = head_in(line)
                owner = owner_of(place, head)
            yield owner, begin, data
            begin += len(line) + 1

    def _row_at(self, file: BinaryIO, begin: int) -> tuple[str | None, bytes]:
        """The line that begins at a place of a kind's file, as `rows` gives it."""
        file.seek(begin)
        place, line = f"{file.name}, byte {begin},", file.readline().removesuffix(b"\n")
        data = data_of(place, line)
        return owner_of(place, head_in(line)), data

    def _parsed(self, kind: str, integration: str | None, parse: Callable[[bytes], Any]) -> Iterator[Any]:
        own = None if integration is None else head_of(integration)
        for place, line in self._lines(kind):
            if own is not None and not line.startswith(own):
                continue
            data = data_of(place, line)
            try:
                yield parse(data)
            except (ValueError, RecursionError):
                raise InventoryDamagedError(f"{place} holds no record; crawl again with --fresh") from None

    def _lines(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Every line without its end, and where it stands."""
        path, number, digest = self.directory / file_of(kind), 0, hashlib.sha256()
        with opened(path, AGAIN) as file:
            for number, line in enumerate(file, 1):
                digest.update(line)
                if not line.endswith(b"\n"):
                    raise InventoryDamagedError(f"{path}: its last line, {number}, is cut off; {AGAIN}")
                yield f"{path}, line {number},", line[:-1]
        if number != self.counts.get(kind, 0):
            raise InventoryDamagedError(
                f"{path} has {number:,} records, and the manifest says {self.counts[kind]:,}; {AGAIN}"
            )
        said = manifest_entry(self.manifest, kind)
        if said is not None and digest.hexdigest() != said["sha256"]:
            raise InventoryDamagedError(f"{path} was changed: its sha256 is not the manifest's; {AGAIN}")

    def _check_kind(self, kind: str) -> None:
        if kind not in (INTEGRATIONS, *self.kinds):
            raise ArgumentError(
                f"{kind!r} is not in this inventory, which has {INTEGRATIONS}, {', '.join(self.kinds)}; "
                "crawl again with --kinds to read more"
            )

    def _check_branch(self, kind: str, integration: str | None) -> None:
        if integration is None or kind == INTEGRATIONS:
            return
        status = self._statuses.get((integration, kind))
        if status is None:
            raise ArgumentError(f"there is no integration {integration!r} in {self.directory}")
        if status != "read":
            raise InventoryGapError(f"the {kind} of integration {integration} could not be read: {status}")

    @cached_property
    def _statuses(self) -> dict[tuple[str, str], str]:
        return {(row["integration"], row["kind"]): row["status"] for row in self.manifest["branches"]}


def _parser(kind: str) -> Callable[[bytes], Any]:
    """What makes a model of a record."""
    from ..._decoding.shapes import Shape, one  # pydantic, which nothing else here needs

    shape: Shape[Any] = one(_MODELS[kind])
    return shape.parse
