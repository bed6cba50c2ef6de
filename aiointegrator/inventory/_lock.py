"""One writer at a time to a directory."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import InventoryExistsError


class DirectoryLock:
    """Held until it is closed or the process dies; leaves no file. Where the system cannot lock, it does nothing.

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
            self.close()
            failure = InventoryExistsError(f"another process is writing to {directory} at this moment; wait for it")
            raise failure from None
        except OSError:  # some network file systems cannot
            self.close()

    def close(self) -> None:
        """Let others in."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
