"""The one door: what is sent again, what is not, how long it takes, and what never leaks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import math
import pickle
import socket
import sys
import time
import traceback
from typing import Any

import aiohttp
import pytest
from raw_server import RawServer, answer, cut, hang

from aiointegrator import (
    AuthenticationError,
    ClientClosedError,
    ConnectError,
    IntegratorClient,
    IntegratorError,
    NoAnswerError,
    RateLimitedError,
    ReadError,
    ReadOnlyError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    StatusError,
    Timeouts,
    UnreadableReplyError,
)
from aiointegrator.testing import FakeIntegrator, seeded_account

TOKEN = "canary-5d41402abc4b2a76b9719d911017c592"
FAST = RetryPolicy(base=0.001, throttled_base=0.001)
OK = answer(200, b'{"_id": "a", "name": "n"}')


def client_of(server: RawServer, **settings: Any) -> IntegratorClient:
    return IntegratorClient(TOKEN, base_url=server.url, **({"retry": FAST} | settings))


CALLS = {
    "get": lambda c: c.integrations.get("a"),
    "replace": lambda c: c.integrations.replace("a", {"name": "x"}),
    "delete": lambda c: c.integrations.delete("a"),
    "register": lambda c: c.integrations.register_connection("a", "b"),
    "list": lambda c: c.integrations.list_flows("a"),
    "create": lambda c: c.integrations.create({"name": "x"}),
    "clone": lambda c: c.integrations.clone("a"),
    "patch": lambda c: c.integrations.patch("a", [{"op": "remove", "path": "/tag"}]),
    "snapshot": lambda c: c.integrations.create_snapshot("a"),
    "install": lambda c: c.integrations.get_install_steps("a"),
}
REPEATABLE = ("get", "replace", "delete", "register", "list")
FINAL = ("create", "clone", "patch", "snapshot", "install")
UNKNOWN = {
    "500": (answer(500), ServerError),
    "502": (answer(502, b"<html>bad gateway</html>"), ServerError),
    "503": (answer(503), ServerError),
    "408": (answer(408), StatusError),
    "cut": (cut, ReadError),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{", IntegratorError),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", ReadError),
}


@pytest.mark.parametrize(("status", "doubt"), [(501, False), (505, False), (507, True), (520, True), (524, True)])
@pytest.mark.parametrize("name", ["create", "get", "delete"])
async def test_any_other_5xx_is_not_repeated_and_a_write_is_in_doubt(name: str, status: int, doubt: bool) -> None:
    """A proxy that says 520 may have passed the write on; 501 and 505 say that nothing was done."""
    async with RawServer(answer(status)) as server, client_of(server) as client:
        with pytest.raises(ServerError) as caught:
            await CALLS[name](client)
    assert len(server.requests) == 1
    assert caught.value.maybe_applied is (doubt and name != "get")


async def test_an_error_of_a_later_page_names_its_path_without_the_link() -> None:
    """The link's query stands in `resume_from` alone."""
    first = answer(200, b"[]", 'Link: </v1/integrations/a/flows?after=cursor>; rel="next"')
    async with RawServer(first, answer(403)) as server, client_of(server) as client:
        with pytest.raises(StatusError) as caught:
            await client.integrations.list_flows("a")
    assert caught.value.path == "/v1/integrations/a/flows"
    assert caught.value.resume_from == "/v1/integrations/a/flows?after=cursor"


@pytest.mark.parametrize("fault", UNKNOWN)
@pytest.mark.parametrize("name", REPEATABLE)
async def test_repeatable_calls_make_five_requests_on_an_unknown_outcome(name: str, fault: str) -> None:
    """Five tries are five requests on the wire, not ten."""
    play, error_type = UNKNOWN[fault]
    if fault == "half a body":
        play = answer(200, b"{}").replace(b": 2", b": 50").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        play = _then_close(play)
    async with RawServer(play, healthy=True) as server, client_of(server) as client:
        await client.token_info()  # so that the failures are seen to be no outage
        if fault == "half a body" and name in ("delete", "register"):
            error_type = ReadError
        with pytest.raises(error_type) as caught:
            await CALLS[name](client)
        assert len(server.requests) == caught.value.attempts == 5
        assert caught.value.maybe_applied is (name not in ("get", "list"))


