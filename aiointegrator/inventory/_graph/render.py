"""Draw a graph for Mermaid, for Graphviz, and as JSON.

Names come from the account and are untrusted. A label holds letters, digits and a few marks unchanged; other characters
are written as a character's number, which neither program reads as its own language: no name ends a label, begins a
line, a directive, a link or a piece of HTML. Unsafe characters (`_text`) become U+FFFD.

For Graphviz only ASCII marks are written as numbers. Its language is ASCII, and it copies everything else; a number
above U+FFFF becomes invalid UTF-8 in Graphviz 2.43 (Debian 12), so an emoji must stand there itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ..._text import json_printable, printable
from .model import UNASSIGNED, Edge, Node

MERMAID_EDGES = 500
MERMAID_TEXT = 50_000
"""What Mermaid draws unless it is told otherwise, by `maxEdges` and `maxTextSize`."""
LONGEST = 80
_PLAIN = re.compile(r"[^\w .,()/+-]|_")
_ASCII_MARK = re.compile(r"(?![\w.,()/+-])[!-~]|_", re.ASCII)
_SHAPES = {
    UNASSIGNED: ("[[", "]]"), "integrations": ("[[", "]]"), "flows": ("([", "])"), "exports": ("[/", "/]"),
    "imports": ("[\\", "\\]"), "connections": ("[(", ")]"), "scripts": ("{{", "}}"), "lookupCaches": ("[", "]"),
}  # fmt: skip
_CLASSES = {
    "missing": "stroke:#c00,stroke-width:2px,stroke-dasharray:4", "unknown": "stroke:#888,stroke-dasharray:2",
    "disabled": "stroke-dasharray:6,opacity:0.6", "offline": "stroke:#c60,stroke-width:2px",
}  # fmt: skip
_DOT_SHAPES = {
    UNASSIGNED: "folder", "integrations": "folder", "flows": "box", "exports": "parallelogram", "imports": "trapezium",
    "connections": "cylinder", "scripts": "note", "lookupCaches": "box3d",
}  # fmt: skip
_DOT_STYLES = {
    "missing": 'color="#cc0000", style=dashed', "unknown": 'color="#888888", style=dotted',
    "disabled": "style=dashed", "offline": 'color="#cc6600"',
}  # fmt: skip


def mermaid(nodes: Sequence[Node], edges: Sequence[Edge]) -> Iterator[str]:
    """The lines of a Mermaid flowchart."""
    numbers = {node.key: f"n{number}" for number, node in enumerate(nodes)}
    yield "flowchart LR"
    for node in nodes:
        opened, closed = _SHAPES.get(node.kind, _SHAPES["lookupCaches"])
        mark = _mark(node)
        yield f'  {numbers[node.key]}{opened}"{_for_mermaid(_label(node))}"{closed}' + (f":::{mark}" if mark else "")
    for edge in edges:
        yield f'  {numbers[edge.source]} -->|"{_for_mermaid(_use(edge))}"| {numbers[edge.target]}'
    for name, style in _CLASSES.items():
        yield f"  classDef {name} {style}"


def dot(nodes: Sequence[Node], edges: Sequence[Edge]) -> Iterator[str]:
    """The lines of a Graphviz digraph."""
    numbers = {node.key: f"n{number}" for number, node in enumerate(nodes)}
    yield "digraph inventory {"
    yield '  graph [rankdir=LR, charset="UTF-8"]'
    yield '  node [fontname="sans-serif"]'
    yield '  edge [fontname="sans-serif", fontsize=10]'
    for node in nodes:
        shape, style = _DOT_SHAPES.get(node.kind, "box"), _DOT_STYLES.get(_mark(node) or "", "style=solid")
        yield f'  {numbers[node.key]} [label="{_for_dot(_label(node))}", shape={shape}, {style}]'
    for edge in edges:
        yield f'  {numbers[edge.source]} -> {numbers[edge.target]} [label="{_for_dot(_use(edge))}"]'
    yield "}"


def json_lines(nodes: Sequence[Node], edges: Sequence[Edge]) -> Iterator[str]:
    """The lines of one JSON object, in ASCII, so that nothing in it is obeyed by a terminal."""
    yield '{"nodes": ['
    yield from _separated(_json(node) for node in nodes)
    yield '], "edges": ['
    yield from _separated(_json(edge) for edge in edges)
    yield "]}"


def _json(one: Node | Edge) -> str:
    return json_printable(json.dumps(asdict(one)))


def _separated(lines: Iterator[str]) -> Iterator[str]:
    """Each but the last with a comma."""
    last = next(lines, None)
    for line in lines:
        yield f"{last},"
        last = line
    if last is not None:
        yield last


def _label(node: Node) -> str:
    """Kind, name or id, and what is to be known of it, so that no colour is needed to see it."""
    if node.kind == UNASSIGNED:
        return "no integration"
    mark = _mark(node)
    said = {"unknown": "not known"}.get(mark or "", mark)
    return f"{node.kind.removesuffix('s')} {_short(node.name or node.id)}" + (f" ({said})" if said else "")


def _mark(node: Node) -> str | None:
    if node.state != "present":
        return "missing" if node.missing else "unknown"
    if node.enabled is False:
        return "disabled"
    return "offline" if node.offline else None


def _use(edge: Edge) -> str:
    where = " / ".join(_short(part) for part in (edge.router, edge.branch) if part)
    return f"{edge.role}, {where}" if where else edge.role


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _for_mermaid(text: str) -> str:
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", printable(text))


def _for_dot(text: str) -> str:
    """Graphviz reads a character's number first and then looks for its own `\\N`, so that a backslash stands twice."""
    doubled = printable(text).replace("\\", "\\\\")
    return _ASCII_MARK.sub(lambda found: f"&#{ord(found[0])};", doubled)
