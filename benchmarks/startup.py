"""What does starting cost? Importing, above the three libraries, and the command line's help.

    python benchmarks/startup.py [--repeat 15]

Each run is a fresh interpreter. What an import adds is measured inside it, after `import aiohttp, pydantic, tenacity`.
"""

from __future__ import annotations

import json
import statistics
import sys

import _bench

LIBRARIES = "import aiohttp, pydantic, tenacity"
PACKAGE, CLIENT = "import aiointegrator", "from aiointegrator import IntegratorClient"
HELP = "aiointegrator --help"
PROGRAMS = {
    "python -c pass": ["-c", "pass"],
    f"python -c '{LIBRARIES}'": ["-c", LIBRARIES],
    f"python -c '{PACKAGE}'": ["-c", PACKAGE],
    f"python -c '{CLIENT}'": ["-c", CLIENT],
    HELP: ["-m", "aiointegrator", "--help"],
}
ABOVE = f"""{LIBRARIES}
import json, sys, time
before, begin = len(sys.modules), time.perf_counter()
%s
print(json.dumps([1e3 * (time.perf_counter() - begin), len(sys.modules) - before]))"""


def above(what: str) -> tuple[float, int]:
    """Milliseconds and modules that this adds to the libraries."""
    milliseconds, modules = json.loads(_bench.ended([sys.executable, "-c", ABOVE % what]).output)
    return milliseconds, modules


def main() -> None:
    chosen = _bench.options(__doc__, repeat=15).parse_args()
    _bench.pin()
    whole: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    added: dict[str, list[tuple[float, int]]] = {PACKAGE: [], CLIENT: []}
    for repetition in range(chosen.repeat + 1):
        for name, program in PROGRAMS.items():
            done = _bench.ended([sys.executable, *program])
            if repetition:
                whole[name].append(1e3 * (done.end - done.begin))
        for what, list_ in added.items():
            found = above(what)
            if repetition:
                list_.append(found)
    milliseconds = {what: [time for time, _ in list_] for what, list_ in added.items()}
    targets = [_bench.target("6", f"`{what}`, above the libraries", _bench.spread(list_), 30, "ms")
               for what, list_ in milliseconds.items()]  # fmt: skip
    for what, list_ in added.items():
        modules = statistics.median(modules for _, modules in list_)
        targets.append(_bench.target("6", f"`{what}`, above the libraries", (modules,) * 3, 60, "modules"))
    targets.append(_bench.target("6", f"`{HELP}`", _bench.spread(whole[HELP]), 250, "ms"))
    tables = [
        _bench.table(f"A whole process ({chosen.repeat} repetitions)", "ms", whole, f"python -c '{LIBRARIES}'"),
        _bench.table("What importing adds to the libraries", "ms", milliseconds, PACKAGE),
    ]
    _bench.save("startup", vars(chosen), tables, targets)


if __name__ == "__main__":
    main()
