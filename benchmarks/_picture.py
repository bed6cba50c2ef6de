"""Tables as a picture: bars for medians, whiskers for the spread, a line for the reference; in SVG, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, LEFT, RIGHT = 900, 350, 150
BAR, ROW, HEAD, GAP = 14, 26, 44, 18
LONGEST = 6.0
"""A bar longer than so many references is broken off; its number is beside it."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 } .number { font-size: 12px }
.other { fill: #8c959f } .ours { fill: #1a7f37 } .spread, .reference { stroke: #24292f; fill: none }
.reference { stroke-dasharray: 4 3; opacity: .6 } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) {
 text { fill: #e6edf3 } .other { fill: #6e7681 } .ours { fill: #3fb950 } .paper { fill: #0d1117 }
 .spread, .reference { stroke: #e6edf3 } }
"""


def picture(tables: Sequence[Mapping[str, Any]]) -> str:
    """All tables one below the other."""
    parts: list[str] = []
    top = GAP
    for table in tables:
        parts += _chart(table, top)
        top += HEAD + ROW * len(table["rows"]) + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}">'
    paper = f'<rect class="paper" width="{WIDTH}" height="{top}"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", paper, *parts, "</svg>\n"])


def _chart(table: Mapping[str, Any], top: float) -> list[str]:
    rows = table["rows"]
    reference = next(row["median"] for row in rows if row["name"] == table["reference"])
    full = max(row["most"] for row in rows) or 1.0
    if reference:
        full = min(full, LONGEST * reference)
    scale = (WIDTH - LEFT - RIGHT) / full
    bottom = top + HEAD + ROW * len(rows)
    line = LEFT + min(reference, full) * scale
    title = f"{table['title']}, {table['unit']}"
    parts = [f'<text class="title" x="16" y="{top + 18}">{escape(title)}</text>']
    for number, row in enumerate(rows):
        parts += _bar(row, top + HEAD + ROW * number, scale, full)
    parts.append(f'<path class="reference" d="M{line:.1f} {top + HEAD - 8}V{bottom - 4}"/>')
    return parts


def _bar(row: Mapping[str, Any], top: float, scale: float, full: float) -> list[str]:
    end = LEFT + min(row["median"], full) * scale
    least, most = (LEFT + min(row[key], full) * scale for key in ("least", "most"))
    middle, kind = top + BAR / 2, "ours" if row["name"].startswith(("aiointegrator", "a crawl")) else "other"
    number = f"{row['median']:.4g} ({row['ratio']:.2f} ×)" + (" …" if row["median"] > full else "")
    return [
        f'<text x="{LEFT - 10}" y="{middle + 4:g}" text-anchor="end">{escape(row["name"])}</text>',
        f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{end - LEFT:.1f}" height="{BAR}" rx="2"/>',
        f'<path class="spread" d="M{least:.1f} {middle:g}H{most:.1f}M{least:.1f} {middle - 4:g}v8M{most:.1f} '
        f'{middle - 4:g}v8"/>',
        f'<text class="number" x="{max(end, most) + 8:.1f}" y="{middle + 4:g}">{number}</text>',
    ]
