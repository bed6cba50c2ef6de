"""`aiointegrator inventory lint`: findings on stdout, what could not be checked on stderr, 3 where it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inventory.making import make

from aiointegrator.cli import run
from aiointegrator.inventory import RULES

SPARE = [{"_id": f"e{number}", "name": "a\x1b[31m"} for number in range(3)]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return make(tmp_path / "i", {"i": {"exports": SPARE}, "j": {}}, missing=[("j", "ashares")]).directory


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[list[str], str]:
    assert run(["inventory", "lint", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return out.splitlines(), err


def test_findings(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JSON each in a pipe, a clean table on demand; 3 only where it is asked for and something was found."""
    lines, err = said(capsys, directory)
    assert [json.loads(line)["rule"] for line in lines] == ["unused-export"] * 3
    assert err.endswith("3 findings: 3 unused-export\n")
    assert "partly not checked: pending-invitation, disabled-share: ashares were not read whole" in err
    lines, _ = said(capsys, directory, "-o", "table", "--exit-code", code=3)
    assert lines[0].split() == ["RULE", "KIND", "ID", "NAME", "INTEGRATION", "MESSAGE"]
    assert "\x1b" not in "".join(lines)
    assert said(capsys, directory, "--exit-code", "--ignore", "unused-*,no-trigger", code=0)[0] == []
    assert said(capsys, directory, "--select", "no-trigger", "--select", "empty-branch")[1].endswith("0 findings\n")


def test_secrets_are_hidden_unless_told_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In names and in messages, which name others; people when told."""
    person = {"name": "Ada", "email": "ada@example.com"}
    own = {
        "flows": [{"_id": "f", "name": "to ftp://u:planted@h/", "_exportId": "e", "schedule": "? 0 * * * *"}],
        "exports": [{"_id": "e", "name": "n", "_connectionId": "c"}, {"_id": "e2", "name": "token=planted"}],
        "connections": [{"_id": "c", "name": "n", "offline": True}],
        "ashares": [{"_id": "s", "createdAt": "2020-01-01T00:00:00Z", "sharedWithUser": person, "accepted": False}],
    }
    directory = make(tmp_path / "i", {"i": own}).directory
    for form in ("jsonl", "table"):
        lines, _ = said(capsys, directory, "-o", form)
        assert "planted" not in "".join(lines)
        assert "".join(lines).count("[redacted ") == 2
        assert "Ada" in "".join(lines)
        assert "Ada" not in "".join(said(capsys, directory, "-o", form, "--redact-users")[0])
        assert "".join(said(capsys, directory, "-o", form, "--no-redact")[0]).count("planted") == 2
    said(capsys, directory, "--no-redact", "--redact-users", code=2)


def test_a_table_ends_where_nobody_reads_on(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so."""
    monkeypatch.setattr("aiointegrator.cli.commands.inventory.lint.TABLE_ROWS", 2)
    lines, err = said(capsys, directory, "-o", "table")
    assert len(lines) == 3
    assert "the first 2 of 3 findings" in err


def test_the_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a directory; what is no rule is named together with them."""
    lines, _ = said(capsys, "--rules")
    assert [json.loads(line)["rule"] for line in lines] == list(RULES)
    assert len(said(capsys, "--rules", "-o", "table")[0]) == len(RULES) + 1
    assert "--rules" in said(capsys, code=2)[1]


def test_what_is_no_rule(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ends with 2."""
    for wrong in (["--select", "unusd"], ["--ignore", "x"], ["--pending-days", -1]):
        lines, err = said(capsys, directory, *wrong, code=2)
        assert not lines
        assert err.startswith("error: ")
