"""Does anything grow in a client that makes a million requests, and does it ever block the event loop?

    python benchmarks/soak.py [--requests 50000] [--pages 20] [--repeat 7]

One client, 64 workers. Each 997th answer is a 503 and each 4,999th breaks the connection, so that repeating is soaked
too. What is there after each tenth of the requests is counted with the workers at work; the promise holds the end
against the first tenth, and counts stalls from there on, when all connections are open. Sockets are counted apart:
those that break are opened again when they are needed, so that there are now more of them, now fewer, up to 64. A task
that wants to run each millisecond measures for how long it could not: by the clock, which also counts what the machine
did meanwhile, and by this process's own CPU, which is what *we* did. Beside it stands how long 64 workers with aiohttp
by hand hold it, where 64 answers that come together take one turn of the loop. The same is asked of pages of 1,000
records of 2 KB, beside the usual way to read one; there, each repetition is the longest stall of that many pages.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import stat
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import _bench
import _clients
import aiohttp
from _probe import probing

from aiointegrator import IntegratorClient, Pager, RateLimit

IN_FLIGHT = 64
LONGEST = 20
REFERENCE = "aiohttp + validate_json"
Stall = tuple[float, float, float]
"""By the clock, by our CPU, and by that without the collector, in milliseconds."""
UNPACED = RateLimit(rate=1e9, burst=1e9)


def there_is() -> dict[str, float]:
    """Megabytes, tasks, open files, sockets, and timers that will ring, at this moment."""
    gc.collect()
    sockets = [_is_socket(number) for number in map(int, os.listdir("/dev/fd"))]
    timers: list[asyncio.TimerHandle] = getattr(asyncio.get_running_loop(), "_scheduled", [])
    return {
        "memory": _resident() / 1e6,
        "tasks": len(asyncio.all_tasks()),
        "files": sockets.count(False),
        "sockets": sockets.count(True),
        "timers": sum(not timer.cancelled() for timer in timers),
    }


def _is_socket(number: int) -> bool | None:
    """Whether the open file is one; None for the one that the listing itself had open."""
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return None


def _resident() -> int:
    """Bytes of memory now; where the system does not say, the most there were."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