def _then_close(data: bytes) -> Any:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return play


@pytest.mark.parametrize("fault", ["500", "502", "503", "408", "cut", "no HTTP"])
@pytest.mark.parametrize("name", FINAL)
async def test_what_may_not_be_repeated_is_sent_once_and_declared_doubtful(name: str, fault: str) -> None:
    """The server sees one request, and the error says that it may have been carried out."""
    play, error_type = UNKNOWN[fault]
    async with RawServer(play) as server, client_of(server) as client:
        with pytest.raises(error_type) as caught:
            await CALLS[name](client)
        assert len(server.requests) == caught.value.attempts == 1
        assert caught.value.maybe_applied


@pytest.mark.parametrize("status", [429, 425])
@pytest.mark.parametrize("name", REPEATABLE + FINAL)
async def test_what_was_turned_away_is_sent_again_not_earlier_than_asked(name: str, status: int) -> None:
    """429 and 425 were refused before anything was done, so every call is repeated after Retry-After."""
    good = answer(200, b"[]") if name in ("list", "install") else OK
    async with RawServer(answer(status, b"", "Retry-After: 0.2"), good) as server, client_of(server) as client:
        await CALLS[name](client)
        assert len(server.requests) == 2
        assert server.times[1] - server.times[0] >= 0.2


@pytest.mark.parametrize("name", ["create", "get"])
async def test_503_with_retry_after_was_turned_away(name: str) -> None:
    """The header says that the server did nothing."""
    async with RawServer(answer(503, b"", "Retry-After: 0"), OK) as server, client_of(server) as client:
        await CALLS[name](client)
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 415, 422, 501, 505, 301, 304])
async def test_a_refusal_is_final(status: int) -> None:
    """Other refusals and redirects are not repeated, and a redirect is not followed."""
    async with RawServer(answer(status, b"", "Location: http://127.0.0.1:1/")) as server, client_of(server) as client:
        with pytest.raises(StatusError) as caught:
            await client.integrations.get("a")
        assert caught.value.status == status
        assert len(server.requests) == 1


async def test_a_dropped_kept_alive_connection_is_not_resent_in_silence() -> None:
    """aiohttp would send GET, PUT and DELETE again by itself; ours are counted tries."""
    once = RetryPolicy(attempts=1)
    async with RawServer(OK, cut) as server, client_of(server, retry=once) as client:
        await client.integrations.get("a")
        for name in ("get", "replace", "delete"):
            server.requests.clear()
            with pytest.raises(ReadError):
                await CALLS[name](client)
            assert len(server.requests) == 1


