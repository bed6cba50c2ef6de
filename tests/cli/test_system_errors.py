"""What the system refuses is said of the file that it is about, in a line, and reading is not called writing."""

from __future__ import annotations

import errno
import pathlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inventory.making import make

from aiointegrator.cli import run
from aiointegrator.errors import IntegratorError, system_reason
from aiointegrator.inventory import Inventory, InventoryError, InventoryWriteError, Redaction, export, write_report
from aiointegrator.inventory._sql.query import _uri

Refuse = Callable[[str, str], None]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make(tmp_path / "i", {"a": {"flows": [{"_id": "f"}]}})
    return tmp_path / "i"


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Let a method of paths fail for names that hold a text; root may read everything, so that nothing else can be done."""

    def made(method: str, part: str) -> None:
        real = getattr(pathlib.Path, method)

        def refused(self: Path, *arguments: Any, **options: Any) -> Any:
            if part in str(self) and "w" not in arguments[:1]:
                raise PermissionError(errno.EACCES, "Permission denied", str(self))
            return real(self, *arguments, **options)

        monkeypatch.setattr(pathlib.Path, method, refused)

    return made


@pytest.mark.parametrize("words", ["check {}", "export {} {}-csv", "diff {} {}", "lint {}", "show {} flows"])
@pytest.mark.parametrize("method", ["open", "stat"])
def test_a_file_that_cannot_be_read(
    directory: Path, refuse: Refuse, capsys: pytest.CaptureFixture[str], words: str, method: str
) -> None:
    """Is named."""
    refuse(method, "flows.jsonl")
    code = run(["inventory", *words.format(directory, directory).split()])
    out, err = capsys.readouterr()
    assert (code, out) == (1 if "check" in words else 78, "")
    assert f"{directory / 'flows.jsonl'}: Permission denied" in err
    assert "cannot write" not in err


def test_the_library_names_it_too(directory: Path, refuse: Refuse) -> None:
    """By an error of ours."""
    inventory = Inventory.open(directory)
    refuse("open", "flows.jsonl")
    with pytest.raises(InventoryError, match=r"cannot read .*flows\.jsonl: Permission denied"):
        inventory.verify()
    refuse("stat", "flows.jsonl")
    with pytest.raises(InventoryError, match=r"cannot read .*flows\.jsonl: Permission denied"):
        Inventory.open(directory)


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("inventory export {} {}/closed/out", "exists"),
        ("inventory export {} {}/closed/out", "mkdir"),
        ("report {} --out {}/closed/out.html", "is_dir"),
        ("report {} --out {}/closed/out.html", "mkdir"),
    ],
)
def test_a_place_that_cannot_be_entered(
    directory: Path, refuse: Refuse, capsys: pytest.CaptureFixture[str], words: str, method: str
) -> None:
    """Is named, and nothing is said to be written."""
    refuse(method, "closed")
    assert run(words.format(directory, directory.parent).split()) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{directory.parent / 'closed'}" in err
    assert "Permission denied" in err
    assert len(err.splitlines()) == 1


def test_such_a_place_in_the_library(directory: Path, refuse: Refuse) -> None:
    """It is an error of ours, and what is there stays."""
    inventory = Inventory.open(directory)
    (directory.parent / "closed").mkdir()
    part = directory.parent / "closed" / ".gaps.csv.part"
    part.write_text("somebody else's")
    refuse("exists", "closed")
    refuse("is_dir", "closed")
    for write in (
        lambda: export(inventory, directory.parent / "closed", "csv", Redaction(key="k" * 16)),
        lambda: write_report(inventory, directory.parent / "closed" / "r.html"),
    ):
        with pytest.raises(InventoryWriteError, match="closed.*Permission denied"):
            write()
    assert part.read_text() == "somebody else's"


def test_what_nobody_foresaw_is_named(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, with the file if the system names one."""
    for error, line in (
        (OSError(errno.EIO, "Input/output error", "/some/file"), "error: /some/file: Input/output error\n"),
        (OSError(errno.EIO, "Input/output error"), "error: Input/output error\n"),
        (OSError("odd"), "error: odd\n"),
    ):

        def broken(*_: object, error: OSError = error) -> None:
            raise error

        monkeypatch.setattr(Inventory, "open", broken)
        assert run(["inventory", "show", str(directory)]) == 1
        assert capsys.readouterr().err == line


def test_reasons() -> None:
    """The file comes first, whoever names it."""
    assert system_reason(OSError(errno.EIO, "broken", b"a\xff")) == "a\udcff: broken"
    assert system_reason(OSError(errno.EIO, "broken"), Path("a")) == "a: broken"
    assert system_reason(OSError()) == "OSError"
    assert issubclass(InventoryError, IntegratorError)


def test_a_database_on_a_share_of_windows(tmp_path: Path) -> None:
    """SQLite would take the server for an authority, which it refuses."""
    assert _uri("file://server/share/a.sqlite") == "file:////server/share/a.sqlite"
    assert _uri((tmp_path / "a b").as_uri()) == (tmp_path / "a b").as_uri()
    with pytest.raises(sqlite3.OperationalError, match="authority"):
        sqlite3.connect("file://server/share/a.sqlite?mode=ro", uri=True)
