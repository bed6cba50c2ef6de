"""Closed and broken standard streams, and those of a narrow encoding: the exit code is the command's, without a traceback."""

from __future__ import annotations

import asyncio
import csv
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from forks import Done, Forks
from inventory.making import make
from rich.cells import cell_len

from aiointegrator.cli import streams
from aiointegrator.testing import FakeIntegrator

ROOT = Path(__file__).resolve().parents[2]
NAME = "Orders → 日本 \U0001f680 café"
FULL = b"cannot write to standard output: No space left on device\n"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inventory with more in it than a pipe holds."""
    made = tmp_path_factory.mktemp("made") / "i"
    flows = [{"_id": f"f{number}", "name": NAME, "description": "x" * 100} for number in range(1000)]
    person = {"name": NAME, "email": "a@b.c"}
    ashares = [{"_id": "s", "accessLevel": "manage", "accepted": True, "sharedWithUser": person}]
    make(made, {"a" * 24: {"flows": flows, "ashares": ashares}}, records={"a" * 24: {"name": NAME}})
    return made


async def crawl(forks: Forks, fake: FakeIntegrator, out: Path, **streams: Any) -> Done:
    env = {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url}
    return await asyncio.to_thread(forks.run, "crawl", "--out", out, env=env, **streams)


# Closed and broken


@pytest.mark.parametrize(
    "streams",
    [
        {"stdin": "closed", "stderr": "closed"},
        {"stderr": "gone"},
        {"stderr": "terminal"},
        {"stderr": "terminal gone"},
        {"stdin": "closed", "stdout": "closed", "stderr": "closed"},
        {"stdout": "gone", "stderr": "full"},
    ],
    ids=str,
)
async def test_a_whole_crawl_ends_with_zero(
    forks: Forks, fake: FakeIntegrator, tmp_path: Path, streams: dict[str, str]
) -> None:
    """Whatever became of its streams, with the manifest's path on a stdout that takes it."""
    done = await crawl(forks, fake, tmp_path / "i", **streams)
    assert done.code == 0
    assert json.loads((tmp_path / "i" / "manifest.json").read_text())["complete"]
    assert done.out == (b"" if "stdout" in streams else f"{tmp_path / 'i' / 'manifest.json'}\n".encode())


async def test_an_incomplete_crawl_still_says_so(forks: Forks, fake: FakeIntegrator, tmp_path: Path) -> None:
    """Five, not one."""
    fake.deny("list_flows", next(iter(fake.account.integrations)))
    done = await crawl(forks, fake, tmp_path / "i", stdout="full")
    assert done.code == 5
    assert done.err.endswith(b"warning: " + FULL)


async def test_the_program_is_started_with_closed_streams(fake: FakeIntegrator, tmp_path: Path) -> None:
    """By a shell, with the event loop that is installed: uvloop aborts if a socket takes the number of a stream."""
    line = f'"{sys.executable}" -m aiointegrator crawl --out "{tmp_path / "i"}" 0<&- 1>&- 2>&-'
    env = os.environ | {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)}
    done = await asyncio.to_thread(subprocess.run, ["bash", "-c", line], env=env, timeout=60, check=False)
    assert done.returncode == 0
    assert (tmp_path / "i" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("words", "stream"),
    [
        ("inventory show {} flows", "gone"),
        ("inventory show {} flows -o table", "full"),
        ("inventory graph {}", "gone"),
        ("--help", "gone"),
        ("--version", "full"),
    ],
)
def test_data_that_cannot_be_written(forks: Forks, directory: Path, words: str, stream: str) -> None:
    """Ends with 1: quietly if the reader has gone, as with `| head`, and with a line if the disk is full."""
    done = forks.run(*words.format(directory).split(), stdout=stream)
    assert (done.code, done.err) == (1, b"error: " + FULL if stream == "full" else b"")


ALL_CLOSED, ERR_GONE, ERR_FULL = ("closed", "closed", "closed"), ("closed", "null", "gone"), ("null", "null", "full")


