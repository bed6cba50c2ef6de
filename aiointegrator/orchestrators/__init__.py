"""Helpers that make many calls; each is a method of the client.

What they say of their work is plain values, which need no HTTP. Both are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._kinds import DEFAULT_KINDS, KINDS, Plan

if TYPE_CHECKING:
    from ._report import Branch, CrawlProgress, CrawlReport, Difference, Gap, IntegrationSnapshot
    from .crawl import Crawl

_WHERE = {
    "Branch": "_report",
    "Crawl": "crawl",
    "CrawlProgress": "_report",
    "CrawlReport": "_report",
    "Difference": "_report",
    "Gap": "_report",
    "IntegrationSnapshot": "_report",
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


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_WHERE[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
