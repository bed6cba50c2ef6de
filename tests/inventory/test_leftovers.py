"""What killed processes leave in a directory, and what the next one makes of it."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from inventories import MOMENT

from aiointegrator import CrawlReport
from aiointegrator.inventory import (
    Inventory,
    InventoryDamagedError,
    InventoryExistsError,
    InventoryWriteError,
    InventoryWriter,
    build_database,
)
from aiointegrator.inventory._store.lock import DirectoryLock
from aiointegrator.inventory._store.temporary_files import every_file

from . import damaging

# Leftovers

LEFT = (
    ".journal.new", ".manifest.json.part", ".flows.jsonl.sorted.part", ".inventory.sqlite.part",
    ".inventory.sqlite.part-journal", ".inventory.sqlite.part-wal",
)  # fmt: skip


def leave(directory: Path) -> None:
    for name in LEFT:
        (directory / name).write_text("left over")


def hidden(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir() if path.name.startswith(".")}


def report() -> CrawlReport:
    return CrawlReport(damaging.KINDS, MOMENT, MOMENT, True, {}, (), 1, 0, 0)


@pytest.mark.parametrize("options", [{}, {"fresh": True}, {"resume": True}])
def test_leftovers_are_removed_by_the_next_crawl(tmp_path: Path, options: Any) -> None:
    """At its beginning; what an interrupted crawl needs stays."""
    chance = random.Random(1)
    if options:
        with InventoryWriter(tmp_path, damaging.KINDS, "u") as writer:
            damaging.crawl(writer, chance, stop=3)
    leave(tmp_path)
    with InventoryWriter(tmp_path, damaging.KINDS, "u", **options) as writer:
        assert len(writer.have) == (9 if "resume" in options else 0)
        assert hidden(tmp_path) == {".journal", *(f".{kind}.jsonl.part" for kind in ("integrations", *damaging.KINDS))}
        damaging.crawl(writer, chance)
        writer.finish(report())
    assert not hidden(tmp_path)
    leave(tmp_path)
    (tmp_path / ".flows.jsonl.part").write_text("left over")
    with InventoryWriter(tmp_path, damaging.KINDS, "u", resume=True) as writer:
        assert writer.nothing_to_do
    assert not hidden(tmp_path)


def test_leftovers_of_a_database_are_removed_by_the_next_one(directory: Path) -> None:
    """SQLite would apply a file of a transaction to another database of its name."""
    for name in ("inventory.sqlite-journal", "inventory.sqlite-wal", *LEFT[3:]):
        (directory / name).write_text("left over")
    build_database(directory)
    assert sorted(path.name for path in directory.glob("*inventory.sqlite*")) == ["inventory.sqlite"]


def test_nothing_of_a_running_writer_is_removed(directory: Path) -> None:
    """Neither by a crawl nor by a database that is refused."""
    leave(directory)
    lock = DirectoryLock(directory)
    for _ in range(2):
        with pytest.raises(InventoryExistsError, match="wait for it"):
            build_database(directory)
        with pytest.raises(InventoryExistsError), InventoryWriter(directory, ("flows",), "u", fresh=True):
            pass
    lock.close()
    assert hidden(directory) == set(LEFT)


def test_a_directory_with_the_name_of_a_file_is_refused_at_once(tmp_path: Path) -> None:
    """Not after the account was read."""
    with InventoryWriter(tmp_path, damaging.KINDS, "u") as writer:
        damaging.crawl(writer, random.Random(1), stop=3)
    before = hidden(tmp_path)
    (tmp_path / "flows.jsonl").mkdir()
    for options in ({"fresh": True}, {"resume": True}):
        with pytest.raises(InventoryWriteError, match=r"flows\.jsonl is a directory; remove it"):
            InventoryWriter(tmp_path, damaging.KINDS, "u", **options).__enter__()
        assert hidden(tmp_path) == before


def test_a_directory_with_the_name_of_a_hidden_file_is_refused_at_once(tmp_path: Path) -> None:
    """In words that say what to do."""
    names = {path.name for path in every_file(tmp_path)}
    assert {".journal", ".flows.jsonl.part", ".manifest.json.part", "manifest.json"} <= names
    for hidden_name in names:
        (tmp_path / hidden_name).mkdir()
        with pytest.raises(InventoryWriteError, match=re.escape(f"{hidden_name} is a directory; remove it")):
            InventoryWriter(tmp_path, damaging.KINDS, "u", fresh=True).__enter__()
        (tmp_path / hidden_name).rmdir()


def test_files_that_vanish_during_a_crawl(tmp_path: Path) -> None:
    """Are missed at its end, by name, and there is no inventory."""
    for number, harm in enumerate((lambda path: path.unlink(), lambda path: os.truncate(path, 10))):
        out = tmp_path / str(number)
        with InventoryWriter(out, damaging.KINDS, "u") as writer:
            damaging.crawl(writer, random.Random(1))
            harm(out / ".flows.jsonl.part")
            with pytest.raises(InventoryDamagedError, match=r"\.flows\.jsonl\.part (is missing|lacks)"):
                writer.finish(report())
        assert not (out / "manifest.json").exists()


# A process that dies while it finishes


class Killed(BaseException):
    """Stands for SIGKILL: nothing is done any more."""


@pytest.mark.parametrize("old", ["none", "complete", "with gaps"])
def test_a_death_at_any_step_of_the_end_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None, old: str
) -> None:
    """There is the old inventory or the new one, whole, or a crawl that is resumed without reading a branch again."""
    chance = random.Random(6)
    with InventoryWriter(tmp_path / "whole", damaging.KINDS, "u") as writer:
        damaging.crawl(writer, chance)
        writer.finish(report())
    wanted, steps, over = damaging.content(tmp_path / "whole"), 0, False
    while not over:
        out = tmp_path / f"{old}-{steps}"
        if old != "none":
            with InventoryWriter(out, damaging.KINDS, "u") as writer:
                damaging.crawl(writer, chance, refused=0.3 if old == "with gaps" else 0)
                writer.finish(report())
            (out / "inventory.sqlite").write_text("of the old one")
        writer = InventoryWriter(out, damaging.KINDS, "u", fresh=old == "complete", resume=old == "with gaps")
        writer.__enter__()
        damaging.crawl(writer, chance)
        over = not dies(monkeypatch, writer, steps)
        if (out / "manifest.json").exists():
            (out / "inventory.sqlite").unlink(missing_ok=True)
            Inventory.open(out).verify()
        with InventoryWriter(out, damaging.KINDS, "u", resume=True) as again:
            if not again.nothing_to_do:
                assert over or len(again.have) == len(damaging.ACCOUNT) * len(damaging.KINDS)
                again.finish(report())
        assert damaging.content(out) == wanted
        assert not hidden(out)
        steps += 1
    assert steps > 15


def dies(monkeypatch: pytest.MonkeyPatch, writer: InventoryWriter, after: int) -> bool:
    """Finish a crawl in a process that dies after so many steps on the directory; whether it did."""
    left = after

    def step(original: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return original(*given, **options)

        return counted

    with monkeypatch.context() as patch:
        for name in ("open", "replace", "unlink"):
            patch.setattr(Path, name, step(getattr(Path, name)))
        patch.setattr(writer, "close", lambda: None)
        with suppress(Killed):
            writer.finish(report())
    writer._close()
    writer._lock.close()  # type: ignore[union-attr]  # the writer has been entered, so it has a lock
    return left < 0
