"""Large lists are read slice by slice, models are built beside the loop: everybody gets a turn, nothing else changes."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest
from raw_server import RawServer, answer

from aiointegrator import IntegratorClient, RetryPolicy, UnreadableReplyError
from aiointegrator._decoding import shapes
from aiointegrator.session import _manager

RECORDS = [
    {"_id": f"{n:024x}", "name": f"Flow {n}", "pageGenerators": [{"_exportId": "a"}, {"_exportId": "b"}], "x": "}, {"}
    for n in range(4000)
]


def client_of(server: RawServer) -> IntegratorClient:
    return IntegratorClient("token", base_url=server.url, retry=RetryPolicy(attempts=1))


@pytest.mark.parametrize("form", ["models", "plain", "raw"])
async def test_a_large_list_is_read_in_many_turns(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, in order, and with turns for others in between."""
    slices: list[bytes] = []

    def parsed(body: bytes, size: int) -> Any:
        for slice_ in _shapes_slices(body, size):
            slices.append(slice_)
            yield slice_

    _shapes_slices = _manager.slices
    monkeypatch.setattr(_manager, "slices", parsed)
    monkeypatch.setattr(shapes._RawItems, "large", shapes.ItemsShape.large)
    async with RawServer(answer(200, json.dumps(RECORDS).encode())) as server, client_of(server) as client:
        pager: Any = client.flows.list()
        found = await {"models": pager, "plain": pager.plain(), "raw": pager.raw()}[form]
    assert len(slices) >= 3
    if form == "models":
        found = [record.to_wire() for record in found]
    assert [json.loads(record) if form == "raw" else record for record in found] == RECORDS


async def test_what_is_wrong_is_said_as_for_a_small_list() -> None:
    """With the place of the record in the whole list."""
    broken: list[Any] = [*RECORDS[:3500], "no record", *RECORDS[3501:]]
    async with RawServer(answer(200, json.dumps(broken).encode())) as server, client_of(server) as client:
        with pytest.raises(UnreadableReplyError, match=r"3500: Input should be"):
            await client.flows.list()


@pytest.mark.parametrize("tail", [b"", b"] ", b"]]", b", {}", b'{"a": NaN}]', b"\xff]"])
async def test_a_broken_large_list_is_refused(tail: bytes) -> None:
    """As a small one is."""
    body = json.dumps(RECORDS).encode()[:-1] + tail
    async with RawServer(answer(200, body)) as server, client_of(server) as client:
        if tail == b"] ":
            assert len(await client.flows.list()) == len(RECORDS)
        else:
            with pytest.raises(UnreadableReplyError):
                await client.flows.list()


async def test_one_large_list_is_read_at_a_time() -> None:
    """So that a turn is one slice long, however many lists have come."""
    body = answer(200, json.dumps(RECORDS).encode())
    async with RawServer(body, body, body) as server, client_of(server) as client:
        found = await asyncio.gather(*(client.flows.list() for _ in range(3)))
    assert [len(one) for one in found] == [len(RECORDS)] * 3


async def test_a_caller_may_leave_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled between two slices, and the next call is served."""
    body = answer(200, json.dumps(RECORDS).encode())
    async with RawServer(body, body) as server, client_of(server) as client:
        began = asyncio.Event()
        true_slices = _manager.slices

        def telling(body: bytes, size: int) -> Any:
            began.set()
            return true_slices(body, size)

        monkeypatch.setattr(_manager, "slices", telling)
        task = asyncio.create_task(client.flows.list().collect())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await client.flows.list()) == len(RECORDS)


async def test_a_model_is_built_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, in a thread, however many calls wait for it; the second use of it makes no thread."""
    built: list[threading.Thread] = []

    class Slow(shapes.ItemsShape[Any]):
        def _resolved(self) -> Any:
            built.append(threading.current_thread())
            time.sleep(0.05)
            return super()._resolved()

    body = answer(200, b'[{"_id": "a"}]')
    async with RawServer(*[body] * 9) as server, client_of(server) as client:
        pager = client.flows.list()
        monkeypatch.setattr(pager, "_shape", Slow("Flow"))
        assert [len(one) for one in await asyncio.gather(*(pager.collect() for _ in range(8)))] == [1] * 8
        assert len(built) == 1
        assert built[0] is not threading.current_thread()
        assert len(await pager) == 1
        assert len(built) == 1
