"""The catalogue, played: what comes out, how many tries the server saw, and that no write was tried twice."""

from __future__ import annotations

import pytest
from faults.catalogue import BODY, CATALOGUE, Fault
from raw_server import RawServer, answer
from shown import everything_shown

from aiointegrator import IntegratorClient, IntegratorError, RetryPolicy

QUICK = RetryPolicy(base=0, throttled_base=0)
TOKEN = "canary-5d41402abc4b2a76b9719d911017c592"
rows = pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)


def client_of(server: RawServer) -> IntegratorClient:
    return IntegratorClient(TOKEN, base_url=server.url, retry=QUICK, timeout=5)


@rows
async def test_a_read_gets_its_answer(fault: Fault) -> None:
    """What is in doubt is asked again, once, and over another connection."""
    async with RawServer(fault.play, answer(200, BODY)) as server, client_of(server) as client:
        records = await client.integrations.list()
        assert [record.id for record in records] == ["a"]
        assert len(server.requests) == (1 if fault.meaning == "fine" else 2)
        await client.integrations.get("a")
        assert fault.reused or server.connections[0] not in server.connections[1:]


@rows
async def test_a_replacement_gets_its_answer(fault: Fault) -> None:
    """So does a write that may be repeated."""
    async with RawServer(fault.play, answer(200, BODY)) as server, client_of(server) as client:
        await client.integrations.replace("a", {"name": "n"})
        assert len(server.requests) <= 2


@rows
async def test_a_create_is_sent_once(fault: Fault) -> None:
    """And where it may have been carried out, the error says so."""
    async with RawServer(fault.play, answer(200, BODY)) as server, client_of(server) as client:
        if fault.meaning == "fine":
            assert (await client.integrations.create({"name": "n"})).id == "a"
        else:
            with pytest.raises(fault.error) as caught:
                await client.integrations.create({"name": "n"})
            assert caught.value.maybe_applied
            assert TOKEN not in everything_shown(caught.value)
        assert len(server.requests) == 1


@rows
async def test_five_tries_are_five_requests(fault: Fault) -> None:
    """Where one list never gets better, the error is typed, bounded and printable."""
    async with RawServer(fault.play, healthy=True) as server, client_of(server) as client:
        await client.token_info()  # so that the failures are seen to be no outage
        if fault.meaning == "fine":
            assert len(await client.integrations.list()) == 1
            return
        with pytest.raises(fault.error) as caught:
            await client.integrations.list()
        assert len(server.requests) == 5
        assert caught.value.attempts == 5
        assert not caught.value.maybe_applied
        assert shows_well(caught.value)
        assert TOKEN not in everything_shown(caught.value)


def shows_well(error: IntegratorError) -> bool:
    return len(str(error)) < 1000 and len(error.body) <= 4000 and (str(error) + error.body).isprintable()
