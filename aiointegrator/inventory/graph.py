"""What uses what, as a graph: from integrations down to connections, or from a connection up to all that need it.

It is found by asking `inventory.sqlite` from the start on, thing by thing, so that a small graph of a large account
costs little. What a record refers to and the inventory does not have is a node too: `missing` where everything of its
kind was read, and otherwise `not known`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any, Literal

from ..errors import ArgumentError
from . import _drawing
from ._files import LISTING
from ._nodes import UNASSIGNED, Edge, Node
from ._start import resolve
from ._whole import Whole
from .queries import open_database
from .reader import Inventory

Direction = Literal["uses", "used-by"]
Form = Literal["mermaid", "dot", "json"]
_Key = tuple[str, Any]
_NOBODY: _Key = (UNASSIGNED, None)


@dataclass(frozen=True, slots=True)
class Graph:
    """Things of an account, and which uses which. Names are the account's: whatever draws them must escape them.

    Attributes:
        nodes: the things, each once.
        edges: the uses; from what uses to what is used, whichever way the graph was found.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def lines(self, form: Form) -> Iterator[str]:
        """The drawing line by line, for graphs that are large.

        Raises:
            ArgumentError: no such form.
        """
        forms = {"mermaid": _drawing.mermaid, "dot": _drawing.dot, "json": _drawing.json_lines}
        if form not in forms:
            raise ArgumentError(f"a graph is drawn as {', '.join(forms)}; not as {form!r}")
        return forms[form](self.nodes, self.edges)

    def mermaid(self) -> str:
        """As Mermaid draws it. No name can end its label. Above 500 edges Mermaid needs `maxEdges` to be set."""
        return "\n".join(self.lines("mermaid")) + "\n"

    def dot(self) -> str:
        """As Graphviz draws it. No name can end its label."""
        return "\n".join(self.lines("dot")) + "\n"

    def json(self) -> str:
        """As JSON: an object with `nodes` and `edges`, in ASCII."""
        return "\n".join(self.lines("json")) + "\n"


