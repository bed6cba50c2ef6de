"""The account's leaky bucket and the slots on the wire: who may send, and when."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

SLOW_DOWN = 0.6
"""A refusal by the rate limit multiplies our rate by this."""
SPEED_UP = 0.03
"""Each second without one adds this share of the full rate; so several clients come to share an account."""
SLOWEST = 0.1
"""Our rate never falls below this share of the full one."""

ROUNDING = 1e-9
"""A drop that only rounding keeps out is let in."""


class Bucket:
    """One account's leaky bucket as we believe it to be: what we have put in and what has drained since.

    It is plain arithmetic on a clock, so that it outlives event loops and may be shared by threads. A request counts
    as drained no sooner than its answer shows that it had arrived: where our own loop or the network holds many of them
    up, the server's bucket begins to drain later than ours would, and the last of a burst would be refused.

    Args:
        rate: requests per second that drain.
        burst: requests that fit.
        clock: monotonic seconds.
    """

    __slots__ = (
        "__weakref__",
        "_clock",
        "_level",
        "_lines",
        "_most_pending",
        "_mutex",
        "_paused_until",
        "_pending",
        "_seen",
        "_share",
        "_slowed_until",
        "burst",
        "rate",
    )

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._level = 0.0
        self._pending = 0
        self._most_pending = burst - 1.0
        self._share = 1.0
        self._seen = clock()
        self._paused_until = self._seen
        self._slowed_until = self._seen
        self._mutex = threading.Lock()
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, ref[asyncio.Lock]] = WeakKeyDictionary()

    def take(self) -> float:
        """Put one request in and return 0, or return the seconds after which to try again."""
        mutex = self._mutex
        mutex.acquire()  # half the price of `with`, and two of these are paid for each request
        try:
            now = self._drain()
            if now < self._paused_until:
                return self._paused_until - now
            level = self._level + 1.0
            if level > self.burst + ROUNDING:
                return (level - self.burst) / (self.rate * self._share)
            self._level = level
            self._pending += 1
            return 0.0
        finally:
            mutex.release()

    def answered(self) -> None:
        """One of the requests put in has been answered, or given up."""
        mutex = self._mutex
        mutex.acquire()
        try:
            self._drain()
            if self._pending:
                self._pending -= 1
        finally:
            mutex.release()

    def refused(self, retry_after: float | None) -> None:
        """The server said 429: everybody waits until `retry_after` seconds have passed, and goes slower for a while.

        The pause only ever moves forward. Refusals that belong to the same moment slow down once.
        """
        with self._mutex:
            now = self._drain()
            self._level = self.burst
            if now >= self._slowed_until:
                self._share = max(SLOWEST, self._share * SLOW_DOWN)
            self._paused_until = max(self._paused_until, now + (retry_after or 0.0))
            self._slowed_until = max(self._paused_until, now + 1.0)

    def level(self) -> float:
        """Return how full the bucket is now, in requests."""
        with self._mutex:
            self._drain()
            return self._level

    def keep(self, level: float) -> None:
        """Fill the bucket up to this level at least, as if nothing had drained since it was so full."""
        with self._mutex:
            self._drain()
            self._level = max(self._level, level)

    def pause_left(self) -> float:
        """Return the seconds until the pause that the server asked for is over; 0 without one."""
        if self._paused_until <= self._seen:  # nearly always: no need to look at the clock
            return 0.0
        return max(0.0, self._paused_until - self._clock())

    def line(self) -> asyncio.Lock:
        """The lock of the running loop at which everybody waits in the order of arrival; its holder is next."""
        loop = asyncio.get_running_loop()
        with self._mutex:
            known = self._lines.get(loop)
            line = known() if known else None
            if line is None:
                line = asyncio.Lock()
                self._lines[loop] = ref(line)  # a lock holds its loop, so whoever waits holds the lock
            return line

    def forked(self) -> None:
        """In the child of a fork: what the parent has on the wire is the parent's, and nobody holds the mutex."""
        self._mutex = threading.Lock()
        self._pending = 0

    def _drain(self) -> float:
        """Let out what has drained by now; returns now. A clock that steps back stands still.

        In a pause nothing drains for us: what the server's bucket lets out then is what keeps it from being full again
        at once, when all who were refused come back.
        """
        now, seen = self._clock(), self._seen
        if now <= seen:
            return seen
        self._seen = now
        passed, rate = now - seen, self.rate
        if self._paused_until > seen:
            passed = now - self._paused_until
            if passed <= 0.0:
                return now
        if self._share < 1.0:
            rate *= self._share
            self._share = min(1.0, self._share + passed * SPEED_UP)
        before = self._level
        level = before - passed * rate
        least = self._pending if self._pending < self._most_pending else self._most_pending
        if level < least:
            level = least if least < before else before
        self._level = level
        return now


_buckets: WeakValueDictionary[tuple[object, ...], Bucket] = WeakValueDictionary()


def _forked() -> None:
    for bucket in list(_buckets.values()):
        bucket.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def shared_bucket(account: object, rate: float, burst: float) -> Bucket:
    """The bucket of this process for an account; the same object for the same account and numbers."""
    key = (account, rate, burst)
    bucket = _buckets.get(key)
    if bucket is None:
        bucket = _buckets[key] = Bucket(rate, burst)
    return bucket


class Throttle:
    """A bounded number of slots on the wire, and the bucket right before it; bound to one event loop.

        if not throttle.enter():
            await throttle.wait()
        try:
            ...     # one request
        finally:
            throttle.leave()

    The slot comes first: a request that waited for a connection after the bucket would arrive bunched with others.
    """

    __slots__ = ("_bucket", "_free", "_line", "_queue", "_waiting", "in_flight")

    def __init__(self, slots: int, bucket: Bucket | None) -> None:
        self._free = slots
        self._queue: deque[asyncio.Future[None]] = deque()
        self._bucket = bucket
        self._line: asyncio.Lock | None = None
        self._waiting = 0
        self.in_flight = 0

    def enter(self) -> bool:
        """Take a slot and a drop of the bucket at once, where both are to be had and nobody waits for them."""
        if not self._free or self._waiting or (self._bucket is not None and self._bucket.take()):
            return False
        self._free -= 1
        self.in_flight += 1
        return True

    async def wait(self) -> None:
        """Wait for a slot, then for the bucket, in the order of arrival."""
        await self._slot()
        try:
            if self._bucket is not None:
                await self._drip(self._bucket)
        except BaseException:
            self._hand_on()
            raise
        self.in_flight += 1

    def leave(self) -> None:
        """Give the slot back; the request has been answered, or given up."""
        self.in_flight -= 1
        if self._bucket is not None:
            self._bucket.answered()
        if self._queue:
            self._hand_on()
        else:
            self._free += 1

    async def _slot(self) -> None:
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(mine)
        try:
            await mine
        except BaseException:
            if mine.done() and not mine.cancelled():
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Give a slot to whoever has waited longest, or put it back."""
        while self._queue:
            first = self._queue.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._free += 1

    async def _drip(self, bucket: Bucket) -> None:
        if not self._waiting and not bucket.take():
            return
        line = self._line = self._line or bucket.line()
        self._waiting += 1
        try:
            async with line:
                while seconds := bucket.take():  # noqa: ASYNC110 - the bucket drains by the clock, no event tells
                    await asyncio.sleep(seconds)
        finally:
            self._waiting -= 1
