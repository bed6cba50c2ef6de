"""How close does a crawl come to what the account's bucket allows, and how does it share it?

    python benchmarks/bucket.py [--requests 4001] [--seconds 30]

The bucket is as integrator.io describes its own: 1,000 deep, 300 a second, 429 with Retry-After when it is full. The
floor of N requests is (N - depth) / rate seconds. Real sockets, 20 ms of latency.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import suppress

import _bench
import aiohttp

from aiointegrator import IntegratorClient, RateLimit
from aiointegrator.testing import FakeAccount, FakeBucket, FakeIntegrator


async def crawl(fake: FakeIntegrator, requests: int, limit: RateLimit) -> float:
    """Ask `requests` times with 1,000 tasks; returns the seconds."""
    work = iter(range(requests))
    async with IntegratorClient(fake.token, base_url=fake.url, rate_limit=limit, timeout=300) as client:

        async def task() -> None:
            for _ in work:
                await client.token_info()

        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(200):
                group.create_task(task())
        return time.perf_counter() - begin


def serving() -> FakeIntegrator:
    return FakeIntegrator(FakeAccount(), latency=0.02, bucket=FakeBucket(), record=False)


async def alone(requests: int, limit: RateLimit) -> dict[str, object]:
    async with serving() as fake:
        seconds = await crawl(fake, requests, limit)
        floor = (requests - limit.burst) / limit.rate
        return {
            "rate": limit.rate,
            "burst": limit.burst,
            "requests": requests,
            "seconds": round(seconds, 3),
            "floor": round(floor, 3),
            "ratio": round(seconds / floor, 4),
            "refused": fake.counts["429"],
        }


async def another(fake: FakeIntegrator, rate: float, served: list[int]) -> None:
    """Somebody else's client: so many a second, whatever it is told."""
    headers = {"Authorization": f"Bearer {fake.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as group:

        async def ask() -> None:
            async with session.get(f"{fake.url}/v1/tokenInfo") as response:
                served[response.status == 200] += 1

        begin, number = time.perf_counter(), 0
        while True:
            group.create_task(ask())
            number += 1
            await asyncio.sleep(max(0.0, begin + number / rate - time.perf_counter()))


async def shared(seconds: float, crawls: int, other: float) -> dict[str, object]:
    """Endless crawls for a while, and somebody else beside them."""
    async with serving() as fake:
        served, mine = [0, 0], [0] * crawls
        refused_before = fake.counts["429"]

        async def endless(number: int) -> None:
            # another number makes another bucket: as in another process, only refusals tell them of each other
            limit = RateLimit(rate=270 + number * 1e-6)
            async with IntegratorClient(fake.token, base_url=fake.url, rate_limit=limit, timeout=300) as client:

                async def task() -> None:
                    while True:
                        await client.token_info()
                        mine[number] += 1

                async with asyncio.TaskGroup() as group:
                    for _ in range(64):
                        group.create_task(task())

        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for number in range(crawls):
                    group.create_task(endless(number))
                if other:
                    group.create_task(another(fake, other, served))
        refused = fake.counts["429"] - refused_before
        ours_refused = refused - served[0]
        return {
            "crawls": crawls,
            "other_rate": other,
            "seconds": seconds,
            "served": mine,
            "refused": ours_refused,
            "refused_share": round(ours_refused / (sum(mine) + ours_refused), 4),
            "other_served": served[1],
            "other_refused": served[0],
            "used": round((sum(mine) + served[1]) / (1000 + 300 * seconds), 4),
        }


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=4001)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--repeat", type=int, default=3)
    chosen = options.parse_args()
    found: dict[str, object] = {"settings": vars(chosen)}
    for name, limit in (("rate 300, burst 990", RateLimit(rate=300, burst=990)), ("default", RateLimit())):
        runs = [await alone(chosen.requests, limit) for _ in range(chosen.repeat)]
        found[name] = runs
        for run in runs:
            print(f"{name}: {run['seconds']} s, floor {run['floor']} s, ratio {run['ratio']}, {run['refused']} refused")
    for name, crawls, other in (("beside 100 a second", 1, 100.0), ("two crawls", 2, 0.0)):
        one = await shared(chosen.seconds, crawls, other)
        found[name] = one
        print(f"{name}: {one}")
    _bench.save("bucket", found)


if __name__ == "__main__":
    asyncio.run(main())
