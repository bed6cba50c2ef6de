"""A picture of what an integration depends on: boxes in columns, and lines between them.

Integration, flows, exports and imports, connections and scripts: the kinds give the columns, so no layout engine is
needed; within a column, boxes stand near what points at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .._graph.model import Edge, Node
from .safe_text import SafeText

Key = tuple[str, str]

COLUMN_OF = {
    "integrations": 0, "flows": 1, "exports": 2, "imports": 2, "connections": 3, "scripts": 3, "lookupCaches": 3
}  # fmt: skip
TITLES = ("Integration", "Flows", "Exports and imports", "Connections and scripts")
WORD = {
    "integrations": "integration", "flows": "flow", "exports": "export", "imports": "import",
    "connections": "connection", "scripts": "script", "lookupCaches": "lookup cache",
}  # fmt: skip
WIDTH, HEIGHT, GAP, ROOM, TOP = 190, 38, 10, 58, 30
LETTERS = 27
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A box: where it stands, what it says in its two lines, and its whole name."""

    x: int
    y: int
    label: str
    small: str
    title: str
    style: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, as numbers and text. `left_out` says what it has no room for; empty where it has all."""

    width: int
    height: int
    titles: Sequence[tuple[int, str]]
    boxes: Sequence[Box]
    lines: Sequence[str]
    summary: str
    left_out: str


def picture_of(nodes: Iterable[Node], edges: Iterable[Edge], pen: SafeText, rows: int) -> Picture | None:
    """Lay a graph out in columns of at most `rows` boxes; None where there is nothing to show but one box."""
    found = {node.key: node for node in nodes if node.kind in COLUMN_OF}
    links = _links(edges, found)
    if len(found) < 2:
        return None
    columns, hidden = _columns(found, links, rows)
    places = _places(columns)
    boxes = [_box(found[key], *place, pen) for key, place in places.items()]
    lines = [_line(places[a], places[b]) for a, b in sorted(links) if a in places and b in places]
    used = [number for number, column in enumerate(columns) if column]
    tallest = max(map(len, columns))
    return Picture(
        width=(WIDTH + ROOM) * max(used) + WIDTH + 2,
        height=TOP + tallest * (HEIGHT + GAP) + 2,
        titles=[(1 + number * (WIDTH + ROOM), TITLES[number]) for number in used],
        boxes=boxes,
        lines=lines,
        summary=_summary(found),
        left_out=_summary({key: found[key] for key in hidden}) if hidden else "",
    )


def _links(edges: Iterable[Edge], found: Mapping[Key, Node]) -> set[tuple[Key, Key]]:
    """Who uses what; that a connection is registered is drawn only where nothing of the integration uses it."""
    known = [edge for edge in edges if edge.source in found and edge.target in found]
    used = {edge.target for edge in known if edge.role != "registered"}
    return {(edge.source, edge.target) for edge in known if edge.role != "registered" or edge.target not in used}


def _columns(
    found: Mapping[Key, Node], links: Iterable[tuple[Key, Key]], rows: int
) -> tuple[list[list[Key]], list[Key]]:
    """The keys of each column in the order from top to bottom, and those for which there is no room."""
    near: dict[Key, list[Key]] = {}
    for source, target in sorted(links):
        near.setdefault(source, []).append(target)
        near.setdefault(target, []).append(source)
    columns: list[list[Key]] = [[] for _ in TITLES]
    for key in found:
        columns[COLUMN_OF[key[0]]].append(key)
    rank: dict[Key, float] = {}
    for number, column in enumerate(columns):
        _sort(column, columns[number - 1] if number else [], near, rank)
    hidden = [key for column in columns for key in column[rows:]]
    columns = [column[:rows] for column in columns]
    for sweep in range(_SWEEPS):
        order = range(len(columns)) if sweep % 2 else range(len(columns) - 1, -1, -1)
        for number in order:
            beside = number - 1 if sweep % 2 else number + 1
            if 0 <= beside < len(columns):
                _sort(columns[number], columns[beside], near, rank)
    return columns, hidden


def _sort(column: list[Key], beside: Sequence[Key], near: Mapping[Key, Sequence[Key]], rank: dict[Key, float]) -> None:
    """Put each key of a column at the middle of its neighbours in the column beside it."""
    there = set(beside)
    middle: dict[Key, float] = {}
    for place, key in enumerate(column):
        ranks = [rank[other] for other in near.get(key, ()) if other in there]
        middle[key] = sum(ranks) / len(ranks) if ranks else rank.get(key, place / max(len(column), 1))
    column.sort(key=lambda key: middle[key])
    rank.update({key: place / max(len(column), 1) for place, key in enumerate(column)})


def _places(columns: Sequence[Sequence[Key]]) -> dict[Key, tuple[int, int]]:
    """Where each box stands: every column in the middle of the tallest."""
    tallest = max(map(len, columns))
    places = {}
    for number, column in enumerate(columns):
        above = TOP + (tallest - len(column)) * (HEIGHT + GAP) // 2
        for place, key in enumerate(column):
            places[key] = (1 + number * (WIDTH + ROOM), above + place * (HEIGHT + GAP))
    return places


def _box(node: Node, x: int, y: int, pen: SafeText) -> Box:
    name = pen.name(node.name, node.id)
    label = name if len(name) <= LETTERS else name[: LETTERS - 1].rstrip() + "…"
    word = WORD[node.kind]
    small = f"{word}{_condition(node)}"
    style = word.replace(" ", "-") if node.state == "present" else "missing"
    return Box(x, y, label, small, f"{name} ({small})", style)


def _condition(node: Node) -> str:
    """What is to be said of a thing besides its name."""
    if node.state != "present":
        return ", does not exist" if node.state == "missing" else ", not read"
    if node.enabled is False:
        return ", disabled"
    return ", offline" if node.offline else ""


def _line(source: tuple[int, int], target: tuple[int, int]) -> str:
    """A curve from the right side of one box to the left side of another, or along the right of one column."""
    (x, y), (u, v) = source, target
    x, y, v = x + WIDTH, y + HEIGHT // 2, v + HEIGHT // 2
    if u + WIDTH <= x:
        u += WIDTH
        return f"M{x} {y}C{x + 30} {y} {u + 30} {v} {u} {v}"
    half = (x + u) // 2
    return f"M{x} {y}C{half} {y} {half} {v} {u} {v}"


def _summary(found: Mapping[Key, Node]) -> str:
    """How many of each, such as `3 flows, 1 connection`."""
    kinds = [kind for kind, _ in found]
    numbers = [(kinds.count(kind), word) for kind, word in WORD.items()]
    return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in numbers if number)
