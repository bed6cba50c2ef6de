"""An inventory handed over: the same in every form, safe in a spreadsheet, with what is missing beside it."""

from __future__ import annotations

import builtins
import csv
import io
import json
import os
import sqlite3
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiointegrator import (
    ArgumentError,
    Branch,
    ConfigurationError,
    CrawlReport,
    Gap,
    IntegrationSnapshot,
    IntegratorError,
)
from aiointegrator._exact_json import Number, read
from aiointegrator.inventory import (
    Inventory,
    InventoryDamagedError,
    InventoryExistsError,
    InventoryWriteError,
    InventoryWriter,
    Redaction,
    export,
    open_database,
)
from aiointegrator.inventory._export.csv import _BEGINS, LONGEST, cell, write_csv
from aiointegrator.orchestrators import KINDS
from aiointegrator.testing import seeded_account

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
SECRET = "Zq7-planted-9xK"
ODD: list[dict[str, Any]] = [
    {"_id": "odd1", "name": None, "disabled": "maybe", "description": ["=a", {"b": 1}], "schedule": -5},
    {"_id": ["x"], "name": "\ud800 half", "description": "nul \0 and\r\n=line", "timezone": -1.5},
    {"_id": "5e123456789012345678901234"[:24], "name": 10**30, "createdAt": True, "lastModified": "－1"},
    {"name": '=HYPERLINK("http://evil")', "description": "a;\t@x", "timezone": {"token": SECRET}},
]
FORMATS = ("csv", "jsonl", "parquet", "sqlite")
DANGER = tuple("=+-@＝＋－＠")


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    """An account of which one branch could not be read, with odd records and planted secrets."""
    account = seeded_account(3, flows=(2, 3))
    first, second, _ = account.integrations
    gap = Gap("integrations", None, "failed", 500, IntegratorError(f"broke off at ?token={SECRET}"))
    with InventoryWriter(tmp_path / "i", KINDS, "https://x/v1") as writer:
        for one, record in account.integrations.items():
            found: dict[str, Any] = {kind: account.records(kind, one) for kind in KINDS}
            if one == second:
                found["flows"] = None
            if one == first:
                found["flows"] = found["flows"] + ODD
                found["connections"][0]["http"] = {"headers": [{"name": "X-API-Key", "value": SECRET}]}
            branches = tuple(
                Branch(
                    kind,
                    one,
                    "denied" if records is None else "read",
                    len(records or ()),
                    1,
                    "403" if records is None else None,
                )
                for kind, records in found.items()
            )
            writer.write(IntegrationSnapshot(one, record, found, (), branches))
        writer.finish(CrawlReport(KINDS, MOMENT, MOMENT, False, {}, (gap,), 1, 0, 0))
    return Inventory.open(tmp_path / "i")


def read_csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def everything(place: Path) -> bytes:
    files = [place] if place.is_file() else sorted(place.iterdir())
    return b"".join(file.read_bytes() for file in files)


def parquet(path: Path, columns: str = "*") -> list[Any]:
    with duckdb.connect() as base:
        return base.execute(f"SELECT {columns} FROM read_parquet('{path}')").fetchall()


def test_without_redaction_json_lines_are_the_inventory_s(inventory: Inventory, tmp_path: Path) -> None:
    """Byte for byte; and the gaps stand beside them, those that are no branch too."""
    files = export(inventory, tmp_path / "out", "jsonl", None)
    assert [path.name for path in files][:2] == ["gaps.jsonl", "integrations.jsonl"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in files)
    for kind in ("integrations", *KINDS):
        assert (tmp_path / "out" / f"{kind}.jsonl").read_bytes() == (inventory.directory / f"{kind}.jsonl").read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "out" / "gaps.jsonl").read_text().splitlines()]
    second = inventory.gaps[1].integration_id
    assert rows[0]["integration"] is None
    assert rows[1] == {"integration": second, "kind": "flows", "status": "denied", "error": "403"}


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_secret_is_handed_over(inventory: Inventory, tmp_path: Path, form: Any) -> None:
    """In no form, errors included; without redaction all of it is there."""
    place = tmp_path / ("out.sqlite" if form == "sqlite" else "out")
    export(inventory, place, form, Redaction())
    assert SECRET.encode() not in everything(place)
    assert form == "parquet" or b"ada.moreno@example.com" in everything(place)
    export(inventory, place, form, Redaction(users=True), fresh=True)
    assert b"@example.com" not in everything(place)
    assert b"Ada" not in everything(place)
    export(inventory, place, form, None, fresh=True)
    if form == "parquet":
        assert any(SECRET in str(row) for row in parquet(place / "connections.parquet"))
    else:
        assert SECRET.encode() in everything(place)


