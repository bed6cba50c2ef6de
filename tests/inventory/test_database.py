"""`inventory.sqlite`: everything that the JSON Lines say, to be asked and not to be written."""

from __future__ import annotations

import json
import os
import sqlite3
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from inventories import change_manifest

from aiointegrator import ArgumentError, Branch, CrawlReport, Gap, IntegrationSnapshot, IntegratorError
from aiointegrator.inventory import (
    Database,
    Inventory,
    InventoryDamagedError,
    InventoryExistsError,
    InventoryWriteError,
    InventoryWriter,
    build_database,
    open_database,
)
from aiointegrator.inventory._sql import build as database_module
from aiointegrator.inventory._sql.build import _cell
from aiointegrator.inventory._store.lock import DirectoryLock
from aiointegrator.orchestrators import KINDS
from aiointegrator.testing import FakeAccount, seeded_account

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)


def written(directory: Path, account: FakeAccount, *, missing: tuple[str, str] | None = None) -> Path:
    """An inventory of an account, but for one branch."""
    gap = Gap("integrations", None, "failed", 500, IntegratorError("broke off"))
    with InventoryWriter(directory, KINDS, "https://x/v1", fresh=True) as writer:
        for one, record in account.integrations.items():
            found: dict[str, Any] = {k: None if (one, k) == missing else account.records(k, one) for k in KINDS}
            branches = tuple(
                Branch(k, one, "denied" if r is None else "read", len(r or ()), 1, "403" if r is None else None)
                for k, r in found.items()
            )
            writer.write(IntegrationSnapshot(one, record, found, (), branches))
        report = CrawlReport(KINDS, MOMENT, MOMENT, missing is None, {}, (gap,) if missing else (), 1, 0, 0)
        writer.finish(report)
    return directory


@pytest.fixture
def account() -> FakeAccount:
    return seeded_account(8, flows=(6, 8))


@pytest.fixture
def directory(tmp_path: Path, account: FakeAccount) -> Path:
    return written(tmp_path / "i", account)


def test_every_record_is_there_whole(directory: Path, account: FakeAccount) -> None:
    """Once for each line, byte for byte, with what one filters by beside it."""
    assert build_database(directory) == directory / "inventory.sqlite"
    assert sorted(p.name for p in directory.iterdir() if not p.name.endswith((".jsonl", ".json"))) == [
        "inventory.sqlite"
    ]
    inventory = Inventory.open(directory)
    with Database(directory) as base:
        for kind in ("integrations", *KINDS):
            rows = list(base.rows(kind))
            assert [(row["integration"], row["record"].encode()) for row in rows] == list(inventory.rows(kind))
        flows = {row["id"]: row for row in base.rows("flows")}
        for one in account.integrations:
            for flow in account.records("flows", one):
                row = flows[flow["_id"]]
                assert (row["name"], row["integration"], row["disabled"]) == (flow["name"], one, flow["disabled"])
                assert (row["enabled"], row["schedule"]) == (not flow["disabled"], flow.get("schedule"))
                assert row["last_modified"] == flow["lastModified"]
        share = next(base.rows("ashares", where="access_level IS NULL"))
        person = json.loads(share["record"])["sharedWithUser"]
        assert (share["name"], share["email"], share["user"]) == (person["name"], person["email"], person["_id"])
        assert share["granted_level"] in ("manage", "monitor")


def test_the_steps_of_flows(directory: Path, account: FakeAccount) -> None:
    """Generators, processors, routers and the old fields, with their connection: who uses this one, and is it enabled?"""
    with Database(directory) as base:
        rows = list(base.rows("flow_steps"))
        assert {row["role"] for row in rows} == {"generator", "processor", "legacy"}
        assert {row["branch"] for row in rows} == {None, "Domestic", "Everything else"}
        first = rows[0]
        flow = next(f for f in account.records("flows", first["integration"]) if f["_id"] == first["flow"])
        assert first["flow_name"] == flow["name"]
        assert first["integration_name"] == account.integrations[first["integration"]]["name"]
        connection = next(iter(account.all_connections))
        wanted = {
            (one, flow["_id"])
            for one in account.integrations
            for flow in account.records("flows", one)
            if not flow["disabled"] and connection in str(_connections(account, one, flow))
        }
        found = base.rows("flow_steps", where=f"connection = '{connection}' AND enabled")
        assert {(row["integration"], row["flow"]) for row in found} == wanted
        assert wanted


def _connections(account: FakeAccount, one: str, flow: dict[str, Any]) -> list[str]:
    steps = {s["_id"]: s["_connectionId"] for k in ("exports", "imports") for s in account.records(k, one)}
    return [connection for step, connection in steps.items() if step in json.dumps(flow)]


