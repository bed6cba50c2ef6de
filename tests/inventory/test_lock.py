"""One writer at a time to a directory: by its own lock on POSIX, by a file's on Windows, which is played here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import windows

from aiointegrator.inventory import InventoryExistsError
from aiointegrator.inventory._store.lock import LOCK, DirectoryLock

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from aiointegrator.inventory._store.lock import DirectoryLock
if sys.argv[2] == "windows":
    import windows
    windows.lose_modules()
lock = DirectoryLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["posix", "windows"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "windows":
        monkeypatch.setitem(sys.modules, "fcntl", None)
        monkeypatch.setitem(sys.modules, "msvcrt", windows.msvcrt())
    return str(request.param)


def test_one_at_a_time(system: str, tmp_path: Path) -> None:
    """The second is refused until the first is closed, and then nothing is left."""
    first = DirectoryLock(tmp_path)
    for _ in range(2):
        with pytest.raises(InventoryExistsError, match="another process is writing"):
            DirectoryLock(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [LOCK] * (system == "windows")
    first.close()
    DirectoryLock(tmp_path).close()
    first.close()
    assert list(tmp_path.iterdir()) == []


def test_the_death_of_a_process_ends_its_lock(system: str, tmp_path: Path) -> None:
    """On Windows its file stays, which locks nothing, and the next one removes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), system],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(InventoryExistsError):
        DirectoryLock(tmp_path)
    process.kill()
    process.communicate()
    assert [path.name for path in tmp_path.iterdir()] == [LOCK] * (system == "windows")
    DirectoryLock(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_system_that_cannot_lock(there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither POSIX nor Windows, or a file system that refuses: there is no lock, and no error."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", windows.msvcrt() if there else None)

    def refuse(*_: object) -> None:
        raise OSError(22, "Invalid argument")

    if there:
        monkeypatch.setattr(sys.modules["msvcrt"], "locking", refuse)
    DirectoryLock(tmp_path / "nowhere").close()
    locks = [DirectoryLock(tmp_path), DirectoryLock(tmp_path)]
    for lock in locks:
        lock.close()
