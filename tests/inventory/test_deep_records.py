"""Records that are nested deeply, and numbers that Python cannot hold, through every offline command and every form."""

from __future__ import annotations

import csv
import json
import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from inventories import change_manifest
from inventory.making import make

from aiointegrator.cli import run
from aiointegrator.inventory import Inventory, compare
from aiointegrator.orchestrators import KINDS

DIGITS = {"a": "1e400", "b": "1.10", "c": "12345678901234567890.5", "d": "-0", "e": "-1E+5", "f": "9" * 5000}
HELD = ("1.10", "1e400")
"""Numbers that stand in columns of the tables too."""
BASES: dict[str, dict[str, Any]] = {
    "flows": {"_id": "f", "name": "Deep flow", "_exportId": "e", "_importId": "m"},
    "exports": {"_id": "e", "name": "Deep export", "_connectionId": "c"},
    "imports": {"_id": "m", "name": "Deep import", "_connectionId": "c"},
    "connections": {"_id": "c", "name": "Deep connection"},
    "ashares": {"_id": "s", "accepted": True, "accessLevel": "monitor", "sharedWithUser": {"email": "a@x.com"}},
}


def record(base: dict[str, Any], levels: int, end: str, numbers: dict[str, str] = DIGITS) -> bytes:
    """A record as JSON, with numbers and something deep in its settings."""
    digits = "".join(f'"{name}":{text},' for name, text in numbers.items())
    deep = '{"x":[' * (levels // 2) + f'"{end}"' + "]}" * (levels // 2)
    return f'{json.dumps(base)[:-1]},"settings":{{{digits}"deep":{deep}}}}}'.encode()


def account(levels: int, end: str) -> dict[str, Any]:
    records = {kind: [record(base, levels, end)] for kind, base in BASES.items()}
    odd = (
        b'{"_id":"g","name":1e400,"description":1.10,"schedule":1.10,"timezone":12345678901234567890.5,"disabled":true}'
    )
    return {"i": {**records, "flows": [*records["flows"], odd]}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deep")
    for name, end in (("old", "1"), ("new", "2")):
        own: Any = {"i": {"_id": "i", "name": "Deep", "numFlows": 0}}
        make(folder / name, account(1_200, end), records=own)
        lines = (folder / name / "integrations.jsonl").read_bytes()
        assert b'"numFlows":0' in lines
    return folder


COMMANDS = [
    "show {new}",
    *(f"show {{new}} {kind}" for kind in (*KINDS, "flow_steps", "used_by", "access")),
    "show {new} flows --no-redact",
    "show {new} flows -o table",
    "show {new} flows --fields id,name,settings.a,settings.b,settings.deep",
    "search {new} deep",
    "graph {new}",
    "graph {new} -o dot",
    "graph {new} -o json",
    "graph {new} --from connections:c --direction used-by",
    "lint {new}",
    "access {new}",
    "access {new} -o csv",
    "access {new} --uses connections:c",
    "diff {old} {new}",
    "diff {old} {new} --format json",
    "diff {old} {new} --no-redact --everything --ignore zzz",
    *(
        f"export {{new}} {{out}} -o {form}{more}"
        for form, more in (("csv", ""), ("csv", " --no-redact"), ("jsonl", ""), ("sqlite", ""), ("parquet", ""))
    ),
    "report {new} --out {out} --compare {old}",
    "check {new}",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_breaks(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """At 1,200 levels; no number becomes an infinity, on stdout or in a file."""
    arguments = shlex.split(command.format(old=place / "old", new=place / "new", out=tmp_path / "out"))
    assert run(["inventory", *arguments]) == 0
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    out += "".join(
        path.read_text("utf-8", "replace")
        for path in tmp_path.rglob("*")
        if path.suffix != ".parquet" and path.is_file()
    )
    assert not re.search(r"Infinity|\binf\b", out)


@pytest.mark.parametrize(
    "command",
    ["show {new} flows", "export {new} {out} -o jsonl", "search {new} deep", "diff {old} {new}", "graph {new}"],
)
def test_a_hundred_thousand_levels(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Are no more trouble."""
    for name, end in (("old", "1"), ("new", "2")):
        make(tmp_path / name, {"i": {"flows": [record(BASES["flows"], 100_000, end)]}})
    arguments = shlex.split(command.format(old=tmp_path / "old", new=tmp_path / "new", out=tmp_path / "out"))
    assert run(["inventory", *arguments]) == 0
    assert "Traceback" not in capsys.readouterr().err


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run(["inventory", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_what_is_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of the files, and at a path the number with its digits, redacted or not."""
    lines = (place / "new" / "flows.jsonl").read_text().splitlines()
    assert said(capsys, "show", place / "new", "flows", "--no-redact").splitlines() == lines
    fields = ",".join(f"settings.{name}" for name in DIGITS)
    for more in ([], ["--no-redact"]):
        line = said(capsys, "show", place / "new", "flows", "--where", "id = 'f'", "--fields", fields, *more).strip()
        assert line == "{" + ",".join(f'"settings.{name}":{text}' for name, text in DIGITS.items()) + "}"
        table = said(
            capsys, "show", place / "new", "flows", "-o", "table", "--fields", "id,name,schedule,settings.c", *more
        )
        assert table.splitlines()[1].split()[-1] == DIGITS["c"]
        assert table.splitlines()[2].split() == ["g", "1e400", "1.10"]
    assert '"name":"1e400","description":"1.10"' in said(capsys, "search", place / "new", "1e400")


def test_what_is_exported(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every form has the digits, in its columns and in the record."""
    for form in ("csv", "jsonl", "parquet"):
        said(capsys, "export", place / "new", tmp_path / form, "-o", form)
    said(capsys, "export", place / "new", tmp_path / "x.sqlite")
    (row,) = [
        row
        for row in csv.DictReader((tmp_path / "csv/flows.csv").read_text("utf-8-sig").splitlines())
        if row["id"] == "g"
    ]
    columns = ("name", "description", "schedule", "timezone")
    wanted = ("1e400", "1.10", "1.10", "12345678901234567890.5")
    assert tuple(row[name] for name in columns) == wanted
    line = (tmp_path / "jsonl/flows.jsonl").read_text().splitlines()[0]
    assert all(f'"{name}":{text}' in line for name, text in DIGITS.items())
    question = f"SELECT {', '.join(columns)}, record FROM {{}} WHERE id = 'g'"
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        *found, whole = base.execute(question.format("flows")).fetchone()
        assert tuple(found) == wanted
        assert '"name":1e400' in whole
    with closing(duckdb.connect()) as base:
        row = base.execute(question.format(f"'{tmp_path / 'parquet/flows.parquet'}'")).fetchone()
        assert row is not None
        *found, whole = row
        assert tuple(found) == wanted
        assert '"name":1e400' in whole


def test_a_column_of_numbers_in_parquet(tmp_path: Path) -> None:
    """Is null where the number is no whole one that it holds; the record has it."""
    from aiointegrator.inventory import export

    numbers = {"a": "7", "b": "1.10", "c": "1e400", "d": "9" * 30, "e": '"x"'}
    own: Any = {name: {"_id": name, "numFlows": 0} for name in numbers}
    inventory = make(tmp_path / "i", {name: {} for name in numbers}, records=own)
    path = tmp_path / "i/integrations.jsonl"
    lines = [
        line.replace('"numFlows":0', f'"numFlows":{text}')
        for line, text in zip(path.read_text().splitlines(), numbers.values(), strict=True)
    ]
    rewritten(path, "\n".join(lines) + "\n")
    export(Inventory.open(inventory.directory), tmp_path / "out", "parquet", None)
    with closing(duckdb.connect()) as base:
        rows = base.execute(f"SELECT flows FROM '{tmp_path}/out/integrations.parquet' ORDER BY id").fetchall()
    assert [row[0] for row in rows] == [7, None, None, None, None]


def rewritten(path: Path, text: str) -> None:
    """Put other lines into a file of an inventory, and say so in its manifest."""
    import hashlib

    files = json.loads((path.parent / "manifest.json").read_text())["files"]
    path.write_text(text)
    files[path.name] |= {"bytes": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    change_manifest(path.parent, files=files, sealed=True)


def test_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers in every form of a comparison, told apart from texts; what is too deep is said to be."""
    sides = ({"n": "1.10", "t": '"1.10"', "o": '{"p":[1e400]}'}, {"n": "1.100", "t": "1.10", "o": '{"p":[1e500]}'})
    for name, numbers in zip(("old", "new"), sides, strict=True):
        make(tmp_path / name, {"i": {"flows": [record(BASES["flows"], 1_200, name, numbers)]}})
    (change,) = compare(Inventory.open(tmp_path / "old"), Inventory.open(tmp_path / "new"))
    fields = {one.path: (one.old, one.new, one.old_json, one.new_json) for one in change.fields}
    assert fields.pop("/settings/n") == ("1.10", "1.100", "1.10", "1.100")
    assert fields.pop("/settings/t") == ("1.10", "1.10", '"1.10"', "1.10")
    assert fields.pop("/settings/o/p/0") == ("1e400", "1e500", "1e400", "1e500")
    ((path, (old, new, *_)),) = fields.items()
    assert path.startswith("/settings/deep/x/0/x/0")
    assert old == new == "[nested too deeply to show]"
    assert change.old is not None
    assert change.old["_id"] == "f"
    out = said(capsys, "diff", tmp_path / "old", tmp_path / "new")
    assert '~ /settings/t: "1.10" -> 1.10' in out
    assert "~ /settings/n: 1.10 -> 1.100" in out
    assert "~ /settings/o/p/0: 1e400 -> 1e500" in out
    out = said(capsys, "diff", tmp_path / "old", tmp_path / "new", "--format", "json")
    assert '"new":1e500}' in out.replace(": ", ":")
    json.loads(out)
    said(capsys, "report", tmp_path / "new", "--out", tmp_path / "r.html", "--compare", tmp_path / "old")
    page = (tmp_path / "r.html").read_text()
    assert "<del>1e400</del>" in page
    assert "<ins>1.100</ins>" in page


def test_from_python(place: Path) -> None:
    """Records are plain values of any depth."""
    (flow, _) = Inventory.open(place / "new").records("flows")
    assert flow["settings"]["b"] == 1.1
    inside, levels = flow["settings"]["deep"], 0
    while inside != "2":
        inside, levels = inside["x"][0], levels + 2
    assert levels == 1_200


def test_dicts_are_written_at_any_depth(tmp_path: Path) -> None:
    """By the library's writer too, which makes JSON of them."""
    deep: Any = "end"
    for _ in range(1_200):
        deep = {"\ud800": deep}
    inventory = make(tmp_path / "i", {"i": {"flows": [{"_id": "f", "deep": deep}]}})
    (flow,) = inventory.records("flows")
    assert list(flow["deep"]) == ["\ud800"]
