"""The order of an inventory, which depends on the account alone: by the ids of integrations, then of their records."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ._files import json_bytes

_ID = re.compile(rb'\s*\{\s*"_id"\s*:\s*"([^"\\]*)"')
"""The usual beginning of a record: its id, without an escape."""


def order_of(integration_id: str | None) -> tuple[bool, str]:
    """Return the sort key of an integration; what belongs to none comes first."""
    return integration_id is not None, integration_id or ""


def by_id(records: Sequence[Any]) -> list[Any]:
    """Return the records of one list, dicts or bytes of JSON, in order; those without an id come last, as they came."""
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
