"""Writing to the terminal: data to stdout, everything else to stderr, and nothing that a terminal would obey."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from .._exact_json import write
from .._text import json_printable, printable


def data(text: str) -> None:
    """A line of data."""
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def json_data(value: Any, *, indent: int | None = 2) -> None:
    """Print a value as JSON, in which unsafe characters are escaped."""
    data(json_printable(write(value) if indent is None else write(value, indent=indent, separators=None)))


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; None is an empty one."""
    cells = [list(titles), *([printable("" if cell is None else cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        data("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def say(text: str) -> None:
    """A line for the person."""
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    sys.stderr.flush()
