"""What a crawl leaves on disk: whole, or not under its name."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aiointegrator import Branch, CrawlReport, Gap, IntegrationSnapshot, IntegratorError
from aiointegrator.inventory import (
    Inventory,
    InventoryExistsError,
    InventoryMismatchError,
    InventoryWriteError,
    InventoryWriter,
    Redaction,
)
from aiointegrator.inventory._store.files import GrowingFile

MOMENT = datetime(2026, 11, 24, 1, 2, 3, 4000, tzinfo=UTC)
KINDS = ("flows", "exports")


def report(*gaps: Gap) -> CrawlReport:
    counts = {"integrations": 2, "flows": 4, "exports": 0}
    return CrawlReport(KINDS, MOMENT, MOMENT, not gaps, counts, gaps, 5, 1, 0)


def snapshot(number: int = 1, **records: Any) -> IntegrationSnapshot:
    found = {"flows": [{"_id": "f", "n": 1.0}, {"_id": "g"}], "exports": None} | records
    branches = (
        Branch("flows", f"i{number}", "read", 2, 1, None),
        Branch("exports", f"i{number}", "denied", 0, 0, "403"),
    )
    integration: Any = {"_id": f"i{number}", "name": "Ä\u2028"}
    return IntegrationSnapshot(f"i{number}", integration, found, (), branches)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def test_the_files_are_as_the_contract_says(tmp_path: Path) -> None:
    """One record a line, one branch for every integration and kind, and nothing else in the directory."""
    gap = Gap("integrations", None, "failed", 500, IntegratorError("list broke"))
    account = {"user": "u", "scope": "*"}
    with InventoryWriter(tmp_path / "a" / "b", KINDS, "https://x/v1", account=account) as writer:
        writer.write(snapshot(1))
        writer.write(snapshot(2))
        assert not any(not path.name.startswith(".") for path in writer.directory.iterdir())
        manifest = writer.finish(report(gap))
    directory = tmp_path / "a" / "b"
    assert sorted(p.name for p in directory.iterdir()) == [
        "exports.jsonl",
        "flows.jsonl",
        "integrations.jsonl",
        "manifest.json",
    ]
    assert lines(directory / "flows.jsonl")[0] == {"integration": "i1", "data": {"_id": "f", "n": 1.0}}
    assert lines(directory / "integrations.jsonl")[1] == {"integration": "i2", "data": {"_id": "i2", "name": "Ä\u2028"}}
    assert lines(directory / "exports.jsonl") == []
    said = json.loads(manifest.read_text())
    assert said.pop("branches") == [
        {"integration": i, "kind": kind, "status": status, "records": n, "pages": p, "error": error}
        for i in ("i1", "i2")
        for kind, status, n, p, error in (("flows", "read", 2, 1, None), ("exports", "denied", 0, 0, "403"))
    ]
    content = manifest.read_bytes()
    assert said.pop("sha256") == hashlib.sha256(content[: content.index(b' "sha256": ', -90)]).hexdigest()
    files = said.pop("files")
    assert list(files) == ["integrations.jsonl", "flows.jsonl", "exports.jsonl"]
    for name, described in files.items():
        content = (directory / name).read_bytes()
        assert described == {
            "records": content.count(b"\n"),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    assert said == {
        "schema": 1,
        "complete": False,
        "base_url": "https://x/v1",
        "account": {"user": "u", "scope": "*"},
        "resumed": [],
        "started": "2026-11-24T01:02:03.004Z",
        "finished": "2026-11-24T01:02:03.004Z",
        "plan": "integration",
        "kinds": ["flows", "exports"],
        "counts": {"integrations": 2, "flows": 4, "exports": 0},
        "requests": 5,
        "retries": 1,
        "throttled": 0,
        "duplicates": 0,
        "gaps": [
            {"integration": None, "kind": "integrations", "status": "failed", "error": "list broke"},
            {"integration": "i1", "kind": "exports", "status": "denied", "error": "403"},
            {"integration": "i2", "kind": "exports", "status": "denied", "error": "403"},
        ],
    }


def test_an_empty_account_has_a_manifest_too(tmp_path: Path) -> None:
    """And valid JSON."""
    with InventoryWriter(tmp_path, KINDS, "https://x/v1") as writer:
        assert json.loads(writer.finish(report()).read_text())["branches"] == []


def test_raw_records_stand_on_one_line(tmp_path: Path) -> None:
    """As they came, but for the line breaks between their values."""
    raw = b'{\r\n "_id": "f",\n "name": "a\\nb", "n": 1.0, "n": 2\n}'
    with InventoryWriter(tmp_path, KINDS, "u") as writer:
        writer.write(snapshot(1, flows=[raw, b'{"_id":"g"}']))
        writer.finish(report())
    text = (tmp_path / "flows.jsonl").read_bytes()
    assert text.splitlines() == [
        b'{"integration":"i1","data":{   "_id": "f",  "name": "a\\nb", "n": 1.0, "n": 2 }}',
        b'{"integration":"i1","data":{"_id":"g"}}',
    ]
    assert lines(tmp_path / "flows.jsonl")[0]["data"] == json.loads(raw)


def test_lone_surrogates_are_kept(tmp_path: Path) -> None:
    """JSON can say them, UTF-8 cannot."""
    with InventoryWriter(tmp_path, KINDS, "u") as writer:
        writer.write(snapshot(1, flows=[{"name": "\ud800"}]))
        writer.finish(report())
    assert lines(tmp_path / "flows.jsonl")[0]["data"] == {"name": "\ud800"}


def test_leaving_without_finishing_leaves_nothing_under_a_final_name(tmp_path: Path) -> None:
    """An interrupted run is never mistaken for a complete one; what it wrote is kept, and nothing where that is nothing."""
    with pytest.raises(KeyboardInterrupt), InventoryWriter(tmp_path, KINDS, "u") as writer:
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), InventoryWriter(tmp_path, KINDS, "u") as writer:
        writer.write(snapshot())
        raise KeyboardInterrupt
    assert writer.resumable
    assert {path.name for path in tmp_path.iterdir()} == {
        ".journal",
        ".integrations.jsonl.part",
        ".flows.jsonl.part",
        ".exports.jsonl.part",
    }


def test_an_inventory_that_is_there_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    """Leftovers without a journal are; the error says what to do."""
    (tmp_path / ".flows.jsonl.part").write_text("left over")
    for fresh in (False, True):
        with InventoryWriter(tmp_path, KINDS, "u", fresh=fresh) as writer:
            writer.finish(report())
    with pytest.raises(InventoryExistsError, match="--fresh"), InventoryWriter(tmp_path, KINDS, "u"):
        pass
    assert (tmp_path / "manifest.json").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """As every other refusal of the system."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InventoryWriteError, match="file"), InventoryWriter(tmp_path / "file", KINDS, "u"):
        pass


