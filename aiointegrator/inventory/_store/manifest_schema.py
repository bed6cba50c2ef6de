"""What a manifest and the first line of a journal consist of: every field, with its type."""

from __future__ import annotations

from typing import Any, get_args

from ..._domain.kinds import KINDS, Plan
from .json_schema import Check, anything, count, flag, list_of, one_of, optional, record, table_of, text

STATUSES = ("read", "denied", "missing", "failed")
"""How a branch was read, or why it is a gap."""
_KIND = one_of(*KINDS)
_STATUS, _REASON = one_of(*STATUSES), one_of(*STATUSES[1:])
_PLAN = one_of(*get_args(Plan))

_ORIGIN: dict[str, Check] = {
    "account": table_of(anything),  # what the server says of the token
    "plan": _PLAN,
    "resumed": list_of(text),
    "redacted": flag,
    "redacted_users": flag,
    "redaction_key": optional(text),
}
"""What manifest and journal say alike, where they say it."""


def check_manifest(found: dict[str, Any], *, closed: bool) -> None:
    """Check every field of a manifest; one that is `closed` has no field that this version does not know.

    Raises:
        FormError: a field is missing or has another type.
    """
    branch = record(
        {"integration": text, "kind": text, "status": _STATUS, "records": count, "error": optional(text)},
        {"pages": count},
        closed=closed,
    )
    gap = record(
        {"integration": optional(text), "kind": text, "status": _REASON, "error": optional(text)}, closed=closed
    )
    file = record({"records": count, "bytes": count, "sha256": text}, closed=closed)
    difference = record(
        {"integration": text, "kind": _KIND, "id": text, "only_in": one_of("integration", "account")}, closed=closed
    )
    record(
        {
            "schema": count,
            "complete": flag,
            "base_url": text,
            "started": text,
            "finished": text,
            "kinds": list_of(_KIND),
            "counts": table_of(count),
            "branches": list_of(branch),
        },
        {
            **_ORIGIN,
            "files": table_of(file),
            "requests": count,
            "retries": count,
            "throttled": count,
            "duplicates": count,
            "differences": list_of(difference),
            "gaps": list_of(gap),
            "base": table_of(anything),
            "sha256": text,
        },
        closed=closed,
    )(found)


def check_head(head: dict[str, Any]) -> None:
    """Check the first line of a journal.

    Raises:
        FormError: a field is missing or has another type.
    """
    record({"base_url": text, "kinds": list_of(_KIND)}, {**_ORIGIN, "started": text}, closed=False)(head)
