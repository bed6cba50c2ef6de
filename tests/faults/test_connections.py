"""Connections that are kept: none that has died, or says what nobody asked, carries a further request."""

from __future__ import annotations

import asyncio
import gc
import gzip
import subprocess
import sys
import textwrap

import pytest
from faults.catalogue import BODY, LENGTH, head
from raw_server import Play, RawServer, answer, then_close

from aiointegrator import (
    ConnectError,
    IntegratorClient,
    IntegratorError,
    NotFoundError,
    ReplyTooLargeError,
    RetryPolicy,
    ServerError,
    StatusError,
)

QUICK = RetryPolicy(base=0, throttled_base=0)
STRANGER = answer(200, b'{"_id": "stranger"}')


def afterwards(first: bytes, later: bytes, then: str = "stay") -> Play:
    """A whole answer, and while the connection is idle something that nobody asked for."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(later)
        await writer.drain()
        if then == "stay":
            await reader.read()

    return play


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(afterwards(answer(200, BODY), STRANGER), id="a whole answer"),
        pytest.param(afterwards(answer(200, BODY), STRANGER[:20]), id="half an answer"),
        pytest.param(afterwards(answer(200, BODY), b"garbage\r\n\r\n"), id="garbage"),
        pytest.param(
            afterwards(answer(200, BODY), b"HTTP/1.1 408 Request Timeout\r\n\r\n", "end"), id="408 and the end"
        ),
        pytest.param(afterwards(answer(200, BODY), b"", "end"), id="the end"),
        pytest.param(afterwards(answer(204, b""), STRANGER), id="a body after 204"),
    ],
)
@pytest.mark.parametrize("pause", [0.04, 0.08])
async def test_what_an_idle_connection_says_is_no_answer(play: Play, pause: float) -> None:
    """Not even a create is lost to it: the connection is found dead before it is used."""
    async with RawServer(play, answer(200, b'{"_id": "mine"}')) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            await client.integrations.list()
            await asyncio.sleep(pause)
            assert (await client.integrations.create({"name": "n"})).id == "mine"
        assert server.connections == [1, 2]


async def test_bytes_in_the_socket_count_before_the_loop_has_seen_them() -> None:
    """The loop is busy while the stranger's answer arrives; it is not taken for ours."""
    async with RawServer(afterwards(answer(200, BODY), STRANGER), answer(200, b'{"_id": "mine"}')) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            await client.integrations.get("a")
            await asyncio.sleep(0.03)
            create = asyncio.create_task(client.integrations.create({"name": "n"}))
            assert (await create).id == "mine"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"HTTP/1.1 204 No Content\r\nContent-Length: 12\r\n\r\n" + BODY, id="with a length"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + BODY + b"\r\n0\r\n\r\n",
            id="in chunks",
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n" + STRANGER, id="another answer"),
    ],
)
async def test_a_204_has_no_body(sent: bytes) -> None:
    """What comes after it is no answer to the next request."""
    async with RawServer(sent, answer(200, b'{"_id": "mine"}')) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            try:
                assert await client.integrations.list() in ([], [await client.integrations.get("x")])
            finally:
                assert (await client.integrations.create({"name": "n"})).id == "mine"


