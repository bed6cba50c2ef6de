"""A comparison as one JSON document, written piece by piece; README describes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...._exact_json import AsWritten, write
from ...._text import json_printable
from ..._redact.redaction import Redaction
from ..._store.reader import InventoryReader
from ..changes import FieldChange, RecordChange
from ..compare import Comparison
from ..unknown import UnknownPart
from .wording import DiffWording

VERSION = 1
"""Version of the document's form."""


def as_json(comparison: Comparison, redaction: Redaction | None) -> Iterator[str]:
    """Line by line, a change on each."""
    told = DiffWording(comparison, redaction)
    head = {
        "version": VERSION,
        "old": _inventory(comparison.old),
        "new": _inventory(comparison.new),
        "notes": [told.text(note) for note in comparison.notes],
        "ignored": list(comparison.ignored),
        "unknown": [_unknown(told, part) for part in comparison.unknown],
    }
    yield _text(head)[:-1] + ',"changes":['
    mark = ""
    for change in told.changes():
        yield mark + _text(_change(told, change))
        mark = ","
    summary = comparison.summary
    tail = {
        "changes": summary.changes,
        "total": summary.total,
        "unknown": len(comparison.unknown),
        "ignored_only": summary.ignored_only,
        "ignored_fields": summary.ignored_fields,
    }
    yield f'],"summary":{_text(tail)}}}'


def _text(value: Any) -> str:
    return json_printable(write(value))


def _inventory(inventory: InventoryReader) -> dict[str, Any]:
    head = inventory.manifest
    return {"directory": str(inventory.directory)} | {
        key: head[key] for key in ("base_url", "started", "finished", "complete", "kinds")
    }


def _unknown(told: DiffWording, part: UnknownPart) -> dict[str, Any]:
    old, new = (None if reason is None else told.text(reason) for reason in (part.old, part.new))
    whose = {"integration": part.integration, "integration_name": told.name_of(part.integration)}
    return {"what": part.what, "kind": part.kind, **whose, "old": old, "new": new}


def _change(told: DiffWording, change: RecordChange) -> dict[str, Any]:
    found = {
        "action": change.action,
        "kind": change.kind,
        "id": change.id,
        "name": change.name,
        "integration": change.integration,
        "integration_name": told.name_of(change.integration),
        "right": change.right,
        "last_modified": change.last_modified,
        "fields": list(map(_field, change.fields)),
    }
    if change.action == "moved":
        found |= {"before": change.before, "before_name": told.name_of(change.before)}
    return found


def _field(one: FieldChange) -> dict[str, Any]:
    found: dict[str, Any] = {"action": one.action, "path": one.path, "within": list(one.within)}
    if one.old_path is not None:
        found |= {"old_path": one.old_path, "old": AsWritten(one.old_json)}
    if one.new_path is not None:
        found |= {"new_path": one.new_path, "new": AsWritten(one.new_json)}
    return found
