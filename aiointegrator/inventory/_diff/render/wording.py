"""What the forms of a comparison for people have in common: what stands beside what, and how it is called."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ...._text import json_printable
from ..._redact.redaction import Redaction
from ..changes import FieldChange, RecordChange
from ..compare import Comparison
from ..grouping import ChangeGroup, group_changes
from ..unknown import UnknownPart

SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": "~", "reordered": "~"}
_WIDE = 120
_OWNERS = 3


class DiffWording:
    """A comparison as it may be shown."""

    def __init__(self, comparison: Comparison, redaction: Redaction | None) -> None:
        self.comparison, self._redaction = comparison, redaction
        self._names = comparison.names()

    def text(self, text: str) -> str:
        """A text without secrets."""
        return text if self._redaction is None else self._redaction.text(text)

    def name_of(self, integration: str | None) -> str | None:
        """What an integration is called."""
        found = None if integration is None else self._names.get(integration)
        return None if found is None else self.text(found)

    def changes(self) -> Iterator[RecordChange]:
        """Every change, without secrets."""
        for change in self.comparison:
            yield change if self._redaction is None else change.redacted(self._redaction)

    def kinds(self) -> Iterator[tuple[str, Iterator[ChangeGroup]]]:
        """Every kind with changes, and what is to be shown of it."""
        for kind, changes in groupby(self.changes(), key=lambda change: change.kind):
            yield kind, group_changes(changes)

    def reasons(self, part: UnknownPart) -> str:
        """Why a part is unknown, on which side."""
        sides = (("old", part.old), ("new", part.new))
        return "; ".join(f"{side}: {self.text(reason)}" for side, reason in sides if reason)

    def ignored(self) -> Iterator[str]:
        """What did not count, and of how many records."""
        summary = self.comparison.summary
        if self.comparison.ignored:
            counted = ((field, summary.ignored_fields[field]) for field in self.comparison.ignored)
            if fields := [f"{field} ({number:,})" for field, number in counted if number]:
                yield f"ignored, with the number of records in which it differs: {', '.join(fields)}"
            if only := [_many(number, kind) for kind, number in summary.ignored_only.items() if number]:
                yield f"differ in nothing that counts: {', '.join(only)}"

    def counts(self) -> str:
        """How much there is of everything."""
        changes = self.comparison.summary.changes
        found = [
            f"{_many(number, kind)} {action}" for kind, counter in changes.items() for action, number in counter.items()
        ]
        unknown = f"; {_many(len(self.comparison.unknown), 'parts')} unknown" if self.comparison.unknown else ""
        return f"{', '.join(found) or 'no differences'}{unknown}"


def _many(number: int, things: str) -> str:
    """So many of them; one in the singular."""
    return f"{number:,} {things[:-1] if number == 1 else things}"


UNKNOWN = {
    "kind": "all {kind}",
    "integration": "an integration, with everything in it",
    "branch": "{kind}",
    "list": "integrations that are not in the list",
    "unassigned": "{kind} of no integration",
    "placement": "{kind} that only one of the two has",
}
"""What a part that is unknown is of."""


def owners_of(entry: ChangeGroup) -> tuple[tuple[str | None, ...], int]:
    """The integrations to name, and how many more there are."""
    return entry.owners[:_OWNERS], len(entry.owners[_OWNERS:])


def values_of(one: FieldChange) -> str:
    """What a field was and is, on one line."""
    if one.action == "added":
        return short(one.new_json)
    if one.action == "removed":
        return short(one.old_json)
    return f"{short(one.old_json)} -> {short(one.new_json)}"


def short(text: str) -> str:
    """Return JSON as it can be printed, or its beginning."""
    text = json_printable(text)
    return text if len(text) <= _WIDE else f"{text[:_WIDE]}… ({len(text):,} characters)"