def graph_of(
    inventory: Inventory,
    *,
    start: tuple[str, str] | None = None,
    direction: Direction = "uses",
    depth: int | None = None,
    integration: str | None = None,
    base: sqlite3.Connection | None = None,
) -> Graph:
    """What uses what in an inventory.

    Args:
        inventory: an inventory.
        start: kind and id of the thing to begin with, or kind and name where only one has it; None is everything.
        direction: what the start uses, or what uses it; without a start it says nothing.
        depth: so many steps away from the start and no more.
        integration: only what the records of the integration with this id say.
        base: what `open_database` gave for the same inventory, for those who ask for many graphs.

    Raises:
        ArgumentError: no such thing or integration, several of the name, or a depth below zero.
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    if direction not in ("uses", "used-by"):
        raise ArgumentError(f"the direction is 'uses' or 'used-by', not {direction!r}")
    if depth is not None and depth < 0:
        raise ArgumentError(f"the depth is a number of steps from 0 on, not {depth}")
    with nullcontext(base) if base is not None else closing(open_database(inventory.directory)) as opened:
        return _Search(opened, Whole(inventory), integration).graph(start, direction, depth)


class _Search:
    """Walks the tables. Inside, ids are as the tables have them, which is not always text."""

    def __init__(self, base: sqlite3.Connection, whole: Whole, integration: str | None) -> None:
        self._base = base
        self._whole = whole
        self._only = None if integration is None else resolve(base, LISTING, integration)

    def graph(self, start: tuple[str, str] | None, direction: Direction, depth: int | None) -> Graph:
        edges: list[Edge] = []
        reached: dict[_Key, None] = dict.fromkeys(self._beginnings(start))
        layer = list(reached)
        follow = self._above if start is not None and direction == "used-by" else self._below
        while layer and depth != 0:
            further: list[_Key] = []
            for key in layer:
                for other, edge in follow(key):
                    edges.append(edge)
                    if other not in reached:
                        reached[other] = None
                        further.append(other)
            layer, depth = further, None if depth is None else depth - 1
        return Graph(tuple(map(self._node, reached)), tuple(edges))

    def _beginnings(self, start: tuple[str, str] | None) -> list[_Key]:
        if start is not None:
            return [resolve(self._base, *start)]
        if self._only is not None:
            return [self._only]
        owners = " UNION ".join(f"SELECT integration FROM {kind}" for kind in (LISTING, *_OWNED))  # noqa: S608 - ours
        return [_owner(one) for (one,) in self._base.execute(owners)]

    # One step down, one step up

    def _below(self, key: _Key) -> Iterator[tuple[_Key, Edge]]:
        kind, one = key
        if kind in (LISTING, UNASSIGNED) and self._wanted(key):
            for owned, sql in _OWNED.items():
                for (found,) in self._base.execute(f"SELECT DISTINCT o.id {sql} AND o.integration IS ?", (one,)):
                    yield (owned, found), _edge(key, (owned, found), _owned_role(owned, key))
        for other, edge in self._said("u.id IS ? AND u.kind = ?", key):
            yield other[1], edge

    def _above(self, key: _Key) -> Iterator[tuple[_Key, Edge]]:
        kind, one = key
        if kind in _OWNED:
            for (owner,) in self._base.execute(f"SELECT DISTINCT o.integration {_OWNED[kind]} AND o.id IS ?", (one,)):
                if self._wanted(_owner(owner)):
                    yield _owner(owner), _edge(_owner(owner), key, _owned_role(kind, _owner(owner)))
        for other, edge in self._said("u.target IS ? AND u.target_kind = ?", key):
            yield other[0], edge

    def _wanted(self, owner: _Key) -> bool:
        return self._only is None or owner == self._only

    def _said(self, which: str, key: _Key) -> Iterator[tuple[tuple[_Key, _Key], Edge]]:
        """What records say of each other: source and target, and the edge."""
        values = [key[1], key[0]]
        if self._only is not None:
            which += " AND u.integration IS ?"
            values.append(self._only[1])
        for kind, one, target_kind, target, path, *step in self._base.execute(_SAID + which, values):
            ends = (kind, one), (target_kind, target)
            yield ends, _edge(*ends, step[0] or _role(kind, target_kind, path), path, *step[1:])

    def _node(self, key: _Key) -> Node:
        kind, one = key
        if key == _NOBODY:
            return Node(UNASSIGNED, "", None, "present")
        found = self._base.execute("SELECT name FROM things WHERE kind = ? AND id IS ?", key).fetchone()
        if found is None:
            return Node(kind, _text(one), None, "not known" if self._whole.unproved(kind) else "missing")
        name = None if found[0] is None else str(found[0])
        return Node(kind, _text(one), name, "present", *self._condition(kind, one))

    def _condition(self, kind: str, one: Any) -> tuple[bool | None, bool | None]:
        """Whether a flow is enabled, and whether a connection is offline."""
        if kind == "flows":
            return bool(self._base.execute("SELECT max(enabled) FROM flows WHERE id IS ?", (one,)).fetchone()[0]), None
        if kind == "connections":
            (said,) = self._base.execute("SELECT max(offline) FROM connections WHERE id IS ?", (one,)).fetchone()
            return None, bool(said) if said in (0, 1) else None
        return None, None


_UNSAID = "NOT EXISTS (SELECT 1 FROM uses u WHERE "
_OWNED = {
    "flows": "FROM flows o WHERE 1",
    **{
        kind: f"FROM {kind} o WHERE {_UNSAID}u.target = o.id AND u.target_kind = '{kind}' AND u.kind = 'flows' "
        "AND u.integration IS o.integration)"
        for kind in ("exports", "imports")
    },
    "connections": f"FROM connections o WHERE {_UNSAID}u.id = o.integration AND u.kind = 'integrations' "
    "AND +u.target = o.id AND u.target_kind = 'connections')",
}
"""What stands below an integration: flows, and what it has although no flow and no registration leads there."""

_SAID = (
    "SELECT DISTINCT u.kind, u.id, u.target_kind, u.target, u.path, s.role, s.router, s.branch FROM uses u "
    "LEFT JOIN steps s ON u.kind = 'flows' AND s.flow = u.id AND s.path = u.path AND s.integration IS u.integration "
    "WHERE "
)


def _owner(integration: Any) -> _Key:
    return _NOBODY if integration is None else (LISTING, integration)


def _owned_role(kind: str, owner: _Key) -> str:
    if kind == "flows":
        return "flow"
    if kind == "connections":
        return "unregistered" if owner == _NOBODY else "registered"
    return "without flow"


def _role(kind: str, target_kind: str, path: str) -> str:
    if kind == LISTING and path.startswith("_registered"):
        return "registered"
    if kind == "flows" and path.startswith("_runNext"):
        return "next"
    if target_kind == "connections" and path == "_connectionId":
        return "connection"
    return {"scripts": "script", "lookupCaches": "lookup cache"}.get(target_kind, "reference")


def _edge(source: _Key, target: _Key, role: str, path: str | None = None, *where: str | None) -> Edge:
    shared = None if path is None else intern(path)
    return Edge(_public(source), _public(target), intern(role), shared, *where)


@lru_cache(4096)
def _public(key: _Key) -> tuple[str, str]:
    return intern(key[0]), _text(key[1])


def _text(one: Any) -> str:
    return "" if one is None else str(one)
