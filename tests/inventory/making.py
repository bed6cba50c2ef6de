"""Inventories made by hand, of exactly what a test needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiointegrator import Branch, CrawlReport, Gap, IntegrationSnapshot, IntegratorError
from aiointegrator.inventory import Inventory, InventoryWriter
from aiointegrator.orchestrators import KINDS, Plan

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
Records = Mapping[str, Sequence[Mapping[str, Any]]]


def make(
    directory: Path,
    integrations: Mapping[str, Records],
    *,
    records: Mapping[str, Mapping[str, Any]] = {},
    kinds: Sequence[str] = KINDS,
    missing: Collection[tuple[str, str]] = (),
    unassigned: Records | None = None,
    listing_breaks: bool = False,
) -> Inventory:
    """An inventory.

    Args:
        directory: where it is made.
        integrations: by id and kind, the records.
        records: by id, fields of the integrations themselves.
        kinds: what the crawl asked for.
        missing: integration and kind of what could not be read.
        unassigned: what belongs to no integration; None: the plan does not read it.
        listing_breaks: the list of integrations was not read to its end.
    """
    plan: Plan = "integration" if unassigned is None else "account"
    with InventoryWriter(directory, kinds, "https://x/v1", fresh=True, plan=plan) as writer:
        for one, own in integrations.items():
            found: dict[str, Any] = {
                kind: None if (one, kind) in missing else list(own.get(kind, ())) for kind in kinds
            }
            branches = tuple(
                Branch(kind, one, "denied" if r is None else "read", len(r or ()), 1, "403" if r is None else None)
                for kind, r in found.items()
            )
            record: Any = {"_id": one, "name": f"name of {one}", **records.get(one, {})}
            writer.write(IntegrationSnapshot(one, record, found, (), branches))
        writer.write_unassigned({kind: list(rows) for kind, rows in (unassigned or {}).items()})
        gaps = (Gap("integrations", None, "failed", 500, IntegratorError("broke off")),) if listing_breaks else ()
        complete = not missing and not listing_breaks
        writer.finish(CrawlReport(tuple(kinds), MOMENT, MOMENT, complete, {}, gaps, 1, 0, 0, plan=plan))
    return Inventory.open(directory)
