"""A JSON list split into its records, or cut into shorter lists, without decoding it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from .._exact_json import objects

_BRACE = ord("{")
_BETWEEN = re.compile(r"[ \t\n\r]*(?:,[ \t\n\r]*)?")
_SPACE = re.compile(r"[ \t\n\r]*")
_SEAM = re.compile(rb"\}[ \t\n\r]*,[ \t\n\r]*\{")


def split(body: bytes) -> list[bytes]:
    """The records of a JSON array, each as it came, byte for byte.

    Raises:
        ValueError: no array of objects, or no JSON.
    """
    try:
        if not body.isascii():
            body.decode()  # msgspec does not look into texts
        quickly = _by_msgspec()
        records = quickly(body) if quickly is not None else None
        if records is None:
            records = _surely(body.decode())
    except RecursionError:
        records = [record.encode() for record in objects(body.decode(), _decode_strictly)]
    if [1 for record in records if record[0] != _BRACE]:
        raise ValueError("a list of records holds something else")
    return records


def slices(body: bytes, size: int) -> Iterator[bytes]:
    """A JSON array cut between two records into arrays of about `size` bytes each; nothing where it is no array.

    Where to cut is a guess: a brace, a comma and a brace that seem to be inside of no list and no text. Reading the
    slices proves it: if each is an array, the body is the array of all their records. If one is not, only the whole
    body can say what it is.
    """
    begin, end = body.find(b"[") + 1, body.rfind(b"]")
    if end < begin or body[: begin - 1].strip(b" \t\n\r") or body[end + 1 :].strip(b" \t\n\r"):
        return
    while end - begin > size:
        seam = _seam(body, begin, size, end)
        if seam is None:
            break
        yield b"[%b]" % body[begin : seam.start() + 1]
        begin = seam.end() - 1
    yield b"[%b]" % body[begin:end]


def _seam(body: bytes, begin: int, size: int, end: int) -> re.Match[bytes] | None:
    """The first place about `size` bytes on where a record may end and another begin; searched for as long."""
    depth, quotes, counted = 0, 0, begin
    for seam in _SEAM.finditer(body, begin + size, min(begin + 2 * size, end)):
        here = seam.start()
        depth += body.count(b"[", counted, here) - body.count(b"]", counted, here)
        quotes += body.count(b'"', counted, here) - body.count(b'\\"', counted, here)
        counted = here
        if not depth and not quotes % 2:
            return seam
    return None


def _surely(text: str) -> list[bytes]:
    """By Python's own reader, which says where each record ends."""
    scan = _strict_decoder().raw_decode
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


def _strict_decoder() -> json.JSONDecoder:
    """A reader that refuses NaN and takes a number that is longer than an int may be."""
    return json.JSONDecoder(parse_constant=no_constant, parse_int=len)


def _decode_strictly(text: str) -> Any:
    return _strict_decoder().decode(text)


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