@pytest.mark.parametrize(
    ("words", "code", "streams"),
    [
        ("--help", 0, ALL_CLOSED),
        ("inventory show {} flows", 0, ALL_CLOSED),
        ("inventory check {}/nothing", 1, ERR_GONE),
        ("inventory lint {} --select no-trigger --exit-code", 3, ALL_CLOSED),
        ("inventory show {}/nothing", 78, ERR_FULL),
        ("nonsense", 2, ERR_GONE),
        ("inventory show", 2, ALL_CLOSED),
    ],
)
def test_the_exit_code_is_the_commands(
    forks: Forks, directory: Path, words: str, code: int, streams: tuple[str, str, str]
) -> None:
    """What is closed was closed on purpose; of a broken stderr nobody can be told."""
    stdin, stdout, stderr = streams
    done = forks.run(*words.format(directory).split(), stdin=stdin, stdout=stdout, stderr=stderr)
    assert done.code == code


@pytest.mark.parametrize("words", ["inventory check {}", "inventory export {} {}-csv", "report {} --out {}.html"])
def test_a_path_or_verdict_that_cannot_be_written(forks: Forks, directory: Path, words: str) -> None:
    """The exit code and the disk say it all; the line is missed with a warning."""
    done = forks.run(*words.format(directory, directory).split(), stdout="full")
    assert (done.code, done.err.splitlines(keepends=True)[0]) == (0, b"warning: " + FULL)


def test_a_broken_stdout_does_not_hide_an_error(forks: Forks, directory: Path) -> None:
    """What was printed before the error is written after it, and fails in silence."""
    before = (
        "import aiointegrator.cli.commands.inventory.app as module\n"
        "def table(*_):\n    print('x')\n    raise module.ArgumentError('no')\nmodule.table = table"
    )
    done = forks.run("inventory", "show", directory, "-o", "table", stdout="gone", before=before)
    assert (done.code, done.err) == (2, b"error: no\n")


async def test_a_body_from_a_closed_stdin(forks: Forks, fake: FakeIntegrator) -> None:
    """Is a usage error, and nothing is sent."""
    env = {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url}
    words = ("api", "POST", "/v1/integrations", "--data", "-")
    done = await asyncio.to_thread(forks.run, *words, stdin="closed", env=env)
    assert (done.code, done.err) == (2, b"error: --data is no JSON that can be read: standard input is closed\n")
    assert not fake.counts


def test_a_pipe_in_non_blocking_mode_gets_everything() -> None:
    """Other programs set that mode on a pipe or terminal which they share with us; a full one is waited for."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with os.fdopen(writer, "wb", buffering=0) as raw:
        stream = io.BufferedWriter(streams._Raw(raw, streams._broken))
        child = subprocess.Popen(["wc", "-c"], stdin=reader, stdout=subprocess.PIPE)
        os.close(reader)
        stream.write(b"x" * 300_000)
        stream.flush()
    out, _ = child.communicate()
    assert int(out) == 300_000


def test_stdout_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it drops everything, so that the interpreter's last flush is no error. Windows says EINVAL of a closed pipe."""

    class Raw(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: Any) -> int:
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(sys, "__stdout__", io.TextIOWrapper(io.BufferedWriter(Raw())))
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    streams.install()
    sys.stdout.write("x")
    with pytest.raises(streams.BrokenOutput) as caught:
        sys.stdout.flush()
    assert (caught.value.reader_gone, caught.value.reason) == (False, "Invalid argument")
    sys.stdout.write("y")
    sys.stdout.flush()
    monkeypatch.setattr(streams, "_GONE", {errno.EINVAL})
    assert streams.BrokenOutput(OSError(errno.EINVAL, "Invalid argument")).reader_gone


def test_streams_that_somebody_has_replaced_stay(capsys: pytest.CaptureFixture[str]) -> None:
    """They are their owner's."""
    before = sys.stdout, sys.stderr
    streams.install()
    assert (sys.stdout, sys.stderr) == before


