"""The retry rules, one by one, and tenacity around them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from aiointegrator import errors as e
from aiointegrator._messages import Repeat, Request
from aiointegrator.session._retry import (
    THROTTLED_COST,
    TRANSIENT_COST,
    Quota,
    RetryPolicy,
    may_repeat,
    never_sent,
    outcome_unknown,
    pause,
    retrying,
    turned_away,
)

QUICK = RetryPolicy(base=0, throttled_base=0)


def status(code: int, retry_after: float | None = None) -> e.StatusError:
    return e.for_status(code)("no", status=code, retry_after=retry_after)


# error, never sent, turned away, outcome unknown
RULES: list[tuple[e.IntegratorError, bool, bool, bool]] = [
    (e.ConnectError("x"), True, False, False),
    (e.ConnectTimeoutError("x"), True, False, False),
    (e.ProxyRefusedError("x"), True, False, False),
    (e.TLSError("x"), False, False, False),
    (e.ReadError("x"), False, False, True),
    (e.RequestTimeoutError("x"), False, False, True),
    (e.UnreadableReplyError("x"), False, False, True),
    (status(429), False, True, False),
    (status(429, 3), False, True, False),
    (status(425), False, True, False),
    (status(503, 3), False, True, False),
    (status(503, 0), False, True, False),
    (status(503), False, False, True),
    (status(408), False, False, True),
    (status(500), False, False, True),
    (status(502), False, False, True),
    (status(504), False, False, True),
    (status(500, 3), False, False, True),
    (status(501), False, False, False),
    (status(302), False, False, False),
    (status(400), False, False, False),
    (status(401), False, False, False),
    (status(403), False, False, False),
    (status(404), False, False, False),
    (status(409), False, False, False),
    (status(422), False, False, False),
    (e.ConflictError("changed"), False, False, False),
    (e.ReadOnlyError("x"), False, False, False),
    (e.ArgumentError("x"), False, False, False),
    (e.ClientClosedError("x"), False, False, False),
    (e.UnsafeLinkError("x"), False, False, False),
    (e.PaginationError("x"), False, False, False),
    (e.NoAnswerError("x"), False, False, False),
    (e.IntegratorError("x"), False, False, False),
]


def name(value: object) -> str | None:
    if isinstance(value, e.IntegratorError):
        after = "" if value.retry_after is None else f"-after-{value.retry_after:g}"
        return f"{type(value).__name__}-{value.status or ''}{after}"
    return None


def request(repeat: Repeat = "safe") -> Request:
    return Request("flows.get", "GET", "/v1/flows/f1", repeat=repeat)


@dataclass
class FakeCall:
    """A call that fails with the given errors, one a try, and then answers."""

    failures: list[BaseException]
    answer: object = "answer"
    policy: RetryPolicy = QUICK
    quota: Quota = field(default_factory=lambda: Quota(500))
    request: Request = field(default_factory=request)
    left: float = math.inf
    random: float = 0.5
    tries: int = 0
    spent: int = 0
    patience: float | None = None
    pauses: list[tuple[BaseException, float]] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return self.tries

    def allows(self, seconds: float, error: e.IntegratorError) -> bool:
        return seconds < self.left

    def spend(self, cost: int) -> bool:
        paid = self.quota.spend(cost)
        self.spent += cost if paid else 0
        return paid

    def jitter(self) -> float:
        return self.random

    def repeated(self, error: e.IntegratorError, seconds: float) -> None:
        self.pauses.append((error, seconds))


async def _attempt(call: FakeCall) -> object:
    call.tries += 1
    await asyncio.sleep(0)
    if call.failures:
        raise call.failures.pop(0)
    return call.answer


run: Callable[[FakeCall], Any] = retrying(_attempt)


# The rules


@pytest.mark.parametrize(("error", "sent", "away", "unknown"), RULES, ids=name)
def test_each_rule(error: e.IntegratorError, sent: bool, away: bool, unknown: bool) -> None:
    """Each kind of failure falls under the one rule that is meant for it, or none."""
    assert (never_sent(error), turned_away(error), outcome_unknown(error)) == (sent, away, unknown)


@pytest.mark.parametrize("repeat", ["safe", "idempotent", "unsafe"])
@pytest.mark.parametrize(("error", "sent", "away", "unknown"), RULES, ids=name)
def test_what_may_be_repeated(error: e.IntegratorError, sent: bool, away: bool, unknown: bool, repeat: Repeat) -> None:
    """An unknown outcome is repeated unless the call is unsafe; what certainly did nothing is always repeated."""
    assert may_repeat(request(repeat), error) == (sent or away or (unknown and repeat != "unsafe"))


@pytest.mark.parametrize(
    "values",
    [{"attempts": v} for v in (0, -1, 1.5, True, "3", None)]
    + [{"quota": v} for v in (-1, 1.5, False, None)]
    + [
        {key: v}
        for key in ("base", "throttled_base", "cap", "max_retry_after")
        for v in (-0.1, math.inf, math.nan, True, "1", None)
    ],
    ids=str,
)
def test_a_policy_that_cannot_work(values: dict[str, Any]) -> None:
    """A policy is checked when it is made, and the message names the number."""
    with pytest.raises(e.ConfigurationError, match=rf"RetryPolicy\.{next(iter(values))} must be"):
        RetryPolicy(**values)


# The pause


@pytest.mark.parametrize(
    ("error", "failures", "jitter", "seconds"),
    [
        (status(500), 1, 1.0, 0.1),
        (status(500), 2, 1.0, 0.2),
        (status(500), 3, 0.5, 0.2),
        (status(500), 1, 0.0, 0.0),
        (status(500), 20, 1.0, 20.0),
        (status(500), 10_000, 1.0, 20.0),
        (e.ReadError("x"), 1, 1.0, 0.1),
        (status(500, 50), 1, 1.0, 50.1),
        (status(502, 61), 1, 1.0, None),
        (status(429), 1, 1.0, 1.0),
        (status(429), 3, 1.0, 4.0),
        (status(429), 9, 1.0, 20.0),
        (status(429, 0), 1, 1.0, 0.1),
        (status(429, 7), 1, 0.0, 7.0),
        (status(429, 7), 4, 1.0, 7.1),
        (status(503, 7), 1, 0.5, 7.05),
        (status(429, 60), 1, 0.0, 60.0),
        (status(429, 60.5), 1, 0.0, None),
        (status(503, 3600), 1, 0.0, None),
    ],
    ids=name,
)
def test_pauses(error: e.IntegratorError, failures: int, jitter: float, seconds: float | None) -> None:
    """Pauses double up to the cap, a Retry-After is kept to, and one above our patience is not slept."""
    assert pause(RetryPolicy(), error, failures, jitter) == (None if seconds is None else pytest.approx(seconds))


@hypothesis_settings(deadline=None)
@given(
    after=st.none() | st.floats(0, 1000),
    failures=st.integers(1, 10**9),
    jitter=st.floats(0, 1),
    code=st.sampled_from([408, 425, 429, 500, 503]),
)
def test_a_pause_is_never_shorter_than_asked(after: float | None, failures: int, jitter: float, code: int) -> None:
    """Whatever the numbers, a pause is finite, not negative, and no shorter than the Retry-After of a refusal."""
    error, policy = status(code, after), RetryPolicy()
    seconds = pause(policy, error, failures, jitter)
    if seconds is None:
        assert after is not None
        assert after > policy.max_retry_after
    else:
        asked = after or 0.0
        assert asked <= seconds <= max(policy.cap, asked + policy.base)


def test_the_quota_counts() -> None:
    """Tokens are spent only where there are enough, and never exceed what there was."""
    quota = Quota(20)
    assert quota.spend(14)
    assert not quota.spend(14)
    assert quota.tokens == 6
    quota.refund(0)
    assert quota.tokens == 7
    quota.refund(14)
    assert quota.tokens == 20
    assert not Quota(0).spend(1)


# tenacity around an attempt


@pytest.mark.parametrize("failures", range(5))
async def test_it_tries_until_it_works(failures: int) -> None:
    """As many failures as the policy bears are borne, and the answer of the last try is given."""
    errors: list[BaseException] = [status(500) for _ in range(failures)]
    call = FakeCall(list(errors))
    assert await run(call) == "answer"
    assert call.tries == failures + 1
    assert [error for error, _ in call.pauses] == errors


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_the_last_error_is_raised(attempts: int) -> None:
    """When the tries are used up, the error of the last try is raised itself, not a wrapper."""
    errors: list[BaseException] = [status(500) for _ in range(9)]
    call = FakeCall(list(errors), policy=RetryPolicy(attempts=attempts, base=0))
    with pytest.raises(e.ServerError) as caught:
        await run(call)
    assert caught.value is errors[attempts - 1]
    assert call.tries == attempts


async def test_concurrent_calls_do_not_mix() -> None:
    """200 calls at once through one wrapped coroutine, each needing a repeat, all get their own answer and counts."""
    quota = Quota(10**6)
    calls = [FakeCall([status(500)], answer=number, quota=quota) for number in range(200)]
    assert await asyncio.gather(*(run(call) for call in calls)) == list(range(200))
    assert {(call.tries, call.spent, len(call.pauses)) for call in calls} == {(2, TRANSIENT_COST, 1)}


@pytest.mark.parametrize("failures", [1, 3])
async def test_concurrent_calls_keep_their_own_policies(failures: int) -> None:
    """Calls at once with different policies are each bounded by their own."""
    calls = [
        FakeCall(
            [status(500) for _ in range(failures)],
            answer=number,
            quota=Quota(10**6),
            policy=RetryPolicy(attempts=1 + number % 5, base=0),
        )
        for number in range(200)
    ]
    answers = await asyncio.gather(*(run(call) for call in calls), return_exceptions=True)
    for call, answer in zip(calls, answers, strict=True):
        assert call.tries == min(call.policy.attempts, failures + 1)
        assert answer == call.answer if call.tries > failures else isinstance(answer, e.ServerError)


async def test_cancelling_a_try_passes_through() -> None:
    """A call cancelled while it is on the wire ends at once and is not tried again."""
    started = asyncio.Event()
    tries = []

    async def attempt(call: FakeCall) -> None:
        tries.append(call)
        started.set()
        await asyncio.Event().wait()

    task: asyncio.Task[None] = asyncio.create_task(retrying(attempt)(FakeCall([])))
    await started.wait()
    task.cancel("enough")
    with pytest.raises(asyncio.CancelledError, match="enough"):
        await task
    assert task.cancelled()
    assert len(tries) == 1


async def test_cancelling_a_pause_passes_through() -> None:
    """A call cancelled while it pauses ends at once and is not tried again."""
    call = FakeCall([status(429, 60)])
    task = asyncio.create_task(run(call))
    while not call.pauses:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert call.tries == 1


async def test_a_time_out_around_it_is_kept() -> None:
    """A time-out of the caller ends a call that would be repeated for ever."""
    call = FakeCall([status(429, 60)] * 5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await run(call)
    assert call.tries == 1


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a bug"),
        OSError("a disk"),
        TimeoutError(),
        RuntimeError("x"),
        KeyboardInterrupt(),
        asyncio.CancelledError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_is_not_ours_is_not_repeated(error: BaseException) -> None:
    """An exception that is not of our tree, a bug included, is raised as it is after one try."""
    call = FakeCall([error])
    caught: BaseException | None = None
    try:
        await run(call)
    except BaseException as raised:  # KeyboardInterrupt would end the test run
        caught = raised
    assert caught is error
    assert (call.tries, call.spent, call.pauses) == (1, 0, [])


@pytest.mark.parametrize("repeat", ["safe", "idempotent", "unsafe"])
@pytest.mark.parametrize(("error", "sent", "away", "unknown"), RULES, ids=name)
async def test_the_rules_are_used(
    error: e.IntegratorError, sent: bool, away: bool, unknown: bool, repeat: Repeat
) -> None:
    """A try is repeated exactly where the rules allow it for the operation's class."""
    call = FakeCall([error], request=request(repeat), policy=RetryPolicy(base=0, throttled_base=0), random=0)
    error.retry_after = 0.0 if error.retry_after is not None else None
    if sent or away or (unknown and repeat != "unsafe"):
        assert await run(call) == "answer"
        assert call.tries == 2
    else:
        with pytest.raises(type(error)) as caught:
            await run(call)
        assert caught.value is error
        assert call.tries == 1


