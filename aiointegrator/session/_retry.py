"""Which failed try is made again, and when: the retry rules and their policy; the only user of tenacity."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, cast

import tenacity

from .._messages import Request
from ..config import RetryPolicy
from ..errors import (
    ConnectError,
    IntegratorError,
    ProxyRefusedError,
    ReadError,
    ReplyTooLargeError,
    RequestTimeoutError,
    StatusError,
    TLSError,
    UnreadableReplyError,
)

_log = logging.getLogger("aiointegrator")
T = TypeVar("T")

SERVICE_FAILURES = frozenset({500, 502, 503, 504})
"""Statuses by which the service, or a gateway before it, says that it does not work."""
THROTTLED_COST = 5
TRANSIENT_COST = 14


# The rules. Each says why a failed try may be made again.


def never_sent(error: IntegratorError) -> bool:
    """No connection came about, so the server has seen nothing. A TLS failure would only repeat itself."""
    return isinstance(error, ConnectError) and not isinstance(error, TLSError)


def turned_away(error: IntegratorError) -> bool:
    """The server refused before doing anything: 429, 425, or 503 that says when to come back."""
    if not isinstance(error, StatusError):
        return False
    return error.status in (425, 429) or (error.status == 503 and error.retry_after is not None)


def outcome_unknown(error: IntegratorError) -> bool:
    """Nobody can say whether the server acted: a gateway's status, a cut answer, a lost connection, silence."""
    if isinstance(error, StatusError):
        return error.status in (408, 500, 502, 503, 504) and not turned_away(error)
    return isinstance(error, ReadError | RequestTimeoutError | UnreadableReplyError) and not never_sent(error)


def leaves_doubt(error: IntegratorError) -> bool:
    """Nobody can say whether the server acted; nor after a 5xx of a proxy's own (52x), which is no reason to repeat."""
    unlisted = isinstance(error, StatusError) and error.status is not None and error.status > 505
    return unlisted or outcome_unknown(error)


def service_failed(error: IntegratorError) -> bool:
    """The service did not work: no connection, a broken one, silence, or 500, 502, 503, 504.

    Any other answer shows that it is up. A TLS failure and a proxy that refuses with 4xx say neither.
    """
    if isinstance(error, StatusError):
        return error.status in SERVICE_FAILURES
    if isinstance(error, TLSError | ProxyRefusedError | UnreadableReplyError):
        return False
    return isinstance(error, ConnectError | ReadError | RequestTimeoutError)


def may_repeat(request: Request, error: IntegratorError) -> bool:
    """Whether this failed try of this request may be made again, by the rules above.

    A call that has waited for the end of an outage in vain has had its time.
    """
    if error.outage_since is not None:
        return False
    if never_sent(error) or turned_away(error):
        return True
    return request.repeat != "unsafe" and outcome_unknown(error) and not isinstance(error, ReplyTooLargeError)


def pause(
    policy: RetryPolicy, error: IntegratorError, failures: int, jitter: float, patience: float | None = None
) -> float | None:
    """Return the seconds to wait after the `failures`-th failed try, or None where the server asks for more.

    `jitter` is a random number from 0 to 1. `patience` are the seconds of an outage that the call may wait for; a
    Retry-After up to that long is waited for too. A pause is never shorter than a Retry-After, whatever the status.
    """
    throttled = turned_away(error)
    if error.retry_after is not None:
        if error.retry_after > max(policy.max_retry_after, patience or 0.0):
            return None
        return error.retry_after + jitter * policy.base
    base = policy.throttled_base if throttled else policy.base
    return jitter * min(policy.cap, base * 2.0 ** min(failures - 1, 60))


class Quota:
    """Retry tokens of one client: spent by repeats, given back by success."""

    def __init__(self, tokens: int) -> None:
        self.full = self.tokens = tokens

    def spend(self, cost: int) -> bool:
        """Take `cost` tokens; False, and nothing taken, where there are fewer."""
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True

    def refund(self, tokens: int) -> None:
        """Give back after a success: what its repeats cost, or 1."""
        if self.tokens < self.full:
            self.tokens = min(self.full, self.tokens + (tokens or 1))


class Call(Protocol):
    """What the rules need to know of a call under way; the session manager owns it."""

    request: Request
    policy: RetryPolicy
    patience: float | None

    @property
    def counted(self) -> int: ...

    def allows(self, seconds: float, error: IntegratorError) -> bool: ...

    def spend(self, cost: int) -> bool: ...

    def jitter(self) -> float: ...

    def repeated(self, error: IntegratorError, seconds: float) -> None: ...


C = TypeVar("C", bound=Call)


def retrying(attempt: Callable[[C], Awaitable[T]]) -> Callable[[C], Awaitable[T]]:
    """Wrap `attempt` once, so that each call of it is tried again by the rules and its own policy.

    The first try is made directly: nearly every call needs no other, and tenacity costs more than the rest of it.
    What failed and may be repeated is handed to tenacity as the try that it begins with.

    The hooks are synchronous and read everything from the call that is the last argument: tenacity keeps its state on
    the object that is iterated, so nothing of a call may live there (https://github.com/jd/tenacity/issues/93).
    """

    @tenacity.retry(retry=_again, wait=_wait, stop=_stop, before_sleep=_before_sleep, reraise=True)
    async def after(failed: list[IntegratorError], call: C) -> T:
        if failed:
            raise failed.pop()
        return await attempt(call)

    async def patiently(call: C) -> T:
        try:
            return await attempt(call)
        except IntegratorError as error:
            if not may_repeat(call.request, error):
                raise
            failed = [error]
        return await after(failed, call)

    return patiently


def _failure(state: tenacity.RetryCallState) -> tuple[Call, BaseException | None]:
    call = cast("Call", state.args[-1])
    return call, state.outcome.exception() if state.outcome else None


def _again(state: tenacity.RetryCallState) -> bool:
    call, error = _failure(state)
    return isinstance(error, IntegratorError) and may_repeat(call.request, error)


def _wait(state: tenacity.RetryCallState) -> float:
    call, error = _failure(state)
    assert isinstance(error, IntegratorError)
    seconds = pause(call.policy, error, call.counted, call.jitter(), call.patience)
    return math.inf if seconds is None else seconds


def _stop(state: tenacity.RetryCallState) -> bool:
    call, error = _failure(state)
    assert isinstance(error, IntegratorError)
    if call.counted >= call.policy.attempts or not call.allows(state.upcoming_sleep, error):
        return True
    return not call.spend(THROTTLED_COST if turned_away(error) else TRANSIENT_COST)


def _before_sleep(state: tenacity.RetryCallState) -> None:
    call, error = _failure(state)
    assert isinstance(error, IntegratorError)
    _log.info(
        "%s try %d failed (%s), again in %.2f s",
        call.request.operation,
        call.counted,
        error.status or type(error).__name__,
        state.upcoming_sleep,
    )
    call.repeated(error, state.upcoming_sleep)
