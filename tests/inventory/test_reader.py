"""Reading an inventory: every record, typed or plain, and a typed error for whatever is wrong with the directory."""

from __future__ import annotations

import json
import pickle
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from inventories import change_manifest

from aiointegrator import ArgumentError, ConfigurationError, IntegratorClient
from aiointegrator.inventory import (
    Inventory,
    InventoryDamagedError,
    InventoryError,
    InventoryGapError,
    InventoryVersionError,
    InventoryWriter,
    NotAnInventoryError,
    access_of,
    graph_of,
    lint,
)
from aiointegrator.models import AShare, Connection, Export, Flow, Import, Integration
from aiointegrator.orchestrators import KINDS
from aiointegrator.testing import FakeIntegrator


@pytest.fixture
async def directory(fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path) -> Path:
    """An inventory of five integrations, whose second may not show its flows."""
    fake.deny("list_flows", list(fake.account.integrations)[1])
    out = tmp_path / "inventory"
    crawl = client.crawl(kinds=KINDS, raw=True)
    with InventoryWriter(out, KINDS, client.base_url) as writer:
        async with crawl:
            async for snapshot in crawl:
                writer.write(snapshot)
        writer.finish(crawl.report)
    return out


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket can be made."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)


def by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: record["_id"])


async def test_everything_that_was_read(fake: FakeIntegrator, directory: Path, offline: None) -> None:
    """Every record as the server sent it, in all and by integration, and what is missing by name; without a socket."""
    inventory = Inventory.open(str(directory))
    ids = list(fake.account.integrations)
    assert not inventory.complete
    assert inventory.kinds == KINDS
    assert inventory.manifest["base_url"] == f"{fake.url}/v1"
    assert [(gap.kind, gap.integration_id, gap.reason) for gap in inventory.gaps] == [("flows", ids[1], "denied")]
    assert len(inventory.branches) == 5 * 5
    assert sorted(one.id for one in inventory.integrations()) == sorted(ids)
    for kind in KINDS:
        for one in ids:
            if (kind, one) != ("flows", ids[1]):
                assert list(inventory.records(kind, one)) == by_id(fake.account.records(kind, one))
        assert inventory.counts[kind] == sum(1 for _ in inventory.records(kind))
    assert {json.loads(record)["_id"] for _, record in inventory.rows("integrations")} == set(ids)
    inventory.verify()


async def test_models(directory: Path) -> None:
    """Each kind has its own, and loses nothing."""
    inventory = Inventory.open(directory)
    models: dict[str, type[Any]] = {
        "integrations": Integration, "flows": Flow, "exports": Export, "imports": Import, "ashares": AShare,
        "connections": Connection,
    }  # fmt: skip
    for kind, model in models.items():
        found = list(inventory.records(kind, models=True))
        assert found
        assert {type(record) for record in found} == {model}
        assert [record.to_wire() for record in found] == list(inventory.records(kind))


async def test_a_gap_is_no_empty_list(fake: FakeIntegrator, directory: Path) -> None:
    """What was not read, what was not asked for, and what is not there are three errors."""
    inventory = Inventory.open(directory)
    with pytest.raises(InventoryGapError, match="denied"):
        inventory.records("flows", list(fake.account.integrations)[1])
    with pytest.raises(ArgumentError, match="no integration"):
        inventory.records("flows", "nobody")
    with pytest.raises(ArgumentError, match="--kinds"):
        inventory.records("scripts")
    with pytest.raises(ArgumentError, match="--kinds"):
        inventory.rows("../manifest")


