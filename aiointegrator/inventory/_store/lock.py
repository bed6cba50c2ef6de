"""One writer at a time to a directory."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InventoryExistsError

LOCK = ".lock"
"""The file that is locked where a directory cannot be: on Windows."""


class DirectoryLock:
    """Held until it is closed or the process dies. Where the system cannot lock, it does nothing.

    On POSIX the directory itself is locked. On Windows it is a hidden file in it, which is removed when the lock is
    closed. A process that is killed leaves the file, but not the lock: the next one takes it.

    Raises:
        InventoryExistsError: another process holds it.
    """

    def __init__(self, directory: Path) -> None:
        self._handle = -1
        self._file: Path | None = None
        try:
            held = self._lock_directory(directory)
        except ImportError:
            held = self._lock_file(directory / LOCK)
        if held:
            self._release()
            raise InventoryExistsError(f"another process is writing to {directory} at this moment; wait for it")

    def close(self) -> None:
        """Let others in."""
        self._release()
        if self._file is not None:
            with suppress(OSError):  # another process has opened it since, and removes it
                self._file.unlink()
            self._file = None

    def _lock_directory(self, directory: Path) -> bool:
        """Lock it; returns whether another process holds it."""
        fcntl: Any = import_module("fcntl")
        self._handle = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # some network file systems cannot
            self._release()
        return False

    def _lock_file(self, path: Path) -> bool:
        """Lock a byte of a file, as Windows can; returns whether another process holds it."""
        try:
            msvcrt: Any = import_module("msvcrt")
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT)
        except (ImportError, OSError):  # neither Windows nor POSIX; or a read-only directory, which nobody writes to
            return False
        try:
            msvcrt.locking(self._handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return True
        except OSError:
            self._release()
        else:
            self._file = path
        return False

    def _release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
