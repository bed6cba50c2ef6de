"""Read and write JSON without changing it: numbers keep their digits, and deep nesting is no error.

`read` gives ordinary Python values, except where Python would change something. A number that Python writes differently
or cannot hold (1.10, -0, 1e400, thousands of digits) is a `Number`; an object or list below `DEPTH` levels is a `Deep`.
Both keep their text, and `write` writes it unchanged. So whatever works on records recursively meets at most `DEPTH`
levels. `read_plain` gives ordinary Python values only, of any depth.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from ._json_depth import is_deeper, pieces, spans

DEPTH = 200
"""Levels of nesting that are read as values. Python's own reader and writer fail at about 1,000 less the caller's."""
_DIGITS = 4000
"""Python reads and writes no int of more than 4,300 digits."""

_MARK = f"kept-{os.urandom(8).hex()}:"
_MARKED = re.compile(f'"{_MARK}([0-9]+)"')


class AsWritten:
    """A JSON value that is kept as its text, which `str` gives, `write` writes and sqlite3 stores."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AsWritten) and type(other) is type(self) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __conform__(self, protocol: object) -> str:
        """Return what sqlite3 stores (PEP 246)."""
        return self.text


class Number(AsWritten):
    """A number with the digits with which it was written. `float` gives its value, perhaps infinite or rounded."""

    __slots__ = ()

    def __float__(self) -> float:
        return float(self.text)


class Deep(AsWritten):
    """An object or list that is nested too deeply to be read as a value."""

    __slots__ = ()


# Reading


def read(text: str | bytes) -> Any:
    """Return a JSON value in which nothing has changed.

    Raises:
        ValueError: it is no JSON.
        RecursionError: the caller's own stack leaves no room for `DEPTH` levels.
    """
    return _bounded(_text(text), _decode)


def read_numbers(text: str | bytes) -> Any:
    """Return a JSON value as `read` does, with every number as a `Number`, equal to none written otherwise.

    Raises:
        ValueError, RecursionError: as of `read`.
    """
    return _bounded(_text(text), _decode_numbers)


def read_plain(text: str | bytes) -> Any:
    """Return a JSON value as `json.loads` does, of any depth; a whole number too long for Python is its text.

    Raises:
        ValueError: it is no JSON.
    """
    text = _text(text)
    if not is_deeper(text, DEPTH):
        return _decode_plain(text)
    values: list[Any] = []
    for piece in pieces(text, DEPTH, _MARK):
        values.append(_restored(_decode_plain(piece), values))
    return values[-1]


def objects(text: str, decode: Callable[[str], Any] = json.loads) -> list[str]:
    """Return the text of each object in a JSON list, however deep it is nested.

    Args:
        text: the list.
        decode: reads a piece of it, in order to check it.

    Raises:
        ValueError: it is no JSON, or no list of objects.
    """
    for piece in pieces(text, DEPTH, _MARK):
        last = decode(piece)
    found = [text[begin:end] for begin, end in spans(text, 2)]
    if type(last) is not list or len(last) != len(found) or not all(one[0] == "{" for one in found):
        raise ValueError("a list of objects was expected")
    return found


def _float(text: str) -> float | Number:
    value = float(text)
    return value if repr(value) == text else Number(text)


def _int(text: str) -> int | Number:
    return Number(text) if len(text) > _DIGITS or text == "-0" else int(text)


def _plain_int(text: str) -> int | str:
    return int(text) if len(text) <= _DIGITS else text


_decode = json.JSONDecoder(parse_float=_float, parse_int=_int).decode
_decode_numbers = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number).decode
_decode_plain = json.JSONDecoder(parse_int=_plain_int).decode


def _text(text: str | bytes) -> str:
    return text.decode() if isinstance(text, bytes) else text


def _bounded(text: str, decode: Any) -> Any:
    if not is_deeper(text, DEPTH):
        return decode(text)
    parts: list[str] = []
    deep: list[Deep] = []
    done = 0
    for begin, end in _deep_spans(text):
        parts += [text[done:begin], f'"{_MARK}{len(deep)}"']
        deep.append(Deep(text[begin:end]))
        done = end
    return _restored(decode("".join([*parts, text[done:]])), deep)


@lru_cache(8)
def _deep_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where each value begins and ends that is kept as text; a comparison reads the same record several times."""
    return spans(text, DEPTH + 1)


def _restored(value: Any, kept: list[Any]) -> Any:
    """The value with what was kept in place of the marks."""
    if type(value) is dict:
        return {key: _restored(inside, kept) for key, inside in value.items()}
    if type(value) is list:
        return [_restored(inside, kept) for inside in value]
    if type(value) is str and value.startswith(_MARK):
        return kept[int(value[len(_MARK) :])]
    return value


# Writing

_COMPACT: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
_encode = json.JSONEncoder(**_COMPACT).encode


def write(value: Any, **style: Any) -> str:
    """Return a value as JSON; what JSON does not know is written as Python shows it.

    Args:
        value: what `read` or `read_plain` returned, or any other value.
        style: arguments of `json.dumps`; without any, the JSON is compact and not restricted to ASCII.
    """
    if not style:
        try:
            return _encode(value)
        except (TypeError, RecursionError):  # something is kept as its text, or plain values are nested deeply
            pass
    style = _COMPACT | style
    kept: list[str] = []

    def mark(one: Any) -> str:
        if not isinstance(one, AsWritten):
            return repr(one)
        kept.append(one.text)
        return f"{_MARK}{len(kept) - 1}"

    try:
        text = json.dumps(value, default=mark, **style)
    except RecursionError:
        return "".join(_flat(value, style | {"indent": None}))
    return _MARKED.sub(lambda found: kept[int(found[1])], text) if kept else text


def _flat(value: Any, style: dict[str, Any]) -> Iterator[str]:
    """JSON piece by piece, without recursion; a text that is part of it waits as a `Deep`."""
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is Deep:
            yield one.text
        elif isinstance(one, dict):
            items = sorted(one.items()) if style.get("sort_keys") else one.items()
            parts = [part for key, item in items for part in (Deep(","), Deep(write(str(key), **style) + ":"), item)]
            waiting += [Deep("}"), *reversed(parts[1:]), Deep("{")]
        elif isinstance(one, list | tuple):
            parts = [part for item in one for part in (Deep(","), item)]
            waiting += [Deep("]"), *reversed(parts[1:]), Deep("[")]
        else:
            yield write(one, **style)
