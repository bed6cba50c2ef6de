"""The crawl: the whole account record by record, or exactly what is missing."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from typing import Any

import pytest
from aiohttp import web

from aiointegrator import (
    ArgumentError,
    AuthenticationError,
    Gap,
    IntegratorClient,
    IntegratorError,
    RateLimit,
    RetryPolicy,
    ServerError,
)
from aiointegrator.models import Integration
from aiointegrator.orchestrators import KINDS
from aiointegrator.testing import FakeBucket, FakeIntegrator, Faults, seeded_account

FAST = RetryPolicy(base=0.001, throttled_base=0.001)


async def read(client: IntegratorClient, **arguments: Any) -> tuple[dict[str, Any], Any]:
    async with client.crawl(models=False, **arguments) as crawl:
        snapshots = {snapshot.id: snapshot async for snapshot in crawl}
    return snapshots, crawl


def equal(fake: FakeIntegrator, snapshots: dict[str, Any], missing: set[tuple[str, str]] = frozenset()) -> None:
    assert snapshots.keys() == fake.account.integrations.keys()
    for integration_id, snapshot in snapshots.items():
        assert snapshot.integration == fake.account.integrations[integration_id]
        for kind, records in snapshot.records.items():
            wanted = None if (integration_id, kind) in missing else fake.account.records(kind, integration_id)
            assert records == wanted


@pytest.mark.parametrize("at_once", [1, 2, 32])
async def test_the_whole_account_record_by_record(at_once: int) -> None:
    """And no address is asked for twice."""
    async with FakeIntegrator(seeded_account(20), page_size=3) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client:
            snapshots, crawl = await read(client, kinds=KINDS, at_once=at_once)
    equal(fake, snapshots)
    assert crawl.complete
    assert crawl.report.counts == {"integrations": 20} | {kind: fake.account.total(kind) for kind in KINDS}
    assert set(fake.asked.values()) == {1}
    assert crawl.report.requests == sum(fake.asked.values())
    assert crawl.report.finished is not None


async def test_typed_by_default(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """Models, and None for what was not asked."""
    async with client.crawl() as crawl:
        async for snapshot in crawl:
            assert snapshot.integration.to_wire() == fake.account.integrations[snapshot.id]
            assert [flow.to_wire() for flow in snapshot.flows or ()] == fake.account.records("flows", snapshot.id)
            assert None not in (snapshot.exports, snapshot.imports, snapshot.ashares)
            assert snapshot.connections is None
    assert crawl.complete


async def test_gaps_are_named_and_the_rest_arrives() -> None:
    """Forbidden, vanished and failing branches are None and a Gap each, whatever faults happen around them."""
    faults = Faults(seed=7, rate=0.2, kinds=("500", "503", "429", "reset_before", "reset_after", "truncate"))
    async with FakeIntegrator(seeded_account(30), page_size=3, faults=faults) as fake:
        ids = list(fake.account.integrations)
        fake.deny("list_flows", ids[3])
        fake.vanish("list_exports", ids[4])
        fake.fail("list_imports", ids[5])
        fake.fail("list_flows", ids[5])
        async with IntegratorClient(fake.token, base_url=fake.url, retry=FAST) as client:
            snapshots, crawl = await read(client)
    missing = {(ids[3], "flows"), (ids[4], "exports"), (ids[5], "imports"), (ids[5], "flows")}
    equal(fake, snapshots, missing)
    assert not crawl.complete
    found = {(gap.integration_id, gap.kind): (gap.reason, gap.status) for gap in crawl.report.gaps}
    assert found == {
        (ids[3], "flows"): ("denied", 403),
        (ids[4], "exports"): ("missing", 404),
        (ids[5], "imports"): ("failed", 500),
        (ids[5], "flows"): ("failed", 500),
    }
    assert {gap for snapshot in snapshots.values() for gap in snapshot.gaps} == set(crawl.report.gaps)
    branch = next(b for b in snapshots[ids[3]].branches if b.kind == "flows")
    assert (branch.status, branch.records) == ("denied", 0)
    assert branch.error is not None
    assert "403" in branch.error


async def test_a_list_that_breaks_in_the_middle_is_a_gap(
    fake: FakeIntegrator, caplog: pytest.LogCaptureFixture
) -> None:
    """What was listed arrives, and the gap says that there may be more."""
    original = fake._page

    def breaking(ask: Any, records: Any) -> Any:
        if ask.operation.name == "integrations.list" and "after" in ask.request.query:
            return web.Response(status=500)
        return original(ask, records)

    fake._page = breaking
    async with IntegratorClient(fake.token, base_url=fake.url, retry=FAST) as client:
        snapshots, crawl = await read(client, outage_patience=0.3)
    assert len(snapshots) == 3
    assert caplog.text.count("the list is asked for again for up to 0 s") == 1
    [gap] = crawl.report.gaps
    assert (gap.kind, gap.integration_id, gap.reason, gap.status) == ("integrations", None, "failed", 500)


async def test_a_list_that_cannot_be_read_at_all_raises(fake: FakeIntegrator) -> None:
    """There is nothing to take the inventory of."""
    fake.fail("list")
    async with IntegratorClient(fake.token, base_url=fake.url, retry=FAST) as client:
        with pytest.raises(ServerError):
            await read(client, outage_patience=0)
    async with IntegratorClient("wrong", base_url=fake.url) as client:
        with pytest.raises(AuthenticationError):
            await read(client)


async def test_raw_records(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """The bytes that the server sent, of the integration and of every list."""
    async with client.crawl(raw=True) as crawl:
        async for snapshot in crawl:
            assert isinstance(snapshot.integration, bytes)
            assert json.loads(snapshot.integration) == fake.account.integrations[snapshot.id]
            for kind, records in snapshot.records.items():
                assert all(isinstance(record, bytes) for record in records or ())
                assert [json.loads(record) for record in records or ()] == fake.account.records(kind, snapshot.id)
    assert crawl.complete
    assert crawl.report.counts["flows"] == fake.account.total("flows") > 0


@pytest.mark.parametrize("form", [{}, {"models": False}, {"raw": True}])
async def test_only_some_integrations(fake: FakeIntegrator, client: IntegratorClient, form: dict[str, bool]) -> None:
    """By id; one that is not there is a gap."""
    wanted = list(fake.account.integrations)[1:3]
    async with client.crawl(only=[*wanted, "f" * 24, wanted[0]], kinds=["flows"], **form) as crawl:
        snapshots = [snapshot async for snapshot in crawl]
    assert sorted(snapshot.id for snapshot in snapshots) == sorted(wanted)
    kinds = {type(snapshot.integration) for snapshot in snapshots}
    assert kinds == {bytes if form.get("raw") else dict if form else Integration}
    [gap] = crawl.report.gaps
    assert (gap.kind, gap.integration_id, gap.reason) == ("integrations", "f" * 24, "missing")
    assert fake.counts["integrations.list"] == 0


async def test_a_record_without_id_is_a_gap(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """It cannot be followed, and is not passed over in silence."""
    fake.account.integrations["x"] = {"name": "nameless"}
    _, crawl = await read(client)
    assert [gap.reason for gap in crawl.report.gaps] == ["failed"]


@pytest.mark.parametrize("how", ["break", "raise", "cancel"])
async def test_leaving_early_stops_all_work(how: str) -> None:
    """No task is left, and the server hears nothing more."""

    async def leave(client: IntegratorClient) -> Any:
        async with client.crawl(at_once=4) as crawl:
            async for _ in crawl:
                if how == "raise":
                    raise KeyError(how)
                if how == "cancel":
                    task = asyncio.current_task()
                    assert task is not None
                    task.cancel()
                    await asyncio.sleep(10)
                break
        return crawl

    async with FakeIntegrator(seeded_account(50), latency=0.005) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client:
            outcome = await asyncio.gather(asyncio.create_task(leave(client)), return_exceptions=True)
            ours = [task for task in asyncio.all_tasks() if "aiohttp/web" not in repr(task)]
            assert ours == [asyncio.current_task()]
            assert client._session.in_flight == 0
            await asyncio.sleep(0.02)
            count = sum(fake.asked.values())
            await asyncio.sleep(0.05)
            assert sum(fake.asked.values()) == count < 100
    if how == "break":
        assert not outcome[0].complete
        assert outcome[0].report.finished is None
    else:
        assert isinstance(outcome[0], KeyError if how == "raise" else asyncio.CancelledError)


async def test_a_crawl_is_entered_once_and_before_it_is_read(client: IntegratorClient) -> None:
    """Both mistakes are named."""
    crawl = client.crawl()
    with pytest.raises(ArgumentError, match="async with"):
        async for _ in crawl:
            pass
    async with crawl:
        pass
    with pytest.raises(ArgumentError, match="used already"):
        await crawl.__aenter__()
    await client.crawl().__aexit__(None, None, None)


@pytest.mark.parametrize(
    "arguments",
    [{"kinds": ["flowz"]}, {"kinds": []}, {"at_once": 0}, {"at_once": True}, {"at_once": 1.5}, {"only": "abc"}],
)
def test_arguments_that_cannot_work_are_refused(arguments: dict[str, Any]) -> None:
    """Before anything is sent."""
    with pytest.raises(ArgumentError):
        IntegratorClient("token").crawl(**arguments)


async def test_a_mistake_in_our_own_code_is_not_a_gap(
    client: IntegratorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes out as it is, not as a group."""
    crawl = client.crawl(kinds="flows")
    monkeypatch.setitem(crawl._lists, "flows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        async with crawl:
            async for _ in crawl:
                pass


async def test_progress_can_be_watched(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """At any moment, and at the end it is whole."""
    async with client.crawl() as crawl:
        assert crawl.progress.integrations_found == 0
        async for _ in crawl:
            assert crawl.progress.done["flows"] > 0
        now = crawl.progress
    assert (now.integrations_found, now.listing_done, now.done["ashares"], now.gaps) == (5, True, 5, 0)
    assert now.requests == sum(fake.asked.values())


async def test_pacing_meets_no_429() -> None:
    """A bucket that is paced is never overrun, and is used to its limit."""
    bucket = FakeBucket(capacity=60, drain=100)
    async with FakeIntegrator(seeded_account(60, flows=(0, 1)), bucket=bucket) as fake:
        limit = RateLimit(rate=100, burst=50)
        async with IntegratorClient(fake.token, base_url=fake.url, rate_limit=limit) as client:
            _, crawl = await read(client)
    assert crawl.complete
    assert crawl.report.throttled == fake.counts["429"] == 0
    report = crawl.report
    seconds = (report.finished - report.started).total_seconds()
    assert seconds >= (report.requests - 60) / 100 - 0.1


async def test_memory_does_not_grow_with_the_account() -> None:
    """Four times the account needs hardly more memory."""

    async def peak(integrations: int) -> int:
        account = seeded_account(integrations, flows=(1, 1), record_bytes=20_000)
        async with FakeIntegrator(account, record=False) as fake:
            async with IntegratorClient(fake.token, base_url=fake.url, rate_limit=None) as client:
                tracemalloc.start()
                async with client.crawl(at_once=4) as crawl:
                    async for _ in crawl:
                        pass
                held = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
        assert crawl.complete
        return held

    await peak(5)
    small, large = await peak(50), await peak(200)
    assert large - small < 3_000_000


@pytest.mark.parametrize("only", [False, True])
async def test_nobody_reads_farther_than_the_consumer_lets_them(*, only: bool) -> None:
    """No more than `at_once` integrations are under way or wait for the consumer, who has one more in hand."""
    async with FakeIntegrator(seeded_account(40)) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client:
            asked = {"only": list(fake.account.integrations)} if only else {}
            async with client.crawl(models=False, at_once=3, **asked) as crawl:
                snapshots = aiter(crawl)
                await anext(snapshots)
                await until_quiet(fake)
                flows = [target for target in fake.asked if target.endswith("/flows")]
                assert len(flows) == 3 + 1
                assert len([one async for one in snapshots]) == 39
    assert crawl.complete


async def until_quiet(fake: FakeIntegrator) -> None:
    """Wait until the server hears nothing more."""
    before = -1
    while (now := sum(fake.asked.values())) != before:
        before = now
        await asyncio.sleep(0.05)


async def test_no_more_workers_than_connections() -> None:
    """A crawl with a connection or two asks for no more at a time, and comes to its end all the same."""
    async with FakeIntegrator(seeded_account(9), latency=0.002) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url, max_connections=2) as client:
            branches, workers = [], []
            async with client.crawl(models=False) as crawl:
                async for snapshot in crawl:
                    branches += snapshot.branches
                    workers.append(sum("Crawl._worker" in repr(task) for task in asyncio.all_tasks()))
    assert len(branches) == 9 * 4
    assert workers[0] == max(workers) == 2
    assert [branch.kind for branch in branches] == ["flows", "exports", "imports", "ashares"] * 9
    assert crawl.complete


def test_a_gap_can_be_pickled() -> None:
    """Workers may hand it on."""
    import pickle

    gap = Gap("flows", "a", "failed", 500, IntegratorError("x"))
    assert pickle.loads(pickle.dumps(gap)).kind == "flows"


@pytest.mark.parametrize("form", [{"models": True}, {"models": False}, {"raw": True}])
async def test_what_the_caller_has_is_not_asked_for(
    fake: FakeIntegrator, client: IntegratorClient, form: dict[str, bool]
) -> None:
    """Only the missing branches are read; an integration of which everything is there is not yielded, and counts as done."""
    first, second, *rest = fake.account.integrations
    have = {(first, kind) for kind in KINDS} | {(second, kind) for kind in KINDS if kind != "imports"}
    async with client.crawl(kinds=KINDS, skip=have, **form) as crawl:
        snapshots = {snapshot.id: snapshot async for snapshot in crawl}
    assert snapshots.keys() == {second, *rest}
    assert list(snapshots[second].records) == ["imports"]
    assert [branch.kind for branch in snapshots[second].branches] == ["imports"]
    assert snapshots[second].flows is None
    assert crawl.complete
    assert crawl.progress.done == dict.fromkeys(KINDS, 5)
    asked = {(entry.path.split("/")[3], entry.operation) for entry in fake.processed if entry.path.count("/") > 2}
    assert not [pair for pair in asked if pair[0] == first]
    assert [pair for pair in asked if pair[0] == second] == [(second, "integrations.list_imports")]


async def test_what_the_caller_has_of_named_integrations(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """Spares even asking for the integration itself."""
    first, second, *_ = fake.account.integrations
    async with client.crawl(kinds=("flows",), only=[first, second], skip=[(first, "flows")]) as crawl:
        assert [snapshot.id async for snapshot in crawl] == [second]
    assert fake.counts["integrations.get"] == 1


async def test_have_needs_pairs_and_the_plan_that_has_branches(client: IntegratorClient) -> None:
    """Everything else is an error before anything is sent."""
    with pytest.raises(ArgumentError, match="pairs"):
        client.crawl(skip="flows")
    with pytest.raises(ArgumentError, match="plan='integration'"):
        client.crawl(plan="account", skip={("1", "flows")})
