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
from . import exit_codes
from .output.terminal import say
from .signals import Terminated, raising
from .streams import BrokenOutput

app = App(
    name="aiointegrator",
    version=__version__,
    help="Read the inventory of an integrator.io account, and say exactly what could not be read.",
)
app.command("aiointegrator.cli.commands.crawl:crawl", name="crawl", help="Read the account into a directory.")
app.command(
    "aiointegrator.cli.commands.inventory.app:app", name="inventory", help="Look at what a crawl left on disk, offline."
)
app.command(
    "aiointegrator.cli.commands.report:report",
    name="report",
    help="Write an inventory as a page to hand over.\n\n"
    "Example: aiointegrator report DIR --out report.html --compare OLD",
)
app.command("aiointegrator.cli.commands.demo:demo", name="demo", help="See it work without an account.")
app.command("aiointegrator.cli.commands.fake:app", name="fake", help="Run the pretend integrator.io.")
app.command("aiointegrator.cli.commands.integrations:app", name="integrations", help="List integrations, or get one.")
app.command("aiointegrator.cli.commands.api:whoami", name="whoami", help="Whom does the token stand for?")
app.command("aiointegrator.cli.commands.api:api", name="api", help="Send one request.")


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    try:
        command, bound, _ = app.parse_args(list(arguments), exit_on_error=False, print_error=True)
        with raising():
            result = command(*bound.args, **bound.kwargs)
            code = _to_the_end(result) if iscoroutine(result) else result
            sys.stdout.flush()
    except CycloptsError:
        return exit_codes.USAGE
    except IntegratorError as error:
        say(f"error: {printable(error)}")
        return exit_codes.code_of(error)
    except KeyboardInterrupt:
        say("interrupted")
        return exit_codes.INTERRUPTED
    except Terminated:
        say("terminated")
        return exit_codes.TERMINATED
    except BrokenOutput as error:
        if not error.reader_gone:
            say(f"error: cannot write to standard output: {printable(error.reason)}")
        return exit_codes.ERROR
    except OSError as error:
        say(f"error: {printable(system_reason(error))}")
        return exit_codes.ERROR
    return code if isinstance(code, int) else exit_codes.COMPLETE


def _to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    from .event_loop import to_the_end  # asyncio, which a command that looks at a directory does not need

    return to_the_end(work)
