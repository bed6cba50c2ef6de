"""An inventory on disk: `InventoryWriter` writes it, `Inventory` reads it. Names are loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from ._access.review import OWNER_NOTE, access_notes, access_of
    from ._access.rights import Right
    from ._diff.changes import FieldChange, RecordChange
    from ._diff.compare import Comparison, ComparisonSummary, compare
    from ._diff.ignore import VOLATILE
    from ._diff.unknown import UnknownPart
    from ._export.export import ExportFormat, export
    from ._graph.build import Graph, graph_of
    from ._graph.model import Edge, Node
    from ._inventory import Inventory
    from ._lint.rule import Rule
    from ._lint.rules import RULES
    from ._lint.run import Finding, NotChecked, lint, not_checked
    from ._redact.redaction import Redaction
    from ._report import write_report
    from ._sql.build import build_database
    from ._sql.lookup import thing_of
    from ._sql.query import Database, line_of_row, open_database
    from ._store.directory_state import branches_on_disk, refuse_existing
    from ._store.files import DATABASE, SCHEMA
    from ._store.reader import InventoryGap
    from ._store.writer import InventoryWriter
    from .errors import (
        InventoryDamagedError,
        InventoryError,
        InventoryExistsError,
        InventoryGapError,
        InventoryInterruptedError,
        InventoryMismatchError,
        InventoryVersionError,
        InventoryWriteError,
        NotAnInventoryError,
    )

_WHERE = {
    "Comparison": "_diff.compare",
    "ComparisonSummary": "_diff.compare",
    "DATABASE": "_store.files",
    "Database": "_sql.query",
    "Edge": "_graph.model",
    "ExportFormat": "_export.export",
    "FieldChange": "_diff.changes",
    "Finding": "_lint.run",
    "Graph": "_graph.build",
    "Inventory": "_inventory",
    "InventoryDamagedError": "errors",
    "InventoryError": "errors",
    "InventoryExistsError": "errors",
    "InventoryGap": "_store.reader",
    "InventoryGapError": "errors",
    "InventoryInterruptedError": "errors",
    "InventoryMismatchError": "errors",
    "InventoryVersionError": "errors",
    "InventoryWriteError": "errors",
    "InventoryWriter": "_store.writer",
    "Node": "_graph.model",
    "NotAnInventoryError": "errors",
    "NotChecked": "_lint.run",
    "OWNER_NOTE": "_access.review",
    "RULES": "_lint.rules",
    "RecordChange": "_diff.changes",
    "Redaction": "_redact.redaction",
    "Right": "_access.rights",
    "Rule": "_lint.rule",
    "SCHEMA": "_store.files",
    "UnknownPart": "_diff.unknown",
    "VOLATILE": "_diff.ignore",
    "access_notes": "_access.review",
    "access_of": "_access.review",
    "branches_on_disk": "_store.directory_state",
    "build_database": "_sql.build",
    "compare": "_diff.compare",
    "export": "_export.export",
    "graph_of": "_graph.build",
    "line_of_row": "_sql.query",
    "lint": "_lint.run",
    "not_checked": "_lint.run",
    "open_database": "_sql.query",
    "refuse_existing": "_store.directory_state",
    "thing_of": "_sql.lookup",
    "write_report": "_report",
}

__all__ = [
    "DATABASE",
    "OWNER_NOTE",
    "RULES",
    "SCHEMA",
    "VOLATILE",
    "Comparison",
    "ComparisonSummary",
    "Database",
    "Edge",
    "ExportFormat",
    "FieldChange",
    "Finding",
    "Graph",
    "Inventory",
    "InventoryDamagedError",
    "InventoryError",
    "InventoryExistsError",
    "InventoryGap",
    "InventoryGapError",
    "InventoryInterruptedError",
    "InventoryMismatchError",
    "InventoryVersionError",
    "InventoryWriteError",
    "InventoryWriter",
    "Node",
    "NotAnInventoryError",
    "NotChecked",
    "RecordChange",
    "Redaction",
    "Right",
    "Rule",
    "UnknownPart",
    "access_notes",
    "access_of",
    "branches_on_disk",
    "build_database",
    "compare",
    "export",
    "graph_of",
    "line_of_row",
    "lint",
    "not_checked",
    "open_database",
    "refuse_existing",
    "thing_of",
    "write_report",
]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
