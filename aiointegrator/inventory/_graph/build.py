"""What uses what, as a graph: from integrations down to connections, or from a connection up to all that need it.

It is found by asking `inventory.sqlite` from the start on, thing by thing, so that a small graph of a large account
costs little. What a record refers to and the inventory does not have is a node too: `missing` where everything of its
kind was read, and otherwise `not known`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from sys import intern
from typing import Any, Literal

from ...errors import ArgumentError
from .._sql.connection import connected
from .._sql.lookup import resolve
from .._store.coverage import Whole
from .._store.files import INTEGRATIONS
from .._store.reader import InventoryReader
from . import render
from .model import UNASSIGNED, Edge, Node, State

Direction = Literal["uses", "used-by"]
Form = Literal["mermaid", "dot", "json"]
_Key = tuple[str, Any]
_CHUNK = 500
_NOBODY: _Key = (UNASSIGNED, None)


@dataclass(frozen=True, slots=True)
class Graph:
    """Things of an account, and which uses which. Names are the account's: whatever draws them must escape them.

    Attributes:
        nodes: the things, each once, kind by kind.
        edges: the uses; from what uses to what is used, whichever way the graph was found.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def lines(self, form: Form) -> Iterator[str]:
        """The drawing line by line, for graphs that are large.

        Raises:
            ArgumentError: no such form.
        """
        forms = {"mermaid": render.mermaid, "dot": render.dot, "json": render.json_lines}
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
    inventory: InventoryReader,
    *,
    start: tuple[str, str] | None = None,
    direction: Direction = "uses",
    depth: int | None = None,
    integration: str | None = None,
) -> Graph:
    """What uses what in an inventory.

    Args:
        inventory: an inventory.
        start: kind and id of the thing to begin with, or kind and name where only one has it; None is everything.
        direction: what the start uses, or what uses it; without a start it says nothing.
        depth: so many steps away from the start and no more.
        integration: only what the records of the integration with this id say.

    Raises:
        ArgumentError: no such thing or integration, several of the name, or a depth below zero.
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    if direction not in ("uses", "used-by"):
        raise ArgumentError(f"the direction is 'uses' or 'used-by', not {direction!r}")
    if depth is not None and depth < 0:
        raise ArgumentError(f"the depth is a number of steps from 0 on, not {depth}")
    with connected(inventory) as opened:
        return _Search(opened, Whole(inventory), integration).graph(start, direction, depth)


class _Search:
    """Walks the tables. Inside, ids are as the tables have them, which is not always text."""

    def __init__(self, base: sqlite3.Connection, whole: Whole, integration: str | None) -> None:
        self._base = base
        self._whole = whole
        self._only = None if integration is None else resolve(base, INTEGRATIONS, integration)

    def graph(self, start: tuple[str, str] | None, direction: Direction, depth: int | None) -> Graph:
        edges: list[Edge] = []
        reached: dict[_Key, None] = dict.fromkeys(self._beginnings(start))
        layer = list(reached)
        follow = self._above if start is not None and direction == "used-by" else self._below
        while layer and depth != 0:
            further: list[_Key] = []
            for kind, ids in _chunks(layer):
                for other, edge in follow(kind, ids):
                    edges.append(edge)
                    if other not in reached:
                        reached[other] = None
                        further.append(other)
            layer, depth = further, None if depth is None else depth - 1
        nodes = [node for kind, ids in _chunks(reached) for node in self._nodes(kind, ids)]
        return Graph(tuple(nodes), tuple(edges))

    def _beginnings(self, start: tuple[str, str] | None) -> list[_Key]:
        if start is not None:
            return [resolve(self._base, *start)]
        if self._only is not None:
            return [self._only]
        owners = " UNION ".join(f"SELECT integration FROM {kind}" for kind in (INTEGRATIONS, *_OWNED))  # noqa: S608 - ours
        return [_owner(one) for (one,) in self._base.execute(owners)]

    # One step down, one step up

    def _below(self, kind: str, ids: list[Any]) -> Iterator[tuple[_Key, Edge]]:
        if kind in (INTEGRATIONS, UNASSIGNED):
            for owned, sql in _OWNED.items():
                for source, target, edge in self._owned(owned, f"{sql} AND {_among('o.integration', ids)}", ids):
                    if source[0] == kind:
                        yield target, edge
        for _, target, edge in self._said(f"u.kind = ? AND {_among('u.id', ids)}", kind, ids):
            yield target, edge

    def _above(self, kind: str, ids: list[Any]) -> Iterator[tuple[_Key, Edge]]:
        if kind in _OWNED:
            for source, _, edge in self._owned(kind, f"{_OWNED[kind]} AND {_among('o.id', ids)}", ids):
                yield source, edge
        for source, _, edge in self._said(f"u.target_kind = ? AND {_among('u.target', ids)}", kind, ids):
            yield source, edge

    def _owned(self, kind: str, which: str, ids: list[Any]) -> Iterator[tuple[_Key, _Key, Edge]]:
        """What integrations have, or what belongs to none."""
        for integration, one in self._base.execute(f"SELECT DISTINCT o.integration, o.id {which}", _values(ids)):
            source = _owner(integration)
            if self._only is None or source == self._only:
                yield source, (kind, one), _edge(source, (kind, one), _owned_role(kind, source))

    def _said(self, which: str, kind: str, ids: list[Any]) -> Iterator[tuple[_Key, _Key, Edge]]:
        """What records say of each other."""
        values = [kind, *_values(ids)]
        if self._only is not None:
            which += " AND u.integration IS ?"
            values.append(self._only[1])
        for source_kind, one, target_kind, target, path, *step in self._base.execute(_SAID + which, values):
            ends = (source_kind, one), (target_kind, target)
            yield *ends, _edge(*ends, step[0] or _role(source_kind, target_kind, path), path, *step[1:])

    def _nodes(self, kind: str, ids: list[Any]) -> Iterator[Node]:
        """The nodes of these keys, in their order."""
        if kind == UNASSIGNED:
            yield Node(UNASSIGNED, "", None, "present")
            return
        among, values = _among("id", ids), _values(ids)
        names = dict(self._base.execute(f"SELECT id, name FROM things WHERE kind = ? AND {among}", (kind, *values)))  # noqa: S608 - ours
        said: dict[Any, Any] = {}
        if kind in _CONDITIONS:
            sql = f"SELECT id, max({_CONDITIONS[kind]}) FROM {kind} WHERE {among} GROUP BY id"  # noqa: S608 - ours
            said = dict(self._base.execute(sql, values))
        absent: State = "not known" if self._whole.unproved(kind) else "missing"
        for one in ids:
            state = "present" if one in names else absent
            condition = {_CONDITIONS[kind]: bool(said[one])} if said.get(one) in (0, 1) else {}
            yield Node(intern(kind), _text(one), _name(names.get(one)), state, **condition)


_CONDITIONS = {"flows": "enabled", "connections": "offline"}
"""By kind, the column that says what condition a thing is in, which is the node's attribute too."""


