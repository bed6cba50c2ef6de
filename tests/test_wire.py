"""What the HTTP of integrator.io means: every pure function on its own."""

from __future__ import annotations

import contextlib
import json
import math
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from aiointegrator import _wire
from aiointegrator._messages import Reply, Request
from aiointegrator._text import TEXT_LIMIT, is_safe
from aiointegrator._wire import Base, Link
from aiointegrator.endpoints._operations import OPERATIONS
from aiointegrator.errors import (
    ArgumentError,
    ConfigurationError,
    ErrorDetail,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnsafeLinkError,
)
from aiointegrator.models._base import Record

relaxed = hypothesis_settings(deadline=None, max_examples=300)
NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
US = Base("https://api.integrator.io")
GATEWAY = Base("https://gw.example.com:8443", "/celigo")
HERE = Request("flows.list", "GET", "/v1/flows", (("limit", "5"),))


def reply(status: int = 200, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), body, 2)


# The base URL


@pytest.mark.parametrize(
    ("url", "origin", "prefix"),
    [
        ("https://api.integrator.io", "https://api.integrator.io", ""),
        ("https://api.integrator.io/", "https://api.integrator.io", ""),
        ("https://api.integrator.io/v1", "https://api.integrator.io", ""),
        ("https://api.integrator.io/v1/", "https://api.integrator.io", ""),
        (" https://API.Integrator.IO:443/v1 ", "https://api.integrator.io", ""),
        ("https://gw.example.com:8443/celigo/v1/", "https://gw.example.com:8443", "/celigo"),
        ("https://gw.example.com/a/b", "https://gw.example.com", "/a/b"),
        ("https://gw.example.com/v10", "https://gw.example.com", "/v10"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", ""),
        ("http://localhost:80/v1", "http://localhost", ""),
        ("http://[::1]:8080/v1", "http://[::1]:8080", ""),
        ("https://[2001:db8::1]", "https://[2001:db8::1]", ""),
    ],
)
def test_a_base_url_ends_in_exactly_one_v1(url: str, origin: str, prefix: str) -> None:
    """With or without /v1, slash, default port or gateway prefix, there is exactly one /v1 in the end."""
    base = _wire.base_url(url)
    assert base == Base(origin, prefix)
    assert base.url == f"{origin}{prefix}/v1"


@pytest.mark.parametrize("region", _wire.REGIONS)
def test_regions_are_base_urls(region: str) -> None:
    """Both regions are addresses that we take, of hosts whose links we know."""
    base = _wire.base_url(_wire.REGIONS[region])
    assert urlsplit(base.origin).hostname in _wire.VENDOR_HOSTS


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        None,
        5,
        "api.integrator.io",
        "ftp://api.integrator.io",
        "https://",
        "https:///v1",
        "http://api.integrator.io",
        "http://10.0.0.1",
        "http://localhost.evil.example",
        "https://user@api.integrator.io",
        "https://:sekret@api.integrator.io",
        "https://api.integrator.io/v1?x=sekret",
        "https://api.integrator.io/v1?",
        "https://api.integrator.io#",
        "https://api.integrator.io:99999",
        "https://api.integrator.io:sekret",
        "https://[::1",
        "https://api.integrator.io/a b",
        "https://api.integrator.io/\n/v1",
        "https://gw.example.com/../v1",
        "https://gw.example.com/a/%2e%2E/v1",
        "https://gw.example.com/./v1",
    ],
)
def test_a_base_url_that_cannot_work(url: Any) -> None:
    """An address that is none, or would send the token in clear, is refused before anything is sent."""
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        _wire.base_url(url)
    assert "sekret" not in str(caught.value)


@relaxed
@given(st.text() | st.text(alphabet="htps:/[]@.?#%v1a\\ 0").map("https://".__add__))
def test_any_base_url_is_read_or_refused(url: str) -> None:
    """Any text is either an address with an origin, or a ConfigurationError."""
    try:
        base = _wire.base_url(url)
    except ConfigurationError:
        return
    assert re.match(r"https?://[^/]+$", base.origin)
    assert base.prefix == "" or base.prefix.startswith("/")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("localhost.example", False),
        ("api.integrator.io", False),
        ("", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    """Only this machine's own names and addresses are loopback."""
    assert _wire.is_loopback(host) is loopback


# The token


@pytest.mark.parametrize("text", ["a", "abc.DEF-123_~+/==", "abc\n", "abc\r\n\r\n"])
def test_a_good_token(text: str) -> None:
    """A token is taken as it is, but for the line ends that files have."""
    assert _wire.token(text) == text.rstrip("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "  ",
        "sek ret",
        '"sekret"',
        "sekret\nX-Evil: 1",
        "sekret\n\nx",
        "Bearer sekret",
        "sekrët",
        "sekret\x00",
    ],
)
def test_a_bad_token_is_refused_unseen(text: str) -> None:
    """A text that is no token is refused, named by where it came from, and not shown."""
    with pytest.raises(ConfigurationError, match="^MY_TOKEN ") as caught:
        _wire.token(text, "MY_TOKEN")
    assert "sek" not in str(caught.value)


@pytest.mark.parametrize("value", [None, 1, b"abc", ["abc"]])
def test_a_token_is_text(value: object) -> None:
    """Anything but text is no token."""
    with pytest.raises(ConfigurationError, match="token must be text"):
        _wire.token(value)


# Paths


@relaxed
@given(st.text(min_size=1))
@example("none")
@example("{b}")
@example("%2F..%2f")
@example("a?b#c&d=e")
@example("🙂 ü")
def test_an_id_comes_back_by_unquoting(value: str) -> None:
    """An id is either refused or stands in the path, alone in its segment, so that unquoting gives it back."""
    try:
        path = f"/v1/a/{_wire.segment('a', value)}/b/{_wire.segment('b', 'x')}"
    except ArgumentError:
        assert not value.strip() or value in (".", "..") or re.search(r"[/\\]|\W", value)
        return
    segments = path.split("/")
    assert len(segments) == 6
    assert unquote(segments[3]) == value
    assert segments[5] == "x"
    assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", path)


@pytest.mark.parametrize("value", ["5f1", "none", "a b", "ä", "...", "..a", "%2e%2e", "{b}", "a.b", "?x=1", "#"])
def test_odd_ids_are_ids(value: str) -> None:
    """Ids are opaque: the server decides which exist."""
    assert unquote(_wire.segment("a", value)) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "\t",
        "\u3000",
        ".",
        "..",
        "a/b",
        "/",
        "a\\b",
        "a\nb",
        "a\x00",
        "\x7f",
        "\ud800",
        "\u202ex",
        None,
        5,
        b"a",
    ],
)
def test_ids_that_are_none(value: Any) -> None:
    """What would lead elsewhere than to one resource is refused, and the message names the argument."""
    with pytest.raises(ArgumentError, match="^flow_id "):
        _wire.segment("flow_id", value)


