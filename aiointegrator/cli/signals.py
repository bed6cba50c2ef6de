"""Ctrl-C and SIGTERM: what they do while a command runs, and around it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

_Handler = Callable[[int, Any], object] | signal.Handlers
_TERMINATING = [signal.SIGTERM, *([signal.SIGBREAK] if hasattr(signal, "SIGBREAK") else [])]
"""The signals that ask a process to end; Windows sends SIGBREAK for Ctrl-Break."""


class Terminated(BaseException):
    """SIGTERM came. Like KeyboardInterrupt, it is no Exception, so that no command takes it for an error of its own."""


def end_at_once() -> None:
    """Let Ctrl-C and SIGTERM end the process at once: where no command runs, nothing needs tidying up."""
    _handle(signal.SIGINT, _interrupted, instead_of=signal.default_int_handler)
    for number in _TERMINATING:
        _handle(number, _terminated, instead_of=signal.SIG_DFL)


def ignore() -> None:
    """Let Ctrl-C and SIGTERM no longer change the exit code: the interpreter takes its modules apart, and ends.

    It resets every handler that is a function while it does so, and would then die of the signal.
    """
    for number in (signal.SIGINT, *_TERMINATING):
        _handle(number, signal.SIG_IGN)


@contextmanager
def raising() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt and SIGTERM `Terminated` inside the block, so that a command tidies up."""
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        raise Terminated

    try:
        with _handling(signal.SIGINT, signal.default_int_handler, instead_of=_interrupted), on_termination(terminate):
            yield
    except KeyboardInterrupt:
        if terminated:  # inside of SQLite, which tells no more than that it was interrupted
            raise Terminated from None
        raise


@contextmanager
def on_termination(action: Callable[[], object]) -> Iterator[None]:
    """Call `action` when SIGTERM comes inside the block; without effect outside of the main thread.

    `signal.signal` and not the event loop's `add_signal_handler`, which Windows does not have.
    """
    with ExitStack() as stack:
        for number in _TERMINATING:
            stack.enter_context(_handling(number, lambda *_: action()))
        yield


@contextmanager
def _handling(number: signal.Signals, handler: _Handler, *, instead_of: object = None) -> Iterator[None]:
    before = _handle(number, handler, instead_of=instead_of)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(number, before)


def _handle(number: signal.Signals, handler: _Handler, *, instead_of: object = None) -> Any:
    """Set a handler, and return the one before; None if nothing was set.

    A signal that is ignored stays so: `nohup` and a shell's background jobs ask for that.
    """
    before = signal.getsignal(number)
    if before in (None, signal.SIG_IGN) or instead_of not in (None, before):
        return None
    try:
        signal.signal(number, handler)
    except ValueError:  # this is not the main thread
        return None
    return before


def _interrupted(number: int, frame: object) -> None:
    _end(b"interrupted\n", 130)


def _terminated(number: int, frame: object) -> None:
    _end(b"terminated\n", 143)


def _end(word: bytes, code: int) -> None:
    with suppress(OSError):
        os.write(2, word)
    os._exit(code)