def _chunks(keys: Iterable[_Key]) -> Iterator[tuple[str, list[Any]]]:
    """Keys of one kind together, so many that one question does for all."""
    for kind, group in groupby(sorted(keys, key=itemgetter(0)), key=itemgetter(0)):
        while ids := [one for _, one in islice(group, _CHUNK)]:
            yield kind, ids


def _among(column: str, ids: list[Any]) -> str:
    """A condition; `_values` are what it asks for."""
    marks = ", ".join("?" * sum(one is not None for one in ids))
    return f"({column} IN ({marks})" + (f" OR {column} IS NULL)" if None in ids else ")")


def _values(ids: list[Any]) -> list[Any]:
    return [one for one in ids if one is not None]


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
    "LEFT JOIN steps s ON u.kind = 'flows' AND s.flow IS u.id AND s.path = u.path AND s.integration IS u.integration "
    "WHERE "
)


def _owner(integration: Any) -> _Key:
    return _NOBODY if integration is None else (INTEGRATIONS, integration)


def _owned_role(kind: str, owner: _Key) -> str:
    if kind == "flows":
        return "flow"
    if kind == "connections":
        return "unregistered" if owner == _NOBODY else "registered"
    return "without flow"


def _role(kind: str, target_kind: str, path: str) -> str:
    if kind == INTEGRATIONS and path.startswith("_registered"):
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


def _name(name: Any) -> str | None:
    return None if name is None else str(name)


def _text(one: Any) -> str:
    return "" if one is None else str(one)
