"""Several clients on one account, on a clock of our own: few refusals, no waste, nobody starved."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from aiointegrator.config import RateLimit
from aiointegrator.session._throttle import Bucket
from aiointegrator.testing import FakeBucket

SLOTS = 64


@dataclass
class World:
    """Crawls that always want more, somebody else at a fixed rate, one bucket, and a line of `latency` seconds."""

    crawls: int
    other: float = 0.0
    latency: float = 0.02
    second_starts: float = 0.0
    limit: RateLimit = field(default_factory=RateLimit)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.server = FakeBucket(clock=lambda: self.now)
        self.buckets = [Bucket(self.limit.rate, self.limit.burst, lambda: self.now) for _ in range(self.crawls)]
        self.free = [SLOTS] * self.crawls
        self.served, self.refused = [0] * self.crawls, [0] * self.crawls
        self.other_served, self.other_refused = 0, 0
        self._chance = random.Random(1)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._awake = [False] * self.crawls

    def run(self, seconds: float) -> None:
        for crawl in range(self.crawls):
            self._at(self.second_starts * crawl, lambda crawl=crawl: self._send(crawl))
        if self.other:
            self._at(0.0, self._somebody_else)
        while self._events[0][0] <= seconds:
            self.now, _, event = heapq.heappop(self._events)
            event()

    def _at(self, moment: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), event))

    def _send(self, crawl: int) -> None:
        self._awake[crawl] = False
        while self.free[crawl]:
            wait = self.buckets[crawl].take()
            if wait:
                self._awake[crawl] = True
                self._at(self.now + wait + 1e-4, lambda: self._send(crawl))
                return
            self.free[crawl] -= 1
            self._at(self.now + self._half(), lambda: self._arrive(crawl))

    def _half(self) -> float:
        return self.latency / 2 * self._chance.uniform(0.8, 1.2)

    def _arrive(self, crawl: int) -> None:
        refusal = self.server.refuse()
        self._at(self.now + self._half(), lambda: self._answer(crawl, refusal))

    def _answer(self, crawl: int, refusal: int | None) -> None:
        self.buckets[crawl].answered()
        self.free[crawl] += 1
        if refusal is None:
            self.served[crawl] += 1
        else:
            self.refused[crawl] += 1
            self.buckets[crawl].refused(float(refusal))
        if not self._awake[crawl]:
            self._send(crawl)

    def _somebody_else(self) -> None:
        if self.server.refuse() is None:
            self.other_served += 1
        else:
            self.other_refused += 1
        self._at(self.now + 1 / self.other, self._somebody_else)

    def used(self, seconds: float) -> float:
        """Share of what the bucket lets through that was used."""
        return (sum(self.served) + self.other_served) / (self.server.capacity + self.server.drain * seconds)

    def refusals(self) -> float:
        """Share of the crawls' requests that were refused."""
        return sum(self.refused) / (sum(self.served) + sum(self.refused))


@pytest.mark.parametrize("other", [50, 100, 200])
@pytest.mark.parametrize("latency", [0.01, 0.05])
def test_beside_a_client_that_takes_its_share(other: float, latency: float) -> None:
    """It hardly notices us, and nothing is left over."""
    world = World(1, other=other, latency=latency)
    world.run(60)
    assert world.refusals() < 0.01
    assert world.used(60) > 0.95
    assert world.other_refused < 0.01 * world.other_served


@pytest.mark.parametrize("second_starts", [0, 5, 20])
def test_two_crawls_of_one_account(second_starts: float) -> None:
    """In two processes, so that only refusals tell them of each other; both get on."""
    world = World(2, second_starts=second_starts)
    world.run(60)
    assert world.refusals() < 0.01
    assert world.used(60) > 0.95
    late = world.served[1] / (60 - second_starts)
    assert late > 0.3 * 300
    assert world.served[0] > 0.3 * 300 * 60


def test_alone_there_is_no_refusal() -> None:
    """Also with all but the whole bucket for its own, at the floor of what that allows."""
    world = World(1, limit=RateLimit(rate=300, burst=990))
    world.run(20)
    assert world.refused == [0]
    assert world.served[0] > 0.99 * (990 + 300 * 20)
