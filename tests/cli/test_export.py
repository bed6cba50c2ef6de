"""`inventory export`, and from the crawl to the last file: what is secret is nowhere, unless it is asked for."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest
from inventory.making import make

from aiointegrator import __main__ as program
from aiointegrator.cli import app as app_module
from aiointegrator.inventory._redact import key as key_module
from aiointegrator.testing import FakeIntegrator

SECRET = "Zq7-planted-9xK"
PERSON = "Ada Moreno"
ADDRESS = "ada.moreno@example.com"
FORMATS = ("csv", "jsonl", "sqlite", "parquet")


@pytest.fixture
def cli(fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the program against the fake; its code, and what it said on stdout and stderr."""
    monkeypatch.setenv("CELIGO_API_TOKEN", fake.token)
    monkeypatch.setenv("CELIGO_BASE_URL", fake.url)
    monkeypatch.setattr(app_module, "_to_the_end", asyncio.run)

    async def call(*arguments: object) -> tuple[int, str, str]:
        code = await asyncio.to_thread(program.main, [str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return call


def plant(fake: FakeIntegrator) -> None:
    """Secrets in every kind of record, in many a form, and a person in a name."""
    for one, integration in fake.account.integrations.items():
        integration["description"] = f"=cmd, https://u:{SECRET}@h/?sig={SECRET} by {ADDRESS}"
        integration["settings"] = {"apiKey": SECRET, "json": json.dumps({"clientSecret": SECRET})}
        for kind in ("flows", "exports", "imports", "connections", "ashares"):
            for record in fake.account.records(kind, one):
                record["name"] = f"{record.get('name')} token={SECRET}"
                record["http"] = {
                    "headers": [{"name": "X-API-Key", "value": SECRET}, {"name": "Cookie", "value": f"a={SECRET}"}],
                    "relativeURI": f"/x?access_token={SECRET}",
                    "encrypted": {"deep": [SECRET]},
                    "clientCertificates": {"key": SECRET},
                }
                record["webhook"] = {"verify": "hmac", "key": SECRET}
                record["netsuite"] = {"account": "T", "tokenId": SECRET}
                record["sampleData"] = {"buyer": PERSON, "json": json.dumps({"name": PERSON})}


def content(place: Path) -> str:
    """Everything in an export as text, Parquet read by DuckDB."""
    files = [place] if place.is_file() else sorted(place.iterdir())
    return "".join(
        str(duckdb.read_parquet(str(file)).fetchall()) if file.suffix == ".parquet" else file.read_bytes().decode("latin-1")
        for file in files
    )  # fmt: skip


async def test_what_is_secret_is_nowhere(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """Not in what is shown, found or exported, in any form; people are hidden where that is asked for."""
    plant(fake)
    out = tmp_path / "i"
    assert (await cli("crawl", "--out", out, "--kinds", "flows,exports,imports,ashares,connections"))[0] == 0
    kinds = ("integrations", "flows", "exports", "imports", "ashares", "connections", "flow_steps", "used_by", "access")
    asked = [("show", out, kind, "-o", form) for kind in kinds for form in ("table", "jsonl")]
    asked += [
        ("show", out, "connections", "--fields", "name,http.headers[0].value,http.encrypted,http.headers"),
        ("show", out, "integrations", "--fields", "record,settings,settings.json,description"),
        ("show", out, "exports", "--fields", "webhook.key,webhook,sampleData.buyer,sampleData"),
        ("lint", out),
        ("graph", out, "-o", "json"),
        ("access", out),
        ("search", out, "token"),
        ("search", out, "ada"),
    ]
    for arguments in asked:
        code, said, _ = await cli("inventory", *arguments)
        assert code == 0
        assert said
        assert SECRET not in said
        _, plain, _ = await cli("inventory", *arguments, "--no-redact")
        assert plain.count("\n") == said.count("\n")
        _, hidden, _ = await cli("inventory", *arguments, "--redact-users")
        assert SECRET not in hidden
        assert PERSON not in hidden
        assert ADDRESS not in hidden
    for form in FORMATS:
        place = tmp_path / f"{form}.sqlite" if form == "sqlite" else tmp_path / form
        code, said, _ = await cli("inventory", "export", out, place, "-o", form)
        assert code == 0
        assert all(Path(line).exists() for line in said.splitlines())
        assert SECRET not in content(place)
        assert ADDRESS in content(place)
        assert (await cli("inventory", "export", out, place, "-o", form))[0] == 78
        assert (await cli("inventory", "export", out, place, "-o", form, "--fresh", "--redact-users"))[0] == 0
        assert SECRET not in content(place)
        assert PERSON not in content(place)
        assert ADDRESS not in content(place)
        _, _, err = await cli("inventory", "export", out, place, "--format", form, "--fresh", "--no-redact")
        assert "warning: secrets and people are in it" in err
        assert SECRET in content(place)


async def test_options(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """The form follows the destination; some kinds can be chosen; what contradicts itself is refused."""
    out = tmp_path / "i"
    fake.deny("list_flows", next(iter(fake.account.integrations)))
    assert (await cli("crawl", "--out", out))[0] == 5
    code, said, err = await cli("inventory", "export", out, tmp_path / "csv", "--kinds", "flows", "exports")
    assert code == 0
    assert said.splitlines() == [
        str(tmp_path / "csv" / f"{name}.csv") for name in ("gaps", "integrations", "flows", "exports")
    ]
    assert "INCOMPLETE: 1 parts" in err
    assert "denied" in (tmp_path / "csv" / "gaps.csv").read_text()
    code, said, _ = await cli("inventory", "export", out, tmp_path / "a.db")
    assert said == f"{tmp_path / 'a.db'}\n"
    base = sqlite3.connect(tmp_path / "a.db")
    assert base.execute("SELECT status FROM gaps").fetchall() == [("denied",)]
    base.close()
    for command in (("export", out, tmp_path / "b"), ("show", out, "flows"), ("search", out, "orders")):
        code, said, err = await cli("inventory", *command, "--no-redact", "--redact-users")
        assert (code, said) == (2, "")
        assert "give one of them" in err
    assert (await cli("inventory", "export", out, tmp_path / "b", "--kinds", "nothing"))[0] == 2
    assert (await cli("inventory", "export", out, out, "--fresh"))[0] == 2
    assert (await cli("inventory", "export", tmp_path, tmp_path / "b"))[0] == 78


async def test_a_key_that_cannot_be_kept_is_said(
    fake: FakeIntegrator, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a marker was needed, and at the beginning of a redacted crawl."""
    plant(fake)
    monkeypatch.delenv("CELIGO_REDACTION_KEY")
    monkeypatch.setattr(key_module, "key_file", lambda: Path("/dev/null/redaction.key"))
    code, _, err = await cli("crawl", "--out", tmp_path / "i", "--redact")
    assert (code, err.startswith("note: the key of the markers cannot be kept")) == (0, True)
    assert (await cli("crawl", "--out", tmp_path / "j"))[0] == 0
    assert "cannot be kept" in (await cli("inventory", "show", tmp_path / "j", "flows"))[2]
    assert "cannot be kept" not in (await cli("inventory", "show", tmp_path / "j"))[2]
    assert "cannot be kept" not in (await cli("inventory", "show", tmp_path / "i", "flows"))[2]


@pytest.mark.parametrize("option", ["--delimiter=tab", "--delimiter=\\t", "--delimiter=;"])
def test_delimiters(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    """Of the files; what is none is one line and exit code 2."""
    inventory = make(tmp_path / "i", {"i": {"flows": [{"_id": "f", "name": "a;b\tc"}]}}).directory
    assert program.main(["inventory", "export", str(inventory), str(tmp_path / "out"), option]) == 0
    delimiter = ";" if option.endswith(";") else "\t"
    lines = (tmp_path / "out" / "flows.csv").read_text("utf-8-sig").splitlines()
    assert lines[1].startswith(f'f{delimiter}i{delimiter}"a;b\tc"{delimiter}')
    capsys.readouterr()
    for wrong in ("--delimiter=--", "--delimiter=a", "--delimiter="):
        assert program.main(["inventory", "export", str(inventory), str(tmp_path / "no"), wrong]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "no").exists()
