"""A row for each integration, and what stands in its section: flows with their steps, and what else it has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .bounds import Bounds
from .completeness import WORDS, Completeness
from .safe_text import SafeText, moment

KINDS = ("flows", "exports", "imports", "connections", "ashares")
_PLAIN_ID = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(slots=True)
class IntegrationRow:
    """An integration as one row.

    Attributes:
        number: its place in the report; its section is `#i<number>`.
        raw: its id as it is in the database; None is what belongs to no integration.
        counts: records by kind; None where they were not read.
        unread: kinds that were not read, with why.
    """

    number: int
    raw: Any
    name: str
    id: str
    description: str
    facts: list[tuple[str, str]]
    modified: str
    counts: Mapping[str, int | None]
    enabled: int | None
    unread: list[tuple[str, str]] = field(default_factory=list)
    findings: int = 0

    @property
    def disabled(self) -> int | None:
        """Flows that are disabled."""
        flows = self.counts["flows"]
        return None if flows is None or self.enabled is None else flows - self.enabled

    @property
    def shell_id(self) -> str | None:
        """The id, where one may write it into a command without a thought."""
        return self.raw if isinstance(self.raw, str) and self.raw and set(self.raw) <= _PLAIN_ID else None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a flow."""

    name: str
    id: str
    what: str
    adaptor: str
    connection: str
    offline: bool
    branch: str
    missing: bool


@dataclass(frozen=True, slots=True)
class FlowRows:
    """A flow with its steps, of which the last `left_out` are not shown; `id` is empty where it is no flow."""

    name: str
    id: str
    enabled: bool | None
    schedule: str
    description: str
    steps: list[StepRow]
    left_out: int = 0


