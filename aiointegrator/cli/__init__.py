"""The command line: `crawl`, `inventory`, `demo`, `fake`, `integrations`, `whoami`, `api`."""

from __future__ import annotations

from ._app import run

__all__ = ["run"]
