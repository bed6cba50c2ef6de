"""`aiointegrator crawl`: read the account into a directory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .. import IntegratorClient
from ..errors import ArgumentError
from ..inventory import InventoryWriter
from ..orchestrators import DEFAULT_KINDS, KINDS, CrawlReport, Plan
from . import _exit
from ._connect import Connection
from ._live import watching
from ._terminal import clean, data, say

SHOWN_GAPS = 20
_DEFAULT = Connection()


async def crawl(
    *,
    out: Annotated[Path, Parameter(help="Directory to write to.")],
    kinds: Annotated[
        list[str] | None,
        Parameter(
            help=f"Of {', '.join(KINDS)}; by commas, by spaces, or once each.", negative=(), consume_multiple=True
        ),
    ] = None,
    at_once: Annotated[int, Parameter(help="Integrations that are read at one time.")] = 32,
    rate: Annotated[float | None, Parameter(help="Requests per second; default 270.")] = None,
    burst: Annotated[float | None, Parameter(help="Requests at once after a quiet time; default 900.")] = None,
    plan: Annotated[
        Plan,
        Parameter(help="Ask each integration, ask for the account's lists and sort them, or both and compare."),
    ] = "integration",
    fresh: Annotated[bool, Parameter(help="Replace an inventory that is there.", negative=())] = False,
    quiet: Annotated[bool, Parameter(help="No progress.", negative=())] = False,
    connection: Connection = _DEFAULT,
) -> int:
    """Read every integration with its flows, exports, imports and ashares into a directory.

    Exit code 0: complete. 5: finished, but something could not be read; the manifest says what.
    """
    asked = _kinds(kinds)
    if rate is not None and rate <= 0:
        raise ArgumentError(f"--rate must be above zero, not {rate:g}")
    if burst is not None and burst < 1:
        raise ArgumentError(f"--burst must be at least 1, not {burst:g}")
    async with connection.client(rate, burst, read_only=True) as client:
        return await into_directory(client, out, asked, at_once=at_once, fresh=fresh, quiet=quiet, plan=plan)


async def into_directory(
    client: IntegratorClient,
    out: Path,
    kinds: Sequence[str],
    *,
    at_once: int,
    fresh: bool,
    quiet: bool,
    plan: Plan = "integration",
) -> int:
    """Crawl with a client into a directory, with progress and a summary; returns the exit code."""
    crawling = client.crawl(kinds=kinds, at_once=at_once, raw=True, plan=plan)
    with InventoryWriter(out, kinds, client.base_url, fresh=fresh) as writer:
        async with crawling, watching(crawling, quiet=quiet):
            async for snapshot in crawling:
                writer.write(snapshot)
        writer.write_unassigned(crawling.unassigned)
        report = crawling.report
        manifest = await asyncio.to_thread(writer.finish, report)
    _summary(report, out)
    data(str(manifest))
    return _exit.COMPLETE if report.complete else _exit.INCOMPLETE


def _kinds(given: Sequence[str] | None) -> tuple[str, ...]:
    kinds = [kind.strip() for entry in given or () for kind in entry.split(",") if kind.strip()]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or (given and not kinds):
        raise ArgumentError(f"--kinds takes some of {', '.join(KINDS)}; not {', '.join(unknown) or 'nothing'}")
    return tuple(dict.fromkeys(kinds)) or DEFAULT_KINDS


def _summary(report: CrawlReport, out: Path) -> None:
    counts = ", ".join(f"{number:,} {kind}" for kind, number in report.counts.items())
    assert report.finished is not None
    seconds = (report.finished - report.started).total_seconds()
    say(
        f"{counts}; {report.requests:,} requests in {seconds:.1f} s "
        f"({report.retries:,} repeated, {report.throttled:,} throttled)"
    )
    if report.plan == "compare":
        say(f"{len(report.differences):,} differences between the two plans, listed in {out / 'manifest.json'}")
    if report.complete:
        say(f"complete: everything is in {out}")
        return
    say(f"INCOMPLETE: {len(report.gaps):,} missing, listed in {out / 'manifest.json'}")
    for gap in report.gaps[:SHOWN_GAPS]:
        whose = f"of integration {gap.integration_id}" if gap.integration_id else "of the account"
        say(f"  {gap.reason}: {gap.kind} {clean(whose)} ({clean(gap.error)})")
    if len(report.gaps) > SHOWN_GAPS:
        say(f"  and {len(report.gaps) - SHOWN_GAPS:,} more")
