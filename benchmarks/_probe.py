"""For how long was the event loop held? By the clock, by this process's own CPU, and without the garbage collector."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

TICK = 0.001


class Probe:
    """The longest times, in milliseconds, for which a task that wanted to run each millisecond could not.

    Attributes:
        wall: by the clock, which also counts what the machine did meanwhile.
        cpu: this process's own CPU; by this we go.
        own: of that, all but the garbage collector, which walks whatever the program holds.
    """

    def __init__(self) -> None:
        self.wall = self.cpu = self.own = 0.0
        self._collected = self._collecting = 0.0
        self._skipped = False

    def skip(self) -> None:
        """What holds the loop just now is no part of what is measured."""
        self._skipped = True

    async def watch(self) -> None:
        while True:
            self._skipped, self._collected = False, 0.0
            wall, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            if not self._skipped:
                cpu = 1e3 * (time.thread_time() - cpu)
                self.wall = max(self.wall, 1e3 * (time.perf_counter() - wall - TICK))
                self.cpu = max(self.cpu, cpu)
                self.own = max(self.own, cpu - 1e3 * self._collected)

    def collects(self, phase: str, info: dict[str, int]) -> None:
        """The garbage collector begins, or stops."""
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            self._collected += time.thread_time() - self._collecting


@asynccontextmanager
async def probing() -> AsyncIterator[Probe]:
    probe = Probe()
    task = asyncio.create_task(probe.watch())
    gc.callbacks.append(probe.collects)
    try:
        yield probe
    finally:
        gc.callbacks.remove(probe.collects)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
