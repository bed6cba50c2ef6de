"""Which failed try is made again, and when: the retry rules and their policy; the only user of tenacity."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

import tenacity

from ._messages import Request
from .errors import (
    ConfigurationError,
    ConnectError,
    IntegratorError,
    ReadError,
    ReplyTooLargeError,
    RequestTimeoutError,
    StatusError,
    TLSError,
    UnreadableReplyError,
)

_log = logging.getLogger("aiointegrator")
T = TypeVar("T")

LONGEST = sys.float_info.max
THROTTLED_COST = 5
TRANSIENT_COST = 14


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How patient a call is. `RetryPolicy(attempts=1)` never repeats anything.

    Attributes:
        attempts: tries in all, the first included.
        base: seconds that the first pause after a fault may last; doubled each time, chosen at random below that.
        throttled_base: the same for a refusal by the rate limit that carries no Retry-After.
        cap: longest such pause in seconds.
        max_retry_after: longest Retry-After in seconds that is slept; above it the error carries the value instead.
        quota: tokens that keep an outage from being multiplied: a repeat after a throttle costs 5 and after a
            fault 14; a success gives back what it cost, or 1. Shared by all calls of a client.

    Raises:
        ConfigurationError: a number that cannot work.
    """

    attempts: int = 5
    base: float = 0.1
    throttled_base: float = 1.0
    cap: float = 20.0
    max_retry_after: float = 60.0
    quota: int = 500

    def __post_init__(self) -> None:
        _whole("attempts", self.attempts, least=1)
        _whole("quota", self.quota, least=0)
        for name in ("base", "throttled_base", "cap", "max_retry_after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST:
                raise ConfigurationError(f"RetryPolicy.{name} must be a number of seconds >= 0, not {value!r}")


def _whole(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"RetryPolicy.{name} must be a whole number >= {least}, not {value!r}")


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


def may_repeat(request: Request, error: IntegratorError) -> bool:
    """Whether this failed try of this request may be made again, by the rules above."""
    if never_sent(error) or turned_away(error):
        return True
    return request.repeat != "unsafe" and outcome_unknown(error) and not isinstance(error, ReplyTooLargeError)


def pause(policy: RetryPolicy, error: IntegratorError, failures: int, jitter: float) -> float | None:
    """Seconds to wait after the `failures`-th failed try, or None where the server asks for more than we wait.

    `jitter` is a random number from 0 to 1. Never less than a Retry-After asked for, whatever the status.
    """
    throttled = turned_away(error)
    if error.retry_after is not None:
        if error.retry_after > policy.max_retry_after:
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
    quota: Quota
    tries: int
    spent: int

    def time_left(self) -> float: ...

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
    seconds = pause(call.policy, error, call.tries, call.jitter())
    return math.inf if seconds is None else seconds


def _stop(state: tenacity.RetryCallState) -> bool:
    call, error = _failure(state)
    assert isinstance(error, IntegratorError)
    if call.tries >= call.policy.attempts or state.upcoming_sleep >= call.time_left():
        return True
    cost = THROTTLED_COST if turned_away(error) else TRANSIENT_COST
    if not call.quota.spend(cost):
        return True
    call.spent += cost
    return False


def _before_sleep(state: tenacity.RetryCallState) -> None:
    call, error = _failure(state)
    assert isinstance(error, IntegratorError)
    _log.info(
        "%s try %d failed (%s), again in %.2f s",
        call.request.operation,
        call.tries,
        error.status or type(error).__name__,
        state.upcoming_sleep,
    )
    call.repeated(error, state.upcoming_sleep)
