"""Writing to the terminal: data to stdout, everything else to stderr, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(value: object) -> str:
    """Text of the account, with control characters replaced."""
    return _CONTROL.sub("\ufffd", str(value))


def data(text: str) -> None:
    """A line of data."""
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def json_data(value: Any, *, indent: int | None = 2) -> None:
    """A value as JSON."""
    data(json.dumps(value, ensure_ascii=False, indent=indent, separators=None if indent else (",", ":")))


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; None is an empty one."""
    cells = [list(titles), *([clean("" if cell is None else cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        data("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def say(text: str) -> None:
    """A line for the person."""
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    sys.stderr.flush()
