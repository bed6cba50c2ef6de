"""The command line: `crawl`, `inventory`, `demo`, `fake`, `integrations`, `whoami`, `api`."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    from .app import run  # cyclopts, which the streams and signals of this package must not wait for

    return run(arguments)
