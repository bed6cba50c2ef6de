"""Open a file of an inventory for reading; an error of the operating system becomes one that names the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from ..errors import InventoryDamagedError, InventoryError
from .files import CHUNK


@contextmanager
def opened(path: Path, remedy: str, buffering: int = -1) -> Iterator[BinaryIO]:
    """Open a regular file; `remedy` says what to do where it is missing or something else.

    Raises:
        InventoryDamagedError: it is missing, or no regular file.
        InventoryError: the operating system does not let us read it.
    """
    try:
        _refuse_other(path, remedy)
        with path.open("rb", buffering) as file:
            yield file
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise InventoryError(f"cannot read {path}: {reason}; make it readable, or {remedy}")


def chunks_of(path: Path, remedy: str) -> Iterator[bytes]:
    """The content of a file piece by piece, with the errors of `opened`."""
    with opened(path, remedy) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _refuse_other(path: Path, remedy: str) -> None:
    """Refuse what is no regular file: to open a named pipe would wait for ever."""
    try:
        if S_ISREG(path.stat().st_mode):
            return
        what = "is not a file"
    except FileNotFoundError:
        what = "is a symbolic link to nothing" if path.is_symlink() else "is missing"
    raise InventoryDamagedError(f"{path} {what}; {remedy}")


def is_there(path: Path) -> bool:
    """Whether there is something of this name, be it a file, a directory or a symbolic link to nothing."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        pass  # reading it says why
    return True
