"""A comparison as text for a terminal: grouped, with a sign before each line, and the counts at the end."""

from __future__ import annotations

from collections.abc import Iterator

from ...._text import printable
from ..._redact.redaction import Redaction
from ..compare import Comparison
from ..grouping import SHARED, ChangeGroup
from .wording import SIGNS, UNKNOWN, DiffWording, owners_of, values_of


def as_text(comparison: Comparison, redaction: Redaction | None) -> Iterator[str]:
    """Line by line."""
    told = DiffWording(comparison, redaction)
    for note in comparison.notes:
        yield printable(f"note: these inventories are not of one kind: {told.text(note)}")
    for kind, entries in told.kinds():
        yield kind
        last: object = told
        for entry in entries:
            owner = entry.change.integration
            if owner != last and kind not in (*SHARED, "integrations"):
                yield f"  {_integration(told, owner)}"
            last = owner
            yield from _entry(told, entry)
        yield ""
    if comparison.unknown:
        yield "unknown, since it was not read in both"
        for part in comparison.unknown:
            whose = f" of {_integration(told, part.integration)}" if part.integration is not None else ""
            yield printable(f"    ? {UNKNOWN[part.what].format(kind=part.kind)}{whose}: {told.reasons(part)}")
        yield ""
    yield from map(printable, told.ignored())
    yield told.counts()


def _entry(told: DiffWording, entry: ChangeGroup) -> Iterator[str]:
    change = entry.change
    name = "without a name" if change.name is None else change.name
    line = f"    {SIGNS[change.action]} {name} ({change.id or 'without an id'})"
    if change.action == "moved":
        line += f", moved here from {_integration(told, change.before)}"
    if change.kind in SHARED:
        line += f", in {_owners(told, entry)}"
    yield printable(line)
    for one in change.fields:
        within = f" ({', '.join(_item(told, name) for name in one.within)})" if one.within else ""
        word = ", order" if one.action == "reordered" else ""
        yield printable(f"        {SIGNS[one.action]} {one.path or 'the whole record'}{within}{word}: {values_of(one)}")


def _integration(told: DiffWording, owner: str | None) -> str:
    if owner is None:
        return "no integration"
    name = told.name_of(owner)
    return printable(owner if name is None else f"{name} ({owner})")


def _item(told: DiffWording, name: str) -> str:
    """What an item is called, and the integration that it may be about."""
    integration = told.name_of(name)
    return name if integration is None else f"{integration}, {name}"


def _owners(told: DiffWording, entry: ChangeGroup) -> str:
    shown, more = owners_of(entry)
    names = ", ".join(_integration(told, owner) for owner in shown)
    return f"{names} and {more:,} more" if more else names
