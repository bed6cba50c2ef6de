"""A JSON list split into its records, or cut into shorter lists, without decoding it; and the ids of raw records."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from .._exact_json import no_constant, objects

_BRACE = ord("{")
_BETWEEN = re.compile(r"[ \t\n\r]*(?:,[ \t\n\r]*)?")
_SPACE = re.compile(r"[ \t\n\r]*")
_SEAM = re.compile(rb"\}[ \t\n\r]*,[ \t\n\r]*\{")
_ID_FIRST = re.compile(rb'\{[ \t\n\r]*"_id"[ \t\n\r]*:[ \t\n\r]*"([^"\\]+)"')
_PLAIN = re.compile(rb"[\x20!\x23-\x5b\x5d-\x7e]*")  # text that stands for itself in JSON, a byte for a character


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


def begun(body: bytes, under: str | None = None) -> int | None:
    """Return how many records of a list begin in a body that was cut off, or None if it does not begin with a list.

    The list is an array, or stands in an object under `under` or `items`. If a record cannot be read, the count ends
    with it, so it is never too high.
    """
    text = body.removeprefix(BOM_UTF8).decode("utf-8", "replace")
    scan = json.JSONDecoder(parse_int=len).raw_decode
    opening = re.match(rf'[ \t\n\r]*(?:\{{[^\[\]{{}}]*"(?:{re.escape(under or "items")}|items)"\s*:\s*)?\[', text)
    if opening is None:
        return None
    found, place = 0, _end(_SPACE, text, opening.end())
    while text[place : place + 1] == "{":
        found += 1
        try:
            place = _end(_BETWEEN, text, scan(text, place)[1])
        except (ValueError, RecursionError):
            break
    return found or None


def ids(records: Sequence[bytes]) -> Sequence[object]:
    """Return the `_id` of each record, or None where it has none; nothing is decoded for an id that comes first."""
    cut = _cut_ids(records)
    if cut is None:
        return [_id(record) for record in records]
    text, length = b"".join(cut).decode(), len(cut[0])
    return [text[place : place + length] for place in range(0, len(text), length)]


def _cut_ids(records: Sequence[bytes]) -> list[bytes] | None:
    """The ids of records that begin alike, as those of a page do, in a third of the time; None if they do not."""
    first = _ID_FIRST.match(records[0])
    if first is None:
        return None
    start, end = first.span(1)
    before = records[0][:start]
    cut = [record[start:end] for record in records if record[:start] == before and record[end : end + 1] == b'"']
    return cut if len(cut) == len(records) and _PLAIN.fullmatch(b"".join(cut)) else None


def _id(record: bytes) -> object:
    first = _ID_FIRST.match(record)
    return first[1].decode() if first else _decoded_id(record)


def _decoded_id(record: bytes) -> object:
    """The `_id` of a record that has to be decoded for it; None where that cannot be done."""
    quickly = _id_by_msgspec()
    for decode in (quickly, _id_surely) if quickly is not None else (_id_surely,):
        try:
            return decode(record)
        except (ValueError, RecursionError):  # msgspec refuses a lone surrogate, Python does not
            continue
    return None


def _id_surely(record: bytes) -> object:
    return json.loads(record, parse_int=len).get("_id")


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
        except msgspec.DecodeError:  # it refuses a lone surrogate, for example
            return None

    return quickly


@cache
def _id_by_msgspec() -> Callable[[bytes], object] | None:
    """msgspec's reader of the `_id` alone, which passes over everything else, where the `speed` extra is installed."""
    try:
        import msgspec
    except ImportError:
        return None
    record = msgspec.defstruct("record", [("id", object, msgspec.field(name="_id", default=None))])
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(record).decode

    def quickly(text: bytes) -> object:
        try:
            return decode(text).id
        except msgspec.DecodeError as error:  # no ValueError in msgspec 0.19
            raise ValueError(str(error)) from None

    return quickly
