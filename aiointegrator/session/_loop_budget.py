"""`LoopBudget`: whether answers have held the event loop for long, without a turn for anybody else."""

from __future__ import annotations

import asyncio
import time
from collections import deque

LONG = 0.002
"""Seconds of answers in one turn of the loop after which the rest is left to the next; it may become twice as much."""

PATIENCE = 0.1
"""Seconds that an answer waits before more are let in; 64 of them, the usual number in flight, are read in a fifth."""


class LoopBudget:
    """The answers that are read in one turn of an event loop.

    Answers that come together are all read in one turn, a fraction of a millisecond each. Of a hundred of them
    everybody else in the loop would feel it, so a turn that has become long is ended: what is left is read in the next
    ones, in the order of arrival, as many in each as were read in this one. Nor does what the processor has at hand
    hold a hundred answers: so read, they cost less than all at once.

    A turn may have been long by other people's work, and nobody shall miss a deadline with the answer in hand. So once
    somebody has waited for long, each turn reads more than the one before: twice as many, three times, and so on.

        if turn.is_long():
            await turn.next()

    No loop says when a turn begins. So once in a while something is put into the loop that the next turn will come to.

    Args:
        loop: the event loop.
    """

    __slots__ = ("_fit", "_grows", "_loop", "_read", "_since", "_waited_for", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._since = 0.0
        self._waited_for = False
        self._read = 0
        self._fit = self._grows = 1
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()

    def is_long(self) -> bool:
        """Whether the answer that is there had better be read in the next turn."""
        if self._waiting:
            return True
        now = time.monotonic()
        if now - self._since > LONG:
            if self._waited_for:
                self._fit = self._grows = self._read
                return True
            self._wait_for_next(now)
        self._read += 1
        return False

    def next(self) -> asyncio.Future[None]:
        """To be awaited where this turn `is_long`: the next one, or a later one where many wait."""
        mine: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append((time.monotonic(), mine))
        return mine

    def _wait_for_next(self, now: float) -> None:
        self._since, self._read, self._waited_for = now, 0, True
        self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        """A turn has begun: let in as many as fit."""
        self._since, self._read, self._waited_for = time.monotonic(), 0, False
        for _ in range(min(self._fit, len(self._waiting))):
            _, first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
        if self._waiting:
            if self._since - self._waiting[0][0] > PATIENCE:
                self._fit += self._grows
            self._wait_for_next(self._since)
