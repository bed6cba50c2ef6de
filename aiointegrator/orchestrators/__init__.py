"""Helpers that make many calls; each is a method of the client."""

from __future__ import annotations

from .crawl import (
    DEFAULT_KINDS,
    KINDS,
    Branch,
    Crawl,
    CrawlProgress,
    CrawlReport,
    Gap,
    IntegrationSnapshot,
)

__all__ = [
    "DEFAULT_KINDS",
    "KINDS",
    "Branch",
    "Crawl",
    "CrawlProgress",
    "CrawlReport",
    "Gap",
    "IntegrationSnapshot",
]
