"""Ctrl-C and SIGTERM, whenever they come, and where the event loop cannot be told of them."""

from __future__ import annotations

import asyncio
import signal
import threading
from pathlib import Path

import pytest
from forks import Forks
from inventory.making import make

from aiointegrator import __main__ as program
from aiointegrator.cli import event_loop, signals
from aiointegrator.inventory import Database, Inventory, lint
from aiointegrator.testing import FakeIntegrator

ENDLESS = "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c WHERE x < 0) = 0"
WORDS = {signal.SIGINT: (130, b"interrupted\n"), signal.SIGTERM: (143, b"terminated\n")}
DURING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}: signal.raise_signal({number})
sys.meta_path.insert(0, Finder())
package, _, module = {name!r}.rpartition(".")
del sys.modules[{name!r}]
delattr(sys.modules[package], module)
"""
"""Let a signal come while a module is imported."""
IN_EXPORT = """
import signal, sys
def write(path, *rest, **options):
    path.write_bytes(b"half")
    signal.raise_signal({number})
sys.modules["aiointegrator.inventory._export.export"].write_csv = write
"""
IN_QUERY = """
import signal, threading, time
from aiointegrator.inventory._sql import query
real = query.Database.rows
def rows(*arguments, **options):
    threading.Timer(0.2, signal.pthread_kill, (threading.main_thread().ident, {number})).start()
    return real(*arguments, **options)
query.Database.rows = rows
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make(tmp_path / "i", {"a": {"flows": [{"_id": "f", "name": "n"}]}})
    return tmp_path / "i"


@pytest.mark.parametrize("number", WORDS)
@pytest.mark.parametrize("name", ["aiointegrator.cli.app", "aiointegrator.cli.commands.report"])
def test_during_imports(forks: Forks, number: int, name: str) -> None:
    """One line and the code, before a command is known and while it is loaded."""
    done = forks.run("report", "--help", before=DURING.format(number=int(number), name=name))
    assert (done.code, done.err) == WORDS[signal.Signals(number)]


def test_ctrl_c_before_there_is_a_handler(forks: Forks) -> None:
    """The first import of all."""
    name = "aiointegrator.cli.signals"
    done = forks.run("--version", before=DURING.format(number=int(signal.SIGINT), name=name))
    assert (done.code, done.err) == WORDS[signal.SIGINT]


@pytest.mark.parametrize("number", WORDS)
def test_during_a_command_without_a_loop(forks: Forks, directory: Path, tmp_path: Path, number: int) -> None:
    """It tidies up."""
    before = IN_EXPORT.format(number=int(number))
    done = forks.run("inventory", "export", directory, tmp_path / "out", before=before)
    assert (done.code, done.err) == WORDS[signal.Signals(number)]
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("number", WORDS)
def test_during_a_query(forks: Forks, directory: Path, number: int) -> None:
    """SQLite drops what is raised while it calls Python, and says no more than that it was interrupted."""
    before = IN_QUERY.format(number=int(number))
    done = forks.run("inventory", "show", directory, "flows", "--where", ENDLESS, before=before)
    assert (done.code, done.err) == WORDS[signal.Signals(number)]


def test_a_query_in_a_program_of_ones_own(directory: Path) -> None:
    """Ctrl-C is KeyboardInterrupt, in whatever asks the database."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with Database(directory) as base:
        base._base.set_progress_handler(interrupt, 10_000)
        with pytest.raises(KeyboardInterrupt):
            list(base.rows("flows", ["id"], where=ENDLESS))
    inventory = Inventory.open(directory)
    from aiointegrator.inventory._sql.connection import connected

    with pytest.raises(KeyboardInterrupt), connected(inventory) as asked:
        asked.set_progress_handler(interrupt, 1)
        asked.execute("SELECT count(*) FROM flows").fetchall()
    asked.set_progress_handler(None, 0)
    assert len(list(lint(inventory, select=["no-trigger"]))) == 1


def test_a_signal_after_the_command_changes_nothing(forks: Forks) -> None:
    """The exit code is known; the interpreter takes its modules apart, and would die of the signal."""
    before = "import atexit, signal\natexit.register(signal.raise_signal, signal.SIGINT)"
    assert forks.run("--version", before=before) == (0, forks.run("--version").out, b"")


def test_a_signal_that_is_ignored_stays_so(forks: Forks) -> None:
    """As `nohup` and background jobs of a shell ask for."""
    before = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    before += DURING.format(number=int(signal.SIGINT), name="aiointegrator.cli.app")
    assert forks.run("--version", before=before).code == 0


@pytest.mark.parametrize("early", [True, False])
def test_sigterm_stops_a_loop_that_knows_no_signals(early: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows; also if it comes before there is a task."""

    class Loop(asyncio.SelectorEventLoop):
        def add_signal_handler(self, *_: object) -> None:
            raise NotImplementedError

    def quick_loop() -> type[Loop]:
        if early:
            signal.raise_signal(signal.SIGTERM)
        return Loop

    monkeypatch.setattr(event_loop, "quick_loop", quick_loop)
    monkeypatch.setattr(event_loop, "_leave_what_is_loaded_alone", lambda: None)
    tidied = []

    async def command() -> None:
        if not early:
            signal.raise_signal(signal.SIGTERM)
        try:
            await asyncio.sleep(30)
        finally:
            tidied.append(True)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(signals.Terminated):
        event_loop.to_the_end(command())
    assert tidied == [True]
    assert signal.getsignal(signal.SIGTERM) is before


async def test_in_a_thread(
    fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where no handler can be set, commands work all the same."""
    monkeypatch.setenv("CELIGO_API_TOKEN", fake.token)
    monkeypatch.setenv("CELIGO_BASE_URL", fake.url)
    monkeypatch.setattr(event_loop, "_leave_what_is_loaded_alone", lambda: None)
    assert await asyncio.to_thread(program.main, ["integrations", "list"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == len(fake.account.integrations)
    assert threading.current_thread() is threading.main_thread()


def test_a_program_that_calls_main_keeps_its_handlers() -> None:
    """Only a process that is the program gets other ones."""
    before = [signal.getsignal(number) for number in WORDS]
    assert program.main(["--version"]) == 0
    assert [signal.getsignal(number) for number in WORDS] == before