def test_csv_has_the_columns_of_the_tables(inventory: Inventory, tmp_path: Path) -> None:
    """A row for each record, as the database has it, with flags in words, and nothing that a spreadsheet runs."""
    export(inventory, tmp_path / "out", "csv", None)
    base = open_database(inventory.directory)
    for kind in ("integrations", *KINDS):
        cursor = base.execute(f"SELECT * FROM {kind}")
        rows = read_csv(tmp_path / "out" / f"{kind}.csv")
        assert rows[0] == [column[0] for column in cursor.description][:-1]
        wanted = [row[:-1] for row in cursor]
        assert [row[0] for row in rows[1:]] == [str(cell(row[0]) or "") for row in wanted]
        assert len(rows) == len(wanted) + 1
    base.close()
    head, *rows = read_csv(tmp_path / "out" / "flows.csv")
    odd = {row[head.index("name")]: dict(zip(head, row, strict=True)) for row in rows if row[1] == rows[0][1]}
    assert odd[""]["schedule"] == "-5"
    assert odd[""]["disabled"] == "maybe"
    assert odd[""]["enabled"] == "true"
    assert odd["\\ud800 half"]["timezone"] == "-1.5"
    assert odd["\\ud800 half"]["description"] == "nul \ufffd and\r\n'=line"
    assert odd["'1000000000000000000000000000000"]["id"] == "'5e1234567890123456789012"
    assert odd["'1000000000000000000000000000000"]["last_modified"] == "'－1"
    assert odd['\'=HYPERLINK("http://evil")']["description"] == "a;\t'@x"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (-5, "-5"), (-1.5, "-1.5"), (True, "true"), (None, ""), ("-5", "'-5"), (float("-inf"), "'-inf"), ("a-b", "a-b"),
        ("  =1", "'  =1"), ("\t@x", "'\t'@x"), ("\u200b\ufeff+1", "'\u200b\ufeff+1"), ("＠x", "'＠x"), ("'=1", "'=1"),
        ("64e12", "'64e12"), ("1" * 24, "'" + "1" * 24), ("64b1f2", "64b1f2"), ("007", "007"), ("a\n- b", "a\n'- b"),
        ("x;=1", "x;'=1"), ("a; - b", "a;' - b"),
    ],
)  # fmt: skip
def test_cells(tmp_path: Path, value: Any, wanted: str) -> None:
    """What a spreadsheet would run or spoil has an apostrophe; numbers are numbers."""
    write_csv(tmp_path / "x.csv", ["a", "b"], [[value, "end"]])
    assert read_csv(tmp_path / "x.csv") == [["a", "b"], [wanted, "end"]]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
hostile = st.lists(
    st.sampled_from(
        [*DANGER, " ", "\t", "\r", "\n", "\u00a0", "\u200b", "\x1e", "\u2028", ";", ",", '"', "'", "1", "cmd", "\0"]
    )
).map("".join)


