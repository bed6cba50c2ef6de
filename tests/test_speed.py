"""A guard against growing dear: work counted, not timed, beside aiohttp by hand in the same process.

What is counted is calls of functions, Python's and C's, as `sys.setprofile` reports them: the same on a quiet machine and
a busy one. The event loop's and the tiny server's are in both numbers. The margins are generous; benchmarks/ says what
is true. One test does take time, as a ratio of the CPU of interleaved runs, with a margin of three and five tries.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import aiohttp
import pytest
from pydantic import TypeAdapter

from aiointegrator import IntegratorClient, RateLimit
from aiointegrator.models import Flow

FLOW = {"_id": "5f00000000000000000000ab", "name": "Orders", "pageGenerators": [{"_exportId": "5f"}]}
SMALL, LARGE = json.dumps([FLOW, FLOW]).encode(), json.dumps([FLOW] * 1000).encode()
FLOWS: TypeAdapter[list[Flow]] = TypeAdapter(list[Flow])
Ask = Callable[[], Awaitable[object]]


class Server(asyncio.Protocol):
    """Answers every request alike, in a few calls."""

    body = SMALL

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(self.body)
        self._transport.write(head + self.body)


class LargeServer(Server):
    """A page of 1,000."""

    body = LARGE


async def beside(protocol: type[Server], use: Callable[[Ask, IntegratorClient], Awaitable[Any]]) -> Any:
    """Let `use` have aiohttp by hand with models, and our client with everything on, both connected and warm."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    limit = RateLimit(rate=1e9, burst=1e9)
    async with (
        server,
        aiohttp.ClientSession() as session,
        IntegratorClient("t", base_url=url, rate_limit=limit) as ours,
    ):

        async def by_hand() -> object:
            async with session.get(f"{url}/v1/integrations/5f/flows") as response:
                return FLOWS.validate_json(await response.read())

        for _ in range(3):
            await by_hand()
            await ours.integrations.list_flows("5f")
            await ours.integrations.list_flows("5f").raw()
        return await use(by_hand, ours)


async def counted(ask: Ask, times: int = 10) -> Counter[str]:
    """Calls of functions by file; those of C under the file that calls them."""
    found: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event in {"call", "c_call"}:
            found[frame.f_code.co_filename] += 1

    sys.setprofile(note)
    try:
        for _ in range(times):
            await ask()
    finally:
        sys.setprofile(None)
    return found


async def test_a_call_costs_little_more_than_by_hand() -> None:
    """With retries, pacing, slots, deadline and typed errors on: at most 1.6 × the calls, and none of tenacity's."""

    async def use(by_hand: Ask, ours: IntegratorClient) -> tuple[Counter[str], Counter[str]]:
        return await counted(by_hand), await counted(lambda: ours.integrations.list_flows("5f").collect())

    hand, own = await beside(Server, use)
    assert sum(own.values()) < 1.6 * sum(hand.values())
    assert not [name for name in own if "tenacity" in name]


async def test_a_raw_page_costs_nothing_by_the_record_but_its_bytes() -> None:
    """A page of 1,000 raw records: no Python for each of them, as a page of two has none."""
    pytest.importorskip("msgspec")

    async def use(by_hand: Ask, ours: IntegratorClient) -> int:
        return sum((await counted(ours.integrations.list_flows("5f").raw().collect, 1)).values())

    assert await beside(LargeServer, use) < await beside(Server, use) + 500


async def test_models_of_a_page_are_made_without_python() -> None:
    """A page of 1,000 models: fewer than one call of a function for each record."""

    async def use(by_hand: Ask, ours: IntegratorClient) -> int:
        return sum((await counted(lambda: ours.integrations.list_flows("5f").collect(), 1)).values())

    assert await beside(LargeServer, use) < 1000


async def test_the_cpu_of_a_call() -> None:
    """Less than three times that of aiohttp by hand, in the best of five tries of interleaved runs."""

    async def cpu(ask: Ask) -> float:
        begin = time.process_time()
        for _ in range(50):
            await ask()
        return time.process_time() - begin

    async def use(by_hand: Ask, ours: IntegratorClient) -> float:
        ratios = []

        async def own() -> object:
            return await ours.integrations.list_flows("5f")

        for _ in range(5):
            pairs = [
                (await cpu(lambda: ours.integrations.list_flows("5f").collect()), await cpu(by_hand)) for _ in range(3)
            ]
            ratios.append(min(mine for mine, _ in pairs) / min(hand for _, hand in pairs))
            if ratios[-1] < 3:
                break
        return min(ratios)

    assert await beside(Server, use) < 3
