"""What every benchmark here shares: a server on a core of its own, interleaved repetitions, a table, and JSON."""

from __future__ import annotations

import json
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).parent
LIBRARIES = ("aiohttp", "pydantic", "tenacity", "msgspec", "uvloop", "httpx", "requests", "openapi-python-client")


@dataclass(frozen=True)
class Cost:
    """What one run took, in seconds."""

    wall: float
    cpu: float


Run = Callable[[], None]


def pin() -> None:
    """Keep this process on the first core; the server has the last."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@contextmanager
def server(*arguments: object) -> Iterator[str]:
    """The canned server; gives its address."""
    command = [sys.executable, str(HERE / "_server.py"), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.communicate()


def ceiling(url: str, path: str = "/v1/x", seconds: float = 1.0) -> float:
    """Requests per second that the server gives to a client that does nothing but count: 16 asked for at a time."""
    port = int(url.rpartition(":")[2])
    ask = (f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" * 16).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(ask[: len(ask) // 16])
        size = 0
        connection.settimeout(0.3)
        try:
            while chunk := connection.recv(1 << 20):
                size += len(chunk)
        except TimeoutError:
            pass
        connection.settimeout(10)
        begin, answers, held = time.perf_counter(), 0, 0
        while time.perf_counter() - begin < seconds:
            connection.sendall(ask)
            held = 0
            while held < 16 * size:
                held += len(connection.recv(1 << 20))
            answers += 16
        return answers / (time.perf_counter() - begin)


def cost(run: Run) -> Cost:
    """Run once, and say what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def interleaved(runs: Mapping[str, Run], repeat: int) -> dict[str, list[Cost]]:
    """Every run in turn, `repeat` times, after one round that warms up and does not count."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for repetition in range(repeat + 1):
        for name, run in runs.items():
            found = cost(run)
            if repetition:
                costs[name].append(found)
    return costs


def rows(costs: Mapping[str, list[Cost]], of: str, by: float, reference: str) -> list[dict[str, object]]:
    """One row a run: median and spread of `of` (`cpu` or `wall`) divided by `by`, and its ratio to the reference."""
    found: list[dict[str, object]] = []
    against = [getattr(one, of) for one in costs[reference]]
    for name, list_ in costs.items():
        values = [getattr(one, of) for one in list_]
        ratios = sorted(value / other for value, other in zip(values, against, strict=True))
        found.append(
            {
                "client": name,
                "median": statistics.median(values) / by,
                "least": min(values) / by,
                "most": max(values) / by,
                "ratio": round(statistics.median(ratios), 3),
                "ratio_least": round(ratios[0], 3),
                "ratio_most": round(ratios[-1], 3),
            }
        )
    return found


def show(title: str, unit: str, scale: float, table: list[dict[str, object]]) -> None:
    """Print a table of rows."""
    print(f"\n{title}")
    print(f"  {'client':44} {unit + ' (least-most)':>26}   ratio (least-most)")
    for row in table:
        median, least, most = (float(str(row[key])) * scale for key in ("median", "least", "most"))
        spread = f"{median:8.3f} ({least:.3f}-{most:.3f})"
        ratio = f"{row['ratio']:.2f} ({row['ratio_least']:.2f}-{row['ratio_most']:.2f})"
        print(f"  {row['client']!s:44} {spread:>26}   {ratio}")


def save(name: str, results: Mapping[str, object]) -> None:
    """Write what was measured, with the day and the machine, to results/NAME.json."""
    path = HERE / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({"when": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), **results}, indent=1) + "\n"
    )
    print(f"\nalso in {path.relative_to(HERE.parent)}")


def machine() -> dict[str, object]:
    """What it was measured on."""
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "libraries": found,
    }


def peak() -> int:
    """Most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
