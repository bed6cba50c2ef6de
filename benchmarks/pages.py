"""What is gained by asking for the next page before this one has been read?

    python benchmarks/pages.py [--pages 8] [--repeat 7]

A list of pages of 1,000 records of 2 KB, read as models and as raw records, over three lines: 5 ms and 50 ms away,
and one of 20 MB a second, which its connections share. The reference is the same client with reading ahead switched
off; aiohttp by hand, one page after the other, stands beside it. No client can be quicker than the floor: a page's
link is known no sooner than its headers are there, so a page takes the latency, its bytes on the line, or our own
CPU, whichever is most; and the first page's waiting, or the last one's reading, overlaps with nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import _bench
import _clients
import aiohttp

from aiointegrator import IntegratorClient, _walk

LINES = {"5 ms": (0.005, 0), "50 ms": (0.05, 0), "20 MB/s": (0.001, 20_000_000)}
AHEAD, AFTER = "aiointegrator", "aiointegrator, one after the other"
BY_HAND, FLOOR = "aiohttp by hand, one after the other", "the floor: latency, line or CPU"
PAGE = 2_330_000
"""Bytes of a page, about."""


@contextmanager
def ahead(pages: int) -> Iterator[None]:
    """Let the pager ask for so many pages ahead."""
    before, _walk.AHEAD = _walk.AHEAD, pages
    try:
        yield
    finally:
        _walk.AHEAD = before


def ours(url: str, pages: int, at_once: int, form: str) -> _bench.Run:
    async def read() -> _bench.Cost:
        async with IntegratorClient(_clients.TOKEN, base_url=url, rate_limit=None) as client:
            await client.token_info()  # connects
            records = 0
            list_ = client.flows.list()
            watch = _bench.DeadlineTimer()
            with ahead(at_once):
                async for page in (list_.raw() if form == "raw" else list_).pages():
                    records += len(page)
            assert records == 1000 * pages
            return watch.cost(pages)

    return lambda: asyncio.run(read())


def by_hand(url: str, pages: int, form: str) -> _bench.Run:
    """The bytes, or models; the next page is asked for when this one is done."""

    async def read() -> _bench.Cost:
        async with aiohttp.ClientSession(url) as session:
            async with session.get("/v1/tokenInfo") as response:
                await response.read()
            watch, target, came = _bench.DeadlineTimer(), "/v1/flows", 0
            while target:
                async with session.get(target) as response:
                    body = await response.read()
                if form == "models":
                    _clients.FLOWS.validate_json(body)
                link = response.headers.get("Link", "")
                target, came = link[1 : link.index(">")] if link else "", came + 1
            assert came == pages
            return watch.cost(pages)

    return lambda: asyncio.run(read())


def floor(slowest: float, cpu: float, pages: int) -> float:
    """What a page takes at least: all overlaps but the first wait, or the reading of the last page."""
    return max(slowest, cpu) + min(slowest, cpu) / pages


def main() -> None:
    chosen = _bench.options(__doc__, pages=8, repeat=7).parse_args()
    _bench.pin()
    tables: list[dict[str, Any]] = []
    targets: list[dict[str, Any]] = []
    for line, (latency, bandwidth) in LINES.items():
        with _bench.server("pages", chosen.pages, latency, bandwidth) as url:
            for form in ("models", "raw"):
                runs = {
                    AFTER: ours(url, chosen.pages, 0, form),
                    AHEAD: ours(url, chosen.pages, _walk.AHEAD, form),
                    BY_HAND: by_hand(url, chosen.pages, form),
                }
                costs = _bench.interleaved(runs, chosen.repeat)
                wall = {name: [1e3 * cost.wall for cost in list_] for name, list_ in costs.items()}
                slowest = 1e3 * max(latency, bandwidth and PAGE / bandwidth)
                wall[FLOOR] = [floor(slowest, 1e3 * cost.cpu, chosen.pages) for cost in costs[AHEAD]]
                title = f"A page of a list, {line}, {form} ({chosen.pages} pages, {chosen.repeat} repetitions)"
                tables.append(_bench.table(title, "ms", wall, AFTER))
                if form == "models":
                    what = f"a long list, {line}: one page after the other / asked ahead"
                    gain = _bench.ratio(wall[AFTER], wall[AHEAD])
                    targets.append(_bench.target("4e", what, gain, 1.4, "× faster", at_least=True))
    _bench.save("pages", vars(chosen), tables, targets)


if __name__ == "__main__":
    main()
