"""`aiointegrator inventory access`: rights on stdout in four forms, and what is not in them on stderr."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from inventory.making import make

from aiointegrator.cli import run
from aiointegrator.inventory import OWNER_NOTE


def share(one: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "_id": one,
        "accepted": True,
        "sharedWithUser": {"_id": one, "name": name, "email": f"{one}@x.com"},
        **fields,
    }


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    grants = {"integrationAccessLevel": [{"_integrationId": "i", "accessLevel": "monitor"}]}
    gone = {"integrationAccessLevel": [{"_integrationId": "gone", "accessLevel": "manage"}]}
    shares = [
        share("a", "=cmd|'/C calc'!A0", accessLevel="manage"),
        share("b", "B\x1b[31m", **grants),
        share("c", "C", **gone),
    ]
    steps = {"flows": [{"_id": "f", "_exportId": "e"}], "exports": [{"_id": "e", "_connectionId": "c"}]}
    return make(tmp_path / "i", {"i": steps | {"ashares": shares}, "j": {}}, missing=[("j", "ashares")]).directory


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    assert run(["inventory", "access", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return out, err


def test_forms(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON Lines in a pipe, a clean table, CSV that is safe in a spreadsheet, and one document with its notes."""
    out, err = said(capsys, directory)
    rights = [json.loads(line) for line in out.splitlines()]
    assert [(right["share"], right["integration"]) for right in rights] == [
        ("a", None),
        ("b", "i"),
        ("c", "i"),
        ("c", "gone"),
    ]
    assert OWNER_NOTE in err
    assert "ashares were not read whole" in err
    table, err = said(capsys, directory, "-o", "table")
    assert "gone (not in the inventory)" in table
    assert "(the whole account)" in table
    assert "\x1b" not in table
    assert err.startswith("4 rights\n")
    document = json.loads(said(capsys, directory, "-o", "json")[0])
    assert document["rights"] == rights
    assert document["notes"][0] == OWNER_NOTE
    rows = list(csv.DictReader(said(capsys, directory, "-o", "csv")[0].splitlines()))
    assert [row["share"] for row in rows] == ["a", "b", "c", "c"]
    assert rows[0]["name"] == "'=cmd|'/C calc'!A0"
    assert rows[1]["name"] == "B\ufffd[31m"


def test_a_table_ends_where_nobody_reads_on(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so."""
    monkeypatch.setattr("aiointegrator.cli.commands.inventory.access.TABLE_ROWS", 1)
    table, err = said(capsys, directory, "-o", "table")
    assert len(table.splitlines()) == 2
    assert "the first 1 of 4 rights" in err


def test_one_person_one_place(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody found is an answer and ends with 0; a place that is none ends with 2."""
    assert len(said(capsys, directory, "--user", "A@X.COM")[0].splitlines()) == 1
    out, err = said(capsys, directory, "--user", "who@x.com", "-o", "table")
    assert not out
    assert "nobody with the e-mail address who@x.com" in err
    assert len(said(capsys, directory, "--integration", "i")[0].splitlines()) == 3
    assert len(said(capsys, directory, "--uses", "connection:c")[0].splitlines()) == 3
    for wrong in (["--integration", "k"], ["--uses", "connection:k"], ["--uses", "c"]):
        assert said(capsys, directory, *wrong, code=2)[1].startswith("error: ")
    said(capsys, directory, "--integration", "i", "--uses", "connection:c", code=2)


def test_people_can_be_hidden(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their names and addresses, by markers of which a change is still seen."""
    monkeypatch.setenv("CELIGO_REDACTION_KEY", "0123456789abcdef")
    out, _ = said(capsys, directory, "--redact-users")
    rights = [json.loads(line) for line in out.splitlines()]
    assert all(right["name"].startswith("[redacted ") for right in rights)
    assert "@x.com" not in out
    assert rights[2]["email"] == rights[3]["email"] != rights[0]["email"]


def test_secrets_are_hidden_unless_told_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the names of integrations."""
    share = {"_id": "s", "sharedWithUser": {"name": "Ada"}, "accessLevel": "manage", "accepted": True}
    records = {"i": {"name": "ftp://u:planted@h/"}}
    own = {
        "ashares": [
            share | {"accessLevel": None, "integrationAccessLevel": [{"_integrationId": "i", "accessLevel": "manage"}]}
        ]
    }
    directory = make(tmp_path / "i", {"i": own}, records=records).directory
    out, _ = said(capsys, directory)
    assert "[redacted " in out
    assert "planted" not in out
    assert "planted" in said(capsys, directory, "--no-redact")[0]
