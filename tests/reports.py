"""Inventories for the tests of the report: a plain one, and one in which every text that is shown wants to break out."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiointegrator import Branch, CrawlReport, IntegrationSnapshot
from aiointegrator.inventory import Inventory, InventoryWriter
from aiointegrator.orchestrators import KINDS
from aiointegrator.testing import FakeAccount, seeded_account

MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EVIL = (
    "<script>window.pwned=1;alert(1)</script>",
    '"><img src=x onerror="window.pwned=2">',
    "</style><script>window.pwned=3</script>",
    "</title></head><body onload=window.pwned=4>",
    "{{7*7}}{% raw %}{{ self }}",
    "javascript:window.pwned=5",
    '"><svg onload=window.pwned=6>',
    "' onmouseover='window.pwned=7' x='",
    "\u202egnp.exe\u2066\x00\x1b[31m\x07",
    "half \ud800 a character \udfff",
    "L" * 10_000,
    "%%{init: {'theme':'x'}}%% graph TD; click A href \"javascript:window.pwned=8\"; } subgraph",
    "<iframe src='https://evil.example/'></iframe><link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/><form action=https://evil.example/><meta http-equiv=refresh content=0;url=x:>",
    "--></script><!--<script>window.pwned=9</script>]]>",
    "&lt;script&gt; &amp; &#x27; &quot;",
    'https://evil.example/?q="onclick=window.pwned=10',
)
"""Names that a browser, a template, a terminal or a drawing would obey."""
_SHOWN = frozenset({
    "name", "description", "mode", "version", "tag", "_connectorId", "_parentId", "createdAt", "lastModified",
    "schedule", "adaptorType", "type", "email", "accessLevel", "lastSignIn", "branch",
})  # fmt: skip
"""Fields whose text the report shows, or could."""


def hostile_account() -> FakeAccount:
    """An account in which every text that a report could show is hostile, each of them in each place once."""
    account = seeded_account(6, flows=(3, 5), users=5)
    names = [*EVIL, None, 7, True, ["a", {"b": "<b>"}], {"x": "</script>"}, ""]
    serial = 0

    def worse(value: Any) -> Any:
        nonlocal serial
        if isinstance(value, list):
            return [worse(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {}
        for key, inside in value.items():
            serial += 1
            found[key] = names[serial % len(names)] if key in _SHOWN else worse(inside)
        return found

    for kind in KINDS:
        held: dict[str, list[Any]] = getattr(account, kind)
        for owner in held:
            held[owner] = [worse(record) for record in held[owner]]
    for number, record in enumerate(account.integrations.values()):
        record.update(worse(record))
        record["name"] = EVIL[number % len(EVIL)]
    return account


def written(
    place: Path,
    account: FakeAccount,
    *,
    kinds: Sequence[str] = KINDS,
    gaps: Collection[tuple[int, str]] = (),
    error: str = "403: you may not read this",
    base_url: str = "https://api.integrator.io/v1",
    scope: Any = "*",
    unassigned: bool = False,
) -> Inventory:
    """Write an account as a crawl does; `gaps` are the branches that were refused, by an integration's number."""
    info = {"user": "5f0000000000000000000001", "scope": scope}
    with InventoryWriter(place, kinds, base_url, account=info) as writer:
        for number, (one, record) in enumerate(account.integrations.items()):
            found: dict[str, Any] = {kind: account.records(kind, one) for kind in kinds if (number, kind) not in gaps}
            branches = tuple(
                Branch(kind, one, "read", len(found[kind]), 1, None)
                if kind in found
                else Branch(kind, one, "denied", 0, 0, error)
                for kind in kinds
            )
            writer.write(IntegrationSnapshot(one, record, found, (), branches))
        if unassigned:
            writer.write_unassigned(account.standalone)
        writer.finish(CrawlReport(tuple(kinds), MOMENT, MOMENT + timedelta(seconds=12), not gaps, {}, (), 21, 1, 0))
    return Inventory.open(place)


def later(account: FakeAccount) -> FakeAccount:
    """The same account some days later: something came, something went, something changed, rights first."""
    found = copy.deepcopy(account)
    flows = [flow for one in found.integrations for flow in found.flows[one]]
    flows[0]["name"] = f"{flows[0]['name']}, renamed"
    flows[1]["disabled"] = not flows[1].get("disabled")
    owner = next(one for one in found.integrations if found.flows[one])
    found.flows[owner].append(flows[0] | {"_id": "6f0000000000000000000009", "name": "New flow"})
    last = [one for one in found.integrations if found.imports[one]][-1]
    found.imports[last].pop()
    for shares in found.ashares.values():
        for share in shares[:1]:
            share["accessLevel"] = "monitor"
    return found
