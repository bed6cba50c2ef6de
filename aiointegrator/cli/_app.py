"""The program: its commands, and what becomes of their errors."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from cyclopts import App, CycloptsError

from .._version import __version__
from ..errors import IntegratorError
from . import _exit
from ._terminal import clean, say

app = App(
    name="aiointegrator",
    version=__version__,
    help="Read the inventory of an integrator.io account, and say exactly what could not be read.",
)
app.command("aiointegrator.cli.crawl:crawl", name="crawl", help="Read the account into a directory.")
app.command("aiointegrator.cli.inventory:app", name="inventory", help="Look at what a crawl left on disk, offline.")
app.command("aiointegrator.cli.demo:demo", name="demo", help="See it work without an account.")
app.command("aiointegrator.cli.fake:app", name="fake", help="Run the pretend integrator.io.")
app.command("aiointegrator.cli.integrations:app", name="integrations", help="List integrations, or get one.")
app.command("aiointegrator.cli.api:whoami", name="whoami", help="Whom does the token stand for?")
app.command("aiointegrator.cli.api:api", name="api", help="Send one request.")


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    try:
        command, bound, _ = app.parse_args(list(arguments), exit_on_error=False, print_error=True)
    except CycloptsError:
        return _exit.USAGE
    try:
        result = command(*bound.args, **bound.kwargs)
        code = _to_the_end(result) if asyncio.iscoroutine(result) else result
        sys.stdout.flush()
    except IntegratorError as error:
        say(f"error: {clean(error)}")
        return _exit.code_of(error)
    except KeyboardInterrupt:
        say("interrupted")
        return _exit.INTERRUPTED
    except _Terminated:
        say("terminated")
        return _exit.TERMINATED
    except OSError as error:  # of stdout: what reads it has gone, or the disk behind it is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            say(f"error: cannot write: {clean(error.strerror or type(error).__name__)}")
        return _exit.ERROR
    return code if isinstance(code, int) else _exit.COMPLETE


class _Terminated(Exception):  # noqa: N818 - a signal, not a mistake
    """SIGTERM came."""


def _to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a command; SIGTERM stops it as cleanly as Ctrl-C does."""
    terminated = False

    async def watched() -> Any:
        nonlocal terminated
        task = asyncio.current_task()
        assert task is not None

        def stop() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        return await work

    try:
        with asyncio.Runner(loop_factory=_quick_loop()) as runner:
            return runner.run(watched())
    except asyncio.CancelledError:
        if not terminated:
            raise
    raise _Terminated


def _quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where the `speed` extra is installed; None is asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
