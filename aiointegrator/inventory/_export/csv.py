"""CSV that is safe to open in a spreadsheet.

A file is UTF-8 with a byte order mark, since Excel takes a file without one for the machine's old code page and spoils
every name that is not ASCII; other readers know the mark. The whole records are left out, since nobody reads JSON in a
cell; JSON Lines, SQLite and Parquet have them. A spreadsheet's cell holds at most 32,767 characters, counted as UTF-16
does; Excel spreads a longer one over the next lines. So a longer text is cut and says so.

Text that a spreadsheet would run or spoil gets an apostrophe before it, which is then part of the cell:

- what begins with = + - @, or a wide form of them, also behind whitespace, and also behind a semicolon, tab or line end
  within the cell, where a spreadsheet of another language would begin a new one; with another delimiter than the comma,
  also behind a comma;
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

from ..._exact_json import Number, WholeNumber
from ..._text import is_safe, printable
from ...errors import ArgumentError

COMMA = ","
LONGEST = 32_767
"""The most UTF-16 units that a cell of a spreadsheet holds."""
_EXACT_DIGITS = 15
_BLANKS = (
    r"\x00-\x08\x0e-\x1b\x1f\x20\x7f-\x84\x86-\xa0\xad\u1680\u180e\u2000-\u200f"
    r"\u202a-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff"
)
"""Whatever shows nothing, but for the separators."""
_SEPARATORS = r";\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫−"
_BEGINS = re.compile(rf"[{_BLANKS}{_SEPARATORS}]*[{_SIGNS}]")
_WITHIN = re.compile(rf"(?<=[{_SEPARATORS}])(?=[{_BLANKS}]*[{_SIGNS}])")
_WITHIN_OR_COMMA = re.compile(rf"(?<=[,{_SEPARATORS}])(?=[{_BLANKS}]*[{_SIGNS}])")
_NO_DELIMITER = re.compile(rf"[^\W_]|[\s\"'{_SIGNS}]")
_LIKE_A_NUMBER = re.compile(r"\s*(?:\d+(?:\.\d*)?[eE][+-]?\d+|[\d.,]{16,})\s*")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = COMMA) -> None:
    """Write a table, one row at a time."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows([cell(value, delimiter) for value in row] for row in rows)


def checked_delimiter(text: str) -> str:
    """Return the delimiter that a text names: itself, or a tab for `tab` and `\\t`.

    Raises:
        ArgumentError: it is not one character, or one that means something else in CSV or to a spreadsheet.
    """
    delimiter = "\t" if text in ("\\t", "tab") else text
    if delimiter == "\t" or (len(delimiter) == 1 and is_safe(delimiter) and not _NO_DELIMITER.fullmatch(delimiter)):
        return delimiter
    raise ArgumentError(
        f"a delimiter is one character such as ; or |, or tab, not {printable(repr(text), 40)}; letters, digits, "
        "spaces, quotes and what a formula begins with (= + - @) cannot separate cells"
    )


def _is_like_an_id(number: str) -> bool:
    """Return whether a number has so many digits and nothing else, like an id, that a spreadsheet would round it."""
    digits = number.removeprefix("-")
    return digits.isdigit() and len(digits) > _EXACT_DIGITS


def cell(value: Any, delimiter: str = COMMA) -> Any:
    """Return a value as a cell that means nothing but itself, in a table with this delimiter."""
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None or kind is int or (kind is float and isfinite(value)):
        return value
    if kind in (Number, WholeNumber) and not _is_like_an_id(value.text):
        return value.text
    text = str(value).replace("\x00", "\ufffd").encode("utf-8", "backslashreplace").decode()
    guarded = f"'{text}" if _BEGINS.match(text) or _LIKE_A_NUMBER.fullmatch(text) else text
    guarded = (_WITHIN if delimiter == COMMA else _WITHIN_OR_COMMA).sub("'", guarded)
    return _cut(guarded, f"… (cut; {len(text):,} characters)")


def _cut(text: str, mark: str) -> str:
    """Return a text that fits in a cell; a longer one ends in the mark."""
    if len(text) <= LONGEST // 2 or len(text.encode("utf-16-le")) <= 2 * LONGEST:
        return text
    kept = text.encode("utf-16-le")[: 2 * (LONGEST - len(mark))]
    return kept.decode("utf-16-le", "ignore") + mark  # the half of a character at the end is left out
