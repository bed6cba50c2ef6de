"""The leaky bucket on a clock of our own, and the turns that wait for it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aiointegrator.session import _throttle
from aiointegrator.session._throttle import SLOW_DOWN, SLOWEST, SPEED_UP, Bucket, Throttle, shared_bucket

_real_sleep = asyncio.sleep


class Clock:
    """Seconds that pass only when a test, or a sleep of the code under test, says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await _real_sleep(0)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_throttle.asyncio, "sleep", clock.sleep)
    return clock


@asynccontextmanager
async def turn(throttle: Throttle) -> AsyncIterator[None]:
    """A turn, as the session manager takes it."""
    if not throttle.enter():
        await throttle.wait()
    try:
        yield
    finally:
        throttle.leave()


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await _real_sleep(0)


# The bucket


def test_a_burst_goes_at_once(clock: Clock) -> None:
    """As many requests as the bucket holds go at once, and the next waits for one drop to drain."""
    bucket = Bucket(10, 5, clock)
    assert [bucket.take() for _ in range(5)] == [0.0] * 5
    assert bucket.take() == pytest.approx(0.1)


def test_asking_in_vain_costs_nothing(clock: Clock) -> None:
    """A request that has to wait is not counted before it goes."""
    bucket = Bucket(10, 1, clock)
    bucket.take()
    for _ in range(100):
        assert bucket.take() == pytest.approx(0.1)
    clock.now += 0.11
    assert bucket.take() == 0.0


@pytest.mark.parametrize(("rate", "burst"), [(300, 990), (270, 900), (10, 1), (0.5, 2)])
def test_no_more_than_the_bucket_allows(clock: Clock, rate: float, burst: float) -> None:
    """Over any time no more goes out than burst + rate x time, and hardly less."""
    bucket = Bucket(rate, burst, clock)
    start, sent = clock.now, 0
    while sent < 2000:
        seconds = bucket.take()
        if seconds:
            clock.now += seconds + 1e-9
        else:
            sent += 1
            assert sent <= burst + rate * (clock.now - start) + 1e-3
    assert clock.now - start == pytest.approx((2000 - burst) / rate, rel=0.01)


def test_a_long_rest_saves_no_more_than_a_burst(clock: Clock) -> None:
    """However long nothing was sent, only one burst goes at once."""
    bucket = Bucket(10, 5, clock)
    bucket.take()
    bucket.answered()
    clock.now += 1e6
    assert [bucket.take() for _ in range(6)][4:] == [0.0, pytest.approx(0.1)]


def test_a_clock_that_steps_back_is_borne(clock: Clock) -> None:
    """A clock that goes back neither drains nor fills."""
    bucket = Bucket(10, 2, clock)
    bucket.take()
    clock.now -= 50
    assert bucket.take() == 0.0
    assert bucket.take() == pytest.approx(0.1)


def test_a_refusal_stops_everybody(clock: Clock) -> None:
    """After a 429 nothing goes out before its Retry-After has passed."""
    bucket = Bucket(10, 5, clock)
    bucket.refused(3.0)
    assert bucket.take() == pytest.approx(3.0)
    clock.now += 2.99
    assert bucket.take() == pytest.approx(0.01)
    clock.now += 0.02
    drop = 1 / (10 * SLOW_DOWN)
    assert bucket.take() == pytest.approx(drop - 0.01, rel=0.01)
    clock.now += drop
    assert bucket.take() == 0.0


@pytest.mark.parametrize("later", [None, 0.0, 1.0, 4.9])
def test_the_pause_only_moves_forward(clock: Clock, later: float | None) -> None:
    """A later refusal that asks for less does not shorten the pause."""
    bucket = Bucket(10, 5, clock)
    bucket.refused(5.0)
    bucket.refused(later)
    assert bucket.take() == pytest.approx(5.0)
    bucket.refused(7.0)
    assert bucket.take() == pytest.approx(7.0)


def test_a_refusal_without_a_time_fills_the_bucket(clock: Clock) -> None:
    """A 429 that names no time means that the account's bucket is full: no new burst, but a drop at a time."""
    bucket = Bucket(10, 5, clock)
    bucket.refused(None)
    assert bucket.take() == pytest.approx(0.1 / SLOW_DOWN)


def test_refusals_of_one_moment_slow_down_once(clock: Clock) -> None:
    """A hundred calls refused together make us slower once, not a hundred times."""
    bucket = Bucket(10, 1, clock)
    for _ in range(100):
        bucket.refused(None)
    assert bucket.take() == pytest.approx(0.1 / SLOW_DOWN)


def test_there_is_a_slowest_rate(clock: Clock) -> None:
    """Refusals without end never bring us to a stand."""
    bucket = Bucket(10, 1, clock)
    for _ in range(100):
        bucket.refused(None)
        clock.now += 1.0
    bucket.refused(None)
    assert 0.1 < bucket.take() <= 0.1 / SLOWEST + 1e-9