@pytest.mark.parametrize(
    ("path", "bare", "query"),
    [
        ("/v1/flows", "/v1/flows", ()),
        ("/v1/flows?a=b&c=d%20e&f=g+h", "/v1/flows", (("a", "b"), ("c", "d e"), ("f", "g h"))),
        ("/v1/flows?a&=b&&c=", "/v1/flows", (("a", ""), ("", "b"), ("c", ""))),
        ("/v1/flows?a=b=c", "/v1/flows", (("a", "b=c"),)),
        ("/v1/flows/%C3%A4", "/v1/flows/%C3%A4", ()),
        ("/v1/flows/ä b", "/v1/flows/%C3%A4%20b", ()),
        ("/v1/flows?q=/../x", "/v1/flows", (("q", "/../x"),)),
    ],
)
def test_targets(path: str, bare: str, query: tuple[tuple[str, str], ...]) -> None:
    """A path that a caller gives is split into an encoded path and a decoded query."""
    assert _wire.target(path) == (bare, query)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "flows",
        "/flows",
        "/v1",
        "/v2/flows",
        "https://evil.example/v1/x",
        "//evil.example/v1/x",
        "/v1/../x",
        "/v1/%2e%2e/x",
        "/v1/%252e%252e/x",
        "/v1/.",
        "/v1/a#b",
        "/v1/a\\b",
        "/v1/a\r\nX: 1",
        None,
        5,
    ],
)
def test_targets_outside_are_refused(path: Any) -> None:
    """A path that is not under /v1/, or leads out of it, is refused."""
    with pytest.raises(ArgumentError, match="path"):
        _wire.target(path)


@pytest.mark.parametrize("link", ["/v1/flows?after=a%2Fb&limit=5", "/v1/flows", "/v1/x?y=/../z"])
def test_a_page_address_is_kept(link: str) -> None:
    """An address to resume from is taken exactly as it is."""
    assert _wire.page_address(link) == link


def test_a_page_address_fits_into_a_request_line() -> None:
    """What an address cannot hold is encoded, as in a next link; a space would end it."""
    assert _wire.page_address("/v1/flows?a=b c&d=é") == "/v1/flows?a=b%20c&d=%C3%A9"


@pytest.mark.parametrize(
    "link",
    [
        "",
        None,
        "flows",
        "https://evil.example/v1/x",
        "/v2/x",
        "/v1/../x",
        "/v1/%2e%2e/x?y",
        "/v1/a\nb",
        "/v1/a#b",
        "/v1/a\\b",
    ],
)
def test_a_page_address_outside_is_refused(link: Any) -> None:
    """An address to resume from that leads out of the API is refused."""
    with pytest.raises(ArgumentError, match="page's address"):
        _wire.page_address(link)


@pytest.mark.parametrize(
    ("template", "path", "fits"),
    [
        ("/v1/flows", "/v1/flows", True),
        ("/v1/flows/{id}", "/v1/flows/5", True),
        ("/v1/flows/{id}", "/v1/flows", False),
        ("/v1/flows/{id}", "/v1/flows/5/x", False),
        ("/v1/flows/{id}/x", "/v1/flows/5/x", True),
        ("/v1/flows/{id}/x", "/v1/flows/5/y", False),
        ("/v1/flows/{id}/x", "/v1//flows/5/X/", True),
        ("/v1/flows/{id}/x", "/v1/flows/5/%78", True),
        ("/v1/flows/{id}/x", "/v1/flows/5/%2578", True),
        ("/v1/flows/{id}/x", "/v1/flows/0%2F0/x", True),
        ("/v1/flows/{id}/x", "/v1/flows/0%252F0/x", True),
        ("/v1/flows/{id}/x", "/v1/flows/5%2Fx", True),
        ("/v1/flows/{id}/x", "/v1/flows/5%252Fx", True),
        ("/v1/flows/{id}/x", "/v1/flows/0/0/x", False),
    ],
)
def test_templates_match_their_paths(template: str, path: str, fits: bool) -> None:
    """A path belongs to the template that makes it."""
    assert _wire.matches(template, path) is fits


# Queries


@pytest.mark.parametrize(
    ("values", "pairs"),
    [
        (None, ()),
        ({}, ()),
        ({"a": None}, ()),
        ({"a": "x", "b": None, "c": 5}, (("a", "x"), ("c", "5"))),
        ({"a": True, "b": False}, (("a", "true"), ("b", "false"))),
        ({"include": ["name", "settings.a"]}, (("include", "name,settings.a"),)),
        ({"include": ("name",), "exclude": None}, (("include", "name"),)),
        ({"include": "name,_id"}, (("include", "name,_id"),)),
        ({"exclude": [], "include": "a"}, (("exclude", ""), ("include", "a"))),
        ({"limit": 1}, (("limit", "1"),)),
        ({"limit": "50"}, (("limit", "50"),)),
        ({"x": 1.5}, (("x", "1.5"),)),
        ({"x": [1, True, "b"]}, (("x", "1,true,b"),)),
        ({"from": NOW}, (("from", "2026-11-20T10:00:00.000Z"),)),
        (
            {"to": datetime(2026, 1, 1, 1, 2, 3, 456789, timezone(timedelta(hours=2)))},
            (("to", "2025-12-31T23:02:03.456Z"),),
        ),
        ({"q": "a&b=ü/"}, (("q", "a&b=ü/"),)),
    ],
)
def test_query_values(values: Any, pairs: object) -> None:
    """None is left out, booleans are lower case, lists are joined, and times are UTC with milliseconds."""
    assert _wire.query(values) == pairs


@pytest.mark.parametrize(
    "values",
    [
        {"include": "a", "exclude": "b"},
        {"include": ["a"], "exclude": ["b"]},
        {"include": "a b"},
        {"include": ["a", "b[]"]},
        {"exclude": "ü"},
        {"exclude": True, "include": "a"},
        {"limit": 0},
        {"limit": -1},
        {"limit": 1.5},
        {"limit": True},
        {"limit": "ten"},
        {"limit": "²"},
        {"limit": ""},
        {"from": datetime(2026, 1, 1)},
        {"x": {"a": 1}},
        {"x": b"bytes"},
        {"x": {1, 2}},
        pytest.param({"x": object()}, id="an object"),  # whose own text names its address
        {"x": [None]},
        {"x": "a\nb"},
        {"a\nb": "x"},
        {"": "x"},
        {5: "x"},
    ],
    ids=str,
)
def test_query_values_that_cannot_be(values: Any) -> None:
    """What the server would refuse or misread is refused before it is sent."""
    with pytest.raises(ArgumentError):
        _wire.query(values)


