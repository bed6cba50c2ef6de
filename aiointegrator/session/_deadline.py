"""The deadlines of all calls of an event loop, kept by one timer, and the time in which the loop could not run."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

from ..errors import IntegratorError

_log = logging.getLogger("aiointegrator")

TICK = 0.005
"""Seconds that the timer rests before it looks at all calls again; a deadline may be that late."""

BEAT = 0.25
"""Seconds between two looks at whether the event loop runs."""

STOPPED = 1.0
"""Seconds for which the event loop must not have run before the process counts as stopped."""


class Clock(Protocol):
    """What needs to know how long the process was stopped."""

    stopped: float

    def notice(self) -> None:
        """Look whether the process was stopped just now."""
        ...


class Deadline:
    """Cancels the block when the loop's clock reaches `end`, or when `interrupt` is called.

        with Deadline(task, end, watch) as deadline:
            ...
        if deadline.error is not None:
            raise deadline.error    # the block was interrupted
        if deadline.passed:
            ...                     # the block was cancelled at `end`

    It follows the rules of `asyncio.timeout_at` for a task that the caller cancels at the same time, without that
    function's two coroutines and timer for each call: every call has a deadline, and few calls reach it.
    """

    __slots__ = ("_before", "_interrupted_by", "_task", "_up", "_watch", "end", "error", "owner", "passed")

    def __init__(self, task: asyncio.Task[Any], end: float, watch: DeadlineTimer, owner: object = None) -> None:
        self.end = end
        self.owner = owner
        self.passed = False
        self.error: IntegratorError | None = None
        self._interrupted_by: Callable[[], IntegratorError] | None = None
        self._up = False
        self._task = task
        self._before = task.cancelling()
        self._watch = watch

    def cancel(self) -> None:
        """Cancel the block, because its time is over."""
        if not self._up:
            self._up = True
            self._task.cancel()

    def interrupt(self, error: Callable[[], IntegratorError]) -> None:
        """Cancel the block, and make `error()` the reason."""
        if not self._up:
            self._interrupted_by = error
            self.cancel()

    def move(self, end: float) -> None:
        """Set another end."""
        self.end = end
        if end < self._watch.next:
            self._watch.look_at(end)

    def __enter__(self) -> Self:
        watch = self._watch
        watch.under_way.add(self)
        if self.end < watch.next:
            watch.look_at(self.end)
        if not watch.beats:
            watch.start_beating()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._watch.under_way.discard(self)
        if not self._up:
            return False
        self.passed = self._task.uncancel() <= self._before and kind is asyncio.CancelledError
        if self.passed and self._interrupted_by is not None:
            self.error = self._interrupted_by()
        return self.passed


class DeadlineTimer:
    """The calls under way in one event loop.

    A timer stands at the earliest end that it was told of since it last went off. Most calls are over long before
    that, and leave it where it stands.

    While calls are under way, a second timer goes off every `BEAT` seconds. If it is late by more than `STOPPED`, the
    process could not run (SIGSTOP, `docker pause`, a closed laptop), and every deadline moves by that time.

    Args:
        loop: the event loop.
        on_stop: is told of the seconds for which the process could not run.

    Attributes:
        under_way: the deadlines of the calls under way.
        next: where the timer stands.
        beats: whether the second timer runs.
        stopped: seconds in which the loop could not run so far.
    """

    __slots__ = ("_loop", "_next_beat", "_on_stop", "beats", "next", "stopped", "under_way")

    def __init__(self, loop: asyncio.AbstractEventLoop, on_stop: Callable[[float], object] = bool) -> None:
        self.under_way: set[Deadline] = set()
        self.next = math.inf
        self.beats = False
        self.stopped = 0.0
        self._loop = loop
        self._on_stop = on_stop
        self._next_beat = math.inf

    def look_at(self, when: float) -> None:
        """Set the timer."""
        self.next = when
        self._loop.call_at(when, self._look, when)

    def start_beating(self) -> None:
        """Look from now on whether the loop runs, until no call is under way."""
        self.beats = True
        self._next_beat = time.monotonic() + BEAT
        self._loop.call_later(BEAT, self._beat)

    def notice(self) -> None:
        """Look whether the process was stopped just now; if so, move the deadlines.

        Every timer that ends something calls this first: after a stop, timers run in the order of their times, and
        that of the beat may come later.
        """
        now = time.monotonic()
        late = now - self._next_beat
        if late > STOPPED:
            self._next_beat = now + BEAT
            self.stopped += late
            for deadline in self.under_way:
                deadline.end += late
            self._on_stop(late)
            _log.warning("this process could not run for %.1f s; the deadlines of its calls move by that time", late)

    def _beat(self) -> None:
        self.notice()
        if self.under_way:
            self._next_beat = time.monotonic() + BEAT
            self._loop.call_later(BEAT, self._beat)
        else:
            self.beats = False
            self._next_beat = math.inf

    def _look(self, when: float) -> None:
        if when != self.next:  # another timer was set for an earlier time, and has seen to the rest
            return
        self.notice()
        now = self._loop.time()
        self.next = math.inf
        for deadline in [one for one in self.under_way if one.end <= now]:
            self.under_way.discard(deadline)
            deadline.cancel()
        earliest = min((one.end for one in self.under_way), default=math.inf)
        if earliest < math.inf:
            self.look_at(max(now + TICK, earliest))