def test_the_rate_recovers(clock: Clock) -> None:
    """Without refusals the full rate comes back bit by bit, and never more than it."""
    bucket = Bucket(10, 1, clock)
    bucket.refused(None)
    waits = []
    for _ in range(20):
        clock.now += 1.0
        assert bucket.take() == 0.0
        waits.append(bucket.take())
    assert waits == sorted(waits, reverse=True)
    assert waits[0] == pytest.approx(0.1 / (SLOW_DOWN + SPEED_UP))
    assert waits[-1] == pytest.approx(0.1)


def test_what_is_on_the_wire_has_not_drained(clock: Clock) -> None:
    """Requests without an answer stay in, but for one drop, and each answer lets go of just one."""
    bucket = Bucket(10, 5, clock)
    assert [bucket.take() for _ in range(5)] == [0.0] * 5
    clock.now += 60
    assert bucket.take() == 0.0
    assert bucket.take() > 0
    for _ in range(3):
        bucket.answered()
    clock.now += 60
    assert [bucket.take() for _ in range(2)] == [0.0, 0.0]
    assert bucket.take() > 0
    for _ in range(9):
        bucket.answered()
    clock.now += 60
    assert [bucket.take() for _ in range(5)] == [0.0] * 5


def test_a_drop_that_never_came_does_not_fill_the_bucket(clock: Clock) -> None:
    """What is under way fills the bucket no higher than it stands."""
    bucket = Bucket(10, 100, clock)
    for _ in range(3):
        bucket.take()
    bucket.forked()
    clock.now += 60
    assert [bucket.take() for _ in range(100)] == [0.0] * 100
    assert bucket.take() > 0


def test_our_own_slower_rate_drains_slower(clock: Clock) -> None:
    """After a refusal the bucket drains at the lower rate, also while it fills."""
    bucket = Bucket(10, 10, clock)
    bucket.refused(None)
    clock.now += 0.5
    sent = 0
    while not bucket.take():
        sent += 1
    assert sent == int(0.5 * 10 * SLOW_DOWN)


def test_a_full_bucket_takes_one_when_one_has_drained(clock: Clock) -> None:
    """The full rate is the full rate, from the first second on."""
    bucket = Bucket(10, 1, clock)
    assert bucket.take() == 0.0
    bucket.answered()
    assert bucket.take() == pytest.approx(0.1)


def test_a_fork_drops_what_its_parent_has_under_way(clock: Clock) -> None:
    """In the child the bucket drains by the clock alone, and the mutex is free."""
    bucket = _throttle.shared_bucket("forked", 10, 5)
    bucket._clock = clock
    bucket._seen = bucket._paused_until = clock()
    for _ in range(5):
        bucket.take()
    bucket._mutex.acquire()
    _throttle._forked()
    clock.now += 60
    assert [bucket.take() for _ in range(5)] == [0.0] * 5


def test_one_account_one_bucket() -> None:
    """The same account and numbers share a bucket as long as somebody has it; others do not."""
    first = shared_bucket("account", 10, 5)
    assert shared_bucket("account", 10, 5) is first
    assert shared_bucket("other", 10, 5) is not first
    assert shared_bucket("account", 10, 6) is not first
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None


# Turns


async def test_slots_are_bounded() -> None:
    """Never more than `slots` requests are on the wire, and every slot is used."""
    throttle = Throttle(3, None)
    seen = []

    async def call() -> None:
        async with turn(throttle):
            seen.append(throttle.in_flight)
            await asyncio.sleep(0)

    await asyncio.gather(*(call() for _ in range(20)))
    assert max(seen) == 3
    assert throttle.in_flight == 0


async def test_turns_come_in_order(clock: Clock) -> None:
    """Whoever asks first goes first, also those who come while others wait."""
    throttle = Throttle(100, Bucket(10, 2, clock))
    order: list[int] = []

    async def call(number: int) -> None:
        async with turn(throttle):
            order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(call(number))
            if number % 7 == 0:
                await _real_sleep(0)
    assert order == list(range(50))
    assert clock.now - 1000 == pytest.approx(48 / 10, rel=0.02)


async def test_a_newcomer_does_not_overtake(clock: Clock) -> None:
    """A free drop belongs to whoever waits for it, not to the one who asks at that moment."""
    bucket = Bucket(10, 1, clock)
    throttle = Throttle(10, bucket)
    order: list[str] = []

    async def call(name: str) -> None:
        async with turn(throttle):
            order.append(name)

    bucket.take()
    waiting = asyncio.create_task(call("waiting"))
    await _real_sleep(0)
    clock.now += 10
    await asyncio.gather(waiting, call("newcomer"))
    assert order == ["waiting", "newcomer"]


