"""The program: its commands, and what becomes of their errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine, Sequence
from inspect import iscoroutine
from typing import Any

from cyclopts import App, CycloptsError

from .._text import printable
from .._version import __version__
from ..errors import IntegratorError
from . import _exit
from ._terminal import say

app = App(
    name="aiointegrator",
    version=__version__,
    help="Read the inventory of an integrator.io account, and say exactly what could not be read.",
)
app.command("aiointegrator.cli.crawl:crawl", name="crawl", help="Read the account into a directory.")
app.command("aiointegrator.cli.inventory:app", name="inventory", help="Look at what a crawl left on disk, offline.")
app.command(
    "aiointegrator.cli.report:report",
    name="report",
    help="Write an inventory as a page to hand over.\n\n"
    "Example: aiointegrator report DIR --out report.html --compare OLD",
)
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
        code = _to_the_end(result) if iscoroutine(result) else result
        sys.stdout.flush()
    except IntegratorError as error:
        say(f"error: {printable(error)}")
        return _exit.code_of(error)
    except KeyboardInterrupt:
        say("interrupted")
        return _exit.INTERRUPTED
    except _exit.Terminated:
        say("terminated")
        return _exit.TERMINATED
    except OSError as error:  # of stdout: what reads it has gone, or the disk behind it is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            say(f"error: cannot write: {printable(error.strerror or type(error).__name__)}")
        return _exit.ERROR
    return code if isinstance(code, int) else _exit.COMPLETE


def _to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    from ._loop import to_the_end  # asyncio, which a command that looks at a directory does not need

    return to_the_end(work)
