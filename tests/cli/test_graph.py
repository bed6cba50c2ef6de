"""`aiointegrator inventory graph`: a drawing on stdout, and what is to be known of it on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inventory.making import make

from aiointegrator.cli import run
from aiointegrator.inventory._graph import render

FLOW = {"_id": "f", "name": "a\x1b[31m", "_exportId": "e", "_importId": "gone"}
EXPORT = {"_id": "e", "name": "Get", "_connectionId": "c"}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    account = {"i": {"flows": [FLOW], "exports": [EXPORT], "connections": [{"_id": "c", "name": "Shop"}]}, "j": {}}
    return make(tmp_path / "i", account).directory


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    assert run(["inventory", "graph", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return out, err


def test_a_drawing(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mermaid unless told otherwise, without a character that a terminal obeys; what is missing is said."""
    out, err = said(capsys, directory)
    assert out.startswith("flowchart LR\n")
    assert "\x1b" not in out
    assert err == "6 things, 5 uses\nmissing: 1 things that something refers to\n"
    assert said(capsys, directory, "-o", "dot")[0].startswith("digraph")
    assert len(json.loads(said(capsys, directory, "-o", "json")[0])["nodes"]) == 6


def test_secrets_are_hidden_unless_told_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In names, and in those of branches."""
    branch = {"name": "token=planted", "pageProcessors": [{"_importId": "gone"}]}
    flow = {"_id": "f", "name": "ftp://u:planted@h/", "routers": [{"id": "r", "branches": [branch]}]}
    directory = make(tmp_path / "i", {"i": {"flows": [flow]}}).directory
    for form in ("mermaid", "dot", "json"):
        assert "planted" not in said(capsys, directory, "-o", form)[0]
        assert said(capsys, directory, "-o", form, "--no-redact")[0].count("planted") == 2
    said(capsys, directory, "--no-redact", "--redact-users", code=2)


def test_from_a_thing(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By id or name, in both directions, so far and no further."""
    out, _ = said(capsys, directory, "--from", "connection:Shop", "--direction", "used-by", "-o", "json")
    assert {node["id"] for node in json.loads(out)["nodes"]} == {"c", "e", "f", "i"}
    out, _ = said(capsys, directory, "--from", "flows:f", "--depth", 1, "-o", "json")
    assert {node["id"] for node in json.loads(out)["nodes"]} == {"f", "e", "gone"}
    out, _ = said(capsys, directory, "--integration", "j", "-o", "json")
    assert [node["id"] for node in json.loads(out)["nodes"]] == ["j"]
    for wrong in (["--from", "connection"], ["--from", "export:c"], ["--depth", -1], ["--integration", "k"]):
        out, err = said(capsys, directory, *wrong, code=2)
        assert not out
        assert err.startswith("error: ")


def test_what_mermaid_does_not_draw_is_said(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph above its limits is printed all the same."""
    assert "maxEdges" not in said(capsys, directory)[1]
    monkeypatch.setattr("aiointegrator.cli.commands.inventory.graph.MERMAID_EDGES", 4)
    out, err = said(capsys, directory)
    assert "maxEdges" in err
    assert out.count("-->") == 5
    assert "maxEdges" not in said(capsys, directory, "-o", "dot")[1]
    assert render.MERMAID_EDGES == 500