async def test_with_nobody_waiting_there_is_no_line(clock: Clock) -> None:
    """Whoever comes while nobody waits goes at once, without the line; so it is again after somebody has waited."""
    bucket = Bucket(10, 1, clock)
    throttle = Throttle(10, bucket)
    for _ in range(2):
        await asyncio.gather(*(_turn(throttle) for _ in range(3)))
        clock.now += 10
        async with bucket.line():
            await asyncio.wait_for(_turn(throttle), 1)
        clock.now += 10


async def _turn(throttle: Throttle) -> None:
    async with turn(throttle):
        pass


async def test_nobody_overtakes_several_who_wait(clock: Clock) -> None:
    """As long as one of those who came before waits, the newcomer stands behind them."""
    bucket = Bucket(10, 1, clock)
    throttle = Throttle(10, bucket)
    order: list[str] = []

    async def call(name: str) -> None:
        async with turn(throttle):
            order.append(name)

    bucket.take()
    async with bucket.line():
        waiting = [asyncio.create_task(call(name)) for name in ("first", "second")]
        await _real_sleep(0)
    while len(order) < 1:
        await _real_sleep(0)
    clock.now += 10
    await asyncio.gather(*waiting, call("newcomer"))
    assert order == ["first", "second", "newcomer"]


async def test_two_loops_of_one_bucket_have_their_own_lines(clock: Clock) -> None:
    """Throttles that share a bucket on one loop wait in one line."""
    bucket = Bucket(10, 5, clock)
    assert bucket.line() is bucket.line()
    other = await asyncio.to_thread(lambda: asyncio.run(_line_of(bucket)))
    assert other is not bucket.line()


async def _line_of(bucket: Bucket) -> asyncio.Lock:
    return bucket.line()


def test_a_finished_loop_is_let_go() -> None:
    """A bucket that outlives its event loops does not keep them."""
    bucket = Bucket(10_000, 1)
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def contend() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        throttle = Throttle(5, bucket)

        async def call() -> None:
            async with turn(throttle):
                pass

        await asyncio.gather(*(call() for _ in range(5)))

    for _ in range(4):
        asyncio.run(contend())
    gc.collect()
    assert sum(loop() is not None for loop in loops) <= 1


@pytest.mark.parametrize("which", [1, 2, 5, 9])
async def test_cancelled_waiters_leave_nothing_behind(clock: Clock, which: int) -> None:
    """Whoever is cancelled while waiting gives back slot and place, and the others all get their turn in order."""
    throttle = Throttle(4, Bucket(10, 1, clock))
    order: list[int] = []

    async def call(number: int) -> None:
        async with turn(throttle):
            order.append(number)
            await _real_sleep(0)

    tasks = [asyncio.create_task(call(number)) for number in range(10)]
    await _real_sleep(0)
    tasks[which].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelled() for task in tasks].count(True) == 1
    assert order == [number for number in range(10) if number != which]
    assert throttle.in_flight == 0
    order.clear()
    await asyncio.gather(*(call(number) for number in range(10)))
    assert order == list(range(10))


async def test_all_cancelled_leaves_it_as_new(clock: Clock) -> None:
    """After every call was cancelled, waiting or on the wire, all slots are free and the bucket holds only what went."""
    bucket = Bucket(10, 2, clock)
    throttle = Throttle(3, bucket)
    started: list[int] = []

    async def call(number: int) -> None:
        async with turn(throttle):
            started.append(number)
            await asyncio.Event().wait()

    monotone = clock.now
    bucket.refused(50.0)
    tasks = [asyncio.create_task(call(number)) for number in range(10)]
    await _real_sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert started == []
    assert throttle.in_flight == 0
    clock.now = monotone + 100
    again = [asyncio.create_task(call(number)) for number in range(3)]
    await settle()
    assert throttle.in_flight == 3
    for task in again:
        task.cancel()
    await asyncio.gather(*again, return_exceptions=True)
    assert throttle.in_flight == 0


async def test_a_failing_call_gives_its_slot_back() -> None:
    """A call that fails on the wire frees its slot."""
    throttle = Throttle(1, None)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="broken"):
            async with turn(throttle):
                raise RuntimeError("broken")
    assert throttle.in_flight == 0


async def test_a_refusal_reaches_those_who_wait(clock: Clock) -> None:
    """Calls already in line wait as well when another call is refused."""
    bucket = Bucket(10, 1, clock)
    throttle = Throttle(5, bucket)
    went: list[float] = []

    async def call() -> None:
        async with turn(throttle):
            went.append(clock.now)

    bucket.take()
    task = asyncio.create_task(call())
    await _real_sleep(0)
    bucket.refused(30.0)
    await task
    assert went[0] >= 1030.0