class Integrations:
    """The integrations of an inventory, by name.

    Args:
        base: the database.
        read: what was read.
        pen: writes their text.
        bounds: how much of them.
    """

    def __init__(self, base: sqlite3.Connection, read: Completeness, pen: SafeText, bounds: Bounds) -> None:
        self._base, self._read, self._pen, self._bounds = base, read, pen, bounds
        self._steps_left = bounds.steps
        self._step = lru_cache(20_000)(self._step_of)
        self._connection = lru_cache(20_000)(self._connection_of)
        self.rows = list(self._rows())
        self.more = max(0, self._one("SELECT count(*) FROM integrations") - bounds.integrations)

    def _one(self, question: str, *values: Any) -> int:
        return int(self._base.execute(question, values).fetchone()[0])

    # The rows

    def _rows(self) -> Iterator[IntegrationRow]:
        counts = {kind: self._counts(kind) for kind in KINDS}
        enabled = self._counts("flows", "WHERE coalesce(enabled, 0) <> 0")
        unread = self._unread()
        columns = ("id", "name", "description", "mode", "version", "tag", "sandbox", "connector", "parent",
                   "created_at", "last_modified")  # fmt: skip
        question = f"SELECT {', '.join(columns)} FROM integrations ORDER BY name COLLATE NOCASE, id LIMIT ?"  # noqa: S608
        number = 0
        for number, row in enumerate(self._base.execute(question, (self._bounds.integrations,)), 1):
            yield self._row(number, dict(zip(columns, row, strict=True)), counts, enabled, unread)
        if any(None in found for found in counts.values()):
            nobody = {"id": None, "name": "Belongs to no integration"}
            yield self._row(number + 1, nobody, counts, enabled, unread)

    def _row(
        self,
        number: int,
        row: Mapping[str, Any],
        counts: Mapping[str, Mapping[Any, int]],
        enabled: Mapping[Any, int],
        unread: Mapping[Any, Mapping[str, str]],
    ) -> IntegrationRow:
        pen, one = self._pen, row["id"]
        gaps = dict(unread.get(one, {}))
        known = {kind: self._read.known(kind) and kind not in gaps for kind in KINDS}
        return IntegrationRow(
            number=number,
            raw=one,
            name=pen.name(row["name"], one),
            id=pen.text(one, 60),
            description=pen.text(row.get("description"), 400),
            facts=[(label, text) for label, text in self._facts(row) if text],
            modified=self._day(row.get("last_modified")),
            counts={kind: counts[kind].get(one, 0) if known[kind] else None for kind in KINDS},
            enabled=enabled.get(one, 0) if known["flows"] else None,
            unread=[(kind, WORDS.get(status, pen.text(status, 40))) for kind, status in gaps.items()],
        )

    def _facts(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        text = self._pen.text
        yield "Id", text(row["id"], 60)
        yield "Mode", text(row.get("mode"), 40)
        yield "Version", text(row.get("version"), 40)
        yield "Tag", text(row.get("tag"), 60)
        yield "Environment", "sandbox" if row.get("sandbox") == 1 else ""
        yield "Made from the integration app", text(row.get("connector"), 60)
        yield "Child of", text(row.get("parent"), 60)
        yield "Created", self._day(row.get("created_at"))
        yield "Last changed", self._day(row.get("last_modified"))

    def _day(self, value: Any) -> str:
        found = moment(value)
        return f"{found:%Y-%m-%d}" if found else self._pen.text(value, 40)

    def _counts(self, kind: str, condition: str = "") -> dict[Any, int]:
        question = f"SELECT integration, count(*) FROM {kind} {condition} GROUP BY integration"  # noqa: S608 - ours
        return dict(self._base.execute(question))

    def _unread(self) -> dict[Any, dict[str, str]]:
        found: dict[Any, dict[str, str]] = {}
        for integration, kind, status in self._base.execute("SELECT integration, kind, status FROM gaps"):
            if integration is not None:
                found.setdefault(integration, {})[str(kind)] = str(status)
        return found

    # The sections

    def flows(self, row: IntegrationRow) -> list[FlowRows]:
        """The flows of an integration with their steps, as far as there is room."""
        room = min(self._bounds.steps_each, self._steps_left)
        found: list[FlowRows] = []
        for flow in self._base.execute(
            "SELECT id, name, enabled, schedule, description FROM flows WHERE integration IS ? "
            "ORDER BY name COLLATE NOCASE, id",
            (row.raw,),
        ):
            if room < 1:
                break
            found.append(self._flow(row, flow, room - 1))
            room -= 1 + len(found[-1].steps)
        if room > 0 and (rest := self._unused(row, room - 1)).steps:
            found.append(rest)
        self._steps_left -= sum(1 + len(flow.steps) for flow in found)
        return found

    def _flow(self, row: IntegrationRow, flow: tuple[Any, ...], room: int) -> FlowRows:
        id_, name, enabled, schedule, description = flow
        text = self._pen.text
        places = self._base.execute(
            "SELECT role, kind, step, router, branch, next_router FROM steps WHERE flow IS ? AND integration IS ? "
            "ORDER BY rowid",
            (id_, row.raw),
        ).fetchall()
        return FlowRows(
            name=self._pen.name(name, id_),
            id=text(id_, 60),
            enabled=bool(enabled),
            schedule=text(schedule, 80),
            description=text(description, 240),
            steps=[self._placed(*place) for place in places[:room]],
            left_out=max(0, len(places) - room),
        )

    def _placed(self, role: str, kind: str | None, step: Any, router: Any, branch: Any, following: Any) -> StepRow:
        where = ""
        if router is not None or branch is not None:
            where = self._pen.name(branch, "a branch")
            where += f", then on to router {self._pen.text(following, 40)}" if following else ""
        if kind is None:
            return StepRow("(no step in this branch)", "", "", "", "", False, where, False)
        return self._shown(kind, step, role, where)

    def _shown(self, kind: str, step: Any, role: str, where: str) -> StepRow:
        found = self._step(kind, step)
        name, adaptor, connection, lookup = found or (None, None, None, None)
        named, offline = self._connection(connection)
        word = "lookup" if lookup == 1 else kind.removesuffix("s")
        return StepRow(
            name=self._pen.name(name, step),
            id=self._pen.text(step, 60),
            what={"generator": f"{word}, source", "legacy": f"{word}, old form"}.get(role, word),
            adaptor=self._pen.text(adaptor, 60),
            connection=named,
            offline=offline,
            branch=where,
            missing=found is None,
        )

    def _unused(self, row: IntegrationRow, room: int) -> FlowRows:
        """Exports and imports of an integration that no step of any flow runs."""
        rest = [
            (kind, id_)
            for kind in ("exports", "imports")
            for (id_,) in self._base.execute(
                f"SELECT id FROM {kind} e WHERE integration IS ? "  # noqa: S608 - a kind of ours
                "AND NOT EXISTS (SELECT 1 FROM steps WHERE step = e.id) LIMIT ?",
                (row.raw, room + 1),
            )
        ]
        steps = [self._shown(kind, id_, "", "") for kind, id_ in rest[:room]]
        unread = "Flows were not read; whether one of them uses these is not known"
        name = unread if row.counts["flows"] is None else "In no flow that was read"
        return FlowRows(name, "", None, "", "", steps, len(rest) - len(steps))

    def _step_of(self, kind: str, step: Any) -> tuple[Any, ...] | None:
        lookup = "is_lookup" if kind == "exports" else "NULL"
        table = "exports" if kind == "exports" else "imports"
        question = f"SELECT name, adaptor_type, connection, {lookup} FROM {table} WHERE id = ? LIMIT 1"  # noqa: S608
        found: tuple[Any, ...] | None = self._base.execute(question, (step,)).fetchone()
        return found

    def _connection_of(self, connection: Any) -> tuple[str, bool]:
        if connection is None:
            return "", False
        found = self._base.execute("SELECT name, offline FROM connections WHERE id = ?", (connection,)).fetchone()
        name, offline = found or (None, None)
        return self._pen.name(name, connection), offline == 1

    def flows_left_out(self, row: IntegrationRow, shown: list[FlowRows]) -> int:
        """How many flows of an integration are not among those shown."""
        flows = row.counts["flows"]
        return 0 if flows is None else max(0, flows - sum(flow.enabled is not None for flow in shown))