def in_pieces(*pieces: bytes) -> Play:
    """With a pause between them, and then silence."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.read()

    return play


NO_CONTENT = b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(NO_CONTENT + b"0\r\n\r\n", id="at once"),
        pytest.param(NO_CONTENT.replace(b"Transfer", b"X: y\r\ntRANSFER") + b"000;a=b\r\nX: y\r\n\r\n", id="in full"),
        pytest.param(in_pieces(NO_CONTENT, b"0\r\n\r\n"), id="afterwards"),
        pytest.param(in_pieces(NO_CONTENT[:30], NO_CONTENT[30:] + b"0\r", b"\n\r\n"), id="in three pieces"),
        pytest.param(in_pieces(b"H", NO_CONTENT[1:] + b"0\r\n\r\n"), id="after one byte"),
    ],
)
async def test_a_204_with_an_empty_chunk_is_a_204(play: Play) -> None:
    """Its connection is not used again, since nobody knows whether the chunk is over."""
    async with RawServer(play, play, play, answer(200, b'{"_id": "mine"}')) as server:
        async with IntegratorClient("t", base_url=server.url, retry=RetryPolicy(attempts=1)) as client:
            assert await client.integrations.list() == []
            assert await client.integrations.delete("a") is None
            assert (await client.request("POST", "/v1/x")).status == 204
            assert (await client.integrations.create({"name": "n"})).id == "mine"
        assert server.connections == [1, 2, 3, 4]


async def test_a_body_that_begins_like_an_answer_is_a_body() -> None:
    """Only the beginning of an answer is looked at."""
    body = NO_CONTENT + b"0\r\n\r\n"
    head_ = f"HTTP/1.1 200 X\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for play in (in_pieces(head_, body), in_pieces(head_, b"H", body[1:]), head_ + body):
        async with RawServer(play) as server, IntegratorClient("t", base_url=server.url) as client:
            assert (await client.request("GET", "/v1/x")).body == body


async def test_a_quiet_connection_is_kept() -> None:
    """Fifty calls, one connection."""
    async with RawServer(answer(200, BODY)) as server, IntegratorClient("t", base_url=server.url) as client:
        for _ in range(50):
            await client.integrations.get("a")
        assert set(server.connections) == {1}


async def test_nobody_listens() -> None:
    """Certainly not sent, so a create waits for the end of the outage too, and nothing is in doubt."""
    async with RawServer(answer(200)) as server:
        url = server.url
    async with IntegratorClient("t", base_url=url, retry=QUICK, timeout=1) as client:
        with pytest.raises(ConnectError) as caught:
            await client.integrations.create({"name": "n"})
    assert (caught.value.attempts, caught.value.maybe_applied) == (3, False)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
async def test_a_redirect_is_an_error(status: int) -> None:
    """It is not followed, however near it leads, and not tried again."""
    play = answer(status, b"", "Location: /v1/integrations/b")
    async with RawServer(play) as server, IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
        for call in (client.integrations.list, lambda: client.integrations.create({"name": "n"})):
            with pytest.raises(StatusError) as caught:
                await call()
            assert (caught.value.status, caught.value.maybe_applied) == (status, False)
        assert len(server.requests) == 2


async def test_a_protocol_is_not_switched() -> None:
    """101 is no answer to anything that was asked."""
    async with RawServer(then_close(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK, timeout=2) as client:
            with pytest.raises(IntegratorError):
                await client.integrations.get("a")


async def test_cookies_are_not_kept() -> None:
    """What an answer sets is not sent."""
    async with RawServer(answer(200, BODY, "Set-Cookie: session=1; Path=/")) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            await client.integrations.get("a")
            await client.integrations.get("a")
        assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize(("first", "outcome"), [(500, None), (503, None), (429, NotFoundError), (404, NotFoundError)])
async def test_a_repeated_delete_that_meets_404_has_succeeded(first: int, outcome: type[Exception] | None) -> None:
    """Where the first try may have done it. Where that one was turned away, there was nothing to delete."""
    async with RawServer(answer(first), answer(404)) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            if outcome is None:
                await client.integrations.delete("a")
            else:
                with pytest.raises(outcome):
                    await client.integrations.delete("a")


def refusal_of(size: int) -> Play:
    return then_close(f"HTTP/1.1 500 X\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size)


async def test_of_a_refusal_no_more_is_read_than_allowed() -> None:
    """The status counts, whatever hangs on it."""
    async with RawServer(refusal_of(3_000_000)) as server:
        async with IntegratorClient("t", base_url=server.url, retry=RetryPolicy(attempts=1)) as client:
            with pytest.raises(ServerError) as caught:
                await client.integrations.get("a")
    assert caught.value.body == "x" * 3999 + "…" or len(caught.value.body) == 4000


@pytest.mark.parametrize("call", ["get", "create"])
async def test_an_answer_too_large_is_refused_at_once(call: str) -> None:
    """And not tried again, which would only bring it again; a create that was answered so may have been carried out."""
    play = then_close(head("Content-Length: 5000000") + b" " * 5_000_000)
    async with RawServer(play) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK, max_body_bytes=1_000_000) as client:
            with pytest.raises(ReplyTooLargeError, match="1,000,000 bytes") as caught:
                await (client.integrations.get("a") if call == "get" else client.integrations.create({"name": "n"}))
        assert len(server.requests) == 1
        assert caught.value.maybe_applied == (call == "create")


BOMB = """
import asyncio, resource, sys, zlib
from aiointegrator import IntegratorClient, ReplyTooLargeError, StatusError

async def serve(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    status = sys.argv[1]
    writer.write(f"HTTP/1.1 {status} X\\r\\nContent-Encoding: gzip\\r\\nConnection: close\\r\\n\\r\\n".encode())
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    try:
        for _ in range(1024):
            writer.write(packer.compress(b" " * 1024 * 1024))
            await writer.drain()
        writer.write(packer.flush())
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    async with IntegratorClient("t", base_url=url, timeout=60) as client:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            await client.integrations.get("a")
        except ReplyTooLargeError as error:
            print("too large", error.status)
        except StatusError as error:
            print("refused", error.status)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    server.close()

asyncio.run(main())
"""


@pytest.mark.parametrize(("status", "outcome", "most"), [(200, "too large 200", 79), (403, "refused 403", 15)])
def test_a_bomb_does_not_go_off(status: int, outcome: str, most: int) -> None:
    """A gigabyte in a megabyte of gzip: a typed error for less than 80 MB, a refusal for less than 15."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BOMB), str(status)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said, megabytes = done.stdout.split("\n")[:2]
    assert said == outcome
    assert int(megabytes) <= most


async def test_a_whole_answer_of_many_kinds_of_gzip() -> None:
    """A large body that is compressed well is still read whole."""
    body = b'{"_id": "a", "x": "' + b"y" * 5_000_000 + b'"}'
    async with RawServer(answer(200, gzip.compress(body), "Content-Encoding: gzip")) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            record = await client.integrations.get("a")
    assert len(record.to_wire()["x"]) == 5_000_000


async def test_no_socket_is_left() -> None:
    """After any fault, closing the client closes everything; a warning would fail this test."""
    async with RawServer(then_close(head(LENGTH) + BODY[:5]), answer(500), answer(200, b"<html>")) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            with pytest.raises(IntegratorError):
                await client.integrations.get("a")
    gc.collect()
