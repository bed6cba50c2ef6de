"""What does a page of 1,000 records of 2 KB cost? As bytes, as raw records, as plain dicts, as models.

python benchmarks/page.py [--pages 20] [--repeat 7]
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import _bench
import _clients
import aiohttp

from aiointegrator import IntegratorClient, Pager

REFERENCE = "aiohttp, bytes"


def bytes_alone(url: str, pages: int) -> _bench.Run:
    async def read() -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(pages):
                async with session.get(f"{url}/v1/flows") as response:
                    await response.read()

    return lambda: asyncio.run(read())


def ours(url: str, pages: int, form: Callable[[Pager[Any]], Awaitable[Any]]) -> _bench.Run:
    async def read() -> None:
        async with IntegratorClient(_clients.TOKEN, base_url=url, rate_limit=None) as client:
            for _ in range(pages):
                await form(client.flows.list())

    return lambda: asyncio.run(read())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=20)
    options.add_argument("--repeat", type=int, default=7)
    chosen = options.parse_args()
    _bench.pin()
    with _bench.server("page") as url:
        runs = {
            REFERENCE: bytes_alone(url, chosen.pages),
            "aiointegrator, raw": ours(url, chosen.pages, lambda pager: pager.raw()),
            "aiointegrator, plain dicts": ours(url, chosen.pages, lambda pager: pager.plain()),
            "aiointegrator, models": ours(url, chosen.pages, lambda pager: pager),
        }
        table = _bench.rows(_bench.interleaved(runs, chosen.repeat), "cpu", chosen.pages, REFERENCE)
    _bench.show(f"{chosen.pages} pages of 1,000 records, {chosen.repeat} repetitions", "CPU ms a page", 1e3, table)
    _bench.save("page", {"unit": "CPU seconds a page", "settings": vars(chosen), "table": table})


if __name__ == "__main__":
    main()