def test_used_by_and_access(directory: Path, account: FakeAccount) -> None:
    """Whatever refers to a thing; and what each person may do, the higher of the account's and the integration's level."""
    one = next(i for i in account.integrations if account.records("flows", i))
    export = account.records("exports", one)[0]["_id"]
    with Database(directory) as base:
        (row,) = base.rows("used_by", where=f"kind = 'exports' AND id = '{export}'")
        assert row["by_kind"] == "flows"
        assert row["path"] in ("pageGenerators[0]._exportId", "_exportId")
        rights = list(base.rows("access", where=f"integration = '{one}'"))
        assert {row["ashare"] for row in rights} == {share["_id"] for share in account.records("ashares", one)}
        assert {row["level"] for row in rights} <= {"administrator", "manage", "monitor"}
        assert all(row["integration_name"] == account.integrations[one]["name"] for row in rights)


@pytest.mark.parametrize(
    ("account_level", "granted", "level"),
    [
        ("monitor", "manage", "manage"),
        ("administrator", "monitor", "administrator"),
        (None, "monitor", "monitor"),
        ("manage", None, "manage"),
        ("something new", None, "something new"),
        (None, None, None),
    ],
)
def test_effective_access(
    tmp_path: Path, account: FakeAccount, account_level: str | None, granted: str | None, level: str | None
) -> None:
    """A level that is not known is data; none at all stays none."""
    one = next(iter(account.integrations))
    grants = [{"_integrationId": "other", "accessLevel": "x"}, {"_integrationId": one, "accessLevel": granted}]
    account.ashares[one] = [{"_id": "s", "accessLevel": account_level, "integrationAccessLevel": grants}]
    with Database(written(tmp_path / "i", account)) as base:
        (row,) = base.rows("access", where=f"integration = '{one}'")
        assert row["level"] == level


def test_gaps_are_rows(tmp_path: Path, account: FakeAccount) -> None:
    """Branches that were refused, and what is no branch."""
    one = next(iter(account.integrations))
    with Database(written(tmp_path / "i", account, missing=(one, "flows"))) as base:
        assert list(base.rows("gaps")) == [
            {"integration": one, "kind": "flows", "status": "denied", "error": "403"},
            {"integration": None, "kind": "integrations", "status": "failed", "error": "broke off"},
        ]


def test_search(directory: Path, account: FakeAccount) -> None:
    """By the beginnings of words, in any case, in names and descriptions; people by their address."""
    connection = next(iter(account.all_connections.values()))
    with Database(directory) as base:
        assert base.has_index
        words = connection["name"].split()
        found = list(base.search(" ".join(word[:4].upper() for word in words)))
        assert connection["_id"] in {row["id"] for row in found if row["kind"] == "connections"}
        assert {row["kind"] for row in base.search("ada.moreno@example")} == {"ashares"}
        assert len(list(base.search("orders", limit=2))) == 2
        assert list(base.search("nothinglikethis")) == []
        assert list(base.search('"NEAR( * ^orders')) == []
        with pytest.raises(ArgumentError, match="no word"):
            base.search(' -*" ')


