"""Run the command line in a process that another one has forked, which has imported everything: 50 ms instead of a second.

The child finds its standard streams as the interpreter would have made them, and ends as it does: with its last flush,
and with what that says. `python forks.py` is the process that forks, a line of JSON for each command.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60


class Done(NamedTuple):
    """How a command ended; `out` and `err` are what it wrote to streams of the kind `file`."""

    code: int
    out: bytes
    err: bytes


class Forks:
    """The process that forks, from here."""

    def __enter__(self) -> Forks:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith("CELIGO_")}
            | {"PYTHONPATH": str(ROOT), "CELIGO_REDACTION_KEY": "a key of the tests alone"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self,
        *arguments: object,
        stdin: str = "null",
        stdout: str = "file",
        stderr: str = "file",
        encoding: str = "utf-8",
        env: Mapping[str, str] = {},
        before: str = "",
    ) -> Done:
        """Run a command.

        Args:
            arguments: of the command.
            stdin, stdout, stderr: `closed`, `null`, `file`, `full` (a full disk), `gone` (a pipe without a reader),
                `terminal`, `terminal gone` (in the middle), or the path of a file.
            encoding: of the three.
            env: more variables of the environment.
            before: Python that the child runs first.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = [list(map(str, arguments)), [stdin, stdout, stderr], encoding, dict(env), before]
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        code, out, err = json.loads(self._process.stdout.readline())
        done = Done(code, out.encode("latin-1"), err.encode("latin-1"))
        for word in (b"Traceback", b"Exception ignored"):
            assert word not in done.out + done.err, done
        return done


# The process that forks


class Stream:
    """One of the standard streams of a child."""

    def __init__(self, number: int, kind: str) -> None:
        self.number, self.kind = number, kind
        self.theirs, self.ours = -1, -1
        if kind == "null":
            self.theirs = os.open(os.devnull, os.O_RDWR)
        elif kind == "full":
            self.theirs = os.open("/dev/full", os.O_WRONLY)
        elif kind == "gone":
            self.ours, self.theirs = os.pipe()
            os.close(self.ours)
        elif kind.startswith("terminal"):
            self.ours, self.theirs = os.openpty()
            termios.tcsetwinsize(self.ours, (24, 80))
        elif kind == "file":
            self.ours, name = tempfile.mkstemp()
            self.theirs = os.dup(self.ours)
            os.unlink(name)
        elif kind != "closed":
            self.theirs = os.open(kind, os.O_RDWR)

    def begin(self) -> None:
        """In the child: take its place."""
        if self.kind == "closed":
            os.close(self.number)
        else:
            os.dup2(self.theirs, self.number)

    def end(self) -> str:
        """In the parent: what was written."""
        if self.kind != "file":
            return ""
        os.lseek(self.ours, 0, os.SEEK_SET)
        with os.fdopen(self.ours, "rb") as file:
            return file.read().decode("latin-1")


def watch(stream: Stream) -> None:
    """Read a terminal until the child has closed it, or, where it is to go, for a moment."""
    try:
        while os.read(stream.ours, 100) and stream.kind != "terminal gone":
            pass
    except OSError:
        pass
    os.close(stream.ours)


def serve() -> Any:
    """Fork for each line; returns in a child, with what it is to run."""
    for line in sys.stdin.buffer:
        arguments, kinds, encoding, env, before = json.loads(line)
        streams = [Stream(number, kind) for number, kind in enumerate(kinds)]
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            for stream in streams:
                stream.begin()
            os.closerange(3, 256)
            os.environ.update(env)
            sys.argv = ["aiointegrator", *arguments]
            make_streams(encoding)
            return before
        for stream in streams:
            if stream.theirs >= 0:
                os.close(stream.theirs)
        for stream in streams:
            if stream.kind.startswith("terminal"):
                watch(stream)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = [stream.end() for stream in streams]
        sys.stdout.buffer.write(json.dumps([code, *said[1:]]).encode() + b"\n")
        sys.stdout.buffer.flush()
    return None


def make_streams(encoding: str) -> None:
    """As the interpreter makes them when it starts."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream: Any = None
        try:
            os.fstat(number)
        except OSError:
            pass
        else:
            binary = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115
            errors = "backslashreplace" if number == 2 else "strict"
            line = number == 2 or os.isatty(number)
            stream = io.TextIOWrapper(binary, encoding=encoding, errors=errors, line_buffering=line)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def import_everything() -> None:
    """What the commands import when they are asked for."""
    import aiointegrator.cli
    import aiointegrator.inventory

    for name in ("cyclopts.help", "deepdiff", "jinja2", "rich.live", "rich.markdown", "rich.progress", "uvloop"):
        with suppress(ImportError):
            import_module(name)
    for package in (aiointegrator.cli, aiointegrator.inventory):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    gc.freeze()  # so that a child that ends need not look at it all


if __name__ == "__main__":
    import_everything()
    first = serve()
    if first is not None:
        exec(first)  # what the test says
        from aiointegrator.__main__ import main

        sys.exit(main())
