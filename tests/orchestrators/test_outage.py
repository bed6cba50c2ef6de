"""A crawl under fire: faults and outages cost nothing but time, and a service that stays down ends it."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from aiointegrator import (
    ArgumentError,
    AuthenticationError,
    ClientClosedError,
    Crawl,
    IntegratorClient,
    RetryPolicy,
    ServerError,
    Timeouts,
)
from aiointegrator.orchestrators import DEFAULT_KINDS
from aiointegrator.session import _manager
from aiointegrator.testing import FakeIntegrator, Faults, seeded_account

ALL_KINDS_OF_FAULTS = ("500", "502", "503", "429", "reset_before", "reset_after", "truncate")


async def test_chaos_costs_nothing_but_time() -> None:
    """2,000 integrations, 20 % of answers faulty: nothing missing, nothing extra, fewer than twice the requests."""
    account = seeded_account(2000, flows=(0, 2))
    faults = Faults(rate=0.2, kinds=ALL_KINDS_OF_FAULTS, in_a_row=3)
    async with FakeIntegrator(account, faults=faults, record=False) as fake:
        policy = RetryPolicy(base=0.001, throttled_base=0.001)
        async with IntegratorClient(fake.token, base_url=fake.url, retry=policy, rate_limit=None) as client:
            async with client.crawl(models=False) as crawl:
                async for snapshot in crawl:
                    assert snapshot.integration == fake.account.integrations[snapshot.id]
                    for kind in DEFAULT_KINDS:
                        assert snapshot.records[kind] == fake.account.records(kind, snapshot.id)
    assert crawl.report.gaps == ()
    assert crawl.complete
    assert crawl.report.counts["integrations"] == 2000
    clean = len(fake.asked)
    assert crawl.report.requests == sum(fake.asked.values()) < 2 * clean
    assert crawl.report.retries > 0.15 * clean


# Outages of two seconds; `benchmarks/outages.py` has the longer ones


@pytest.fixture
def short_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe that meets silence takes a second, not ten."""
    monkeypatch.setattr(_manager, "PROBE_SECONDS", 1.0)


async def crawled(fake: FakeIntegrator, plan: Any, **options: Any) -> Crawl:
    """A crawl with few connections, so that few requests are in flight when an outage begins."""
    timeouts = Timeouts(read=1, total=300)
    async with IntegratorClient(fake.token, base_url=fake.url, timeout=timeouts, max_connections=16) as client:
        async with client.crawl(raw=True, plan=plan, **options) as crawl:
            async for _ in crawl:
                pass
    return crawl


async def asked(fake: FakeIntegrator, number: int, crawling: asyncio.Future[Any]) -> None:
    """Wait until the server has been asked so often."""
    while sum(fake.asked.values()) < number and not crawling.done():
        await asyncio.sleep(0.001)


async def outlived(kind: Any, plan: Any, begins: int) -> str:
    """A crawl with an outage of two seconds; what is wrong with it, or nothing."""
    quiet = 1 + 4 * 100 if plan == "integration" else 1 + 4
    async with FakeIntegrator(seeded_account(100, flows=(0, 1)), latency=0.01, page_size=1000, record=False) as fake:
        crawling = asyncio.ensure_future(crawled(fake, plan))
        await asked(fake, begins, crawling)
        async with fake.outage(kind):
            began = time.monotonic()
            await asyncio.sleep(2)
        crawl = await crawling
        seconds = time.monotonic() - began
    report, most = crawl.report, 1.05 * quiet + 20
    if report.complete and crawl.report.counts["integrations"] == 100 and report.requests <= most and seconds < 60:
        return ""
    return f"{kind} {plan} {begins}: {report.requests} requests, {seconds:.1f} s, {report.gaps[:1]}"


@pytest.mark.parametrize("kind", ["500", "502", "503", "retry-after", "reset", "refused", "silence"])
@pytest.mark.usefixtures("short_probes")
async def test_an_outage_of_two_seconds(kind: Any) -> None:
    """At the first request, in the list, in the middle, by both plans: no gap, and hardly a request more."""
    plays = [("integration", 0), ("integration", 1), ("integration", 200), ("account", 0), ("account", 2)]
    wrong = await asyncio.gather(*(outlived(kind, plan, begins) for plan, begins in plays))
    assert [text for text in wrong if text] == []


async def test_one_integration_and_one_list_that_always_fail_pause_no_other() -> None:
    """Their attempts are used up, the rest is read, and the crawl ends soon after everything else."""
    async with FakeIntegrator(seeded_account(100, flows=(0, 1)), latency=0.005, record=False) as fake:
        ids = list(fake.account.integrations)
        for name in ("list_flows", "list_exports", "list_imports", "list_ashares"):
            fake.fail(name, ids[-1])
            fake.fail(name, ids[50])
        fake.fail("list_flows", ids[49])
        began = time.monotonic()
        crawl = await crawled(fake, "integration")
    assert time.monotonic() - began < 30
    gaps = {(gap.integration_id, gap.kind) for gap in crawl.report.gaps}
    assert len(gaps) == 9
    assert all(gap.error.outage_since is None and gap.error.attempts == 5 for gap in crawl.report.gaps)
    assert crawl.report.stopped is None


