"""A crawl under fire: with one answer in five faulty nothing is missing, and a server that breaks for good ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiointegrator import Crawl, IntegratorClient, RetryPolicy, Timeouts
from aiointegrator.orchestrators import DEFAULT_KINDS
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


async def stops(fake: FakeIntegrator) -> None:
    await fake.stop()


async def fails(fake: FakeIntegrator) -> None:
    fake.faults = Faults(rate=1, kinds=("500",), in_a_row=10**9)


async def hangs(fake: FakeIntegrator) -> None:
    fake.faults = Faults(rate=1, kinds=("slow",), in_a_row=10**9, delay=60)


async def cuts(fake: FakeIntegrator) -> None:
    fake.faults = Faults(rate=1, kinds=("reset_before",), in_a_row=10**9)


async def broken_off(client: IntegratorClient, fake: FakeIntegrator, breaks: Callable[[Any], Awaitable[None]]) -> Crawl:
    """A crawl whose server breaks after ten integrations."""
    async with client.crawl(models=False, at_once=8) as crawl:
        number = 0
        async for _ in crawl:
            number += 1
            if number == 10:
                await breaks(fake)
    return crawl


@pytest.mark.parametrize("breaks", [stops, fails, cuts, hangs])
async def test_a_server_that_breaks_for_good(breaks: Callable[[Any], Awaitable[None]]) -> None:
    """The crawl ends, soon, with gaps for what it could not read, and without hammering what lies on the ground."""
    async with FakeIntegrator(seeded_account(300, flows=(0, 1))) as fake:
        policy = RetryPolicy(base=0.001, throttled_base=0.001)
        timeouts = Timeouts(read=0.1, total=1)
        async with IntegratorClient(fake.token, base_url=fake.url, retry=policy, timeout=timeouts) as client:
            started = time.monotonic()
            crawl = await asyncio.wait_for(broken_off(client, fake, breaks), 30)
            seconds = time.monotonic() - started
    assert seconds < 10
    report = crawl.report
    assert not report.complete
    assert report.finished is not None
    assert {gap.reason for gap in report.gaps} == {"failed"}
    listed = sum(gap.kind != "integrations" for gap in report.gaps)
    assert listed + 40 >= 4 * (report.counts["integrations"] - 20)
    assert report.requests < 1.2 * 1201


async def test_silence_is_not_waited_for_branch_by_branch() -> None:
    """After a good number of branches without an answer, the others are not asked; the gap says so."""
    async with FakeIntegrator(seeded_account(100, flows=(0, 1))) as fake:
        timeouts = Timeouts(read=0.1, total=1)
        async with IntegratorClient(
            fake.token, base_url=fake.url, retry=RetryPolicy(attempts=1), timeout=timeouts
        ) as client:
            crawl = await broken_off(client, fake, hangs)
    unasked = [gap for gap in crawl.report.gaps if "not asked" in str(gap.error)]
    assert len(unasked) > 200
    assert all(gap.status is None and gap.reason == "failed" for gap in unasked)


async def test_a_server_that_recovers_is_read_on() -> None:
    """Some silence in a row is not the end."""
    async with FakeIntegrator(seeded_account(100, flows=(0, 1))) as fake:
        faults = Faults(rate=0.3, kinds=("reset_before",), in_a_row=10**9)
        fake.faults = faults
        async with IntegratorClient(fake.token, base_url=fake.url, retry=RetryPolicy(attempts=1)) as client:
            async with client.crawl(models=False) as crawl:
                async for _ in crawl:
                    pass
    assert crawl.report.gaps
    assert not any("not asked" in str(gap.error) for gap in crawl.report.gaps)
