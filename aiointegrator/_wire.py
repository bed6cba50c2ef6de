"""What integrator.io's HTTP means: paths, queries, bodies, links, error bodies, Retry-After. Pure functions."""

from __future__ import annotations

import ipaddress
import json
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from email.utils import parsedate_to_datetime, parsedate_tz
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urljoin, urlsplit

from . import _exact_json
from ._messages import Reply, Request
from ._setting_text import without_quotes
from ._text import has_controls, printable
from .errors import ArgumentError, ConfigurationError, ErrorDetail, StatusError, UnsafeLinkError, for_status

READ_ONLY_FIELDS = ("_id", "createdAt", "lastModified", "lastModifiedBy")
"""Fields that the server owns; `replace` leaves them out unless asked for."""

REGIONS = {"us": "https://api.integrator.io", "eu": "https://api.eu.integrator.io"}
"""The two regions: separate accounts, tokens and data (developer.celigo.com, seen 2026-11-20)."""

VENDOR_HOSTS = {
    "api.integrator.io": "us",
    "integrator.io": "us",
    "www.integrator.io": "us",
    "api.eu.integrator.io": "eu",
    "eu.integrator.io": "eu",
}
"""Hosts whose links mean the API, and their region; the browser application puts `/api` before the path."""

ACTING_READS = tuple(f"/v1/integrations/{{integrationId}}/{name}" for name in ("installSteps", "uninstallSteps"))
"""Paths where a GET begins something; no list goes on there (docs.celigo.com, seen 2026-11-20)."""

PREFIX = "/v1"
TEXT_LIMIT = 500
BODY_LIMIT = 4000
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_NOT_IN_URL = re.compile(r"[^\x21-\x7e]+")
_NOT_IN_HOST = re.compile(r"[\x00-\x20\x7f\"%/<>?@\\^`{|}]")
_URL = re.compile(r"https?:(?:\\?/){2}[^\s\"'<>]*", re.IGNORECASE)
_WHOLE = re.compile(r"0*[1-9][0-9]*")
_FIELD_LIST = re.compile(r"[A-Za-z0-9_.,]*")


# Where to send: the base URL and the token


@dataclass(frozen=True, slots=True)
class Base:
    """Where the API lives: `origin` is scheme, host and port, `prefix` what a gateway puts before `/v1`."""

    origin: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """The base URL with its `/v1`."""
        return f"{self.origin}{self.prefix}{PREFIX}"


def base_url(url: str, where: str = "base_url") -> Base:
    """Read a base URL, with or without `/v1` and trailing slash, and with a path prefix of a gateway.

    White space and byte order marks around it are removed; `where` is what a refusal calls it.

    Raises:
        ConfigurationError: no http(s) URL, credentials, query or fragment in it, or plain http to another machine.
    """
    text = without_quotes(url, where) if isinstance(url, str) else ""
    if not text or has_controls(text) or " " in text:
        raise ConfigurationError(f"{where} must be an address such as https://api.integrator.io, not {_named(url)}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{where} is no valid address; give one such as https://api.integrator.io") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"{where} must not hold credentials; give the token as CELIGO_API_TOKEN or token=")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ConfigurationError(f"{where} must not have a query or a fragment; leave out what follows ? or #")
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError(f"{where} must begin with https://, not {_named(text)}")
    if not is_host(host):
        raise ConfigurationError(f"{where} names no host that there can be: {_named(text)}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(f"{where} with plain http:// is allowed to this machine only; use https://")
    path = parts.path.rstrip("/").removesuffix(PREFIX).rstrip("/")
    if any(unquote(part) in (".", "..") for part in path.split("/")):
        raise ConfigurationError(f"{where} must not have . or .. in its path")
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return Base(f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else ""), path)


def _named(url: object) -> str:
    """An address as a message may show it: one with an @ may hold credentials."""
    return "what was given" if "@" in str(url) else printable(repr(url), 80)