@given(st.lists(st.lists(scalars | hostile, min_size=2, max_size=2), max_size=4))
def test_no_cell_begins_with_what_a_spreadsheet_runs(rows: list[list[Any]]) -> None:
    """However it is split, at commas or by another language's semicolons, tabs and lines, unless it is a number."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(map(cell, row) for row in rows)
    read = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert len(read) == len(rows)
    for given_row, row in zip(rows, read, strict=True):
        for value, found in zip(given_row, row, strict=True):
            number = type(value) in (int, float)
            assert number or not found.lstrip().startswith(DANGER)
            assert number or not _BEGINS.match(found)
            for piece in found.replace(";", "\n").replace("\t", "\n").splitlines():
                assert number or not piece.strip().startswith(DANGER)


def units(text: str) -> int:
    """The characters of a text as a spreadsheet counts them."""
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("d" * 32_767, False), ("d" * 32_768, True), ("🚀" * 16_383, False), ("🚀" * 16_384, True),
        ("x" + "🚀" * 16_383, False), ("xy" + "🚀" * 16_383, True), ("=" + "d" * 32_766, True), (";=" * 16_383, True),
        ("é" * 70_000, True),
    ],
)  # fmt: skip
def test_a_cell_holds_what_a_spreadsheet_can(tmp_path: Path, text: str, cut: bool) -> None:
    """Counted in UTF-16, with the apostrophes; what is cut says so, and no character is cut in two."""
    write_csv(tmp_path / "x.csv", ["a"], [[text]])
    csv.field_size_limit(10**6)
    found = read_csv(tmp_path / "x.csv")[1][0]
    assert units(found) <= LONGEST == 32_767
    assert found.endswith(f"… (cut; {len(text):,} characters)") == cut
    assert not cut or units(found) > LONGEST - 2


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("1.10", "1.10"), ("1e400", "1e400"), ("-1e5", "-1e5"), ("-0", "-0"), ("9" * 30, "'" + "9" * 30)],
)
def test_numbers_have_their_digits(tmp_path: Path, value: str, wanted: str) -> None:
    """As they were written; whole ones that a spreadsheet would round have an apostrophe, as ids have."""
    write_csv(tmp_path / "x.csv", ["a"], [[Number(value) if len(value) == 30 else read(value)]])
    assert read_csv(tmp_path / "x.csv")[1] == [wanted]


@pytest.mark.parametrize(
    ("given_as", "delimiter"),
    [(";", ";"), ("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), ("|", "|"), ("§", "§"), (",", ",")],
)
def test_another_delimiter(inventory: Inventory, tmp_path: Path, given_as: str, delimiter: str) -> None:
    """Stands in every file, behind its byte order mark, and the cells are the same."""
    export(inventory, tmp_path / "usual", "csv", None)
    files = export(inventory, tmp_path / "out", "csv", None, delimiter=given_as)
    for path in files:
        content = path.read_text("utf-8")
        assert content.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), delimiter=delimiter))
        assert len(rows) == len(read_csv(tmp_path / "usual" / path.name))
        assert rows[0] == read_csv(tmp_path / "usual" / path.name)[0]


@settings(deadline=None)
@given(st.lists(st.lists(hostile, min_size=2, max_size=2), max_size=4), st.sampled_from(list(";|\t")))
def test_with_another_delimiter_commas_are_dangerous_too(rows: list[list[str]], delimiter: str) -> None:
    """A spreadsheet that splits at commas finds nothing to run either."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([cell(value, delimiter) for value in row] for row in rows)
    for row in csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=delimiter):
        for found in row:
            for piece in found.replace(";", "\n").replace("\t", "\n").replace(",", "\n").splitlines():
                assert not piece.strip().startswith(DANGER)


@pytest.mark.parametrize(
    "wrong", ["", "ab", "tabs", "\n", "\r", '"', "'", "=", "-", "a", "7", " ", "\0", "\u202e", "\ud800"]
)
def test_what_is_no_delimiter(inventory: Inventory, tmp_path: Path, wrong: str) -> None:
    """Is refused before anything is written; and so is one for another format."""
    with pytest.raises(ArgumentError, match="a delimiter is one character"):
        export(inventory, tmp_path / "out", "csv", None, delimiter=wrong)
    with pytest.raises(ArgumentError, match="for csv"):
        export(inventory, tmp_path / "out", "jsonl", None, delimiter=";")
    assert not (tmp_path / "out").exists()


