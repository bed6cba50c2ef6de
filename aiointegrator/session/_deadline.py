"""The deadline of one call."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Cancels what runs inside its block when the loop's clock comes to `end`, and says so in `passed`.

        with Deadline(end) as deadline:
            ...
        if deadline.passed:
            ...     # the block was left at the await where it was

    As `asyncio.timeout_at`, by the same rules for a task that is cancelled by somebody else at the same time, without
    its two coroutines: every call has one, and hardly any comes to it.
    """

    __slots__ = ("_before", "_task", "_timer", "_up", "passed")

    def __init__(self, end: float) -> None:
        task = asyncio.current_task()
        assert task is not None, "a call is made in a task"
        self.passed = False
        self._up = False
        self._task: asyncio.Task[Any] = task
        self._before = task.cancelling()
        self._timer = task.get_loop().call_at(end, self._cancel)

    def _cancel(self) -> None:
        self._up = True
        self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._timer.cancel()
        if not self._up:
            return False
        self.passed = self._task.uncancel() <= self._before and kind is asyncio.CancelledError
        return self.passed
