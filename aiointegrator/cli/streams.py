"""Standard streams that are always there: closed ones lead nowhere, and a broken one is reported once, in our words.

What goes to a closed stream (`>&-`, a service, `pythonw`) is dropped, as it was asked for, and the exit code is the
command's. What goes to a broken stderr (its reader has gone, the disk is full) is dropped too. A broken stdout raises
`BrokenOutput` once; then it drops everything, so that the interpreter's last flush cannot fail.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

_GONE = {errno.EPIPE, errno.ESHUTDOWN, errno.ECONNRESET, *([errno.EINVAL] if os.name == "nt" else [])}
"""What the system says if the reader of a pipe or socket has gone; Windows calls it an invalid argument."""


class BrokenOutput(Exception):  # noqa: N818 - carries an OSError past those who would take it for an error of a file
    """Standard output cannot be written.

    Attributes:
        reader_gone: whether its reader has gone, as `| head` does.
        reason: what the system says.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.reader_gone = error.errno in _GONE
        self.reason = error.strerror or type(error).__name__


def install() -> None:
    """Make the three standard streams safe to use; one that somebody has replaced stays as it is."""
    _open_descriptors()
    sys.stdout = _safe(sys.stdout, sys.__stdout__, _broken)
    sys.stderr = _safe(sys.stderr, sys.__stderr__, lambda error: None)


def flush() -> None:
    """Write what is left, so that nothing can fail after the exit code is known."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenOutput, OSError):
            stream.flush()


def _open_descriptors() -> None:
    """Open the missing ones of the first three descriptors: else the next file or socket would take their numbers.

    libuv, on which uvloop runs, aborts the process if that happens.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def _safe(stream: TextIO | None, original: TextIO | None, failed: Callable[[OSError], None]) -> TextIO:
    if stream is None:  # its number may be a file by now, of a program that calls this one
        nowhere = os.open(os.devnull, os.O_WRONLY)
        return open(nowhere, "w", encoding="utf-8", errors="backslashreplace", newline="\n", closefd=False)
    if stream is not original or not isinstance(stream, io.TextIOWrapper):
        return stream
    with suppress(OSError):
        stream.flush()
    raw: Any = _Raw(getattr(stream.buffer, "raw", stream.buffer), failed)  # `python -u` has no buffer around it
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        newline="\n",  # on Windows too
        line_buffering=stream.line_buffering or stream.write_through,
    )


def _broken(error: OSError) -> None:
    raise BrokenOutput(error)


class _Raw(io.RawIOBase):
    """Somebody else's raw stream; the first failure to write is reported, and everything after it is dropped."""

    def __init__(self, raw: Any, failed: Callable[[OSError], None]) -> None:
        super().__init__()
        self._raw, self._failed, self._broken = raw, failed, False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]  # all that BufferedWriter gives
        try:
            return len(data) if self._broken else self._write(data)
        except OSError as error:
            self._broken = True
            self._failed(error)
        return len(data)

    def _write(self, data: bytes | memoryview) -> int:
        while (written := self._raw.write(data)) is None:  # full, and in non-blocking mode, which another program set
            select.select([], [self.fileno()], [])
        return int(written)
