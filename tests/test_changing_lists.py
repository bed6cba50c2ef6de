"""A list that changes while it is read: a record that comes on two pages is there once, and counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from raw_server import RawServer, answer

from aiointegrator import IntegratorClient, NotFoundError, RetryPolicy, _repeats
from aiointegrator import __main__ as program
from aiointegrator.cli import app as app_module
from aiointegrator.orchestrators import KINDS

FORMS = {"models": lambda pager: pager, "plain": lambda pager: pager.plain(), "raw": lambda pager: pager.raw()}
form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
A, B, C = ({"_id": letter * 24, "v": 1} for letter in "abc")


def later(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"v": 2}


def pages(path: str, *found: Any) -> list[bytes]:
    """One answer for each page, each of which names the next one."""
    links = [f'Link: <{path}?after={number}>; rel="next"' for number in range(1, len(found))]
    return [answer(200, json.dumps(page).encode(), *links[n : n + 1]) for n, page in enumerate(found)]


def client_of(server: RawServer) -> IntegratorClient:
    return IntegratorClient("token", base_url=server.url, retry=RetryPolicy(attempts=1))


def wires(records: Any) -> list[Any]:
    return [
        json.loads(one) if isinstance(one, bytes) else one if isinstance(one, dict) else one.to_wire()
        for one in records
    ]


@form
async def test_a_record_on_two_pages_appears_once(form: Any) -> None:
    """`await` keeps the later one in the place of the first; what was handed out stays."""
    plays = pages("/v1/flows", [A, B], [later(B), C], [later(A)])
    async with RawServer(*plays, *plays, *plays) as server, client_of(server) as client:
        pager = form(client.flows.list())
        assert wires(await pager) == [later(A), later(B), C]
        assert pager.duplicates == 2
        assert wires([record async for record in pager]) == [A, B, C]
        assert pager.duplicates == 2
        assert [wires(page) async for page in pager.pages()] == [[A, B], [C], []]
        assert pager.duplicates == 2


@form
async def test_a_record_twice_on_one_page_appears_once(form: Any) -> None:
    """The later one, since none was handed out, in a list of several pages."""
    plays = pages("/v1/flows", [A, B, later(A)], [])
    async with RawServer(*plays, *plays) as server, client_of(server) as client:
        pager = form(client.flows.list())
        assert wires(await pager) == [later(A), B]
        assert wires([record async for record in pager]) == [later(A), B]
        assert pager.duplicates == 1


@form
async def test_a_list_of_one_page_is_not_looked_at(form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It did not change while it was read, and nearly all lists are so short: they cost nothing more."""
    monkeypatch.setattr(_repeats, "ids_of", lambda _: 1 / 0)
    async with RawServer(*pages("/v1/flows", [A, B, A])) as server, client_of(server) as client:
        pager = form(client.flows.list())
        assert wires(await pager) == [A, B, A]
        assert wires([record async for record in pager]) == [A, B, A]
        assert pager.duplicates == 0


@form
async def test_rows_of_a_log_are_never_left_out(form: Any) -> None:
    """Nor records without an id."""
    plays = pages("/v1/integrations/a/audit", [A, A], {"audit": [A, B], "total": 4})
    async with RawServer(*plays, *plays) as server, client_of(server) as client:
        pager = form(client.integrations.list_audit("a"))
        assert wires(await pager) == [A, A, A, B]
        assert [wires(page) async for page in pager.pages()] == [[A, A], [A, B]]
        assert pager.duplicates == 0
    nameless = [{"name": "n"}, {"name": "n"}]
    async with RawServer(*pages("/v1/flows", nameless, nameless)) as server, client_of(server) as client:
        assert wires(await form(client.flows.list(exclude="_id"))) == nameless * 2


async def test_what_stands_beside_a_page_stays() -> None:
    """Also where one of its records is left out."""
    plays = pages("/v1/flows", [A], {"items": [later(A), B], "total": 2})
    async with RawServer(*plays) as server, client_of(server) as client:
        found = [page async for page in client.flows.list().plain().pages()]
    assert found == [[A], [B]]
    assert found[1].beside == {"total": 2}


async def test_a_list_that_breaks_off_has_each_record_once() -> None:
    """In what the error holds, too."""
    plays = [*pages("/v1/flows", [A, B], [later(B), C], [])[:2], answer(404)]
    async with RawServer(*plays) as server, client_of(server) as client:
        with pytest.raises(NotFoundError) as caught:
            await client.flows.list().plain()
    assert caught.value.items == [A, later(B), C]


