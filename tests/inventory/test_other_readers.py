"""Tools that are not ours read the directory by the very lines that README shows."""

from __future__ import annotations

import importlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from inventory.making import make

from aiointegrator.inventory import Database

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
KINDS = ("flows", "exports", "imports")
FLOW = {"_id": "f", "name": "Orders", "disabled": True, "pageGenerators": [{"_exportId": "e"}]}
ACCOUNTS: dict[str, Any] = {
    "usual": [FLOW, FLOW | {"_id": "g", "disabled": False, "routers": [{"id": "r", "branches": []}]}],
    "without flows": [],
    "without fields": [{"_id": "f"}, {}],
    "of odd types": [{"_id": "f", "name": 7, "disabled": "maybe", "routers": {}}, FLOW | {"_id": "g", "name": None}],
}


def readme(begins: str) -> list[str]:
    """The indented statements of README that begin so; a statement may have several lines."""
    return re.findall(rf"^    ({re.escape(begins)}.*(?:\n     +.*)*)", README, flags=re.MULTILINE)


@pytest.fixture(params=ACCOUNTS)
def flows(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The flows of an inventory that is `inventory` here."""
    records: list[dict[str, Any]] = ACCOUNTS[request.param]
    make(tmp_path / "inventory", {"i": {"flows": records, "exports": [{"_id": "e"}]}}, kinds=KINDS)
    Database(tmp_path / "inventory").close()
    monkeypatch.chdir(tmp_path)
    return records


@pytest.fixture
def databases() -> Iterator[Any]:
    """The module sqlite3, but that its connections are closed at the end, as a program closes them."""
    made: list[sqlite3.Connection] = []

    def connect(path: str) -> sqlite3.Connection:
        made.append(sqlite3.connect(path))
        return made[-1]

    yield SimpleNamespace(connect=connect)
    for one in made:
        one.close()


def disabled(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [flow for flow in flows if flow.get("disabled") is True]


def test_duckdb(flows: list[dict[str, Any]]) -> None:
    """The disabled flows, whose names may be missing."""
    found = re.search(r"    (SELECT .*?)\n\n", README, flags=re.DOTALL)
    assert found is not None
    assert "read_json" in found[1]
    with closing(duckdb.connect()) as base:
        assert base.sql(found[1]).fetchall() == [("i", flow.get("name")) for flow in disabled(flows)]


def test_polars(flows: list[dict[str, Any]]) -> None:
    """The same."""
    (line,) = readme("polars.")
    found = eval(line, {"polars": importlib.import_module("polars")})
    assert [json.loads(text) for text in found["data"].to_list()] == disabled(flows)


def test_pandas(flows: list[dict[str, Any]], databases: Any) -> None:
    """Every flow with its fields, and the steps of the enabled ones."""
    pandas = pytest.importorskip("pandas")
    lines = readme("pandas.")
    assert len(lines) == 2
    records, steps = (
        eval(line, {"pandas": pandas, "json": json, "Path": Path, "sqlite3": databases}) for line in lines
    )
    assert len(records) == len(flows)
    assert list(steps["flow"]) == [
        flow["_id"] for flow in flows if flow.get("pageGenerators") and flow.get("disabled") is not True
    ]
