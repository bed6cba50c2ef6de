"""Helpers that make many calls; each is a method of the client."""

from __future__ import annotations

from ._report import (
    DEFAULT_KINDS,
    KINDS,
    Branch,
    CrawlProgress,
    CrawlReport,
    Difference,
    Gap,
    IntegrationSnapshot,
    Plan,
)
from .crawl import Crawl

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
