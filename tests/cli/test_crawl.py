"""`crawl --resume`, `--fresh` and `--dry-run`: what is asked again, what is refused, and what stays as it was."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
from raw_server import RawServer, answer

from aiointegrator import IntegratorClient, RetryPolicy
from aiointegrator import __main__ as program
from aiointegrator.cli import app as app_module
from aiointegrator.cli.commands import crawl
from aiointegrator.cli.output import plan
from aiointegrator.config import RateLimit
from aiointegrator.inventory import Inventory, InventoryInterruptedError, InventoryWriteError
from aiointegrator.orchestrators import DEFAULT_KINDS
from aiointegrator.testing import FakeIntegrator


@pytest.fixture
def cli(fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the program against the fake; its code, and all that it said."""
    monkeypatch.setenv("CELIGO_API_TOKEN", fake.token)
    monkeypatch.setenv("CELIGO_BASE_URL", fake.url)
    monkeypatch.setattr(app_module, "_to_the_end", asyncio.run)

    async def call(*arguments: str) -> tuple[int, str]:
        code = await asyncio.to_thread(program.main, list(arguments))
        out, err = capfd.readouterr()
        return code, out + err

    return call


def records(directory: Path) -> dict[str, Counter[str]]:
    return {path.name: Counter(path.read_text().splitlines()) for path in directory.glob("*.jsonl")}


def branches(directory: Path) -> list[Any]:
    rows = json.loads((directory / "manifest.json").read_text())["branches"]
    return sorted(rows, key=lambda row: (row["integration"], row["kind"]))


def asked(fake: FakeIntegrator, kind: str) -> set[str]:
    """The integrations that were asked for a kind."""
    return {target.split("/")[3] for target in fake.asked if target.split("?")[0].endswith(f"/{kind}")}