async def test_nobody_there_is_a_connect_error_at_the_deadline() -> None:
    """The request was certainly not sent, so even a create waits for the end of the outage, and nothing is in doubt."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with IntegratorClient(TOKEN, base_url=url, retry=FAST, timeout=1) as client:
        with pytest.raises(ConnectError, match="has not answered since") as caught:
            await client.integrations.create({"name": "x"})
        assert caught.value.attempts == 3
        assert caught.value.outage_since is not None
        assert not caught.value.maybe_applied


@pytest.mark.parametrize("name", ["get", "create"])
async def test_a_hang_ends_with_the_deadline(name: str) -> None:
    """One total deadline; what hangs is over within it plus a tenth of a second (the best of three, on a busy machine)."""
    took: list[float] = []
    async with RawServer(hang) as server, client_of(server) as client:
        for number in range(3):
            began = time.monotonic()
            with pytest.raises(RequestTimeoutError) as caught:
                await CALLS[name](client.with_options(timeout=0.3))
            took.append(time.monotonic() - began)
            assert caught.value.maybe_applied is (name == "create")
            assert len(server.requests) == number + 1
    assert 0.3 <= min(took) < 0.4


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse what does not fit into the backlog")
@pytest.mark.parametrize("timeout", [0.3, Timeouts(connect=0.1, total=0.3)])
@pytest.mark.parametrize("call", ["create", "replace"])
async def test_a_deadline_before_there_is_a_connection_leaves_no_doubt(timeout: Any, call: str) -> None:
    """Nothing was sent. Where a connection came, nobody knows."""
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # what does not fit is never answered
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        async with IntegratorClient(TOKEN, base_url=url, timeout=timeout, retry=FAST) as client:
            with pytest.raises(RequestTimeoutError) as caught:
                await CALLS[call](client)
    assert not caught.value.maybe_applied
    async with RawServer(hang) as server, client_of(server, timeout=0.2) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await CALLS[call](client)
        assert caught.value.maybe_applied
    async with aiohttp.ClientSession() as session, RawServer(hang) as server:
        with pytest.raises(RequestTimeoutError) as caught:
            await CALLS[call](client_of(server, timeout=0.2, session=session))
        assert caught.value.maybe_applied


async def test_silence_within_a_try_is_repeated_for_reads() -> None:
    """The read time-out belongs to one try, the total to the call."""
    async with RawServer(hang, OK) as server, client_of(server, timeout=Timeouts(read=0.1, total=5)) as client:
        assert (await client.integrations.get("a")).id == "a"
        assert len(server.requests) == 2


async def test_a_body_in_drops_is_no_silence() -> None:
    """The read time-out counts from the last byte, also where the whole takes longer than it."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (whole[i : i + 12] for i in range(0, len(whole), 12)):
            writer.write(piece)
            await asyncio.sleep(0.05)

    whole = answer(200, b'{"_id": "a", "name": "some words"}')
    async with RawServer(drip) as server, client_of(server, timeout=Timeouts(read=0.3, total=5)) as client:
        began = time.monotonic()
        assert (await client.integrations.get("a")).name == "some words"
        assert time.monotonic() - began > 0.3
        assert len(server.requests) == 1


async def test_silence_in_the_middle_of_a_body_is_silence() -> None:
    """Bytes that came before do not count."""

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-5])
        await reader.read()

    async with RawServer(half, OK) as server, client_of(server, timeout=Timeouts(read=0.1, total=5)) as client:
        assert (await client.integrations.get("a")).id == "a"
        assert len(server.requests) == 2