_plain_text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]))


@relaxed
@given(st.dictionaries(_plain_text.filter(bool), _plain_text))
def test_a_query_comes_back_by_decoding(values: dict[str, str]) -> None:
    """Whatever is in a query, decoding the address gives it back, and the address is printable ASCII."""
    assume(not {"include", "exclude", "limit"} & values.keys())
    whole = _wire.address(Request("x", "GET", "/v1/x", _wire.query(values)))
    assert re.fullmatch(r"[\x21-\x7e]+", whole)
    assert "#" not in whole
    assert parse_qsl(urlsplit(whole).query, keep_blank_values=True) == list(values.items())


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("x", "GET", "/v1/x"), "/v1/x"),
        (Request("x", "GET", "/v1/x", (("a", "b,c:d"), ("e", "&"))), "/v1/x?a=b,c:d&e=%26"),
        (Request("x", "GET", "/v1/x?after=1", (("a", "b"),)), "/v1/x?after=1&a=b"),
    ],
)
def test_addresses(request_: Request, expected: str) -> None:
    """Path and query make the address, also where the path is a page's own address."""
    assert _wire.address(request_) == expected
    assert _wire.url(GATEWAY, request_) == f"https://gw.example.com:8443/celigo{expected}"


# Bodies


class Thing(Record):
    name: str | None = None


THING = Thing(name="x", _id="5", createdAt="then")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({}, b"{}"),
        ([], b"[]"),
        ((), b"[]"),
        ({"a": [1, 2.0, None, True]}, b'{"a":[1,2.0,null,true]}'),
        ({"a": "ü\u2028"}, '{"a":"ü\u2028"}'.encode()),
        ({"a": "\ud800"}, b'{"a":"\\ud800"}'),
        ({"a": 12345678901234567890}, b'{"a":12345678901234567890}'),
        (OrderedDict(b=1, a=2), b'{"b":1,"a":2}'),
        ({"a": ({"b": OrderedDict(c=1)},)}, b'{"a":[{"b":{"c":1}}]}'),
        ({5: 1}, b'{"5":1}'),
        (Thing(name="x"), b'{"name":"x"}'),
        (Thing(), b"{}"),
        ([Thing(name="x")], b'[{"name":"x"}]'),
        ({"a": {"b": [Thing(name="x")]}}, b'{"a":{"b":[{"name":"x"}]}}'),
        (THING, b'{"name":"x","_id":"5","createdAt":"then"}'),
    ],
)
def test_bodies(value: object, expected: bytes | None) -> None:
    """A body is compact JSON of a model, mapping or sequence, models inside included; None is no body."""
    assert _wire.body(value) == expected


@pytest.mark.parametrize("value", [THING, THING.to_wire()])
def test_read_only_fields_are_left_out_at_the_top(value: object) -> None:
    """The named keys are left out at the top, and only there."""
    assert _wire.body(value, leave_out=_wire.READ_ONLY_FIELDS) == b'{"name":"x"}'
    inside = _wire.body({"group": {"_id": "g"}, "_id": "5"}, leave_out=_wire.READ_ONLY_FIELDS)
    assert inside == b'{"group":{"_id":"g"}}'
    assert _wire.body([{"_id": "5"}], leave_out=_wire.READ_ONLY_FIELDS) == b'[{"_id":"5"}]'


def _circle() -> dict[str, Any]:
    circle: dict[str, Any] = {}
    circle["self"] = [circle]
    return circle


