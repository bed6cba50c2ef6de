"""`crawl` while the service is down or refuses the token: exit codes, what it says, and what `--resume` finishes."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aiointegrator import __main__ as program
from aiointegrator.cli import app as app_module
from aiointegrator.cli.exit_codes import AUTHENTICATION, COMPLETE, INCOMPLETE, TRY_LATER, USAGE
from aiointegrator.cli.output import progress as progress_module
from aiointegrator.inventory import Inventory
from aiointegrator.orchestrators import CrawlProgress
from aiointegrator.testing import FakeIntegrator, seeded_account


@pytest.fixture
async def fake() -> Any:
    async with FakeIntegrator(seeded_account(60, flows=(0, 1)), latency=0.01, record=False) as server:
        yield server


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


async def asked(fake: FakeIntegrator, number: int) -> None:
    while sum(fake.asked.values()) < number:
        await asyncio.sleep(0.001)


async def test_an_outage_that_ends_costs_no_gap(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """Also where it begins with the very first request, which asks whose token it is."""
    out = str(tmp_path / "inv")
    crawling = asyncio.ensure_future(cli("crawl", "--out", out, "--timeout", "1"))
    async with fake.outage("503"):
        await asyncio.sleep(2)
    code, _ = await crawling
    assert code == COMPLETE
    assert Inventory.open(out).complete


async def test_an_outage_without_an_end_is_finished_by_resume(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """5, and everything that was not read has a gap."""
    out = str(tmp_path / "inv")
    crawling = asyncio.ensure_future(cli("crawl", "--out", out, "--outage-patience", "1"))
    await asked(fake, 80)
    async with fake.outage("503"):
        code, said = await crawling
    assert code == INCOMPLETE
    assert "the crawl stopped early" in said
    assert "has not answered since" in said
    rows = json.loads((tmp_path / "inv" / "manifest.json").read_text())["branches"]
    assert len(rows) == 60 * 4
    assert sum(row["status"] != "read" for row in rows) > 50
    code, _ = await cli("crawl", "--out", out, "--resume")
    assert code == COMPLETE
    assert Inventory.open(out).complete


async def test_nothing_at_all_could_be_read(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """75: try again later, with --resume as well."""
    out = str(tmp_path / "inv")
    async with fake.outage("refused"):
        code, said = await cli("crawl", "--out", out, "--outage-patience", "0.5")
    assert code == TRY_LATER
    assert "has not answered since" in said
    assert "Traceback" not in said
    assert (await cli("crawl", "--out", out, "--resume"))[0] == COMPLETE


async def test_a_token_that_is_refused_in_the_middle(fake: FakeIntegrator, cli: Any, tmp_path: Path) -> None:
    """4, and what was read is kept."""
    out, token = str(tmp_path / "inv"), fake.token
    crawling = asyncio.ensure_future(cli("crawl", "--out", out))
    await asked(fake, 80)
    fake.token = "another"
    code, said = await crawling
    assert code == AUTHENTICATION
    assert "the crawl stopped early" in said
    assert Inventory.open(out).counts["integrations"] == 60
    fake.token = token
    assert (await cli("crawl", "--out", out, "--resume"))[0] == COMPLETE


@pytest.mark.parametrize("seconds", ["-1", "-0.001", "nan", "inf", "soon", ""])
async def test_patience_is_a_number_of_seconds(cli: Any, tmp_path: Path, seconds: str) -> None:
    """Anything else is a usage error, before anything is sent."""
    code, said = await cli("crawl", "--out", str(tmp_path / "inv"), f"--outage-patience={seconds}")
    assert code == USAGE
    assert "outage-patience" in said.replace("\n", "")
    assert not (tmp_path / "inv").exists()


def test_the_live_view_says_since_when() -> None:
    """With the seconds, and without a guess at the time that is left."""
    since = datetime.now(UTC) - timedelta(seconds=12)
    counts = {"flows": 1}
    now = CrawlProgress(("flows",), 4, True, counts, counts, 0, 9, 0, 0, 0, 3.0, since)
    assert f"the service has not answered since {since:%Y-%m-%d %H:%M:%S} UTC (12 s)" in progress_module.line(now)
    assert "left" not in progress_module.line(now)