async def test_each_call_has_its_own_read_timeout_on_the_same_connection() -> None:
    """A long one before does not make a short one long, nor the other way round."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(OK)

    short, long = Timeouts(read=0.1, total=5), Timeouts(read=3, total=5)
    async with RawServer(OK, slow) as server, client_of(server, retry=RetryPolicy(attempts=1)) as client:
        await client.integrations.get("a", timeout=short)
        await client.integrations.get("a", timeout=long)
        assert server.connections == [1, 1]
    async with RawServer(OK, hang) as server, client_of(server, retry=RetryPolicy(attempts=1)) as client:
        await client.integrations.get("a", timeout=long)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match="no byte"):
            await client.integrations.get("a", timeout=short)
        assert time.monotonic() - began < 2
        assert server.connections == [1, 1]


async def test_a_new_connection_that_is_closed_at_once_is_a_failed_try() -> None:
    """So the retry rules count it and wait; also where the loop is so busy that the end is there before the request."""
    opened: list[int] = []

    def shut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        writer.close()

    async def busy() -> None:
        while True:
            time.sleep(0.005)
            await asyncio.sleep(0)

    async with await asyncio.start_server(shut, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        policy = RetryPolicy(attempts=2, base=0.001)
        async with IntegratorClient(TOKEN, base_url=url, retry=policy, timeout=5) as client:
            hold = asyncio.create_task(busy())
            with pytest.raises(NoAnswerError) as caught:
                await client.integrations.get("a")
            hold.cancel()
            assert not isinstance(caught.value, RequestTimeoutError)
            assert len(opened) == caught.value.attempts == client._session.stats.requests == policy.attempts


async def test_a_connection_keeps_one_timer_for_its_silence_and_none_once_it_is_closed() -> None:
    """aiohttp makes one for every piece that comes."""

    def scheduled() -> list[asyncio.TimerHandle]:
        return asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined,no-any-return]  # nothing public tells

    def timers() -> int:
        return sum("Protocol._look" in repr(timer) and not timer.cancelled() for timer in scheduled())

    async with RawServer(OK) as server, client_of(server, timeout=Timeouts(read=20, total=50)) as client:
        for _ in range(20):
            await client.integrations.get("a")
        assert timers() == 1
        assert len(scheduled()) < 10
    await asyncio.sleep(0.05)
    assert timers() == 0


async def test_a_pause_that_would_pass_the_deadline_is_not_begun() -> None:
    """The refusal itself comes back at once, with what the server asked for."""
    async with RawServer(answer(429, b"", "Retry-After: 5")) as server, client_of(server) as client:
        began = time.monotonic()
        with pytest.raises(RateLimitedError) as caught:
            await client.integrations.get("a", timeout=1)
        assert time.monotonic() - began < 0.5
        assert caught.value.retry_after == 5


async def test_a_retry_after_above_the_ceiling_is_not_slept() -> None:
    """The error carries the value instead."""
    async with RawServer(answer(429, b"", "Retry-After: 3600")) as server, client_of(server) as client:
        with pytest.raises(RateLimitedError) as caught:
            await client.integrations.get("a", timeout=7200)
        assert caught.value.retry_after == 3600
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "value",
    ["31622401", "1764288000000", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 13 Sep 275760 00:00:00 GMT"],
)
async def test_a_retry_after_that_nobody_waits_for_is_told_at_once(status: int, value: str) -> None:
    """More than a year, a time of day in milliseconds, huge digits, the last date there is: one request, one number."""
    async with RawServer(answer(status, b"", f"Retry-After: {value}")) as server, client_of(server) as client:
        began = time.monotonic()
        for name in ("get", "create"):
            with pytest.raises(StatusError) as caught:
                await CALLS[name](client)
            assert caught.value.retry_after is not None
            assert 31622400 < caught.value.retry_after < math.inf
            assert not caught.value.maybe_applied
        assert len(server.requests) == 2
        assert time.monotonic() - began < 10


async def test_a_429_stops_everybody() -> None:
    """While one call was told to wait, no other is sent."""
    async with RawServer(answer(429, b"", "Retry-After: 0.3"), OK) as server, client_of(server) as client:
        await asyncio.gather(client.integrations.get("a"), _later(0.1, client))
        assert min(server.times[1:]) - server.times[0] >= 0.3


async def _later(seconds: float, client: IntegratorClient) -> None:
    await asyncio.sleep(seconds)
    await client.integrations.get("b")


async def test_a_repeated_delete_that_meets_404_has_succeeded() -> None:
    """The first try did it, and only its answer was lost."""
    async with RawServer(cut, answer(404)) as server, client_of(server) as client:
        await client.integrations.delete("a")
        assert len(server.requests) == 2


async def test_a_first_delete_that_meets_404_has_not() -> None:
    """Nothing was there."""
    async with RawServer(answer(404)) as server, client_of(server) as client:
        with pytest.raises(StatusError):
            await client.integrations.delete("a")


async def test_one_new_token_for_any_number_of_401() -> None:
    """The provider is asked once more, and each call is repeated once."""
    asked = 0

    async def provider() -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return "old" if asked == 1 else "new"

    async with FakeIntegrator(seeded_account(2), token="new") as fake:
        async with IntegratorClient(provider, base_url=fake.url) as client:
            await asyncio.gather(*(client.token_info() for _ in range(50)))
        assert asked == 2
        assert fake.counts["account.token_info"] == 100


@pytest.mark.parametrize("token", ["wrong", lambda: "wrong"])
async def test_a_401_without_another_token_is_final(fake: FakeIntegrator, token: Any) -> None:
    """A token that stays the same is not sent again."""
    async with IntegratorClient(token, base_url=fake.url) as client:
        with pytest.raises(AuthenticationError, match="Unauthorized"):
            await client.token_info()
    assert fake.counts["account.token_info"] == 1


def test_three_loops_one_client() -> None:
    """A client serves one asyncio.run after the other, and leaves no socket to the garbage collector."""

    async def main() -> None:
        async with FakeIntegrator(seeded_account(1), port=port) as fake:
            assert fake.token
            await client.token_info()

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = IntegratorClient("fake-token-0123456789", base_url=f"http://127.0.0.1:{port}")
    for _ in range(3):
        asyncio.run(main())
    gc.collect()


def test_a_loop_that_was_closed_without_ado_is_forgotten() -> None:
    """The next loop gets connections of its own."""
    client = IntegratorClient(TOKEN, base_url="http://127.0.0.1:1", retry=RetryPolicy(attempts=1))
    for _ in range(2):
        loop = asyncio.new_event_loop()
        with pytest.raises(ConnectError):
            loop.run_until_complete(client.token_info())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    assert len(client._session._pool._bindings) == 1


async def test_use_after_close_is_a_clear_error(client: IntegratorClient) -> None:
    """Closing twice is fine, asking afterwards is not."""
    await client.token_info()
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientClosedError, match="closed"):
        await client.token_info()
    assert "closed" in repr(client._session)


@pytest.mark.parametrize("call", ["get", "create"])
async def test_closed_while_it_waits_for_its_turn(call: str) -> None:
    """Nothing of it was sent, and it says so by our error, not by aiohttp's."""
    async with RawServer(hang) as server:
        client = client_of(server, max_connections=1)
        holder = asyncio.create_task(client.integrations.create({"name": "holds the only slot"}))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(CALLS[call](client))
        await asyncio.sleep(0.05)
        await client.aclose()
        with pytest.raises(ClientClosedError) as caught:
            await waiting
        with pytest.raises(ClientClosedError) as sent:
            await holder
    assert (sent.value.attempts, sent.value.maybe_applied) == (1, True)
    assert (caught.value.attempts, caught.value.maybe_applied) == (0, False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("number", [1, 100])
async def test_closed_while_answers_are_read(number: int) -> None:
    """The calls end at once, and so do those that wait for a slot behind them."""

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[")
        await reader.read()

    async with RawServer(slowly) as server:
        client = client_of(server, max_connections=20)
        calls = [asyncio.create_task(CALLS["get"](client)) for _ in range(number - number // 4)]
        calls += [asyncio.ensure_future(CALLS["list"](client)) for _ in range(number // 4)]
        while len(server.requests) < min(number, 20):
            await asyncio.sleep(0.001)
        await client.aclose()
        done, late = await asyncio.wait(calls, timeout=2)
        assert not late
        assert {type(call.exception()) for call in done} == {ClientClosedError}
        async with client:  # it may be opened again
            assert client._session.in_flight == 0


async def test_closing_a_view_ends_no_call() -> None:
    """It closes nothing."""
    async with FakeIntegrator(seeded_account(1), latency=0.3) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client:
            call = asyncio.ensure_future(client.integrations.list())
            await asyncio.sleep(0.1)
            await client.with_options(timeout=5).aclose()
            assert len(await call) == 1


async def test_closing_ends_the_calls_of_other_event_loops() -> None:
    """A client that two threads use."""
    async with RawServer(hang) as server:
        client = client_of(server)
        elsewhere = asyncio.create_task(asyncio.to_thread(asyncio.run, ended(CALLS["get"], client)))
        while not server.requests:
            await asyncio.sleep(0.001)
        await client.aclose()
        assert await asyncio.wait_for(elsewhere, 5) == "ClientClosedError"


async def ended(call: Any, client: IntegratorClient) -> str:
    try:
        await call(client)
    except IntegratorError as error:
        return type(error).__name__
    return ""


async def test_a_pause_longer_than_the_deadline_is_an_error_at_once() -> None:
    """For calls that begin in it, and for those that wait for a slot or the bucket when it begins."""
    busy = answer(429, b"{}", "Retry-After: 59")

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(busy)

    async with RawServer(late) as server, client_of(server, timeout=5, max_connections=2) as client:
        calls = [asyncio.create_task(CALLS["get"](client)) for _ in range(10)]
        assert not (await asyncio.wait(calls, timeout=2))[1]
        calls.append(asyncio.create_task(CALLS["create"](client)))
        await asyncio.wait(calls[-1:], timeout=1)
        errors = [call.exception() for call in calls]
        assert {type(error) for error in errors} == {RateLimitedError}
        assert all(50 < error.retry_after <= 59 for error in errors)
        assert sorted(error.attempts for error in errors) == [0] * 9 + [1] * 2
        assert "59" in str(errors[-1]) or "58" in str(errors[-1])
        assert len(server.requests) == 2
        assert client._session.stats.throttled == 2


async def test_what_uvloop_says_of_a_closed_transport_is_a_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises RuntimeError where asyncio raises an OSError; any other RuntimeError passes unchanged."""
    text = "unable to perform operation on <TCPTransport closed=True reading=False 0x1>; the handler is closed"
    async with RawServer(OK) as server, client_of(server, retry=RetryPolicy(attempts=2, base=0)) as client:
        await CALLS["get"](client)
        (binding,) = client._session._pool._bindings.values()
        errors: list[Exception] = [RuntimeError(text)]

        def broken(*_: Any, **__: Any) -> Any:
            raise errors[0]

        monkeypatch.setattr(binding.session, "request", broken)
        with pytest.raises(ReadError, match="the connection broke"):
            await CALLS["get"](client)
        errors[0] = RuntimeError("somebody else's")
        with pytest.raises(RuntimeError, match="somebody else's"):
            await CALLS["get"](client)


async def test_what_was_not_sent_counts_no_try() -> None:
    """A deadline that passes in the queue, and a session of the caller's that is closed."""
    async with RawServer(hang) as server, client_of(server, max_connections=1, timeout=0.4) as client:
        holder = asyncio.create_task(client.integrations.get("a", timeout=2))
        await asyncio.sleep(0.05)
        with pytest.raises(RequestTimeoutError) as caught:
            await client.integrations.create({"name": "n"})
        assert (caught.value.attempts, caught.value.maybe_applied) == (0, False)
        holder.cancel()
        session = aiohttp.ClientSession()
        await session.close()
        with pytest.raises(ClientClosedError) as closed:
            await client_of(server, session=session).integrations.get("a")
        assert closed.value.attempts == 0


async def test_a_view_closes_nothing(client: IntegratorClient) -> None:
    """The view is left, the client goes on, and the view too."""
    view = client.with_options(timeout=5)
    async with view:
        await view.token_info()
    await client.token_info()
    await view.token_info()


async def test_a_session_handed_in_stays_open_and_keeps_its_middlewares(fake: FakeIntegrator) -> None:
    """It is the caller's to close."""
    seen: list[str] = []

    async def theirs(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        seen.append(request.method)
        return await handler(request)

    async with aiohttp.ClientSession(middlewares=(theirs,), raise_for_status=True) as session:
        async with IntegratorClient(fake.token, base_url=fake.url, session=session) as client:
            await client.token_info()
            with pytest.raises(StatusError):
                await client.integrations.get("f" * 24)
        assert not session.closed
    assert seen == ["GET", "GET"]


async def test_slots_are_bounded_and_come_back(fake: FakeIntegrator) -> None:
    """Never more than max_connections on the wire, and a cancelled call gives its slot back."""
    fake.latency = 0.05
    async with IntegratorClient(fake.token, base_url=fake.url, max_connections=2) as client:
        most = 0
        tasks = [asyncio.create_task(client.token_info()) for _ in range(8)]
        while not all(task.done() for task in tasks):
            most = max(most, client._session.in_flight)
            tasks[-1].cancel()
            await asyncio.sleep(0.005)
        assert most == 2
        await asyncio.gather(client.token_info(), client.token_info())
        assert client._session.in_flight == 0


async def test_an_answer_larger_than_allowed_is_refused() -> None:
    """Decoded size is capped while reading."""
    big = answer(200, b'{"_id": "' + b"a" * 100_000 + b'"}')
    async with (
        RawServer(big) as server,
        client_of(server, max_body_bytes=1000, retry=RetryPolicy(attempts=1)) as client,
    ):
        with pytest.raises(UnreadableReplyError, match="max_body_bytes"):
            await client.integrations.get("a")


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"[]", b"{", b'{"_id": NaN', b"\xff", b"null"])
async def test_a_body_that_is_not_the_operations_is_unreadable(body: bytes) -> None:
    """The error is ours, and says where."""
    async with RawServer(answer(200, body)) as server, client_of(server) as client:
        with pytest.raises(UnreadableReplyError, match="integrations.get"):
            await client.integrations.get("a")
        assert len(server.requests) == 5


async def test_a_partial_answer_is_no_list() -> None:
    """206 on a list is not its end."""
    async with RawServer(answer(206, b"[]")) as server, client_of(server) as client:
        with pytest.raises(UnreadableReplyError, match="206"):
            await client.integrations.list()


async def test_the_token_is_nowhere_but_in_its_header(caplog: pytest.LogCaptureFixture) -> None:
    """Not in errors, their texts, causes, pickles and frames, nor in logs, nor in what objects show of themselves."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    for play in (
        answer(500),
        answer(401),
        answer(404, TOKEN[:0].encode()),
        cut,
        b"junk\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX",
    ):
        async with (
            RawServer(
                play if not isinstance(play, bytes) or play.startswith(b"HTTP/1.1 2") is False else _then_close(play)
            ) as server,
            client_of(server, retry=RetryPolicy(attempts=2, base=0)) as client,
        ):
            for call in (CALLS["get"], CALLS["create"]):
                with pytest.raises(IntegratorError) as caught:
                    await call(client)
                error = caught.value
                shown += [
                    repr(error),
                    str(vars(error)),
                    repr(pickle.dumps(error)),
                    repr(error.__cause__),
                    repr(error.__context__),
                ]
                shown += traceback.TracebackException.from_exception(error, capture_locals=True).format()
            shown += [
                repr(client),
                repr(client._session),
                repr(vars(client._session)),
                repr(client._session._pool.credentials),
            ]
            assert any(f"Authorization: Bearer {TOKEN}".encode() in request for request in server.requests)
    shown += [record.getMessage() for record in caplog.records]
    assert TOKEN not in "".join(shown)


async def test_a_read_only_client_refuses_before_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes and reads with side effects; CELIGO_MODE=read does the same."""
    monkeypatch.setenv("CELIGO_MODE", "read")
    async with RawServer(OK) as server, client_of(server) as client:
        for name in ("replace", "delete", *FINAL):
            with pytest.raises(ReadOnlyError):
                await CALLS[name](client)
        assert server.requests == []
        assert (await client.integrations.get("a")).id == "a"
        assert "read-only" in repr(client)


async def test_an_outage_is_not_multiplied() -> None:
    """While everything fails, each call in flight fails once, and then one probe at a time is sent."""
    async with RawServer(answer(500)) as server, client_of(server, timeout=1.5) as client:
        results = await asyncio.gather(*(client.integrations.get("a") for _ in range(100)), return_exceptions=True)
        assert all(isinstance(result, ServerError | RequestTimeoutError) for result in results)
        assert all("has not answered since" in str(result) for result in results)
        assert len(server.requests) < 64 + 6
        assert client._session._pool.quota.tokens == client._session._pool.quota.full


async def test_cancellation_passes_unchanged() -> None:
    """A cancelled call is cancelled, and nothing of it stays."""
    async with RawServer(hang) as server, client_of(server) as client:
        task = asyncio.create_task(client.integrations.get("a"))
        while not server.requests:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client._session.in_flight == 0
