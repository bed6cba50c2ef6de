"""A list that arrives in pages: every page, or an error that says what is missing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from raw_server import RawServer, answer

from aiointegrator import (
    ArgumentError,
    IntegratorClient,
    NotFoundError,
    PaginationError,
    RetryPolicy,
    UnreadableReplyError,
    UnsafeLinkError,
)
from aiointegrator.testing import FakeIntegrator, seeded_account


@pytest.mark.parametrize("style", ["relative", "absolute", "vendor", "app"])
async def test_every_page_is_read_however_the_link_is_written(style: Any) -> None:
    """Relative, on our own origin, on the vendor's host, on the application's below /api."""
    async with FakeIntegrator(seeded_account(7), page_size=2, link_style=style) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url) as client:
            assert [i.id for i in await client.integrations.list()] == list(fake.account.integrations)
            assert fake.counts["integrations.list"] == 4
            assert [len(page) async for page in client.integrations.list().pages()] == [2, 2, 2, 1]
            assert [i.id async for i in client.integrations.list(limit=3)] == list(fake.account.integrations)


async def test_records_as_plain_dicts(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """In the order that the server sent, keys too."""
    records = await client.integrations.list().plain()
    assert records == list(fake.account.integrations.values())
    assert [list(record) for record in records] == [list(record) for record in fake.account.integrations.values()]


async def test_an_empty_list_is_204(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """No body is no record."""
    fake.account.flows.clear()
    assert await client.integrations.list_flows(next(iter(fake.account.integrations))) == []


def links(*targets: str) -> list[bytes]:
    pages = [answer(200, b'[{"_id": "%d"}]' % n, f'Link: <{target}>; rel="next"') for n, target in enumerate(targets)]
    return [*pages, answer(200, b"[]")]


def client_of(server: RawServer, **settings: Any) -> IntegratorClient:
    return IntegratorClient("token", base_url=server.url, retry=RetryPolicy(attempts=1), **settings)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/v1/integrations?after=1",
        "//evil.example/v1/integrations",
        "https://api.integrator.io.evil.example/v1/integrations",
        "https://api.integrator.io@evil.example/v1/integrations",
        "https://user:pw@api.integrator.io/v1/integrations",
        "https://api.integrator.io:8443/v1/integrations",
        "/v2/integrations",
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "../../admin",
        "javascript:alert(1)",
        "",
        "http://[",
    ],
)
async def test_a_link_that_leads_elsewhere_is_refused_after_what_was_read(target: str) -> None:
    """It is never the end of the list, and nothing is sent there."""
    async with RawServer(*links(target)) as server, client_of(server) as client:
        with pytest.raises(UnsafeLinkError) as caught:
            await client.integrations.list()
        assert len(server.requests) == 1
        assert caught.value.attempts == 1
        assert [item.id for item in caught.value.items or ()] == ["0"]


@pytest.mark.parametrize(
    "targets", [["/v1/integrations"], ["/v1/integrations?a=1", "/v1/integrations?a=2", "/v1/integrations?a=1"]]
)
async def test_a_circle_of_any_length_is_refused(targets: list[str]) -> None:
    """A link that was followed before raises; nothing is read twice."""
    async with RawServer(*links(*targets)) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match="circle"):
            await client.integrations.list()
        assert len(server.requests) == len(targets)


@pytest.mark.parametrize("status", [200, 206])
async def test_no_page_is_asked_for_that_will_not_be_used(status: int) -> None:
    """Neither the same one again, while its body is under way, nor the one after a partial answer."""
    link = "/v1/integrations?limit=1" if status == 200 else "/v1/integrations?after=1"
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: 2\r\nLink: <{link}>; rel=next\r\n\r\n"

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode())
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"[]")

    async with RawServer(slowly) as server, client_of(server) as client:
        with pytest.raises(PaginationError if status == 200 else UnreadableReplyError) as caught:
            await client.integrations.list(limit=1)
        await asyncio.sleep(0.05)
        assert len(server.requests) == 1
    assert caught.value.attempts == 1


async def test_more_than_max_pages_is_refused() -> None:
    """The list is never cut in silence."""
    pages = [f"/v1/integrations?a={n}" for n in range(9)]
    async with RawServer(*links(*pages)) as server, client_of(server, max_pages=3) as client:
        with pytest.raises(PaginationError, match="more than 3 pages") as caught:
            await client.integrations.list()
        assert len(caught.value.items or ()) == 3


async def test_an_error_in_the_middle_says_what_was_read_and_where_to_go_on() -> None:
    """`starting_at` reads the rest."""
    first, rest = "/v1/integrations?after=x%2Fy", answer(200, b'[{"_id": "last"}]')
    async with RawServer(*links(first)[:1], answer(404), rest) as server, client_of(server) as client:
        pager = client.integrations.list(limit=1, query={"x": "1"})
        with pytest.raises(NotFoundError) as caught:
            await pager
        assert [item.id for item in caught.value.items or ()] == ["0"]
        assert caught.value.resume_from == first
        assert [item.id for item in await pager.starting_at(first)] == ["last"]
        assert server.requests[0].startswith(b"GET /v1/integrations?limit=1&x=1 ")
        assert server.requests[2].startswith(f"GET {first} ".encode())


async def test_a_failing_first_page_can_be_resumed_too() -> None:
    """The address holds the query that was asked."""
    async with RawServer(answer(404)) as server, client_of(server) as client:
        with pytest.raises(NotFoundError) as caught:
            await client.integrations.list(include=["name", "a.b"])
        assert caught.value.resume_from == "/v1/integrations?include=name,a.b"
        with pytest.raises(NotFoundError) as caught:
            await client.integrations.list(include="name", query={"x": "1", "include": "other"})
        assert caught.value.resume_from == "/v1/integrations?include=other&x=1"
        with pytest.raises(ArgumentError, match="query must be a mapping") as refused:
            await client.integrations.list(include="name", query="x=1")  # type: ignore[typeddict-item]  # wrong on purpose
        assert refused.value.resume_from == "/v1/integrations?include=name"


@pytest.mark.parametrize("link", ["", "https://evil.example/v1/x", "/v2/x", "/v1/../x", "/v1/a\n"])
def test_going_on_elsewhere_is_refused(link: str) -> None:
    """`starting_at` takes what an error said, and nothing else."""
    with pytest.raises(ArgumentError):
        IntegratorClient("token").integrations.list().starting_at(link)


async def test_a_single_object_is_a_list_of_one() -> None:
    """Some servers answer so."""
    async with RawServer(answer(200, b'{"_id": "only"}')) as server, client_of(server) as client:
        assert [item.id for item in await client.integrations.list()] == ["only"]


async def test_an_audit_in_an_envelope_keeps_what_stood_beside() -> None:
    """Both forms are a list."""
    async with RawServer(answer(200, b'{"audit": [{"_id": "1"}], "total": 1}')) as server, client_of(server) as client:
        pages = [page async for page in client.integrations.list_audit("a").pages()]
        assert [entry.id for entry in pages[0]] == ["1"]
        assert pages[0].beside == {"total": 1}


async def test_behind_a_gateway_links_stay_under_its_prefix() -> None:
    """The vendor's links are rebased below the prefix; ours must be under it."""
    async with RawServer(*links("https://api.integrator.io/v1/integrations?a=1", "/v1/integrations?a=2")) as server:
        async with IntegratorClient("token", base_url=f"{server.url}/gateway/v1/") as client:
            assert len(await client.integrations.list()) == 2
        assert [request.split()[1] for request in server.requests] == [
            b"/gateway/v1/integrations",
            b"/gateway/v1/integrations?a=1",
            b"/gateway/v1/integrations?a=2",
        ]
    async with RawServer(*links("/elsewhere/v1/integrations")) as server:
        async with IntegratorClient("token", base_url=f"{server.url}/gateway") as client:
            with pytest.raises(UnsafeLinkError):
                await client.integrations.list()


def test_a_pager_shows_what_it_is() -> None:
    """And sends nothing by being made."""
    assert "list_flows" in repr(IntegratorClient("token").integrations.list_flows("a"))


async def test_a_list_without_an_end_names_its_request() -> None:
    """Both errors of an endless list carry the request, whose operation says which list it was."""
    async with RawServer(*links("/v1/integrations?after=1", "/v1/integrations?after=1")) as server:
        async with client_of(server) as client:
            with pytest.raises(PaginationError, match=r"^integrations\.list: the next links go in a circle") as caught:
                await client.integrations.list()
            assert caught.value.operation == "integrations.list"
    async with RawServer(*links("/v1/integrations?after=1", "/v1/integrations?after=2")) as server:
        async with client_of(server, max_pages=1) as client:
            with pytest.raises(PaginationError, match=r"^integrations\.list: more than 1 pages") as caught:
                await client.integrations.list()
            assert caught.value.operation == "integrations.list"
