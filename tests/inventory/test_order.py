"""The same account gives the same bytes in the same order, however its answers arrive; and every gap has its place."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from inventories import MOMENT

from aiointegrator import Branch, CrawlReport, Gap, IntegrationSnapshot, IntegratorClient, IntegratorError
from aiointegrator.inventory import Database, Inventory, InventoryWriter
from aiointegrator.inventory._store.json_lines import by_id
from aiointegrator.orchestrators import KINDS as ALL_KINDS
from aiointegrator.orchestrators import Plan
from aiointegrator.testing import FakeIntegrator

KINDS = ("flows", "ashares")


def snapshot(one: str, flows: Sequence[Any] | None, ashares: Sequence[Any] | None = ()) -> IntegrationSnapshot:
    found = {"flows": flows, "ashares": ashares}
    branches = tuple(
        Branch(kind, one, "denied" if rows is None else "read", len(rows or ()), 1, "403" if rows is None else None)
        for kind, rows in found.items()
    )
    records: Any = {kind: None if rows is None else list(rows) for kind, rows in found.items()}
    integration: Any = {"_id": one}
    return IntegrationSnapshot(one, integration, records, (), branches)


def report(*gaps: Gap, over: bool = True, kinds: Sequence[str] = KINDS) -> CrawlReport:
    return CrawlReport(tuple(kinds), MOMENT, MOMENT if over else None, over and not gaps, {}, gaps, 1, 0, 0)


def content(directory: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The bytes of the data files, and the manifest without what two crawls need not share."""
    manifest = json.loads((directory / "manifest.json").read_text())
    differ = ("started", "finished", "resumed", "sha256", "requests", "retries", "throttled")
    kept = {key: value for key, value in manifest.items() if key not in differ}
    return {path.name: path.read_bytes() for path in directory.glob("*.jsonl")}, kept


