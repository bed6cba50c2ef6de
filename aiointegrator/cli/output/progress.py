"""Progress of a crawl on stderr: a live view on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from ..._domain.snapshots import CrawlProgress
from ...orchestrators import Crawl
from ...session import moment
from .terminal import say

PLAIN_SECONDS = 5.0
LIVE_SECONDS = 0.1


def watching(crawl: Crawl, *, quiet: bool) -> AbstractAsyncContextManager[None]:
    """Show the progress of a crawl while the block runs."""
    if quiet:
        return _silence()
    return _live(crawl) if sys.stderr.isatty() else _plain(crawl)


@asynccontextmanager
async def _silence() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _plain(crawl: Crawl) -> AsyncIterator[None]:
    async def report() -> None:
        while True:
            await asyncio.sleep(PLAIN_SECONDS)
            say(line(crawl.progress))

    task = asyncio.create_task(report())
    try:
        yield
    finally:
        task.cancel()


@asynccontextmanager
async def _live(crawl: Crawl) -> AsyncIterator[None]:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.text import Text

    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    tasks = {kind: bars.add_task(kind, total=None, note="") for kind in crawl.progress.kinds}
    foot = Text()

    def draw() -> None:
        now = crawl.progress
        for kind, task in tasks.items():
            total = now.integrations_found or None
            bars.update(task, completed=now.done[kind], total=total, note=f"{now.records[kind]:,} records")
        foot.plain = line(now)

    async def redraw() -> None:
        while True:
            draw()
            await asyncio.sleep(LIVE_SECONDS)

    with Live(Group(bars, foot), console=Console(stderr=True), refresh_per_second=10):
        task = asyncio.create_task(redraw())
        try:
            yield
        finally:
            task.cancel()
            draw()


def line(now: CrawlProgress) -> str:
    """One line: how far, how fast, how well."""
    done, known = sum(now.done.values()), now.integrations_found * len(now.kinds)
    more = "" if now.listing_done else "+"
    speed = now.requests / now.elapsed if now.elapsed else 0.0
    text = f"{done:,} of {known:,}{more} branches, {speed:.0f} requests/s, {now.in_flight} in flight, "
    text += f"{now.throttled:,} throttled, {now.retries:,} retried"
    if now.gaps:
        text += f", {now.gaps:,} missing"
    if now.outage_since is not None:
        seconds = (datetime.now(UTC) - now.outage_since).total_seconds()
        return f"{text}; the service has not answered since {moment(now.outage_since)} ({seconds:.0f} s)"
    left = remaining(now)
    return text + (f", {left:.0f} s left" if left is not None else "")


def remaining(now: CrawlProgress) -> float | None:
    """Seconds until the end at the speed so far; None where that cannot be said yet."""
    done, known = sum(now.done.values()), now.integrations_found * len(now.kinds)
    if not done or not now.listing_done or done >= known:
        return None
    return (known - done) * now.elapsed / done
