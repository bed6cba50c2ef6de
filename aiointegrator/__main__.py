"""`python -m aiointegrator`: the command line, or how to get it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # nothing is imported here that takes time: Ctrl-C would end it with a traceback
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Args:
        arguments: None means that this process is the program. It takes them from the process; Ctrl-C and SIGTERM end
            it at once before a command runs, such as during imports, and do nothing once the exit code is known.
    """
    try:
        return _main(arguments)
    except KeyboardInterrupt:  # before anything else was ready for it
        from contextlib import suppress

        with suppress(OSError):
            os.write(2, b"interrupted\n")
        return 130


def _main(arguments: Sequence[str] | None) -> int:
    from .cli import signals

    if arguments is None:
        signals.end_at_once()
    from importlib.util import find_spec

    from .cli import streams

    streams.install()
    if any(find_spec(name) is None for name in ("cyclopts", "rich")):
        print("the command line needs an extra: pip install 'aiointegrator[cli]'", file=sys.stderr)  # noqa: T201
        return 1
    from .cli import run

    if arguments is not None:
        return run(arguments)
    code = run(sys.argv[1:])
    streams.flush()
    signals.ignore()
    return code


if __name__ == "__main__":
    sys.exit(main())
