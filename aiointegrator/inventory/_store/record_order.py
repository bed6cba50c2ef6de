"""The order of an inventory, which depends on the account alone: by the ids of integrations, then of their records."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from .files import json_bytes

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
