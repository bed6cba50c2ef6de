"""Tables fit the terminal, by the places that characters take there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from forks import Forks
from hypothesis import given
from hypothesis import strategies as st
from inventory.making import make
from rich.cells import cell_len

from aiointegrator.cli.commands import demo
from aiointegrator.cli.output import terminal

Table = Callable[..., list[str]]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Table:
    """The lines of a table on a terminal of so many columns, or in a pipe."""

    def made(titles: list[str], rows: list[list[object]], columns: int | str | None = 80) -> list[str]:
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        terminal.table(titles, rows)
        return capsys.readouterr().out.splitlines()

    monkeypatch.delenv("COLUMNS", raising=False)
    return made


def test_a_long_name_does_not_push_the_others_away(table: Table) -> None:
    """It ends in …, and what is short stays whole."""
    head, first, second = table(["ID", "NAME", "ENABLED"], [["f1", "x" * 1000, 1], ["f2", "short", 0]])
    assert first == f"f1  {'x' * 66}…  1"
    assert second == "f2  short" + " " * 64 + "0"
    assert len(head) == 80


def test_a_table_that_fits_is_as_it_was(table: Table) -> None:
    """Columns are as wide as their widest cell."""
    rows: list[list[object]] = [["1", "abc"], [None, ""]]
    assert table(["ID", "NAME"], rows, 8) == table(["ID", "NAME"], rows, 80) == ["ID  NAME", "1   abc", ""]
    assert table(["ID", "NAME"], rows, 7) == ["ID  NA…", "1   abc", ""]


@pytest.mark.parametrize(
    "name", ["日本語の名前" * 40, "a日" * 200, "\U0001f680" * 100, "é" * 500, "\u0301" * 10 + "x" * 99]
)
@pytest.mark.parametrize("columns", [80, 81, 20])
def test_wide_characters_take_two_places(table: Table, name: str, columns: int) -> None:
    """No line is wider than the terminal, and the columns stay below one another."""
    lines = table(["NAME", "ID"], [[name, "id"], ["b", "id"]], columns)
    assert max(map(cell_len, lines)) <= columns
    assert {cell_len(line.removesuffix("id").removesuffix("ID")) for line in lines} == {columns - 2}
    assert "…" in lines[1]


@pytest.mark.parametrize("columns", [1, 2, 5, 10])
def test_a_terminal_that_is_too_narrow_for_the_columns(table: Table, columns: int) -> None:
    """Lines end where it ends."""
    lines = table(["A", "B", "C", "D", "E"], [["aaa", "bbb", "ccc", "ddd", "eee"]], columns)
    assert max(map(cell_len, lines)) <= columns


@given(st.lists(st.integers(1, 300), min_size=1, max_size=12), st.integers(-20, 200))
def test_the_room_is_used(widths: list[int], room: int) -> None:
    """Columns that fit stay as they are, wide ones share the rest, and there is no rest that one of them could use."""
    found = terminal._fitting(widths, room)
    assert all(1 <= new <= old for new, old in zip(found, widths, strict=True))
    if room >= len(widths):
        assert sum(found) <= room
        cut = [new for new, old in zip(found, widths, strict=True) if new < old]
        assert len(set(cut)) <= 1
        assert not cut or (max(found) == cut[0] and room - sum(found) < len(cut))


@pytest.mark.parametrize("columns", [None, "wide", "-5", ""])
def test_a_pipe_has_no_width(table: Table, columns: str | None) -> None:
    """A table in a file or pipe is whole, unless COLUMNS says how wide it may be."""
    assert len(table(["NAME"], [["x" * 1000]], columns)[1]) == 1000


def test_on_a_terminal(forks: Forks, tmp_path: Path) -> None:
    """Its width counts without COLUMNS; here it is noted by a terminal of 80."""
    make(tmp_path / "i", {"a": {"flows": [{"_id": "f", "name": "x" * 1000}]}})
    before = (
        "import sys, aiointegrator.cli.output.terminal as t\nreal = t._columns_of_terminal\n"
        "def noted():\n    sys.stderr.write(repr(real())); return real()\nt._columns_of_terminal = noted"
    )
    words = ("inventory", "show", tmp_path / "i", "flows")
    done = forks.run(*words, stdout="terminal", before="import os\nos.environ.pop('COLUMNS', None)\n" + before)
    assert (done.code, done.err[:2]) == (0, b"80")


def test_an_encoding_without_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has another one, of the same width."""

    class Ascii:
        encoding = "ascii"

    monkeypatch.setattr(sys, "stdout", Ascii())
    assert terminal._cut("x" * 20, 10) == "x" * 9 + "~"


def test_how_the_program_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a path from here, or a whole one where there is none: on another drive of Windows, or in a removed directory."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert demo.program() == os.path.relpath(Path(sys.executable).with_name("aiointegrator"))

    def other_drive(path: Path) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr("os.path.relpath", other_drive)
    assert demo.program() == str(Path(sys.executable).with_name("aiointegrator"))
    assert terminal.setting("A", "b") == "export A=b"
    monkeypatch.setattr(os, "name", "nt")
    assert terminal.setting("A", "b") == "set A=b"
