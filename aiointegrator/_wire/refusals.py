"""Error answers: bodies, Retry-After, and from a status to an error class."""

from __future__ import annotations

import re
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, datetime
from email.utils import parsedate_to_datetime, parsedate_tz
from typing import Any

from .. import _exact_json
from .._messages import Reply, Request
from .._text import TEXT_LIMIT, printable, shown
from ..errors import ErrorDetail, StatusError, for_status

BODY_LIMIT = 4000


def check_whole(request: Request, reply: Reply, *, broke: bool = False) -> None:
    """Return where a body that nobody models came whole, as far as anybody can tell.

    What has a length or comes in chunks was counted. What ends with the connection, or was compressed, shows its end
    only by being whole JSON. `broke` says that the connection did not end but break.

    Raises:
        ValueError: it should be JSON and is cut, or nothing but a broken connection tells its end.
    """
    chunked = "chunked" in (reply.header("Transfer-Encoding") or "").lower()
    counted = chunked or reply.header("Content-Length") is not None
    if counted and reply.header("Content-Encoding") is None:
        return
    if request.method == "HEAD" or reply.status in (204, 205):
        return
    if "json" in (reply.header("Content-Type") or ""):
        reply.json()
    elif broke and not counted:
        raise ValueError("the connection broke, and nothing tells whether it is whole")


def refusal(request: Request, reply: Reply, now: datetime) -> StatusError:
    """The error that names an answer's refusing status, with what its body and headers say."""
    details = error_details(reply.body)
    said = next((d.message or d.code for d in details if d.message or d.code), None)
    if said is None and not _looks_like_markup(reply.body):
        said = shown(reply.text.strip(), TEXT_LIMIT) or None
    message = f"{request.operation}: {request.method} {request.path} -> {reply.status}"
    return for_status(reply.status)(
        printable(message, 300) + (f": {said}" if said else ""),
        request=request,
        status=reply.status,
        errors=details,
        attempts=reply.attempts,
        retry_after=retry_after(reply, now),
        body=shown(reply.text[:BODY_LIMIT], BODY_LIMIT),
    )


def error_details(raw: bytes) -> tuple[ErrorDetail, ...]:
    """Every entry of an error body, in any of the shapes that have been seen; () where it says nothing."""
    try:
        data = _exact_json.read(raw.removeprefix(BOM_UTF8).decode("utf-8", "replace"))
        return tuple(_details(data if isinstance(data, dict) else {"errors": data}))
    except (ValueError, RecursionError):
        return ()


def _details(data: Mapping[str, Any]) -> list[ErrorDetail]:
    """What stands in `errors`; if nothing does, what stands in `error`, or what the object says itself."""
    found = list(_said(data.get("errors")))
    nested = data.get("error")
    if not found and isinstance(nested, dict):
        own = _detail(nested)
        found = list(_said(nested.get("errors"))) or ([own] if own else [])
    if not found and isinstance(nested, list):
        found = list(_said(nested))
    if not found and (own := _detail(data)) is not None:
        found = [own]
    return found or list(_said(nested))


def _said(value: object) -> Iterator[ErrorDetail]:
    """The entries of an error body: objects, texts, numbers, texts by field, and lists of these."""
    if isinstance(value, list):
        for item in value:
            yield from _said(item)
    elif isinstance(value, dict):
        known = _detail(value, alone=False)
        yield from [known] if known else _by_field(value)
    elif (text := _text(value)) is not None:
        yield ErrorDetail(message=text)


def _detail(entry: Mapping[str, Any], *, alone: bool = True) -> ErrorDetail | None:
    """The entry that an object is, or None. One that stands `alone` has a code or a message.

    OAuth calls them `error` and `error_description`; `title` and `detail` are those of RFC 9457.
    """
    code, place = (_text(entry.get(key)) for key in ("code", "field"))
    error = _text(entry.get("error")) if isinstance(entry.get("error"), str) else None
    texts = (_text(entry.get(key), many=True) for key in ("message", "error_description", "detail", "title"))
    message = next((text for text in texts if text), None)
    if message is None:
        message = error
    elif code is None:
        code = error
    return ErrorDetail(code, message, place) if code or message or (place and not alone) else None


def _by_field(entry: Mapping[str, Any]) -> Iterator[ErrorDetail]:
    """The entries of an object of texts by field; of any other, one that holds it as JSON."""
    texts = {key: _text(value, many=True) if isinstance(value, str | list) else None for key, value in entry.items()}
    if all(texts.values()):
        for key, text in texts.items():
            yield ErrorDetail(message=text, field=shown(key, TEXT_LIMIT))
    else:
        yield ErrorDetail(message=shown(_exact_json.write(entry), TEXT_LIMIT))


def _text(value: object, *, many: bool = False) -> str | None:
    if many and isinstance(value, list):
        value = "; ".join(text for item in value if (text := _text(item)))
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        return None
    return shown(str(value), TEXT_LIMIT)


def _looks_like_markup(raw: bytes) -> bool:
    return raw.lstrip()[:1] == b"<"


def retry_after(reply: Reply, now: datetime) -> float | None:
    """Seconds that the answer asks to wait, always finite, or None where it does not say so in a way that makes sense.

    Whole or decimal seconds, or an HTTP date, which is read against the answer's own Date where there is one. Of
    several the longest counts; the past makes no sense. A number that nobody would wait for is a number all the same:
    it tells the caller not to ask again.
    """
    waits = [_wait(value.strip(), reply, now) for value in reply.all("Retry-After")]
    return max((seconds for seconds in waits if seconds is not None), default=None)


def _wait(value: str, reply: Reply, now: datetime) -> float | None:
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return min(float(value), sys.float_info.max)
    moment = _http_date(value) or _far_date(value)
    if moment is None:
        return None
    seconds = (moment - (_http_date(reply.header("Date") or "") or now)).total_seconds()
    return seconds if seconds > 0 else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _far_date(value: str) -> datetime | None:
    """The last moment that Python knows, for a date after it; the last one of JavaScript is in the year 275760."""
    try:
        fields = parsedate_tz(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return datetime.max.replace(tzinfo=UTC) if fields is not None and fields[0] > MAXYEAR else None
