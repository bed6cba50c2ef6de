"""The lines of a data file: `{"integration": whose, "data": record}`, written and taken apart."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..errors import InventoryDamagedError
from .files import json_bytes

HEAD, DATA = b'{"integration":', b',"data":'
_AGAIN = "copy the file again, or crawl again with --fresh"


def head_of(integration_id: str | None) -> bytes:
    """Return what stands before the record in every line of an integration."""
    return HEAD + json_bytes(integration_id) + DATA


def lines_of(integration_id: str | None, records: Sequence[Any]) -> memoryview:
    """Return one line for each record: all are plain dicts, or all are bytes of JSON."""
    head = head_of(integration_id)
    raw = records if isinstance(records[0], bytes) else [json_bytes(record) for record in records]
    together = b"".join(raw)  # one copy costs less than a search in each record
    if together.find(b"\n") >= 0 or together.find(b"\r") >= 0:  # `in` takes bytes for a number first, and fails
        raw = [_one_line(record) for record in raw]
    del together
    between = b"}\n" + head
    lines = memoryview(between.join((b"", *raw, b"")))
    return lines[2 : -len(head)]  # without what is before the first and after the last


def _one_line(record: bytes) -> bytes:
    return record.replace(b"\n", b" ").replace(b"\r", b" ")  # in JSON these stand between values only


def data_of(place: str, line: bytes) -> bytes:
    """Return the record of a line, which stands at `place`; an id cannot hold the mark, since it has escaped quotes.

    Raises:
        InventoryDamagedError: the line is not one that a crawl writes.
    """
    start = line.find(DATA)
    if not line.startswith(HEAD) or start < 0 or not line.endswith(b"}"):
        raise InventoryDamagedError(f"{place} is not as a crawl writes it; {_AGAIN}")
    return line[start + len(DATA) : -1]


def head_in(line: bytes) -> bytes:
    """Return what stands before the record in a line."""
    return line[: line.find(DATA) + len(DATA)]


def owner_of(place: str, head: bytes) -> str | None:
    """Return the integration that a head names, or None.

    Raises:
        InventoryDamagedError: it names something else.
    """
    try:
        owner = json.loads(head[len(HEAD) : -len(DATA)])
    except (ValueError, RecursionError):
        owner = 0
    if owner is None or isinstance(owner, str):
        return owner
    raise InventoryDamagedError(f"{place} is not as a crawl writes it; {_AGAIN}")


# Order: it depends on the account alone, by the ids of integrations, then of their records

_ID = re.compile(rb'\s*\{\s*"_id"\s*:\s*"([^"\\]*)"')
"""The beginning of most records: their id, without an escape."""
_USUAL, _USUAL_LENGTH = re.compile(rb'(?:\{"_id":"[0-9a-f]{24}")*'), 33
"""The beginnings, one behind the other, of records as the server sends them."""


def order_of(integration_id: str | None) -> tuple[bool, str]:
    """Return the sort key of an integration; what belongs to none comes first."""
    return integration_id is not None, integration_id or ""


def by_id(records: Sequence[Any]) -> list[Any]:
    """Return the records of one list, dicts or bytes of JSON, in order; those without an id come last, as they came."""
    if records and isinstance(records[0], bytes):
        begins = [record[:_USUAL_LENGTH] for record in records]
        if _USUAL.fullmatch(b"".join(begins)):  # comparing the bytes compares the ids, eight times as fast
            return sorted(records, key=lambda record: record[:_USUAL_LENGTH])
    return sorted(records, key=_key_of)


def _key_of(record: Any) -> tuple[bool, bytes]:
    """The sort key of a record; one in bytes is parsed only if it does not begin with its id."""
    if isinstance(record, bytes):
        if match := _ID.match(record):
            return False, match[1]
        record = _parsed(record)
    found = record.get("_id") if isinstance(record, dict) else None
    if found is None:
        return True, b""
    text = found if isinstance(found, str) else json_bytes(found).decode()
    return False, text.encode("utf-8", "surrogatepass")


def _parsed(record: bytes) -> Any:
    try:
        return json.loads(record)
    except (ValueError, RecursionError):
        return None