@pytest.mark.parametrize("moment", ["write", "sync", "rename"])
def test_a_full_disk_leaves_no_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Whenever it happens, and the old manifest is gone before the first new file has its name.

    What was written is kept, and once there is room again the crawl is finished from it.
    """

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with InventoryWriter(tmp_path, KINDS, "u") as writer:
        writer.finish(report())
    with pytest.raises(InventoryWriteError, match="No space left"):
        with InventoryWriter(tmp_path, KINDS, "u", fresh=True) as writer:
            if moment == "write":
                monkeypatch.setattr(GrowingFile, "add", full)
            elif moment == "sync":
                monkeypatch.setattr(GrowingFile, "sync", full)
            else:
                monkeypatch.setattr(Path, "replace", full)
            writer.write(snapshot())
            writer.finish(report())
    assert (tmp_path / "manifest.json").exists() is (moment != "rename")
    assert writer.resumable is (moment != "write")
    monkeypatch.undo()
    with InventoryWriter(tmp_path, KINDS, "u", resume=True) as writer:
        assert writer.nothing_to_do is (moment == "write")  # the old inventory, which is complete
        if moment != "write":
            assert writer.have == {("i1", "flows")}
            writer.finish(report())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    Inventory.open(tmp_path).verify()


def test_a_system_that_cannot_sync_directories_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems refuse it."""
    original = os.fsync

    def refusing(handle: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(22, "Invalid argument")
        original(handle)

    monkeypatch.setattr(os, "fsync", refusing)
    with InventoryWriter(tmp_path, KINDS, "u") as writer:
        assert writer.finish(report()).exists()


def test_what_is_redacted_stays_so(tmp_path: Path) -> None:
    """Errors of the whole crawl too; and where its gaps were being read, nobody goes on without the redaction."""
    hidden = Redaction()
    gap = Gap("integrations", None, "failed", 500, IntegratorError("at ?token=abcdef"))
    with InventoryWriter(tmp_path, KINDS, "u", redaction=hidden) as writer:
        writer.write(snapshot(1, flows=[{"_id": "f", "token": "abcdef"}, {"_id": "g"}]))
        writer.finish(report(gap))
    assert "abcdef" not in (tmp_path / "manifest.json").read_text()
    assert "[redacted " in (tmp_path / "manifest.json").read_text()
    with (
        pytest.raises(KeyboardInterrupt),
        InventoryWriter(tmp_path, KINDS, "u", redaction=hidden, resume=True) as writer,
    ):
        writer.write(snapshot(2))
        raise KeyboardInterrupt
    assert (tmp_path / ".journal").exists()
    with pytest.raises(InventoryMismatchError, match="redaction: secrets by key"):
        InventoryWriter(tmp_path, KINDS, "u", resume=True).__enter__()
    with InventoryWriter(tmp_path, KINDS, "u", redaction=hidden, resume=True) as writer:
        assert writer.counts["integrations"] == 2
        writer.finish(report())