async def interrupted(fake: FakeIntegrator, cli: Any, out: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A crawl that broke off after so many integrations."""
    from aiointegrator.inventory import InventoryWriter

    original = InventoryWriter.write

    def write(self: InventoryWriter, snapshot: Any) -> None:
        if self.counts["integrations"] == after:
            raise OSError(28, "No space left on device")
        original(self, snapshot)

    with monkeypatch.context() as patch:
        patch.setattr(InventoryWriter, "write", write)
        code, said = await cli("crawl", "--out", str(out))
    assert code == 1
    assert "No space" in said


async def test_gaps_alone_are_read_again(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """The rest is not asked for; the result is the one of a crawl without gaps, and stays so."""
    first, second, *_ = fake.account.integrations
    assert (await cli("crawl", "--out", str(tmp_path / "whole")))[0] == 0
    fake.deny("list_flows", first)
    fake.fail("list_ashares", second)
    code, said = await cli("crawl", "--out", str(tmp_path / "i"))
    assert code == 5
    assert "--resume asks for them again" in said
    old = records(tmp_path / "i")
    fake._scripted.pop(("list_flows", first))
    fake.forget()
    code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--resume")
    assert code == 5
    assert "18 branches are there already" in said
    assert asked(fake, "flows") == {first}
    assert asked(fake, "ashares") == {second}
    assert not asked(fake, "exports") | asked(fake, "imports")
    assert records(tmp_path / "i")["integrations.jsonl"] == old["integrations.jsonl"]
    fake._scripted.clear()
    assert (await cli("crawl", "--out", str(tmp_path / "i"), "--resume"))[0] == 0
    assert records(tmp_path / "i") == records(tmp_path / "whole")
    assert branches(tmp_path / "i") == branches(tmp_path / "whole")
    inventory = Inventory.open(tmp_path / "i")
    inventory.verify()
    assert len(inventory.manifest["resumed"]) == 2
    assert inventory.counts == Inventory.open(tmp_path / "whole").counts
    fake.forget()
    code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--resume")
    assert (code, fake.counts["integrations.list"]) == (0, 0)
    assert "complete already" in said


async def test_a_crawl_that_broke_off_goes_on(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what it lacks; until then nothing overwrites it, and reading it says what to do."""
    assert (await cli("crawl", "--out", str(tmp_path / "whole")))[0] == 0
    out = tmp_path / "i"
    await interrupted(fake, cli, out, monkeypatch, 3)
    code, said = await cli("crawl", "--out", str(out))
    assert code == 78
    assert "--resume" in said
    assert "--fresh" in said
    with pytest.raises(InventoryInterruptedError, match="--resume"):
        Inventory.open(out)
    with (out / ".flows.jsonl.part").open("ab") as file:
        file.write(b'{"integration":"x","da')  # a tail that no line of the journal speaks of
    with (out / ".journal").open("ab") as file:
        file.write(b'{"branches":[{"integ')
    fake.forget()
    code, _ = await cli("crawl", "--out", str(out), "--resume")
    assert code == 0
    assert len(asked(fake, "flows")) == 2
    assert records(out) == records(tmp_path / "whole")
    assert branches(out) == branches(tmp_path / "whole")
    Inventory.open(out).verify()
    assert not list(out.glob(".*"))


async def test_what_is_of_something_else_is_refused(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account, another set of kinds, another plan; and nothing is changed, interrupted or finished."""
    await interrupted(fake, cli, tmp_path / "i", monkeypatch, 2)
    fake.deny("list_exports")
    assert (await cli("crawl", "--out", str(tmp_path / "j")))[0] == 5
    user = fake.account.token_info["_userId"]
    for out in (tmp_path / "i", tmp_path / "j"):
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        for words, options, other in (
            ("account", (), "somebody else"),
            ("set of kinds: ashares, exports, flows, imports there, flows now", ("--kinds", "flows"), user),
            ("plan: integration there, account now", ("--plan", "account"), user),
        ):
            fake.account.token_info["_userId"] = other
            for more in ((), ("--dry-run",)):
                code, said = await cli("crawl", "--out", str(out), "--resume", *options, *more)
                assert code == 78
                assert words in said
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("plan", ["integration", "account"])
async def test_kinds_and_plan_are_those_of_the_first_time(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, plan: str
) -> None:
    """Where --resume names none; a journal that cannot say it is refused."""
    out = tmp_path / "i"
    fake.deny("list_connections", next(iter(fake.account.integrations)))
    fake.deny("connections.list")
    options = ("--kinds", "connections,flows", "--plan", plan)
    assert (await cli("crawl", "--out", str(out), *options))[0] == 5
    fake._scripted.clear()
    code, said = await cli("crawl", "--out", str(out), "--resume", "--dry-run")
    assert (code, "branches: 10, " in said) == (0, True)
    assert (await cli("crawl", "--out", str(out), "--resume"))[0] == 0
    manifest = Inventory.open(out).manifest
    assert (manifest["kinds"], manifest["plan"], manifest["complete"]) == (["connections", "flows"], plan, True)
    (out / ".journal").write_text('{"journal":1,"kinds":[7]}\n')
    (out / "manifest.json").unlink()
    code, said = await cli("crawl", "--out", str(out), "--resume")
    assert (code, ".journal is damaged, or another version" in said) == (78, True)


async def test_data_that_changed_since_is_not_gone_on_with(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest tells, as after a power cut; a file that is too short costs only what it lacks."""
    await interrupted(fake, cli, tmp_path / "i", monkeypatch, 3)
    part = tmp_path / "i" / ".exports.jsonl.part"
    content = part.read_bytes()
    part.write_bytes(b"\0" * len(content))
    code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--resume")
    assert code == 78
    assert ".exports.jsonl.part is not what the journal says" in said
    part.write_bytes(content[:-1])
    fake.forget()
    assert (await cli("crawl", "--out", str(tmp_path / "i"), "--resume"))[0] == 0
    assert len(asked(fake, "flows")) == 3
    Inventory.open(tmp_path / "i").verify()


async def test_an_old_inventory_stays_until_the_new_one_is_whole(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where --fresh was asked for, and the crawl broke off."""
    out = tmp_path / "i"
    assert (await cli("crawl", "--out", str(out)))[0] == 0
    from aiointegrator.inventory import InventoryWriter

    with pytest.raises(KeyboardInterrupt), InventoryWriter(out, DEFAULT_KINDS, "u", fresh=True):
        raise KeyboardInterrupt
    Inventory.open(out).verify()
    assert not list(out.glob(".*"))
    assert (await cli("crawl", "--out", str(out), "--fresh", "--resume"))[0] == 2


async def test_other_plans_begin_anew(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """They read the account's lists, which cannot be had in part."""
    out = tmp_path / "i"
    fake.deny("exports.list")
    assert (await cli("crawl", "--out", str(out), "--plan", "account"))[0] == 5
    fake._scripted.clear()
    fake.forget()
    assert (await cli("crawl", "--out", str(out), "--plan", "account", "--resume"))[0] == 0
    assert fake.counts["flows.list"] > 0
    assert fake.counts["exports.list"] > 0
    Inventory.open(out).verify()


async def test_a_token_that_may_not_say_whose_it_is(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """Crawls as well; the manifest says nothing of the account."""
    fake.deny("account.token_info")
    fake.deny("token_info")
    assert (await cli("crawl", "--out", str(tmp_path / "i")))[0] == 0
    assert Inventory.open(tmp_path / "i").manifest["account"] == {}


@pytest.mark.parametrize(
    "strange",
    [
        answer(405, b""),
        answer(400, b"no"),
        answer(204, b""),
        answer(302, b"", "Location: /login"),
        answer(501, b""),
        answer(206, b'{"_userId":"u"}'),
        answer(200, b""),
        answer(200, b"<html>Please log in</html>"),
        answer(200, b"[]"),
        answer(200, b'"u"'),
        answer(200, b"null"),
        answer(200, b'{"_userId":5,"scope":7}'),
        answer(200, b'{"_userId":null,"scope":{}}'),
        answer(200, b'{"user":"u"}'),
        answer(200, b'{"_userId":"u"', "Content-Encoding: gzip"),
        answer(200, b"\xff\xfe"),
    ],
)
async def test_a_strange_answer_of_token_info_stops_no_crawl(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strange: bytes
) -> None:
    """Whose account it is is then not known, in the manifest and for --dry-run."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_info = server.requests[-1].startswith(b"GET /v1/tokenInfo ")
        writer.write(strange if is_info else answer(200, b'[{"_id":"a"}]'))
        await writer.drain()

    quick = partialmethod(IntegratorClient.__init__, retry=RetryPolicy(base=0, throttled_base=0))
    monkeypatch.setattr(IntegratorClient, "__init__", quick)
    async with RawServer(play) as server:
        monkeypatch.setenv("CELIGO_BASE_URL", server.url)
        code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--kinds", "flows", "--no-database")
        assert (code, "does not say whose token" in said) == (0, True), said
        assert Inventory.open(tmp_path / "i").manifest["account"] == {}
        assert (await cli("crawl", "--out", str(tmp_path / "i"), "--kinds", "flows", "--dry-run"))[0] == 0


@pytest.mark.parametrize(("status", "code"), [(401, 4), (500, 75), (503, 75), (429, 75), (408, 1), (520, 75)])
async def test_a_refused_token_and_a_service_that_fails_stop_it(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    """The lists would fare no better."""
    quick = partialmethod(IntegratorClient.__init__, retry=RetryPolicy(base=0, throttled_base=0))
    monkeypatch.setattr(IntegratorClient, "__init__", quick)
    async with RawServer(answer(status, b"")) as server:
        monkeypatch.setenv("CELIGO_BASE_URL", server.url)
        assert (await cli("crawl", "--out", str(tmp_path / "i"), "--outage-patience", "0"))[0] == code
        assert all(request.startswith(b"GET /v1/tokenInfo ") for request in server.requests)
    assert not (tmp_path / "i").exists()


async def test_the_manifest_says_whose_account_it_is(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """By the user and the scope of the token."""
    assert (await cli("crawl", "--out", str(tmp_path / "i")))[0] == 0
    assert Inventory.open(tmp_path / "i").manifest["account"] == {"user": "5f0000000000000000000001", "scope": "*"}


async def test_a_dry_run_reads_the_list_and_stops(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """It says what the crawl would cost, and leaves nothing."""
    code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--dry-run", "--rate", "2", "--burst", "3")
    assert code == 0
    assert said.splitlines() == [
        "integrations: 5",
        "branches: 20",
        "requests: at least 23",
        "time: at least 10 s under the account's bucket",
    ]
    assert set(fake.counts) == {"account.token_info", "integrations.list"}
    assert not (tmp_path / "i").exists()
    first = next(iter(fake.account.integrations))
    fake.deny("list_flows", first)
    assert (await cli("crawl", "--out", str(tmp_path / "i")))[0] == 5
    _, said = await cli("crawl", "--out", str(tmp_path / "i"), "--dry-run", "--resume")
    assert "branches: 20, 1 of them not on disk yet" in said
    assert "requests: at least 4" in said


def test_the_least_number_of_requests() -> None:
    """Of each plan: the flows are read where exports or imports are to be sorted."""
    assert plan.least_requests(2, 40, ("flows", "ashares"), "integration") == 43
    assert plan.least_requests(1, 40, ("exports",), "account") == 4
    assert plan.least_requests(1, 40, ("ashares",), "compare") == 43
    assert plan.seconds(900, RateLimit()) == 0
    assert plan.seconds(3600, RateLimit()) == 10


async def test_an_interrupt_does_not_stop_the_naming_of_the_files(tmp_path: Path) -> None:
    """It comes out once the inventory has its names."""
    done: list[bool] = []

    def slowly(report: Any) -> Path:
        time.sleep(0.2)
        done.append(True)
        return tmp_path

    task = asyncio.create_task(crawl._unbroken(slowly, None))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]


async def test_a_database_that_cannot_be_made_costs_no_crawl(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and the inventory is whole; nor is one made where none is wanted."""

    def full(directory: Path) -> Path:
        raise InventoryWriteError("cannot write: No space left on device")

    assert (await cli("crawl", "--out", str(tmp_path / "i")))[0] == 0
    assert (tmp_path / "i" / "inventory.sqlite").exists()
    monkeypatch.setattr(crawl, "build_database", full)
    code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--fresh")
    assert code == 0
    assert "warning: cannot write: No space" in said
    assert not (tmp_path / "i" / "inventory.sqlite").exists()
    code, said = await cli("crawl", "--out", str(tmp_path / "i"), "--fresh", "--no-database")
    assert (code, "warning" in said) == (0, False)


SECRET = "Zq7-planted-9xK"


def plant(fake: FakeIntegrator) -> None:
    """Secrets and people in every kind of record, and in an error of the server."""
    for one, integration in fake.account.integrations.items():
        integration["settings"] = {"apiKey": SECRET, "note": f"https://u:{SECRET}@h/ Ada Moreno"}
        for kind in ("flows", "exports", "imports", "connections", "ashares"):
            for record in fake.account.records(kind, one):
                record["http"] = {"headers": [{"name": "X-API-Key", "value": SECRET}]}
                record["webhook"] = {"verify": "hmac", "key": SECRET}
                record["sampleData"] = [{"buyer": "Cem Arslan"}]


def written(directory: Path) -> bytes:
    """Everything in a directory, hidden files too."""
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()))


@pytest.mark.parametrize("plan", ["integration", "account", "compare"])
async def test_a_redacted_crawl_writes_no_secret(fake: FakeIntegrator, cli: Any, tmp_path: Path, plan: str) -> None:
    """By no plan, to no file, the database, the manifest and its errors included; people where they are named."""
    plant(fake)
    out = tmp_path / "i"
    first = next(iter(fake.account.integrations))
    fake.deny("list_ashares", first)
    assert (await cli("crawl", "--out", str(out), "--plan", plan, "--redact"))[0] in (0, 5)
    assert SECRET.encode() not in written(out)
    assert b"ada.moreno@example.com" in written(out)
    manifest = Inventory.open(out).manifest
    assert (manifest["redacted"], manifest["redacted_users"]) == (True, False)
    assert len(manifest["redaction_key"]) == 8
    options = ("--redact", "--redact-users", "--fresh", "--kinds", "flows,exports,imports,ashares,connections")
    assert (await cli("crawl", "--out", str(out), "--plan", plan, *options))[0] in (0, 5)
    assert SECRET.encode() not in written(out)
    assert b"@example.com" not in written(out)
    assert b'"name":"Ada' not in written(out)
    assert b"Cem Arslan" not in written(out)
    assert Inventory.open(out).manifest["redacted_users"] is True
    Inventory.open(out).verify()
    assert (await cli("crawl", "--out", str(out), "--redact-users", "--fresh"))[0] == 2


async def test_an_interrupted_crawl_holds_no_secret_either(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its hidden files; and only one of the same redaction and key goes on with it."""
    from aiointegrator.inventory import InventoryWriter, Redaction

    plant(fake)
    out = tmp_path / "i"
    original = InventoryWriter._note

    def noted(self: InventoryWriter, snapshot: Any) -> None:
        object.__setattr__(snapshot.branches[0], "error", f"the server said token={SECRET}")
        original(self, snapshot)
        if self.counts["integrations"] == 3:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(InventoryWriter, "_note", noted)
        assert (await cli("crawl", "--out", str(out), "--redact"))[0] == 1
    assert SECRET.encode() not in written(out)
    assert b"the server said token=[redacted " in written(out)
    before = written(out)
    for options in ((), ("--redact", "--redact-users")):
        for more in ((), ("--dry-run",)):
            code, said = await cli("crawl", "--out", str(out), "--resume", *options, *more)
            assert (code, "redaction: secrets by key" in said) == (78, True)
    with monkeypatch.context() as patch:
        patch.setenv("CELIGO_REDACTION_KEY", "another key of the tests")
        assert (await cli("crawl", "--out", str(out), "--resume", "--redact"))[0] == 78
    assert written(out) == before
    fake.deny("list_ashares", next(iter(fake.account.integrations)))
    assert (await cli("crawl", "--out", str(out), "--resume", "--redact"))[0] in (0, 5)
    assert Inventory.open(out).manifest["redacted"] is True
    assert (await cli("crawl", "--out", str(out), "--resume"))[0] == 78
    fake._scripted.clear()
    assert (await cli("crawl", "--out", str(out), "--resume", "--redact"))[0] == 0
    assert Inventory.open(out).manifest["redaction_key"] == Redaction().fingerprint
    assert SECRET.encode() not in written(out)


async def test_without_it_nothing_is_looked_at(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are as the server sent them, and no key is made."""
    from aiointegrator.inventory import Redaction

    def never(*_: Any) -> Any:
        raise AssertionError("looked at a record")

    for name in ("line", "record", "text"):
        monkeypatch.setattr(Redaction, name, never)
    plant(fake)
    assert (await cli("crawl", "--out", str(tmp_path / "i")))[0] == 0
    assert SECRET.encode() in written(tmp_path / "i")
    assert "redacted" not in Inventory.open(tmp_path / "i").manifest


@pytest.mark.parametrize("words", [["crawl", "--out", ""], ["inventory", "show", " "], ["report", "", "--out", "r"]])
async def test_an_empty_path_is_no_directory(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """It would be the working directory, and comes from a variable that is not set."""
    monkeypatch.chdir(tmp_path)
    code, said = await cli(*words)
    assert (code, "file name is empty" in said) == (2, True), said
    assert list(tmp_path.iterdir()) == []
