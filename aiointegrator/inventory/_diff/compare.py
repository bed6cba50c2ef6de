"""Compare two inventories: what came, what went, what changed, and of what nobody can say.

Records are held against each other by integration and id: what belongs to several integrations is compared in each of
them. What was not read in one of the two is unknown, and is neither added nor removed. Whatever is the same byte by
byte is not parsed, and what differs is read again when it is asked for, so that memory does not grow with the changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any, BinaryIO

from ..._exact_json import read_kept
from .._store.files import INTEGRATIONS, file_of
from .._store.reader import InventoryReader
from ..errors import InventoryDamagedError, InventoryMismatchError
from .changes import RecordChange, record_change
from .fields import Located, differ, differences, need_deepdiff
from .ignore import Ignoring, fields_that_differ
from .pairing import Pair, unmatched
from .unknown import Knowledge, UnknownPart, unknown_parts

ORDER = ("ashares", INTEGRATIONS, "flows", "exports", "imports", "connections")
"""What is reported first: who may do what."""
_WHOLE = (Located("changed", (), ()),)


@dataclass(frozen=True)
class ComparisonSummary:
    """How much differs.

    Attributes:
        changes: by kind and action (`added`, `removed`, `changed`, `moved`), how many records.
        ignored_only: by kind, how many records differ in nothing but what is ignored.
        ignored_fields: by ignored field, in how many records it differs.
    """

    changes: dict[str, Counter[str]] = field(default_factory=dict)
    ignored_only: Counter[str] = field(default_factory=Counter)
    ignored_fields: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many records are not the same."""
        return sum(counter.total() for counter in self.changes.values())


class Comparison:
    """What differs between two inventories. Iterating reads the files, and gives a `RecordChange` at a time.

    The order is that of what one wants to know first: changes of rights, other changes of shares, integrations, flows,
    exports, imports, connections; within a kind by integration, but shares and connections by their own id. It can be
    iterated again, and then reads again.

    Attributes:
        old, new: the inventories.
        ignored: the fields that do not count, as names and JSON Pointers.
        notes: what should be known before one believes it, where they are of two accounts, tokens, or redactions.
    """

    def __init__(self, old: InventoryReader, new: InventoryReader, ignoring: Ignoring, notes: tuple[str, ...]) -> None:
        self.old, self.new, self.notes = old, new, notes
        self.ignored = ignoring.fields
        self._ignoring = ignoring
        self._knowledge = Knowledge(old), Knowledge(new)
        self._summary: ComparisonSummary | None = None

    def __repr__(self) -> str:
        return f"<Comparison {self.old.directory} {self.new.directory}>"

    @cached_property
    def unknown(self) -> tuple[UnknownPart, ...]:
        """What was not read in one of the two, so that nobody can say whether it changed."""
        return tuple(unknown_parts(*self._knowledge))

    @property
    def summary(self) -> ComparisonSummary:
        """How much differs; reads the files, unless they have been iterated to the end.

        Raises:
            InventoryDamagedError: a file is not what the crawl wrote.
        """
        if self._summary is None:
            for _ in self._changes(detailed=False):
                pass
        assert self._summary is not None
        return self._summary

    def __iter__(self) -> Iterator[RecordChange]:
        return self._changes(detailed=True)

    def names(self) -> dict[str, str]:
        """The integrations' names by id, the newer where there are two.

        Raises:
            InventoryDamagedError: a file is not what the crawl wrote.
        """
        found: dict[str, str] = {}
        for inventory in (self.old, self.new):
            for owner, data in inventory.rows(INTEGRATIONS):
                name = _name(data)
                if owner is not None and name is not None:
                    found[owner] = name
        return found

    def _changes(self, *, detailed: bool) -> Iterator[RecordChange]:
        summary = ComparisonSummary()
        for kind in ORDER:
            if kind == INTEGRATIONS or all(kind in one.kinds for one in self._knowledge):
                counter = summary.changes.setdefault(kind, Counter())
                for change in self._of_kind(kind, summary, detailed=detailed):
                    counter[change.action] += 1
                    yield change
        self._summary = summary

    def _of_kind(self, kind: str, summary: ComparisonSummary, *, detailed: bool) -> Iterator[RecordChange]:
        pairs = unmatched(self.old, self.new, kind, lru_cache(64)(partial(self._counts, kind)))
        later: list[Pair] = []
        with ExitStack() as stack:
            files = [stack.enter_context((one.directory / file_of(kind)).open("rb")) for one in (self.old, self.new)]
            for pair in pairs:
                change = self._of_pair(kind, pair, files, summary, detailed=detailed)
                if change is not None and kind == "ashares" and not change.right:
                    later.append(pair)
                elif change is not None:
                    yield change
            for pair in later:
                change = self._of_pair(kind, pair, files, ComparisonSummary(), detailed=detailed)
                assert change is not None
                yield change

    def _counts(self, kind: str, owner: str | None) -> bool:
        """Whether something can be said of what belongs there."""
        return not any(one.why_not(kind, owner) for one in self._knowledge)

    @cached_property
    def _same_plan(self) -> bool:
        return self._knowledge[0].by_account == self._knowledge[1].by_account

    def _of_pair(
        self, kind: str, pair: Pair, files: Sequence[BinaryIO], summary: ComparisonSummary, *, detailed: bool
    ) -> RecordChange | None:
        """What became of a record; None where nothing that counts did, or nobody can say."""
        owners = pair.before if pair.moved else pair.integration, pair.integration
        old = None if pair.old is None else self.old._row_at(files[0], pair.old)[1]
        new = None if pair.new is None else self.new._row_at(files[1], pair.new)[1]
        if (old is None or new is None or pair.moved) and kind != INTEGRATIONS and not self._same_plan:
            return None
        if old is None or new is None:
            return record_change("added" if old is None else "removed", kind, owners, pair.id, (old, new))
        located = self._located(kind, (old, new), summary, detailed=detailed)
        if not located and not pair.moved:
            return None
        return record_change("moved" if pair.moved else "changed", kind, owners, pair.id, (old, new), located)

    def _located(
        self, kind: str, data: tuple[bytes, bytes], summary: ComparisonSummary, *, detailed: bool
    ) -> Sequence[Located]:
        """The fields that differ; without details, whether any does."""
        try:
            old, new = (_parsed(kind, one) for one in data)
            taken = [self._ignoring.take_out(kind, record) for record in (old, new)]
            summary.ignored_fields.update(ignored := fields_that_differ(*taken))
            found = () if old == new else self._found(kind, old, new, detailed=detailed)
        except RecursionError:
            return _WHOLE
        if not found:
            summary.ignored_only[kind] += bool(ignored) or old != new
        return found

    def _found(self, kind: str, old: Any, new: Any, *, detailed: bool) -> Sequence[Located]:
        """Of shares the fields are always needed, since they tell whether a right changed."""
        strict = self._ignoring.strict
        if detailed or kind == "ashares":
            return differences(old, new, strict=strict)
        return _WHOLE if differ(old, new, strict=strict) else ()


