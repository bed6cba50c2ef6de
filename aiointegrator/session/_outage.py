"""Whether the service is down for an account, and which call may send a request meanwhile.

Waiting costs the server nothing; repeated requests do. So an outage pauses all calls of the account, and one probe at a
time finds its end. The phases:

    up          calls send as they like
    suspected   three tries in a row failed; calls wait, and a probe asks whether the service answers
    down        the probe failed too, or reads of many integrations fail; calls wait, and probes go on
    recovering  the service answers again; requests in flight start at one and double with each success
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Literal
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from .._messages import Request
from ..errors import IntegratorError
from ._deadline import Clock
from ._throttle import Bucket

_log = logging.getLogger("aiointegrator")

FAILURES = 3
"""Tries that fail in a row before the service is suspected to be down."""
READS = 10
"""Reads that fail in a row before part of the service counts as down, whatever a probe says."""
INTEGRATIONS = 5
"""Integrations that these reads must belong to, so that one broken integration is no outage."""
PROBE_SECONDS = 10.0
"""Seconds that a probe may take."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
SHORTER = 0.2
"""A pause between two probes is shortened by a random part of up to this share."""
LONGEST_HOLD = 3600.0
"""Seconds of a Retry-After that hold up the probes. A longer one is an error of the call that got it, and no more."""
SMALL = 16 * 1024
"""Bytes of an answer whose request may serve as a probe."""
POLL = 0.1
"""Seconds between two looks of a waiting event loop at whether a probe is due."""
SOON = 0.005
"""The same where one is due at once, in another event loop."""

TOKEN_INFO = Request("account.token_info", "GET", "/v1/tokenInfo")
_INTEGRATION = re.compile(r"/v1/integrations/([^/?]+)")
Phase = Literal["up", "suspected", "down", "recovering"]


class Grant(Enum):
    """What a waiting call may do now."""

    FREE = "send; the service is up"
    ADMITTED = "send; it is one of the few after an outage"
    TRY = "send; this try is the probe"
    PROBE = "send the ticket's request as the probe, then wait again"
    GIVE_UP = "raise; waiting longer makes no sense"


@dataclass(slots=True, eq=False)
class Ticket:
    """The right to send one request; it goes back with `Outage.leave`.

    Attributes:
        grant: what it allows.
        request: the probe to send, where the grant is PROBE.
        settled: the probe's outcome is known.
    """

    grant: Grant
    request: Request | None = None
    settled: bool = False

    @property
    def probes(self) -> bool:
        """Whether the request that is sent with it is the probe."""
        return self.grant in (Grant.TRY, Grant.PROBE)


@dataclass(slots=True, eq=False)
class Streak:
    """Failures in a row, without an answer in between.

    Attributes:
        since: when the first of them failed, in UTC; None before it.
        began: the same in monotonic seconds.
        confirmed: they are an outage, so none of them counts as an attempt of its call.
    """

    since: datetime | None = None
    began: float = 0.0
    confirmed: bool = False