@pytest.mark.parametrize(
    "value",
    [
        "text",
        b"bytes",
        5,
        True,
        object(),
        {"a": math.nan},
        {"a": [math.inf]},
        {"a": NOW},
        {"a": b"x"},
        {"a": {1, 2}},
        {"a": object()},
        _circle(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_bodies_that_json_cannot_say(value: object) -> None:
    """What JSON cannot say is refused before it is sent."""
    with pytest.raises(ArgumentError):
        _wire.body(value)


def test_a_list_that_must_not_be_empty() -> None:
    """Where an empty list would do harm it is refused."""
    with pytest.raises(ArgumentError, match="empty list"):
        _wire.body([], least=1)
    assert _wire.body(["a"], least=1) == b'["a"]'


# Headers


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (None, ()),
        ({}, ()),
        ({"X-One": "1", "x-two": "a\tb é"}, (("X-One", "1"), ("x-two", "a\tb é"))),
    ],
)
def test_header_fields(values: Any, fields: object) -> None:
    """Further headers go out as they are given."""
    assert _wire.header_fields(values) == fields


@pytest.mark.parametrize(
    "values",
    [
        {"X-One": "a\r\nX-Evil: 1"},
        {"X-One": "a\nb"},
        {"X-One": "\x00"},
        {"X-One": "✓"},
        {"X-One": 5},
        {"X-One": None},
        {"X One": "a"},
        {"X-One:": "a"},
        {"": "a"},
        {"X\r\nY": "a"},
        {5: "a"},
        {"Authorization": "Bearer sekret"},
        {"AUTHORIZATION": "sekret"},
        {"Host": "evil.example"},
        {"content-length": "5"},
        {"Transfer-Encoding": "chunked"},
        {"Cookie": "a=b"},
    ],
    ids=str,
)
def test_header_fields_that_cannot_be(values: Any) -> None:
    """Line breaks, and headers that are the client's own business, are refused without showing the value."""
    with pytest.raises(ArgumentError, match="header") as caught:
        _wire.header_fields(values)
    assert "sekret" not in str(caught.value)


# What came whole


@pytest.mark.parametrize(
    "cut",
    [
        reply(200, b'{"a": 1', Content_Type="application/json"),
        reply(200, b'{"a": 1', Content_Type="application/problem+json; charset=utf-8"),
        reply(200, b'{"a": 1', Content_Type="application/json", Transfer_Encoding="identity"),
        reply(200, b'{"a": 1', Content_Type="application/json", Content_Length="7", Content_Encoding="gzip"),
        reply(200, b'{"a": 1', Content_Type="application/json", Transfer_Encoding="chunked", Content_Encoding="br"),
        reply(200, b"", Content_Type="application/json"),
    ],
)
def test_what_may_have_been_cut_must_be_json(cut: Reply) -> None:
    """Where neither a length nor chunks tell the end, JSON tells it by being whole."""
    with pytest.raises(ValueError):
        _wire.check_whole(HERE, cut)


@pytest.mark.parametrize(
    ("method", "whole"),
    [
        ("GET", reply(200, b'{"a": 1}', Content_Type="application/json")),
        ("GET", reply(200, b'{"a": 1', Content_Type="application/json", Content_Length="7")),
        ("GET", reply(200, b'{"a": 1', Content_Type="application/json", Transfer_Encoding="gzip, Chunked")),
        ("GET", reply(200, b"a,b", Content_Type="text/csv")),
        ("GET", reply(200, b"a,b")),
        ("HEAD", reply(200, b"", Content_Type="application/json")),
        ("GET", reply(204, b"", Content_Type="application/json")),
        ("GET", reply(205, b"", Content_Type="application/json")),
    ],
)
def test_what_came_whole_passes(method: str, whole: Reply) -> None:
    """What was counted, what is no JSON, and what has no body by its status or method."""
    _wire.check_whole(Request("x", method, "/v1/x"), whole)


@pytest.mark.parametrize(
    ("whole", "fine"),
    [
        (reply(200, b"a,b", Content_Type="text/csv"), False),
        (reply(200, b""), False),
        (reply(200, b"a,b", Content_Encoding="gzip"), False),
        (reply(200, b"a,b", Content_Length="3"), True),
        (reply(200, b"a,b", Transfer_Encoding="chunked"), True),
        (reply(200, b"[1]", Content_Type="application/json"), True),
        (reply(204, b""), True),
    ],
)
def test_a_broken_connection_is_no_end(whole: Reply, fine: bool) -> None:
    """Of a body whose end nothing else tells."""
    with contextlib.nullcontext() if fine else pytest.raises(ValueError, match="broke"):
        _wire.check_whole(HERE, whole, broke=True)


def test_what_is_given() -> None:
    """Values that are not None; None where there is none, so that nothing is sent."""
    assert _wire.given({"a": 0, "b": None, "c": ""}) == {"a": 0, "c": ""}
    assert _wire.given({"a": None}) is None
    assert _wire.given({}) is None


# What is said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: _wire.base_url("nonsense here"),
            "base_url must be an address such as https://api.integrator.io, not 'nonsense here'",
        ),
        (
            lambda: _wire.base_url("https://me:pw@a b"),
            "base_url must be an address such as https://api.integrator.io, not what was given",
        ),
        (
            lambda: _wire.base_url("https://[::1"),
            "base_url is no valid address; give one such as https://api.integrator.io",
        ),
        (
            lambda: _wire.base_url("https://me@api.integrator.io"),
            "base_url must not hold credentials; give the token as CELIGO_API_TOKEN or token=",
        ),
        (
            lambda: _wire.base_url("https://api.integrator.io?"),
            "base_url must not have a query or a fragment; leave out what follows ? or #",
        ),
        (lambda: _wire.base_url("ftp://x"), "base_url must begin with https://, not 'ftp://x'"),
        (lambda: _wire.base_url("ftp://" + "x" * 99), f"base_url must begin with https://, not 'ftp://{'x' * 72}…"),
        (
            lambda: _wire.base_url("http://example.com"),
            "base_url with plain http:// is allowed to this machine only; use https://",
        ),
        (lambda: _wire.base_url("https://a/%2e%2e"), "base_url must not have . or .. in its path"),
        (lambda: _wire.segment("id", 5), "id must be text, not int"),
        (lambda: _wire.segment("id", "/" * 61), f"id cannot be an id: {'/' * 59 + '…'!r}"),
        (lambda: _wire.body(_circle()), "the body is nested too deeply, or holds itself"),
        (lambda: _wire.body([], least=1), "an empty list was given; name at least one"),
        (
            lambda: _wire.body({"a": math.nan}),
            "the body cannot be sent as JSON: Out of range float values are not JSON compliant",
        ),
        (
            lambda: _wire.body({"\ud800": math.nan}),
            "the body cannot be sent as JSON: Out of range float values are not JSON compliant",
        ),
        (
            lambda: _wire.body({"a": type("T" * 200, (), {})()}),
            f"the body cannot be sent as JSON: Object of type {'T' * 104}…",
        ),
        (lambda: _wire.body(5), "a body is a model, a mapping or a sequence, not int"),
        (lambda: _wire.target("/v2/x"), "the path must begin with /v1/, such as /v1/flows; got '/v2/x'"),
        (
            lambda: _wire.target("/" * 81),
            f"the path must begin with /v1/, such as /v1/flows; got {'/' * 79 + '…'!r}",
        ),
        (
            lambda: _wire.target("/v1/#" + "/" * 76),
            f"the path must not have . or .. or # in it; got {'/v1/#' + '/' * 74 + '…'!r}",
        ),
        (lambda: _wire.page_address("/v1/../x"), "a page's address must not have . or .. in its path"),
    ],
)
def test_what_a_refused_input_says(call: Callable[[], object], said: str) -> None:
    """What was wrong and what to do, bounded, and never a secret."""
    with pytest.raises((ArgumentError, ConfigurationError)) as caught:
        call()
    assert str(caught.value).split(": 0.")[0].split(": nan")[0] == said


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://[::1/v1/flows", "'https://[::1/v1/flows' cannot be read"),
        ("\\\\evil.example", "'\\\\\\\\evil.example' cannot be read"),
        ("javascript:alert(1)", "'javascript:alert(1)' leads to a foreign host"),
        ("https:///v1/flows", "'https:///v1/flows' leaves the API"),
        ("/v2/flows?a=b?c", "'/v2/flows' leaves the API"),
        ("https://gw.example.com:8443/v1/flows", "'https://gw.example.com:8443/v1/flows' leaves the API"),
        ("https://me:pw@api.integrator.io/v1/x", "'https://api.integrator.io/v1/x' holds credentials"),
        ("https://me@api.integrator.io/v1/x", "'https://api.integrator.io/v1/x' holds credentials"),
        ("https://evil.example/?q=1?", "'https://evil.example/' leads to a foreign host"),
        ("https://evil.example/" + "x" * 120, f"'https://evil.example/{'x' * 98}…' leads to a foreign host"),
    ],
)
def test_what_a_refused_link_says(link: str, said: str) -> None:
    """Which link it was, without its query and credentials, and why it was not followed."""
    with pytest.raises(UnsafeLinkError) as caught:
        _wire.next_page(GATEWAY, HERE, reply(Link=f"<{link}>; rel=next"))
    assert str(caught.value) == f"flows.list: the next link {said}; it was not followed"


# Refusals


