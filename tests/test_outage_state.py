"""The state of the service by a clock of its own: when calls stop, who probes, when they may send again."""

from __future__ import annotations

import asyncio
import math

import pytest

from aiointegrator import ConnectError, IntegratorError, ServerError
from aiointegrator._messages import Request
from aiointegrator.session._outage import (
    LONGEST_PAUSE,
    PROBE_SECONDS,
    TOKEN_INFO,
    Grant,
    Outage,
    Patience,
    Ticket,
    shared_outage,
)
from aiointegrator.session._throttle import Bucket

DOWN = ServerError("down", status=503)
PATIENT = Patience(until=lambda began: math.inf, ends_itself=True)


class Running:
    """A process that is never stopped."""

    stopped = 0.0

    def notice(self) -> None:
        """Nothing happened."""


class Hand:
    """A clock that a test moves by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def read(integration: int = 1, name: str = "flows") -> Request:
    return Request("integrations.list_flows", "GET", f"/v1/integrations/i{integration}/{name}")


WRITE = Request("integrations.create", "POST", "/v1/integrations", repeat="unsafe")


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def outage(clock: Hand) -> Outage:
    return Outage(clock, jitter=lambda: 0.0)


def fail(outage: Outage, times: int, error: IntegratorError = DOWN, integration: int = 1) -> None:
    for _ in range(times):
        outage.failed(read(integration), error, None)


async def waiting(outage: Outage, *requests: Request, patience: Patience = PATIENT) -> list[asyncio.Task[Ticket]]:
    tasks = [asyncio.create_task(outage.enter(request, patience, Running())) for request in requests]
    await asyncio.sleep(0)
    return tasks


async def tick(outage: Outage, clock: Hand, seconds: float) -> None:
    """Let so much time pass, and the calls that wait look at it."""
    clock.now += seconds
    outage._tick(asyncio.get_running_loop(), Running())
    await asyncio.sleep(0)


def grants(tasks: list[asyncio.Task[Ticket]]) -> list[Grant | None]:
    return [task.result().grant if task.done() else None for task in tasks]


def test_two_failures_are_no_outage(outage: Outage) -> None:
    """Nor are more, as long as an answer comes in between."""
    for _ in range(5):
        fail(outage, 2)
        assert not outage.held
        outage.answered(None, 64)
    assert not outage.troubled


async def test_three_failures_stop_all_calls_until_a_probe_answers(outage: Outage) -> None:
    """The probe is the small read that succeeded last; its success is no outage, and the calls go on."""
    outage.last_read = read(9)
    fail(outage, 3)
    assert (outage.held, outage.stops, outage.since) == (True, True, None)
    tasks = await waiting(outage, read(1), WRITE)
    assert grants(tasks) == [Grant.PROBE, None]
    probe = tasks[0].result()
    assert probe.request == read(9)
    streak = outage.failed(read(3), DOWN, None)
    outage.answered(probe, 64)
    await asyncio.sleep(0)
    assert grants(tasks) == [Grant.PROBE, Grant.FREE]
    assert not outage.held
    assert not streak.confirmed


async def test_a_probe_that_fails_is_an_outage(outage: Outage, clock: Hand) -> None:
    """Its tries count for nothing, and further probes come one at a time, after pauses that double to 10 s."""
    outage.last_read = read(9)
    fail(outage, 3)
    first = (await waiting(outage, read(1)))[0].result()
    streak = outage.failed(first.request or WRITE, DOWN, first)
    outage.leave(first)
    assert streak.confirmed
    assert outage.since == streak.since is not None
    for pause in (0.5, 1, 2, 4, 8, 10, 10):
        tasks = await waiting(outage, read(1), read(2))
        await tick(outage, clock, pause - 0.01)
        assert grants(tasks) == [None, None]
        await tick(outage, clock, 0.02)
        assert sorted(map(str, grants(tasks))) == ["Grant.PROBE", "None"]
        await tick(outage, clock, PROBE_SECONDS)
        assert grants(tasks).count(Grant.PROBE) == 1
        probe = next(task.result() for task in tasks if task.done())
        outage.failed(probe.request or WRITE, DOWN, probe)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert pause == LONGEST_PAUSE


def test_pauses_between_probes_are_shortened_at_random(clock: Hand) -> None:
    """By a fifth at most."""
    outage = Outage(clock, jitter=lambda: 1.0)
    fail(outage, 3)
    outage._fall(clock.now)
    assert outage._next_probe - clock.now == pytest.approx(0.4)


async def test_no_probe_is_sent_before_the_retry_after(outage: Outage, clock: Hand) -> None:
    """The longest one that came counts."""
    outage.last_read = read(9)
    fail(outage, 2, ServerError("down", status=503, retry_after=5))
    fail(outage, 1, ServerError("down", status=503, retry_after=2))
    tasks = await waiting(outage, read(1))
    await tick(outage, clock, 4.9)
    assert grants(tasks) == [None]
    await tick(outage, clock, 0.2)
    assert grants(tasks) == [Grant.PROBE]


async def test_who_cannot_wait_for_the_retry_after_does_not(outage: Outage, clock: Hand) -> None:
    """Its deadline is nearer."""
    fail(outage, 3, ServerError("down", status=503, retry_after=30))
    soon = Patience(until=lambda began: clock.now + 10, ends_itself=True)
    assert grants(await waiting(outage, read(1), patience=soon)) == [Grant.GIVE_UP]
    later = Patience(until=lambda began: clock.now + 40, ends_itself=True)
    assert grants(await waiting(outage, read(1), patience=later)) == [None]


async def test_a_retry_after_of_a_year_does_not_hold_up_the_probes(outage: Outage, clock: Hand) -> None:
    """It is an error of the call that got it."""
    fail(outage, 3, ServerError("down", status=503, retry_after=366 * 86400.0))
    assert grants(await waiting(outage, read(1))) == [Grant.TRY]


async def test_without_a_read_that_succeeded_the_oldest_waiting_read_is_the_probe(outage: Outage, clock: Hand) -> None:
    """Then `tokenInfo` and another waiting read take turns, so that one broken list does not prolong an outage."""
    fail(outage, 3)
    tasks = await waiting(outage, read(1), WRITE, read(2))
    assert grants(tasks) == [Grant.TRY, None, None]
    outage.failed(read(1), DOWN, tasks[0].result())
    tasks += await waiting(outage, read(1))
    await tick(outage, clock, 0.6)
    assert grants(tasks) == [Grant.TRY, Grant.PROBE, None, None]
    assert tasks[1].result().request == TOKEN_INFO
    outage.failed(TOKEN_INFO, DOWN, tasks[1].result())
    await tick(outage, clock, 1.1)
    assert grants(tasks) == [Grant.TRY, Grant.PROBE, Grant.TRY, None]


async def test_where_no_read_waits_token_info_is_the_probe(outage: Outage) -> None:
    """A write is never a probe."""
    fail(outage, 3)
    tasks = await waiting(outage, WRITE)
    assert grants(tasks) == [Grant.PROBE]
    assert tasks[0].result().request == TOKEN_INFO


async def recovered(outage: Outage, clock: Hand) -> None:
    """Three failures, a probe that fails, and one that succeeds."""
    outage.last_read = read(9)
    fail(outage, 3)
    outage._fall(clock.now)
    (probing,) = await waiting(outage, read(1))
    await tick(outage, clock, 0.6)
    outage.answered(probing.result(), 64)
    outage.leave(probing.result())


async def test_after_an_outage_requests_double_with_each_success(outage: Outage, clock: Hand) -> None:
    """One, two, four, … up to the usual limit."""
    await recovered(outage, clock)
    assert (outage.held, outage.stops) == (True, False)
    tasks = await waiting(outage, *(read(number) for number in range(64)))
    answered: set[asyncio.Task[Ticket]] = set()
    seen = []
    while outage.held:
        out = [task for task in tasks if task.done() and task not in answered]
        seen.append(len(out))
        outage.answered(out[0].result(), 64)
        outage.leave(out[0].result())
        answered.add(out[0])
        await asyncio.sleep(0)
    assert seen == [1, 2, 4, 8, 16, 32]
    assert all(task.done() for task in tasks)


async def test_a_failure_after_an_outage_admits_no_more_and_three_begin_another(outage: Outage, clock: Hand) -> None:
    """One at a time, as long as none succeeds."""
    await recovered(outage, clock)
    tasks = await waiting(outage, *(read(number) for number in range(9)))
    for number in range(3):
        (ticket,) = [task.result() for task in tasks if task.done()][number:]
        outage.failed(read(1), DOWN, ticket)
        outage.leave(ticket)
        await asyncio.sleep(0)
    assert outage.stops
    assert grants(tasks)[:4] == [Grant.ADMITTED, Grant.ADMITTED, Grant.ADMITTED, Grant.PROBE]


async def test_reads_of_many_integrations_are_an_outage_whatever_the_probe_says(outage: Outage, clock: Hand) -> None:
    """Part of the service is down; the waiting reads are the probes, in turn."""
    outage.last_read = read(9)
    for number in range(10):
        fail(outage, 1, integration=number % 5)
        if number == 5:
            (probing,) = await waiting(outage, read(1))
            outage.answered(probing.result(), 64)  # the probe says that the service is up
            outage.leave(probing.result())
    assert outage.since is not None
    tasks = await waiting(outage, WRITE, read(1), read(2))
    await tick(outage, clock, 0.6)
    assert grants(tasks) == [None, Grant.TRY, None]
    outage.failed(read(1), DOWN, tasks[1].result())
    again = await waiting(outage, read(1))
    await tick(outage, clock, 1.1)
    assert grants(tasks) == [None, Grant.TRY, Grant.TRY]
    outage.answered(tasks[2].result(), 64)
    assert not outage.stops
    for task in again:
        task.cancel()


async def test_four_integrations_are_not_many(outage: Outage) -> None:
    """However often their reads fail."""
    outage.last_read = read(9)
    for number in range(40):
        fail(outage, 1, integration=number % 4)
        if outage.stops:
            (probing,) = await waiting(outage, read(1))
            outage.answered(probing.result(), 64)
    assert outage.since is None


async def test_an_answer_from_before_ends_an_outage(outage: Outage, clock: Hand) -> None:
    """Any answer shows that the service is up."""
    outage.last_read = read(9)
    fail(outage, 3)
    outage._fall(clock.now)
    tasks = await waiting(outage, read(1), read(2))
    outage.answered(None, 64)
    await asyncio.sleep(0)
    assert grants(tasks) == [Grant.ADMITTED, None]


async def test_a_call_that_is_cancelled_while_it_probes_lets_another_probe(outage: Outage, clock: Hand) -> None:
    """The next one waits for its pause, since the probe may have met silence."""
    outage.last_read = read(9)
    fail(outage, 3)
    first, second = await waiting(outage, read(1), read(2))
    outage.leave(first.result())
    assert outage.since is not None
    assert grants([second]) == [None]
    await tick(outage, clock, 0.6)
    assert grants([second]) == [Grant.PROBE]


async def test_a_call_that_is_cancelled_while_it_waits_leaves_nothing(outage: Outage, clock: Hand) -> None:
    """Also where its ticket comes at the same moment."""
    await recovered(outage, clock)
    first, second, third = await waiting(outage, read(1), read(2), read(3))
    assert grants([first, second]) == [Grant.ADMITTED, None]
    third.cancel()
    outage.leave(first.result())  # hands the second its ticket
    second.cancel()
    await asyncio.gather(second, third, return_exceptions=True)
    (fourth,) = await waiting(outage, read(4))
    assert grants([fourth]) == [Grant.ADMITTED]


async def test_who_is_patient_for_so_long_gives_up_then(outage: Outage, clock: Hand) -> None:
    """Counted from the beginning of the outage; a stopped process waits that much longer."""
    outage.last_read = read(9)
    fail(outage, 3)
    outage._fall(clock.now)
    for_20 = Patience(until=lambda began: began + 20, ends_itself=False)
    prober, task = await waiting(outage, read(1), read(2), patience=for_20)
    outage.extend(5)
    await tick(outage, clock, 21)
    assert grants([prober, task]) == [Grant.PROBE, None]
    outage.extend(1)  # another event loop has noticed the same stop, or so it seems
    await tick(outage, clock, 5)
    assert grants([task]) == [Grant.GIVE_UP]


async def test_no_patience_waits_for_the_first_probe_only(outage: Outage, clock: Hand) -> None:
    """Whether it is an outage at all has to be known."""
    outage.last_read = read(9)
    fail(outage, 3)
    none = Patience(until=lambda began: began, ends_itself=False)
    prober, task = await waiting(outage, read(1), read(2), patience=none)
    clock.now += 0.1
    outage.failed(read(9), DOWN, prober.result())
    await asyncio.sleep(0)
    assert grants([task]) == [Grant.GIVE_UP]


def test_the_bucket_has_not_filled_up_meanwhile(outage: Outage, clock: Hand) -> None:
    """What had drained during the outage is in it again."""
    bucket = Bucket(100, 50, clock)
    outage.pace(bucket)
    for _ in range(40):
        bucket.take()
        bucket.answered()
    fail(outage, 3)
    outage._fall(clock.now)
    clock.now += 30
    assert bucket.level() == 0
    outage.answered(None, 64)
    assert bucket.level() == 40


@pytest.mark.parametrize(("error", "text"), [(ConnectError("refused"), "ConnectError"), (DOWN, "503")])
def test_what_is_told_of_a_failure(outage: Outage, error: IntegratorError, text: str) -> None:
    """A status, or the name of the error."""
    outage.failed(read(), error, None)
    assert outage.last_failure == text


def test_a_fork_forgets_the_calls_of_the_parent(outage: Outage, clock: Hand) -> None:
    """They wait in event loops of the parent."""
    fail(outage, 3)
    outage._fall(clock.now)
    outage.forked()
    assert (outage.held, outage.troubled, outage.since) == (False, False, None)


def test_one_state_for_each_account() -> None:
    """The same object for the same key, for as long as it is used."""
    one, other = shared_outage("a"), shared_outage("b")
    assert shared_outage("a") is one is not other


async def test_calls_of_other_event_loops_are_told(outage: Outage, clock: Hand) -> None:
    """Two loops in two threads wait for the same probe."""
    outage.last_read = read(9)
    fail(outage, 3)
    outage._fall(clock.now)
    seen: list[Grant] = []

    def elsewhere() -> None:
        async def wait() -> None:
            seen.append((await asyncio.wait_for(outage.enter(read(2), PATIENT, Running()), 10)).grant)

        asyncio.run(wait())

    task = asyncio.create_task(asyncio.to_thread(elsewhere))
    while not outage._queue:
        await asyncio.sleep(0.001)
    outage.answered(None, 64)
    await task
    assert seen == [Grant.ADMITTED]
