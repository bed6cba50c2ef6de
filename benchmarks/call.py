"""What does one call cost? CPU time of a small typed list, beside seven other ways to ask for it.

python benchmarks/call.py [--calls 2000] [--repeat 7] [--in-flight 16 64 256]
"""

from __future__ import annotations

import argparse

import _bench
import _clients

OURS, REFERENCE = "aiointegrator, everything on", "aiohttp + validate_json"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--repeat", type=int, default=7)
    options.add_argument("--in-flight", type=int, nargs="+", default=[16, 64, 256])
    chosen = options.parse_args()
    _bench.pin()
    found: dict[str, object] = {}
    with _bench.server("call") as url:
        limit = _bench.ceiling(url)
        print(f"the server alone gives {limit:,.0f} answers a second")
        for in_flight in chosen.in_flight:
            asks = {
                "aiohttp, bytes": _clients.bare,
                REFERENCE: _clients.with_models,
                OURS: _clients.ours,
                "the usual way (tenacity, semaphore, json.loads)": _clients.usual,
                "httpx + validate_json": _clients.httpx_client,
                "openapi-python-client": _clients.generated,
            }
            runs = {name: _clients.calls(client, url, chosen.calls, in_flight) for name, client in asks.items()}
            runs["requests in threads + validate_json"] = _clients.threads(url, chosen.calls, in_flight)
            table = _bench.rows(_bench.interleaved(runs, chosen.repeat), "cpu", chosen.calls, REFERENCE)
            _bench.show(
                f"{in_flight} in flight, {chosen.calls} calls, {chosen.repeat} repetitions", "CPU ms", 1e3, table
            )
            found[str(in_flight)] = table
    _bench.save(
        "call", {"unit": "CPU seconds a call", "ceiling": round(limit), "settings": vars(chosen), "in_flight": found}
    )


if __name__ == "__main__":
    main()
