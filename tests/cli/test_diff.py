"""`aiointegrator inventory diff`: what it says in each form, how it ends, and what it never shows."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from inventories import written

from aiointegrator.cli import run

EVIL = "evil \x1b[31m `code` | [x](javascript:1) <script> @team"
SHARE = {"_id": "s", "sharedWithUser": {"name": "Ada", "email": "ada@x.org"}, "accessLevel": "monitor"}
OLD: dict[str, Any] = {
    "a": {
        "flows": [{"_id": "1", "name": "one", "lastExecutedAt": "1"}, {"_id": "2", "token": "secret-one"}],
        "ashares": [SHARE],
    },
    "b": {"flows": [{"_id": "3", "name": EVIL}], "ashares": [SHARE]},
}
NEW: dict[str, Any] = {
    "a": {"flows": [{"_id": "1", "name": "one", "lastExecutedAt": "2"}, {"_id": "2", "token": "secret-two"}],
          "ashares": [SHARE | {"accessLevel": "manage"}]},
    "b": {"flows": [{"_id": "4", "name": "four"}], "ashares": [SHARE | {"accessLevel": "manage"}]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket can be made."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two inventories, `old` and `new`."""
    written(tmp_path / "old", OLD)
    written(tmp_path / "new", NEW)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], place: Path, *arguments: object, code: int = 0) -> str:
    assert run(["inventory", "diff", str(place / "old"), str(place / "new"), *map(str, arguments)]) == code
    return capsys.readouterr().out


