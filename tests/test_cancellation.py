"""Cancelled at every await: `CancelledError` passes unchanged, and nothing of the call stays."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest
from raw_server import Play, RawServer, answer, hang

from aiointegrator import IntegratorClient, RateLimit, RetryPolicy
from aiointegrator.session._throttle import Bucket

BODY = b'{"_id": "a", "name": "n", "signedURL": "%s/t.zip?sig=1"}'
QUICK = RetryPolicy(base=0.002, throttled_base=0.002)
WHY = "stepping"


class Stepped:
    """A coroutine whose task is cancelled at its n-th suspension."""

    def __init__(self, inner: Coroutine[Any, Any, object], number: int) -> None:
        self.inner = inner
        self.number = number
        self.count = 0

    def __await__(self) -> Generator[Any, Any, object]:
        waiting = self.inner.__await__()
        step: Callable[[], Any] = lambda: waiting.send(None)  # noqa: E731
        while True:
            try:
                signal = step()
            except StopIteration as end:
                return end.value
            self.count += 1
            if self.count == self.number:
                task = asyncio.current_task()
                assert task is not None
                asyncio.get_running_loop().call_soon(task.cancel, WHY)
            try:
                value = yield signal
            except BaseException as error:
                step = lambda error=error: waiting.throw(error)  # noqa: E731
            else:
                step = lambda value=value: waiting.send(value)  # noqa: E731


async def stepped(inner: Coroutine[Any, Any, object], number: int) -> bool:
    """Whether it was cancelled at the n-th suspension; False where it ended before."""
    steps = Stepped(inner, number)

    raised: list[BaseException] = []

    async def run() -> None:
        try:
            await steps
        except BaseException as error:
            raised.append(error)
            raise

    await asyncio.wait([asyncio.create_task(run())])
    if steps.count < number:
        assert raised == []
        return False
    assert [(type(error), error.args) for error in raised] in ([], [(asyncio.CancelledError, (WHY,))])
    return True


Act = Callable[[IntegratorClient, Path], Coroutine[Any, Any, object]]


async def listing(client: IntegratorClient, path: Path) -> object:
    return await client.integrations.list()


async def iterating(client: IntegratorClient, path: Path) -> object:
    return [record async for record in client.integrations.list()]


async def updating(client: IntegratorClient, path: Path) -> object:
    return await client.integrations.update("a", description="x")


async def downloading(client: IntegratorClient, path: Path) -> object:
    return await client.integrations.download_template("a", path / "t.zip")


async def crawling(client: IntegratorClient, path: Path) -> object:
    async with client.crawl(at_once=2) as crawl:
        return [snapshot.id async for snapshot in crawl]


async def leaving(client: IntegratorClient, path: Path) -> object:
    async with client.crawl(at_once=2) as crawl:
        async for snapshot in crawl:
            return snapshot.id
    return None


async def getting(client: IntegratorClient, path: Path) -> object:
    return await client.integrations.get("a")


async def creating(client: IntegratorClient, path: Path) -> object:
    return await client.integrations.create({"name": "n"})


async def token_of_somebody() -> str:
    await asyncio.sleep(0)
    token_of_somebody.number += 1
    return f"token-{token_of_somebody.number}"


token_of_somebody.number = 0

FINE = "fine"
NEXT = answer(200, b'[{"_id": "a"}]', 'Link: </v1/integrations?after=1>; rel="next"')
ACTS: dict[str, tuple[Act, list[Play | str], dict[str, Any]]] = {
    "a read": (getting, [], {}),
    "a write": (creating, [], {}),
    "a read that is tried again": (getting, [answer(503)], {}),
    "a read that is turned away": (getting, [answer(429, b"{}", "Retry-After: 0.01")], {}),
    "a read after 401": (getting, [answer(401)], {"token": token_of_somebody}),
    "a list": (listing, [NEXT, NEXT.replace(b"after=1", b"after=2")], {}),
    "a list, one by one": (iterating, [NEXT, NEXT.replace(b"after=1", b"after=2")], {}),
    "an update": (updating, [], {}),
    "a download": (downloading, [], {}),
    "a crawl": (crawling, [], {}),
    "a crawl that is left": (leaving, [], {}),
    "a wait for the bucket": (getting, [], {"rate_limit": RateLimit(rate=10, burst=1)}),
}


async def still_works(client: IntegratorClient) -> None:
    await asyncio.wait_for(client.integrations.get("a"), 2)
    bucket = client._session._pool.bucket
    assert bucket is None or bucket._pending == 0
    assert client._session.in_flight == 0


@pytest.mark.parametrize(("act", "plays", "settings"), ACTS.values(), ids=ACTS.keys())
async def test_cancelled_at_every_await(act: Act, plays: list[Play], settings: dict[str, Any], tmp_path: Path) -> None:
    """One run for each suspension: no task, slot, bucket drop, socket or temporary file is left."""
    number = 0
    going = True
    while going:
        number += 1
        assert number < 300
        going = await one_run(act, plays, {"token": "t", **settings}, tmp_path, number)
    assert number > 2
    gc.collect()


def tasks_of_ours() -> list[str]:
    """Every task but the test's own and the server's."""
    tasks = (repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task())
    return [task for task in tasks if "RawServer" not in task and "_accept_connection" not in task]


def still_full(bucket: Bucket | None) -> None:
    """The bucket's clock stands still for three looks (before the line, twice, and in it), however slow the machine."""
    assert bucket is not None
    clock, seen = bucket._clock, iter([bucket._seen] * 3)
    bucket._clock = lambda: next(seen, None) or clock()


