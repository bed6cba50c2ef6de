"""What does a page of 1,000 records of 2 KB cost? As bytes, as raw records, as plain dicts, as models.

python benchmarks/page.py [--pages 20] [--repeat 7]
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import _bench
import _clients
import aiohttp

from aiointegrator import IntegratorClient, Pager

REFERENCE, RAW = "aiohttp, bytes", "aiointegrator, raw"


def by_hand(url: str, pages: int, form: Callable[[bytes], object]) -> _bench.Run:
    async def read() -> _bench.Cost:
        async with aiohttp.ClientSession() as session:

            async def page() -> None:
                async with session.get(f"{url}/v1/flows") as response:
                    form(await response.read())

            return await timed(page, pages)

    return lambda: asyncio.run(read())


def ours(url: str, pages: int, form: Callable[[Pager[Any]], Awaitable[Any]]) -> _bench.Run:
    async def read() -> _bench.Cost:
        async with IntegratorClient(_clients.TOKEN, base_url=url, rate_limit=None) as client:

            async def page() -> None:
                await form(client.flows.list())

            return await timed(page, pages)

    return lambda: asyncio.run(read())


async def timed(page: Callable[[], Awaitable[None]], pages: int) -> _bench.Cost:
    """One after the other; the first one connects, and does not count."""
    await page()
    watch = _bench.DeadlineTimer()
    for _ in range(pages):
        await page()
    return watch.cost(pages)


def main() -> None:
    chosen = _bench.options(__doc__, pages=20, repeat=7).parse_args()
    _bench.pin()
    with _bench.server("page") as url:
        limit = round(_bench.ceiling(url, "/v1/flows"))
        print(f"the server alone gives {limit:,} pages a second")
        runs = {
            REFERENCE: by_hand(url, chosen.pages, lambda body: body),
            RAW: ours(url, chosen.pages, lambda pager: pager.raw()),
            "aiohttp + json.loads": by_hand(url, chosen.pages, json.loads),
            "aiointegrator, plain dicts": ours(url, chosen.pages, lambda pager: pager.plain()),
            "aiohttp + validate_json": by_hand(url, chosen.pages, _clients.FLOWS.validate_json),
            "aiointegrator, models": ours(url, chosen.pages, lambda pager: pager),
        }
        costs = _bench.interleaved(runs, chosen.repeat)
    cpu = {name: [1e3 * cost.cpu for cost in list_] for name, list_ in costs.items()}
    title = f"A page of 1,000 records of 2 KB ({chosen.pages} pages, {chosen.repeat} repetitions)"
    what = "a page of 1,000 records, raw, CPU / the bytes alone"
    target = _bench.target("3", what, _bench.ratio(cpu[RAW], cpu[REFERENCE]), 4, "×")
    _bench.save("page", vars(chosen), [_bench.table(title, "CPU ms", cpu, REFERENCE)], [target], ceiling=limit)


if __name__ == "__main__":
    main()
