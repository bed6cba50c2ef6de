"""What changed since an earlier inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._domain.access_levels import higher
from ..._domain.flow_steps import identity, objects
from ..._exact_json import write
from .._diff.changes import FieldChange, RecordChange
from .._diff.compare import Comparison
from .._diff.grouping import ChangeGroup, group_changes
from .._redact.redaction import Redaction
from .._store.reader import InventoryReader
from .bounds import Bounds
from .safe_text import SafeText, moment, spelled

FIELDS = 8
_VALUE = 120


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field with its values; None where there is none."""

    path: str
    action: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A record that is not the same, with the first of its fields that differ."""

    action: str
    kind: str
    name: str
    id: str
    integration: str
    right: bool
    fields: list[FieldRow]
    more_fields: int


@dataclass(slots=True)
class Changes:
    """What changed.

    Attributes:
        since: which inventory it is held against.
        counts: by kind and action, how many.
        rows: the first of them, changes of rights before all others; what is the same in many integrations is one.
        number, shown: how many records differ, and of how many of them the rows tell.
        notes: why what differs may be no change.
        unknown: what was not read in one of the two, each with why, and how many more there are.
        ignored: the fields that do not count.
    """

    since: str
    counts: Mapping[str, Mapping[str, int]]
    rows: list[ChangeRow]
    unknown: list[tuple[str, str, str]]
    more_unknown: int
    notes: list[str]
    ignored: str
    number: int
    shown: int

    @property
    def rights(self) -> int:
        """How many of the rows change what somebody may do."""
        return sum(row.right for row in self.rows)


def changes_of(comparison: Comparison, pen: SafeText, redaction: Redaction | None, bounds: Bounds) -> Changes:
    """What differs, as far as there is room.

    Raises:
        InventoryDamagedError: a file is not what the crawl wrote.
    """
    names = comparison.names()
    rows: list[ChangeRow] = []
    shown = number = 0
    for entry in group_changes(comparison):
        number += len(entry.owners)
        if len(rows) < bounds.changes:
            change = entry.change if redaction is None else entry.change.redacted(redaction)
            rows.append(_row(change, entry.owners, _where(entry, names, pen), pen))
            shown = number
    return Changes(
        since=_since(comparison.old, pen),
        counts={kind: dict(found) for kind, found in comparison.summary.changes.items() if found.total()},
        rows=rows,
        unknown=_unknown(comparison, names, pen, bounds),
        more_unknown=max(0, len(comparison.unknown) - bounds.gaps),
        notes=[pen.text(note, 400) for note in comparison.notes],
        ignored=", ".join(pen.text(name) for name in comparison.ignored),
        number=number,
        shown=shown,
    )


def _since(old: InventoryReader, pen: SafeText) -> str:
    found = moment(old.manifest["finished"])
    when = spelled(found) if found else pen.text(old.manifest["finished"])
    return f"the inventory of {when}" + ("" if old.complete else ", which is incomplete itself")


def _unknown(
    comparison: Comparison, names: Mapping[str, str], pen: SafeText, bounds: Bounds
) -> list[tuple[str, str, str]]:
    found = []
    for part in comparison.unknown[: bounds.gaps]:
        whose = "the account" if part.integration is None else pen.name(names.get(part.integration), part.integration)
        reasons = (("old", part.old), ("new", part.new))
        why = "; ".join(f"{which}: {pen.text(reason, 200)}" for which, reason in reasons if reason)
        found.append((whose, f"{pen.text(part.kind)} ({part.what})", why))
    return found


def _where(entry: ChangeGroup, names: Mapping[str, str], pen: SafeText) -> str:
    """The integration, or how many there are."""
    if len(entry.owners) > 1:
        return f"{len(entry.owners):,} integrations"
    (whose,) = entry.owners
    return "" if whose is None or entry.change.kind == "integrations" else pen.name(names.get(whose), whose)


def _row(change: RecordChange, owners: Sequence[str | None], where: str, pen: SafeText) -> ChangeRow:
    rows = [_field(one, pen) for one in change.fields[:FIELDS]]
    rows += _levels(change, owners, pen) if change.action in ("added", "removed") else ()
    return ChangeRow(
        action=change.action,
        kind=change.kind,
        name=pen.name(change.name, change.id),
        id=pen.text(change.id, 60),
        integration=where,
        right=change.right,
        fields=rows,
        more_fields=max(0, len(change.fields) - FIELDS),
    )


def _levels(change: RecordChange, owners: Sequence[str | None], pen: SafeText) -> Iterator[FieldRow]:
    """The level that a share gives where it came, or gave where it went."""
    record = change.old if change.action == "removed" else change.new
    if change.kind != "ashares" or record is None:
        return
    account = record.get("accessLevel")
    granted: dict[str, Any] = {}
    for one in objects(record.get("integrationAccessLevel")):
        if where := identity(one.get("_integrationId")):
            granted[where] = higher(granted.get(where), one.get("accessLevel"))
    levels = Counter(_value(higher(account, granted.get(str(owner))), pen) or "none" for owner in owners)
    for level, number in levels.items():
        path = "level" if len(levels) == 1 else f"level in {number:,} of them"
        old, new = (level, None) if change.action == "removed" else (None, level)
        yield FieldRow(path, change.action, old, new)


def _field(one: FieldChange, pen: SafeText) -> FieldRow:
    old, new = _value(one.old, pen, one.old_json), _value(one.new, pen, one.new_json)
    return FieldRow(pen.text(one.path, 120), one.action, old, new)


def _value(value: Any, pen: SafeText, as_json: str | None = None) -> str | None:
    """Return a text unchanged and another value as JSON, as far as there is room; None for None."""
    if value is None:
        return None
    return pen.text(value if isinstance(value, str) else as_json or write(value, separators=None), _VALUE)
