"""What does the crawl of 1,000 integrations cost? 4,001 requests, 80,000 records of 2 KB, one core, no throttle.

    python benchmarks/crawl.py [--integrations 1000] [--repeat 7]

Each run is a process of its own, so that its memory can be told. The references: aiohttp workers that write the same
bytes to disk and know nothing of records, and the client that gathers everything as models.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _bench
import _clients

KINDS = ("flows", "exports", "imports", "ashares")
IN_FLIGHT = 64


async def workers(url: str, out: Path) -> None:
    """aiohttp workers: the same GETs, and the bytes of each kind into a file."""
    import aiohttp

    headers = {"Authorization": f"Bearer {_clients.TOKEN}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:
        async with session.get(f"{url}/v1/integrations") as response:
            ids = [record["_id"] for record in json.loads(await response.read())]
        work = iter([(id_, kind) for id_ in ids for kind in KINDS])
        files = {kind: (out / kind).open("wb") for kind in KINDS}

        async def worker() -> None:
            for id_, kind in work:
                async with session.get(f"{url}/v1/integrations/{id_}/{kind}") as response:
                    files[kind].write(await response.read())

        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(worker())
        for file in files.values():
            file.close()


async def gathered(url: str, out: Path) -> None:
    """Everything at once as models, the way it is often written."""
    from aiointegrator import IntegratorClient

    async with IntegratorClient(_clients.TOKEN, base_url=url, rate_limit=None, max_connections=IN_FLIGHT) as client:
        integrations = await client.integrations.list()

        async def branch(integration_id: str, kind: str) -> object:
            return await getattr(client.integrations, f"list_{kind}")(integration_id)

        await asyncio.gather(*(branch(integration.id, kind) for integration in integrations for kind in KINDS))


async def raw(url: str, out: Path) -> None:
    """What `aiointegrator crawl` does: raw records into an inventory."""
    await _crawl(url, out, raw=True)


async def plain(url: str, out: Path) -> None:
    """The same with plain dicts."""
    await _crawl(url, out, raw=False)


async def _crawl(url: str, out: Path, *, raw: bool) -> None:
    from aiointegrator import IntegratorClient
    from aiointegrator.inventory import InventoryWriter

    async with IntegratorClient(_clients.TOKEN, base_url=url, rate_limit=None, max_connections=IN_FLIGHT) as client:
        crawl = client.crawl(raw=raw, models=False)
        with InventoryWriter(out, KINDS, client.base_url) as writer:
            async with crawl:
                async for snapshot in crawl:
                    writer.write(snapshot)
            writer.finish(crawl.report)
        assert crawl.complete


WAYS = {
    "aiohttp workers, bytes to disk": workers,
    "aiointegrator crawl, raw": raw,
    "aiointegrator crawl, plain dicts": plain,
    "gather, models": gathered,
}


def one(name: str, url: str) -> None:
    """In a process of its own: run, and print seconds and bytes."""
    import aiohttp  # noqa: F401 - imports are not measured

    import aiointegrator.inventory  # noqa: F401

    _bench.pin()
    with tempfile.TemporaryDirectory() as out:
        wall, cpu = time.perf_counter(), time.process_time()
        if name.endswith("uvloop"):
            import uvloop

            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(WAYS[name.removesuffix(" + uvloop")](url, Path(out)))
        else:
            asyncio.run(WAYS[name](url, Path(out)))
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, _bench.peak()]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--integrations", type=int, default=1000)
    options.add_argument("--repeat", type=int, default=7)
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        return one(*chosen.one)
    names = [*WAYS, "aiohttp workers, bytes to disk + uvloop", "aiointegrator crawl, raw + uvloop"]
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    with _bench.server("account", chosen.integrations) as url:
        for _ in range(chosen.repeat):
            for name in names:
                done = subprocess.run(
                    [sys.executable, __file__, "--one", name, url], check=True, capture_output=True, env=os.environ
                )
                found[name].append(json.loads(done.stdout))
    costs = {name: [_bench.Cost(wall, cpu) for wall, cpu, _ in runs] for name, runs in found.items()}
    memory = {name: round(statistics.median(peak for _, _, peak in runs)) for name, runs in found.items()}
    table = _bench.rows(costs, "wall", 1.0, names[0])
    _bench.show(f"{chosen.integrations} integrations, {chosen.repeat} repetitions", "seconds", 1.0, table)
    for row in table:
        row["peak_bytes"] = memory[str(row["client"])]
        print(f"  {row['client']!s:44} peak {memory[str(row['client'])] / 1e6:8.0f} MB")
    _bench.save(
        "crawl",
        {"unit": "seconds", "settings": {"integrations": chosen.integrations, "repeat": chosen.repeat}, "table": table},
    )
    return None


if __name__ == "__main__":
    main()
