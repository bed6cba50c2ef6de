"""Writing to the terminal: data to stdout, everything else to stderr, and nothing that a terminal would obey."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from ..._exact_json import write
from ..._text import json_printable, printable
from ..streams import BrokenOutput

_GAP = "  "


def data(text: str) -> None:
    """Print a line of data; what the encoding of stdout does not have is written as `\\u2192`."""
    sys.stdout.write(_encodable(text) + "\n")


def json_line(text: str) -> None:
    r"""Print a line that is JSON already, in which unsafe characters are escaped.

    If stdout is not UTF-8, all that is not ASCII becomes an escape (`\u2192`): a reader of JSON expects UTF-8, so
    characters that stdout's encoding has are escaped too. They can only stand inside of strings, where JSON allows it.
    """
    text = json_printable(text)
    target = "utf-8" if _is_utf_8(sys.stdout.encoding) else "ascii"
    sys.stdout.write((text if text.isascii() else text.encode(target, "aiointegrator.json").decode(target)) + "\n")


def json_data(value: Any, *, indent: int | None = 2) -> None:
    """Print a value as JSON, in which unsafe characters are escaped."""
    json_line(write(value) if indent is None else write(value, indent=indent, separators=None))


def outcome(text: str) -> None:
    """Print a line that names what is on disk or what the exit code says; a broken stdout changes neither."""
    try:
        data(text)
        sys.stdout.flush()
    except BrokenOutput as error:
        if not error.reader_gone:
            say(f"warning: cannot write to standard output: {printable(error.reason)}")


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as their widest cell; None is an empty one.

    On a terminal, or where COLUMNS is set, long cells end in … so that every line fits.
    """
    cells = [list(titles), *([_encodable(printable("" if cell is None else cell)) for cell in row] for row in rows)]
    widest = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    most = _columns_of_terminal()
    widths = widest if most is None else _fitting(widest, most - len(_GAP) * (len(widest) - 1))
    for line in cells:
        text = _GAP.join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        data(text if most is None else _cut(text, most))


def say(text: str) -> None:
    """Print a line for the person."""
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    sys.stderr.flush()


def setting(variable: str, value: str) -> str:
    """Return the command that sets a variable in the shell of this system."""
    return f"{'set' if os.name == 'nt' else 'export'} {variable}={value}"


# Encodings


def _encodable(text: str) -> str:
    if text.isascii():
        return text
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _json_escapes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("aiointegrator.json", _json_escapes)


@lru_cache(maxsize=8)
def _is_utf_8(encoding: str | None) -> bool:
    return codecs.lookup(encoding or "utf-8").name.startswith("utf-8")


# Widths


def _columns_of_terminal() -> int | None:
    """Return the width of the terminal, or what COLUMNS says; None for a file or pipe."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS", "").isdecimal():
        return None
    return shutil.get_terminal_size().columns


def _fitting(widths: Sequence[int], room: int) -> list[int]:
    """Return widths that fit the room together: the widest columns become equally narrow, the others stay."""
    left, most = len(widths), 0
    for width in sorted(widths):
        most = max(room // left, 1)
        if width > most:
            break
        room, left = room - width, left - 1
    return [min(width, most) for width in widths] if left else list(widths)


def _width(text: str) -> int:
    """Return how many places of a terminal a text takes; a Japanese character takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _padded(text: str, width: int) -> str:
    text = _cut(text, width)
    return text + " " * (width - _width(text))


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    from rich.cells import set_cell_size

    mark = _encodable("…")
    mark = mark if len(mark) == 1 else "~"
    return set_cell_size(text, width - 1).rstrip() + mark
