"""The command line: what it prints where, and the code it ends with."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from raw_server import RawServer, answer

import aiointegrator
from aiointegrator import __main__ as program
from aiointegrator import errors
from aiointegrator.cli import app as app_module
from aiointegrator.cli import event_loop, exit_codes
from aiointegrator.cli.commands import demo
from aiointegrator.cli.output import progress as progress_module
from aiointegrator.orchestrators import CrawlProgress
from aiointegrator.testing import FakeIntegrator, seeded_account

ROOT = Path(__file__).resolve().parents[2]


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def cli(fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the program in a thread of its own, as `asyncio.run` wants, against the fake."""
    monkeypatch.setenv("CELIGO_API_TOKEN", fake.token)
    monkeypatch.setenv("CELIGO_BASE_URL", fake.url)
    monkeypatch.setattr(app_module, "_to_the_end", asyncio.run)

    async def call(*arguments: str) -> Done:
        code = await asyncio.to_thread(program.main, list(arguments))
        out, err = capfd.readouterr()
        assert fake.token not in out + err
        return Done(code, out, err)

    return call


async def test_a_crawl_leaves_the_account_on_disk(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """0, the manifest's path on stdout, and every record as the server sent it."""
    done = await cli("crawl", "--out", str(tmp_path / "i"))
    assert done.code == 0
    assert done.out == f"{tmp_path / 'i' / 'manifest.json'}\n"
    assert "complete: everything is in" in done.err
    manifest = json.loads((tmp_path / "i" / "manifest.json").read_text())
    assert manifest["complete"] is True
    assert len(manifest["branches"]) == 5 * 4
    assert manifest["base_url"] == f"{fake.url}/v1"
    for kind in ("flows", "exports", "imports", "ashares"):
        rows = [json.loads(line) for line in (tmp_path / "i" / f"{kind}.jsonl").read_text().splitlines()]
        found = {i: [row["data"] for row in rows if row["integration"] == i] for i in fake.account.integrations}
        assert found == {i: fake.account.records(kind, i) for i in fake.account.integrations}


async def test_a_crawl_by_the_accounts_lists(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """The same records, and those of no integration with null for it; the manifest says which plan it was."""
    done = await cli("crawl", "--out", str(tmp_path / "i"), "--plan", "account")
    assert done.code == 0
    manifest = json.loads((tmp_path / "i" / "manifest.json").read_text())
    assert (manifest["plan"], manifest["complete"]) == ("account", True)
    rows = [json.loads(line) for line in (tmp_path / "i" / "flows.jsonl").read_text().splitlines()]
    assert len(rows) == manifest["counts"]["flows"]
    nobodys = [row["data"]["_id"] for row in rows if row["integration"] is None]
    assert nobodys == [flow["_id"] for flow in fake.account.standalone["flows"]]
    assert len(rows) == fake.account.total("flows") + len(nobodys)


async def test_a_crawl_that_compares(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """How many differences there are stands on stderr, and each in the manifest."""
    first = next(iter(fake.account.integrations))
    fake.account.exports[first].append({"_id": "unused"})
    done = await cli("crawl", "--out", str(tmp_path / "i"), "--plan", "compare")
    assert done.code == 0
    assert "1 differences between the two plans" in done.err
    manifest = json.loads((tmp_path / "i" / "manifest.json").read_text())
    assert manifest["differences"] == [
        {"integration": first, "kind": "exports", "id": "unused", "only_in": "integration"}
    ]
    assert (await cli("crawl", "--out", str(tmp_path / "j"), "--plan", "quick")).code == 2


async def test_an_incomplete_crawl_ends_with_five_and_says_what_is_missing(
    fake: FakeIntegrator, cli: Any, tmp_path: Path
) -> None:
    """The summary is bounded, the manifest is not."""
    for integration_id in fake.account.integrations:
        for operation in ("list_flows", "list_exports", "list_imports", "list_ashares", "list_connections"):
            fake.deny(operation, integration_id)
    kinds = ["--kinds", "flows,exports", "imports", "--kinds", "ashares,connections"]
    done = await cli("crawl", "--out", str(tmp_path / "i"), *kinds, "--quiet")
    assert done.code == 5
    assert "INCOMPLETE: 25 missing" in done.err
    assert "and 5 more" in done.err
    assert done.err.count("denied: ") == 20
    manifest = json.loads((tmp_path / "i" / "manifest.json").read_text())
    assert [branch["status"] for branch in manifest["branches"]] == ["denied"] * 25


async def test_a_list_that_breaks_off_is_said(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """A gap that is no branch has its place in the manifest."""
    fake.account.integrations["x"] = {"name": "no id"}
    done = await cli("crawl", "--out", str(tmp_path / "i"), "--kinds", "ashares")
    assert done.code == 5
    assert "of the account" in done.err
    assert len(json.loads((tmp_path / "i" / "manifest.json").read_text())["gaps"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["crawl"], 2, "out"),
        (["nonsense"], 2, "nonsense"),
        (["crawl", "--out", "x", "--token", "t"], 2, "token"),
        (["crawl", "--out", "x", "--kinds", "flowz"], 2, "flowz"),
        (["crawl", "--out", "x", "--kinds", ","], 2, "nothing"),
        (["crawl", "--out", "x", "--at-once", "0"], 2, "at_once"),
        (["crawl", "--out", "x", "--rate", "0"], 2, "--rate"),
        (["crawl", "--out", "x", "--burst", "0.5"], 2, "--burst"),
        (["crawl", "--out", "x", "--region", "us", "--base-url", "http://127.0.0.1:1"], 78, "region"),
        (["crawl", "--out", "x", "--base-url", "ftp://x"], 78, "--base-url"),
        (["crawl", "--out", "x", "--timeout", "0"], 78, "timeout"),
        (["crawl", "--out", "x", "--token-file", "nowhere"], 78, "token file"),
        (["crawl", "--out", "x", "--base-url", "http://127.0.0.1:1", "--outage-patience", "0"], 75, "cannot connect"),
        (["crawl", "--out", "/dev/null/x"], 1, "cannot write"),
        (["integrations", "get", "ffffffffffffffffffffffff"], 1, "404"),
        (["integrations", "get", ".."], 2, "integrationId"),
        (["api", "GET", "/v2/x"], 2, "/v1/"),
        (["api", "GET", "/v1/x", "--query", "novalue"], 2, "NAME=VALUE"),
        (["api", "POST", "/v1/integrations", "--data", "{"], 2, "no JSON"),
        (["api", "POST", "/v1/integrations", "--data", "@nowhere"], 2, "no JSON"),
        (["api", "POST", "/v1/integrations", "--data", "[" * 100_000], 2, "no JSON"),
        (["fake", "serve", "--integrations", "-1"], 2, "integrations"),
        (["fake", "serve", "--faults", "2"], 2, "faults"),
        (["fake", "serve", "--port", "70000"], 2, "listen"),
    ],
)
async def test_what_goes_wrong_has_its_code_and_one_line(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, says: str
) -> None:
    """On stderr, without a traceback, and stdout stays empty."""
    monkeypatch.chdir(tmp_path)
    done = await cli(*arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == [] or list((tmp_path / "x").iterdir()) == []


async def test_a_wrong_token_ends_with_four(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment or from a file, and the file may end with a newline."""
    right = os.environ["CELIGO_API_TOKEN"]
    monkeypatch.setenv("CELIGO_API_TOKEN", "wrong")
    done = await cli("crawl", "--out", str(tmp_path / "i"))
    assert done.code == 4
    assert not (tmp_path / "i").exists()
    (tmp_path / "token").write_text(right + "\n")
    assert (await cli("whoami", "--token-file", str(tmp_path / "token"))).code == 0
    monkeypatch.delenv("CELIGO_API_TOKEN")
    assert (await cli("whoami")).code == 78


async def test_an_inventory_is_replaced_only_with_fresh(cli: Any, tmp_path: Path) -> None:
    """78, and the words that help."""
    assert (await cli("crawl", "--out", str(tmp_path / "i"))).code == 0
    done = await cli("crawl", "--out", str(tmp_path / "i"))
    assert done.code == 78
    assert "--fresh" in done.err
    assert (await cli("crawl", "--out", str(tmp_path / "i"), "--fresh", "--rate", "200", "--burst", "50")).code == 0


async def test_integrations(fake: FakeIntegrator, cli: Any) -> None:
    """JSON Lines in a pipe, a table or one JSON value where asked; one integration by its id."""
    fake.account.integrations[next(iter(fake.account.integrations))]["name"] = "evil \x1b[31m\n name"
    rows = [json.loads(line) for line in (await cli("integrations", "list")).out.splitlines()]
    assert rows == list(fake.account.integrations.values())
    assert json.loads((await cli("integrations", "list", "-o", "json", "--limit", "2")).out) == rows
    table = (await cli("integrations", "list", "-o", "table")).out
    assert len(table.splitlines()) == 6
    assert "\x1b" not in table
    assert json.loads((await cli("integrations", "get", rows[1]["_id"])).out) == rows[1]


async def test_whoami_and_api(fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token's scope; any request, with a body from the line, a file or stdin."""
    assert json.loads((await cli("whoami")).out) == {"base_url": f"{fake.url}/v1", **fake.account.token_info}
    assert json.loads((await cli("api", "get", "/v1/integrations?limit=1", "--query", "include=name")).out)
    (tmp_path / "body").write_text('{"name": "from a file"}')
    for data, name in (('{"name": "a"}', "a"), (f"@{tmp_path / 'body'}", "from a file"), ("-", "piped")):
        monkeypatch.setattr(sys, "stdin", io.StringIO('{"name": "piped"}'))
        made = json.loads((await cli("api", "POST", "/v1/integrations", "--data", data)).out)
        assert made["name"] == name
    await cli("api", "PUT", f"/v1/integrations/{made['_id']}", "--data", '{"name":"a","n":[1.10,1e400]}')
    assert fake.processed[-1].body == b'{"name":"a","n":[1.10,1e400]}'
    deleted = await cli("api", "DELETE", f"/v1/integrations/{made['_id']}")
    assert (deleted.code, deleted.out, deleted.err) == (0, "", "204\n")
    connection = next(iter(fake.account.all_connections))
    path = f"/v1/integrations/{next(iter(fake.account.integrations))}/connections/{connection}/register"
    assert (await cli("api", "PUT", path)).out == "OK\n"


@pytest.mark.parametrize(
    ("command", "body", "wanted"),
    [
        (
            "api GET /v1/flows",
            '[{"a":1e400,"b":[1.10,-0]}]',
            '[\n  {\n    "a": 1e400,\n    "b": [\n      1.10,\n      -0\n    ]\n  }\n]\n',
        ),
        ("api GET /v1/flows", '"A\x9b31m\u202e\x7f\U000e0041é"', '"A\\u009b31m\\u202e\\u007f\\udb40\\udc41é"\n'),
        ("api GET /v1/flows", "no JSON \x9b1m\r\nat\tall", "no JSON \ufffd1m\nat\tall\n"),
        ("api GET /v1/flows", "[" * 900 + "]" * 900, None),
        ("integrations list", '[{"_id":"a","name":"\u202e","x":1.10}]', '{"_id":"a","name":"\\u202e","x":1.10}\n'),
        ("integrations list -o json", '[{"_id":"a","x":1e400}]', '[\n  {\n    "_id": "a",\n    "x": 1e400\n  }\n]\n'),
    ],
)
async def test_answers_are_printed_as_they_are(
    cli: Any, monkeypatch: pytest.MonkeyPatch, command: str, body: str, wanted: str | None
) -> None:
    """With the numbers' digits, of any depth, and with escapes instead of what a terminal obeys."""
    async with RawServer(answer(200, body.encode())) as server:
        monkeypatch.setenv("CELIGO_BASE_URL", server.url)
        done = await cli(*command.split())
    assert done.code == 0
    assert done.out == wanted or (wanted is None and "".join(done.out.split()) == body)


async def test_help_and_version(cli: Any) -> None:
    """Both end with 0."""
    assert "crawl" in (await cli("--help")).out
    assert (await cli("--version")).out.strip() == aiointegrator.__version__
    assert (await cli("crawl", "--help")).code == 0


async def test_the_demo(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole account without an account, again and again, and what to do next."""
    monkeypatch.setattr(demo, "LATENCY", 0.0)
    for _ in range(2):
        done = await cli("demo", "--out", str(tmp_path / "d"))
        assert done.code == 0
        assert "What next" in done.err
    assert (tmp_path / "d" / "report.html").resolve().as_uri() in done.err
    assert (tmp_path / "d" / "report.html").is_file()
    assert json.loads((tmp_path / "d" / "manifest.json").read_text())["counts"]["integrations"] == 50


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no traceback."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert program.main([]) == 1
    assert capsys.readouterr().err == "the command line needs an extra: pip install 'aiointegrator[cli]'\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ArgumentError("x"), 2),
        (errors.ConfigurationError("x"), 78),
        (errors.AuthenticationError("x"), 4),
        (errors.PermissionDeniedError("x"), 4),
        (errors.TLSError("x"), 1),
        (errors.ConnectError("x"), 75),
        (errors.RateLimitedError("x"), 75),
        (errors.ServerError("x"), 75),
        (errors.RequestTimeoutError("x"), 75),
        (errors.NotFoundError("x"), 1),
    ],
)
def test_codes(error: errors.IntegratorError, code: int) -> None:
    """Every error has its code."""
    assert exit_codes.code_of(error) == code


def progress(**changes: Any) -> CrawlProgress:
    values: dict[str, Any] = {
        "kinds": ("flows",), "integrations_found": 10, "listing_done": True, "done": {"flows": 5}, "records": {"flows": 9},
        "gaps": 0, "requests": 100, "retries": 1, "throttled": 0, "in_flight": 3, "elapsed": 2.0,
    }  # fmt: skip
    return CrawlProgress(**(values | changes))


def test_the_line_of_progress() -> None:
    """How far, how fast, how well, how long."""
    assert (
        progress_module.line(progress())
        == "5 of 10 branches, 50 requests/s, 3 in flight, 0 throttled, 1 retried, 2 s left"
    )
    assert "10+ branches" in progress_module.line(progress(listing_done=False))
    assert "4 missing" in progress_module.line(progress(gaps=4, elapsed=0.0))
    assert progress_module.remaining(progress(done={"flows": 10})) is None


async def test_plain_progress(fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line every few seconds where there is no terminal."""
    monkeypatch.setattr(progress_module, "PLAIN_SECONDS", 0.05)
    fake.latency = 0.06
    done = await cli("crawl", "--out", str(tmp_path / "i"))
    assert "requests/s" in done.err


# As processes of their own


def start(
    fake: FakeIntegrator, *arguments: str, env: dict[str, str] | None = None, **more: Any
) -> subprocess.Popen[bytes]:
    variables = os.environ | {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "aiointegrator", *arguments], env=variables | (env or {}), **more)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_crawl_says_how_to_go_on(tmp_path: Path, number: int, code: int) -> None:
    """Nothing has a final name, and the journal is there."""
    async with FakeIntegrator(seeded_account(50), latency=0.1) as fake:
        process = start(fake, "crawl", "--out", str(tmp_path), "--at-once", "1", stderr=subprocess.PIPE)
        while fake.counts["integrations.list_flows"] < 3:
            await asyncio.sleep(0.01)
        process.send_signal(number)
        _, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert process.returncode == code
    assert b"Traceback" not in err
    assert b"--resume goes on" in err
    left = [path.name for path in tmp_path.iterdir()]
    assert ".journal" in left
    assert not [name for name in left if not name.startswith(".")]


async def test_an_interrupt_before_anything_was_read_leaves_nothing(tmp_path: Path) -> None:
    """And promises nothing."""
    async with FakeIntegrator(seeded_account(50), latency=0.3) as fake:
        process = start(fake, "crawl", "--out", str(tmp_path / "i"), stderr=subprocess.PIPE)
        while not fake.counts["integrations.list"]:
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert process.returncode == 130
    assert b"--resume" not in err
    assert list((tmp_path / "i").iterdir()) == []


async def test_the_live_view_on_a_terminal(fake: FakeIntegrator, tmp_path: Path) -> None:
    """A bar for each kind, and the summary at the end."""
    fake.latency = 0.05
    ours, theirs = pty.openpty()
    process = start(fake, "crawl", "--out", str(tmp_path / "i"), stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)

    def read() -> str:
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:
            pass
        return seen.decode()

    seen = await asyncio.to_thread(read)
    out, _ = await asyncio.to_thread(process.communicate, timeout=10)
    os.close(ours)
    assert process.returncode == 0
    assert out.decode().strip().endswith("manifest.json")
    for word in ("flows", "exports", "imports", "ashares", "in flight", "complete: everything"):
        assert word in seen
    assert fake.token not in seen


async def test_the_fake_serves_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says what to set."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with FakeIntegrator(seeded_account(1)) as fake:
        process = start(fake, "fake", "serve", "--port", str(port), "--integrations", "3", stderr=subprocess.PIPE)
        assert process.stderr is not None
        said = [await asyncio.to_thread(process.stderr.readline) for _ in range(4)]
        other = FakeIntegrator(seeded_account(1), port=port)
        listed = start(fake, "integrations", "list", "--base-url", other.url, stdout=subprocess.PIPE)
        out, _ = await asyncio.to_thread(listed.communicate, timeout=10)
        process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.communicate, timeout=10)
    assert f"export CELIGO_BASE_URL=http://127.0.0.1:{port}".encode() in b"".join(said)
    assert len(out.splitlines()) == 3
    assert process.returncode == 130


async def test_a_closed_pipe_ends_quietly(fake: FakeIntegrator) -> None:
    """As `| head` does it."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(fake, "integrations", "list", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    _, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert process.returncode == 1
    assert b"Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
async def test_a_full_disk_behind_stdout_is_named(fake: FakeIntegrator) -> None:
    """In a line, not in a traceback."""
    with Path("/dev/full").open("wb") as full:
        process = start(fake, "whoami", stdout=full, stderr=subprocess.PIPE)
        _, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert process.returncode == 1
    assert err == b"error: cannot write to standard output: No space left on device\n"


def test_uvloop_runs_the_commands_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And asyncio's own loop where it is not. The tests here that start a process run on what is installed."""
    factory = event_loop.quick_loop()
    if factory is not None:
        loop = factory()
        assert type(loop).__module__ == "uvloop"
        loop.close()
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert event_loop.quick_loop() is None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_crawl_says_how_to_go_on_without_uvloop(tmp_path: Path, number: int, code: int) -> None:
    """As with it."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "uvloop.py").write_text("raise ImportError")
    async with FakeIntegrator(seeded_account(50), latency=0.1) as fake:
        hidden = {"PYTHONPATH": f"{tmp_path / 'hidden'}{os.pathsep}{ROOT}"}
        process = start(
            fake, "crawl", "--out", str(tmp_path / "i"), "--at-once", "1", env=hidden, stderr=subprocess.PIPE
        )
        while fake.counts["integrations.list_flows"] < 3:
            await asyncio.sleep(0.01)
        process.send_signal(number)
        _, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert process.returncode == code
    assert b"Traceback" not in err
    assert b"--resume goes on" in err
    assert all(path.name.startswith(".") for path in (tmp_path / "i").iterdir())
