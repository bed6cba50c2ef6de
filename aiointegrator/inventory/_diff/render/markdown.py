"""A comparison as Markdown for a ticket or a pull request.

Whatever is of the account stands in a code span, in which no mark-up, link, mention or tag has a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...._text import printable
from ..._redact.redaction import Redaction
from ..compare import Comparison
from ..grouping import ChangeGroup
from .wording import SIGNS, UNKNOWN, DiffWording, owners_of, values_of


def as_markdown(comparison: Comparison, redaction: Redaction | None) -> Iterator[str]:
    """Line by line."""
    told = DiffWording(comparison, redaction)
    yield f"## {code(str(comparison.old.directory))} → {code(str(comparison.new.directory))}"
    for note in comparison.notes:
        yield f"\n**These inventories are not of one kind:** {code(told.text(note))}"
    for kind, entries in told.kinds():
        yield f"\n### {kind}\n"
        for entry in entries:
            yield from _entry(told, entry)
    if comparison.unknown:
        yield "\n### Unknown, since it was not read in both\n"
        for part in comparison.unknown:
            whose = f" of {_integration(told, part.integration)}" if part.integration is not None else ""
            yield f"- `?` {UNKNOWN[part.what].format(kind=part.kind)}{whose}: {code(told.reasons(part))}"
    yield ""
    for line in told.ignored():
        what, _, fields = line.partition(": ")
        yield f"{what}: {code(fields)}\n"
    yield f"**{told.counts()}**"


def code(text: str) -> str:
    """A code span with this text, whatever it is."""
    text = printable(text)
    if not text.strip(" "):
        return f"`{text!r}`"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _entry(told: DiffWording, entry: ChangeGroup) -> Iterator[str]:
    change = entry.change
    name = "without a name" if change.name is None else code(change.name)
    line = f"- `{SIGNS[change.action]}` {name} ({'without an id' if change.id is None else code(change.id)})"
    if change.action == "moved":
        line += f", moved from {_integration(told, change.before)}"
    if change.kind != "integrations":
        line += f", in {_owners(told, entry)}"
    yield line
    for one in change.fields:
        within = f" ({', '.join(map(code, one.within))})" if one.within else ""
        word = ", order" if one.action == "reordered" else ""
        path = code(one.path) if one.path else "the whole record"
        yield f"  - `{SIGNS[one.action]}` {path}{within}{word}: {code(values_of(one))}"


def _integration(told: DiffWording, owner: str | None) -> str:
    if owner is None:
        return "no integration"
    name = told.name_of(owner)
    return code(owner) if name is None else f"{code(name)} ({code(owner)})"


def _owners(told: DiffWording, entry: ChangeGroup) -> str:
    shown, more = owners_of(entry)
    names = ", ".join(_integration(told, owner) for owner in shown)
    return f"{names} and {more:,} more" if more else names