def test_a_long_run_of_blanks_takes_no_time() -> None:
    """Nobody stops an export by a name."""
    begun = time.perf_counter()
    for text in (
        "\n" * 50_000,
        " " * 50_000,
        ";\u00a0" * 25_000,
        "1" * 50_000 + "x",
        "1." * 25_000 + "x",
        "\t=" * 9_000,
    ):
        assert cell(text)
    assert time.perf_counter() - begun < 1


def test_parquet_has_flags_and_the_whole_record(inventory: Inventory, tmp_path: Path) -> None:
    """What is no flag is null in the column and stands in the record; gaps are there too."""
    export(inventory, tmp_path / "[o]'*?", "parquet", None)
    folder = tmp_path / "[o]'*?"
    assert not list(folder.glob(".*"))
    (tmp_path / "out").symlink_to(folder)
    rows = parquet(tmp_path / "out" / "flows.parquet", "id, disabled, enabled, name, record")
    wanted = list(inventory.rows("flows"))
    assert [row[4] for row in rows] == [data.decode() for _, data in wanted]
    assert {row[1] for row in rows} == {False, None}
    assert [row[2] for row in rows] == [json.loads(row[4]).get("disabled") is not True for row in rows]
    assert parquet(tmp_path / "out" / "integrations.parquet", "flows") == [
        (record["numFlows"],) for record in inventory.records("integrations")
    ]
    assert parquet(tmp_path / "out" / "gaps.parquet")[1][1:] == ("flows", "denied", "403")


def test_parquet_of_a_record_that_is_huge(tmp_path: Path) -> None:
    """Larger than what DuckDB takes for a line unless told."""
    flow = b'{"_id":"f","name":"%b"}' % (b"x" * (1 << 24))
    with InventoryWriter(tmp_path / "i", ("flows",), "https://x/v1") as writer:
        record: Any = {"_id": "i"}
        writer.write(
            IntegrationSnapshot("i", record, {"flows": [flow]}, (), (Branch("flows", "i", "read", 1, 1, None),))
        )
        writer.finish(CrawlReport(("flows",), MOMENT, MOMENT, True, {}, (), 1, 0, 0))
    export(Inventory.open(tmp_path / "i"), tmp_path / "out", "parquet", None)
    assert parquet(tmp_path / "out" / "flows.parquet", "id, length(record)") == [("f", len(flow))]


