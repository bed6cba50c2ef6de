"""Rows of the database, redacted: nothing is seen by a column or path that is hidden in the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aiointegrator import ArgumentError, Branch, CrawlReport, IntegrationSnapshot
from aiointegrator.inventory import Database, InventoryWriter, Redaction
from aiointegrator.orchestrators import KINDS

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
SECRET = "Zq7-planted-9xK"
CONNECTION = {
    "_id": "c",
    "name": f"NetSuite https://u:{SECRET}@h/",
    "offline": True,
    "http": {
        "headers": [{"name": "X-API-Key", "value": SECRET}, {"name": "Accept", "value": "x"}],
        "auth": {"token": {"token": SECRET, "location": "header"}},
        "ratio": 1.10,
        "flag": False,
        "password": SECRET,
    },
    "netsuite": {"account": "T", "tokenId": SECRET},
    "ssl": {"cert": SECRET},
    "sampleData": {"n": [{"name": "Ada Moreno"}]},
}
SHARE = {
    "_id": "s",
    "accessLevel": "manage",
    "sharedWithUser": {"_id": "u", "name": "Ada Moreno", "email": "ada@example.com"},
    "_connectionId": "c",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    found: dict[str, Any] = {kind: [] for kind in KINDS} | {"connections": [CONNECTION], "ashares": [SHARE]}
    branches = [Branch(kind, "i", "read", len(found[kind]), 1, None) for kind in KINDS]
    branches.append(Branch("scripts", "i", "failed", 0, 0, f"at ?token={SECRET} for ada@example.com"))
    record: Any = {"_id": "i", "name": "ours", "description": f"Bearer {SECRET}"}
    with InventoryWriter(tmp_path / "i", KINDS, "https://x/v1") as writer:
        writer.write(IntegrationSnapshot("i", record, found, (), tuple(branches)))
        writer.finish(CrawlReport(KINDS, MOMENT, MOMENT, False, {}, (), 1, 0, 0))
    return tmp_path / "i"


@pytest.fixture
def base(directory: Path) -> Iterator[Database]:
    with Database(directory, redaction=Redaction()) as found:
        yield found


def test_no_table_or_view_shows_a_secret(directory: Path) -> None:
    """By none of its columns; with `users`, nobody's name or address either."""
    names = ("integrations", *KINDS, "flow_steps", "used_by", "access", "gaps")
    with Database(directory) as plain, Database(directory, redaction=Redaction(users=True)) as hidden:
        seen = str([list(plain.rows(name)) for name in names])
        assert SECRET in seen
        assert "Ada" in seen
        seen = str(
            [list(hidden.rows(name)) for name in names] + list(hidden.search("ada")) + list(hidden.search("ours"))
        )
        assert SECRET not in seen
        assert "Ada" not in seen
        assert "ada@" not in seen
        (row,) = hidden.rows("connections", ["sampleData.n[0].name", "sampleData", "netsuite.account"])
        assert "Ada" not in str(row)
        assert row["sampleData"].startswith('{"n":[{"name":"[redacted ')
        assert row["netsuite.account"] == "T"
        for name in names:
            assert [list(row) for row in hidden.rows(name)] == [list(row) for row in plain.rows(name)]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("http.headers[0].value", None),
        ("http.headers[0]", None),
        ("http.headers", None),
        ("http.auth.token", None),
        ("http.auth.token.token", None),
        ("http.password", None),
        ("netsuite.tokenId", None),
        ("netsuite.account", "T"),
        ("ssl.cert", None),
        ("sampleData.n[0].name", "Ada Moreno"),
        ("http", None),
        ("name", None),
        ("record", None),
        ("http.auth.token.location", "header"),
        ("http.headers[1].value", "x"),
        ("http.headers[7].value", ""),
        ("http.nothing.there", ""),
        ("http.ratio", 1.1),
        ("offline", 1),
        ("id", "c"),
    ],
)
def test_a_path_shows_what_the_redacted_record_has_there(base: Database, path: str, wanted: Any) -> None:
    """The neighbours of a value tell what it is, and other values are as without redaction."""
    (row,) = base.rows("connections", [path])
    assert list(row) == [path]
    assert SECRET not in str(row)
    if wanted is None:
        assert "[redacted " in str(row)
    else:
        assert row[path] == (wanted or None)


def test_values_have_the_form_that_sqlite_gives_them(directory: Path, base: Database) -> None:
    """Objects as JSON, flags as numbers, whether redacted or not."""
    fields = ["offline", "http.flag", "http.headers[1]", "http.ratio", "integration", "_id"]
    with Database(directory) as plain:
        assert str(list(base.rows("connections", fields))) == str(list(plain.rows("connections", fields)))
    (row,) = base.rows("connections", ["record"])
    assert json.loads(row["record"])["http"]["headers"][1] == CONNECTION["http"]["headers"][1]


def test_conditions_look_at_what_is_there(base: Database) -> None:
    """And what is no field is refused as ever."""
    assert len(list(base.rows("connections", ["id"], where=f"record LIKE '%{SECRET}%'"))) == 1
    assert [row["id"] for row in base.search("netsuite")] == ["c"]
    with pytest.raises(ArgumentError):
        base.rows("connections", ["na'me"])
    with pytest.raises(ArgumentError):
        base.rows("gaps", ["na.me"])