@dataclass(slots=True, eq=False)
class _Waiter:
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Ticket]
    reads: bool
    limit: float
    patient: bool
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call waits for the end of an outage.

    Attributes:
        until: given the outage's beginning in monotonic seconds, the monotonic time at which the call gives up.
        ends_itself: the call is cancelled at that time by its own deadline.
    """

    until: Callable[[float], float]
    ends_itself: bool


class Outage:
    """The state of the service for one account, shared by event loops, threads and views.

    Decisions are arithmetic on a clock under a mutex. Only `enter` waits.

    Args:
        clock: monotonic seconds.
        jitter: random numbers from 0 to 1.

    Attributes:
        held: a call must `enter` before it sends.
        troubled: the last try failed, or the service is not believed to be up; so `answered` must be told of answers.
        last_read: the small read that succeeded last.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, jitter: Callable[[], float] = random.random
    ) -> None:
        self.held = self.troubled = False
        self.last_read: Request | None = None
        self._clock, self._jitter = clock, jitter
        self._levels: WeakKeyDictionary[Bucket, float] = WeakKeyDictionary()
        self._mutex = threading.Lock()
        self._extended = -1.0
        self._reset()

    def _reset(self) -> None:
        self.held = self.troubled = False
        self._phase: Phase = "up"
        self._streak = Streak()
        self._failures = self._reads = 0
        self._integrations: set[str] = set()
        self._partial = self._probing = False
        self._probes = 0
        self._pause = FIRST_PAUSE
        self._next_probe = self._hold = 0.0
        self._window, self._in_flight = 1, 0
        self._queue: deque[_Waiter] = deque()
        self._polled: WeakSet[asyncio.AbstractEventLoop] = WeakSet()
        self.last_failure = ""

    @property
    def since(self) -> datetime | None:
        """Since when the service has not answered, in UTC; None where it is not down."""
        return self._streak.since if self._phase == "down" else None

    @property
    def failing_since(self) -> datetime | None:
        """Since when tries have failed in a row, in UTC, whether that is an outage already or not."""
        return self._streak.since

    @property
    def stops(self) -> bool:
        """Whether no request but a probe is to be sent."""
        return self._phase in ("suspected", "down")

    def pace(self, bucket: Bucket) -> None:
        """Keep this bucket from filling up during an outage."""
        self._levels.setdefault(bucket, 0.0)

    # What the session manager tells

    def failed(self, request: Request, error: IntegratorError, ticket: Ticket | None) -> Streak:
        """Count a try in which the service failed; returns the streak that it belongs to."""
        with self._mutex:
            now, streak = self._clock(), self._streak
            if streak.since is None:
                streak.since, streak.began = datetime.now(UTC), now
            self.troubled = True
            self.last_failure = f"{error.status or type(error).__name__}"
            if error.retry_after is not None and error.retry_after <= LONGEST_HOLD:
                self._hold = max(self._hold, now + error.retry_after)
            if ticket is None or ticket.grant is not Grant.PROBE:
                self._count(request)
            if ticket is not None and ticket.probes and not ticket.settled:
                ticket.settled = True
                self._probe_failed(now)
            self._judge(now)
            self._serve(now)
            return streak

    def answered(self, ticket: Ticket | None, limit: int) -> None:
        """Note an answer that shows the service up; `limit` are the requests that may be in flight at most."""
        with self._mutex:
            now = self._clock()
            self._failures, self._hold = 0, 0.0
            if ticket is not None and ticket.grant is Grant.PROBE:
                self._probe_answered(now, ticket)
            else:
                self._call_answered(ticket, limit)
            self.troubled = self._phase != "up" or self._reads > 0
            self._serve(now)

    def leave(self, ticket: Ticket) -> None:
        """Take a ticket back, whatever came of it."""
        with self._mutex:
            now = self._clock()
            if ticket.grant is Grant.ADMITTED:
                self._in_flight -= 1
            elif ticket.probes and not ticket.settled:  # cancelled, or no verdict on the service
                ticket.settled = True
                self._probe_failed(now)
            self._serve(now)

    def extend(self, seconds: float) -> None:
        """The process could not run for so long: whoever waits, waits that much longer."""
        with self._mutex:
            now = self._clock()
            if now - self._extended < seconds:  # another event loop has noticed the same stop
                return
            self._extended = now
            self._streak.began += seconds
            for waiter in self._queue:
                waiter.limit += seconds

    def forked(self) -> None:
        """Begin with nothing in the child of a fork: the calls that wait are the parent's."""
        self._mutex = threading.Lock()
        self._reset()

    # Waiting

    async def enter(self, request: Request, patience: Patience, clock: Clock, *, first: bool = False) -> Ticket:
        """Wait until the call may send its request, or is to send the probe.

        Args:
            request: the call's request.
            patience: how long it waits.
            clock: knows whether this process was stopped meanwhile.
            first: put it before the others, because it has just sent the probe.
        """
        loop = asyncio.get_running_loop()
        with self._mutex:
            began = self._streak.began if self._streak.since is not None else self._clock()
            waiter = _Waiter(
                loop, loop.create_future(), request.read_only, patience.until(began), not patience.ends_itself, request
            )
            (self._queue.appendleft if first else self._queue.append)(waiter)
            self._serve(self._clock())
            self._poll(loop, clock)
        try:
            return await waiter.future
        except BaseException:
            with self._mutex:
                if waiter in self._queue:
                    self._queue.remove(waiter)
            if waiter.future.done() and not waiter.future.cancelled():
                self.leave(waiter.future.result())
            raise

    def _poll(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        """Look again soon, for as long as calls of this loop wait."""
        if loop in self._polled or not any(waiter.loop is loop for waiter in self._queue):
            return
        self._polled.add(loop)
        due = max(self._next_probe, self._hold) - self._clock() if self.stops and not self._probing else POLL
        loop.call_later(min(POLL, max(SOON, due)), self._tick, loop, clock)

    def _tick(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        clock.notice()
        with self._mutex:
            self._polled.discard(loop)
            self._serve(self._clock())
            self._poll(loop, clock)

    # Decisions, under the mutex

    def _count(self, request: Request) -> None:
        self._failures += 1
        if request.read_only:
            self._reads += 1
            if found := _INTEGRATION.match(request.path):
                self._integrations.add(found[1])

    def _judge(self, now: float) -> None:
        """Change the phase where the failures in a row ask for it."""
        if self._phase in ("up", "recovering") and self._failures >= FAILURES:
            self._phase, self.held = "suspected", True
            self._probing, self._probes, self._next_probe = False, 0, now
        if self._phase != "down" and self._reads >= READS and len(self._integrations) >= INTEGRATIONS:
            self._partial = True
            self._fall(now)

    def _fall(self, now: float) -> None:
        if self._phase == "recovering" or self._phase == "up":
            self._probing = False
        self._phase, self.held = "down", True
        self._streak.confirmed = True
        for bucket in list(self._levels):
            self._levels[bucket] = bucket.level()
        if not self._probing:
            self._schedule(now)
        since = moment(self._streak.since or datetime.now(UTC))
        _log.warning(
            "the service has not answered since %s (%s): all calls of the account wait for it", since, self.last_failure
        )

    def _probe_failed(self, now: float) -> None:
        self._probing = False
        if self._phase == "suspected":
            self._fall(now)
        elif self._phase == "down":
            self._schedule(now)

    def _schedule(self, now: float) -> None:
        """Set the time of the next probe."""
        self._next_probe = now + self._pause * (1.0 - SHORTER * self._jitter())
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    def _probe_answered(self, now: float, ticket: Ticket) -> None:
        """A probe of another request succeeded. That says nothing about reads that fail in many integrations."""
        ticket.settled, self._probing = True, False
        if self._phase == "down" and self._partial:
            self._schedule(now)
        elif self._phase == "down":
            self._recover()
        elif self._phase == "suspected":
            self._phase, self.held = "up", False

    def _call_answered(self, ticket: Ticket | None, limit: int) -> None:
        self._reads = 0
        self._integrations.clear()
        if ticket is not None and ticket.grant is Grant.TRY:
            ticket.settled, self._probing = True, False
        if self._phase == "down":
            self._recover()
        elif self._phase == "recovering" and ticket is not None:
            self._window *= 2
        if self._phase == "suspected" or (self._phase == "recovering" and self._window >= limit):
            self._phase, self.held = "up", False
        self._pause = FIRST_PAUSE
        self._streak = Streak()

    def _recover(self) -> None:
        seconds = self._clock() - self._streak.began
        _log.warning("the service answers again after %.1f s", seconds)
        self._phase, self._partial, self._probing = "recovering", False, False
        self._window, self._in_flight = 1, 0
        self._reads = 0
        self._integrations.clear()
        self._streak = Streak()
        for bucket, level in list(self._levels.items()):
            bucket.keep(level)

    def _serve(self, now: float) -> None:
        """Hand out the tickets that the phase allows."""
        if self._phase == "up":
            while self._queue:
                self._hand(self._queue.popleft(), Ticket(Grant.FREE))
        elif self._phase == "recovering":
            while self._queue and self._in_flight < self._window:
                self._in_flight += self._hand(self._queue.popleft(), Ticket(Grant.ADMITTED))
        else:
            self._send_home(now)
            if self._queue and not self._probing and now >= max(self._next_probe, self._hold):
                self._probing = self._hand_probe()

    def _send_home(self, now: float) -> None:
        """Let go of the calls whose patience ends before the next probe may be sent."""
        for waiter in list(self._queue):
            over = self._phase == "down" and waiter.patient and waiter.limit <= now
            if over or self._hold > waiter.limit:
                self._queue.remove(waiter)
                self._hand(waiter, Ticket(Grant.GIVE_UP))

    def _hand_probe(self) -> bool:
        """Let a waiting call send the probe.

        A probe is the small read that succeeded last, or else a waiting read. Every second one is `tokenInfo`, and
        waiting reads take turns, so that one list that always fails cannot prolong an outage.
        """
        number, self._probes = self._probes, self._probes + 1
        reader = next((waiter for waiter in self._queue if waiter.reads), None)
        other = TOKEN_INFO if number % 2 else self.last_read
        if reader is not None and (self._partial or other is None):
            self._queue.remove(reader)
            return self._hand(reader, Ticket(Grant.TRY))
        return self._hand(self._queue.popleft(), Ticket(Grant.PROBE, other or TOKEN_INFO))

    def _hand(self, waiter: _Waiter, ticket: Ticket) -> bool:
        """Give a ticket to a waiting call; False where its event loop is gone."""
        try:
            running = asyncio.get_running_loop() if waiter.loop.is_running() else None
        except RuntimeError:
            running = None
        if waiter.loop is running:
            if waiter.future.done():
                return False
            waiter.future.set_result(ticket)
            return True
        try:
            waiter.loop.call_soon_threadsafe(self._deliver, waiter, ticket)
        except RuntimeError:
            return False
        return True

    def _deliver(self, waiter: _Waiter, ticket: Ticket) -> None:
        if waiter.future.done():
            self.leave(ticket)
        else:
            waiter.future.set_result(ticket)


def moment(since: datetime) -> str:
    """Return a moment as messages show it."""
    return f"{since:%Y-%m-%d %H:%M:%S} UTC"


_outages: WeakValueDictionary[object, Outage] = WeakValueDictionary()


def shared_outage(account: object) -> Outage:
    """Return this process's state of the service for an account; the same object for the same account."""
    outage = _outages.get(account)
    if outage is None:
        outage = _outages[account] = Outage()
    return outage


def _forked() -> None:
    for outage in list(_outages.values()):
        outage.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