def test_a_refusal_says_all_it_knows() -> None:
    """The error names operation, method, path, status, code, message, tries, waiting time and body."""
    body = b'{"errors":[{"code":"rate_limited","message":"Slow down"}]}'
    error = _wire.refusal(HERE, reply(429, body, Retry_After="7"), NOW)
    assert isinstance(error, RateLimitedError)
    assert str(error) == "flows.list: GET /v1/flows -> 429: Slow down"
    assert (error.operation, error.method, error.path, error.status) == ("flows.list", "GET", "/v1/flows", 429)
    assert (error.code, error.retry_after, error.attempts, error.body) == ("rate_limited", 7.0, 2, body.decode())


def test_a_refusal_reads_a_date_by_our_clock() -> None:
    """Where the answer has no Date of its own, a Retry-After date is read against ours."""
    error = _wire.refusal(HERE, reply(429, Retry_After="Fri, 20 Nov 2026 10:00:01 GMT"), NOW)
    assert error.retry_after == 1.0
    just_before = NOW.replace(microsecond=500_000)
    assert _wire.retry_after(reply(Retry_After="Fri, 20 Nov 2026 10:00:01 GMT"), just_before) == 0.5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", ""),
        (b"  ", ""),
        (b"Bad Gateway\n", ": Bad Gateway"),
        (b" <html><b>502</b></html>", ""),
        (b'{"errors":[{"code":"only_code"}]}', ": only_code"),
        (b'{"errors":[]}', ': {"errors":[]}'),
        (b"\x1b[31mred\x1b[0m", ": \ufffd[31mred\ufffd[0m"),
    ],
)
def test_a_refusal_in_words(body: bytes, said: str) -> None:
    """The message holds what the server said, without markup and control characters."""
    error = _wire.refusal(HERE, reply(502, body), NOW)
    assert isinstance(error, ServerError)
    assert str(error) == f"flows.list: GET /v1/flows -> 502{said}"


def test_a_refusal_is_bounded() -> None:
    """However long an error body is, the error is not."""
    error = _wire.refusal(HERE, reply(404, b"x" * 10**6), NOW)
    assert isinstance(error, NotFoundError)
    assert len(str(error)) < 1000
    assert len(error.body) == 4000


@pytest.mark.parametrize("said", ["https://", "https:\\/\\/", "https://?", "?https://a"])
def test_a_hostile_refusal_is_quick(said: str) -> None:
    """Addresses without an end must not hold up the event loop."""
    begun = time.perf_counter()
    _wire.refusal(HERE, reply(500, said.encode() * (200_000 // len(said))), NOW)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (
            '{"errors":[{"code":"a","message":"b","field":"c"},{"code":"d"}]}',
            (ErrorDetail("a", "b", "c"), ErrorDetail("d")),
        ),
        ('{"errors":[{"message":"m"}],"steps":[]}', (ErrorDetail(message="m"),)),
        (
            '{"errors":["plain", "", "  ", null, 5, [], {"message":"m"}]}',
            (ErrorDetail(message="plain"), ErrorDetail(message="5"), ErrorDetail(message="m")),
        ),
        ('{"errors":{"code":"a","message":"b"}}', (ErrorDetail("a", "b"),)),
        ('{"errors":"plain"}', (ErrorDetail(message="plain"),)),
        ('{"errors":[],"message":"m"}', (ErrorDetail(message="m"),)),
        ('{"errors":null,"message":"m"}', (ErrorDetail(message="m"),)),
        ('{"message":"m"}', (ErrorDetail(message="m"),)),
        ('{"message":"m","code":"c"}', (ErrorDetail("c", "m"),)),
        ('{"error":"text"}', (ErrorDetail(message="text"),)),
        ('{"error":{"code":"c","message":"m"}}', (ErrorDetail("c", "m"),)),
        ('{"error":true,"message":"m"}', (ErrorDetail(message="m"),)),
        ('{"error":{},"message":"m"}', (ErrorDetail(message="m"),)),
        ('{"error":{"other":1},"message":"m"}', (ErrorDetail(message="m"),)),
        ('{"code":500,"message":"m"}', (ErrorDetail("500", "m"),)),
        ('{"code":true,"message":["m", 2, null]}', (ErrorDetail(message="m; 2"),)),
        ('{"errors":[{"field":"f"}]}', (ErrorDetail(field="f"),)),
        ('{"field":"f"}', ()),
        ('{"error":"invalid_grant","error_description":"expired"}', (ErrorDetail("invalid_grant", "expired"),)),
        ('{"error_description":"expired"}', (ErrorDetail(message="expired"),)),
        ('{"errors":[{"error":"a","error_description":"b"}]}', (ErrorDetail("a", "b"),)),
        ('{"error":"Bad Request","message":"m","statusCode":400}', (ErrorDetail("Bad Request", "m"),)),
        ('{"title":"t","detail":"d","status":400}', (ErrorDetail(message="d"),)),
        (
            '{"error":{"code":400,"message":"m","errors":[{"message":"a"},{"reason":"b"}]}}',
            (ErrorDetail(message="a"), ErrorDetail(message="b", field="reason")),
        ),
        ('{"error":["a",{"code":"c"}]}', (ErrorDetail(message="a"), ErrorDetail("c"))),
        ('{"error":{"other":1}}', (ErrorDetail(message='{"other":1}'),)),
        (
            '{"errors":[["a",["b"]],1.10,false,{"x":null},{}]}',
            tuple(ErrorDetail(message=text) for text in ("a", "b", "1.10", '{"x":null}')),
        ),
        (
            '{"errors":{"name":["is needed","is short"],"url":"is bad"}}',
            (ErrorDetail(message="is needed; is short", field="name"), ErrorDetail(message="is bad", field="url")),
        ),
        ('{"code":' + "9" * 4000 + "}", (ErrorDetail("9" * 499 + "…"),)),
        ('{"message":"a\\u0000b\\ud800"}', (ErrorDetail(message="a\ufffdb\ufffd"),)),
        ("{}", ()),
        ("[]", ()),
        ('["x", {"code": "c"}]', (ErrorDetail(message="x"), ErrorDetail("c"))),
        (
            '{"message":"see https://storage.example/a?X-Amz-Signature=canary&b=1 \\"x"}',
            (ErrorDetail(message='see https://storage.example/a?… "x'),),
        ),
        (
            '{"message":"https://a.example/?x <https://b.example/y?z>"}',
            (ErrorDetail(message="https://a.example/?… <https://b.example/y?…>"),),
        ),
        ("null", ()),
        ('"text"', (ErrorDetail(message="text"),)),
        ("Bad Gateway", ()),
        ("<html>", ()),
        ("", ()),
        ("[" * 100_000, ()),
        ('{"errors":' * 50_000, ()),
        ('{"code":' + "9" * 10_000 + "}", (ErrorDetail("9" * 499 + "…"),)),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_error_bodies_of_every_shape(body: str, details: object) -> None:
    """Every shape of error body that has been seen is read, and anything else says nothing."""
    assert _wire.error_details(body.encode()) == details


def test_every_entry_is_there() -> None:
    """However many there are; the body that they come in is bounded."""
    many = json.dumps({"errors": [{"code": str(number)} for number in range(1000)]}).encode()
    assert [detail.code for detail in _wire.error_details(many)] == [str(number) for number in range(1000)]


def test_one_bad_byte_costs_no_entry() -> None:
    """Nor does a byte order mark."""
    assert _wire.error_details(b'{"errors":[{"code":"a"},"caf\xe9"]}') == (
        ErrorDetail("a"),
        ErrorDetail(message="caf\ufffd"),
    )
    assert _wire.error_details(b'\xef\xbb\xbf{"code":"a"}') == (ErrorDetail("a"),)


def test_very_many_entries_are_read_quickly() -> None:
    """In a time that grows with their number, not with its square."""
    begun = time.perf_counter()
    assert len(_wire.error_details(b'{"errors":[' + b'"a",' * 50_000 + b'"a"]}')) == 50_001
    assert time.perf_counter() - begun < 10


_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_keys = st.sampled_from(["errors", "error", "code", "message", "field", "error_description", "detail"]) | st.text(
    max_size=3
)
_error_like = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4), max_leaves=12
)


