"""A tool that is not ours reads the directory as README says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aiointegrator import IntegratorClient
from aiointegrator.inventory import InventoryWriter
from aiointegrator.testing import FakeIntegrator

README = Path(__file__).resolve().parents[2] / "README.md"
KINDS = ("flows",)


async def test_duckdb_reads_the_json_lines(
    fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the very statement that README shows."""
    crawl = client.crawl(kinds=KINDS, raw=True)
    with InventoryWriter(tmp_path / "inventory", KINDS, client.base_url) as writer:
        async with crawl:
            async for snapshot in crawl:
                writer.write(snapshot)
        writer.finish(crawl.report)
    found = re.search(r"    (SELECT .*?)\n\n", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found is not None
    assert "read_json" in found[1]
    monkeypatch.chdir(tmp_path)
    rows: list[Any] = duckdb.sql(found[1]).fetchall()
    wanted = [
        (one, f["name"])
        for one in fake.account.integrations
        for f in fake.account.records("flows", one)
        if f["disabled"]
    ]
    assert wanted
    assert sorted(rows) == sorted(wanted)
