"""What the pretend server refuses before it does anything: media types, bodies and parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .. import _exact_json
from .account import Json
from .state import Refused

_CURSOR = re.compile(r"c([0-9a-f]{1,12})")
_FIELD_LIST = re.compile(r"[A-Za-z0-9_.,]*")
_WHOLE = re.compile(r"0*[1-9][0-9]{0,8}")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")

TYPES: dict[str, type] = {
    **dict.fromkeys(("name", "description", "readme", "mode", "version", "tag", "_envId", "_stackId"), str),
    **dict.fromkeys(("install", "installSteps", "uninstallSteps", "changeEditionSteps"), list),
    **dict.fromkeys(("flowGroupings", "apiGroupings", "aliases"), list),
    **dict.fromkeys(("initChild", "update", "settingsForm", "connectionMap"), dict),
    **dict.fromkeys(("sandbox", "syncs", "updateInProgress"), bool),
}
"""Types of the fields that a body may have; null will do for any."""


def json_of(body: bytes) -> Any:
    """The body as JSON, or `Refused`."""
    try:
        return _exact_json.read(body, strict=True)
    except (ValueError, RecursionError):
        raise Refused(400, "invalid_json", "the body is not JSON") from None


def media_type(given: str | None, essence: str, body: bytes) -> None:
    """Refuse any media type but JSON, also without a body; `given` is the header, `essence` the type that it names."""
    if (body or given is not None) and essence != "application/json":
        raise Refused(415, "unsupported_media_type", "send application/json")


def fields(body: Any, before: Mapping[str, Any] = MappingProxyType({})) -> Json:
    """A body that is an object with fields of the right types, or `Refused`; what was there `before` may stay."""
    if not isinstance(body, dict):
        raise Refused(400, "invalid_body", "the body must be an object")
    for name, value in body.items():
        kind = TYPES.get(name)
        if value is None or value == before.get(name):
            continue
        if kind is not None and not isinstance(value, kind):
            raise Refused(400, "invalid_field", f"{name} has the wrong type")
        if kind is list and not all(isinstance(item, dict) for item in value):
            raise Refused(400, "invalid_field", f"{name} must hold objects")
    mapped = body.get("connectionMap")
    if isinstance(mapped, dict) and not all(isinstance(value, str) for value in mapped.values()):
        raise Refused(400, "invalid_connectionMap", "connectionMap maps ids to ids")
    return body


def ids(body: Any) -> list[str]:
    """A body that is a list of ids, or `Refused`."""
    if not isinstance(body, list) or not all(isinstance(item, str) for item in body):
        raise Refused(400, "invalid_body", "the body must be a list of ids")
    return body


def operations(body: Any) -> list[Json]:
    """A body that is a JSON Patch, or `Refused`."""
    if not isinstance(body, list) or not all(map(_is_operation, body)):
        raise Refused(400, "invalid_body", "the body must be a list of JSON Patch operations")
    return body


def _is_operation(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or not isinstance(entry.get("op"), str):
        return False
    return entry["op"] == "remove" or "value" in entry


def page(query: Mapping[str, str]) -> None:
    """Refuse what no list takes: `limit`, `include`, `exclude`."""
    include, exclude = query.get("include"), query.get("exclude")
    if include and exclude:
        raise _parameter("include and exclude cannot be used together")
    if not _FIELD_LIST.fullmatch(include or "") or not _FIELD_LIST.fullmatch(exclude or ""):
        raise _parameter("include and exclude take field names")
    if not _WHOLE.fullmatch(query.get("limit", "1")):
        raise _parameter("limit must be a whole number above 0")


def cursor(query: Mapping[str, str]) -> int:
    """The place in the list at which the page begins that `after` names, or `Refused`."""
    found = _CURSOR.fullmatch(query.get("after", "c0"))
    if found is None:
        raise _parameter("after is not a cursor of this list")
    return int(found[1], 16)


def moment(query: Mapping[str, str], name: str) -> None:
    """Refuse a time that is neither ISO 8601 nor milliseconds."""
    value = query.get(name)
    if not value or _MILLISECONDS.fullmatch(value):
        return
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise _parameter(f"{name} must be a time") from None


def flag(query: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false, or `Refused`."""
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise _parameter(f"{name} is true or false")
    return value == "true"


def _parameter(message: str) -> Refused:
    return Refused(400, "invalid_query_params", message)