@relaxed
@given(st.binary() | _error_like.map(lambda value: json.dumps(value).encode()))
def test_error_bodies_never_fail(raw: bytes) -> None:
    """No bytes whatever make the reading of an error fail, and what it says is bounded and printable."""
    for detail in _wire.error_details(raw):
        assert detail.code or detail.message or detail.field
        for text in (detail.code, detail.message, detail.field):
            assert text is None or (len(text) <= TEXT_LIMIT and is_safe(text))
    error = _wire.refusal(HERE, reply(500, raw), NOW)
    assert len(str(error)) <= 300 + 2 + TEXT_LIMIT


# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("31622400", 31622400.0),
        ("31622401", 31622401.0),
        ("999999999", 999999999.0),
        ("1764000000000", 1764000000000.0),
        ("9" * 400, sys.float_info.max),
        ("0" * 400 + "7", 7.0),
        ("1." + "0" * 400, 1.0),
        (".5", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251607131999.0),
        ("Sat, 13 Sep 275760 00:00:00 GMT", 251607132000.0),
        ("Fri, 20 Nov 2026 10:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 10:00:30 -0000", 30.0),
        ("Fri, 20 Nov 2026 11:00:30 +0100", 30.0),
        ("Friday, 20-Nov-26 10:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 10:00:00 GMT", None),
        ("Fri, 20 Nov 2020 10:00:00 GMT", None),
        ("-1", None),
        ("+5", None),
        ("1e3", None),
        ("1,5", None),
        ("٣", None),
        ("inf", None),
        ("nan", None),
        ("10000000000", 10000000000.0),
        ("soon", None),
        ("", None),
        ("Fri, 99 Nov 2026 99:99:99 GMT", None),
        ("Fri, 20 Nov 99999999999999 10:00:30 GMT", 251607132000.0),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds and dates are read; what makes no sense, or lies in the past, is None."""
    assert _wire.retry_after(reply(Retry_After=value), NOW) == seconds


def test_no_retry_after() -> None:
    """Without the header there is nothing to wait for."""
    assert _wire.retry_after(reply(), NOW) is None


@pytest.mark.parametrize(
    ("date", "seconds"),
    [("Fri, 20 Nov 2026 10:59:50 GMT", 10.0), ("nonsense", 3600.0), ("Fri, 20 Nov 2026 11:00:00 GMT", None)],
)
def test_retry_after_by_the_servers_clock(date: str, seconds: float | None) -> None:
    """A date is measured against the answer's own Date, so that a wrong clock of ours does no harm."""
    answer = reply(Retry_After="Fri, 20 Nov 2026 11:00:00 GMT", Date=date)
    assert _wire.retry_after(answer, NOW) == seconds


_dates = st.from_regex(
    r"(Fri, )?[0-9]{1,3} (Nov|Jan|Xyz) [0-9]{1,12} [0-9]{1,3}:[0-9]{1,3}(:[0-9]{1,3})? (GMT|[+-][0-9]{1,6}|X)",
    fullmatch=True,
)


@relaxed
@given(st.text() | st.from_regex(r"[-+]?[0-9]+(\.[0-9]*)?", fullmatch=True) | _dates, st.text() | _dates)
def test_retry_after_is_never_negative(value: str, date: str) -> None:
    """Whatever the headers say, the time to wait is None or a finite number from 0."""
    seconds = _wire.retry_after(reply(429, Retry_After=value, Date=date), NOW)
    assert seconds is None or 0 <= seconds < math.inf


# Links


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        ([""], []),
        (["nonsense"], []),
        (["<unclosed"], []),
        (["<a>"], [Link("a", ())]),
        (["<a>; rel=next"], [Link("a", ("next",))]),
        (['<a>; rel="next"'], [Link("a", ("next",))]),
        (['<a>;REL="NEXT"'], [Link("a", ("next",))]),
        (['<a> ; rel = "next"'], [Link("a", ("next",))]),
        (['<a>; rel="prev next"'], [Link("a", ("prev", "next"))]),
        (['<a>; title="x"; rel="next"; foo'], [Link("a", ("next",))]),
        (["<a>; rel=prev; rel=next"], [Link("a", ("prev",))]),
        (["<a>; rel"], [Link("a", ())]),
        (["<a>; ; rel=next"], [Link("a", ("next",))]),
        (['<a,b;c>; rel="next"'], [Link("a,b;c", ("next",))]),
        (["<a>; rel=prev, <b>; rel=next"], [Link("a", ("prev",)), Link("b", ("next",))]),
        (["<a>; rel=prev,<b>;rel=next,,"], [Link("a", ("prev",)), Link("b", ("next",))]),
        (["<a>; rel=prev", "<b>; rel=next"], [Link("a", ("prev",)), Link("b", ("next",))]),
        (["junk, <b>; rel=next"], [Link("b", ("next",))]),
        (['<a>; title="x, <evil>; rel=next", <b>; rel=last'], [Link("a", ()), Link("b", ("last",))]),
        (['<a>; title="quo\\"te, <evil>; rel=next"; rel=prev'], [Link("a", ("prev",))]),
        (['<a>; title="open, <b>; rel=next'], [Link("a", ()), Link("b", ("next",))]),
        (['<a>; rel="ne\\xt"'], [Link("a", ("next",))]),
        (["< a >; rel=next"], [Link("a", ("next",))]),
        (["<a>; rel='next'"], [Link("a", ("next",))]),
        (['<a>; rel="next'], [Link("a", ("next",))]),
        (["<broken, <b>; rel=next"], [Link("b", ("next",))]),
        (["<a>; some words; rel=next"], [Link("a", ("next",))]),
        (['<a>; title="rel=next"; rel=prev'], [Link("a", ("prev",))]),
        (["<a>; title=next; rel=prev"], [Link("a", ("prev",))]),
        (["<a>; rel=nexting"], [Link("a", ("nexting",))]),
        (["x-next-page: 2"], []),
    ],
)
def test_links(values: list[str], found: list[Link]) -> None:
    """Link headers of any form are read, and one bad entry does not cost its neighbours."""
    assert _wire.links(values) == found


