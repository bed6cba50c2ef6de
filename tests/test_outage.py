"""Calls in an outage, against a real server: what waits, what is sent once, and how it goes on."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from raw_server import RawServer, answer
from shown import everything_shown

from aiointegrator import (
    IntegratorClient,
    IntegratorError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    Timeouts,
)
from aiointegrator.session import _manager, _outage
from aiointegrator.testing import FakeIntegrator, seeded_account


@pytest.fixture
async def fake() -> AsyncIterator[FakeIntegrator]:
    async with FakeIntegrator(seeded_account(5)) as server:
        yield server


@pytest.fixture
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pause between two probes is a tenth of the usual one."""
    monkeypatch.setattr(_outage, "FIRST_PAUSE", 0.05)


def client_of(fake: FakeIntegrator, **settings: Any) -> IntegratorClient:
    return IntegratorClient(fake.token, base_url=fake.url, **settings)


async def in_outage(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """Make the client notice that the service is down."""
    with pytest.raises(IntegratorError):
        await client.integrations.list_flows("a", timeout=0.6)


async def single_call(kind: Any) -> str:
    """One call in an outage of two seconds; what is wrong with it, or nothing."""
    async with FakeIntegrator(seeded_account(5)) as fake:
        async with client_of(fake, timeout=Timeouts(read=0.5)) as client:
            async with fake.outage(kind):
                call = asyncio.ensure_future(client.integrations.list())
                await asyncio.sleep(2)
                waited = not call.done()
            found = len(await call)
            requests, quota = client._session.stats.requests, client._session._pool.quota
    good = waited and found == 5 and requests <= 3 + 5 and quota.tokens == quota.full
    return "" if good else f"{kind}: {waited=} {found=} {requests=} {quota.tokens=}"


async def test_a_single_call_without_other_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for the end of the outage, sends a few probes, and then has its answer."""
    monkeypatch.setattr(_manager, "PROBE_SECONDS", 1.0)
    kinds = ("500", "502", "503", "retry-after", "reset", "refused", "silence")
    assert [wrong for wrong in await asyncio.gather(*map(single_call, kinds)) if wrong] == []


@pytest.mark.usefixtures("quick_probes")
async def test_two_outages_with_a_second_between_them(fake: FakeIntegrator) -> None:
    """Attempts and quota are as full at the second as at the first."""
    async with client_of(fake, retry=RetryPolicy(attempts=3, quota=30)) as client:
        await client.token_info()
        for _ in range(2):
            async with fake.outage("503"):
                calls = [asyncio.ensure_future(client.integrations.list()) for _ in range(20)]
                await asyncio.sleep(1)
            assert [len(found) for found in await asyncio.gather(*calls)] == [5] * 20
            await asyncio.sleep(1)


async def test_a_post_in_flight_when_an_outage_begins_is_sent_once(fake: FakeIntegrator) -> None:
    """It raises at once, since nobody knows whether it took effect."""
    async with client_of(fake) as client:
        await client.token_info()
        fake.latency = 30
        call = asyncio.ensure_future(client.integrations.create({"name": "x"}))
        while not fake.counts["integrations.create"]:
            await asyncio.sleep(0.001)
        began = time.monotonic()
        async with fake.outage("refused"):
            with pytest.raises(IntegratorError) as caught:
                await call
            assert time.monotonic() - began < 5
        assert caught.value.maybe_applied
        assert fake.counts["integrations.create"] == 1


@pytest.mark.parametrize("kind", ["503", "refused"])
@pytest.mark.usefixtures("quick_probes")
async def test_a_post_that_was_not_sent_yet_waits_and_is_sent_once(fake: FakeIntegrator, kind: Any) -> None:
    """Nothing of it is in doubt; the probes are reads."""
    async with client_of(fake) as client:
        async with fake.outage(kind):
            await in_outage(fake, client)
            call = asyncio.ensure_future(client.integrations.create({"name": "x"}))
            await asyncio.sleep(1)
            assert not fake.counts["integrations.create"]
        created = await call
        assert created is not None
        assert fake.counts["integrations.create"] == 1


@pytest.mark.usefixtures("quick_probes")
async def test_64_calls_that_wait_when_it_ends_come_in_slowly() -> None:
    """One, two, four, … in flight at most."""
    down, in_flight, answered = True, 0, 0
    seen: list[tuple[int, int]] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal in_flight, answered
        if down:
            writer.write(answer(503))
            return
        in_flight += 1
        seen.append((answered, in_flight))
        await asyncio.sleep(0.05)
        in_flight, answered = in_flight - 1, answered + 1
        writer.write(answer(200, b'{"_userId": "u"}'))

    async with RawServer(play) as server, IntegratorClient("t", base_url=server.url) as client:
        calls = [asyncio.ensure_future(client.token_info()) for _ in range(64)]
        await asyncio.sleep(1)
        down = False
        await asyncio.gather(*calls)
    assert len(seen) >= 64
    assert seen[0] == (0, 1)
    assert all(flying <= 2 ** max(0, done - 1) for done, flying in seen)  # the first answer is the probe's


async def test_never_more_than_one_probe_in_flight(fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many calls wait."""
    monkeypatch.setattr(_outage, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(_outage, "LONGEST_PAUSE", 0.02)
    async with client_of(fake, timeout=1) as client:
        await client.token_info()
        async with fake.outage("503"):
            await in_outage(fake, client)
            fake.forget()
            fake.latency = 0.02
            results = await asyncio.gather(*(client.integrations.list() for _ in range(100)), return_exceptions=True)
        assert all(isinstance(result, RequestTimeoutError | ServerError) for result in results)
        assert fake.most_in_flight == 1
        assert 3 < sum(fake.asked.values()) < 150


@pytest.mark.usefixtures("quick_probes")
async def test_a_call_that_waits_until_its_deadline_says_since_when(
    fake: FakeIntegrator, caplog: pytest.LogCaptureFixture
) -> None:
    """The last failure, with the time; so does the log, and at the end that it is over."""
    async with client_of(fake, timeout=1) as client:
        async with fake.outage("503"):
            with pytest.raises(ServerError, match=r"the service has not answered since 20\d\d-.* UTC") as caught:
                await client.integrations.list()
            assert caught.value.status == 503
            assert caught.value.outage_since == client._session.outage_since is not None
            with pytest.raises(RequestTimeoutError, match=r"not sent, because the service has not answered") as unsent:
                await client.integrations.create({"name": "x"}, timeout=0.3)
            assert (unsent.value.attempts, unsent.value.maybe_applied) == (0, False)
            assert fake.token not in everything_shown(caught.value) + everything_shown(unsent.value)
        await client.integrations.list(timeout=10)
        assert client._session.outage_since is None
    texts = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(texts) == 2
    assert "has not answered since" in texts[0]
    assert "answers again after" in texts[1]


async def test_one_try_raises_its_own_failure_at_once(fake: FakeIntegrator) -> None:
    """`attempts=1` waits for nothing, however often it is called, in the middle of an outage too."""
    async with client_of(fake, retry=RetryPolicy(attempts=1)) as client:
        began = time.monotonic()
        async with fake.outage("503"):
            for _ in range(10):
                with pytest.raises(ServerError) as caught:
                    await client.integrations.list()
                assert caught.value.attempts == 1
        assert time.monotonic() - began < 5
        assert len(await client.integrations.list()) == 5


async def test_a_call_that_always_fails_pauses_no_other(fake: FakeIntegrator) -> None:
    """It uses its own attempts, and the others go on. Reads of five integrations that fail in a row are an outage."""
    fake.fail("list_flows")
    async with client_of(fake) as client:
        await client.token_info()
        failing = [
            asyncio.ensure_future(client.integrations.list_flows(id_)) for id_ in list(fake.account.integrations)[:4]
        ]
        others = [client.integrations.list() for _ in range(100)]
        assert [len(await other) for other in others] == [5] * 100
        for call in failing:
            with pytest.raises(ServerError) as caught:
                await call
            assert caught.value.outage_since is None
    assert max(fake.asked[f"GET /v1/integrations/{id_}/flows"] for id_ in fake.account.integrations) == 5


async def test_the_first_call_of_all_that_always_fails_ends(fake: FakeIntegrator) -> None:
    """`tokenInfo` shows that the service is up, so the call uses its attempts and does not wait for its deadline."""
    fake.fail("list_flows")
    async with client_of(fake) as client:
        began = time.monotonic()
        with pytest.raises(ServerError) as caught:
            await client.integrations.list_flows(next(iter(fake.account.integrations)))
        assert time.monotonic() - began < 15
        assert caught.value.outage_since is None


@pytest.mark.usefixtures("quick_probes")
async def test_a_401_or_404_or_429_shows_that_the_service_is_up(fake: FakeIntegrator) -> None:
    """Any answer but 500, 502, 503 and 504 does."""
    async with client_of(fake) as client:
        for status in (401, 404, 429, 408, 520):
            async with fake.outage("503"):
                await in_outage(fake, client)
                assert client._session._pool.outage.stops
            fake.answer("token_info", status)
            fake.answer("account.token_info", status)
            with pytest.raises(IntegratorError):
                await client.token_info(retry=RetryPolicy(attempts=2, throttled_base=0.01))
            assert not client._session._pool.outage.stops, status


@pytest.mark.usefixtures("quick_probes")
async def test_views_and_clients_of_one_account_share_the_pause(fake: FakeIntegrator) -> None:
    """As they share the bucket; a client without a bucket has its own."""
    async with client_of(fake) as one, client_of(fake) as other, client_of(fake, rate_limit=None) as alone:
        async with fake.outage("503"):
            await in_outage(fake, one)
            assert one.with_options(timeout=1)._session.outage_since is not None
            assert other._session.outage_since == one._session.outage_since is not None
            assert alone._session.outage_since is None
            fake.forget()
            with pytest.raises(IntegratorError):
                await other.integrations.create({"name": "x"}, timeout=0.2)
            assert fake.counts["integrations.create"] == 0


@pytest.mark.usefixtures("quick_probes")
async def test_patience_beyond_the_deadline(fake: FakeIntegrator) -> None:
    """With `outage_patience` the time of an outage does not count; it ends with its own limit."""
    async with client_of(fake, timeout=0.5, outage_patience=20) as client:
        async with fake.outage("503"):
            call = asyncio.ensure_future(client.integrations.list())
            await asyncio.sleep(1.5)
            assert not call.done()
        assert len(await call) == 5
        hasty = client.with_options(outage_patience=0)
        async with fake.outage("503"):
            began = time.monotonic()
            with pytest.raises(ServerError, match="has not answered since"):
                await hasty.integrations.list(timeout=30)
            assert time.monotonic() - began < 5


async def test_a_process_that_was_stopped_keeps_its_deadlines() -> None:
    """SIGSTOP for longer than a call may take: deadline and read time-out move by that time, and the log says so."""
    await asyncio.gather(stopped(read=30.0), stopped(read=2.0))


async def stopped(read: float) -> None:
    code = """
    import asyncio, logging, sys
    from aiointegrator import IntegratorClient, Timeouts
    logging.basicConfig()
    async def main():
        client = IntegratorClient("t", base_url=sys.argv[1], timeout=Timeouts(total=3, read=float(sys.argv[2])))
        async with client:
            call = asyncio.ensure_future(client.token_info())
            await asyncio.sleep(0.5)
            print("asked", flush=True)
            print((await call).to_wire())
    asyncio.run(main())
    """

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)
        writer.write(answer(200, b'{"_userId": "u"}'))
        await writer.drain()

    async with RawServer(late) as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "\n".join(line[4:] for line in code.splitlines()), server.url, str(read)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"asked\n"
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(5)
        process.send_signal(signal.SIGCONT)
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert out == b"{'_userId': 'u'}\n", err
    assert b"could not run for" in err


async def test_a_loop_that_does_not_run_is_no_silence_of_the_server() -> None:
    """Neither asyncio nor the server notices; the call has its answer in the end."""

    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(answer(200, b'{"_userId": "u"}'))
        await writer.drain()

    async with RawServer(later) as server:
        async with IntegratorClient("t", base_url=server.url, timeout=Timeouts(total=1.5, read=1)) as client:
            call = asyncio.ensure_future(client.token_info())
            await asyncio.sleep(0.2)
            time.sleep(2)
            assert (await call).user_id == "u"
    assert len(server.requests) == 1
