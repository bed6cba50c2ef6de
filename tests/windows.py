"""Take from a process what it would lack on Windows, and run commands in it: `python windows.py '[["whoami"], ...]'`.

There is no Windows here to try. What the documentation of Python says of it is simulated:

- no fcntl, pwd, termios or uvloop; no fork, poll, `register_at_fork`, and few signals;
- no `add_signal_handler` in an event loop;
- a directory cannot be opened; a file that is open for reading only cannot be synced;
- a file that is open cannot be replaced, renamed or removed;
- names have no colons and the like; text that is written without `newline=` has other line ends (an AssertionError here,
  as is text whose encoding is left to the locale: start it with `-X warn_default_encoding -W error::EncodingWarning`);
- msvcrt locks bytes of files, for one handle.
"""

from __future__ import annotations

import asyncio
import asyncio.unix_events
import builtins
import errno
import fcntl
import io
import json
import os
import select
import signal
import sys
import types
from collections.abc import Callable
from typing import Any


def lose_modules() -> None:
    """Modules that are not there, and one that is."""
    for name in ("fcntl", "pwd", "grp", "termios", "resource", "uvloop"):
        sys.modules[name] = None  # type: ignore[assignment]
    sys.modules["msvcrt"] = msvcrt()


def msvcrt() -> types.ModuleType:
    """The locks of Windows, played by those of the system."""

    def locking(handle: int, mode: int, count: int) -> None:
        assert (mode, count) == (2, 1)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    made = types.ModuleType("msvcrt")
    made.locking, made.LK_NBLCK = locking, 2  # type: ignore[attr-defined]
    return made


def lose_calls() -> None:
    """Calls of the system that are not there, or not implemented."""
    for name in ("register_at_fork", "fork", "getuid", "geteuid", "uname", "fchmod", "chown", "statvfs", "mkfifo"):
        delattr(os, name)
    for name in ("poll", "epoll"):
        delattr(select, name)
    for name in ("SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "SIGALRM", "SIGCHLD"):
        delattr(signal, name)

    def not_implemented(*_: object) -> None:
        raise NotImplementedError

    asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = not_implemented  # type: ignore[method-assign]


def refuse_files() -> None:
    """What Windows does not do with files and directories."""
    real_open, real_fsync = os.open, os.fsync

    def open_(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if isinstance(path, str | os.PathLike) and os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        refuse_name(path)
        return real_open(path, flags, *more, **options)

    def fsync(handle: int) -> None:
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        real_fsync(handle)

    os.open, os.fsync = open_, fsync  # type: ignore[assignment]
    for name in ("replace", "rename", "unlink", "remove", "mkdir"):
        setattr(os, name, closed_only(getattr(os, name)))
    builtins.open = io.open = binary_or_exact(io.open)  # type: ignore[assignment]


def refuse_name(path: Any) -> None:
    if not isinstance(path, int) and set(os.path.basename(os.fspath(path))) & set('<>:"|?*\n'):
        raise OSError(errno.EINVAL, "Invalid argument", str(path))


def closed_only(real: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse what is open in this process."""

    def call(*paths: Any, **options: Any) -> Any:
        opened = {os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")}
        for path in paths:
            if isinstance(path, str | os.PathLike):
                refuse_name(path)
                if os.path.isfile(path) and os.path.realpath(path) in opened:
                    raise PermissionError(errno.EACCES, "The process cannot access the file", str(path))
        return real(*paths, **options)

    return call


def binary_or_exact(real: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse text whose line ends would be others."""

    def open_(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *more: Any,
        **options: Any,
    ) -> Any:
        assert "b" in mode or newline is not None or not set(mode) & set("wax+"), (file, mode)
        refuse_name(file)
        return real(file, mode, buffering, encoding, errors, newline, *more, **options)

    return open_


def main() -> None:
    """Run each of the commands; ends with 1 and the first one that did not end with 0."""
    from aiointegrator import __main__ as program

    for command in json.loads(sys.argv[1]):
        code = program.main(command)
        if code:
            sys.exit(f"{command} ended with {code}")


if __name__ == "__main__":
    lose_modules()
    lose_calls()
    refuse_files()
    main()
