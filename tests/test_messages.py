"""Requests and replies are plain frozen values."""

from __future__ import annotations

import pickle

import pytest
from shown import everything_shown

from aiointegrator import IntegratorError, NotJSONError, _wire
from aiointegrator._messages import Operation, Page, Reply, Request

HEADERS = (("Link", "<a>"), ("X-One", "1"), ("link", "<b>"), ("LINK", ""))


@pytest.mark.parametrize("name", ["Link", "link", "LINK"])
def test_every_value_of_a_header_in_order(name: str) -> None:
    """A header is found in any letter case, and all its values come in the order received."""
    reply = Reply(200, HEADERS, b"")
    assert list(reply.all(name)) == ["<a>", "<b>", ""]
    assert reply.header(name) == "<a>"


def test_absent_header() -> None:
    """A header that did not come is None, and has no values."""
    reply = Reply(200, HEADERS, b"")
    assert reply.header("Retry-After") is None
    assert list(reply.all("Retry-After")) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b"OK", "OK"),
        ("Zürich ✓".encode(), "Zürich ✓"),
        (b"a\xffb", "a\ufffdb"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
    ],
)
def test_text_never_fails(body: bytes, text: str) -> None:
    """Any bytes can be read as text."""
    assert Reply(200, (), body).text == text


def test_json() -> None:
    """A JSON body is read."""
    assert Reply(200, (), b'{"a": [1, null]}').json() == {"a": [1, None]}


@pytest.mark.parametrize("body", [b"", b"OK", b"{", b"\xff\xff", b"<html>"])
def test_json_of_something_else_is_a_value_error(body: bytes) -> None:
    """A body that is no JSON raises ValueError and nothing else."""
    with pytest.raises(ValueError):
        Reply(200, (), body).json()


@pytest.mark.parametrize(
    ("method", "repeat", "read_only"),
    [
        ("GET", "safe", True),
        ("HEAD", "safe", True),
        ("GET", "unsafe", False),
        ("GET", "idempotent", False),
        ("POST", "safe", False),
        ("PUT", "idempotent", False),
        ("DELETE", "idempotent", False),
    ],
)
def test_only_a_safe_read_is_read_only(method: str, repeat: str, read_only: bool) -> None:
    """Only GET and HEAD of class `safe` count as changing nothing: reading install steps may start an install."""
    request = Request("x.y", method, "/v1/x", repeat=repeat)
    assert request.read_only is read_only


@pytest.mark.parametrize("value", [Request("x.y", "GET", "/v1/x"), Reply(200, (), b""), Page(1, Reply(200, (), b""))])
def test_messages_are_frozen(value: object) -> None:
    """A message cannot be changed once made."""
    assert isinstance(value, Request | Reply | Page)
    for name in value._fields:
        with pytest.raises(AttributeError):
            setattr(value, name, None)


def test_equal_messages_are_equal() -> None:
    """Messages compare and hash by value."""
    one, other = (Request("x.y", "GET", "/v1/x", (("a", "b"),)) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)


def test_operation_needs_no_query() -> None:
    """An operation without query parameters has an empty tuple of them."""
    assert Operation("x.y", "GET", "/v1/x", "safe", (200,), 30.0, "one").query == ()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b'{"a": -Infinity}', b"[" * 100_000, b"\xff", "{}".encode("utf-16")]
)
def test_a_body_that_is_no_json(body: bytes) -> None:
    """It is our error and a ValueError, whatever the reason, and holds nothing of the body."""
    with pytest.raises(NotJSONError) as caught:
        Reply(502, (), body, attempts=3).json()
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, ValueError)
    assert isinstance(error, IntegratorError)
    assert (error.status, error.attempts) == (502, 3)
    assert error.__cause__ is None


def test_the_error_of_json_does_not_hold_the_body() -> None:
    """The standard library's error does."""
    with pytest.raises(NotJSONError) as caught:
        Reply(200, (), b'["secret", ').json()
    assert "secret" not in everything_shown(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("number", ["1.10", "1e400", "-0", "9" * 5000])
def test_json_keeps_the_digits_of_numbers(number: str) -> None:
    """What was read can be sent back as it came."""
    body = f'{{"a":[{number}]}}'.encode()
    assert _wire.body(Reply(200, (), body).json()) == body
    assert _wire.body([Reply(200, (), number.encode()).json()]) == f"[{number}]".encode()


def test_a_byte_order_mark_is_passed_over() -> None:
    """It is no part of the JSON."""
    assert Reply(200, (), b"\xef\xbb\xbf[1]").json() == [1]


def test_a_reply_shows_no_content() -> None:
    """Neither headers nor body, which may hold secrets."""
    assert repr(Reply(200, (("X", "secret"),), b"secret")) == "<Reply 200, 6 bytes>"
