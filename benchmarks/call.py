"""What does one call cost? CPU time of a small typed list, beside six other ways to ask for it.

python benchmarks/call.py [--calls 2000] [--turns 5] [--repeat 7] [--in-flight 16 64 256]

In each repetition everybody makes so many calls, and again, five times in turn; the slow ones once, and fewer. What is
compared is the time of one.
"""

from __future__ import annotations

from typing import Any

import _bench
import _clients

OURS, REFERENCE = "aiointegrator, everything on", "aiohttp + validate_json"
USUAL, GENERATED = "the usual way (tenacity, semaphore, json.loads)", "openapi-python-client"
HTTPX, THREADS = "httpx + validate_json", "requests in threads + validate_json"
SLOW = 8


def runs(url: str, calls: int, in_flight: int) -> dict[str, _bench.Run]:
    """Every way to ask."""
    asks = {
        "aiohttp, bytes": _clients.bare,
        REFERENCE: _clients.with_models,
        OURS: _clients.ours,
        USUAL: _clients.usual,
    }
    slow = {HTTPX: _clients.httpx_client, GENERATED: _clients.generated}
    found = {name: _clients.calls(client, url, calls, in_flight) for name, client in asks.items()}
    few = max(calls // SLOW, 2 * in_flight)
    found |= {name: _clients.calls(client, url, few, in_flight) for name, client in slow.items()}
    return found | {THREADS: _clients.threads(url, calls, in_flight)}


def measured(url: str, chosen: Any, in_flight: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The table at so many in flight, and its targets."""
    every = runs(url, chosen.calls, in_flight)
    costs = _bench.interleaved(every, chosen.repeat, chosen.turns, once=(HTTPX, GENERATED, THREADS))
    cpu = {name: [1e3 * cost.cpu for cost in list_] for name, list_ in costs.items()}
    size = f"{chosen.turns} times {chosen.calls:,} calls, {chosen.repeat} repetitions"
    title = f"One call, {in_flight} in flight ({size})"
    targets = [
        _bench.target(
            "2", f"one call, {in_flight} in flight, CPU / {name}", _bench.ratio(cpu[OURS], cpu[of]), limit, "×"
        )
        for name, of, limit in (
            (REFERENCE, REFERENCE, 1.10),
            ("the usual way", USUAL, 0.6),
            (f"{GENERATED} (httpx)", GENERATED, 0.15),
        )
    ]
    return _bench.table(title, "CPU ms", cpu, REFERENCE), targets


def on_uvloop(url: str, chosen: Any) -> dict[str, Any]:
    """The same call and its reference, each on both loops."""
    kinds = {f"{name}, {loop}": (client, loop) for name, client in ((REFERENCE, _clients.with_models),
             (OURS, _clients.ours)) for loop in ("asyncio", "uvloop")}  # fmt: skip
    costs = _bench.interleaved(
        {name: _clients.calls(client, url, chosen.calls, 64, loop) for name, (client, loop) in kinds.items()},
        chosen.repeat,
        chosen.turns,
    )
    cpu = {name: [1e3 * cost.cpu for cost in list_] for name, list_ in costs.items()}
    return _bench.table("One call, 64 in flight, on both loops", "CPU ms", cpu, f"{REFERENCE}, asyncio")


def main() -> None:
    options = _bench.options(__doc__, calls=2000, turns=5, repeat=7)
    options.add_argument("--in-flight", type=int, nargs="+", default=[16, 64, 256])
    chosen = options.parse_args()
    _bench.pin()
    tables, targets = [], []
    with _bench.server("call") as url:
        limit = round(_bench.ceiling(url))
        print(f"the server alone gives {limit:,} answers a second")
        for in_flight in chosen.in_flight:
            table, found = measured(url, chosen, in_flight)
            tables.append(table)
            targets += found
        tables.append(on_uvloop(url, chosen))
    _bench.save("call", vars(chosen), tables, targets, ceiling=limit)


if __name__ == "__main__":
    main()
