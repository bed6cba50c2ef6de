"""What every benchmark here shares: a server on a core of its own, interleaved repetitions, tables, targets, JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.request import urlopen

HERE = Path(__file__).parent
RESULTS = HERE / "results"
LIBRARIES = ("aiohttp", "pydantic", "tenacity", "msgspec", "uvloop", "httpx", "requests", "openapi-python-client")
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
"""The cores that this program was given, before it keeps to one of them."""


@dataclass(frozen=True)
class Cost:
    """What one unit of work (a call, a page, a crawl) took, in seconds."""

    wall: float
    cpu: float


class DeadlineTimer:
    """Begins when it is made; start-up, connecting and the first use of a model lie before that."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def cost(self, units: int) -> Cost:
        """Of one unit of what was done since."""
        return Cost((time.perf_counter() - self._wall) / units, (time.process_time() - self._cpu) / units)


Run = Callable[[], Cost]
Spread = tuple[float, float, float]
"""Median, least and most."""


def options(doc: str | None, **defaults: int | float) -> argparse.ArgumentParser:
    """A parser with one option for each number."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in defaults.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    return parser


def pin() -> None:
    """Keep this process, and those it starts, on the first core; the server has the last."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {CORES[0]})


@contextmanager
def server(*arguments: object) -> Iterator[str]:
    """The canned server on the last core; gives its address."""
    command = [sys.executable, str(HERE / "_server.py"), str(CORES[-1]), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.communicate()


def told(url: str, path: str = "/told") -> Any:
    """What the server says of itself: the counts by target, and when it was first and last asked."""
    with urlopen(url + path) as answer:
        return json.load(answer)


def ceiling(url: str, path: str = "/v1/x", seconds: float = 1.0) -> float:
    """Answers per second that the server gives to a client that does nothing but count: 16 asked for at a time."""
    port = int(url.rpartition(":")[2])
    ask = (f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" * 16).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(ask[: len(ask) // 16])
        size = 0
        connection.settimeout(0.3)
        with suppress(TimeoutError):
            while chunk := connection.recv(1 << 20):
                size += len(chunk)
        connection.settimeout(10)
        begin, answers = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds:
            connection.sendall(ask)
            held = 0
            while held < 16 * size:
                held += len(connection.recv(1 << 20))
            answers += 16
        return answers / (time.perf_counter() - begin)


def in_turns(names: Iterable[str], turns: int, once: Collection[str]) -> Iterator[str]:
    """One round: so many times through all but those of `once`. What slows a machine for seconds slows them all."""
    for turn in range(turns):
        yield from (name for name in names if not turn or name not in once)


def interleaved(
    runs: Mapping[str, Run], repeat: int, turns: int = 1, once: Collection[str] = ()
) -> dict[str, list[Cost]]:
    """Every run `in_turns`, `repeat` times, after one round to warm up, which does not count; the mean of each."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for repetition in range(repeat + 1):
        found: dict[str, list[Cost]] = {name: [] for name in runs}
        for name in in_turns(runs, turns, once):
            found[name].append(runs[name]())
        if repetition:
            for name, list_ in found.items():
                costs[name].append(Cost(fmean(cost.wall for cost in list_), fmean(cost.cpu for cost in list_)))
    return costs


def spread(values: Sequence[float]) -> Spread:
    """Median, least and most."""
    return statistics.median(values), min(values), max(values)


def ratio(values: Sequence[float], reference: Sequence[float]) -> Spread:
    """Of the quotients of each repetition with the reference's run of the same round."""
    return spread([value / other for value, other in zip(values, reference, strict=True)])


def table(title: str, unit: str, values: Mapping[str, Sequence[float]], reference: str) -> dict[str, Any]:
    """One row for each name: median and spread in `unit`, and the ratio to the reference of the same round."""
    rows: list[dict[str, Any]] = []
    for name, list_ in values.items():
        median, least, most = (float(f"{value:.4g}") for value in spread(list_))
        row = {"name": name, "median": median, "least": least, "most": most}
        quotients = ratio(list_, values[reference]) if all(values[reference]) else (0.0, 0.0, 0.0)
        row |= dict(zip(("ratio", "ratio_least", "ratio_most"), (round(value, 3) for value in quotients), strict=True))
        rows.append(row)
    return {"title": title, "unit": unit, "reference": reference, "rows": rows}


def target(
    part: str, what: str, measured: Spread, limit: float, unit: str, *, at_least: bool = False
) -> dict[str, Any]:
    """A promise and what became of it; the median decides."""
    median, least, most = (float(f"{value:.4g}") for value in measured)
    met = median >= limit if at_least else median <= limit
    found = {"part": part, "what": what, "limit": limit, "unit": unit, "at_least": at_least}
    return found | {"median": median, "least": least, "most": most, "met": met}


def show(tables: Sequence[Mapping[str, Any]], targets: Sequence[Mapping[str, Any]]) -> None:
    """Print the tables and the targets."""
    for one in tables:
        print(f"\n{one['title']}")
        print(f"  {'':46} {one['unit'] + ' (least-most)':>32}   ratio (least-most)")
        for row in one["rows"]:
            values = f"{row['median']:.4g} ({row['least']:.4g}-{row['most']:.4g})"
            quotient = f"{row['ratio']:.2f} ({row['ratio_least']:.2f}-{row['ratio_most']:.2f})"
            print(f"  {row['name']:46} {values:>32}   {quotient}")
    print()
    for one in targets:
        bound = f"{'>=' if one['at_least'] else '<='} {one['limit']:g} {one['unit']}"
        measured = f"{one['median']:g} ({one['least']:g}-{one['most']:g})"
        print(f"  {'met   ' if one['met'] else 'MISSED'} {one['part']} {one['what']}: {measured}, wanted {bound}")


def save(
    name: str,
    settings: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    targets: Sequence[Mapping[str, Any]],
    **more: Any,
) -> None:
    """Print what was measured, and write it with the day and the machine to results/NAME.json."""
    show(tables, targets)
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    whole = {"when": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "settings": dict(settings)}
    whole |= {"tables": list(tables), "targets": list(targets)} | more
    path.write_text(json.dumps(whole, indent=1) + "\n")
    print(f"\nalso in {path.relative_to(HERE.parent)}", flush=True)


def machine() -> dict[str, Any]:
    """What it was measured on."""
    found = {}
    for library in LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": len(CORES),
        "libraries": found,
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


@dataclass(frozen=True)
class Ended:
    """What a process was: when it began and ended by the clock of all, its CPU seconds, its peak of memory."""

    begin: float
    end: float
    cpu: float
    peak: int
    output: str


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """Where the programs' bytecode lies, from their first run on, as it does after `pip install`."""
    return tempfile.TemporaryDirectory(prefix="bytecode-")


def ended(command: Sequence[str], **environment: str) -> Ended:
    """Run a program to its end, which must be a good one."""
    whole = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": _compiled().name} | environment
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=whole)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    end = time.monotonic()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[1:4]} ended with {process.returncode}")
    kilo = 1 if sys.platform == "darwin" else 1024
    return Ended(begin, end, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilo, output)