def ids(path: Path) -> list[tuple[Any, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [(line["integration"], line["data"].get("_id")) for line in lines]


def test_whatever_the_order_of_arrival(tmp_path: Path) -> None:
    """Of integrations, of their records, with and without resuming; the database has the order of the files."""
    chance, seen = random.Random(4), []
    account = {f"{n}x": [{"_id": f"{n}-{record}", "n": record} for record in "bca"] for n in range(9)}
    for number in range(6):
        out, names = tmp_path / str(number), list(account)
        chance.shuffle(names)
        stop = chance.randrange(len(names))
        with InventoryWriter(out, KINDS, "u") as writer:
            for one in names[:stop]:
                refused = chance.random() < 0.5
                writer.write(snapshot(one, None if refused else chance.sample(account[one], 3)))
        with InventoryWriter(out, KINDS, "u", resume=True) as writer:
            for one in names:
                if (one, "flows") not in writer.have:
                    writer.write(snapshot(one, chance.sample(account[one], 3)))
            writer.finish(report())
        seen.append(content(out))
        with Database(out) as base:
            rows = [(row["integration"], row["id"]) for row in base.rows("flows", ["integration", "id"])]
            assert rows == ids(out / "flows.jsonl")
    assert all(one == seen[0] for one in seen)
    assert ids(tmp_path / "0" / "integrations.jsonl") == [(one, one) for one in account]
    assert ids(tmp_path / "0" / "flows.jsonl") == [(one, f"{one[0]}-{r}") for one in account for r in "abc"]
    branches = seen[0][1]["branches"]
    assert [(row["integration"], row["kind"]) for row in branches] == [(one, kind) for one in account for kind in KINDS]


@pytest.mark.parametrize("plan", ["integration", "account"])
async def test_crawls_of_one_account(
    fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path, plan: Plan
) -> None:
    """One branch at a time, and all at once after the server has turned its lists round."""
    seen = []
    for at_once in (1, 32):
        crawl = client.crawl(kinds=ALL_KINDS, raw=True, at_once=at_once, plan=plan)
        with InventoryWriter(tmp_path / str(at_once), ALL_KINDS, client.base_url, plan=plan) as writer:
            async with crawl:
                async for one in crawl:
                    writer.write(one)
            writer.write_unassigned(crawl.unassigned)
            writer.finish(crawl.report)
        seen.append(content(tmp_path / str(at_once)))
        fake.account.integrations = dict(reversed(fake.account.integrations.items()))
        for lists in (fake.account.flows, fake.account.exports, fake.account.ashares):
            for records in lists.values():
                records.reverse()
    assert seen[0] == seen[1]
    assert json.loads(seen[0][0]["flows.jsonl"].splitlines()[0])["integration"] is None or plan == "integration"


def test_what_ids_may_be() -> None:
    """Text, also behind other fields and with escapes; numbers; and none at all, which come last as they came."""
    raw = [
        b'{"n":1}', b'{"_id":"b"}', b'{ "name" : {"_id":"a"}, "_id" : "c\\u0061" }', b'{"_id":null,"n":2}', b"[3]",
        b' {\n"_id": "\xc3\xa4"}', b'{"_id":7}', b'{"_id":""}', b'{"_id":"cz"}', b"{", b'{"_id":"\\ud800"}',
    ]  # fmt: skip
    wanted = [raw[i] for i in (7, 6, 1, 2, 8, 5, 10, 0, 3, 4, 9)]
    assert by_id(raw) == wanted
    plain = [json.loads(record) for record in raw if record != b"{"]
    assert by_id(plain) == [json.loads(record) for record in wanted[:-1]]
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"_id":"a"}'
    assert by_id([deep, b'{"_id":"b"}']) == [b'{"_id":"b"}', deep]


def test_sorting_takes_little_memory(tmp_path: Path) -> None:
    """Sixteen times the bytes, and no more than a little more at the peak."""
    peaks = []
    for size in (1_000, 16_000):
        with InventoryWriter(tmp_path / str(size), KINDS, "u") as writer:
            for number in random.Random(1).sample(range(400), 400):
                writer.write(snapshot(f"{number:05}", [{"_id": str(record), "x": "y" * size} for record in range(3)]))
            tracemalloc.start()
            writer.finish(report())
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_500_000


def test_a_kind_that_is_not_read_any_more_leaves_no_file(tmp_path: Path) -> None:
    """The records of an older crawl do not stand beside those of a new one."""
    for kinds in (("flows", "ashares"), ("ashares",)):
        with InventoryWriter(tmp_path, kinds, "u", fresh=True) as writer:
            writer.finish(report(kinds=kinds))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ashares.jsonl", "integrations.jsonl", "manifest.json"]


# Gaps


def test_every_gap_is_named_once(tmp_path: Path) -> None:
    """Branches and what is none, sorted; those of an earlier crawl too, and the database has each once."""
    broke = Gap("integrations", None, "failed", 500, IntegratorError("list broke"))
    absent = Gap("integrations", "m", "missing", 404, IntegratorError("no such one"))
    branch = Gap("flows", "z", "denied", 403, IntegratorError("403"))
    with InventoryWriter(tmp_path, KINDS, "u") as writer:
        writer.write(snapshot("z", None, None))
        writer.write(snapshot("b", [], None))
        writer.write(snapshot("a", []))
        writer.finish(report(absent, broke, branch, broke))
    wanted = [
        ("integrations", None, "failed", "list broke"),
        ("ashares", "b", "denied", "403"),
        ("integrations", "m", "missing", "no such one"),
        ("flows", "z", "denied", "403"),
        ("ashares", "z", "denied", "403"),
    ]
    inventory = Inventory.open(tmp_path)
    assert [(gap.kind, gap.integration_id, gap.reason, gap.error) for gap in inventory.gaps] == wanted
    assert not inventory.complete
    with Database(tmp_path) as base:
        rows = [(row["kind"], row["integration"], row["status"], row["error"]) for row in base.rows("gaps")]
        assert sorted(rows, key=str) == sorted(wanted, key=str)
    with InventoryWriter(tmp_path, KINDS, "u", resume=True) as writer:
        assert len(writer.have) == 3
        writer.write(snapshot("z", [], None))
        writer.finish(report())
    gaps = [(gap.kind, gap.integration_id) for gap in Inventory.open(tmp_path).gaps]
    assert gaps == [("ashares", "b"), ("ashares", "z")]


def test_a_crawl_that_was_left_has_a_gap(tmp_path: Path) -> None:
    """Whoever finishes it early gets no complete inventory, and nothing that is incomplete without a reason."""
    with InventoryWriter(tmp_path, KINDS, "u") as writer:
        writer.write(snapshot("a", []))
        writer.finish(report(over=False))
    inventory = Inventory.open(tmp_path)
    assert not inventory.complete
    assert [(gap.kind, gap.integration_id) for gap in inventory.gaps] == [("integrations", None)]
    assert "did not run to its end" in inventory.gaps[0].error