async def soak(url: str, requests: int) -> dict[str, Any]:
    """So many requests in one client; what there was after each tenth, and the longest stalls."""
    numbers = count(1)
    found: list[dict[str, float]] = []
    start: list[float] = []
    async with IntegratorClient(_clients.TOKEN, base_url=url, max_connections=IN_FLIGHT, rate_limit=UNPACED) as client:
        await client.integrations.list_flows("warm")  # the first use of a model is asked for below
        begin = time.perf_counter()

        async def worker() -> None:
            while (number := next(numbers)) <= requests + 10 * IN_FLIGHT:  # at the last count all are still at work
                await client.integrations.list_flows(f"5f{number % 1000:022x}")
                if number % (requests // 10) == 0 and number <= requests:
                    probe.skip()
                    found.append(there_is())
                    if not start:
                        start.extend((probe.cpu, probe.own))
                        probe.wall = probe.cpu = probe.own = 0.0

        async with probing() as probe, asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(worker())
        repeated = client._session.stats.retries
    seconds = time.perf_counter() - begin
    return {
        "samples": found,
        "seconds": seconds,
        "repeated": repeated,
        "wall": probe.wall,
        "cpu": probe.cpu,
        "own": probe.own,
        "start": start,
    }


async def stalled(read: Callable[[], Awaitable[object]], pages: int) -> Stall:
    """The longest stall while pages are read one after the other, as the probe saw it."""
    await read()
    gc.collect()
    async with probing() as probe:
        for _ in range(pages):
            await read()
    return probe.wall, probe.cpu, probe.own


async def by_hand(url: str, pages: int) -> Stall:
    async with aiohttp.ClientSession(url) as session:

        async def read() -> None:
            async with session.get("/v1/flows") as response:
                _clients.FLOWS.validate_json(await response.read())

        return await stalled(read, pages)


async def ours(url: str, pages: int, form: Callable[[Pager[Any]], Awaitable[Any]]) -> Stall:
    async with IntegratorClient(_clients.TOKEN, base_url=url, rate_limit=None) as client:

        async def read() -> None:
            await form(client.flows.list())

        return await stalled(read, pages)


def page_stalls(url: str, pages: int, repeat: int) -> dict[str, list[Stall]]:
    """The longest stalls of each way to read a page."""
    ways: dict[str, Callable[[], Any]] = {
        REFERENCE: lambda: by_hand(url, pages),
        "aiointegrator, models": lambda: ours(url, pages, lambda pager: pager),
        "aiointegrator, plain dicts": lambda: ours(url, pages, lambda pager: pager.plain()),
        "aiointegrator, raw": lambda: ours(url, pages, lambda pager: pager.raw()),
    }
    found: dict[str, list[Stall]] = {name: [] for name in ways}
    for _ in range(repeat):
        for name, way in ways.items():
            found[name].append(asyncio.run(way()))
    return found


async def crowd(client: Callable[[str, int], Any], url: str, requests: int) -> Stall:
    """The longest stall while 64 workers call: all of their answers may lie ready in one turn of the loop."""
    numbers = iter(range(requests))
    async with client(url, IN_FLIGHT) as call:

        async def worker() -> None:
            for number in numbers:
                await call(f"5f{number:022x}")

        await asyncio.gather(*(call("5f") for _ in range(IN_FLIGHT)))
        gc.collect()
        async with probing() as probe, asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(worker())
    return probe.wall, probe.cpu, probe.own


def crowd_stalls(url: str, requests: int, repeat: int) -> dict[str, list[Stall]]:
    """The longest stalls of 64 calls in flight, ours and aiohttp's by hand."""
    ways = {REFERENCE: _clients.with_models, "aiointegrator": _clients.ours}
    found: dict[str, list[Stall]] = {name: [] for name in ways}
    for _ in range(repeat):
        for name, client in ways.items():
            found[name].append(asyncio.run(crowd(client, url, requests)))
    return found


FIRST_USE = """
import asyncio, sys
sys.path.insert(0, {here!r})
from _probe import probing
from aiointegrator import IntegratorClient
async def main():
    async with IntegratorClient("token", base_url=sys.argv[1]) as client:
        await client.request("GET", "/v1/x")  # connects
        async with probing() as probe:
            await asyncio.sleep(0.05)
            await client.integrations.list_flows("5f")
            await asyncio.sleep(0.05)
        print(probe.cpu)
asyncio.run(main())
"""


def first_use(url: str) -> float:
    """The longest stall when a fresh interpreter reads its first list of models, by CPU."""
    program = FIRST_USE.format(here=str(_bench.HERE))
    return float(_bench.ended([sys.executable, "-c", program, url]).output)


def stall_targets(
    size: str, soaked: tuple[float, float], stalls: dict[str, list[Stall]], first: list[float]
) -> list[dict[str, Any]]:
    """The longest times that we held the loop, each with the garbage collector and without it."""
    values = {size: ([soaked[0]], [soaked[1]]), "the first use of a model": (first, [])}
    for name, list_ in stalls.items():
        if name != REFERENCE:
            what = f"pages of 1,000 records, {name.partition(', ')[2]}"
            values[what] = ([stall[1] for stall in list_], [stall[2] for stall in list_])
    return [
        _bench.target("7", f"{what}: longest time that we held the loop{kind}", _bench.spread(found), LONGEST, "ms")
        for what, both in values.items()
        for kind, found in zip(("", ", without the garbage collector"), both, strict=True)
        if found
    ]


def main() -> None:
    chosen = _bench.options(__doc__, requests=50_000, pages=20, repeat=7).parse_args()
    _bench.pin()
    with _bench.server("page") as url:
        stalls = page_stalls(url, chosen.pages, chosen.repeat)
    with _bench.server("call") as url:
        first_use(url)  # compiles
        first = [first_use(url) for _ in range(chosen.repeat)]
        crowds = crowd_stalls(url, chosen.requests // 10, chosen.repeat)
    with _bench.server("soak") as url:
        soaked = asyncio.run(soak(url, chosen.requests))
    samples = soaked["samples"]
    unit = {"memory": "MB", "tasks": "tasks", "files": "files", "timers": "timers"}
    after, end = samples[0], samples[-1]
    print(f"{chosen.requests:,} requests in {soaked['seconds']:.0f} s, {soaked['repeated']} of them repeated")
    growth = {key: end[key] - after[key] for key in unit}
    size = f"{chosen.requests:,} requests"
    targets = [
        _bench.target("7", f"{size}: {key} at the end - after a tenth", (growth[key],) * 3, limit, f"{unit[key]} more")
        for key, limit in (("memory", 1), ("tasks", 0), ("files", 0), ("timers", IN_FLIGHT))
    ]
    most = max(sample["sockets"] for sample in samples)
    open_ = f"{size}: the most sockets at ten counts, two of them the event loop's own"
    targets.append(_bench.target("7", open_, (most,) * 3, IN_FLIGHT + 2, "sockets"))
    targets += stall_targets(size, (soaked["cpu"], soaked["own"]), stalls, first)
    tables = []
    title = f"The longest stall of {chosen.pages} pages of 1,000 records"
    for kind, place in (("our CPU", 1), ("without the garbage collector", 2), ("by the clock", 0)):
        values = {name: [stall[place] for stall in list_] for name, list_ in stalls.items()}
        tables.append(_bench.table(f"{title}, {kind} ({chosen.repeat} repetitions)", "ms", values, REFERENCE))
    title = f"The longest stall of {chosen.requests // 10:,} calls, 64 in flight, without the garbage collector"
    values = {name: [stall[2] for stall in list_] for name, list_ in crowds.items()}
    tables.append(_bench.table(f"{title} ({chosen.repeat} repetitions)", "ms", values, REFERENCE))
    _bench.save("soak", vars(chosen), tables, targets, soak=soaked)


if __name__ == "__main__":
    main()
