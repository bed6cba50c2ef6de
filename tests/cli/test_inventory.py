"""`aiointegrator inventory`: what is shown of a directory, where, and without a socket."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from inventory.making import make

from aiointegrator import Branch, CrawlReport, IntegrationSnapshot
from aiointegrator.cli import run
from aiointegrator.cli.commands.inventory import app as inventory_module
from aiointegrator.inventory import InventoryWriter
from aiointegrator.inventory._sql import build as database_module
from aiointegrator.orchestrators import DEFAULT_KINDS, KINDS
from aiointegrator.testing import FakeAccount, seeded_account

ROOT = Path(__file__).resolve().parents[2]
MOMENT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def account() -> FakeAccount:
    return seeded_account(5, flows=(4, 6))


@pytest.fixture
def directory(tmp_path: Path, account: FakeAccount, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inventory with a hostile name in it; from then on no socket can be made."""
    next(iter(account.integrations.values()))["name"] = "evil \x1b[31m name"
    with InventoryWriter(tmp_path / "i", KINDS, "https://x/v1") as writer:
        for one, record in account.integrations.items():
            found: dict[str, Any] = {kind: account.records(kind, one) for kind in KINDS}
            branches = tuple(Branch(kind, one, "read", len(records), 1, None) for kind, records in found.items())
            writer.write(IntegrationSnapshot(one, record, found, (), branches))
        writer.finish(CrawlReport(KINDS, MOMENT, MOMENT, True, {}, (), 1, 0, 0))

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    return tmp_path / "i"


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[list[str], str]:
    assert run(["inventory", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return out.splitlines(), err


def test_an_overview(directory: Path, account: FakeAccount, capsys: pytest.CaptureFixture[str]) -> None:
    """How much there is of each kind, as JSON Lines in a pipe."""
    rows = [json.loads(line) for line in said(capsys, "show", directory)[0]]
    assert rows[0] == {"kind": "integrations", "records": 5, "gaps": 0}
    assert {row["kind"]: row["records"] for row in rows[1:]} == {kind: account.total(kind) for kind in KINDS}
    assert said(capsys, "show", directory, "-o", "table")[0][0].split() == ["KIND", "RECORDS", "GAPS"]


def test_records_are_the_lines_of_the_files(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As they are on disk, unless fields are asked for."""
    lines, _ = said(capsys, "show", directory, "exports")
    assert lines == (directory / "exports.jsonl").read_text().splitlines()
    lines, _ = said(capsys, "show", directory, "flows", "--fields", "id,name", "--fields", "timezone", "--limit", 2)
    assert [list(json.loads(line)) for line in lines] == [["id", "name", "timezone"]] * 2
    lines, _ = said(capsys, "show", directory, "connections", "--fields", "queues[0].name", "--limit", 1)
    assert json.loads(lines[0]) == {"queues[0].name": "default"}
    lines, _ = said(capsys, "show", directory, "used_by", "--limit", 1)
    assert "by_kind" in json.loads(lines[0])


def test_conditions(directory: Path, account: FakeAccount, capsys: pytest.CaptureFixture[str]) -> None:
    """In SQL, that can read and nothing else."""
    disabled = sum(flow["disabled"] for one in account.integrations for flow in account.records("flows", one))
    assert disabled
    assert len(said(capsys, "show", directory, "flows", "--where", "not enabled -- a remark")[0]) == disabled
    for where in ("1); attach 'x' as y; --", "nonsense", "id in (select load_extension('x'))"):
        lines, err = said(capsys, "show", directory, "flows", "--where", where, code=2)
        assert not lines
        assert err.count("\n") == 1
    said(capsys, "show", directory, "flowz", code=2)
    said(capsys, "show", directory, "flows", "--fields", "nam'e", code=2)
    said(capsys, "show", directory, "flows", "--limit", 0, code=2)
    said(capsys, "show", directory, "--where", "1", code=2)


def test_tables(
    directory: Path, account: FakeAccount, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Show what matters of each kind, cleaned for a terminal, and say where they end."""
    for kind in (*inventory_module.SHOWN, "gaps"):
        said(capsys, "show", directory, kind, "-o", "table")
    lines, err = said(capsys, "show", directory, "integrations", "-o", "table")
    assert len(lines) == 6
    assert err == "5 rows\n"
    assert "\x1b" not in "".join(lines)
    monkeypatch.setattr(inventory_module, "TABLE_ROWS", 3)
    lines, err = said(capsys, "show", directory, "integrations", "-o", "table")
    assert len(lines) == 4
    assert err == "the first 3 rows; --limit shows more\n"
    lines, err = said(capsys, "show", directory, "integrations", "-o", "table", "--limit", 4)
    assert (len(lines), err) == (5, "4 rows\n")


def test_search(directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Finds by the beginnings of words; where the index is missing, it says so and finds as well."""
    lines, err = said(capsys, "search", directory, "ada mor")
    assert json.loads(lines[0])["name"] == "Ada Moreno"
    assert not err
    said(capsys, "search", directory, "--", "-*", code=2)
    (directory / "inventory.sqlite").unlink()
    without = [statement.replace("fts5", "fts99") for statement in database_module.SEARCH_SQL]
    monkeypatch.setattr(database_module, "SEARCH_SQL", without)
    lines, err = said(capsys, "search", directory, "ada mor")
    assert json.loads(lines[0])["name"] == "Ada Moreno"
    assert "no FTS5" in err


def test_what_was_not_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And never taken for none; a field that nothing has is named, and so is finding nothing."""
    flow, export = {"_id": "f", "_exportId": "e"}, {"_id": "e", "_connectionId": "c"}
    records = {"flows": [flow], "exports": [export]}
    place = make(tmp_path / "i", {"i": records, "j": {}}, kinds=DEFAULT_KINDS, missing=[("j", "flows")]).directory
    for view in ("flow_steps", "used_by"):
        lines, err = said(capsys, "show", place, view, "--where", "0")
        assert not lines
        assert "nothing found" in err
        assert "note: connections were not read" in err
        assert "note: 1 branch could not be read; see gaps" in err
    assert "not read" not in said(capsys, "show", place, "ashares")[1]
    assert "connections were not read" in said(capsys, "show", place, "connections")[1]
    assert "has nmae, which" in said(capsys, "show", place, "flows", "--fields", "id,nmae,_exportId")[1]
    assert "nothing found" in said(capsys, "search", place, "zzz")[1]
    for options in (("access", place, "--uses"), ("graph", place, "--from")):
        assert "connections were not read" in said(capsys, *options, "connection:Shop", code=2)[1]
        assert "connection:Zendesk legacy" in said(capsys, *options, "Zendesk legacy", code=2)[1]
    assert "e" in "".join(said(capsys, "graph", place, "--from", "connection:c", "--direction", "used-by")[0])
    said(capsys, "access", place, "--uses", "connection:c")


def test_check(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 where everything is as it was written; 1 and everything that is wrong."""
    lines, _ = said(capsys, "check", directory)
    assert lines[0].startswith("whole: 5 integrations")
    assert lines[1].startswith("complete")
    content = (directory / "flows.jsonl").read_bytes()
    (directory / "flows.jsonl").write_bytes(content.replace(b"false", b"true ", 1))
    assert "sha256" in said(capsys, "check", directory, code=1)[1]
    (directory / "flows.jsonl").unlink()
    assert "flows.jsonl is missing" in said(capsys, "check", directory, code=1)[1]


@pytest.mark.parametrize("arguments", [("show",), ("show", "flows"), ("search", "x")])
def test_what_is_no_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """Ends with 78 and one line that says what to do."""
    command, *rest = arguments
    lines, err = said(capsys, command, tmp_path, *rest, code=78)
    assert not lines
    assert "no inventory" in err


def test_a_table_on_a_terminal(directory: Path) -> None:
    """Without being asked for."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "aiointegrator", "inventory", "show", str(directory), "flows"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:
        pass
    os.close(ours)
    assert process.wait(10) == 0
    assert seen.startswith(b"ID ")


UNSAFE = "A\x9b31mB\u202eC\x7fD\u200bE\U000e0041F\ud800"
OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)


@pytest.fixture
def unsafe(tmp_path: Path) -> Path:
    """Inventories in which everything that has a name has one that a terminal obeys."""
    for name, more in (("old", ""), ("new", "2")):
        text = UNSAFE + more
        person = {"_id": "u", "name": text, "email": f"{text}@example.com"}
        records: dict[str, Any] = {
            "flows": [{"_id": "f", "name": text, "description": text, "_exportId": "e", "settings": {text: text}}],
            "exports": [{"_id": "e", "name": text, "_connectionId": text}],
            "imports": [{"_id": "m", "name": text}],
            "connections": [{"_id": "c", "name": text, "offline": True}],
            "ashares": [{"_id": "s", "accepted": True, "accessLevel": text, "sharedWithUser": person}],
        }
        make(tmp_path / name, {"i": records}, records={"i": {"name": text, "_registeredConnectionIds": ["c"]}})
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "show {new} flows", "show {new} flows --no-redact", "show {new} flows -o table", "show {new} flows --fields settings",
        "show {new} flow_steps", "show {new} used_by", "show {new} access", "search {new} A", "search {new} A -o table",
        "lint {new}", "lint {new} -o table", "graph {new}", "graph {new} -o dot", "graph {new} -o json", "access {new}",
        "access {new} -o table", "access {new} -o csv", "access {new} -o json", "diff {old} {new}",
        "diff {old} {new} --format json", "diff {old} {new} --format markdown", "check {new}",
    ],
)  # fmt: skip
def test_nothing_that_a_terminal_obeys_is_printed(
    unsafe: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """In no form; JSON has escapes instead, which mean the same text, and the files are unchanged."""
    assert run(["inventory", *command.format(old=unsafe / "old", new=unsafe / "new").split()]) == 0
    out, err = capsys.readouterr()
    assert out
    assert not OBEYED.search(out.replace("\n", ""))
    assert not OBEYED.search(err.replace("\n", ""))
    if "--no-redact" in command:
        assert json.loads(out)["data"]["name"] == UNSAFE + "2"
    line = json.loads((unsafe / "new" / "flows.jsonl").read_bytes())
    assert line["data"]["name"] == UNSAFE + "2"


def test_exported_lines_are_the_files(unsafe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Byte for byte: only what is printed has escapes."""
    said(capsys, "export", unsafe / "new", unsafe / "out", "-o", "jsonl", "--no-redact")
    for kind in KINDS:
        assert (unsafe / "out" / f"{kind}.jsonl").read_bytes() == (unsafe / "new" / f"{kind}.jsonl").read_bytes()