@pytest.mark.parametrize(
    "value",
    [
        '</v1/flows?after=1; rel="next"',
        '/v1/flows?after=1>; rel="next"',
        'https://api.integrator.io/v1/flows?after=1; rel="next"',
        "<> ; rel=next",
        "<a> rel=next",
        '<a>; title="open; rel="next"',
        '<https://a.example/<b>>; rel="next"',
        "next",
    ],
)
def test_a_broken_next_is_not_the_end(value: str) -> None:
    """What cannot be read and names `next` is a page that would be lost."""
    with pytest.raises(UnsafeLinkError, match="cannot be read"):
        _wire.next_page(US, Request("x.list", "GET", "/v1/flows"), reply(Link=value))


@relaxed
@given(st.lists(st.text() | st.text(alphabet='<>;,="\\ \trelnxt'), max_size=3))
def test_links_never_fail(values: list[str]) -> None:
    """Any text is read to its end."""
    for link in _wire.links(values):
        assert all(rel == rel.lower() for rel in link.rels)


@pytest.mark.parametrize(
    "text",
    [
        "<" * 32_000,
        "<a>" + ";" * 32_000,
        '<a>; a="' + "\\" * 32_000,
        "<a>; " + " " * 32_000 + "x",
        "<a>;" + "a=b" * 9000,
    ],
)
def test_hostile_links_are_quick(text: str) -> None:
    """A header as long as headers get is read in no time."""
    _wire.links([text])


@pytest.mark.parametrize("base", [US, GATEWAY, Base("http://127.0.0.1:8080")], ids=["us", "gateway", "loopback"])
@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/v1/flows?after=a%2Fb&limit=5", "/v1/flows?after=a%2Fb&limit=5"),
        ("/api/v1/flows?after=1", "/v1/flows?after=1"),
        ("?after=1", "/v1/flows?after=1"),
        ("flows?after=1", "/v1/flows?after=1"),
        ("./flows?after=1", "/v1/flows?after=1"),
        ("https://api.integrator.io/v1/flows?after=1", "/v1/flows?after=1"),
        ("HTTPS://API.INTEGRATOR.IO:443/v1/flows?after=1", "/v1/flows?after=1"),
        ("http://api.integrator.io/v1/flows", "/v1/flows"),
        ("https://integrator.io/api/v1/flows?after=1", "/v1/flows?after=1"),
        ("//api.integrator.io/v1/flows", "/v1/flows"),
        ("/v1/flows?a=1#part", "/v1/flows?a=1"),
        ("/v1/flows?q=ü b", "/v1/flows?q=%C3%BC%20b"),
        ("/v1/flows?q=../..", "/v1/flows?q=../.."),
        ("/v1/flows?q=http://evil.example/", "/v1/flows?q=http://evil.example/"),
        ("/v1/flows?", "/v1/flows"),
    ],
)
def test_the_next_page(base: Base, link: str, expected: str) -> None:
    """A next link is followed under our own base with its path and query exactly as given."""
    assert _wire.next_page(base, HERE, reply(Link=f'<{link}>; rel="next"')) == expected


EU = Base("https://api.eu.integrator.io")


@pytest.mark.parametrize("base", [US, EU, GATEWAY, Base("https://integrator.io", "/api")], ids=lambda base: base.origin)
@pytest.mark.parametrize("host", _wire.VENDOR_HOSTS)
def test_a_link_to_another_region_is_refused(base: Base, host: str) -> None:
    """Where our own region is known: the other one has other accounts, and a page of theirs is none of ours."""
    link = f"https://{host}/v1/flows?after=1"
    ours = _wire.VENDOR_HOSTS.get(urlsplit(base.origin).hostname or "")
    if ours in (None, _wire.VENDOR_HOSTS[host]) and not (base.prefix == "/api" and host == "integrator.io"):
        assert _wire.next_page(base, HERE, reply(Link=f"<{link}>; rel=next")) == "/v1/flows?after=1"
    else:
        with pytest.raises(UnsafeLinkError, match="another region" if ours != _wire.VENDOR_HOSTS[host] else "leaves"):
            _wire.next_page(base, HERE, reply(Link=f"<{link}>; rel=next"))


@pytest.mark.parametrize(
    "anchor",
    [
        "https://elsewhere.example/v1/flows",
        "https://api.eu.integrator.io/v1/flows",
        "https://api.integrator.io/v1/exports",
        "/v1/integrations/a/flows",
        "/v1/flows/a",
        "/v1/flows?limit=7",
        "/v1/flows?limit=5&after=1",
        "exports",
        "/",
        "urn:isbn:1",
        "http://[",
    ],
)
@pytest.mark.parametrize("form", ['<{0}>; rel="next"; anchor="{1}"', '<{0}>; ANCHOR="{1}"; rel=next; title=x'])
def test_a_link_of_another_resource_is_not_our_next_page(anchor: str, form: str) -> None:
    """RFC 8288, section 3.2. One of our page beside it is."""
    theirs = form.format("/v1/flows?after=9", anchor)
    assert _wire.next_page(US, HERE, reply(Link=theirs)) is None
    assert _wire.next_page(US, HERE, reply(Link=f'{theirs}, </v1/flows?after=1>; rel="next"')) == "/v1/flows?after=1"