@pytest.mark.parametrize(("code", "asked"), [(429, 61), (503, 86_400), (429, 1e9)])
async def test_an_unreasonable_retry_after_is_not_slept(code: int, asked: float) -> None:
    """A Retry-After above `max_retry_after` ends the call at once; the error carries the value."""
    call = FakeCall([status(code, asked)])
    with pytest.raises(e.StatusError) as caught:
        await run(call)
    assert caught.value.retry_after == asked
    assert (call.tries, call.spent, call.pauses) == (1, 0, [])


@pytest.mark.parametrize("left", [0.0, 0.5, 4.9, 5.0, -1.0])
async def test_no_pause_past_the_deadline(left: float) -> None:
    """A pause that would last to the deadline or beyond is not begun: the caller hears the error now."""
    call = FakeCall([status(429, 5)], policy=RetryPolicy(base=0), left=left)
    async with asyncio.timeout(0.5):
        with pytest.raises(e.RateLimitedError):
            await run(call)
    assert (call.tries, call.spent, call.pauses) == (1, 0, [])


async def test_a_pause_before_the_deadline_is_made() -> None:
    """A pause that ends before the deadline is made, as long as asked for."""
    call = FakeCall([status(429, 0.02)], policy=RetryPolicy(base=0), left=0.03)
    before = asyncio.get_running_loop().time()
    assert await run(call) == "answer"
    assert asyncio.get_running_loop().time() - before >= 0.019
    assert [seconds for _, seconds in call.pauses] == [0.02]


