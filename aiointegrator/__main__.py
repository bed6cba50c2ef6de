"""`python -m aiointegrator`: the command line, or how to get it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    if any(importlib.util.find_spec(name) is None for name in ("cyclopts", "rich")):
        print("the command line needs an extra: pip install 'aiointegrator[cli]'", file=sys.stderr)  # noqa: T201
        return 1
    from .cli import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
