"""CSV that is safe to open in a spreadsheet.

It is UTF-8 with a byte order mark, since Excel takes a file without one for the machine's old code page and spoils
every name that is not ASCII; other readers know the mark. The whole records are left out: a cell holds no more than
32,767 characters, and nobody reads JSON in one. JSON Lines, SQLite and Parquet have them.

Text that a spreadsheet would run or spoil gets an apostrophe before it, which is then part of the cell:

- what begins with = + - @, or a wide form of them, also behind whitespace, and also behind a semicolon, tab or line end
  within the cell, where a spreadsheet of another language would begin a new one;
- what looks like a number that a spreadsheet cannot hold: an id of digits alone, or `645e12` and so on, becomes a
  rounded float there without a word, and no lookup by it works. About one id in 30,000 is such.

Numbers that are numbers, negative ones too, stay. Other changes that a spreadsheet makes when it is opened by a double
click (`1-2` as a date, `007` as 7) are not prevented; import such columns as text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from .._exact_json import Number

_BLANKS = (
    r"\x00-\x08\x0e-\x1b\x1f\x20\x7f-\x84\x86-\xa0\xad\u1680\u180e\u2000-\u200f"
    r"\u202a-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff"
)
"""Whatever shows nothing, but for the separators."""
_SEPARATORS = r";\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫−"
_BEGINS = re.compile(rf"[{_BLANKS}{_SEPARATORS}]*[{_SIGNS}]")
_WITHIN = re.compile(rf"(?<=[{_SEPARATORS}])(?=[{_BLANKS}]*[{_SIGNS}])")
_LIKE_A_NUMBER = re.compile(r"\s*(?:\d+(?:\.\d*)?[eE][+-]?\d+|[\d.,]{16,})\s*")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table, one row at a time."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(map(cell, row) for row in rows)


def _is_whole(number: Number) -> bool:
    """Return whether a number has digits alone, like an id, so that a spreadsheet would round it."""
    return number.text.removeprefix("-").isdigit()


def cell(value: Any) -> Any:
    """A value as a cell that means nothing but itself."""
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None or kind is int or (kind is float and isfinite(value)) or (kind is Number and not _is_whole(value)):
        return value
    text = str(value).replace("\x00", "\ufffd").encode("utf-8", "backslashreplace").decode()
    if _BEGINS.match(text) or _LIKE_A_NUMBER.fullmatch(text):
        text = f"'{text}"
    return _WITHIN.sub("'", text)
