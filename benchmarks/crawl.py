"""What does a crawl through the command line cost? 1,000 integrations, 80,000 records of 2 KB, one core, no throttle.

    python benchmarks/crawl.py [--integrations 1000] [--turns 3] [--repeat 7]

Each run is a process of its own. Its time goes from the first request that the server sees to its end, when everything
is written: importing is told apart, tidying up is not. Ours is `aiointegrator crawl` as anybody starts it, with a rate
that never holds it up and without the database, which is made once the crawl is over; it also asks whose the token is,
keeps a journal and digests, syncs its files and writes a manifest. The files lie in memory where the system has a
place for that, so that no disk decides. Of the bare workers there are three kinds: one writes the bodies as they come,
one splits them and writes byte for byte the lines that ours does, and one sums those up for a manifest, too, which
shows how much of what is missing nobody could do without. Both sides of a ratio have the same event loop. Each
repetition goes three times through all but the slow ones.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

import _bench

WORKERS, OURS, GATHER = "aiohttp workers, bytes to disk", "aiointegrator crawl", "aiohttp, gather, models"
LINES = "aiohttp workers, the same lines to disk"
DIGESTS = "aiohttp workers, the same lines, and digests"
WITHOUT = "aiointegrator crawl without the speed extra"
QUICK = " + uvloop"
RECORDS = 20


def bare(way: str, loop: str) -> list[str]:
    return [sys.executable, str(_bench.HERE / "_bare.py"), way, loop, "{url}", "{out}"]


def command(*without: str) -> list[str]:
    """Our command line, without these libraries."""
    hidden = "; ".join(f"sys.modules[{name!r}] = None" for name in without) or "pass"
    program = f"import sys; {hidden}; from aiointegrator.__main__ import main; sys.exit(main())"
    limits = ["--rate", "1e9", "--burst", "1e9", "--quiet", "--base-url", "{url}", "--no-database"]
    return [sys.executable, "-c", program, "crawl", *limits, "--out", "{out}/inventory"]


WAYS = {
    WORKERS: bare("workers", "asyncio"),
    LINES: bare("lines", "asyncio"),
    DIGESTS: bare("digests", "asyncio"),
    OURS: command("uvloop"),
    WORKERS + QUICK: bare("workers", "uvloop"),
    LINES + QUICK: bare("lines", "uvloop"),
    OURS + QUICK: command(),
    WITHOUT: command("uvloop", "msgspec"),
    GATHER: bare("gather", "asyncio"),
}
SLOW = (WITHOUT, GATHER)


def one(url: str, way: list[str]) -> tuple[_bench.Ended, dict[str, Any]]:
    """Run it once; what became of the process, and what the server saw."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as out:
        _bench.told(url)
        filled = [part.format(url=url, out=out) if "{" in part else part for part in way]
        return _bench.ended(filled, CELIGO_API_TOKEN="token"), _bench.told(url)


def measured(url: str, chosen: Any) -> dict[str, list[dict[str, float]]]:
    """Every way in turn, the slow ones once; the means of each round."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for repetition in range(chosen.repeat + 1):  # the first one compiles, and does not count
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
        for name in _bench.in_turns(WAYS, chosen.turns if repetition else 1, SLOW):
            runs[name].append(run(url, name, chosen.integrations))
        if repetition:
            for name, list_ in runs.items():
                found[name].append({key: fmean(run[key] for run in list_) for key in list_[0]})
    return found


def run(url: str, name: str, integrations: int) -> dict[str, float]:
    """What one crawl took; it must have asked for everything, once."""
    process, told = one(url, WAYS[name])
    asked = sum(told["asked"].values()) - told["asked"].get("/v1/tokenInfo", 0)
    assert asked == 4 * integrations + -(-integrations // 1000), f"{name}: {asked} requests"
    speed, start = asked / (process.end - told["first"]), told["first"] - process.begin
    return {"speed": speed, "start": start, "memory": process.peak / 1e6, "cpu": process.cpu}


def targets(found: dict[str, list[dict[str, float]]]) -> list[dict[str, Any]]:
    def ratio(of: str, one: str, other: str) -> _bench.Spread:
        return _bench.ratio([run[of] for run in found[one]], [run[of] for run in found[other]])

    bare_ = "the command line's crawl, requests a second / bare aiohttp workers"
    same = "the command line's crawl, requests a second / bare aiohttp workers that write the same bytes"
    summed = f"{same} and sum them up"
    on_uvloop = (OURS + QUICK, WORKERS + QUICK)
    gathered = "the command line's crawl / gather + models"
    return [
        _bench.target("4c", same, ratio("speed", OURS, LINES), 0.85, "×", at_least=True),
        _bench.target("4c", f"{same}, uvloop", ratio("speed", OURS + QUICK, LINES + QUICK), 0.85, "×", at_least=True),
        _bench.target("4c", summed, ratio("speed", OURS, DIGESTS), 0.85, "×", at_least=True),
        _bench.target("4c", bare_, ratio("speed", OURS, WORKERS), 0.85, "×", at_least=True),
        _bench.target("4c", f"{bare_}, uvloop", ratio("speed", *on_uvloop), 0.85, "×", at_least=True),
        _bench.target("4c", f"{gathered}, requests a second", ratio("speed", OURS, GATHER), 8, "×", at_least=True),
        _bench.target("4c", f"{gathered}, memory", ratio("memory", OURS, GATHER), round(1 / 15, 4), "×"),
    ]


def main() -> None:
    chosen = _bench.options(__doc__, integrations=1000, turns=3, repeat=7).parse_args()
    _bench.pin()
    with _bench.server("account", chosen.integrations, RECORDS) as url:
        limit = round(_bench.ceiling(url))
        found = measured(url, chosen)
    titles = {
        "speed": ("requests a second", "Requests a second"),
        "memory": ("MB", "Peak of memory"),
        "cpu": ("s", "CPU of the whole process"),
        "start": ("s", "From starting to the first request"),
    }
    size = f"crawl of {chosen.integrations:,} integrations ({chosen.repeat} repetitions of {chosen.turns})"
    tables = []
    for of, (unit, title) in titles.items():
        values = {name: [run[of] for run in runs] for name, runs in found.items()}
        tables.append(_bench.table(f"{title}, {size}", unit, values, WORKERS))
    _bench.save("crawl", vars(chosen), tables, targets(found), ceiling=limit)


if __name__ == "__main__":
    main()
