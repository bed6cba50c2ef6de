"""The command line: `crawl`, `demo`, `fake`, `integrations`, `whoami`, `api`."""

from __future__ import annotations

from ._app import run

__all__ = ["run"]
