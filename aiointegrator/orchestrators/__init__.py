"""Helpers that make many calls; each is a method of the client.

What they say of their work is plain values, which need no HTTP. Both are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.kinds import DEFAULT_KINDS, KINDS, Plan
from .._lazy import lazy

if TYPE_CHECKING:
    from .._domain.snapshots import Branch, CrawlProgress, CrawlReport, Difference, Gap, IntegrationSnapshot
    from .crawl import Crawl

_WHERE = {
    "Branch": "._domain.snapshots",
    "Crawl": "crawl",
    "CrawlProgress": "._domain.snapshots",
    "CrawlReport": "._domain.snapshots",
    "Difference": "._domain.snapshots",
    "Gap": "._domain.snapshots",
    "IntegrationSnapshot": "._domain.snapshots",
}

__all__ = [
    "DEFAULT_KINDS",
    "KINDS",
    "Branch",
    "Crawl",
    "CrawlProgress",
    "CrawlReport",
    "Difference",
    "Gap",
    "IntegrationSnapshot",
    "Plan",
]


__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