@asynccontextmanager
async def serving(
    lists: dict[str, list[Any]], before: dict[str, asyncio.Event] | None = None
) -> AsyncIterator[IntegratorClient]:
    """A client of a server whose lists have these pages; other lists are empty. `before` is waited for, by path."""

    async def handle(request: web.Request) -> web.Response:
        if before and request.path in before:
            await before[request.path].wait()
        if request.path == "/v1/tokenInfo":
            return web.json_response({"_userId": "u", "scope": "*"})
        found = lists.get(request.path, [[]])
        number = int(request.query.get("after", 0))
        more = number + 1 < len(found)
        headers = {"Link": f'<{request.path}?after={number + 1}>; rel="next"'} if more else {}
        return web.json_response(found[number], headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        url = f"http://127.0.0.1:{server.port}"
        async with IntegratorClient("token", base_url=url, retry=RetryPolicy(attempts=1)) as client:
            yield client


I, J = ({"_id": letter * 24, "name": letter} for letter in "ij")
BRANCH = f"/v1/integrations/{I['_id']}"


def flow(letter: str, version: int) -> dict[str, Any]:
    return {"_id": letter * 24, "_integrationId": I["_id"], "v": version}


def share(letter: str, version: int) -> dict[str, Any]:
    return {"_id": letter * 24, "integrationAccessLevel": [{"_integrationId": I["_id"]}], "v": version}


FLOWS = [[flow("a", 1), flow("b", 1)], [flow("b", 2), flow("c", 1)]]
SHARES = [[share("s", 1)], [share("s", 2), share("t", 1)]]
SHIFTED = {
    "/v1/integrations": [[I], [J, I]],
    f"{BRANCH}/flows": FLOWS,
    f"{BRANCH}/ashares": SHARES,
    "/v1/flows": FLOWS,
    "/v1/ashares": SHARES,
}


@pytest.mark.parametrize("plan", ["integration", "account", "compare"])
@pytest.mark.parametrize("arguments", [{}, {"models": False}, {"raw": True}], ids=["models", "plain", "raw"])
async def test_a_crawl_has_each_record_once(plan: Any, arguments: dict[str, Any]) -> None:
    """The later one, in the order of the first ones; and the report says how many came twice."""
    async with serving(SHIFTED) as client:
        async with client.crawl(plan=plan, kinds=["flows", "ashares"], **arguments) as crawl:
            found = {snapshot.id: snapshot async for snapshot in crawl}
    assert crawl.complete
    assert set(found) == {I["_id"], J["_id"]}
    assert wires(found[I["_id"]].flows) == [flow("a", 1), flow("b", 2), flow("c", 1)]
    assert wires(found[I["_id"]].ashares) == [share("s", 2), share("t", 1)]
    assert crawl.report.counts == {"integrations": 2, "flows": 3, "ashares": 2}
    assert crawl.report.duplicates == (5 if plan == "compare" else 3)
    assert crawl.report.differences == ()


@pytest.mark.parametrize("plan", ["integration", "account"])
async def test_an_integration_that_changes_is_there_as_it_came_last(plan: Any) -> None:
    """Unless it is handed over already, as by the plan `integration` it may be; here its flows come late."""
    came_again = asyncio.Event()
    lists = {"/v1/integrations": [[I], [I | {"name": "later"}]]}
    async with serving(lists, before={f"{BRANCH}/flows": came_again}) as client:
        async with client.crawl(plan=plan, kinds=["flows"], models=False) as crawl:
            async with asyncio.timeout(10):
                while not crawl.report.duplicates:
                    await asyncio.sleep(0.001)
            came_again.set()
            [found] = [snapshot async for snapshot in crawl]
    assert dict(found.integration) == I | {"name": "later"}
    assert crawl.report.duplicates == 1


async def test_what_came_of_a_gap_is_not_counted() -> None:
    """Its records are not there at all."""
    lists = SHIFTED | {f"{BRANCH}/flows": [*FLOWS, "no list"]}
    async with serving(lists) as client:
        async with client.crawl(kinds=["flows", "ashares"]) as crawl:
            [found] = [snapshot async for snapshot in crawl if snapshot.id == I["_id"]]
    assert found.flows is None
    assert crawl.report.duplicates == 2


async def test_the_manifest_says_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    """And so does the command line."""
    async with serving(SHIFTED) as client:
        monkeypatch.setenv("CELIGO_API_TOKEN", "token")
        monkeypatch.setenv("CELIGO_BASE_URL", client.base_url)
        monkeypatch.setattr(app_module, "_to_the_end", asyncio.run)
        arguments = ["crawl", "--out", str(tmp_path / "i"), "--kinds", *KINDS, "--quiet"]
        assert await asyncio.to_thread(program.main, arguments) == 0
    assert "duplicates: 3 " in capfd.readouterr().err
    manifest = json.loads((tmp_path / "i" / "manifest.json").read_text())
    assert manifest["duplicates"] == 3
    assert manifest["counts"] == {
        "integrations": 2,
        "flows": 3,
        "exports": 0,
        "imports": 0,
        "ashares": 2,
        "connections": 0,
    }
    assert await asyncio.to_thread(program.main, ["inventory", "check", str(tmp_path / "i")]) == 0
