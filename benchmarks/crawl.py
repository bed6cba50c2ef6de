"""How long does a crawl take beside a plain aiohttp client that sends the same requests?

Both run in this process, pinned to one core, in turn, against one pretend server in a process of its own on another
core: 20 ms latency, no bucket. The plain client is aiohttp, a semaphore and `json.loads`, with no retry, no pacing, no
models. The table shows medians over the repetitions, the spread, and the ratio pair by pair.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from aiointegrator import IntegratorClient

KINDS = ("flows", "exports", "imports", "ashares")
IN_FLIGHT = 64
RESULT = Path(__file__).parent / "results" / "crawl.json"
Run = Callable[[], Coroutine[Any, Any, int]]


async def plain(url: str, token: str) -> int:
    """aiohttp + semaphore + json.loads; returns how many records were read."""
    slots = asyncio.Semaphore(IN_FLIGHT)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def pages(path: str) -> list[Any]:
            records: list[Any] = []
            target: str | None = path
            while target:
                async with slots, session.get(url + target) as response:
                    body = await response.read()
                    link = response.links.get("next")
                records += json.loads(body) if body else []
                target = URL(link["url"]).path_qs if link else None
            return records

        integrations = await pages("/v1/integrations")
        paths = [f"/v1/integrations/{record['_id']}/{kind}" for record in integrations for kind in KINDS]
        branches = await asyncio.gather(*(pages(path) for path in paths))
        return len(integrations) + sum(map(len, branches))


async def ours(url: str, token: str, *, models: bool) -> int:
    """`client.crawl`; returns how many records were read."""
    async with IntegratorClient(token, base_url=url, rate_limit=None, max_connections=IN_FLIGHT) as client:
        async with client.crawl(models=models) as crawl:
            async for _ in crawl:
                pass
        assert crawl.complete
        return sum(crawl.report.counts.values())


def measured(run: Run) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds, records."""
    wall, cpu = time.perf_counter(), time.process_time()
    records = asyncio.run(run())
    return time.perf_counter() - wall, time.process_time() - cpu, records


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--integrations", type=int, default=200)
    options.add_argument("--repeat", type=int, default=7)
    options.add_argument("--latency", type=float, default=0.02, help="seconds")
    chosen = options.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    command = [
        sys.executable,
        str(Path(__file__).with_name("_server.py")),
        str(chosen.integrations),
        str(chosen.latency),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url, token = server.stdout.readline().split()
        runs: dict[str, Run] = {
            "aiohttp + semaphore + json.loads": lambda: plain(url, token),
            "aiointegrator, models": lambda: ours(url, token, models=True),
            "aiointegrator, plain dicts": lambda: ours(url, token, models=False),
        }
        results: dict[str, list[tuple[float, float, int]]] = {name: [] for name in runs}
        for repetition in range(chosen.repeat + 1):
            for name, run in runs.items():
                result = measured(run)
                if repetition:  # the first round warms up
                    results[name].append(result)
        server.communicate()
    show(results, chosen)


def show(results: dict[str, list[tuple[float, float, int]]], chosen: argparse.Namespace) -> None:
    assert len({result[2] for rows in results.values() for result in rows}) == 1, "they read different accounts"
    reference = next(iter(results.values()))
    table = []
    for name, rows in results.items():
        walls, cpus = [row[0] for row in rows], [row[1] for row in rows]
        ratios = sorted(row[0] / other[0] for row, other in zip(rows, reference, strict=True))
        loads = sorted(row[1] / other[1] for row, other in zip(rows, reference, strict=True))
        table.append(
            {
                "client": name,
                "wall_median_s": round(statistics.median(walls), 3),
                "wall_min_s": round(min(walls), 3),
                "wall_max_s": round(max(walls), 3),
                "cpu_median_s": round(statistics.median(cpus), 3),
                "wall_ratio": round(statistics.median(ratios), 2),
                "wall_ratio_spread": [round(ratios[0], 2), round(ratios[-1], 2)],
                "cpu_ratio": round(statistics.median(loads), 2),
            }
        )
    requests = 1 + chosen.integrations * len(KINDS)
    print(f"{chosen.integrations} integrations, about {requests} requests, {chosen.latency * 1000:g} ms latency, "
          f"{IN_FLIGHT} in flight, {chosen.repeat} repetitions")  # fmt: skip
    print(f"{'client':36} {'wall s (min-max)':>22} {'cpu s':>7} {'wall ratio':>20} {'cpu ratio':>10}")
    for row in table:
        wall = f"{row['wall_median_s']:.3f} ({row['wall_min_s']:.3f}-{row['wall_max_s']:.3f})"
        spread: Any = row["wall_ratio_spread"]
        ratio = f"{row['wall_ratio']:.2f} ({spread[0]:.2f}-{spread[1]:.2f})"
        print(f"{row['client']:36} {wall:>22} {row['cpu_median_s']:7.3f} {ratio:>20} {row['cpu_ratio']:10.2f}")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"settings": vars(chosen), "results": table}, indent=1) + "\n")
    print(f"also in {RESULT.relative_to(Path.cwd()) if RESULT.is_relative_to(Path.cwd()) else RESULT}")


if __name__ == "__main__":
    main()
