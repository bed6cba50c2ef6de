"""What a manifest says of gaps and branches, in an order that depends on the account alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..._domain.snapshots import CrawlReport
from .files import INTEGRATIONS, json_bytes
from .journal import Branches, row_of
from .json_lines import order_of
from .manifest import GAP, LEFT_EARLY, rows_text

_Gap = tuple[str | None, str, str, str | None]
"""Integration, kind, status, error."""


def gaps_of(
    report: CrawlReport, branches: Branches, kinds: Sequence[str], said: Callable[[str | None], str | None]
) -> list[dict[str, Any]]:
    """Everything that was not read, each part once: branches, and what is no branch, such as the list of integrations.

    Args:
        report: of the crawl that has ended.
        branches: all of the inventory, also those that an earlier crawl read.
        kinds: the kinds in their order.
        said: makes the text of an error as it may be written.
    """
    gaps: dict[_Gap, None] = {}
    for gap in report.gaps:
        if gap.kind == INTEGRATIONS or gap.integration_id is None or (gap.integration_id, gap.kind) not in branches:
            gaps[gap.integration_id, gap.kind, gap.reason, said(str(gap.error))] = None
    for (integration, kind), outcome in branches.items():
        if outcome.status != "read":
            gaps[integration, kind, outcome.status, outcome.error] = None
    if report.finished is None or not (report.complete or gaps or report.gaps):
        gaps[LEFT_EARLY] = None
    place = {kind: place for place, kind in enumerate(kinds)}
    ordered = sorted(gaps, key=lambda gap: (order_of(gap[0]), place.get(gap[1], len(place)), gap[2], gap[3] or ""))
    return [dict(zip(GAP, gap, strict=True)) for gap in ordered]


def manifest_text(
    head: Mapping[str, Any], gaps: Iterable[Mapping[str, Any]], branches: Branches, kinds: Sequence[str]
) -> Iterator[bytes]:
    """The manifest piece by piece, but for its last line, which is a digest of all this."""
    yield json.dumps(head, indent=1)[:-2].encode() + b",\n"
    yield from rows_text("gaps", map(json_bytes, gaps))
    yield from rows_text("branches", (row_of(key, branches[key]) for key in _in_order(branches, kinds)))


def _in_order(branches: Branches, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The branches by integration and kind; to sort the integrations alone takes less memory."""
    others = sorted({kind for _, kind in branches}.difference(kinds))
    for integration in sorted({integration for integration, _ in branches}, key=order_of):
        yield from (key for kind in (*kinds, *others) if (key := (integration, kind)) in branches)
