"""JSON that is read and written again with every number as it was written: 1.10 stays 1.10, and 1e400 no infinity."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

_MARK = f"number-{secrets.token_hex(8)}:"
_MARKED = re.compile(f'"{_MARK}([^"]*)"')

_DIGITS = 4000
"""Python reads and writes no int of more than 4,300."""


class Number(str):
    """A number that Python would write in another way, or could not hold."""

    __slots__ = ()


def _float(text: str) -> float | Number:
    found = float(text)
    return found if repr(found) == text else Number(_MARK + text)


def _int(text: str) -> int | Number:
    return int(text) if len(text) < _DIGITS else Number(_MARK + text)


def text_of(number: Number) -> str:
    """The number as it was written."""
    return number[len(_MARK) :]


_decode = json.JSONDecoder(parse_float=_float).decode


def read(text: str | bytes) -> Any:
    """A JSON value.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode()
    try:
        return _decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number with more digits than an int may have
        return json.loads(text, parse_float=_float, parse_int=_int)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_plain(text: str | bytes) -> Any:
    """A JSON value as `json.loads` gives it; a whole number with more digits than Python reads is its text.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    try:
        return json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else digits)


def write(value: Any) -> str:
    """A value as compact JSON; what JSON does not know is written as Python shows it."""
    try:
        text = _encode(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=repr)
    return _MARKED.sub(r"\1", text) if _MARK in text else text