def test_lines_end_alike_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows would write a carriage return before each line end."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "__stdout__", io.TextIOWrapper(written, encoding="cp1252", newline="\r\n"))
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    streams.install()
    print("a\nb→")
    sys.stdout.flush()
    assert written.getvalue() == b"a\nb\\u2192\n"


# Encodings


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("show {} flows --limit 2", "cp1252"),
        ("show {} flows --limit 2", "utf-16"),
        ("search {} orders --limit 2", "ascii"),
        ("access {}", "latin-1"),
        ("diff {} {} --format json", "cp932"),
    ],
)
def test_json_for_any_encoding(forks: Forks, directory: Path, words: str, encoding: str) -> None:
    """Whatever is not ASCII is escaped, so that a reader which expects UTF-8 can read it as well."""
    done = forks.run("inventory", *words.format(directory, directory).split(), encoding=encoding)
    text = done.out.decode(encoding)
    assert (done.code, text.isascii()) == (0, True)
    rows = [json.loads(text)] if "diff" in words else [json.loads(line) for line in text.splitlines()]
    assert rows
    if "flows" in words:
        assert [row["data"]["name"] for row in rows] == [NAME] * 2


SHOWN = {"utf-16": NAME, "cp1252": r"Orders \u2192 \u65e5\u672c \U0001f680 café"}


@pytest.mark.parametrize(("encoding", "shown"), SHOWN.items())
def test_text_for_any_encoding(forks: Forks, directory: Path, encoding: str, shown: str) -> None:
    """What the encoding lacks is replaced, and the columns of a table stay below one another."""
    done = forks.run("inventory", "access", directory, "-o", "csv", encoding=encoding)
    assert next(csv.DictReader(io.StringIO(done.out.decode(encoding))))["name"] == shown
    done = forks.run("inventory", "show", directory, "flows", "-o", "table", "--limit", "1", encoding=encoding)
    head, row = done.out.decode(encoding).splitlines()
    assert cell_len(head[: head.index("ENABLED")]) == cell_len(row[: row.index(f"{shown}  1  ") + len(shown) + 2])


@pytest.mark.parametrize(("words", "code"), [("crawl --help", 0), ("nonsense→", 2)])
def test_help_and_errors_for_any_encoding(forks: Forks, words: str, code: int) -> None:
    """cyclopts and rich print to the same streams."""
    done = forks.run(*words.split(), encoding="ascii")
    assert done.code == code
    assert (done.out or done.err).isascii()


async def test_a_body_in_any_encoding(forks: Forks, fake: FakeIntegrator, tmp_path: Path) -> None:
    """JSON is UTF-8, whatever the locale says; a file that PowerShell wrote is UTF-16 with a byte order mark."""
    body = json.dumps({"name": NAME}, ensure_ascii=False)
    (tmp_path / "utf-8").write_text(body, encoding="utf-8")
    (tmp_path / "utf-16").write_text(body, encoding="utf-16")
    env = {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url}
    for given in ("-", f"@{tmp_path / 'utf-8'}", f"@{tmp_path / 'utf-16'}"):
        words = ("api", "POST", "/v1/integrations", "--data", given)
        done = await asyncio.to_thread(forks.run, *words, env=env, stdin=str(tmp_path / "utf-8"), encoding="cp1252")
        assert json.loads(done.out)["name"] == NAME


def test_a_stream_that_is_missing_leads_nowhere(tmp_path: Path, forks: Forks, directory: Path) -> None:
    """Not to what has its number by now, in a program that calls ours."""
    (tmp_path / "theirs").write_bytes(b"theirs")
    before = f"import os, sys\nassert os.open({str(tmp_path / 'theirs')!r}, os.O_RDWR) == 1"
    done = forks.run("inventory", "show", directory, "flows", stdout="closed", before=before)
    assert done.code == 0
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