def compare(
    old: InventoryReader,
    new: InventoryReader,
    *,
    ignore: Iterable[str] = (),
    everything: bool = False,
    allow_mismatch: bool = False,
) -> Comparison:
    """Compare two inventories of one account.

        for change in compare(Inventory.open("monday"), Inventory.open("tuesday")):
            print(change.action, change.kind, change.id, change.name, [field.path for field in change.fields])

    Fields that change by themselves (`VOLATILE`: counters, when a flow last ran, who last signed in) do not count, nor
    does the order of lists in which it means nothing. `comparison.unknown` is what was not read in one of the two.

    Args:
        old, new: what was, and what is.
        ignore: further fields that do not count: a name, wherever it stands, or a JSON Pointer such as `/http/method`,
            in which `*` is any one step.
        everything: count volatile fields and every order too.
        allow_mismatch: compare also inventories of two addresses, tokens, or redactions; `notes` then says so.

    Raises:
        ArgumentError: a field to ignore that is neither a name nor a JSON Pointer.
        ConfigurationError: deepdiff is not installed, which comes with the extra `report`.
        InventoryMismatchError: they are of two addresses or accounts, read by tokens of different scope, or not
            redacted alike. What the one token may not see would look removed, and every secret changed.
        InventoryDamagedError: a file is not what the crawl wrote; also while iterating.
    """
    ignoring = Ignoring(ignore, everything=everything)
    need_deepdiff()
    notes = tuple(_strangers(old, new))
    if notes and not allow_mismatch:
        raise InventoryMismatchError(
            f"{old.directory} and {new.directory} are not of one kind ({'; '.join(notes)}), so that differences may "
            "mean nothing; compare them with allow_mismatch=True (--allow-mismatch) if you know better"
        )
    return Comparison(old, new, ignoring, notes)


def _strangers(old: InventoryReader, new: InventoryReader) -> Iterator[str]:
    """Why what differs may be no change."""
    for what, of in (("address", _address), ("user of the token", _user), ("scope of the token", _scope)):
        one, other = of(old.manifest), of(new.manifest)
        if one is not None and other is not None and one != other:
            yield f"{what}: {one} and {other}"
    one, other = _redaction(old.manifest), _redaction(new.manifest)
    if one != other:
        yield f"redaction: {one} and {other}"


def _address(manifest: Mapping[str, Any]) -> Any:
    return manifest["base_url"]


def _account(manifest: Mapping[str, Any], key: str) -> Any:
    account = manifest.get("account")
    return account.get(key) if isinstance(account, dict) else None


def _user(manifest: Mapping[str, Any]) -> Any:
    return _account(manifest, "user")


def _scope(manifest: Mapping[str, Any]) -> Any:
    found = _account(manifest, "scope")
    return sorted(map(str, found)) if isinstance(found, list) else found


def _redaction(manifest: Mapping[str, Any]) -> str:
    if not manifest.get("redacted"):
        return "none"
    people = " and people" if manifest.get("redacted_users") else ""
    return f"secrets{people} by key {manifest.get('redaction_key')}"


def _name(data: bytes) -> str | None:
    """What a record is called; None where it has no name, or cannot be read."""
    try:
        record = read_kept(data)
    except (ValueError, RecursionError):
        return None
    name = record.get("name") if type(record) is dict else None
    return name if type(name) is str else None


def _parsed(kind: str, data: bytes) -> dict[str, Any]:
    found = None
    with suppress(ValueError):
        found = read_kept(data)
    if type(found) is not dict:
        raise InventoryDamagedError(f"a line of the {kind} holds no record; copy the directory again")
    return found
