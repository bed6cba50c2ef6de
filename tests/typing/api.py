"""What the types promise; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

from aiointegrator import (
    CrawlReport,
    Gap,
    IntegrationChanges,
    IntegrationSnapshot,
    IntegratorClient,
    Pager,
    RateLimit,
    Reply,
    Request,
    RetryPolicy,
    Timeouts,
)
from aiointegrator.inventory import (
    Comparison,
    ComparisonSummary,
    Database,
    FieldChange,
    Finding,
    Graph,
    Inventory,
    InventoryGap,
    NotChecked,
    RecordChange,
    Redaction,
    Right,
    UnknownPart,
    access_of,
    compare,
    export,
    graph_of,
    lint,
    not_checked,
    write_report,
)
from aiointegrator.models import (
    AShare,
    AuditEntry,
    Export,
    Flow,
    Grouping,
    Import,
    Integration,
    Items,
    Revision,
    TokenInfo,
)
from aiointegrator.models.install_step import InstallStep


async def read() -> None:
    async with IntegratorClient("token", rate_limit=RateLimit(rate=100), retry=RetryPolicy(attempts=3)) as client:
        async for integration in client.integrations.list(include=["name"], limit=10):
            assert_type(integration, Integration)
            assert_type(integration.id, str)
            assert_type(integration.name, str | None)
            assert_type(client.integrations.list_flows(integration.id), Pager[Flow])
            assert_type(await client.integrations.list_flows(integration.id), list[Flow])
            assert_type(await client.integrations.list_audit(integration.id, from_="2026-01-01"), list[AuditEntry])
            assert_type(await client.integrations.list_ashares(integration.id).plain(), list[dict[str, Any]])
            assert_type(await client.integrations.list_flows(integration.id).raw(), list[bytes])
        async for page in client.integrations.list_exports("1").pages():
            assert_type(page, Items[Export])
        assert_type(await client.token_info(), TokenInfo)
        assert_type(await client.request("GET", "/v1/flows"), Reply)


async def write() -> None:
    client = IntegratorClient(lambda: "token", timeout=Timeouts(read=5), rate_limit=None)
    created = await client.integrations.create({"name": "x"}, timeout=3.0, headers={"X-A": "b"}, query={"a": 1})
    assert_type(created, Integration)
    assert_type(await client.integrations.replace(created.id, created, keep_read_only=True), Integration | None)
    assert_type(await client.integrations.create_snapshot("1", description="x"), Revision | None)
    assert_type(await client.integrations.submit_install_step("1", {}), Items[InstallStep])
    assert_type(await client.integrations.update("1", name="y"), Integration | None)
    assert_type(client.with_options(read_only=True, timeout=3), IntegratorClient)


async def update(client: IntegratorClient) -> None:
    """Each line with an ignore must be an error for both readers, and no other."""
    group = Grouping(_id="g", name="Nightly")
    stored = await client.integrations.update("1", name="y", flow_groupings=[group], timeout=3.0)
    assert_type(stored, Integration | None)
    assert_type(await client.integrations.update("1", flowGroupings=[{"name": "Nightly"}]), Integration | None)
    assert_type(await client.integrations.update("1", dry_run=True, settings={"a": [1]}, tag=None), Request)
    assert_type(
        await client.integrations.update("1", extra={"newField": 1}, update_in_progress=True), Integration | None
    )
    changes: IntegrationChanges = {"name": "y", "settingsForm": {}, "retry": RetryPolicy(attempts=1)}
    await client.integrations.update("1", **changes)
    await client.integrations.update("1", nmae="x")  # type: ignore[call-overload]  # wrong on purpose
    await client.integrations.update("1", numFlows=1)  # type: ignore[call-overload]  # wrong on purpose
    await client.integrations.update("1", name=5)  # type: ignore[call-overload]  # wrong on purpose
    await client.integrations.update("1", sandbox="yes")  # type: ignore[call-overload]  # wrong on purpose
    await client.integrations.update("1", flow_groupings={"name": "x"})  # type: ignore[call-overload]  # wrong on purpose
    await client.integrations.update("1", flowGroupings=[5])  # type: ignore[list-item]
    await client.integrations.update("1", extra=["newField"])  # type: ignore[call-overload]  # wrong on purpose
    await client.integrations.update("1", name="x", timeout="3")  # type: ignore[call-overload]  # wrong on purpose
    wrong: IntegrationChanges = {"nmae": "x"}  # type: ignore[typeddict-unknown-key]
    await client.integrations.update("1", **wrong)


async def crawl(client: IntegratorClient) -> None:
    async with client.crawl(kinds=("flows",), at_once=4) as crawl:
        async for snapshot in crawl:
            assert_type(snapshot, IntegrationSnapshot)
            assert_type(snapshot.flows, list[Flow] | None)
            assert_type(snapshot.imports, list[Import] | None)
            assert_type(snapshot.ashares, list[AShare] | None)
            assert_type(snapshot.gaps, tuple[Gap, ...])
        assert_type(crawl.complete, bool)
        assert_type(crawl.report, CrawlReport)


def read_from_disk() -> None:
    inventory = Inventory.open("inventory")
    assert_type(inventory.integrations(), Iterator[Integration])
    assert_type(inventory.records("flows", models=True), Iterator[Flow])
    assert_type(inventory.records("exports", "1", models=True), Iterator[Export])
    assert_type(inventory.records("imports"), Iterator[dict[str, Any]])
    assert_type(inventory.gaps, tuple[InventoryGap, ...])
    assert_type(graph_of(inventory, start=("connections", "1"), direction="used-by"), Graph)
    assert_type(lint(inventory, select=["unused-*"]), Iterator[Finding])
    assert_type(not_checked(inventory), tuple[NotChecked, ...])
    assert_type(access_of(inventory, user="a@b.c"), Iterator[Right])
    assert_type(inventory.graph(start=("connections", "1")), Graph)
    assert_type(inventory.lint(), Iterator[Finding])
    assert_type(inventory.access(), Iterator[Right])
    assert_type(inventory.diff(inventory), Comparison)


def hand_over(inventory: Inventory) -> None:
    redaction = Redaction(users=True, key=b"0123456789abcdef")
    assert_type(redaction.record({"token": "x"}), dict[str, Any])
    assert_type(redaction.text("x"), str)
    assert_type(redaction.note, str | None)
    assert_type(export(inventory, "there", "csv", redaction, kinds=["flows"], fresh=True), tuple[Path, ...])
    assert_type(Database("inventory", redaction=redaction).search("x"), Iterator[dict[str, Any]])


def compare_on_disk() -> None:
    comparison = compare(Inventory.open("a"), Inventory.open("b"), ignore=["lastModified"], everything=False)
    assert_type(comparison.unknown, tuple[UnknownPart, ...])
    assert_type(comparison.summary, ComparisonSummary)
    for change in comparison:
        assert_type(change, RecordChange)
        assert_type(change.redacted(Redaction()), RecordChange)
        assert_type(change.fields, tuple[FieldChange, ...])


def report(inventory: Inventory) -> None:
    assert_type(write_report(inventory, "report.html", compare_with=inventory, redaction=None, fresh=True), Path)
    write_report(inventory, Path("report.html"), redaction=Redaction(users=True))
