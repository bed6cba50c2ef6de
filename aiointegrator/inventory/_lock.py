"""One crawl at a time into a directory."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import InventoryExistsError


class DirectoryLock:
    """Held until it is released or the process dies; leaves no file. Where the system cannot lock, it does nothing.

    Raises:
        InventoryExistsError: another process holds it.
    """

    def __init__(self, directory: Path) -> None:
        self._handle = -1
        try:
            import fcntl
        except ImportError:  # not on Windows
            return
        self._handle = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise InventoryExistsError(f"another crawl is writing to {directory} at this moment") from None
        except OSError:  # some network file systems cannot
            self.release()

    def release(self) -> None:
        """Let others in."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