def is_host(host: str) -> bool:
    """Whether a host name or address can be looked up at all."""
    if ":" in host:
        return True
    try:
        host.encode("idna")  # as the resolver does, which says so with a bare UnicodeError
    except UnicodeError:
        return False
    return not _NOT_IN_HOST.search(host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def token(text: object, where: str = "token") -> str:
    """Check a token, and return it without white space and byte order marks around it.

    Raises:
        ConfigurationError: empty, or with characters that no token has. The message never shows it.
    """
    if not isinstance(text, str):
        raise ConfigurationError(f"{where} must be text, a SecretStr, or a callable that returns one")
    found = without_quotes(text, where)
    if not found:
        raise ConfigurationError(f"{where} is empty; set CELIGO_API_TOKEN to an API token of the account")
    if not _TOKEN.fullmatch(found):
        raise ConfigurationError(
            f"{where} has characters that no API token has (spaces, quotes, line breaks?); copy it anew"
        )
    return found


# What to send: path, query, body, headers


def segment(name: str, value: str) -> str:
    """An id as a segment of a path, percent-encoded; `name` is what a refusal calls it.

    Raises:
        ArgumentError: an id that is no text, empty, blank, `.` or `..`, or has a slash or control characters.
    """
    return value if type(value) is str and value.isalnum() and value.isascii() else _segment(name, value)


def _segment(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ArgumentError(f"{name} must be text, not {type(value).__name__}")
    if not value.strip():
        raise ArgumentError(f"{name} is empty; give the _id of the resource")
    if value in (".", "..") or "/" in value or "\\" in value or has_controls(value):
        raise ArgumentError(f"{name} cannot be an id: {printable(value, 60)!r}")
    return quote(value, safe="")


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


def target(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split what a caller of `client.request` gave into a safe path and its query.

    Raises:
        ArgumentError: not a path under /v1/.
    """
    if not isinstance(path, str) or not path.startswith(PREFIX + "/") or has_controls(path):
        raise ArgumentError(f"the path must begin with {PREFIX}/, such as /v1/flows; got {printable(str(path), 80)!r}")
    bare, _, rest = path.partition("?")
    if "#" in path or "\\" in path or not _stays_inside(bare):
        raise ArgumentError(f"the path must not have . or .. or # in it; got {printable(path, 80)!r}")
    pairs = (pair.partition("=") for pair in rest.split("&") if pair)
    decoded = tuple((unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, _, value in pairs)
    return quote(bare, safe="/%:@!$&'()*+,;=~"), decoded


def matches(template: str, path: str) -> bool:
    """Whether a path is one that the template makes, however it is spelled.

    A server may take `//`, a slash at the end, another letter case or `%69` for the same, so they are the same here:
    a read with side effects must not be had by a detour. Whether `%2F` parts or belongs to an id, nobody knows, so
    either way will do.
    """
    once = unquote(path)
    return any(_fits(template, spelled) for spelled in (path, once, unquote(once)))


def _fits(template: str, path: str) -> bool:
    ours = template.casefold().split("/")
    parts = re.sub("/+", "/", path).rstrip("/").split("/")
    theirs = [unquote(unquote(part)).casefold() for part in parts]
    return len(ours) == len(theirs) and all(a == b or a.startswith("{") for a, b in zip(ours, theirs, strict=True))


def address(request: Request) -> str:
    """Path and query of a request, encoded."""
    if not request.query:
        return request.path
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe=',:')}" for name, value in request.query)
    return f"{request.path}{'&' if '?' in request.path else '?'}{pairs}"


def url(base: Base, request: Request) -> str:
    """The whole URL of a request; everything in it is already encoded."""
    return f"{base.origin}{base.prefix}{address(request)}"


def page_address(link: str) -> str:
    """Check what a caller gives as the address of a page, which an error's `resume_from` held.

    Raises:
        ArgumentError: not a path under /v1/.
    """
    if not isinstance(link, str) or not link.startswith(PREFIX + "/") or has_controls(link):
        raise ArgumentError(f"a page's address begins with {PREFIX}/, as in an error's resume_from")
    path = link.partition("?")[0]
    if not _stays_inside(path):
        raise ArgumentError("a page's address must not have . or .. in its path")
    if "#" in link or "\\" in link:
        raise ArgumentError("a page's address must not have # or a backslash in it")
    if _acts(path):
        raise ArgumentError("a page's address must not be one where a GET begins something")
    return _NOT_IN_URL.sub(_percent, link)


# What came back: refusals


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


def shown(text: str, limit: int) -> str:
    """Text of the server as a message may show it: `printable`, and addresses without their query.

    What makes a signed address a credential stands in its query.
    """
    return printable(without_queries(text), limit)


def without_queries(text: str) -> str:
    """The text with the query of every address in it left out."""
    if "?" not in text:
        return text
    return _URL.sub(_without_query, text)  # each address is read once: a pattern up to the `?` would try them all again


def _without_query(found: re.Match[str]) -> str:
    path, mark, _ = found[0].partition("?")
    return f"{path}?…" if mark else path


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


# What came back: the next page


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a Link header: where to, its relation types in lower case, and what it is a link of.

    Without an `anchor` it is a link of the page that was asked for.
    """

    target: str
    rels: tuple[str, ...]
    anchor: str | None = None


def links(values: Iterable[str]) -> list[Link]:
    """The entries of Link headers (RFC 8288): any order and case of parameters, quoted or not, several to a line.

    An entry that cannot be read is passed over, and its neighbours are not. Where what cannot be read names `next`, it
    is a `next` without a target: a list must not end because its header is broken.
    """
    return [link for value in values for link in _entries(value)]


_LINK_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
_LINK_PARAMETER = re.compile(
    r"\s*;\s*([^=;,\"<>]*)(?:=\s*(\"(?:[^\"\\]|\\.)*\"|\"[^\",;<>]*$|[^\s;,\"<>]*))?", re.DOTALL
)
_NEXT = re.compile(r"(?<![\w-])next(?![\w-])", re.IGNORECASE)


def _entries(value: str) -> Iterator[Link]:
    place, junk = 0, ""
    while place < len(value):
        found = _LINK_TARGET.match(value, place)
        if found:
            parameters, place = _parameters_of_link(value, found.end())
            rels = tuple(parameters.get("rel", "").lower().split())
            yield Link(found[1].strip(), rels, parameters.get("anchor"))
        else:
            following = value.find("<", place + 1)
            end = following if following > 0 else len(value)
            junk += value[place:end]
            place = end
    if _NEXT.search(junk):
        yield Link("", ("next",))


def _parameters_of_link(value: str, place: int) -> tuple[dict[str, str], int]:
    """The parameters that begin at `place`, by name in lower case, and where they end; the first of a name counts."""
    found: dict[str, str] = {}
    while parameter := _LINK_PARAMETER.match(value, place):
        place = parameter.end()
        found.setdefault(parameter[1].strip().lower(), _unquoted(parameter[2] or ""))
    return found, place


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text.strip("'")
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))


def next_page(base: Base, request: Request, reply: Reply) -> str | None:
    """Path and query of the next page under our own base, exactly as the server gave them, or None on the last page.

    Raises:
        UnsafeLinkError: the link leads to a host that is neither ours nor the vendor's, or out of the API.
    """
    if not reply.all("Link"):
        return None
    found = _next(base, request, reply)
    if isinstance(found, UnsafeLinkError):
        raise found  # here, where no local variable holds the link
    return found


def _next(base: Base, request: Request, reply: Reply) -> str | UnsafeLinkError | None:
    following = (link for link in links(reply.all("Link")) if "next" in link.rels)
    targets = [link.target for link in following if _is_of_this_page(base, request, link.anchor)]
    if not targets:
        return None
    try:
        return rebased(base, request.path, targets[0])
    except _RefusedError as refused:
        why = str(refused)
    return UnsafeLinkError(
        f"{request.operation}: the next link {_without_secrets(targets[0])!r} {why}; it was not followed",
        request=request,
        attempts=reply.attempts,
    )


def _is_of_this_page(base: Base, request: Request, anchor: str | None) -> bool:
    """Whether a link with this anchor is one of the page that was asked for, and not of another resource (RFC 8288).

    An anchor without a query names the list as a whole, and so every page of it.
    """
    if not anchor:
        return True
    here = address(request)
    try:
        there = rebased(base, here, anchor)
    except _RefusedError:
        return False
    (path, _, query_), (own_path, _, own_query) = there.partition("?"), here.partition("?")
    same = unquote(path).rstrip("/") == unquote(own_path).rstrip("/")
    return same and (not query_ or sorted(parse_qsl(query_, True)) == sorted(parse_qsl(own_query, True)))


class _RefusedError(ValueError):
    """Why a link is not followed."""


def rebased(base: Base, here: str, link: str) -> str:
    """A link on the page at the path `here`, as path and query under our own base.

    Raises:
        ValueError: it leads to a host that is neither ours nor the vendor's, or out of the API; the text says which.
    """
    if not link or has_controls(link) or "\\" in link:
        raise _RefusedError("cannot be read")
    try:
        given = urlsplit(link)
        plain = link.startswith((f"{PREFIX}/", f"/api{PREFIX}/"))
        parts = urlsplit(link if plain else urljoin(f"{base.origin}{base.prefix}{here}", link))
        path = _own_path(base, parts) if parts.scheme or parts.netloc else parts.path
    except _RefusedError:
        raise
    except ValueError:
        raise _RefusedError("cannot be read") from None
    if (given.scheme and not given.netloc) or (given.path.startswith("/") and not _stays_inside(given.path)):
        raise _RefusedError("leaves the API")
    path = path.removeprefix("/api") if path.startswith(f"/api{PREFIX}/") else path
    if not path.startswith(f"{PREFIX}/") or not _stays_inside(path):
        raise _RefusedError("leaves the API")
    if _acts(path):
        raise _RefusedError("would begin something")
    return _NOT_IN_URL.sub(_percent, path + (f"?{parts.query}" if parts.query else ""))


def _acts(path: str) -> bool:
    """Whether a GET of this path begins something."""
    if "%" not in path and "installsteps" not in path.casefold():
        return False  # nearly every page: no need to look at it closely
    return any(matches(template, path) for template in ACTING_READS)


def _own_path(base: Base, parts: SplitResult) -> str:
    """The path of an absolute link on our own origin or on one of the vendor's, without our prefix."""
    host, port = parts.hostname or "", parts.port
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = None if port == default else port
    if parts.username is not None or parts.password is not None:
        raise _RefusedError("holds credentials")
    shown = f"[{host}]" if ":" in host else host
    if f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "") == base.origin:
        if not parts.path.startswith(f"{base.prefix}/"):
            raise _RefusedError("leaves the API")
        return parts.path[len(base.prefix) :]
    if host not in VENDOR_HOSTS or port is not None or default is None:
        raise _RefusedError("leads to a foreign host")
    if VENDOR_HOSTS.get(urlsplit(base.origin).hostname or "", VENDOR_HOSTS[host]) != VENDOR_HOSTS[host]:
        raise _RefusedError("leads to another region, which has other accounts and data")
    return parts.path


def _without_secrets(link: str) -> str:
    """A link as a message may show it: no query, no credentials."""
    return printable(re.sub(r"//[^/]*@", "//", link.partition("?")[0]), 120)


def in_url(text: str) -> str:
    """An address as a request line can hold it: spaces and what is no ASCII are encoded, and nothing else.

    Raises:
        ValueError: control characters or half characters in it.
    """
    if has_controls(text):
        raise ValueError("no address has control characters")
    return _NOT_IN_URL.sub(_percent, text)


def _percent(found: re.Match[str]) -> str:
    return quote(found[0], safe="")


def _stays_inside(path: str) -> bool:
    decoded = unquote(unquote(path))
    return not any(part in (".", "..") for part in re.split(r"[/\\]", decoded))