@pytest.mark.parametrize(("code", "cost"), [(429, THROTTLED_COST), (500, TRANSIENT_COST)])
async def test_repeats_cost_quota(code: int, cost: int) -> None:
    """Each repeat costs its tokens, and the call remembers what it spent."""
    call = FakeCall([status(code)] * 3, quota=Quota(100))
    await run(call)
    assert call.spent == 3 * cost
    assert call.quota.tokens == 100 - 3 * cost


@pytest.mark.parametrize(("tokens", "tries"), [(0, 1), (13, 1), (14, 2), (28, 3), (41, 3)])
async def test_an_empty_quota_ends_the_repeats(tokens: int, tries: int) -> None:
    """Where the client's tokens are used up, a failure is final."""
    call = FakeCall([status(500)] * 9, quota=Quota(tokens))
    with pytest.raises(e.ServerError):
        await run(call)
    assert call.tries == tries


async def test_an_outage_is_not_multiplied() -> None:
    """In an outage 1,000 calls together make only as many repeats as the quota pays for."""
    quota = Quota(500)
    calls = [FakeCall([status(500)] * 9, quota=quota) for _ in range(1000)]
    await asyncio.gather(*(run(call) for call in calls), return_exceptions=True)
    assert sum(call.tries for call in calls) == 1000 + 500 // TRANSIENT_COST


async def test_a_repeat_is_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """A repeat is logged at info with operation, try, reason and pause, and nothing of what was sent."""
    secret = Request("flows.get", "GET", "/v1/flows/f1", (("q", "sekret"),), b"sekret", headers=(("X-Key", "sekret"),))
    with caplog.at_level(logging.INFO, "aiointegrator"):
        await run(FakeCall([status(500), e.ReadError("x")], request=secret))
    assert caplog.messages == [
        "flows.get try 1 failed (500), again in 0.00 s",
        "flows.get try 2 failed (ReadError), again in 0.00 s",
    ]


async def test_a_repeat_needs_no_quota_where_there_is_none_to_have() -> None:
    """`quota=0` is a policy that repeats nothing."""
    assert RetryPolicy(quota=0).quota == 0
    with pytest.raises(e.ConfigurationError, match="quota must be a whole number >= 0, not -1"):
        RetryPolicy(quota=-1)