def test_search_without_fts5(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads every name; the rest of the database is the same."""
    without = [statement.replace("fts5", "fts99") for statement in database_module.SEARCH_SQL]
    monkeypatch.setattr(database_module, "SEARCH_SQL", without)
    with Database(directory) as base:
        assert not base.has_index
        assert {row["kind"] for row in base.search("moreno ADA")} == {"ashares"}
        assert list(base.search("orders'; --")) == list(base.search("orders"))
        assert len(list(base.search("orders", limit=1))) == 1


@pytest.mark.parametrize(
    "where",
    [
        "1); DELETE FROM flows; --",
        "id IN (SELECT load_extension('x'))",
        "id IN (SELECT writefile('x', 'y'))",
        "1) UNION SELECT 1; --",
        "nonsense = 1",
        "(",
        "json_extract(record, '$[') = 1",
    ],
)
def test_a_condition_can_only_read(directory: Path, where: str) -> None:
    """Everything else is refused in one line, by the database itself."""
    with Database(directory) as base, pytest.raises(ArgumentError, match="refuses"):
        list(base.rows("flows", where=where))


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH 'x.sqlite' AS x",
        "DELETE FROM flows",
        "CREATE TEMP TABLE x (a)",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "VACUUM INTO 'x.sqlite'",
        "INSERT INTO search(search) VALUES ('rebuild')",
        "DROP VIEW access",
    ],
)
def test_a_connection_can_only_read(directory: Path, tmp_path: Path, statement: str) -> None:
    """Whatever it is asked, and the file stays as it is."""
    base = open_database(directory)
    before = (directory / "inventory.sqlite").read_bytes()
    with pytest.raises(sqlite3.DatabaseError):
        base.execute(statement)
    base.close()
    assert (directory / "inventory.sqlite").read_bytes() == before
    assert not list(tmp_path.glob("x*"))


def test_fields(directory: Path) -> None:
    """Columns, or paths into the record; what is neither is named."""
    with Database(directory) as base:
        row = next(base.rows("connections", ["id", "queues[0].name"]))
        assert row["queues[0].name"] == "default"
        for kind, field in (("flows", "a'b"), ("flows", "$.x"), ("access", "nothing"), ("flows", "id; --")):
            with pytest.raises(ArgumentError, match="no field"):
                base.rows(kind, [field])
        with pytest.raises(ArgumentError, match="flow_steps"):
            base.rows("sqlite_master")


def test_a_database_of_another_inventory_is_made_anew(tmp_path: Path, account: FakeAccount) -> None:
    """As is one that is damaged; one that fits is left alone."""
    directory = written(tmp_path / "i", account)
    open_database(directory).close()
    path = directory / "inventory.sqlite"
    made = path.stat().st_ino
    open_database(directory).close()
    assert path.stat().st_ino == made
    old = path.read_bytes()
    account.flows = {}
    written(directory, account)
    assert not path.exists()  # a new inventory never stands beside an old database
    path.write_bytes(old)
    with Database(directory) as base:
        assert list(base.rows("flows")) == []
    path.write_bytes(b"no database")
    with Database(directory) as base:
        assert len(list(base.rows("integrations"))) == 8


def test_odd_values_are_kept(tmp_path: Path, account: FakeAccount) -> None:
    """Half a character, a number that SQLite cannot hold, an object for a name, a record without an id."""
    one = next(iter(account.integrations))
    account.flows[one] = [{"_id": "a", "name": "\ud800"}, {"name": {"x": 1}, "schedule": 1 << 70, "sharedWithUser": 3}]
    account.ashares[one] = [{"_id": "s", "sharedWithUser": "x", "integrationAccessLevel": [3]}]
    with Database(written(tmp_path / "i", account)) as base:
        rows = list(base.rows("flows", where=f"integration = '{one}'"))
        assert [row["name"] for row in rows] == ["\\ud800", '{"x":1}']
        assert rows[1]["schedule"] == str(1 << 70)
        assert json.loads(rows[0]["record"])["name"] == "\ud800"
        assert next(base.rows("ashares", where="id = 's'"))["name"] is None
    assert [_cell(value) for value in (None, True, 1.5, "ä", [1])] == [None, True, 1.5, "ä", "[1]"]


def test_a_record_that_is_none_leaves_no_database(directory: Path) -> None:
    """Nothing half made has the name."""
    change_manifest(directory, files={})
    lines = (directory / "flows.jsonl").read_bytes().splitlines(keepends=True)
    lines[-1] = b'{"integration":"x","data":[1]}\n'
    (directory / "flows.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(InventoryDamagedError, match="no record"):
        build_database(directory)
    assert not list(directory.glob("*sqlite*")) + list(directory.glob(".*"))


@pytest.mark.parametrize("breaking", [lambda *_: os.close(10**6), lambda *_: sqlite3.connect("/nowhere/x")])
def test_a_full_disk_leaves_no_database(
    directory: Path, monkeypatch: pytest.MonkeyPatch, breaking: Callable[..., Any]
) -> None:
    """And the error says that the inventory is whole."""
    monkeypatch.setattr(database_module, "seal", breaking)
    with pytest.raises(InventoryWriteError, match="the inventory itself is whole"):
        build_database(directory)
    assert not list(directory.glob("*sqlite*")) + list(directory.glob(".*"))


def test_one_writer_at_a_time(directory: Path) -> None:
    """Another one is told to wait, crawl or database."""
    lock = DirectoryLock(directory)
    with pytest.raises(InventoryExistsError, match="wait for it"):
        build_database(directory)
    with pytest.raises(InventoryExistsError, match="wait for it"), InventoryWriter(directory, KINDS, "u", fresh=True):
        pass
    lock.close()
    build_database(directory)
    assert (directory / "inventory.sqlite").exists()


def test_memory_does_not_grow_with_the_account(tmp_path: Path) -> None:
    """Four times the records, and no more than a little more at the peak."""
    peaks = []
    for number in (40, 160):
        directory = written(tmp_path / str(number), seeded_account(number, record_bytes=500))
        tracemalloc.start()
        build_database(directory)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 3_000_000
