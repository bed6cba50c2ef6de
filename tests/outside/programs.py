"""What the scripts here share: a program that runs until the block is left, and the crawl as a user starts it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CLI = (sys.executable, "-m", "aiointegrator")
TOKEN = "fake-token-0123456789"


def needs(*programs: str) -> None:
    """Leave with a reason where a program is not installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        sys.exit(f"skipped: {', '.join(missing)} not installed (Debian: apt-get install {' '.join(missing)})")


def environment(url: str = "http://127.0.0.1:9") -> dict[str, str]:
    """The environment of a crawl against `url`."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "CELIGO_BASE_URL": url, "CELIGO_API_TOKEN": TOKEN}


@contextmanager
def running(*command: str, port: int, host: str = "127.0.0.1", inside: Sequence[str] = ()) -> Iterator[None]:
    """A program that is there once its port answers, and is stopped at the end; `inside` comes before the command."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*inside, *command], env=environment(), stdout=quiet, stderr=quiet)
    try:
        wait_for(host, port)
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_for(host: str, port: int, seconds: float = 20) -> None:
    """Wait until something listens."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def serve(port: int, *options: str) -> tuple[str, ...]:
    """The command that serves a pretend account."""
    return (*CLI, "fake", "serve", "--port", str(port), *options)


def crawl(out: Path, *options: str) -> tuple[str, ...]:
    """The command that crawls into a directory."""
    return (*CLI, "crawl", "--out", str(out), "--quiet", *options)


def manifest(out: Path) -> dict[str, Any] | None:
    """The manifest of a crawl, or None where there is none."""
    path = out / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else None


def lines(out: Path) -> dict[str, int]:
    """How many whole records each file with a final name holds; a broken line is an error."""
    return {
        path.stem: sum(1 for line in path.read_text().splitlines() if json.loads(line)) for path in out.glob("*.jsonl")
    }


def version(*command: str) -> str:
    """The first line that says a program's version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return next(line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip())
