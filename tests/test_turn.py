"""A long turn of the event loop is ended; by a clock of the test's own, so that no machine is too slow for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest
from raw_server import RawServer, answer

from aiointegrator import IntegratorClient, RetryPolicy
from aiointegrator.session import _loop_budget
from aiointegrator.session._loop_budget import LONG, PATIENCE, LoopBudget

READ = LONG / 4
"""Seconds that reading an answer takes by the test's clock."""

MOST = 2 * LONG / READ + 1
"""Answers that one turn may read."""


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    ours = Clock()
    monkeypatch.setattr(_loop_budget, "time", ours)
    return ours


class Turns:
    """Counts the turns of the loop, and who read in which."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.number = 0
        self.readers: list[int] = []
        self.reads: Counter[int] = Counter()
        self._go_on()

    def _go_on(self) -> None:
        self.number += 1
        self._handle = self.loop.call_soon(self._go_on)

    def stop(self) -> None:
        self._handle.cancel()


async def read(turn: LoopBudget, turns: Turns, clock: Clock, number: int, costs: float = READ) -> None:
    """An answer, as the session manager reads it."""
    if turn.is_long():
        await turn.next()
    clock.now += costs
    turns.readers.append(number)
    turns.reads[turns.number] += 1


async def test_answers_that_come_together_are_read_in_several_turns_and_in_order(clock: Clock) -> None:
    """No turn is longer than twice what is long, and one answer."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()
    await asyncio.gather(*(read(turn, turns, clock, number) for number in range(150)))
    turns.stop()
    assert turns.readers == list(range(150))
    stays_short(turns)
    assert len(turns.reads) >= 10


async def test_nobody_makes_a_turn_long_who_asks_again_at_once(clock: Clock) -> None:
    """64 workers, whose queue is never empty: each turn is as short as the first one."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()

    async def worker(number: int) -> None:
        for _ in range(20):
            await read(turn, turns, clock, number)
            await asyncio.sleep(0)

    await asyncio.gather(*(worker(number) for number in range(64)))
    turns.stop()
    stays_short(turns)


def stays_short(turns: Turns) -> None:
    assert max(turns.reads.values()) <= MOST


def grows_slowly(turns: Turns) -> None:
    """Each turn reads no more than the first one did beyond the turn before it."""
    reads = list(turns.reads.values())
    assert reads[0] <= MOST
    assert all(later <= before + MOST for before, later in pairwise(reads))


async def test_who_has_waited_for_long_lets_more_in(clock: Clock) -> None:
    """With so many that the last would wait for ten times what is long to wait, had each turn room for as few."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()
    answers = round(10 * PATIENCE / READ)
    await asyncio.gather(*(read(turn, turns, clock, number) for number in range(answers)))
    turns.stop()
    assert turns.readers == list(range(answers))
    grows_slowly(turns)
    patient = PATIENCE / LONG
    assert max(list(turns.reads.values())[: round(patient / 4)]) <= MOST < max(turns.reads.values())


async def test_other_peoples_work_does_not_make_answers_trickle(clock: Clock) -> None:
    """A turn that others make long is ended at once; all the same there are few turns for many answers.

    One answer in each of them until one has waited for long, then 1, 2, 3, and so on: 20 turns for 210.
    """
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()

    async def busy() -> None:
        while True:
            clock.now += 5 * LONG
            await asyncio.sleep(0)

    works = asyncio.create_task(busy())
    answers = [asyncio.create_task(read(turn, turns, clock, number, 2 * LONG)) for number in range(200)]
    await asyncio.gather(*answers)
    works.cancel()
    turns.stop()
    assert turns.readers == list(range(200))
    assert len(turns.reads) <= 20 + PATIENCE / (7 * LONG) + 1


async def test_a_few_answers_are_read_as_they_come(clock: Clock) -> None:
    """Whatever time they take together: nobody waits for a turn that has come."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()
    for number in range(40):
        await asyncio.gather(*(read(turn, turns, clock, 3 * number + i) for i in range(3)))
        clock.now += LONG / 3
    turns.stop()
    assert max(turns.reads.values()) == 3
    assert len(turns.reads) == 40


async def test_slow_answers_begin_with_one_or_two_in_a_loop_budget(clock: Clock) -> None:
    """Each is longer than a turn should be."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()
    await asyncio.gather(*(read(turn, turns, clock, number, 3 * LONG) for number in range(20)))
    turns.stop()
    assert turns.readers == list(range(20))
    assert next(iter(turns.reads.values())) <= 2
    grows_slowly(turns)


async def test_who_gives_up_waiting_holds_nobody_up(clock: Clock) -> None:
    """A call's deadline may come while its answer waits to be read."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()
    tasks = [asyncio.create_task(read(turn, turns, clock, number)) for number in range(60)]
    while not turns.readers:
        await asyncio.sleep(0)
    gone = [task for task in tasks[20:40] if task.cancel()]
    await asyncio.gather(*tasks, return_exceptions=True)
    turns.stop()
    assert all(task.cancelled() for task in gone)
    assert turns.readers == [*range(20), *range(40, 60)]
    assert not turn.is_long()


async def test_a_turn_may_be_long_again_after_the_last_who_waited(clock: Clock) -> None:
    """One time after the other."""
    turn, turns = LoopBudget(asyncio.get_running_loop()), Turns()
    for _ in range(3):
        turns.reads.clear()
        await asyncio.gather(*(read(turn, turns, clock, number) for number in range(50)))
        grows_slowly(turns)
        await asyncio.sleep(0.01)
    turns.stop()


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every turn is long; who waits for the next one."""
    waited: list[int] = []

    def let_wait(turn: LoopBudget) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        waited.append(1)
        return future

    monkeypatch.setattr(LoopBudget, "is_long", lambda turn: True)
    monkeypatch.setattr(LoopBudget, "next", let_wait)
    return waited


async def test_the_answer_to_a_write_never_waits(waited: list[int]) -> None:
    """Its outcome is known: no deadline may take that away again. A read can be asked once more."""
    async with (
        RawServer(answer(201, b'{"_id": "a", "name": "n"}')) as server,
        IntegratorClient("t", base_url=server.url) as client,
    ):
        await client.integrations.create({"name": "n"})
        await client.integrations.replace("a", {"name": "n"})
    assert waited == []
    async with RawServer(answer(200, b"[]")) as server, IntegratorClient("t", base_url=server.url) as client:
        await client.integrations.list_flows("a")
    assert waited == [1]


@pytest.mark.parametrize(
    "bad", [answer(429, b"{}", "Retry-After: 0"), answer(503, b"[]"), answer(200, b'[{"_id"'), answer(200, b"")]
)
async def test_a_refusal_or_a_broken_answer_never_waits(waited: list[int], bad: bytes) -> None:
    """The bucket is to know at once, or the pool: what is asked next may depend on it."""
    async with (
        RawServer(bad, answer(200, b"[]")) as server,
        IntegratorClient("t", base_url=server.url, retry=RetryPolicy(base=0, throttled_base=0)) as client,
    ):
        assert await client.integrations.list_flows("a") == []
        assert len(server.requests) == 2
    assert waited == [1]