def test_parquet_without_its_extra(inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Says what to install, before anything is written."""
    original = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigurationError, match=r"pip install 'aiointegrator\[parquet\]'"):
        export(inventory, tmp_path / "out", "parquet", None)
    assert not (tmp_path / "out").exists()


def test_sqlite_has_the_same_tables_and_views(inventory: Inventory, tmp_path: Path) -> None:
    """And the same rows, but for what is hidden; the search too."""
    export(inventory, tmp_path / "a.sqlite", "sqlite", None)
    ours, theirs = open_database(inventory.directory), sqlite3.connect(tmp_path / "a.sqlite")
    names = [row[0] for row in ours.execute("SELECT name FROM sqlite_master ORDER BY name")]
    assert names == [row[0] for row in theirs.execute("SELECT name FROM sqlite_master ORDER BY name")]
    for name in ("flows", "ashares", "flow_steps", "used_by", "access", "gaps"):
        assert ours.execute(f"SELECT * FROM {name}").fetchall() == theirs.execute(f"SELECT * FROM {name}").fetchall()
    assert theirs.execute("SELECT count(*) FROM search WHERE search MATCH 'orders'").fetchone()[0] > 0
    assert theirs.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone() == ("export",)
    ours.close()
    theirs.close()


def test_some_kinds(inventory: Inventory, tmp_path: Path) -> None:
    """The integrations go along; other kinds have no file, or in SQLite are said to be left out."""
    export(inventory, tmp_path / "out", "csv", None)
    export(inventory, tmp_path / "out", "csv", None, kinds=["exports"], fresh=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["exports.csv", "gaps.csv", "integrations.csv"]
    assert [row[1] for row in read_csv(tmp_path / "out" / "gaps.csv")] == ["kind", "integrations"]
    export(inventory, tmp_path / "a.sqlite", "sqlite", None, kinds=["exports"])
    base = sqlite3.connect(tmp_path / "a.sqlite")
    gaps = dict(base.execute("SELECT kind, status FROM gaps").fetchall())
    base.close()
    assert gaps["flows"] == gaps["ashares"] == "not exported"
    assert "exports" not in gaps
    with pytest.raises(ArgumentError, match="not scripts"):
        export(inventory, tmp_path / "b", "csv", None, kinds=["scripts"])
    with pytest.raises(ArgumentError, match="format must be"):
        export(inventory, tmp_path / "b", "xlsx", None)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_overwritten(inventory: Inventory, tmp_path: Path, form: Any) -> None:
    """Neither an export, unless asked, nor ever an inventory."""
    place = tmp_path / ("out.sqlite" if form == "sqlite" else "out")
    export(inventory, place, form, None)
    before = everything(place)
    with pytest.raises(InventoryExistsError, match="--fresh"):
        export(inventory, place, form, Redaction(users=True))
    assert everything(place) == before
    export(inventory, place, form, Redaction(users=True), fresh=True)
    assert everything(place) != before
    own = inventory.directory / "inventory.sqlite" if form == "sqlite" else inventory.directory
    with pytest.raises(ArgumentError, match="an inventory itself"):
        export(inventory, own, form, None, fresh=True)
    inventory.verify()
    if form == "sqlite":
        with pytest.raises(ArgumentError, match="is a directory"):
            export(inventory, tmp_path, form, None)


@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_that_fails_leaves_nothing_half_made(
    inventory: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Any
) -> None:
    """Under no name, hidden or not; the error says where."""
    place = tmp_path / "o" / ("out.sqlite" if form == "sqlite" else "out")
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == (1 if form == "sqlite" else 3):
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InventoryWriteError, match="No space left on device"):
            export(inventory, place, form, None)
    assert not [path for path in (tmp_path / "o").rglob("*") if path.is_file()]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InventoryWriteError, match="cannot write the export"):
        export(inventory, tmp_path / "file" / "out", form, None)


def test_a_broken_record_stops_it(inventory: Inventory, tmp_path: Path) -> None:
    """With the error that says which file; nothing is left."""
    path = inventory.directory / "flows.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"data":{', b'"data":<', 1))
    for form in ("csv", "parquet", "sqlite"):
        with pytest.raises(InventoryDamagedError, match="flows"):
            export(inventory, tmp_path / form / "out", form, None)
        assert not [path for path in (tmp_path / form).rglob("*") if path.is_file()]


def test_memory_does_not_grow_with_the_records(tmp_path: Path) -> None:
    """Five times the records take about the same, once they are more than is held at a time."""
    peaks = []
    for number in (60, 300):
        flows = [json.dumps({"_id": str(n), "name": "x" * 500, "token": "abcdef"}).encode() for n in range(10)]
        with InventoryWriter(tmp_path / str(number), ("flows",), "https://x/v1") as writer:
            for n in range(number):
                branch = Branch("flows", str(n), "read", 10, 1, None)
                record: Any = {"_id": str(n)}
                writer.write(IntegrationSnapshot(str(n), record, {"flows": flows}, (), (branch,)))
            writer.finish(CrawlReport(("flows",), MOMENT, MOMENT, True, {}, (), 1, 0, 0))
        one = Inventory.open(tmp_path / str(number))
        tracemalloc.start()
        export(one, tmp_path / f"out{number}", "csv", Redaction())
        export(one, tmp_path / f"jsonl{number}", "jsonl", Redaction())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 400_000, peaks
