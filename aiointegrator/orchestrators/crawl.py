"""`Crawl`: read every integration with what hangs on it, many at once, and say exactly what could not be read."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast, get_args

from .. import _wire
from .._decoding.shapes import Shape
from .._domain.kinds import DEFAULT_KINDS, INTEGRATIONS, KINDS, Plan
from .._domain.snapshots import Branch, CrawlProgress, CrawlReport, Difference, Gap, IntegrationSnapshot, gap_of
from .._messages import Request
from .._repeats import id_of
from ..config import OUTAGE_PATIENCE
from ..endpoints.integrations import Integrations
from ..errors import (
    ArgumentError,
    AuthenticationError,
    ClientClosedError,
    IntegratorError,
    NoAnswerError,
    UnreadableReplyError,
)
from ..pager import Pager
from ..session import SessionManager, service_failed
from ._account import AccountReading, read_account
from ._reading import Reading
from ._token import TokenCheck

if TYPE_CHECKING:
    from ..models import Integration

_log = logging.getLogger("aiointegrator")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two tries of the list of integrations, once the tries of a call are used up."""

_PLAIN: Shape[dict[str, Any]] = Shape(dict[str, Any])


class Crawl:
    """A crawl of an account, made by `client.crawl`. Enter it, iterate, and look at `complete` and `report`.

    By the plan `integration`, one task lists the integrations and lets `at_once` of them in at a time; workers, as many
    as there are connections, read a branch each; whoever reads an integration's last one hands it over, and there is
    room for another when the consumer takes it. By the plan `account`, the account's lists are read, held, and sorted.
    By `compare`, the first is done, and then held against the second.

    Attributes:
        unassigned: by kind, the records that belong to no integration; only `plan="account"` sees them. There once the
            crawl is over.
    """

    def __init__(
        self,
        session: SessionManager,
        *,
        kinds: Sequence[str] = DEFAULT_KINDS,
        at_once: int = 32,
        only: Collection[str] | None = None,
        models: bool = True,
        raw: bool = False,
        plan: Plan = "integration",
        skip: Collection[tuple[str, str]] = (),
        outage_patience: float = OUTAGE_PATIENCE,
    ) -> None:
        self._patience = _checked_seconds(outage_patience)
        self._session = session = session.view(replace(session.settings, outage_patience=self._patience))
        self._api = api = Integrations(session)
        self._lists: dict[str, Callable[[str], Pager[Any]]] = {
            "flows": api.list_flows,
            "exports": api.list_exports,
            "imports": api.list_imports,
            "ashares": api.list_ashares,
            "connections": api.list_connections,
        }
        self._kinds = _checked_kinds(kinds)
        self._at_once = _checked_number(at_once)
        self._only = _checked_ids(only)
        self._plan = _checked_plan(plan, self._only)
        self._skip = _checked_skip(skip, plan)
        self.unassigned: Mapping[str, list[Any]] = {}
        self._differences: list[Difference] = []
        self._held: dict[str, Any] = {}
        self._open: dict[str, Reading] = {}
        self._duplicates = 0
        self._ids: dict[tuple[str, str], set[str]] = {}
        self._form = _raw if raw else _as_model if models else _plain
        self._results: asyncio.Queue[IntegrationSnapshot | _End] = asyncio.Queue()
        self._room = asyncio.Semaphore(self._at_once)
        self._work: asyncio.Queue[tuple[Reading, str] | None] = asyncio.Queue()
        self._runner: asyncio.Task[None] | None = None
        self._entered = False
        self._end: _End | None = None
        self._found: set[str] = set()
        self._listing_done = False
        self._gaps: list[Gap] = []
        self._stop: IntegratorError | None = None
        self._token = TokenCheck(session)
        self._done = dict.fromkeys(self._kinds, 0)
        self._counts = dict.fromkeys((INTEGRATIONS, *self._kinds), 0)
        self._started = datetime.now(UTC)
        self._finished: datetime | None = None
        self._clock = time.monotonic()

    # For the caller

    async def __aenter__(self) -> Self:
        if self._entered:
            raise ArgumentError("this crawl was used already; make another with client.crawl(...)")
        self._entered = True
        self._started, self._clock = datetime.now(UTC), time.monotonic()
        self._runner = asyncio.create_task(self._run(), name="aiointegrator crawl")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        runner = self._runner
        if runner is None:
            return
        runner.cancel()
        await asyncio.wait([runner])

    async def __aiter__(self) -> AsyncIterator[IntegrationSnapshot]:
        if self._runner is None:
            raise ArgumentError("use the crawl as a context manager: async with client.crawl(...) as crawl: ...")
        while self._end is None:
            result = await self._results.get()
            if isinstance(result, _End):
                self._end = result
            else:
                self._room.release()
                yield result
        if self._end.error is not None:
            raise self._end.error

    @property
    def complete(self) -> bool:
        """Whether the crawl is over and everything was read."""
        return self._finished is not None and not self._gaps

    @property
    def report(self) -> CrawlReport:
        """What has been done, and what is missing."""
        stats = self._session.stats
        return CrawlReport(
            kinds=self._kinds,
            started=self._started,
            finished=self._finished,
            complete=self.complete,
            counts=dict(self._counts),
            gaps=tuple(self._gaps),
            requests=stats.requests,
            retries=stats.retries,
            throttled=stats.throttled,
            plan=self._plan,
            differences=tuple(self._differences),
            stopped=self._stop,
            duplicates=self._duplicates,
        )

    @property
    def progress(self) -> CrawlProgress:
        """Where it stands at this moment."""
        stats = self._session.stats
        return CrawlProgress(
            kinds=self._kinds,
            integrations_found=len(self._found),
            listing_done=self._listing_done,
            done=dict(self._done),
            records=dict(self._counts),
            gaps=len(self._gaps),
            requests=stats.requests,
            retries=stats.retries,
            throttled=stats.throttled,
            in_flight=self._session.in_flight,
            elapsed=time.monotonic() - self._clock,
            outage_since=self._session.outage_since,
        )

    # The work

    async def _run(self) -> None:
        failure: BaseException | None = None
        try:
            await (self._by_account() if self._plan == "account" else self._by_integration())
            if self._plan == "compare":
                self._compare(await self._account_reading())
        except BaseExceptionGroup as group_of_one:
            failure = _first(group_of_one)
        except Exception as error:  # whatever it is, the consumer waits for an end
            failure = error
        if failure is None:
            self._finished = datetime.now(UTC)
        self._results.put_nowait(_End(failure))

    async def _by_integration(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._list())
            for _ in range(min(self._at_once * len(self._kinds), self._session.settings.max_connections)):
                group.create_task(self._worker())

    async def _list(self) -> None:
        """Let the integrations in, each when there is room for it, and say so when the last one has left."""
        async for integration_id, record in self._integrations():
            if self._plan == "compare":
                self._held[integration_id] = record
            wanted = self._wanted(integration_id)
            if wanted:
                await self._room.acquire()
                reading = self._open[integration_id] = Reading(integration_id, record, wanted)
                self._ask_for(reading, wanted if record is not None else (INTEGRATIONS,))
        for _ in range(self._at_once):
            await self._room.acquire()
        self._ask_no_more()

    async def _integrations(self) -> AsyncIterator[tuple[str, Any]]:
        """The id and the record of every integration, once; what is missing in the middle is a gap.

        Of the ids that were named there is no record yet.
        """
        try:
            if self._only is not None:
                for integration_id in self._only:
                    self._found.add(integration_id)
                    yield integration_id, None
            else:
                async for page in self._pages():
                    for record in page:
                        integration_id = id_of(record)
                        if self._is_new(integration_id):
                            yield integration_id, record
        except IntegratorError as error:
            await self._consider(error)
            if not self._found and not self._gaps:
                raise
            self._gaps.append(gap_of(INTEGRATIONS, None, error))
        self._listing_done = True

    async def _pages(self) -> AsyncIterator[Sequence[Any]]:
        """The pages of the list of integrations. Without it nothing can be read, so it is asked for again for long."""
        pager, failing, pause = self._form(self._api.list()), 0.0, FIRST_PAUSE
        while True:
            try:
                async with aclosing(pager.pages(self._came_again)) as pages:
                    async for page in pages:
                        failing, pause = 0.0, FIRST_PAUSE
                        yield page
                return
            except IntegratorError as error:
                now = time.monotonic()
                failing = failing or now
                lost = error.outage_since is not None or error.resume_from is None or not service_failed(error)
                if lost or now - failing >= self._patience:
                    raise
                if failing == now:
                    _log.warning("%s; the list is asked for again for up to %.0f s", error, self._patience)
                pager = pager.starting_at(error.resume_from or "")
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def _came_again(self, record: Any) -> None:
        """An integration is on two pages of the list; the later record counts, unless the first is handed over."""
        self._duplicates += 1
        integration_id = id_of(record)
        if integration_id in self._held:
            self._held[integration_id] = record
        if (reading := self._open.get(integration_id)) is not None:
            reading.record = record

    def _is_new(self, integration_id: str) -> bool:
        if not integration_id:
            error = UnreadableReplyError("integrations.list: a record without an _id; it cannot be followed")
            self._gaps.append(gap_of(INTEGRATIONS, None, error))
            return False
        new = integration_id not in self._found
        self._found.add(integration_id)
        return new

    def _wanted(self, integration_id: str) -> Sequence[str]:
        """What is to be read of an integration; what the caller has counts as done."""
        if not self._skip:
            return self._kinds
        wanted = [kind for kind in self._kinds if (integration_id, kind) not in self._skip]
        for kind in self._kinds:
            self._done[kind] += kind not in wanted
        return wanted

    def _ask_for(self, reading: Reading, kinds: Sequence[str]) -> None:
        for kind in kinds:
            self._work.put_nowait((reading, kind))

    def _ask_no_more(self) -> None:
        for _ in range(self._session.settings.max_connections):
            self._work.put_nowait(None)

    async def _worker(self) -> None:
        """Read one branch after the other; whoever reads the last of an integration hands it over."""
        while (branch := await self._work.get()) is not None:
            reading, kind = branch
            if kind == INTEGRATIONS:
                await self._named(reading)
                continue
            reading.add(*await self._branch(kind, reading.id))
            if not reading.left:
                self._open.pop(reading.id, None)
                self._counts[INTEGRATIONS] += 1
                self._results.put_nowait(reading.snapshot())

    async def _named(self, reading: Reading) -> None:
        """Get an integration of which only the id is known, and go on with what hangs on it."""
        try:
            self._refuse_after_stop(INTEGRATIONS)
            reading.record = await self._integration(reading.id)
        except IntegratorError as error:
            await self._consider(error)
            self._gaps.append(gap_of(INTEGRATIONS, reading.id, error))
            self._open.pop(reading.id, None)
            self._room.release()
        else:
            self._ask_for(reading, reading.kinds)

    async def _integration(self, integration_id: str) -> Any:
        if self._form is _as_model:
            return await self._api.get(integration_id)
        path = f"/v1/integrations/{_wire.segment('integrationId', integration_id)}"
        request = Request("integrations.get", "GET", path)
        page = await self._session.fetch_page(request, _PLAIN)
        return page.value if self._form is _plain else page.reply.body

    async def _branch(self, kind: str, integration_id: str) -> tuple[Branch, list[Any] | None, Gap | None]:
        pages = 0

        def took(page: Sequence[Any]) -> None:
            nonlocal pages
            pages += 1

        try:
            self._refuse_after_stop(kind)
            pager = self._form(self._lists[kind](integration_id))
            records = await pager.collect(took)
            self._token.accepted()
        except IntegratorError as error:
            await self._consider(error)
            gap = gap_of(kind, integration_id, error)
            self._gaps.append(gap)
            return Branch(kind, integration_id, gap.reason, 0, pages, str(error)), None, gap
        finally:
            self._done[kind] += 1
        self._counts[kind] += len(records)
        self._duplicates += pager.duplicates
        if self._plan == "compare":
            self._ids[kind, integration_id] = {id_of(record) for record in records}
        return Branch(kind, integration_id, "read", len(records), pages, None), records, None

    # When to stop

    async def _consider(self, error: IntegratorError) -> None:
        """Stop asking where an error says that the rest would fail too; a client that was closed ends the crawl.

        Raises:
            ClientClosedError: the client was closed.
        """
        if isinstance(error, ClientClosedError):
            raise error
        if self._stop is None and error.outage_since is not None:
            self._stop = error
        if isinstance(error, AuthenticationError) and await self._token.refused():
            self._stop = self._stop or error

    def _refuse_after_stop(self, kind: str) -> None:
        if self._stop is not None:
            raise self._unasked(kind)

    def _unasked(self, kind: str) -> IntegratorError:
        """Return the error of what is not asked for any more."""
        assert self._stop is not None
        name = "integrations.list" if kind == INTEGRATIONS else f"integrations.list_{kind}"
        if isinstance(self._stop, AuthenticationError):
            return AuthenticationError(f"{name}: not asked, because the token is refused (401)", status=401)
        error = NoAnswerError(f"{name}: not asked, because the service does not answer: {self._stop}")
        error.outage_since = self._stop.outage_since
        return error

    # By the account's lists

    async def _by_account(self) -> None:
        async for integration_id, record in self._integrations():
            self._held[integration_id] = record
        reading = await self._account_reading()
        for error in reading.errors.values():
            await self._consider(error)
        for record in self._held.values():
            self._results.put_nowait(self._sorted(record, reading))
        self.unassigned = reading.unassigned
        for kind, records in reading.unassigned.items():
            self._counts[kind] += len(records)

    async def _account_reading(self) -> AccountReading:
        reading = await read_account(self._session, self._kinds, self._form, list(self._held.values()))
        self._duplicates += reading.duplicates
        return reading

    def _sorted(self, record: Any, reading: AccountReading) -> IntegrationSnapshot:
        """One integration, from the account's lists."""
        integration_id = id_of(record)
        records: dict[str, list[Any] | None] = {}
        branches, gaps = [], []
        for kind in self._kinds:
            self._done[kind] += 1
            error = reading.errors.get(kind)
            if error is not None:
                gap = gap_of(kind, integration_id, error)
                records[kind] = None
                branches.append(Branch(kind, integration_id, gap.reason, 0, 0, str(error)))
                gaps.append(gap)
                continue
            found = records[kind] = reading.records[kind][integration_id]
            branches.append(Branch(kind, integration_id, "read", len(found), 0, None))
            self._counts[kind] += len(found)
        self._gaps += gaps
        self._counts[INTEGRATIONS] += 1
        return IntegrationSnapshot(integration_id, cast("Integration", record), records, tuple(gaps), tuple(branches))

    def _compare(self, reading: AccountReading) -> None:
        """Hold what the integrations' own lists gave against the account's."""
        for (kind, integration_id), own in sorted(self._ids.items()):
            if kind not in reading.errors:
                sorted_ = {id_of(record) for record in reading.records[kind][integration_id]}
                self._differences += [
                    Difference(kind, integration_id, one, "integration") for one in sorted(own - sorted_)
                ]
                self._differences += [Difference(kind, integration_id, one, "account") for one in sorted(sorted_ - own)]
        self._gaps += [gap_of(kind, None, error) for kind, error in reading.errors.items() if kind in self._kinds]