async def one_run(act: Act, plays: list[Play], settings: dict[str, Any], path: Path, number: int) -> bool:
    for file in path.iterdir():
        file.unlink()
    async with RawServer(*plays, b"") as server:
        server.plays[-1] = answer(200, BODY % server.url.encode())
        async with IntegratorClient(base_url=server.url, retry=QUICK, **settings) as client:
            if "rate_limit" in settings:
                await client.integrations.get("a")
                still_full(client._session._pool.bucket)
            cancelled = await stepped(act(client, path), number)
            assert tasks_of_ours() == []
            assert client._session.in_flight == 0
            names = [file.name for file in path.iterdir()]
            assert names in ([], ["t.zip"])
            server.plays[:-1] = []
            await still_works(client)
    await asyncio.sleep(0)
    assert tasks_of_ours() == []
    return cancelled


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    """One slot, one call that hangs, one that waits and is cancelled, one that comes to its turn."""
    async with RawServer(hang, answer(200, b'{"_id": "a"}')) as server:
        async with IntegratorClient("t", base_url=server.url, max_connections=1) as client:
            hanging, waiting, last = (asyncio.create_task(client.integrations.get("a")) for _ in range(3))
            while not server.requests:
                await asyncio.sleep(0.001)
            waiting.cancel()
            hanging.cancel()
            assert (await asyncio.wait_for(last, 2)).id == "a"
            await asyncio.wait([hanging, waiting])
            assert client._session.in_flight == 0


async def by_timeout(call: Awaitable[object]) -> None:
    async with asyncio.timeout(0.05):
        await call


async def by_wait_for(call: Awaitable[object]) -> None:
    await asyncio.wait_for(call, 0.05)


@pytest.mark.parametrize("way", [by_timeout, by_wait_for])
async def test_a_time_out_of_the_callers_own(way: Callable[[Awaitable[object]], Awaitable[None]]) -> None:
    """It is the caller's TimeoutError, not one of ours, and it comes in time."""
    async with RawServer(hang) as server, IntegratorClient("t", base_url=server.url) as client:
        with pytest.raises(TimeoutError):
            await way(client.integrations.get("a"))
        assert client._session.in_flight == 0


async def test_a_sibling_that_fails_ends_a_call() -> None:
    """In a task group, with the group's own error."""
    async with RawServer(hang) as server, IntegratorClient("t", base_url=server.url) as client:

        async def fail() -> None:
            await asyncio.sleep(0.02)
            raise ZeroDivisionError

        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.TaskGroup() as group:
                group.create_task(client.integrations.get("a"))
                group.create_task(fail())
        assert caught.group_contains(ZeroDivisionError)
        assert client._session.in_flight == 0


@pytest.mark.parametrize("pages", [False, True])
async def test_a_list_that_is_left_early(pages: bool) -> None:
    """At most the page that was under way has been asked for, and nothing stays."""
    async with RawServer(NEXT, hang, answer(200, b"[]")) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            pager = client.integrations.list()
            async for _ in pager.pages() if pages else pager:
                break
            await asyncio.sleep(0.02)
            assert len(server.requests) <= 2
            assert client._session.in_flight == 0
            assert not [task for task in asyncio.all_tasks() if "ahead" in task.get_name()]
            await client.integrations.list()
