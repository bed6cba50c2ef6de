"""One call under way: what is asked, how patiently, and what has happened to it so far."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from .._decoding.shapes import Shape
from .._messages import Reply, Request
from .._text import printable
from ..config import RetryPolicy
from ..errors import (
    ClientClosedError,
    ConnectError,
    ConnectTimeoutError,
    IntegratorError,
    NoAnswerError,
    ProxyRefusedError,
    RateLimitedError,
    ReadError,
    RequestTimeoutError,
    TLSError,
    UnreadableReplyError,
)
from ._coding import CodingError
from ._connector import TunnelError
from ._deadline import Deadline, DeadlineTimer
from ._outage import Outage, Streak, Ticket, moment
from ._retry import Quota, service_failed

Headed = Callable[[Request, Reply], None]
"""Is told of what was asked and of the answer when its headers are there."""


@dataclass(slots=True)
class Stats:
    """What one session manager has done so far.

    Attributes:
        requests: requests put on the wire.
        retries: those of them that repeated a failed try.
        throttled: answers 429.
    """

    requests: int = 0
    retries: int = 0
    throttled: int = 0


@dataclass(slots=True, eq=False)
class Call:
    """What the retry rules and the journey of a call read and write; `retrying` keeps nothing of its own.

    Attributes:
        request: what is sent.
        policy: how it is repeated.
        timeout: aiohttp's part of the time-outs.
        total: seconds that it may take. `begin` says in which `loop`, and sets the `timer` by its clock.
        quota, stats: of the client.
        shape: what the answer is read into; None leaves it unread.
        headed: is told of the headers of each answer.
        patience: seconds of an outage that do not count against `total`, or None where they do.
        tries: requests on the wire so far; `free` of them failed in an outage and do not count as attempts.
        spent: tokens of the quota that its repeats cost.
        doubtful: a try may have taken effect although it failed.
        on_wire: a request of it may be on the wire at this moment.
        queued: it waits for a slot or the bucket at this moment.
        last: how the last try failed.
        ticket: what lets it send in an outage, or shortly after it.
    """

    request: Request
    policy: RetryPolicy
    timeout: aiohttp.ClientTimeout
    total: float
    quota: Quota
    stats: Stats
    shape: Shape[Any] | None = None
    headed: Headed | None = None
    patience: float | None = None
    tries: int = 0
    free: int = 0
    spent: int = 0
    doubtful: bool = False
    on_wire: bool = False
    queued: bool = False
    token_renewed: bool = False
    last: IntegratorError | None = None
    ticket: Ticket | None = None
    loop: asyncio.AbstractEventLoop = field(init=False)
    timer: Deadline = field(init=False)
    _left: float | None = None
    _streak: Streak | None = None
    _in_streak: int = 0
    _streak_cost: int = 0

    def begin(self, watch_of: Callable[[asyncio.AbstractEventLoop], DeadlineTimer]) -> Deadline:
        """Return the deadline of the call, which is made now, in the running task.

        The one place that asks for the task: before Python 3.12 each such question is a system call.
        """
        task = asyncio.current_task()
        assert task is not None, "a call is made in a task"
        self.loop = loop = task.get_loop()
        self.timer = Deadline(task, loop.time() + self.total, watch_of(loop), self)
        return self.timer

    # Time

    def time_left(self) -> float:
        """Return the seconds to the deadline."""
        return self._left if self._left is not None else self.timer.end - self.loop.time()

    def suspend(self) -> None:
        """Stop the clock of the deadline."""
        if self._left is None:
            self._left = self.time_left()
            self.timer.move(math.inf)

    def resume(self) -> None:
        """Let the clock of the deadline run again."""
        if self._left is not None:
            self.timer.move(self.loop.time() + self._left)
            self._left = None

    def extend(self, seconds: float) -> None:
        """Move the deadline."""
        if self._left is None:
            self.timer.move(self.timer.end + seconds)

    def outlasts(self, seconds: float) -> bool:
        """Whether the call can wait for so long because the server asks it to; then that does not count."""
        return seconds < self.time_left() or (self.patience is not None and seconds <= self.patience)

    def allows(self, seconds: float, error: IntegratorError) -> bool:
        """Whether there is time for a pause of so many seconds after this error."""
        asked = error.retry_after is not None and seconds < math.inf
        return seconds < self.time_left() or (asked and self.patience is not None)

    def jitter(self) -> float:
        """Return a random number from 0 to 1."""
        return random.random()  # noqa: S311 - jitter, not a secret

    # Tries

    @property
    def counted(self) -> int:
        """Tries that count as attempts."""
        return self.tries - self.free

    def spend(self, cost: int) -> bool:
        """Take tokens of the quota for one more try; False where there are too few."""
        if not self.quota.spend(cost):
            return False
        self.spent += cost
        self._streak_cost += cost
        return True

    def repeated(self, error: IntegratorError, seconds: float) -> None:
        """Note that the call is tried again in so many seconds because of this error."""
        self.stats.retries += 1
        if error.retry_after is not None and self.patience is not None:
            self.extend(seconds)

    def failed_in(self, streak: Streak) -> None:
        """Note that a try failed as part of a streak of failures."""
        if streak is not self._streak:
            self._streak, self._in_streak, self._streak_cost = streak, 0, 0
        self._in_streak += 1

    def forgive(self) -> bool:
        """Count the tries that failed in an outage for nothing; returns whether there was one."""
        if self._streak is None or not self._streak.confirmed:
            return False
        self.free += self._in_streak
        self.spent -= self._streak_cost
        if self._streak_cost:
            self.quota.refund(self._streak_cost)
        self._streak, self._in_streak, self._streak_cost = None, 0, 0
        return True

    def told_by(self, error: IntegratorError) -> IntegratorError:
        """Return the error by which the call ends, with what became of it."""
        self.forgive()
        error.attempts = self.tries
        error.maybe_applied = self.maybe_applied()
        return error

    def maybe_applied(self) -> bool:
        """Whether a write may have taken effect although nobody can say so."""
        return self.request.repeat != "safe" and (self.doubtful or self.on_wire)


def no_answer(request: Request, error: BaseException) -> NoAnswerError:
    """Our error for one of aiohttp's; its text is not taken over, since it may quote headers and addresses."""
    place = _named(request)
    if isinstance(error, TunnelError):
        return ConnectError(f"{place}: the proxy gave no usable answer; the request was not sent", request=request)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ConnectTimeoutError(f"{place}: no connection in time; the request was not sent", request=request)
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
        return TLSError(f"{place}: the TLS handshake or certificate check failed; not sent", request=request)
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectError(f"{place}: cannot connect ({_os_reason(error)}); the request was not sent", request=request)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        refused = ProxyRefusedError if 400 <= error.status < 500 else ConnectError
        return refused(f"{place}: the proxy refused ({error.status}); the request was not sent", request=request)
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(f"{place}: no byte came within the read time-out", request=request)
    return ReadError(f"{place}: the connection broke ({type(error).__name__})", request=request)