async def test_a_directory_that_is_no_inventory(directory: Path, tmp_path: Path) -> None:
    """Nothing there, a file, an empty directory, and somebody else's manifest."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"name": "an app"}')
    for place, words in (
        (tmp_path / "nowhere", "no directory"),
        (directory / "flows.jsonl", "."),
        (tmp_path, "no manifest.json"),
        (tmp_path / "other", "something else"),
    ):
        with pytest.raises(InventoryError, match=words) as caught:
            Inventory.open(place)
        assert isinstance(caught.value, ConfigurationError)
    with pytest.raises(NotAnInventoryError):
        Inventory.open(tmp_path)


async def test_a_newer_form_is_refused(directory: Path) -> None:
    """By its version."""
    change_manifest(directory, schema=2)
    with pytest.raises(InventoryVersionError, match="schema 2"):
        Inventory.open(directory)


@pytest.mark.parametrize(
    "values",
    [
        {"complete": "yes"},
        {"kinds": ["../secrets"]},
        {"branches": [{"integration": "x"}]},
        {"branches": [1]},
        {"files": {"flows.jsonl": 3}},
        {"counts": None},
    ],
)
async def test_a_manifest_that_says_nonsense(directory: Path, values: dict[str, Any]) -> None:
    """Is an error that names it, whatever it says."""
    change_manifest(directory, **values)
    with pytest.raises(InventoryDamagedError, match=r"manifest\.json has no usable"):
        Inventory.open(directory)


async def test_a_manifest_that_is_cut_off(directory: Path) -> None:
    """As after a copy that broke."""
    content = (directory / "manifest.json").read_bytes()
    (directory / "manifest.json").write_bytes(content[: len(content) // 2])
    with pytest.raises(InventoryDamagedError, match="cut off"):
        Inventory.open(directory)


async def test_a_manifest_that_contradicts_itself(directory: Path) -> None:
    """Complete with gaps, and two numbers for one thing."""
    inventory = Inventory.open(directory)
    change_manifest(directory, complete=True)
    with pytest.raises(InventoryDamagedError, match="names what was not"):
        Inventory.open(directory)
    change_manifest(directory, complete=False, counts={**inventory.counts, "flows": 0})
    with pytest.raises(InventoryDamagedError, match="counts flows in two ways"):
        Inventory.open(directory)


async def test_a_half_copied_directory(directory: Path, tmp_path: Path) -> None:
    """Files that are missing and files that are cut off are named, all of them, and the error can be pickled."""
    (tmp_path / "copy").mkdir()
    shutil.copy(directory / "manifest.json", tmp_path / "copy")
    shutil.copy(directory / "flows.jsonl", tmp_path / "copy")
    with (tmp_path / "copy" / "flows.jsonl").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(InventoryDamagedError, match="copy the whole directory again") as caught:
        Inventory.open(tmp_path / "copy")
    problems = pickle.loads(pickle.dumps(caught.value)).problems
    assert len(problems) == 6
    assert problems[0] == f"{tmp_path / 'copy' / 'integrations.jsonl'} is missing"
    assert "100 bytes" in problems[1]


async def test_a_byte_that_changed(directory: Path) -> None:
    """Is found by the digest, and where it broke a record, by reading."""
    path = directory / "exports.jsonl"
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"data":{', b'"data":[', 1))
    inventory = Inventory.open(directory)
    with pytest.raises(InventoryDamagedError, match="sha256"):
        inventory.verify()
    with pytest.raises(InventoryDamagedError, match="line 1, holds no record"):
        list(inventory.records("exports"))
    path.write_bytes(content.replace(b'{"integration":', b'{"intxgration":', 1))
    for read in (lambda: inventory.records("exports"), lambda: inventory.rows("exports")):
        with pytest.raises(InventoryDamagedError, match="line 1, is not as a crawl writes it"):
            list(read())


async def test_a_last_line_that_is_cut_off(directory: Path) -> None:
    """Is never taken for a record, also where the manifest says nothing of sizes."""
    change_manifest(directory, files={})
    path = directory / "imports.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    inventory = Inventory.open(directory)
    with pytest.raises(InventoryDamagedError, match="is cut off"):
        list(inventory.records("imports"))
    with pytest.raises(InventoryDamagedError, match="its last line is cut off"):
        inventory.verify()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(InventoryDamagedError, match="records, and the manifest says"):
        list(inventory.records("imports"))


async def test_a_notebook_shows_it(directory: Path) -> None:
    """What there is and what is missing, and no text of the account is markup."""
    manifest = json.loads((directory / "manifest.json").read_text())
    for branch in manifest["branches"]:
        branch |= {"status": "denied", "error": "<script>alert(1)</script>\u202e\x9b"}
    change_manifest(directory, branches=manifest["branches"], gaps=[])
    shown = Inventory.open(directory)._repr_html_()
    assert "INCOMPLETE: 25 missing" in shown
    assert "and 5 more" in shown
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "&lt;/script&gt;\ufffd\ufffd" in shown
    assert repr(Inventory.open(directory)) == f"<Inventory {directory} incomplete>"


def test_an_inventory_answers_by_itself_what_the_functions_answer(directory: Path) -> None:
    """`.graph() .lint() .access() .diff()` give what `graph_of`, `lint`, `access_of` and `compare` give."""
    one = Inventory.open(directory)
    assert one.graph(depth=1) == graph_of(one, depth=1)
    assert list(one.lint(select=["unused-*"])) == list(lint(one, select=["unused-*"]))
    assert list(one.access()) == list(access_of(one)) != []
    assert list(one.diff(one)) == []


@pytest.mark.parametrize(
    ("change_of", "says"),
    [
        (lambda rows: rows[:-1], "names 24 branches of 25"),
        (lambda rows: [*rows, rows[0]], "names a branch twice"),
        (lambda rows: [{**row, "records": row["records"] + 90} for row in rows], "in its branches, and counts"),
    ],
)
def test_branches_that_cannot_be(directory: Path, change_of: Any, says: str) -> None:
    """A branch that is not named would look as if it were empty, so the directory is refused, and `check` says so."""
    rows = json.loads((directory / "manifest.json").read_text())["branches"]
    change_manifest(directory, branches=change_of(rows))
    with pytest.raises(InventoryDamagedError, match=says):
        Inventory.open(directory)


def test_a_manifest_of_null_is_there(directory: Path) -> None:
    """It is no manifest, and is not said to be missing."""
    (directory / "manifest.json").write_text("null")
    with pytest.raises(NotAnInventoryError, match="manifest of something else"):
        Inventory.open(directory)
