"""A page above `max_body_bytes` is read by smaller ones; what cannot be smaller is an error that says what to do."""

from __future__ import annotations

import asyncio
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paged_server import Cursor, PagedServer
from raw_server import RawServer, answer

from aiointegrator import (
    IntegratorClient,
    InvalidRequestError,
    PaginationError,
    ReplyTooLargeError,
    RetryPolicy,
)
from aiointegrator import __main__ as program
from aiointegrator.cli import app as app_module

FORMS = {"models": lambda pager: pager, "plain": lambda pager: pager.plain(), "raw": lambda pager: pager.raw()}
MOST = 20_000


def records(*sizes: int) -> list[dict[str, Any]]:
    """One record for each size in bytes, about."""
    return [{"_id": f"{number:024x}", "sampleData": "x" * size} for number, size in enumerate(sizes)]


SEVENTY = records(*[1000] * 70)


def client_of(server: PagedServer | RawServer, **options: Any) -> IntegratorClient:
    options = {"max_body_bytes": MOST, "retry": RetryPolicy(attempts=1)} | options
    return IntegratorClient("token", base_url=server.url, **options)


def ids(found: Any) -> list[str]:
    wires = [
        json.loads(one) if isinstance(one, bytes) else one if isinstance(one, dict) else one.to_wire() for one in found
    ]
    return [wire["_id"] for wire in wires]


def page_of(number: int, size: int, *headers: str) -> bytes:
    return answer(200, json.dumps(records(*[size] * number)).encode(), *headers)


NEXT = 'Link: </v1/flows?after=1>; rel="next"'


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("coding", ["length", "chunked", "gzip"])
async def test_all_records_come_by_smaller_pages(form: Any, coding: Any) -> None:
    """In order and once; the size is found out once, and kept."""
    async with PagedServer(records=SEVENTY, coding=coding) as server, client_of(server) as client:
        pager = form(client.flows.list())
        assert ids(await pager) == ids(SEVENTY)
        assert pager.duplicates == 0
        assert server.limits == [None, *[10] * 7]
        assert ids([record async for record in pager]) == ids(SEVENTY)


