"""The event loop of a command that makes requests."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

from .signals import Terminated, on_termination

YOUNG = 10_000
"""Objects that are made before the garbage collector looks at the young ones, instead of 700."""

AT_HAND = 16 * 1024 * 1024
"""Bytes of freed memory that the process keeps for what it needs next, twice over."""


def to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a command; SIGTERM stops it as cleanly as Ctrl-C does.

    Raises:
        Terminated: SIGTERM came.
    """
    task: asyncio.Task[Any] | None = None
    terminated = False

    def stop() -> None:
        nonlocal terminated
        terminated = True
        if task is not None and not task.get_loop().is_closed():
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def watched() -> Any:
        nonlocal task
        task = asyncio.current_task()
        if terminated:  # before there was a task
            stop()
        return await work

    _leave_what_is_loaded_alone()
    _keep_memory_at_hand()
    try:
        with on_termination(stop), asyncio.Runner(loop_factory=quick_loop()) as runner:
            return runner.run(watched())
    except asyncio.CancelledError:
        if not terminated:
            raise
    raise Terminated


def _leave_what_is_loaded_alone() -> None:
    """The garbage collector need not look again and again at modules that stay, not even when the program ends.

    What a command makes is hardly ever a cycle; a first look after some thousand objects is early enough.
    """
    gc.freeze()
    gc.set_threshold(YOUNG)


def _keep_memory_at_hand() -> None:
    """Do not give the system back the memory of each answer only to ask for it again with the next one.

    glibc keeps, from then on, twice as much as the largest piece that was ever freed; the pages of this one are never
    touched. Other allocators take no notice of it.
    """
    bytes(AT_HAND)


def quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where the `speed` extra is installed; None is asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
