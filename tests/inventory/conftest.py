"""Fixtures that several tests of damaged inventories share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from inventories import written

from aiointegrator import __main__ as program

from . import damaging


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a small inventory, of which one branch could not be read."""
    return written(tmp_path / "i", damaging.SMALL_ACCOUNT, missing=[("b", "ashares")]).directory


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sync nothing to the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def command(directory: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], tuple[int, str]]:
    """Run an offline command; return its exit code and what it wrote to stderr."""

    def run(words: str) -> tuple[int, str]:
        places = {"I": str(directory), "O": str(directory.parent / "out")}
        code = program.main(["inventory", *(places.get(word, word) for word in words.split())])
        return code, capsys.readouterr().err

    return run
