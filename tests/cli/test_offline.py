"""Commands that look at a directory need no network: they load none of what makes requests, and open no socket.

Which commands these are is not a list: they are all that the program has but the ones in `ONLINE`. So a new command is
tested as soon as it is registered, and must bring its row in `ROWS`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from aiointegrator.cli.app import app
from aiointegrator.testing import FakeIntegrator, seeded_account

ROOT = Path(__file__).resolve().parents[2]
ONLINE = {"api", "crawl", "demo", "fake", "integrations", "whoami"}
"""Commands of the program that make requests, or answer them."""

ROWS = {
    "inventory show": [
        "{new}",
        "{new} flows --limit 3",
        "{new} access -o table",
        "{new} used_by --where by_kind='flows'",
    ],
    "inventory search": ["{new} ada", "{new} order -o table"],
    "inventory check": ["{new}"],
    "inventory export": ["{new} {out}", "{new} {out} -o jsonl", "{new} {out} -o sqlite", "{new} {out} -o parquet"],
    "inventory diff": ["{old} {new}", "{old} {new} --format json", "{old} {new} --format markdown"],
    "inventory graph": ["{new}", "{new} -o dot", "{new} -o json"],
    "inventory report": ["{new} --out {out}"],
    "report": ["{new} --out {out}", "{new} --compare {old} --out {out}"],
    "inventory lint": ["{new}", "{new} -o table", "--rules"],
    "inventory access": ["{new}", "{new} -o csv", "{new} -o json"],
}
"""For each offline command, what it is given: `{new}` and `{old}` are two crawls of an account, `{out}` does not exist."""

REFUSED = 99
BLOCK = f"""
import os, sys
def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")):
        os.write(2, b"refused: " + event.encode())
        os._exit({REFUSED})  # an error could be caught
sys.addaudithook(refuse)
"""
"""From here on nothing that Python sees opens a socket, asks for an address, or starts somebody who could."""

RUN = """
import sys
from aiointegrator.__main__ import main
code = main(sys.argv[1:])
print("loaded:", *sys.modules, file=sys.stderr)
sys.exit(code)
"""
HTTP = {"aiohttp", "tenacity", "aiointegrator.session._retry", "aiointegrator.client", "aiointegrator.session"}


def offline(program: App, *path: str) -> Iterator[str]:
    """Every command below this one, by its words."""
    names = [name for name in program if not name.startswith("-") and (path or name not in ONLINE)]
    for name in names:
        yield from offline(program[name], *path, name)
    if path and not names:
        yield " ".join(path)


COMMANDS = list(offline(app))


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def loaded(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The modules that a command had at its end."""
    return set(done.stderr.rpartition("loaded:")[2].split())


async def crawl_twice(folder: Path) -> None:
    """`old`, and `new` after something has changed; without inventory.sqlite, which the commands make."""
    async with FakeIntegrator(seeded_account(4), latency=0) as fake:
        for name in ("old", "new"):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "aiointegrator", "crawl", "--out", str(folder / name), "--no-database"),
                env=os.environ | {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)},
                stderr=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
            )
            assert await process.wait() == 0
            next(iter(fake.account.integrations.values()))["name"] = "Another name"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crawled")
    asyncio.run(crawl_twice(folder))
    return folder


def test_every_offline_command_has_a_row() -> None:
    """Each is shown to work without a socket, and no row is of a command that is not there."""
    assert {"inventory show", "inventory search", "inventory check"} <= set(COMMANDS)
    assert set(ROWS) == set(COMMANDS)
    assert all(ROWS.values())
    assert {name for name in app if not name.startswith("-")} > ONLINE


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_brings_nothing_that_makes_requests(command: str) -> None:
    """Neither aiohttp nor tenacity nor the session comes with it."""
    done = python(RUN, *command.split(), "--help")
    assert done.returncode == 0, done.stderr
    assert "aiointegrator.inventory" in loaded(done)
    assert not loaded(done) & HTTP


def test_what_makes_requests_would_be_seen() -> None:
    """A command that is online has all of it."""
    assert loaded(python(RUN, "whoami", "--help")) >= HTTP


def test_the_inventory_brings_nothing_that_makes_requests() -> None:
    """Not to a program of somebody's own either, nor pydantic, as long as it asks for no model."""
    done = python("import sys, aiointegrator.inventory\nprint('loaded:', *sys.modules, file=sys.stderr)")
    assert "aiointegrator.inventory" in loaded(done)
    assert not loaded(done) & (HTTP | {"asyncio", "pydantic", "pydantic_core", "socket"})


@pytest.mark.parametrize(("command", "row"), [(command, row) for command, rows in ROWS.items() for row in rows])
def test_a_command_opens_no_socket(crawled: Path, tmp_path: Path, command: str, row: str) -> None:
    """On a directory that was crawled it does its work in a process that could not open one, and loads no HTTP for it."""
    folder = shutil.copytree(crawled, tmp_path / "crawled")
    words = [word.format(new=folder / "new", old=folder / "old", out=tmp_path / "out") for word in row.split()]
    done = python(BLOCK + RUN, *command.split(), *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout or any(tmp_path.glob("out*"))
    assert not loaded(done) & HTTP


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 9)",
        "import socket; socket.socketpair()",
        "import asyncio; asyncio.new_event_loop()",
        "import subprocess; subprocess.Popen(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
    ],
)
def test_the_block_bites(code: str) -> None:
    """Whatever tries to get out ends the process, even where it would catch the error."""
    done = python(f"{BLOCK}\ntry:\n    {code}\nexcept BaseException:\n    pass")
    assert done.returncode == REFUSED
    assert "refused: " in done.stderr


def test_the_block_bites_a_command() -> None:
    """One that makes requests does not get far."""
    done = python(BLOCK + RUN, "whoami", "--token-file", os.devnull)
    assert done.returncode == REFUSED
    assert "refused: socket." in done.stderr
