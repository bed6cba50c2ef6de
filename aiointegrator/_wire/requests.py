"""What is sent: query, body and header fields."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .. import _exact_json
from .._messages import Request
from .._text import has_controls, printable
from ..errors import ArgumentError

_WHOLE = re.compile(r"0*[1-9][0-9]*")

READ_ONLY_FIELDS = ("_id", "createdAt", "lastModified", "lastModifiedBy")
"""Fields that the server owns; `replace` leaves them out unless asked for."""

_FIELD_LIST = re.compile(r"[A-Za-z0-9_.,]*")


def query(values: Mapping[str, object] | None) -> tuple[tuple[str, str], ...]:
    """Query parameters as text: None is left out, booleans in lower case, sequences joined by commas, times in UTC.

    Raises:
        ArgumentError: `include` together with `exclude`, or a value that cannot be a parameter.
    """
    if values is None:
        return ()
    if type(values) is not dict and not isinstance(values, Mapping):
        raise ArgumentError(f"query must be a mapping of names to values, not {type(values).__name__}")
    for value in values.values():
        if value is not None:
            return _parameters(values)
    return ()


def _parameters(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    if values.get("include") and values.get("exclude"):
        raise ArgumentError("include and exclude cannot be used together; give one of them")
    try:
        pairs = tuple((name, _parameter(name, value)) for name, value in values.items() if value is not None)
    except (RecursionError, OverflowError, ValueError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"a query parameter cannot be sent: {printable(str(error), 120)}") from None
    for name, text in pairs:
        if name in ("include", "exclude") and not _FIELD_LIST.fullmatch(text):
            raise ArgumentError(f"{name} takes field names such as 'name,settings.a', not {printable(text, 60)!r}")
        if name == "limit" and not _WHOLE.fullmatch(text):
            raise ArgumentError(f"limit must be a whole number >= 1, not {printable(text, 60)!r}")
    return pairs


def with_query(request: Request, more: Mapping[str, object] | None) -> Request:
    """The request with more query parameters; one that it has already is replaced.

    Raises:
        ArgumentError: as `query`.
    """
    return request._replace(query=query(dict(request.query) | dict(query(more)))) if more else request


def _parameter(name: str, value: object) -> str:
    if not isinstance(name, str) or not name or has_controls(name):
        raise ArgumentError(f"{printable(repr(name), 60)} cannot be the name of a query parameter")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ArgumentError(f"{name} needs a time zone; use datetime.now(timezone.utc) or the like")
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return ",".join(_parameter(name, item) for item in value)
    if not isinstance(value, str | int | float) or has_controls(str(value)):
        raise ArgumentError(f"{name} cannot be a query parameter: {printable(repr(value), 60)}")
    return str(value)


def body(value: object, *, leave_out: Collection[str] = (), least: int = 0) -> bytes | None:
    """A request body as compact JSON: a model as it came, a mapping, or a sequence of either; None is no body.

    `leave_out` names top-level keys that are not sent; `least` is how many entries a sequence needs.

    Raises:
        ArgumentError: not such a value, or one that JSON cannot say (NaN, a date, bytes).
    """
    if value is None:
        return None
    try:
        plain = _plain(value)
    except RecursionError:
        raise ArgumentError("the body is nested too deeply, or holds itself") from None
    if isinstance(plain, list) and len(plain) < least:
        raise ArgumentError("an empty list was given; name at least one")
    if isinstance(plain, dict) and leave_out:
        plain = {key: item for key, item in plain.items() if key not in leave_out}
    try:
        return _compact(plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"the body cannot be sent as JSON: {printable(str(error), 120)}") from None


def _compact(plain: object) -> bytes:
    plain = _exact_json.marked(plain)
    try:
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return _exact_json.unmarked(text).encode()
    except UnicodeEncodeError:  # half a character, which JSON has an escape for
        text = json.dumps(plain, allow_nan=False, separators=(",", ":"))
        return _exact_json.unmarked(text).encode()


def given(values: Mapping[str, object]) -> dict[str, object] | None:
    """The values that are not None, or None where there is none."""
    return {key: value for key, value in values.items() if value is not None} or None


def _plain(value: object) -> Any:
    """The JSON value of a model, mapping or sequence, models inside included."""
    to_wire = getattr(value, "to_wire", None)
    if callable(to_wire):
        return to_wire()
    if isinstance(value, Mapping):
        return {str(key): _deep(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_deep(item) for item in value]
    raise ArgumentError(f"a body is a model, a mapping or a sequence, not {type(value).__name__}")


def _deep(value: object) -> Any:
    if hasattr(value, "to_wire") or isinstance(value, Mapping | list | tuple):
        return _plain(value)
    return value


_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})

_FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "expect", "te", "trailer"}
)

_OTHER_METHOD = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})

OWN_HEADERS = _CREDENTIALS | _FRAMING | _OTHER_METHOD
"""What a caller may not set."""


def header_fields(values: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Further request headers, checked.

    Raises:
        ArgumentError: no mapping, a line break or control character, or a header that this library sets itself.
    """
    if not isinstance(values, Mapping | None):
        raise ArgumentError(f"headers must be a mapping of names to texts, not {type(values).__name__}")
    for name, value in (values or {}).items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise ArgumentError(f"{printable(str(name), 60)!r} cannot be a header name")
        if not isinstance(value, str) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]", value):
            raise ArgumentError(f"the header {name} has a line break or other characters that headers cannot have")
        if name.lower() in OWN_HEADERS:
            raise ArgumentError(f"the header {name} is set by the client itself; leave it out")
    return tuple((values or {}).items())
