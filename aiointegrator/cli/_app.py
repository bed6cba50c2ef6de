"""The program: its commands, and what becomes of their errors."""

from __future__ import annotations

import sys
from collections.abc import Coroutine, Sequence
from inspect import iscoroutine
from typing import Any

from cyclopts import App, CycloptsError

from .._text import printable
from .._version import __version__
from ..errors import IntegratorError, system_reason
from . import _exit
from ._signals import Terminated, raising
from ._streams import BrokenOutput
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
        with raising():
            result = command(*bound.args, **bound.kwargs)
            code = _to_the_end(result) if iscoroutine(result) else result
            sys.stdout.flush()
    except CycloptsError:
        return _exit.USAGE
    except IntegratorError as error:
        say(f"error: {printable(error)}")
        return _exit.code_of(error)
    except KeyboardInterrupt:
        say("interrupted")
        return _exit.INTERRUPTED
    except Terminated:
        say("terminated")
        return _exit.TERMINATED
    except BrokenOutput as error:
        if not error.reader_gone:
            say(f"error: cannot write to standard output: {printable(error.reason)}")
        return _exit.ERROR
    except OSError as error:
        say(f"error: {printable(system_reason(error))}")
        return _exit.ERROR
    return code if isinstance(code, int) else _exit.COMPLETE


def _to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    from ._loop import to_the_end  # asyncio, which a command that looks at a directory does not need

    return to_the_end(work)
