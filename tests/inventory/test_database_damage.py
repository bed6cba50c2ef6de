"""A damaged or read-only database of an inventory: built again, or made for one command; never shown as it is."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aiointegrator.inventory import (
    Database,
    Inventory,
    InventoryDamagedError,
    InventoryWriteError,
    InventoryWriter,
    build_database,
    open_database,
)
from aiointegrator.inventory._sql import build


def rows(directory: Path) -> list[Any]:
    with Database(directory) as base:
        return [list(base.rows(kind)) for kind in ("integrations", "flows", "gaps")] + [list(base.search("flow"))]


def test_a_damaged_database_is_built_again(directory: Path, caplog: pytest.LogCaptureFixture, quick: None) -> None:
    """Flipped bits, zeros, cut off, or something else under its name; what was asked for comes as if it were whole."""
    wanted, path, chance = rows(directory), directory / "inventory.sqlite", random.Random(3)
    content = path.read_bytes()
    for number in range(16):
        damaged = bytearray(content)
        begin = chance.randrange(len(content))
        if number % 4 == 0:
            damaged = damaged[:begin]
        elif number % 4 == 1:
            damaged[begin : begin + 512] = bytes(len(damaged[begin : begin + 512]))
        else:
            damaged[begin] ^= 1 << chance.randrange(8)
        if damaged != content:
            path.write_bytes(damaged)
            assert rows(directory) == wanted
            Inventory.open(directory).verify()
    caplog.clear()
    assert rows(directory) == wanted
    assert not caplog.records
    path.write_bytes(b"")
    assert rows(directory) == wanted
    assert [one.getMessage().partition("; ")[2] for one in caplog.records] == ["it is built again from the records"]


def test_a_database_that_is_a_link(directory: Path, tmp_path: Path) -> None:
    """Is replaced: neither a loop nor what it leads to is followed."""
    (tmp_path / "other").write_bytes(b"of somebody else")
    for target in ("inventory.sqlite", tmp_path / "other", "nowhere"):
        (directory / "inventory.sqlite").unlink(missing_ok=True)
        (directory / "inventory.sqlite").symlink_to(target)
        assert rows(directory)
        assert not (directory / "inventory.sqlite").is_symlink()
    assert (tmp_path / "other").read_bytes() == b"of somebody else"


def test_a_copy_of_a_database_is_checked_once(directory: Path) -> None:
    """It has another time; and where a bit flipped while the time stayed, `verify` still sees it."""
    path = build_database(directory)
    made = path.stat().st_mtime
    os.utime(path, (5, 5))
    inode = path.stat().st_ino
    open_database(directory).close()
    assert (path.stat().st_ino, path.stat().st_mtime) == (inode, made)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    os.utime(path, (made, made))
    with pytest.raises(InventoryDamagedError, match=r"inventory\.sqlite is damaged.*remove it"):
        Inventory.open(directory).verify()


def test_damage_that_a_question_meets_is_no_fault_of_the_question(directory: Path) -> None:
    """The file is named, with the remedy."""
    path = build_database(directory)
    made, content = path.stat().st_mtime, bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 16] = b"\xff" * 16
    with Database(directory) as base:
        path.write_bytes(content)
        os.utime(path, (made, made))
        with pytest.raises(InventoryDamagedError, match=r"inventory\.sqlite cannot be read.*remove it"):
            list(base.rows("flows"))


def _refuse_part(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Play a file system on which the database cannot be made."""
    original = sqlite3.connect

    def connect(path: Any, *more: Any, **options: Any) -> Any:
        if str(path).endswith(".inventory.sqlite.part"):
            raise error
        return original(path, *more, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)


def test_a_read_only_inventory_can_be_asked(
    directory: Path, command: Callable[[str], tuple[int, str]], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """By a database that is there for this command alone, which still can only be read."""
    wanted = rows(directory)
    (directory / "inventory.sqlite").unlink()
    _refuse_part(monkeypatch, sqlite3.OperationalError("unable to open database file"))
    assert rows(directory) == wanted
    assert "this command uses a temporary database" in caplog.text
    for words in ("show I flows", "search I flow", "lint I", "graph I", "access I"):
        assert command(words)[0] == 0
    base = open_database(directory)
    for statement in ("DELETE FROM flows", "ATTACH 'x' AS x", "PRAGMA query_only = OFF"):
        with pytest.raises(sqlite3.DatabaseError):
            base.execute(statement)
    base.close()
    assert not list(directory.glob("*sqlite*")) + list(directory.glob(".*"))


def test_an_inventory_can_be_asked_while_it_is_resumed(directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is there stays as it is until the crawl is over."""
    with InventoryWriter(directory, ("flows", "ashares"), "https://x/v1", resume=True) as writer:
        assert len(writer.have) == 5
        assert len(rows(directory)[1]) == 12
    assert "another process is writing" in caplog.text
    assert not (directory / "inventory.sqlite").exists()


def test_no_room_for_a_temporary_database_is_said(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line that says what to do."""
    _refuse_part(monkeypatch, PermissionError(30, "Read-only file system"))

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(build, "fill", full)
    with pytest.raises(InventoryWriteError, match=r"temporary database: database or disk is full; set TMPDIR"):
        open_database(directory)
