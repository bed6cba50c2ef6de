"""The account's lists instead of every integration's own, and both, compared."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from raw_server import RawServer, answer

from aiointegrator import ArgumentError, Difference, IntegratorClient, ServerError
from aiointegrator._domain.flow_steps import steps
from aiointegrator.models import Export, Flow
from aiointegrator.orchestrators import DEFAULT_KINDS, KINDS, _account
from aiointegrator.testing import FakeIntegrator, seeded_account

Snapshots = dict[str, Any]


async def read(fake: FakeIntegrator, **arguments: Any) -> tuple[Snapshots, Any]:
    async with IntegratorClient(fake.token, base_url=fake.url) as client:
        async with client.crawl(**arguments) as crawl:
            snapshots = {snapshot.id: snapshot async for snapshot in crawl}
    return snapshots, crawl


def by_id(records: list[Any] | None) -> list[Any]:
    return sorted((dict(record) for record in records or ()), key=lambda record: record["_id"])


@pytest.mark.parametrize("page_size", [7, 100])
async def test_the_account_plan_gives_the_same_records(page_size: int) -> None:
    """Integration by integration, in a handful of requests, and what belongs to none beside."""
    async with FakeIntegrator(seeded_account(60), page_size=page_size) as fake:
        snapshots, crawl = await read(fake, plan="account", kinds=KINDS, models=False)
        account = fake.account
    assert crawl.complete
    assert list(snapshots) == list(account.integrations)
    for integration_id, snapshot in snapshots.items():
        assert snapshot.integration == account.integrations[integration_id]
        for kind in KINDS:
            assert by_id(snapshot.records[kind]) == by_id(account.records(kind, integration_id))
    assert by_id(crawl.unassigned["flows"]) == by_id(account.standalone["flows"])
    assert by_id(crawl.unassigned["exports"]) == by_id(account.standalone["exports"])
    assert by_id(crawl.unassigned["imports"]) == by_id(account.standalone["imports"])
    assert crawl.report.plan == "account"
    assert crawl.report.counts["flows"] == account.total("flows") + len(account.standalone["flows"])
    pages = sum(-(-len(account.everything(kind)) // page_size) for kind in KINDS) + -(-60 // page_size)
    assert crawl.report.requests == pages < 4 * 60
    assert max(fake.asked.values()) == 1


async def test_the_account_plan_in_every_form(fake: FakeIntegrator) -> None:
    """Models and bytes too."""
    snapshots, _ = await read(fake, plan="account")
    flows = [flow for snapshot in snapshots.values() for flow in snapshot.flows]
    assert flows
    assert all(isinstance(flow, Flow) for flow in flows)
    assert all(isinstance(export, Export) for snapshot in snapshots.values() for export in snapshot.exports)
    raw, _ = await read(fake, plan="account", raw=True)
    assert {json.loads(flow)["_id"] for snapshot in raw.values() for flow in snapshot.flows} == {f.id for f in flows}


@pytest.mark.parametrize("odd", [5, True, "c1", {"c1": 1}, [["c1"]], None])
@pytest.mark.parametrize("form", [{}, {"models": False}, {"raw": True}], ids=["models", "plain", "raw"])
async def test_odd_fields_cost_nothing(fake: FakeIntegrator, odd: object, form: dict[str, bool]) -> None:
    """A registration that is no list registers nothing, a record without an id is no step, a grant twice is one."""
    first = next(iter(fake.account.integrations))
    fake.account.integrations[first]["_registeredConnectionIds"] = odd
    fake.account.standalone["flows"].append({"_id": "f", "_integrationId": first, "_exportId": "None"})
    fake.account.standalone["exports"] += [{"name": "no id"}, {"_id": odd}]
    share = {"_id": "twice", "integrationAccessLevel": [{"_integrationId": first}, {"_integrationId": first}]}
    fake.account.ashares[first].append(share)
    async with asyncio.timeout(10):
        snapshots, crawl = await read(fake, plan="account", kinds=KINDS, **form)
    assert crawl.complete
    assert snapshots[first].connections == []
    assert len(crawl.unassigned["exports"]) == len(fake.account.standalone["exports"])
    assert str(snapshots[first].ashares).count("twice") == 1


@pytest.mark.parametrize("plan", ["account", "compare"])
async def test_a_mistake_in_our_own_code_ends_the_crawl(
    fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch, plan: str
) -> None:
    """It comes out, and nobody waits for a crawl that is dead."""
    monkeypatch.setattr(_account, "_sort", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(10):
            await read(fake, plan=plan)


@pytest.mark.parametrize("plan", ["integration", "account", "compare"])
async def test_a_number_longer_than_python_reads_is_kept(plan: str) -> None:
    """In a raw crawl it is a record like any other."""
    record = b'[{"_id": "a", "_integrationId": "a", "n": ' + b"9" * 5000 + b"}]"
    async with RawServer(answer(200, record)) as server, IntegratorClient("token", base_url=server.url) as client:
        async with client.crawl(kinds=["flows"], plan=plan, raw=True) as crawl:
            snapshots = [snapshot async for snapshot in crawl]
    assert [snapshot.flows for snapshot in snapshots] == [[record[1:-1]]]
    assert crawl.complete


@pytest.mark.parametrize("plan", ["integration", "account"])
async def test_a_record_of_any_depth_is_kept(plan: str) -> None:
    """As it was sent, by either plan."""
    deep = b'{"_id":"a","_integrationId":"a","x":' + b'{"y":[' * 2_000 + b"1.10" + b"]}" * 2_000 + b"}"
    async with (
        RawServer(answer(200, b"[%b]" % deep)) as server,
        IntegratorClient("token", base_url=server.url) as client,
    ):
        async with client.crawl(kinds=["flows"], plan=plan, raw=True) as crawl:
            snapshots = [snapshot async for snapshot in crawl]
    assert [snapshot.flows for snapshot in snapshots] == [[deep]]
    assert crawl.complete


@pytest.mark.parametrize("blank", ["", " "])
async def test_blank_ids_are_nobodys(fake: FakeIntegrator, blank: str) -> None:
    """A flow, a connection and a share that name an integration by a blank id belong to none."""
    for kind, record in (
        ("flows", {"_id": "x", "_integrationId": blank, "_exportId": blank}),
        ("connections", {"_id": blank}),
        ("exports", {"_id": blank, "_integrationId": blank}),
    ):
        fake.account.standalone.setdefault(kind, []).append(record)
    for integration in fake.account.integrations.values():
        integration["_registeredConnectionIds"].append(blank)
    snapshots, crawl = await read(fake, plan="account", kinds=KINDS, models=False)
    assert crawl.complete
    for kind, id_ in (("flows", "x"), ("connections", blank), ("exports", blank)):
        assert id_ in {record["_id"] for record in crawl.unassigned[kind]}
        assert all(id_ not in {record["_id"] for record in one.records[kind]} for one in snapshots.values())


async def test_exports_alone_need_the_flows(fake: FakeIntegrator) -> None:
    """Which say whose they are; they are asked for, and not given."""
    snapshots, crawl = await read(fake, plan="account", kinds=["exports"], models=False)
    assert fake.counts["flows.list"] > 0
    assert max(fake.asked.values()) == 1
    assert all(set(snapshot.records) == {"exports"} for snapshot in snapshots.values())
    for integration_id, snapshot in snapshots.items():
        assert by_id(snapshot.records["exports"]) == by_id(fake.account.records("exports", integration_id))
    assert set(crawl.report.counts) == {"integrations", "exports"}


@pytest.mark.parametrize(("refused", "missing"), [("ashares", {"ashares"}), ("flows", {"flows", "exports", "imports"})])
async def test_a_list_that_is_refused_is_a_gap_of_everybody(
    fake: FakeIntegrator, refused: str, missing: set[str]
) -> None:
    """Never an empty list; and without the flows nobody knows whose the exports and imports are."""
    fake.deny(f"{refused}.list")
    snapshots, crawl = await read(fake, plan="account", models=False)
    assert not crawl.complete
    for snapshot in snapshots.values():
        assert {kind for kind, records in snapshot.records.items() if records is None} == missing
        assert {gap.kind for gap in snapshot.gaps} == missing
        assert {gap.reason for gap in snapshot.gaps} == {"denied"}
    assert len(crawl.report.gaps) == len(missing) * len(snapshots)


async def test_a_broken_list_of_integrations_is_an_error(fake: FakeIntegrator) -> None:
    """With nothing read there is nothing to give."""
    fake.fail("list")
    with pytest.raises(ServerError):
        await read(fake, plan="account", outage_patience=0)


async def test_comparing_finds_that_they_agree(fake: FakeIntegrator) -> None:
    """On the pretend account they do."""
    snapshots, crawl = await read(fake, plan="compare", kinds=KINDS, models=False)
    assert crawl.complete
    assert crawl.report.differences == ()
    assert crawl.report.plan == "compare"
    assert {snapshot.id for snapshot in snapshots.values()} == set(fake.account.integrations)
    assert fake.counts["flows.list"] > 0
    assert max(fake.asked.values()) == 1
    assert fake.counts["integrations.list_flows"] >= len(snapshots)


async def test_comparing_lists_every_difference(fake: FakeIntegrator) -> None:
    """Which plan has it, and whose it is; what is only refused is a gap and no difference."""
    first, second = [one for one in fake.account.integrations if fake.account.records("flows", one)][:2]
    moved = fake.account.flows[first][0] | {"_id": "moved", "_integrationId": second}
    fake.account.flows[first].append(moved)
    unused = {"_id": "unused", "name": "listed by its integration, used by no flow"}
    fake.account.exports[first].append(unused)
    fake.deny("list_ashares", second)
    _, crawl = await read(fake, plan="compare", models=False)
    used = {identity for kind, identity in steps(moved) if kind == "exports"}
    used_imports = {identity for kind, identity in steps(moved) if kind == "imports"}
    assert set(crawl.report.differences) == {
        Difference("flows", first, "moved", "integration"),
        Difference("flows", second, "moved", "account"),
        Difference("exports", first, "unused", "integration"),
        *(Difference("exports", second, identity, "account") for identity in used),
        *(Difference("imports", second, identity, "account") for identity in used_imports),
    }
    assert [(gap.kind, gap.integration_id) for gap in crawl.report.gaps] == [("ashares", second)]


async def test_comparing_without_the_account_is_a_gap(fake: FakeIntegrator) -> None:
    """What could not be compared is said."""
    fake.deny("imports.list")
    _, crawl = await read(fake, plan="compare", models=False)
    assert [(gap.kind, gap.integration_id, gap.reason) for gap in crawl.report.gaps] == [("imports", None, "denied")]
    assert not crawl.complete


async def test_arguments_that_contradict_each_other(client: IntegratorClient) -> None:
    """Are refused at once."""
    with pytest.raises(ArgumentError, match="plan must be one of integration, account, compare"):
        client.crawl(plan="fast")
    with pytest.raises(ArgumentError, match="only"):
        client.crawl(plan="account", only=["a"])


def test_steps_of_every_kind_of_flow() -> None:
    """Generators, processors, routers with their branches, and the old fields; odd values are passed over."""
    flow = {
        "_exportId": "e0",
        "_importId": "i0",
        "pageGenerators": [{"_exportId": "e1"}, None, {"_exportId": 5}],
        "pageProcessors": [{"type": "export", "_exportId": "e2"}, {"_importId": "i1"}],
        "routers": [{"branches": [{"pageProcessors": [{"_importId": "i2"}]}, "odd"]}, {"branches": None}],
    }
    assert sorted(steps(flow)) == [
        ("exports", "e0"),
        ("exports", "e1"),
        ("exports", "e2"),
        ("imports", "i0"),
        ("imports", "i1"),
        ("imports", "i2"),
    ]
    assert list(steps({})) == []


def test_the_default_kinds_are_four() -> None:
    """A plan does not change what is read."""
    assert DEFAULT_KINDS == ("flows", "exports", "imports", "ashares")
