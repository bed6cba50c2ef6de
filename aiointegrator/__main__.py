"""`python -m aiointegrator`: the command line, or how to get it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Args:
        arguments: None means that this process is the program: it takes them from the process, and Ctrl-C and SIGTERM
            end it at once wherever no command is running, such as during imports.
    """
    from .cli import _signals, _streams

    if arguments is None:
        _signals.end_at_once()
    _streams.install()
    if any(importlib.util.find_spec(name) is None for name in ("cyclopts", "rich")):
        print("the command line needs an extra: pip install 'aiointegrator[cli]'", file=sys.stderr)  # noqa: T201
        return 1
    from .cli import run

    code = run(sys.argv[1:] if arguments is None else arguments)
    _streams.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
