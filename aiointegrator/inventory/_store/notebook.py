"""How an inventory shows itself in a notebook. All text of the account is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..._text import printable

SHOWN_GAPS = 20


def as_html(directory: Path, manifest: Mapping[str, Any], gaps: Sequence[tuple[str, str | None, str]]) -> str:
    """A summary: whole or not, how much of each kind, and what is missing."""
    state = "complete" if manifest["complete"] else f"INCOMPLETE: {len(gaps):,} missing"
    parts = [
        f"<p><b>{_safe(str(directory))}</b>: {state}; {_safe(manifest['base_url'])}, "
        f"{_safe(manifest['started'])} to {_safe(manifest['finished'])}</p>",
        _table(("kind", "records"), [(kind, f"{number:,}") for kind, number in manifest["counts"].items()]),
    ]
    if gaps:
        rows = [(kind, whose or "the account", error) for kind, whose, error in gaps[:SHOWN_GAPS]]
        parts.append(_table(("missing", "integration", "why"), rows))
    if len(gaps) > SHOWN_GAPS:
        parts.append(f"<p>and {len(gaps) - SHOWN_GAPS:,} more</p>")
    return "".join(parts)


def _safe(text: str) -> str:
    return escape(printable(text))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [("th", head), *(("td", row) for row in rows)]
    inside = "".join(
        "<tr>" + "".join(f"<{tag}>{_safe(str(cell))}</{tag}>" for cell in cells) + "</tr>" for tag, cells in lines
    )
    return f"<table>{inside}</table>"
