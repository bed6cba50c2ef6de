"""The deadlines of all calls of an event loop, kept by one timer."""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Any, Self

TICK = 0.005
"""Seconds that the timer rests before it looks at all calls again; a deadline may be that late."""


class Deadline:
    """Cancels what runs inside its block when the loop's clock comes to `end`, and says so in `passed`.

        with Deadline(task, end, watch) as deadline:
            ...
        if deadline.passed:
            ...     # the block was left at the await where it was

    As `asyncio.timeout_at`, by the same rules for a task that is cancelled by somebody else at the same time, without
    its two coroutines and its timer: every call has a deadline, and hardly any comes to it.
    """

    __slots__ = ("_before", "_task", "_up", "_watch", "end", "passed")

    def __init__(self, task: asyncio.Task[Any], end: float, watch: Watch) -> None:
        self.end = end
        self.passed = False
        self._up = False
        self._task = task
        self._before = task.cancelling()
        self._watch = watch

    def cancel(self) -> None:
        """The time is over."""
        self._up = True
        self._task.cancel()

    def __enter__(self) -> Self:
        watch = self._watch
        watch.under_way.add(self)
        if self.end < watch.next:
            watch.look_at(self.end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._watch.under_way.discard(self)
        if not self._up:
            return False
        self.passed = self._task.uncancel() <= self._before and kind is asyncio.CancelledError
        return self.passed


class Watch:
    """What is under way in a loop. A timer stands at the earliest end that it was told of since it last went off.

    Most calls are over long before that, and leave it where it stands.
    """

    __slots__ = ("next", "under_way")

    def __init__(self) -> None:
        self.under_way: set[Deadline] = set()
        self.next = math.inf

    def look_at(self, time: float) -> None:
        """Set the timer."""
        self.next = time
        asyncio.get_running_loop().call_at(time, self._look, time)

    def _look(self, time: float) -> None:
        if time != self.next:  # another timer was set for an earlier time, and has seen to the rest
            return
        now = asyncio.get_running_loop().time()
        self.next = math.inf
        for deadline in [one for one in self.under_way if one.end <= now]:
            self.under_way.discard(deadline)
            deadline.cancel()
        if self.under_way:
            self.look_at(max(now + TICK, min(one.end for one in self.under_way)))
