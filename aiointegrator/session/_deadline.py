"""The deadlines of all calls of an event loop, kept by one timer."""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

TICK = 0.005
"""Seconds that the timer rests before it looks at all calls again; a deadline may be that late."""


class Deadline:
    """Cancels what runs inside its block when the loop's clock comes to `end`, and says so in `passed`.

        with Deadline(end) as deadline:
            ...
        if deadline.passed:
            ...     # the block was left at the await where it was

    As `asyncio.timeout_at`, by the same rules for a task that is cancelled by somebody else at the same time, without
    its two coroutines and its timer: every call has a deadline, and hardly any comes to it.
    """

    __slots__ = ("_before", "_task", "_up", "_watch", "end", "passed")

    def __init__(self, end: float) -> None:
        task = asyncio.current_task()
        assert task is not None, "a call is made in a task"
        self.end = end
        self.passed = False
        self._up = False
        self._task: asyncio.Task[Any] = task
        self._before = task.cancelling()
        self._watch = _watch_of(task.get_loop())

    def cancel(self) -> None:
        """The time is over."""
        self._up = True
        self._task.cancel()

    def __enter__(self) -> Self:
        self._watch.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._watch.under_way.discard(self)
        if not self._up:
            return False
        self.passed = self._task.uncancel() <= self._before and kind is asyncio.CancelledError
        return self.passed


class _Watch:
    """What is under way in a loop. A timer stands at the earliest end that it was told of since it last went off.

    Most calls are over long before that, and leave it where it stands. It holds neither the loop nor a timer, which
    holds the loop: so loops come and go.
    """

    __slots__ = ("_at", "under_way")

    def __init__(self) -> None:
        self.under_way: set[Deadline] = set()
        self._at = math.inf

    def add(self, deadline: Deadline) -> None:
        self.under_way.add(deadline)
        if deadline.end < self._at:
            self._look_at(deadline.end)

    def _look_at(self, time: float) -> None:
        self._at = time
        asyncio.get_running_loop().call_at(time, self._look, time)

    def _look(self, time: float) -> None:
        if time != self._at:  # another timer was set for an earlier time, and has seen to the rest
            return
        now = asyncio.get_running_loop().time()
        self._at = math.inf
        for deadline in [one for one in self.under_way if one.end <= now]:
            self.under_way.discard(deadline)
            deadline.cancel()
        if self.under_way:
            self._look_at(max(now + TICK, min(one.end for one in self.under_way)))


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


def _watch_of(loop: asyncio.AbstractEventLoop) -> _Watch:
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = _Watch()
    return watch