def test_text(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rights first, what is the same in many integrations once, names beside ids, counts at the end."""
    lines = said(capsys, place).splitlines()
    assert lines[:4] == [
        "ashares",
        "    ~ Ada <ada@x.org> (s), in Integration a (a), Integration b (b)",
        '        ~ /accessLevel: "monitor" -> "manage"',
        "",
    ]
    assert lines[4:6] == ["flows", "  Integration a (a)"]
    assert "    ~ without a name (2)" in lines
    assert "    + four (4)" in lines
    assert any(line.startswith("    - evil \ufffd[31m") for line in lines)
    assert lines[-1] == "2 ashares changed, 1 flow changed, 1 flow removed, 1 flow added"
    assert "/lastExecutedAt (1)" in lines[-3]
    assert lines[-2] == "differ in nothing that counts: 1 flow"
    assert "\x1b" not in "\n".join(lines)


def test_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document with a version, every change for itself."""
    found = json.loads(said(capsys, place, "--format", "json"))
    assert list(found) == ["version", "old", "new", "notes", "ignored", "unknown", "changes", "summary"]
    assert found["version"] == 1
    assert found["old"]["directory"] == str(place / "old")
    assert len(found["changes"]) == found["summary"]["total"] == 5
    assert found["changes"][0] == {
        "action": "changed", "kind": "ashares", "id": "s", "name": "Ada <ada@x.org>", "integration": "a",
        "integration_name": "Integration a", "right": True, "last_modified": None,
        "fields": [{"action": "changed", "path": "/accessLevel", "within": [], "old_path": "/accessLevel",
                    "old": "monitor", "new_path": "/accessLevel", "new": "manage"}],
    }  # fmt: skip
    assert found["changes"][-2]["name"] == EVIL
    assert found["summary"]["changes"]["flows"] == {"changed": 1, "removed": 1, "added": 1}
    assert found["summary"]["ignored_only"] == {"flows": 1}
    assert found["summary"]["ignored_fields"] == {"/lastExecutedAt": 1}
    written(place / "new", OLD)
    assert json.loads(said(capsys, place, "--format", "json"))["changes"] == []


def test_json_of_what_moved_came_and_went(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whence it came; a field that is not there has no value."""
    written(place / "old", {"a": {"flows": [{"_id": "f", "x": 1, "l\ud800": None}]}, "b": {}})
    written(place / "new", {"a": {}, "b": {"flows": [{"_id": "f", "y": 1, "l\ud800": 0}]}})
    (change,) = json.loads(said(capsys, place, "--format", "json"))["changes"]
    assert (change["before"], change["before_name"], change["integration"]) == ("a", "Integration a", "b")
    assert change["fields"] == [
        {"action": "changed", "path": "/l\ud800", "within": [], "old_path": "/l\ud800", "old": None,
         "new_path": "/l\ud800", "new": 0},
        {"action": "removed", "path": "/x", "within": [], "old_path": "/x", "old": 1},
        {"action": "added", "path": "/y", "within": [], "new_path": "/y", "new": 1},
    ]  # fmt: skip
    assert "~ without a name (f), moved here from Integration a (a)" in said(capsys, place)
    assert "moved from `Integration a` (`a`)" in said(capsys, place, "--format", "markdown")


def test_markdown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is of the account stands in code, where it means nothing."""
    text = said(capsys, place, "--format", "markdown")
    assert text.startswith(f"## `{place / 'old'}`")
    assert "\n### flows\n" in text
    assert "- `~` `Ada <ada@x.org>` (`s`), in `Integration a` (`a`), `Integration b` (`b`)\n" in text
    assert "- `-` `` evil \ufffd[31m `code` | [x](javascript:1) <script> @team `` (`3`)" in text
    assert '  - `~` `/accessLevel`: `"monitor" -> "manage"`\n' in text
    written(place / "old", {"i": {"flows": [{"_id": "```", "name": " \n"}]}})
    written(place / "new", {"i": {}})
    assert "- `-` `\ufffd` (```` ``` ````)" in said(capsys, place, "--format", "markdown").replace(
        "` \ufffd`", "`\ufffd`"
    )


def test_secrets_are_hidden_unless_told_otherwise(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In every form, and people when told; a change is seen."""
    for form in ("text", "json", "markdown"):
        shown = said(capsys, place, "--format", form)
        assert "secret-" not in shown
        assert shown.count("[redacted ") == 2
        assert "Ada" in shown
        assert "Ada" not in said(capsys, place, "--format", form, "--redact-users")
        assert "secret-one" in said(capsys, place, "--format", form, "--no-redact")
    said(capsys, place, "--no-redact", "--redact-users", code=2)


def test_exit_codes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """3 where something differs, 5 where nothing does but something is unknown, 0 for equal; without the option, 0."""
    said(capsys, place)
    said(capsys, place, "--exit-code", code=3)
    written(place / "new", OLD)
    said(capsys, place, "--exit-code", code=0)
    assert said(capsys, place) == "no differences\n"
    written(place / "new", OLD, missing=[("b", "flows")])
    lines = said(capsys, place, "--exit-code", code=5).splitlines()
    assert lines[:2] == ["unknown, since it was not read in both", "    ? flows of Integration b (b): new: denied: 403"]
    assert lines[-1] == "no differences; 1 part unknown"
    assert "- `?` flows of `Integration b` (`b`): `new: denied: 403`" in said(capsys, place, "--format", "markdown")
    (part,) = json.loads(said(capsys, place, "--format", "json"))["unknown"]
    assert part == {
        "what": "branch", "kind": "flows", "integration": "b", "integration_name": "Integration b", "old": None,
        "new": "denied: 403",
    }  # fmt: skip
    written(place / "new", NEW, missing=[("b", "flows")])
    said(capsys, place, "--exit-code", code=3)


def test_what_counts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fields to ignore, by commas or once each; and everything."""
    asked = ("--ignore", "accessLevel,token", "--ignore", "/name", "--format", "json")
    assert {change["action"] for change in json.loads(said(capsys, place, *asked))["changes"]} == {"added", "removed"}
    assert json.loads(said(capsys, place, "--everything", "--format", "json"))["ignored"] == []
    assert "/lastExecutedAt" in said(capsys, place, "--everything")
    assert "ignored" not in said(capsys, place, "--everything")
    said(capsys, place, "--ignore", "a.b", code=2)


def test_what_cannot_be_compared(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ends with 78 and one line; with --allow-mismatch it says what is odd."""
    written(place / "new", NEW, url="https://eu/v1")
    assert run(["inventory", "diff", str(place / "old"), str(place / "new")]) == 78
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "--allow-mismatch" in err
    for form in ("text", "json", "markdown"):
        assert "https://eu/v1" in said(capsys, place, "--allow-mismatch", "--format", form)
    assert run(["inventory", "diff", str(place / "old"), str(place)]) == 78
    (place / "old" / "flows.jsonl").write_bytes(
        (place / "old" / "flows.jsonl").read_bytes().replace(b'"_id"', b'_id""')
    )
    said(capsys, place, "--allow-mismatch", code=78)


def test_a_share_in_many_integrations(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is one entry, and grants have the names of their integrations beside them."""
    ids = [f"i{number}" for number in range(9)]
    grants = [{"_integrationId": one, "accessLevel": "monitor"} for one in ids]
    old = SHARE | {"integrationAccessLevel": grants}
    new = SHARE | {"integrationAccessLevel": [grants[0] | {"accessLevel": "manage"}, *grants[2:]]}
    written(place / "old", {one: {"ashares": [old]} for one in ids})
    written(place / "new", {one: {"ashares": [new]} for one in ids})
    lines = said(capsys, place).splitlines()
    assert lines[1].endswith("in Integration i0 (i0), Integration i1 (i1), Integration i2 (i2) and 6 more")
    assert lines[2:4] == [
        '        ~ /integrationAccessLevel/0/accessLevel (Integration i0, i0): "monitor" -> "manage"',
        '        - /integrationAccessLevel/1 (Integration i1, i1): {"_integrationId": "i1", "accessLevel": "monitor"}',
    ]
    assert "and 6 more" in said(capsys, place, "--format", "markdown")


def test_what_is_not_alike_in_many_integrations(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is not one entry: other values, and records of which nobody knows whether they are one."""
    kinds = ("connections",)
    written(place / "old", {one: {"connections": [{"_id": "c", "x": 0}, {"name": "n"}]} for one in "ab"}, kinds=kinds)
    written(place / "new", {one: {"connections": [{"_id": "c", "x": one}]} for one in "ab"}, kinds=kinds)
    lines = said(capsys, place).splitlines()
    assert [line for line in lines if "n (without an id)" in line or "(c)" in line] == [
        "    - n (without an id), in Integration a (a)",
        "    - n (without an id), in Integration b (b)",
        "    ~ without a name (c), in Integration a (a)",
        "    ~ without a name (c), in Integration b (b)",
    ]


def test_odd_records(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Orders, long values, and records that are too deep are shown, and shortened where they are long."""
    steps = [{"_exportId": "x"}, {"_exportId": "y"}]
    deep = [b'{"_id":"d","a":%s%d%s}' % (b"[" * 3000, one, b"]" * 3000) for one in (1, 2)]
    old = {"_id": "f", "pageGenerators": steps, "text": "x" * 500}
    new = {"_id": "f", "pageGenerators": steps[::-1], "text": "y" * 500}
    written(place / "old", {"i": {"flows": [json.dumps(old).encode(), deep[0]]}})
    written(place / "new", {"i": {"flows": [json.dumps(new).encode(), deep[1]]}})
    for form in ("text", "markdown"):
        shown = said(capsys, place, "--format", form)
        assert "order" in shown
        assert "(502 characters)" in shown
        assert "without a name" in shown
    changes = json.loads(said(capsys, place, "--format", "json"))["changes"]
    assert [(change["action"], change["id"]) for change in changes] == [("changed", "d"), ("changed", "f")]
    written(place / "new", {"i": {}}, records={"i": deep[0]})
    assert "    ~ without a name (i)" in said(capsys, place)
