"""Inventories written by hand, for tests that hold one against another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiointegrator import Branch, CrawlReport, Gap, IntegrationSnapshot, IntegratorError
from aiointegrator.inventory import Inventory, InventoryWriter

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
Account = Mapping[str, Mapping[str, Sequence[Any]]]
"""By integration and kind, its records as dicts, or as bytes of JSON."""


def written(
    directory: Path,
    content: Account,
    /,
    *,
    kinds: Sequence[str] = ("flows", "ashares"),
    missing: Sequence[tuple[str, str]] = (),
    broken: bool = False,
    unreadable: Sequence[str] = (),
    unassigned: Mapping[str, Sequence[Any]] | None = None,
    records: Mapping[str, Any] | None = None,
    url: str = "https://x/v1",
    **options: Any,
) -> Inventory:
    """An inventory with this content: `missing` are branches that were refused, `broken` says that the list broke off,
    `unreadable` are integrations that were not to be had; `records` are the integrations themselves."""
    gaps = [Gap("integrations", None, "failed", 500, IntegratorError("broke off"))] if broken else []
    gaps += [Gap("integrations", one, "missing", 404, IntegratorError("no such one")) for one in unreadable]
    with InventoryWriter(directory, kinds, url, fresh=True, **options) as writer:
        for one, lists in content.items():
            found = {kind: None if (one, kind) in missing else list(lists.get(kind, ())) for kind in kinds}
            branches = tuple(
                Branch(kind, one, "denied" if rows is None else "read", len(rows or ()), 1, None if rows else "403")
                for kind, rows in found.items()
            )
            record = (records or {}).get(one, {"_id": one, "name": f"Integration {one}"})
            writer.write(IntegrationSnapshot(one, record, found, (), branches))
        if unassigned:
            writer.write_unassigned(unassigned)
        whole = not missing and not gaps
        report = CrawlReport(
            tuple(kinds), MOMENT, MOMENT, whole, {}, tuple(gaps), 1, 0, 0, options.get("plan", "integration")
        )
        writer.finish(report)
    return Inventory.open(directory)


def change_manifest(directory: Path, *, sealed: bool = False, **values: Any) -> None:
    """Write other values into a manifest, and leave out its digest, as in one of an older version; or `sealed` anew."""
    path = directory / "manifest.json"
    manifest = {key: value for key, value in json.loads(path.read_text()).items() if key != "sha256"} | values
    text = json.dumps(manifest, indent=1)
    path.write_text(seal(text) if sealed else text)


def seal(text: str) -> str:
    """A JSON object in several lines with the digest of itself as its last field, as README describes it."""
    before = text.rstrip().removesuffix("}").rstrip() + ",\n"
    return f'{before} "sha256": "{hashlib.sha256(before.encode("utf-8", "surrogateescape")).hexdigest()}"\n}}\n'
