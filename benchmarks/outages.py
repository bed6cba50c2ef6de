"""Crawls while the service is down: 2 to 60 s of seven kinds of outage, beginning at three moments, by both plans.

Each crawl has a server of its own, and several run side by side. A crawl passes if it has no gap, sends at most 1.05
times the requests of a quiet crawl and 20 more, takes at most the time of a quiet crawl, the outage and 15 s (after
silence: and one read time-out), and never has more than one probe in flight. The table goes to
`results/outages.md`, the numbers to `results/outages.json`.

    python benchmarks/outages.py                         # the whole matrix, about 20 minutes
    python benchmarks/outages.py --seconds 2 6 --at-once 8
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from aiointegrator import IntegratorClient, Timeouts
from aiointegrator.testing import FakeIntegrator, seeded_account

RESULTS = Path(__file__).parent / "results"
Plan = Literal["integration", "account"]
KINDS = ("503", "502", "500", "reset", "refused", "silence", "retry-after")
SECONDS = (2.0, 6.0, 30.0, 60.0)
BEGINS = ("first request", "list", "middle")
PLANS: tuple[Plan, ...] = ("integration", "account")
INTEGRATIONS, PAGE, LATENCY = 400, 50, 0.02
READ = 60.0
"""Seconds of silence after which a request of a crawl counts as failed."""
NOTICED = 1.0
"""Seconds after the beginning of an outage from which on no request but a probe may arrive."""


@dataclass(frozen=True)
class Case:
    """One crawl."""

    kind: str
    seconds: float
    begins: str
    plan: Plan


@dataclass(frozen=True)
class Seen:
    """What came of it."""

    gaps: int
    requests: int
    seconds: float
    probes_at_once: int


@dataclass(frozen=True)
class Quiet:
    """A crawl without an outage."""

    requests: int
    seconds: float


def server() -> FakeIntegrator:
    account = seeded_account(INTEGRATIONS, flows=(0, 2))
    return FakeIntegrator(account, latency=LATENCY, page_size=PAGE, record=False)


async def crawl(fake: FakeIntegrator, plan: Plan) -> tuple[int, int]:
    """Crawl the account; returns gaps and requests."""
    async with IntegratorClient(fake.token, base_url=fake.url) as client:
        await client.token_info(timeout=Timeouts(read=READ, total=300))
        async with client.crawl(raw=True, plan=plan) as crawling:
            async for _ in crawling:
                pass
        return len(crawling.report.gaps), crawling.report.requests + 1


async def quiet(plan: Plan) -> Quiet:
    async with server() as fake:
        begin = time.monotonic()
        gaps, requests = await crawl(fake, plan)
        assert not gaps
        return Quiet(requests, time.monotonic() - begin)


def requests_before(case: Case, calm: Quiet) -> int:
    """Return how many requests the server answers before the outage begins."""
    return {"first request": 0, "list": 3, "middle": calm.requests // 2}[case.begins]


async def probes(fake: FakeIntegrator, case: Case) -> int:
    """Let the outage last, and return the most requests that arrived side by side once it had been noticed."""
    await asyncio.sleep(NOTICED)
    if case.kind == "silence":  # what hangs from before counts until its read time-out, so nothing can be said
        await asyncio.sleep(case.seconds - NOTICED)
        return 0
    fake.most_in_flight = 0
    await asyncio.sleep(case.seconds - NOTICED)
    return fake.most_in_flight


async def play(case: Case, calm: Quiet) -> Seen:
    async with server() as fake:
        begin = time.monotonic()
        crawling = asyncio.ensure_future(crawl(fake, case.plan))
        while sum(fake.asked.values()) < requests_before(case, calm) and not crawling.done():
            await asyncio.sleep(0.001)
        async with fake.outage(case.kind):  # type: ignore[arg-type]  # one of KINDS
            most = await probes(fake, case)
        gaps, requests = await crawling
        return Seen(gaps, requests, time.monotonic() - begin, most)


def wrong(case: Case, seen: Seen, calm: Quiet) -> list[str]:
    """Return what is not as it should be."""
    most = 1.05 * calm.requests + 20
    longest = calm.seconds + case.seconds + 15 + (READ if case.kind == "silence" else 0)
    found = []
    if seen.gaps:
        found.append(f"{seen.gaps} gaps")
    if seen.requests > most:
        found.append(f"{seen.requests} requests, more than {most:.0f}")
    if seen.seconds > longest:
        found.append(f"{seen.seconds:.1f} s, more than {longest:.1f}")
    if seen.probes_at_once > 1:
        found.append(f"{seen.probes_at_once} probes at once")
    return found


async def all_of(cases: Iterable[Case], calm: dict[Plan, Quiet], at_once: int) -> dict[Case, Seen]:
    """Play the cases, the longest outages first, so many side by side."""
    found: dict[Case, Seen] = {}
    work = iter(sorted(cases, key=lambda case: -case.seconds))

    async def worker() -> None:
        for case in work:
            seen = found[case] = await play(case, calm[case.plan])
            bad = "; ".join(wrong(case, seen, calm[case.plan]))
            print(f"{case.kind:>12} {case.seconds:4.0f} s  {case.begins:<14} {case.plan:<12} {bad or 'ok'}", flush=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return found


def table(found: dict[Case, Seen], calm: dict[Plan, Quiet]) -> str:
    """Return a Markdown table: a row for each kind and length, the worst of its crawls in each cell."""
    lines = [
        f"{INTEGRATIONS} integrations, {datetime.now(UTC):%Y-%m-%d}. The worst of the crawls that begin to fail at the "
        "first request, in the list and in the middle. Without an outage: "
        + ", ".join(f"plan {plan}: {one.requests:,} requests in {one.seconds:.1f} s" for plan, one in calm.items())
        + ".",
        "",
        "| outage | gaps | additional requests, plan integration | plan account | additional seconds | passed |",
        "|---|---|---|---|---|---|",
    ]
    for kind, seconds in itertools.product(KINDS, sorted({case.seconds for case in found})):
        rows = {case: seen for case, seen in found.items() if (case.kind, case.seconds) == (kind, seconds)}
        if not rows:
            continue
        more = {
            plan: max(s.requests - calm[plan].requests for c, s in rows.items() if c.plan == plan) for plan in PLANS
        }
        longer = max(s.seconds - c.seconds - calm[c.plan].seconds for c, s in rows.items())
        good = sum(not wrong(c, s, calm[c.plan]) for c, s in rows.items())
        lines.append(
            f"| {seconds:.0f} s {kind} | {sum(s.gaps for s in rows.values())} | {more['integration']} | "
            f"{more['account']} | {max(0.0, longer):.1f} | {good} of {len(rows)} |"
        )
    return "\n".join(lines) + "\n"


async def measure(seconds: Iterable[float], at_once: int) -> int:
    calm: dict[Plan, Quiet] = {}
    plans = list(itertools.islice(itertools.cycle(PLANS), max(2, at_once)))
    runs = await asyncio.gather(*map(quiet, plans))  # side by side, as loaded as the crawls they are compared with
    for plan in PLANS:
        own = [run for run, its in zip(runs, plans, strict=True) if its == plan]
        calm[plan] = Quiet(own[0].requests, statistics.median(run.seconds for run in own))
        print(f"quiet, plan {plan}: {calm[plan].requests} requests in {calm[plan].seconds:.1f} s", flush=True)
    cases = [Case(*one) for one in itertools.product(KINDS, seconds, BEGINS, PLANS)]
    found = await all_of(cases, calm, at_once)
    text = table(found, calm)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "outages.md").write_text(text)
    rows: list[dict[str, Any]] = [
        asdict(case) | asdict(seen) | {"failures": wrong(case, seen, calm[case.plan])} for case, seen in found.items()
    ]
    result = {"when": f"{datetime.now(UTC):%Y-%m-%d}", "quiet": {p: asdict(c) for p, c in calm.items()}, "cases": rows}
    (RESULTS / "outages.json").write_text(json.dumps(result, indent=1) + "\n")
    return sum(bool(row["failures"]) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="+", default=SECONDS)
    parser.add_argument("--at-once", type=int, default=14)
    given = parser.parse_args()
    logging.getLogger("aiointegrator").setLevel(logging.ERROR)
    sys.exit(1 if asyncio.run(measure(given.seconds, given.at_once)) else 0)


if __name__ == "__main__":
    main()
