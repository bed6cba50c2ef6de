"""A JSON list split into its records without decoding them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

_BRACE = ord("{")
_BETWEEN = re.compile(r"[ \t\n\r]*(?:,[ \t\n\r]*)?")
_SPACE = re.compile(r"[ \t\n\r]*")


def split(body: bytes) -> list[bytes]:
    """The records of a JSON array, each as it came, byte for byte.

    Raises:
        ValueError: no array of objects, no JSON, or nested too deeply.
    """
    try:
        text = body.decode()
        quickly = _by_msgspec()
        records = quickly(body) if quickly is not None else None
        if records is None:
            records = _surely(text)
    except RecursionError:
        records = None
    if records is None:
        raise ValueError("the body is nested too deeply")
    if [1 for record in records if record[0] != _BRACE]:
        raise ValueError("a list of records holds something else")
    return records


def _surely(text: str) -> list[bytes]:
    """By Python's own reader, which says where each record ends."""
    scan = json.JSONDecoder(parse_constant=no_constant, parse_int=len).raw_decode  # a number may be longer than an int
    records: list[bytes] = []
    place = _end(_SPACE, text, 0)
    if text[place : place + 1] != "[":
        raise ValueError("a list was expected")
    place = _end(_SPACE, text, place + 1)
    while text[place : place + 1] != "]":
        _, end = scan(text, place)
        records.append(text[place:end].encode())
        place = _end(_BETWEEN, text, end)
        last = text[place : place + 1] == "]"
        if ("," in text[end:place]) is last:
            raise ValueError("the list is broken between two records")
    if text[place + 1 :].strip(" \t\n\r"):
        raise ValueError("something follows the list")
    return records


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def no_constant(name: str) -> None:
    """Refuse NaN and Infinity."""
    raise ValueError(f"{name} is no JSON")


@cache
def _by_msgspec() -> Callable[[bytes], list[bytes] | None] | None:
    """msgspec's reader, four times as fast, where the `speed` extra is installed."""
    try:
        import msgspec
    except ImportError:
        return None
    decode: Callable[[bytes], list[Any]] = msgspec.json.Decoder(list[msgspec.Raw]).decode

    def quickly(body: bytes) -> list[bytes] | None:
        try:
            return [bytes(record) for record in decode(body)]
        except msgspec.DecodeError:  # half a character, for one, which it takes for an error
            return None

    return quickly