@pytest.mark.parametrize("kind", ["503", "reset", "refused", "silence"])
@pytest.mark.usefixtures("short_probes")
async def test_an_outage_longer_than_the_patience_ends_the_crawl(kind: Any) -> None:
    """It stops asking, and names everything that it did not read."""
    async with FakeIntegrator(seeded_account(100, flows=(0, 1)), latency=0.01, record=False) as fake:
        crawling = asyncio.ensure_future(crawled(fake, "integration", outage_patience=1))
        await asked(fake, 100, crawling)
        async with fake.outage(kind):
            crawl = await asyncio.wait_for(crawling, 30)
    report = crawl.report
    assert report.stopped is not None
    assert report.stopped.outage_since is not None
    assert report.finished is not None
    missing = {(gap.integration_id, gap.kind) for gap in report.gaps if gap.integration_id}
    assert all(gap.reason == "failed" and gap.status in (None, 503) for gap in report.gaps)
    assert len(missing) == len(report.gaps) > 200
    assert sum("not asked" in str(gap.error) for gap in report.gaps) > 200
    assert report.requests < 401


async def test_no_patience_does_not_wait() -> None:
    """One probe says that it is an outage; that is all."""
    async with FakeIntegrator(seeded_account(50, flows=(0, 1)), record=False) as fake:
        crawling = asyncio.ensure_future(crawled(fake, "integration", outage_patience=0))
        await asked(fake, 50, crawling)
        async with fake.outage("503"):
            crawl = await asyncio.wait_for(crawling, 10)
    assert crawl.report.stopped is not None


@pytest.mark.parametrize("plan", ["integration", "account"])
async def test_a_crawl_without_the_list_is_an_error(plan: Any) -> None:
    """Nothing at all could be read."""
    async with FakeIntegrator(seeded_account(5), record=False) as fake:
        async with fake.outage("503"):
            with pytest.raises(ServerError, match="has not answered since") as caught:
                await crawled(fake, plan, outage_patience=1)
    assert caught.value.outage_since is not None


async def test_the_list_of_integrations_is_asked_for_again_for_long() -> None:
    """Also where it alone fails, so that this is no outage: without it nothing can be read."""
    async with FakeIntegrator(seeded_account(50, flows=(0, 1)), record=False) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client:
            await client.token_info()
            fake.fail("list")
            async with client.crawl(raw=True) as crawl:
                await asked(fake, 15, asyncio.Future())
                fake.recover("list")
                assert len([snapshot async for snapshot in crawl]) == 50
            assert crawl.complete
            fake.fail("list")
            with pytest.raises(ServerError):
                async with client.crawl(raw=True, outage_patience=0.5) as crawl:
                    await asyncio.wait_for(anext(aiter(crawl)), 20)


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, "5", None, True])
def test_patience_is_a_number_of_seconds(seconds: Any) -> None:
    """0 or more."""
    with pytest.raises(ArgumentError, match="outage_patience must be a number of seconds >= 0"):
        IntegratorClient("t", base_url="http://127.0.0.1:1").crawl(outage_patience=seconds)


async def test_progress_says_since_when_the_service_has_not_answered() -> None:
    """For a live view."""
    async with FakeIntegrator(seeded_account(50, flows=(0, 1)), latency=0.01, record=False) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client, client.crawl(raw=True) as crawl:
            running = asyncio.ensure_future(anext(aiter(crawl)))
            await asked(fake, 50, asyncio.Future())
            assert crawl.progress.outage_since is None
            async with fake.outage("503"):
                await asyncio.sleep(1)
                since = crawl.progress.outage_since
            running.cancel()
    assert since is not None
    assert 0 < (datetime.now(UTC) - since).total_seconds() < 10


# A token that is refused


async def test_a_token_that_is_refused_ends_the_crawl() -> None:
    """`tokenInfo` is asked once; what was read is kept, and what was not is a gap."""
    async with FakeIntegrator(seeded_account(100, flows=(0, 1)), latency=0.01, record=False) as fake:
        crawling = asyncio.ensure_future(crawled(fake, "integration"))
        await asked(fake, 100, crawling)
        fake.token = "another"
        crawl = await asyncio.wait_for(crawling, 20)
    assert isinstance(crawl.report.stopped, AuthenticationError)
    assert sum(fake.asked.values()) < 100 + 2 * 16 + 2
    assert fake.counts["account.token_info"] == 1
    assert {gap.reason for gap in crawl.report.gaps} == {"denied"}
    assert len(crawl.report.gaps) + sum(fake.counts.values()) >= 400
    assert any("not asked, because the token is refused" in str(gap.error) for gap in crawl.report.gaps)


async def test_a_path_that_refuses_tokens_is_a_gap_and_no_more() -> None:
    """`tokenInfo` accepts the token, so the rest is read."""
    async with FakeIntegrator(seeded_account(100, flows=(0, 1)), record=False) as fake:
        fake.answer("list_ashares", 401)
        crawl = await crawled(fake, "integration")
    assert crawl.report.stopped is None
    assert {(gap.kind, gap.reason, gap.status) for gap in crawl.report.gaps} == {("ashares", "denied", 401)}
    assert len(crawl.report.gaps) == 100
    assert fake.counts["account.token_info"] == 1


async def test_a_refused_token_ends_a_crawl_by_account_too() -> None:
    """Its lists are gaps."""
    async with FakeIntegrator(seeded_account(5), latency=0.05, record=False) as fake:
        crawling = asyncio.ensure_future(crawled(fake, "account"))
        await asked(fake, 2, crawling)
        fake.token = "another"
        crawl = await crawling
    assert isinstance(crawl.report.stopped, AuthenticationError)


async def test_a_client_that_is_closed_ends_its_crawl() -> None:
    """At once, with the error that says so, and not with gaps."""
    async with FakeIntegrator(seeded_account(50), latency=5, record=False) as fake:
        client = IntegratorClient(fake.token, base_url=fake.url)
        async with client.crawl(raw=True) as crawl:
            reading = asyncio.ensure_future(anext(aiter(crawl)))
            await asyncio.sleep(0.2)
            await client.aclose()
            with pytest.raises(ClientClosedError):
                await asyncio.wait_for(reading, 2)
