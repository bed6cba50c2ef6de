"""How close does a crawl come to what the account's bucket allows, and how does it share it?

    python benchmarks/bucket.py [--requests 4001] [--seconds 30] [--repeat 7]

The bucket is as integrator.io describes its own: 1,000 deep, 300 a second, 429 with Retry-After when it is full. It
stands in a process of its own, which also counts, half of 20 ms away. The floor of N requests is (N - burst) / rate
seconds for each client's own settings. Every crawl is a process of its own too; two of them know of each other by
refusals alone.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any

import _bench
import aiohttp

from aiointegrator import IntegratorClient, RateLimit

LATENCY = 0.02
DEPTH, DRAIN = 1000, 300
IN_FLIGHT = 64
CLOSE, DEFAULT = RateLimit(rate=300, burst=990), RateLimit()
OTHER_RATE = 100.0


# In processes of their own, which begin when they are told to


async def crawl(url: str, name: str, requests: float, seconds: float, limit: RateLimit) -> float:
    """Ask, so many at a time, until so many were answered or so many seconds have passed; returns the seconds."""
    work = iter(range(10**9))
    async with IntegratorClient("token", base_url=url, rate_limit=limit, timeout=300) as client:

        async def worker() -> None:
            while next(work) < requests:
                await client.integrations.list_flows(name)

        await client.integrations.list_flows("warm")  # starting up is not what is asked here
        begin = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for _ in range(IN_FLIGHT):
                    group.create_task(worker())
        return time.monotonic() - begin


async def somebody_else(url: str, name: str, seconds: float, rate: float) -> float:
    """Ask so many times a second, whatever is answered."""
    async with aiohttp.ClientSession(url) as session, asyncio.TaskGroup() as group:

        async def ask() -> None:
            async with session.get(f"/v1/integrations/{name}/flows") as response:
                await response.read()

        begin = time.monotonic()
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
            group.create_task(ask())
    return time.monotonic() - begin


def client(kind: str, url: str, name: str, requests: str, seconds: str, rate: str, burst: str) -> None:
    """Be one of the clients: begin when a line comes, and print the seconds that it took."""
    print("ready", flush=True)
    sys.stdin.readline()
    if kind == "crawl":
        limit = RateLimit(rate=float(rate), burst=float(burst))
        print(asyncio.run(crawl(url, name, float(requests), float(seconds), limit)))
    else:
        print(asyncio.run(somebody_else(url, name, float(seconds), float(rate))))


# Here


def run(clients: Sequence[tuple[object, ...]], requests: float, seconds: float) -> tuple[dict[str, Any], list[float]]:
    """Let them all begin at once; what the server counted by name, and how long each one took."""
    with ExitStack() as stack:
        url = stack.enter_context(_bench.server("bucket", LATENCY))
        started = []
        for number, (kind, rate, burst) in enumerate(clients):
            arguments = [kind, url, f"client{number}", requests, seconds, rate, burst]
            command = [sys.executable, __file__, "client", *map(str, arguments)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            started.append(stack.enter_context(process))
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        took = [float(process.communicate()[0]) for process in started]
        return _bench.told(url), took


def counted(told: dict[str, Any], number: int) -> tuple[int, int]:
    """How often a client was served, and how often refused."""
    target = f"/v1/integrations/client{number}/flows"
    refused = told["refused"].get(target, 0)
    return told["asked"].get(target, 0) - refused, refused


def alone(requests: int, limit: RateLimit) -> dict[str, float]:
    told, (seconds,) = run([("crawl", limit.rate, limit.burst)], requests, 600)
    served, refused = counted(told, 0)
    assert served == requests
    floor = (requests - limit.burst) / limit.rate
    return {"seconds": seconds, "floor": floor, "ratio": seconds / floor, "refused": refused}


def shared(seconds: float, crawls: int, other: float) -> dict[str, float]:
    """Endless crawls with the default settings, and somebody else beside them."""
    clients: list[tuple[object, ...]] = [("crawl", DEFAULT.rate, DEFAULT.burst)] * crawls
    told, _ = run([*clients, ("other", other, 0)] if other else clients, float("inf"), seconds)
    window = max(told["last"] - told["first"], seconds)
    ours = [counted(told, number) for number in range(crawls)]
    served, refused = sum(served for served, _ in ours), sum(refused for _, refused in ours)
    others_served, others_refused = counted(told, crawls)
    return {
        "refused": 100 * refused / (served + refused),
        "429s": refused,
        "used": 100 * (served + others_served) / (DEPTH + DRAIN * window),
        "other": 100 * others_served / (others_served + others_refused) if other else 0.0,
        "smaller": 100 * min(served for served, _ in ours) / served,
    }


def main() -> None:
    chosen = _bench.options(__doc__, requests=4001, seconds=30.0, repeat=7).parse_args()
    _bench.pin()
    found: dict[str, list[dict[str, float]]] = {"close": [], "default": [], "beside": [], "two": []}
    for _ in range(chosen.repeat):
        found["close"].append(alone(chosen.requests, CLOSE))
        found["default"].append(alone(chosen.requests, DEFAULT))
        found["beside"].append(shared(chosen.seconds, 1, OTHER_RATE))
        found["two"].append(shared(chosen.seconds, 2, 0))
        print(json.dumps({name: runs[-1] for name, runs in found.items()}), flush=True)
    _bench.save("bucket", vars(chosen), tables(found, chosen), targets(found, chosen), runs=found)


def of(found: dict[str, list[dict[str, float]]], case: str, key: str) -> list[float]:
    return [run[key] for run in found[case]]


def tables(found: dict[str, list[dict[str, float]]], chosen: Any) -> list[dict[str, Any]]:
    made = []
    for case, limit in (("close", CLOSE), ("default", DEFAULT)):
        values = {"the floor of these settings": of(found, case, "floor"), "a crawl": of(found, case, "seconds")}
        title = (
            f"{chosen.requests:,} requests, rate {limit.rate:g}, burst {limit.burst:g} ({chosen.repeat} repetitions)"
        )
        made.append(_bench.table(title, "s", values, "the floor of these settings"))
    values = {"a crawl beside 100 a second": of(found, "beside", "used"), "two crawls": of(found, "two", "used")}
    values = {"all of the bucket": [100.0] * chosen.repeat} | values
    made.append(_bench.table(f"Sharing an account for {chosen.seconds:g} s", "% used", values, "all of the bucket"))
    floor = "requests in flight when the bucket is full"
    values = {floor: [2.0 * IN_FLIGHT] * chosen.repeat, "answers 429 in all": of(found, "two", "429s")}
    title = f"Two crawls that begin in the same moment, {chosen.seconds:g} s"
    made.append(_bench.table(title, "requests", values, floor))
    return made


def targets(found: dict[str, list[dict[str, float]]], chosen: Any) -> list[dict[str, Any]]:
    def promise(part: str, what: str, case: str, key: str, limit: float, unit: str, **more: bool) -> dict[str, Any]:
        return _bench.target(part, what, _bench.spread(of(found, case, key)), limit, unit, **more)

    size = f"{chosen.requests:,} requests"
    beside, two = f"beside a client that takes {OTHER_RATE:g} a second", "two processes on one account"
    return [
        promise("4a", f"{size} at (300, 990), time / floor", "close", "ratio", 1.01, "×"),
        promise("4a", f"{size} at (300, 990), answers 429", "close", "refused", 0, "429s"),
        promise("4a", f"{size} at the default (270, 900), time / floor", "default", "ratio", 1.01, "×"),
        promise("4a", f"{size} at the default (270, 900), answers 429", "default", "refused", 0, "429s"),
        promise("4b", f"{beside}: our 429s", "beside", "refused", 1, "% of ours"),
        promise("4b", f"{beside}: the bucket used by both", "beside", "used", 95, "%", at_least=True),
        promise("4b", f"{beside}: the other is served", "beside", "other", 99, "% of its", at_least=True),
        promise("4b", f"{two}: 429s", "two", "refused", 1, "% of all"),
        promise("4b", f"{two}: the bucket used by both", "two", "used", 95, "%", at_least=True),
        promise("4b", f"{two}: the smaller share (even is 50)", "two", "smaller", 30, "%", at_least=True),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        client(*sys.argv[2:])
    else:
        main()
