"""JSON that is written back unchanged: 1.10 stays 1.10, 1e400 does not become an infinity, and no depth is an error.

A number that Python writes differently or cannot hold is a `Number` or `WholeNumber`. An object or list below `DEPTH`
levels is an `AsWritten`, so that recursive code meets at most `DEPTH` levels.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from ._json_depth import DEPTH, AsWritten, bounded, flat, objects, whole, with_kept

__all__ = [
    "DEPTH", "AsWritten", "Number", "WholeNumber", "differs", "has_long_number", "marked", "no_constant", "objects",
    "read", "read_kept", "read_plain", "text_of", "unmarked", "write",
]  # fmt: skip

_MARK = f"number-{os.urandom(8).hex()}:"
_MARKED = re.compile(f'"{_MARK}([^"]*)"')

_DIGITS = 4000
"""Python reads and writes no int of more than 4,300 digits."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)

_made = False
"""Whether a `Number` or `WholeNumber` exists in this process; until then, `write` has none to look for."""


def _checked(text: str) -> str:
    global _made
    if not _NUMBER.fullmatch(text):
        raise ValueError("this is not a JSON number")
    _made = True
    return text


class Number(float):
    """A float that remembers how JSON wrote it. It calculates, compares and hashes as any float.

    It stands for a number that Python would write in another way (1.10, 1E5) or cannot hold (1e400, which counts as
    infinity, and whole numbers of thousands of digits).

    Attributes:
        text: the number as JSON wrote it.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Number:
        """Make one of a JSON number; raises ValueError if `text` is not one."""
        number = super().__new__(cls, _checked(text))
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[Number], tuple[str]]:
        return Number, (self.text,)

    def __conform__(self, protocol: object) -> str:
        """Return what sqlite3 stores (PEP 246)."""
        return self.text


class WholeNumber(int):
    """An int that remembers how JSON wrote it: -0.

    Attributes:
        text: the number as JSON wrote it.
    """

    text: str

    def __new__(cls, text: str) -> WholeNumber:
        """Make one of a JSON number; raises ValueError if `text` is not a whole one."""
        number = super().__new__(cls, _checked(text))
        number.text = text
        return number

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[WholeNumber], tuple[str]]:
        return WholeNumber, (self.text,)

    def __conform__(self, protocol: object) -> str:
        """Return what sqlite3 stores (PEP 246)."""
        return self.text


def text_of(number: Number | WholeNumber) -> str:
    """The number as it was written."""
    return number.text


# Which numbers need it

_TAIL = rb"(?=[,\]} \t\r\n]|\Z)"
_SUSPECTS = tuple(
    re.compile(pattern + _TAIL)
    for pattern in (
        rb"\.(?:[0-9]{5,}|[0-9]+0|(?<=[0-9]{11}\.)[0-9]+)",
        rb"e[+0-9-][0-9]*",
        rb"E[+0-9-][0-9]*",
        rb"-0",
    )
)
"""Where a number ends that Python may write in another way. Each pattern begins with one fixed character: `re` finds
that with memchr, so all four together take 4 ms for a megabyte; as one pattern they take 10."""

_MOST_SUSPECTS = 1000


def differs(body: bytes) -> bool:
    """Whether a JSON text may hold a number that Python writes in another way than it stands there.

    Whole numbers of thousands of digits are not looked for: reading them into ints fails, see `has_long_number`.
    """
    looked_at = 0
    for pattern in _SUSPECTS:
        for found in pattern.finditer(body):
            looked_at += 1
            if looked_at > _MOST_SUSPECTS or _is_written_otherwise(body, found.end()):
                return True
    return False


_LONG = re.compile(rb"(?<![0-9])[0-9]{%d}" % _DIGITS)


def has_long_number(body: bytes) -> bool:
    """Whether a JSON text may hold a whole number with more digits than Python reads."""
    return _LONG.search(body) is not None


def _is_written_otherwise(body: bytes, end: int) -> bool:
    start = end
    while start and body[start - 1] in b"0123456789.eE+-":
        start -= 1
    if start and body[start - 1] not in b":,[ \t\r\n":
        return False
    text = body[start:end].decode()
    return _NUMBER.fullmatch(text) is not None and (text == "-0" or repr(float(text)) != text)


# Reading and writing


def _float(text: str) -> float:
    found = float(text)
    return found if repr(found) == text else Number(text)


def _int(text: str) -> int | Number:
    if text == "-0":
        return WholeNumber(text)
    return int(text) if len(text) < _DIGITS else Number(text)


def no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which the standard library reads."""
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_float=_float, parse_int=_int).decode
_decode_strictly = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=no_constant).decode
_decode_kept = json.JSONDecoder(parse_float=AsWritten, parse_int=AsWritten, parse_constant=AsWritten).decode
_decode_plain = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else digits).decode


def read(text: str | bytes, *, strict: bool = False) -> Any:
    """A JSON value, with a `Number` where a float would be written in another way than it stands there.

    What is nested below `DEPTH` levels is an `AsWritten`, and NaN and Infinity are read as the standard library does,
    unless it is `strict`.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is `strict` and nested too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode()
    return _decode_strictly(text) if strict else bounded(text, _decode)


def read_kept(text: str | bytes) -> Any:
    """A JSON value as `read` gives it, with each number as an `AsWritten`, equal to none that is written otherwise.

    Raises:
        ValueError: it is not JSON.
    """
    return bounded(text.decode() if isinstance(text, bytes) else text, _decode_kept)


def read_plain(text: str | bytes) -> Any:
    """A JSON value as `json.loads` gives it, of any depth; a whole number too long for Python is its text.

    Raises:
        ValueError: it is not JSON.
    """
    if isinstance(text, bytes):
        text = text.decode()
    return whole(text, _decode_plain)


_COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
_encode = json.JSONEncoder(**_COMPACT).encode


def write(value: Any, **style: Any) -> str:
    """A value as JSON; what JSON does not know is written as Python shows it.

    Args:
        value: what one of the functions here returned, or any other value.
        style: arguments of `json.dumps`; without any, the JSON is compact and not restricted to ASCII.
    """
    try:
        return unmarked(_written(marked(value), style))
    except RecursionError:
        return "".join(flat(value, lambda one: write(one, **style)))


def _written(value: Any, style: dict[str, Any]) -> str:
    if not style:
        try:
            return _encode(value)
        except TypeError:  # something is kept as its text
            pass
    style = _COMPACT | style
    return with_kept(lambda default: json.dumps(value, default=default, **style))


def marked(value: Any) -> Any:
    """The value with texts instead of its `Number`s, which any JSON encoder writes; `unmarked` undoes that.

    A JSON encoder writes a float as it likes, whatever its class says.
    """
    return _marked(value) if _made else value


def _marked(value: Any) -> Any:
    kind = type(value)
    if kind is Number or kind is WholeNumber:
        return _MARK + value.text
    if kind is dict:
        return {key: _marked(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_marked(item) for item in value]
    return value


def unmarked(text: str) -> str:
    """JSON that was written of what `marked` gave, with its numbers as they came."""
    return _MARKED.sub(r"\1", text) if _MARK in text else text
