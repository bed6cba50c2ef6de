"""`aiointegrator crawl`: read the account into a directory."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ... import IntegratorClient
from ..._domain.kinds import DEFAULT_KINDS, KINDS, Plan
from ..._domain.snapshots import CrawlReport
from ..._text import printable
from ...config import OUTAGE_PATIENCE
from ...errors import ArgumentError, AuthenticationError, StatusError, UnreadableReplyError
from ...inventory import (
    Inventory,
    InventoryGap,
    InventoryWriteError,
    InventoryWriter,
    Redaction,
    build_database,
    refuse_existing,
)
from ...inventory._store.directory_state import options_on_disk
from ...orchestrators import Crawl
from ...session import leaves_doubt, turned_away
from .. import exit_codes
from ..options.connection import Connection, limit_of
from ..options.paths import PATH
from ..output.plan import say_plan
from ..output.progress import watching
from ..output.terminal import outcome, say

SHOWN_GAPS = 20
_DEFAULT = Connection()


async def crawl(
    *,
    out: Annotated[Path, PATH, Parameter(help="Directory to write to.")],
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
        Plan | None,
        Parameter(
            help="Ask each integration (default), ask for the account's lists and sort them, or both and compare."
        ),
    ] = None,
    outage_patience: Annotated[
        float, Parameter(help="Seconds to wait for the end of each outage of the service; 0 does not wait.")
    ] = OUTAGE_PATIENCE,
    fresh: Annotated[bool, Parameter(help="Replace an inventory that is there.", negative=())] = False,
    resume: Annotated[
        bool,
        Parameter(
            help="Go on with an interrupted crawl, or read what an inventory lacks; of its kinds, by its plan.",
            negative=(),
        ),
    ] = False,
    redact: Annotated[
        bool, Parameter(help="Hide secrets behind markers before anything is written.", negative=())
    ] = False,
    redact_users: Annotated[bool, Parameter(help="With --redact: people too, and sample data.", negative=())] = False,
    database: Annotated[bool, Parameter(help="Make inventory.sqlite too, one file for SQL.")] = True,
    dry_run: Annotated[bool, Parameter(help="Say what would be read, and stop.", negative=())] = False,
    quiet: Annotated[bool, Parameter(help="No progress.", negative=())] = False,
    connection: Connection = _DEFAULT,
) -> int:
    """Read every integration with its flows, exports, imports and ashares into a directory.

    A crawl that is interrupted, by whatever, keeps what it has: --resume reads only the rest. By a plan other than
    `integration` it begins anew.

    Exit code 0: complete. 5: finished, but something could not be read; the manifest says what. 4: the token is
    refused. 75: the service did not answer at all; try again later.
    """
    asked = _kinds(kinds)
    if rate is not None and rate <= 0:
        raise ArgumentError(f"--rate must be above zero, not {rate:g}")
    if burst is not None and burst < 1:
        raise ArgumentError(f"--burst must be at least 1, not {burst:g}")
    if not 0 <= outage_patience < math.inf:
        raise ArgumentError(f"--outage-patience must be a number of seconds >= 0, not {outage_patience:g}")
    if fresh and resume:
        raise ArgumentError("--fresh begins anew and --resume goes on; give one of them")
    redaction = _redaction(redact, redact_users)
    there = options_on_disk(out) if resume else {}
    asked, plan = asked or there.get("kinds", DEFAULT_KINDS), plan or there.get("plan", "integration")
    if not (fresh or resume or dry_run):
        refuse_existing(out)
    async with connection.client(rate, burst, crawls=True, read_only=True, outage_patience=outage_patience) as client:
        if dry_run:
            account, limit = await account_of(client), limit_of(rate, burst)
            return await say_plan(
                client, out, asked, plan=plan, resume=resume, account=account, limit=limit, redaction=redaction
            )
        return await into_directory(
            client,
            out,
            asked,
            at_once=at_once,
            fresh=fresh,
            quiet=quiet,
            plan=plan,
            resume=resume,
            redaction=redaction,
            database=database,
            outage_patience=outage_patience,
        )


async def into_directory(
    client: IntegratorClient,
    out: Path,
    kinds: Sequence[str],
    *,
    at_once: int,
    fresh: bool,
    quiet: bool,
    plan: Plan = "integration",
    resume: bool = False,
    redaction: Redaction | None = None,
    database: bool = True,
    outage_patience: float = OUTAGE_PATIENCE,
) -> int:
    """Crawl with a client into a directory, with progress and a summary; returns the exit code."""
    account = await account_of(client)
    writer = InventoryWriter(
        out,
        kinds,
        client.base_url,
        plan=plan,
        account=account,
        redaction=redaction,
        fresh=fresh,
        resume=resume,
    )
    with writer:
        if writer.nothing_to_do:
            say(f"complete already: everything is in {out}; --fresh reads it anew")
            outcome(str(out / "manifest.json"))
            return exit_codes.COMPLETE
        try:
            crawling = client.crawl(
                kinds=kinds, at_once=at_once, raw=True, plan=plan, skip=writer.have, outage_patience=outage_patience
            )
            report = await _read(crawling, writer, quiet=quiet)
            manifest = await _unbroken(writer.finish, report)
        finally:
            writer.close()
            if writer.resumable:
                say(f"what was read is kept in {out}; the same command with --resume goes on")
    if database:
        await _database(out)
    complete = report.complete and not writer.gaps
    _summary(report, writer.counts, out)
    if report.stopped is not None:
        say(f"the crawl stopped early: {printable(report.stopped)}")
    if complete:
        say(f"complete: everything is in {out}")
    else:
        _say_gaps(Inventory.open(out).gaps, out)
    outcome(str(manifest))
    if isinstance(report.stopped, AuthenticationError):
        return exit_codes.AUTHENTICATION
    return exit_codes.COMPLETE if complete else exit_codes.INCOMPLETE


async def _unbroken(work: Callable[[CrawlReport], Path], report: CrawlReport) -> Path:
    """Run it in a thread; an interrupt comes out only once it is over, so that nobody tidies up under its hands."""
    task = asyncio.ensure_future(asyncio.to_thread(work, report))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _database(out: Path) -> None:
    """Make the one file for SQL. The crawl is whole without it, and whoever asks it makes it then."""
    try:
        await asyncio.to_thread(build_database, out)
    except InventoryWriteError as error:
        say(f"warning: {printable(error)}")


async def account_of(client: IntegratorClient) -> dict[str, Any]:
    """Whose token it is: user and scope; nothing if the API does not say so, whatever it answers instead.

    It is read by hand: a crawl of raw records needs no model, and the first one costs 75 ms of imports.

    Raises:
        AuthenticationError: the token is refused.
        IntegratorError: the service cannot be reached, or fails; the lists would fail too.
    """
    try:
        info = (await client.request("GET", "/v1/tokenInfo")).json()
    except AuthenticationError:
        raise
    except StatusError as error:
        if turned_away(error) or leaves_doubt(error):
            raise
        info = None
    except UnreadableReplyError:
        info = None
    account = _account_in(info)
    if not account:
        say("note: the API does not say whose token this is, so the manifest does not name the account")
    return account


def _account_in(info: object) -> dict[str, Any]:
    found = info if isinstance(info, dict) else {}
    user, scope = found.get("_userId"), found.get("scope")
    known = {
        "user": user if isinstance(user, str) and user else None,
        "scope": scope if scope and isinstance(scope, str | list) else None,
    }
    return known if any(known.values()) else {}


async def _read(crawling: Crawl, writer: InventoryWriter, *, quiet: bool) -> CrawlReport:
    if writer.have:
        say(f"{len(writer.have):,} branches are there already and are not asked for again")
    async with crawling, watching(crawling, quiet=quiet):
        async for snapshot in crawling:
            writer.write(snapshot)
    writer.write_unassigned(crawling.unassigned)
    return crawling.report


def _redaction(redact: bool, redact_users: bool) -> Redaction | None:
    """What is hidden in the files; says so where its key is not kept, since such files compare with no others."""
    if redact_users and not redact:
        raise ArgumentError("--redact-users goes with --redact; give both")
    redaction = Redaction(users=redact_users) if redact else None
    if redaction is not None and redaction.fingerprint and redaction.note:
        say(f"note: {printable(redaction.note)}")
    return redaction


def _kinds(given: Sequence[str] | None) -> tuple[str, ...]:
    kinds = [kind.strip() for entry in given or () for kind in entry.split(",") if kind.strip()]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or (given and not kinds):
        raise ArgumentError(f"--kinds takes some of {', '.join(KINDS)}; not {', '.join(unknown) or 'nothing'}")
    return tuple(dict.fromkeys(kinds))


def _summary(report: CrawlReport, counts: Mapping[str, int], out: Path) -> None:
    assert report.finished is not None
    seconds = (report.finished - report.started).total_seconds()
    say(
        f"{', '.join(f'{number:,} {kind}' for kind, number in counts.items())}; "
        f"{report.requests:,} requests in {seconds:.1f} s "
        f"({report.retries:,} repeated, {report.throttled:,} throttled)"
    )
    if report.duplicates:
        say(f"duplicates: {report.duplicates:,} (the account changed while it was read; each record is there once)")
    if report.plan == "compare":
        say(f"{len(report.differences):,} differences between the two plans, listed in {out / 'manifest.json'}")


def _say_gaps(gaps: Sequence[InventoryGap], out: Path) -> None:
    say(f"INCOMPLETE: {len(gaps):,} missing, listed in {out / 'manifest.json'}; --resume asks for them again")
    for gap in gaps[:SHOWN_GAPS]:
        whose = f"of integration {gap.integration_id}" if gap.integration_id else "of the account"
        say(f"  {gap.reason}: {gap.kind} {printable(whose)} ({printable(gap.error)})")
    if len(gaps) > SHOWN_GAPS:
        say(f"  and {len(gaps) - SHOWN_GAPS:,} more")
