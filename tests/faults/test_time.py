"""Time: nothing hangs, every call ends with its deadline, and nobody asks again earlier than told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from faults.catalogue import BODY, LENGTH, bit_by_bit, head
from raw_server import Play, RawServer, answer, hang

from aiointegrator import (
    IntegratorClient,
    RateLimit,
    RateLimitedError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    Timeouts,
)

QUICK = RetryPolicy(base=0, throttled_base=0)


def then_hang(sent: bytes) -> Play:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await reader.read()

    return play


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Interim answers for ever."""
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.005)


async def elapsed(call: Callable[[], Awaitable[object]]) -> float:
    started = time.monotonic()
    with pytest.raises(RequestTimeoutError):
        await call()
    return time.monotonic() - started


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(hang, id="silence"),
        pytest.param(then_hang(b"HTTP/1.1 20"), id="silence in the status line"),
        pytest.param(then_hang(head(LENGTH)), id="silence after the headers"),
        pytest.param(then_hang(head(LENGTH) + BODY[:5]), id="silence in the body"),
        pytest.param(then_hang(head("Transfer-Encoding: chunked") + b"c\r\n" + BODY), id="silence in a chunk"),
        pytest.param(then_hang(head() + BODY), id="a body without a length or an end"),
        pytest.param(bit_by_bit(answer(200, BODY), 0.05), id="slow headers"),
        pytest.param(then_hang(b""), id="a connection that is only accepted"),
        pytest.param(flood, id="interim answers without end"),
    ],
)
async def test_the_deadline_is_kept(play: Play) -> None:
    """To a tenth of a second, whatever the server does or leaves undone; a create that was sent may have happened."""
    async with RawServer(play) as server, IntegratorClient("t", base_url=server.url, timeout=0.3) as client:
        assert 0.29 <= await elapsed(lambda: client.integrations.get("a")) < 0.4
        with pytest.raises(RequestTimeoutError) as caught:
            await client.integrations.create({"name": "n"})
        assert caught.value.maybe_applied
        assert client._session.in_flight == 0


async def test_the_deadline_covers_the_wait_for_a_slot() -> None:
    """Nine wait behind one that hangs, and all ten end in time."""
    async with RawServer(hang) as server:
        async with IntegratorClient("t", base_url=server.url, timeout=0.3, max_connections=1) as client:
            times = await asyncio.gather(*(elapsed(lambda: client.integrations.get("a")) for _ in range(10)))
    assert max(times) < 0.4


async def test_the_deadline_covers_the_wait_for_the_bucket() -> None:
    """A call that the bucket would let out too late ends in time, and was never sent."""
    async with RawServer(answer(200, BODY)) as server:
        limit = RateLimit(rate=1, burst=1)
        async with IntegratorClient("t", base_url=server.url, timeout=0.3, rate_limit=limit) as client:
            await client.integrations.get("a")
            with pytest.raises(RequestTimeoutError) as caught:
                await client.integrations.create({"name": "n"})
    assert not caught.value.maybe_applied
    assert len(server.requests) == 1


async def test_silence_is_asked_again() -> None:
    """The read time-out of one try is not the end of a call that may be repeated."""
    async with RawServer(hang, answer(200, BODY)) as server:
        timeouts = Timeouts(read=0.1, total=5)
        async with IntegratorClient("t", base_url=server.url, timeout=timeouts, retry=QUICK) as client:
            assert (await client.integrations.get("a")).id == "a"
            assert len(server.requests) == 2


async def test_silence_on_a_create_is_not_asked_again() -> None:
    """It may have been carried out."""
    async with RawServer(hang, answer(200, BODY)) as server:
        timeouts = Timeouts(read=0.1, total=5)
        async with IntegratorClient("t", base_url=server.url, timeout=timeouts, retry=QUICK) as client:
            with pytest.raises(RequestTimeoutError) as caught:
                await client.integrations.create({"name": "n"})
        assert caught.value.maybe_applied
        assert len(server.requests) == 1


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def asctime(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%a %b %e %H:%M:%S %Y")


def rfc850(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%A, %d-%b-%y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("0.3", 0.3, 0.6),
        ("0", 0.0, 0.3),
        ("1", 1.0, 1.3),
        ("-5", 0.0, 0.3),
        ("soon", 0.0, 0.3),
        ("nan", 0.0, 0.3),
        ("1e3", 0.0, 0.3),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0, 0.3),
        ("", 0.0, 0.3),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_comes_back_earlier_than_told(status: int, value: str, least: float, most: float) -> None:
    """Seconds, also decimal; what makes no sense falls back to the back-off."""
    play = answer(status, b"{}", f"Retry-After: {value}")
    policy = RetryPolicy(base=0.1, throttled_base=0.1)
    async with RawServer(play, answer(200, BODY)) as server:
        async with IntegratorClient("t", base_url=server.url, retry=policy) as client:
            await client.integrations.get("a")
    assert least <= server.times[1] - server.times[0] < most


@pytest.mark.parametrize("form", [http_date, asctime, rfc850])
async def test_a_date_is_kept_to(form: Callable[[float], str]) -> None:
    """In all three forms of HTTP; a whole second is as exact as they are."""
    play = answer(429, b"{}", f"Retry-After: {form(2)}")
    async with RawServer(play, answer(200, BODY)) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            await client.integrations.get("a")
    assert 0.9 <= server.times[1] - server.times[0] < 2.2


async def test_a_date_is_read_by_the_servers_clock() -> None:
    """Which may be years away from ours."""
    dates = ("Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT")
    async with RawServer(answer(503, b"{}", *dates), answer(200, BODY)) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            await client.integrations.get("a")
    assert 1.0 <= server.times[1] - server.times[0] < 1.3


@pytest.mark.parametrize(("status", "error"), [(429, RateLimitedError), (503, ServerError), (502, ServerError)])
async def test_nobody_sleeps_for_an_hour(status: int, error: type[ServerError]) -> None:
    """The error carries what was asked, at once."""
    async with RawServer(answer(status, b"{}", "Retry-After: 3600")) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            started = time.monotonic()
            with pytest.raises(error) as caught:
                await client.integrations.get("a")
    assert caught.value.retry_after == 3600
    assert time.monotonic() - started < 0.5
    assert len(server.requests) == 1


async def test_a_pause_that_would_pass_the_deadline_is_not_begun() -> None:
    """The refusal is raised at once."""
    async with RawServer(answer(429, b"{}", "Retry-After: 5")) as server:
        async with IntegratorClient("t", base_url=server.url, timeout=2) as client:
            started = time.monotonic()
            with pytest.raises(RateLimitedError) as caught:
                await client.integrations.get("a")
    assert time.monotonic() - started < 0.5
    assert caught.value.retry_after == 5
