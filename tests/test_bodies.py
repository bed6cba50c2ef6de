"""What goes out with a body and without, and which bodies count as whole."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import inspect
import os
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from faults.catalogue import then_reset
from raw_server import RawServer, answer, then_close

from aiointegrator import IntegratorClient, NoAnswerError, RetryPolicy, StatusError, UnreadableReplyError
from aiointegrator._messages import Operation
from aiointegrator.endpoints._operations import OPERATIONS
from aiointegrator.session import _coding

ONCE = RetryPolicy(attempts=1)
NEEDED: dict[str, Any] = {"operations": [{"op": "remove", "path": "/tag"}], "connection_ids": ["c"]}


def method_of(client: IntegratorClient, operation: Operation) -> Callable[..., Awaitable[object]]:
    resource, _, name = operation.name.partition(".")
    found: Callable[..., Awaitable[object]] = getattr(getattr(client, resource), name)
    return found


def arguments_of(method: Callable[..., object], *, whole: bool) -> dict[str, Any]:
    """Ids, and bodies: those that must be given, or all that can be."""
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        if name.endswith("_id"):
            found[name] = "a"
        elif parameter.default is inspect.Parameter.empty or (whole and parameter.kind is not parameter.KEYWORD_ONLY):
            found[name] = NEEDED.get(name, {"name": "n"})
        elif whole and name == "description":
            found[name] = "text"
    return found


def content_types(request: bytes) -> list[bytes]:
    head = request.partition(b"\r\n\r\n")[0]
    return [
        line.partition(b":")[2].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:")
    ]


def check(request: bytes) -> bool:
    """Whether the request has a body; its Content-Type is right either way."""
    body = request.partition(b"\r\n\r\n")[2]
    assert content_types(request) == ([b"application/json"] if body else [])
    return bool(body)


@pytest.mark.parametrize("own", [True, False], ids=["own session", "handed in"])
async def test_no_content_type_without_a_body(own: bool) -> None:
    """Every operation with no body, if it may have none, and with one; the vendor answers 415 to what is not JSON."""
    without: set[str] = set()
    async with aiohttp.ClientSession() as theirs, RawServer(answer(204, b"")) as server:
        session = None if own else theirs
        async with IntegratorClient("t", base_url=server.url, retry=ONCE, session=session) as client:
            for operation in OPERATIONS:
                for whole in (False, True):
                    method = method_of(client, operation)
                    with contextlib.suppress(UnreadableReplyError):  # 204 is no answer to some of them
                        await method(**arguments_of(method, whole=whole))
                    if not check(server.requests[-1]) and operation.method in ("POST", "PUT", "PATCH"):
                        without.add(operation.name)
            for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
                for json in (None, {}, []):
                    await client.request(verb, "/v1/x", json=json, headers={"X-A": "b"})
                    assert check(server.requests[-1]) is (json is not None)
    assert without >= {
        "integrations.clone",
        "integrations.create_snapshot",
        "integrations.register_connection",
        "integrations.submit_install_step",
        "integrations.submit_uninstall_step",
    }


TEXT = os.urandom(3000) + b"a,line,of,csv\n" * 40_000
CODINGS: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("x-gzip", gzip.compress(TEXT)),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "raw deflate": ("deflate", zlib.compress(TEXT)[2:-4]),
}
if _coding._LIBRARIES.HAS_ZSTD:
    CODINGS["zstd"] = ("zstd", __import__("sys").modules[_coding._LIBRARIES.ZstdDecompressor.__module__].compress(TEXT))
if _coding._LIBRARIES.HAS_BROTLI:
    CODINGS["br"] = ("br", _coding._LIBRARIES.brotli.compress(TEXT))


def table(coding: str, body: bytes, *, chunks: bool) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Encoding: {coding}\r\n"
    if not chunks:
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    pieces = [body[place : place + 999] for place in range(0, len(body), 999)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + framed + b"0\r\n\r\n"


@pytest.mark.parametrize("own", [True, False], ids=["own session", "handed in"])
@pytest.mark.parametrize("chunks", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize("name", CODINGS)
async def test_a_compressed_body_is_whole_or_an_error(name: str, chunks: bool, own: bool) -> None:
    """Also one that is not JSON, whose end nothing else shows; wherever it is cut."""
    coding, whole = CODINGS[name]
    cuts = [1, 4, 5, 8, 9, 40, len(whole) // 2, len(whole) - 5, len(whole) - 1]
    plays = [table(coding, whole, chunks=chunks)] + [table(coding, whole[:-cut], chunks=chunks) for cut in cuts]
    async with aiohttp.ClientSession() as theirs, RawServer(*plays) as server:
        session = None if own else theirs
        async with IntegratorClient("t", base_url=server.url, retry=ONCE, session=session) as client:
            assert (await client.request("GET", "/v1/x")).body == TEXT
            for _ in cuts:
                with pytest.raises(UnreadableReplyError, match="cut"):
                    await client.request("GET", "/v1/x")


async def test_what_is_not_coded_as_it_says_is_an_error() -> None:
    """And a write that was answered so may have been carried out."""
    async with RawServer(table("gzip", b"plain text", chunks=False)) as server:
        async with IntegratorClient("t", base_url=server.url, retry=ONCE) as client:
            with pytest.raises(UnreadableReplyError, match="-> 200, the body cannot be unpacked: .*header") as caught:
                await client.request("POST", "/v1/x")
            assert caught.value.maybe_applied


async def test_a_text_without_a_length_is_whole_only_if_the_connection_ends() -> None:
    """A reset in the middle of it is an error; aiohttp takes it for the end."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n"
    async with RawServer(then_close(head + TEXT), then_reset(head + TEXT[:5000])) as server:
        async with IntegratorClient("t", base_url=server.url, retry=ONCE) as client:
            assert (await client.request("GET", "/v1/x")).body == TEXT
            with pytest.raises(NoAnswerError):
                await client.request("GET", "/v1/x")


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b'{"code":"c"}'), gzip.compress(b'{"code":"c"}')[:-4], b"garbage", b""],
    ids=["whole", "cut", "garbage", "empty"],
)
async def test_the_status_counts_however_a_refusal_is_coded(body: bytes) -> None:
    """What can be read of its body is read."""
    async with RawServer(answer(404, body, "Content-Encoding: gzip")) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            with pytest.raises(StatusError) as caught:
                await client.integrations.get("a")
    assert (caught.value.status, caught.value.code) == (404, "c" if body[:2] == b"\x1f\x8b" else None)


async def test_a_head_of_something_compressed_has_no_body() -> None:
    """Nothing of it is cut."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 500\r\n\r\n"
    async with RawServer(head) as server, IntegratorClient("t", base_url=server.url) as client:
        assert (await client.request("HEAD", "/v1/x")).body == b""


async def test_other_calls_go_on_while_a_large_body_is_unpacked() -> None:
    """A megabyte of gzip that unpacks into 50 is unpacked in steps."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    body = gzip.compress(b" " * 50_000_000)
    async with RawServer(table("gzip", body, chunks=False)) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            await client.request("GET", "/v1/x")
            counting = asyncio.create_task(count())
            await asyncio.sleep(0)
            before = turns
            assert len((await client.request("GET", "/v1/x")).body) == 50_000_000
            assert turns - before > 50_000_000 / _coding.STEP / 2
            counting.cancel()