@pytest.mark.parametrize("cursor", ["skip", "after", "page"])
@pytest.mark.parametrize("keeps_limit", [True, False])
@pytest.mark.parametrize("limit", [None, 1000])
async def test_however_the_next_link_names_the_place(cursor: Cursor, keeps_limit: bool, limit: int | None) -> None:
    """With `limit` in the link and without: it is set, and everything else in the link stays."""
    async with PagedServer(records=SEVENTY, cursor=cursor, keeps_limit=keeps_limit) as server:
        async with client_of(server) as client:
            assert ids(await client.flows.list(limit=limit)) == ids(SEVENTY)
    first, *rest = server.limits
    assert first == limit
    assert len(set(rest)) == 1
    assert rest[0] is not None
    assert len(rest) == -(-70 // rest[0])


@pytest.mark.parametrize("cursor", ["skip", "after", "page"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
async def test_a_page_in_the_middle_that_is_too_large(cursor: Cursor, coding: Any) -> None:
    """Nothing is lost and nothing doubled, although the next pages were under way already."""
    mixed = records(*[1000] * 25, *[9000] * 10)
    async with PagedServer(records=mixed, default=10, cursor=cursor, coding=coding) as server:
        async with client_of(server) as client:
            assert ids(await client.flows.list()) == ids(mixed)
            assert ids([record async for record in client.flows.list().raw()]) == ids(mixed)


async def test_a_record_that_is_too_large_alone() -> None:
    """The error says so, names the limit and the option, and where the rest can be read from."""
    mixed = records(*[1000] * 5, 50_000, *[1000] * 4)
    async with PagedServer(records=mixed) as server, client_of(server) as client:
        pager = client.flows.list().plain()
        with pytest.raises(ReplyTooLargeError) as caught:
            await pager
        error = caught.value
        assert str(error) == (
            "flows.list: a single record is larger than max_body_bytes (20,000 bytes); "
            "allow more with max_body_bytes= (command line: --max-body-bytes)"
        )
        assert error.operation == "flows.list"
        assert ids(error.items) == ids(mixed[:5])
        assert server.limits[-1] == 1
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert error.resume_from is not None
        more = client.with_options(max_body_bytes=10 * MOST)
        assert ids(await more.flows.list().plain().starting_at(error.resume_from)) == ids(mixed[5:])


@pytest.mark.parametrize("limit", [None, 60])
async def test_a_server_that_ignores_limit_is_asked_twice(limit: int | None) -> None:
    """And no more: each try brings as much again."""
    async with PagedServer(records=SEVENTY, ignores_limit=True) as server, client_of(server) as client:
        with pytest.raises(
            ReplyTooLargeError, match=r"ignores `limit` \(1[05] asked for, more came\); .*--max-body-bytes"
        ):
            await client.flows.list(limit=limit)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("limit", "most", "asked"),
    [
        (1000, 300, [1000, 500, 250]),
        (1000, 0, [1000, 500, 250, 125, None]),
        (1, 0, [1, None]),
    ],
)
async def test_a_limit_that_is_refused_is_asked_for_smaller_and_then_left_out(
    limit: int, most: int, asked: list[int | None]
) -> None:
    """By 400; the list is read."""
    some = records(*[100] * 20)
    async with PagedServer(records=some, refuses=lambda limit: limit > most) as server, client_of(server) as client:
        assert ids(await client.flows.list(limit=limit, query={"x": "y"})) == ids(some)
    assert server.limits == asked
    assert {query["x"] for query in server.asked} == {"y"}


async def test_a_refusal_that_is_about_something_else_is_raised_as_it_came() -> None:
    """Where no limit helps: the first one, which is of what the caller asked."""
    plays = [answer(400, b'{"message": "include is wrong"}'), answer(400, b'{"message": "still"}')]
    async with RawServer(*plays) as server, client_of(server) as client:
        with pytest.raises(InvalidRequestError, match="include is wrong") as caught:
            await client.flows.list(limit=2, include="x")
        assert caught.value.resume_from == "/v1/flows?include=x&limit=2"
    assert [request.split()[1] for request in server.requests] == [
        b"/v1/flows?include=x&limit=2",
        b"/v1/flows?include=x&limit=1",
        b"/v1/flows?include=x",
    ]
    async with RawServer(*plays) as server, client_of(server) as client:
        with pytest.raises(InvalidRequestError, match="include is wrong"):
            await client.flows.list(include="x")
    assert len(server.requests) == 1


async def test_a_refused_page_in_the_middle_is_not_asked_for_again() -> None:
    """Its limit was fine for the page before; the place may be too old."""
    first = answer(200, b'[{"_id": "a"}]', 'Link: </v1/flows?limit=2&after=a>; rel="next"')
    async with RawServer(first, answer(400)) as server, client_of(server) as client:
        with pytest.raises(InvalidRequestError):
            await client.flows.list(limit=2)
    assert len(server.requests) == 2


async def test_a_limit_of_which_smaller_ones_are_refused() -> None:
    """The error says both."""
    async with PagedServer(records=SEVENTY, refuses=lambda limit: limit < 50) as server, client_of(server) as client:
        with pytest.raises(ReplyTooLargeError, match=r"and the server refuses a smaller `limit` \(400\); allow more"):
            await client.flows.list()
    assert server.limits == [None, 10, 5, 2, 1]


@pytest.mark.parametrize("back", ["/v1/flows?after=1", "/v1/flows?limit=30", "/v1/flows?limit=2"])
async def test_links_in_a_circle_end_by_smaller_pages_too(back: str) -> None:
    """The limit that we put into a link does not hide that it was followed before, with whatever limit."""
    plays = [page_of(1, 10, NEXT), page_of(9, 5000, NEXT), page_of(1, 10, f"Link: <{back}>; rel=next")]
    async with RawServer(*plays) as server, client_of(server) as client:
        with pytest.raises(PaginationError, match="circle"):
            await client.flows.list(limit=30)
    targets = [request.split()[1] for request in server.requests]
    assert targets == [b"/v1/flows?limit=30", b"/v1/flows?after=1", b"/v1/flows?after=1&limit=2"]


async def test_more_and_smaller_pages_are_no_list_without_an_end() -> None:
    """`max_pages` counts pages of the size that was asked for first."""
    async with PagedServer(records=SEVENTY) as server, client_of(server, max_pages=2) as client:
        assert len(await client.flows.list()) == 70
    async with PagedServer(records=SEVENTY, default=10) as server, client_of(server, max_pages=2) as client:
        with pytest.raises(PaginationError, match="more than 2 pages"):
            await client.flows.list()


async def test_rows_of_a_log_come_by_smaller_pages() -> None:
    """Each of them, in either form; but not where links count pages, which are others by another size."""
    rows = [{"_id": "same", "text": "x" * 1000}] * 30
    async with PagedServer(records=rows) as server, client_of(server) as client:
        assert len(await client.integrations.list_audit("a")) == 30
    rows += [{"_id": "same", "text": "x" * 9000}] * 10
    async with PagedServer(records=rows, default=10, cursor="page") as server, client_of(server) as client:
        with pytest.raises(ReplyTooLargeError, match="its link counts pages"):
            await client.integrations.list_audit("a")
        assert len(server.asked) <= 6


async def test_a_page_whose_headers_say_that_it_is_too_large_lets_none_be_asked_for_ahead() -> None:
    """The pages behind it would be dropped."""
    head, _, body = page_of(30, 1000, NEXT).partition(b"\r\n\r\n")

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(body)
        await writer.drain()

    async with RawServer(slowly, page_of(1, 10)) as server, client_of(server) as client:
        assert len(await client.flows.list()) == 1
    assert [request.split()[1] for request in server.requests] == [b"/v1/flows", b"/v1/flows?limit=9"]


async def test_pages_that_are_under_way_behind_one_that_is_too_large_are_dropped() -> None:
    """They are read no further, since other ones follow now; and those are asked for ahead again."""
    dropped = asyncio.Event()

    async def much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n{NEXT}\r\n\r\n".encode())
        await writer.drain()
        async with asyncio.timeout(5):
            while len(server.requests) < 2:  # until the next page is asked for
                await asyncio.sleep(0.001)
        writer.write(b'[{"_id":"a"},' + b" " * 2 * MOST)
        await writer.drain()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        dropped.set()

    async def last(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(5):
            await dropped.wait()
        writer.write(page_of(1, 10))
        await writer.drain()

    async with RawServer(much, endless, last) as server, client_of(server) as client:
        assert len(await client.flows.list()) == 1
    assert [request.split()[1] for request in server.requests] == [
        b"/v1/flows",
        b"/v1/flows?after=1",
        b"/v1/flows?limit=1",
    ]


async def test_a_limit_that_brought_a_page_is_not_the_reason_of_a_refusal() -> None:
    """The place may be too old."""
    plays = [page_of(30, 1000), page_of(1, 10, NEXT), answer(400)]
    async with RawServer(*plays) as server, client_of(server) as client:
        with pytest.raises(InvalidRequestError):
            await client.flows.list()
    assert len(server.requests) == 3


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(10, 3000), max_size=40),
    default=st.integers(1, 50),
    cursor=st.sampled_from(["skip", "after", "page"]),
    keeps_limit=st.booleans(),
    limit=st.none() | st.integers(1, 60),
    accepted=st.integers(1, 60),
)
def test_no_record_is_lost_or_doubled(
    sizes: list[int], default: int, cursor: Any, keeps_limit: bool, limit: int | None, accepted: int
) -> None:
    """Whatever sizes records, pages and limits have: each record, in order, once."""

    async def read() -> list[str]:
        server = PagedServer(
            records=records(*sizes),
            default=default,
            cursor=cursor,
            keeps_limit=keeps_limit,
            refuses=lambda limit: limit > accepted,
        )
        async with server, client_of(server, max_body_bytes=3200) as client:
            return ids(await client.flows.list(limit=limit).raw())

    assert asyncio.run(read()) == ids(records(*sizes))


INTEGRATION = {"_id": "a" * 24, "name": "Orders"}
ACCOUNT = {"/v1/integrations": [INTEGRATION], "/v1/tokenInfo": {"_userId": "u", "scope": "*"}, "/v1/flows": []}


@pytest.mark.parametrize("plan", ["integration", "account", "compare"])
async def test_a_crawl_by_either_plan(plan: Any) -> None:
    """Whether its lists are asked with a limit or without one."""
    some = [record | {"_integrationId": INTEGRATION["_id"]} for record in SEVENTY]
    async with PagedServer(records=some, others=ACCOUNT) as server, client_of(server) as client:
        async with client.crawl(kinds=["exports"], plan=plan, raw=True) as crawl:
            [snapshot] = [snapshot async for snapshot in crawl]
    assert crawl.complete, crawl.report.gaps
    assert ids(snapshot.exports) == ids(some)
    assert crawl.report.duplicates == 0
    assert crawl.report.differences == ()


async def test_a_gap_names_the_limit_and_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the option the crawl is finished."""
    mixed = records(*[1000] * 5, 50_000)
    async with PagedServer(records=mixed, others=ACCOUNT) as server:
        monkeypatch.setenv("CELIGO_API_TOKEN", "token")
        monkeypatch.setenv("CELIGO_BASE_URL", server.url)
        monkeypatch.setattr(app_module, "_to_the_end", asyncio.run)

        async def crawl(*arguments: str) -> tuple[int, str]:
            arguments = ("crawl", "--out", str(tmp_path / "i"), "--kinds", "exports", "--quiet", *arguments)
            code = await asyncio.to_thread(program.main, list(arguments))
            return code, capfd.readouterr().err

        code, said = await crawl("--max-body-bytes", "20000")
        assert code == 5
        assert "a single record is larger than max_body_bytes (20,000 bytes)" in said
        assert "--max-body-bytes" in said
        manifest = json.loads((tmp_path / "i" / "manifest.json").read_text())
        [branch] = manifest["branches"]
        assert "20,000" in branch["error"]
        assert "--max-body-bytes" in branch["error"]
        code, said = await crawl("--max-body-bytes", "100000", "--resume")
        assert code == 0, said
    assert len((tmp_path / "i" / "exports.jsonl").read_text().splitlines()) == 6


@pytest.mark.parametrize("arguments", [["integrations", "list", "-o", "jsonl"], ["api", "GET", "/v1/integrations"]])
@pytest.mark.parametrize(("size", "code"), [("100000", 0), ("500", 1), ("0", 2), ("-5", 2), ("many", 2)])
async def test_every_command_that_asks_has_the_option(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], arguments: list[str], size: str, code: int
) -> None:
    """A list is read by smaller pages; what is too large, and what is no number of bytes, is named."""
    async with PagedServer(records=records(*[300] * 5, 900)) as server:
        monkeypatch.setenv("CELIGO_API_TOKEN", "token")
        monkeypatch.setenv("CELIGO_BASE_URL", server.url)
        monkeypatch.setattr(app_module, "_to_the_end", asyncio.run)
        assert await asyncio.to_thread(program.main, [*arguments, f"--max-body-bytes={size}"]) == code
    said = capfd.readouterr()
    assert ("--max-body-bytes" in said.err + said.out) is (code != 0)
    if arguments[0] == "integrations" and code < 2:
        assert len(said.out.splitlines()) == (6 if code == 0 else 5)
