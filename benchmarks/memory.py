"""Does a crawl's memory grow with the account, and its time faster than the account?

    python benchmarks/memory.py [--integrations 3000] [--repeat 7]

The command line reads 100, a third, and all of the integrations, each in a process of its own, 5 records of 2 KB in
each list. The time goes from the first request that the server sees to the process's end. The files lie on the disk,
for the largest are too large for memory.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import _bench
import crawl

RECORDS = 5


def one(integrations: int) -> tuple[float, float]:
    """The peak of memory in MB, and the milliseconds a request."""
    with tempfile.TemporaryDirectory() as out, _bench.server("account", integrations, RECORDS) as url:
        way = [part.format(url=url, out=out) if "{" in part else part for part in crawl.command()]
        process = _bench.ended(way, CELIGO_API_TOKEN="token")
        told = _bench.told(url)
        lines = sum(1 for _ in (Path(out) / "inventory" / "flows.jsonl").open("rb"))
        assert lines == integrations * RECORDS
        return process.peak / 1e6, 1e3 * (process.end - told["first"]) / sum(told["asked"].values())


def main() -> None:
    chosen = _bench.options(__doc__, integrations=3000, repeat=7).parse_args()
    _bench.pin()
    few, some, many = sizes = (100, chosen.integrations // 3, chosen.integrations)
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    one(few)  # compiles, and does not count
    for _ in range(chosen.repeat):
        for size in sizes:
            found[size].append(one(size))
    names = {size: f"{size:,} integrations" for size in sizes}
    peaks = {names[size]: [memory for memory, _ in runs] for size, runs in found.items()}
    times = {names[size]: [time for _, time in runs] for size, runs in found.items()}
    more = [large - small for large, small in zip(peaks[names[many]], peaks[names[few]], strict=True)]
    times_ratio = _bench.ratio(times[names[many]], times[names[some]])
    targets = [
        _bench.target("4d", f"peak of memory, {names[many]} - {few}", _bench.spread(more), 15, "MB more"),
        _bench.target("4d", f"time of a request, {names[many]} / {some:,} (linear is 1)", times_ratio, 1.1, "×"),
    ]
    tables = [
        _bench.table(f"Peak of memory ({chosen.repeat} repetitions)", "MB", peaks, names[few]),
        _bench.table(f"Time of a request ({chosen.repeat} repetitions)", "ms", times, names[some]),
    ]
    _bench.save("memory", vars(chosen), tables, targets)


if __name__ == "__main__":
    main()