@pytest.mark.parametrize("base", [US, GATEWAY], ids=["us", "gateway"])
@pytest.mark.parametrize(
    "anchor",
    [
        "",
        "#list",
        "/v1/flows",
        "/v1/flows/",
        "/v1/%66lows",
        "/v1/flows?limit=5",
        "?limit=5",
        "flows",
        "https://api.integrator.io/v1/flows",
        "https://integrator.io/api/v1/flows?limit=5#x",
    ],
)
def test_a_link_with_an_anchor_of_our_own_page_is_followed(base: Base, anchor: str) -> None:
    """The page, the list as a whole, or a part of the page."""
    link = f'</v1/flows?after=1>; rel=next; anchor="{anchor}"'
    assert _wire.next_page(base, HERE, reply(Link=link)) == "/v1/flows?after=1"


def test_the_anchor_of_a_later_page_holds_its_query() -> None:
    """Its address is a link that was followed."""
    second = Request("flows.list", "GET", "/v1/flows?after=1&limit=5")
    link = '</v1/flows?after=2>; rel=next; anchor="/v1/flows?limit=5&after=1"'
    assert _wire.next_page(US, second, reply(Link=link)) == "/v1/flows?after=2"
    assert _wire.next_page(US, HERE, reply(Link=link)) is None


@pytest.mark.parametrize(
    ("base", "link"),
    [
        (GATEWAY, "https://gw.example.com:8443/celigo/v1/flows?after=1"),
        (GATEWAY, "/celigo/v1/flows?after=1"),
        (GATEWAY, "https://GW.example.com:8443/celigo/api/v1/flows?after=1"),
        (Base("http://[::1]:8080"), "http://[::1]:8080/v1/flows?after=1"),
        (Base("http://127.0.0.1"), "http://127.0.0.1:80/v1/flows?after=1"),
    ],
)
def test_the_next_page_under_our_own_address(base: Base, link: str) -> None:
    """A next link to the base that we talk to is followed, a gateway's prefix and a port included."""
    assert _wire.next_page(base, HERE, reply(Link=f"<{link}>; rel=next")) == "/v1/flows?after=1"


@pytest.mark.parametrize("header", ["", '<https://evil.example/>; rel="prev"', "<>; rel=last", "nonsense"])
def test_the_last_page(header: str) -> None:
    """Without a next link there is no next page, whatever else the header holds."""
    assert _wire.next_page(US, HERE, reply(Link=header)) is None
    assert _wire.next_page(US, HERE, reply()) is None


@pytest.mark.parametrize("base", [US, GATEWAY, Base("http://127.0.0.1:8080")], ids=["us", "gateway", "loopback"])
@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://evil.example/v1/flows",
        "//evil.example/v1/flows",
        "https://api.integrator.io.evil.example/v1/flows",
        "https://evil.example:443/v1/flows",
        "https://api.integrator.io@evil.example/v1/flows",
        "https://user:pw@api.integrator.io/v1/flows",
        "https://api.integrator.io:444/v1/flows",
        "https://api.integrator.io:port/v1/flows",
        "ftp://api.integrator.io/v1/flows",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///v1/flows",
        "https:///v1/flows",
        "https://[::1/v1/flows",
        "https://api.integrator.io/v2/flows",
        "https://api.integrator.io/",
        "https://api.integrator.io",
        "/",
        "/v1",
        "/v2/flows",
        "/v1/../flows",
        "/v1/%2e%2e/flows",
        "/v1/%252e%252e/flows",
        "/v1/..%2fflows",
        "/v1/..%5cflows",
        "/v1/./flows",
        "../flows",
        "/api/../v1/flows",
        "\\\\evil.example\\v1",
        "/v1\\..\\x",
        "/v1/fl\tows",
        "/v1/fl\x00ows",
        "/v1/fl\ud800ows",
        "/v1/\u202eflows",
        "/v1/integrations/a/installSteps",
        "/v1/integrations/a/%69nstallSteps?x=1",
        "https://api.integrator.io/api/v1/integrations//a/UNINSTALLSTEPS/",
    ],
)
def test_links_that_lead_away(base: Base, link: str) -> None:
    """A next link to another host, out of the API, or to a GET that acts, is refused and never followed."""
    with pytest.raises(UnsafeLinkError, match="was not followed") as caught:
        _wire.next_page(base, HERE, reply(Link=f"<{link}>; rel=next"))
    assert caught.value.operation == "flows.list"


def test_every_read_that_acts_is_known() -> None:
    """The list is the description's own."""
    assert {operation.path for operation in OPERATIONS if operation.method == "GET" and operation.repeat != "safe"} == {
        *_wire.ACTING_READS
    }


_schemes = st.sampled_from(["", "https:", "http:", "//", "https://", "http://", "ftp://", "HTTPS://", "javascript:"])
_hosts = st.sampled_from(
    [
        "",
        "api.integrator.io",
        "integrator.io",
        "evil.example",
        "gw.example.com:8443",
        "a@b",
        "[::1]",
        ":80",
        "api.integrator.io:443",
    ]
)
_paths = st.lists(
    st.sampled_from(
        [
            "/",
            "/v1/",
            "v1",
            "/api",
            "/celigo",
            "..",
            ".",
            "%2e",
            "%25",
            "%2F",
            "\\",
            "?",
            "#",
            "&a=b",
            ";",
            " ",
            "ü",
            "//",
        ]
    )
    | st.text(max_size=3),
    max_size=8,
).map("".join)


@hypothesis_settings(deadline=None, max_examples=1000)
@given(
    st.sampled_from([US, GATEWAY, Base("http://[::1]:8080")]),
    st.text() | st.builds(lambda *parts: "".join(parts), _schemes, _hosts, _paths) | _paths.map("/v1/".__add__),
    st.sampled_from(["/v1/flows", "/v1/flows/%C3%A4/x", "/v1/flows?after=a"]),
)
def test_no_link_leads_off_our_origin(base: Base, link: str, path: str) -> None:
    """Whatever a next link is, it is refused or becomes a plain address under our own /v1/."""
    try:
        page = _wire.rebased(base, path, link)
    except ValueError:
        return
    assert page is not None
    assert page.startswith("/v1/")
    assert re.fullmatch(r"[\x21-\x7e]+", page)
    assert "#" not in page
    whole = urlsplit(_wire.url(base, Request("x", "GET", page)))
    assert f"{whole.scheme}://{whole.netloc}" == base.origin
    segments = unquote(unquote(whole.path)).split("/")
    assert "." not in segments
    assert ".." not in segments
    assert _wire.page_address(page) == page


def test_the_first_next_link_counts() -> None:
    """Where there are several next links, the first is the next page."""
    assert _wire.next_page(US, HERE, reply(Link="</v1/a>; rel=next, </v1/b>; rel=next")) == "/v1/a"