def is_of_transport(error: RuntimeError) -> bool:
    """Whether uvloop says that the connection is closed, which asyncio says with an OSError."""
    return "unable to perform operation on" in str(error) or "handler is closed" in str(error)


def badly_coded(request: Request, status: int, error: CodingError) -> UnreadableReplyError:
    """Our error for a body that is not coded as its header says, or cut."""
    return UnreadableReplyError(
        f"{request.operation}: {request.method} {request.path} -> {status}, "
        f"the body cannot be unpacked: {printable(str(error), 120)}",
        request=request,
        status=status,
    )


def _os_reason(error: aiohttp.ClientConnectorError) -> str:
    reason = getattr(error.os_error, "strerror", None) or type(error.os_error).__name__
    return printable(str(reason), 120)


def deadline_passed(call: Call, outage: Outage) -> IntegratorError:
    """Return the error of a call whose time is over, with what the last failed try said."""
    request = call.request
    if outage.since is not None and not (call.on_wire and request.repeat != "safe"):
        return unavailable(call, outage)
    before = f"; the try before failed: {printable(str(call.last), 200)}" if call.last else ""
    return RequestTimeoutError(
        f"{_named(request)}: the deadline of {call.total:g} s passed{before}",
        request=request,
        retry_after=call.last.retry_after if call.last else None,
    )


def unavailable(call: Call, outage: Outage) -> IntegratorError:
    """Return the last failure of a call that has waited long enough for the end of an outage."""
    since = outage.failing_since or datetime.now(UTC)
    text = f"the service has not answered since {moment(since)}"
    if call.last is not None and service_failed(call.last):
        error = call.last
        error.args = (f"{error}; {text}",)
    else:
        error = RequestTimeoutError(
            f"{_named(call.request)}: not sent, because {text} ({outage.last_failure})", request=call.request
        )
    error.outage_since = since
    return error


def closed_meanwhile(call: Call) -> ClientClosedError:
    """Return the error of a call that was under way when its client was closed."""
    return ClientClosedError(f"{_named(call.request)}: the client was closed before the answer was read")


def paused(request: Request, seconds: float) -> RateLimitedError:
    """Return the error of a call that cannot wait for the end of a pause that the server has asked for."""
    return RateLimitedError(
        f"{_named(request)}: not sent, because the account's rate limit allows no request for {seconds:.1f} s, "
        "and the call may not take that long; repeat it then, or give it a longer timeout",
        request=request,
        retry_after=seconds,
    )


def _named(request: Request) -> str:
    return f"{request.operation}: {request.method} {request.path}"
