"""What a crawl leaves on disk: written by `InventoryWriter`, read by `Inventory`."""

from __future__ import annotations

from ._changes import FieldChange, RecordChange
from ._files import DATABASE, SCHEMA
from ._ignoring import VOLATILE
from ._known import UnknownPart
from ._lint_rule import Rule
from ._lint_rules import RULES
from ._nodes import Edge, Node
from ._rights import Right
from ._standing import branches_on_disk, refuse_existing
from ._start import thing_of
from .access import OWNER_NOTE, access_notes, access_of
from .database import build_database
from .diff import Comparison, ComparisonSummary, compare
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
from .export import ExportFormat, export
from .graph import Graph, graph_of
from .lint import Finding, NotChecked, lint, not_checked
from .queries import Database, line_of_row, open_database
from .reader import Inventory, InventoryGap
from .redaction import Redaction
from .report import write_report
from .writer import InventoryWriter

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