def _as_model(pager: Pager[Any]) -> Pager[Any]:
    return pager


def _plain(pager: Pager[Any]) -> Pager[Any]:
    return pager.plain()


def _raw(pager: Pager[Any]) -> Pager[Any]:
    return pager.raw()


@dataclass(frozen=True, slots=True)
class _End:
    """The last result: the crawl is over, or broke with this error."""

    error: BaseException | None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _checked_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    asked = (kinds,) if isinstance(kinds, str) else tuple(dict.fromkeys(kinds))
    unknown = [kind for kind in asked if kind not in KINDS]
    if unknown or not asked:
        raise ArgumentError(f"kinds must be some of {', '.join(KINDS)}; not {', '.join(map(repr, unknown)) or 'none'}")
    return asked


def _checked_number(at_once: int) -> int:
    if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1:
        raise ArgumentError(f"at_once must be a whole number >= 1, not {at_once!r}")
    return at_once


def _checked_seconds(seconds: float) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise ArgumentError(f"outage_patience must be a number of seconds >= 0, not {seconds!r}")
    return seconds


def _checked_plan(plan: Plan, only: Collection[str] | None) -> Plan:
    if plan not in get_args(Plan):
        raise ArgumentError(f"plan must be one of {', '.join(get_args(Plan))}, not {plan!r}")
    if only is not None and plan != "integration":
        raise ArgumentError("only= names integrations, and the account's lists have all; use plan='integration'")
    return plan


def _checked_skip(skip: Collection[tuple[str, str]], plan: Plan) -> Collection[tuple[str, str]]:
    if isinstance(skip, str) or not isinstance(skip, Collection):
        raise ArgumentError("skip takes a collection of pairs, an integration's id and a kind")
    if skip and plan != "integration":
        raise ArgumentError("skip= leaves out branches, and the account's lists have none; use plan='integration'")
    return skip


def _checked_ids(only: Collection[str] | None) -> tuple[str, ...] | None:
    if only is None:
        return None
    if isinstance(only, str):
        raise ArgumentError("only takes a collection of ids; put the one id into a list")
    return tuple(dict.fromkeys(only))
