"""The references: what others, and what one would write by hand."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import _bench
import aiohttp
import tenacity
from pydantic import TypeAdapter

from aiointegrator import IntegratorClient, RateLimit
from aiointegrator.models import Flow

T = TypeVar("T")
TOKEN = "token"
FLOWS: TypeAdapter[list[Flow]] = TypeAdapter(list[Flow])
Call = Callable[[str], Awaitable[object]]
_log = logging.getLogger("usual")


def path_of(integration_id: str) -> str:
    return f"/v1/integrations/{integration_id}/flows"


@asynccontextmanager
async def _session(in_flight: int) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}, connector=connector) as session:
        yield session


@asynccontextmanager
async def bare(url: str, in_flight: int) -> AsyncIterator[Call]:
    """aiohttp, and nothing is done with what comes."""
    async with _session(in_flight) as session:

        async def call(integration_id: str) -> bytes:
            async with session.get(url + path_of(integration_id)) as response:
                return await response.read()

        yield call


@asynccontextmanager
async def with_models(url: str, in_flight: int) -> AsyncIterator[Call]:
    """aiohttp, and the bytes validated into models: no retry, no pacing, no deadline of its own, no errors."""
    async with _session(in_flight) as session:

        async def call(integration_id: str) -> list[Flow]:
            async with session.get(url + path_of(integration_id)) as response:
                return FLOWS.validate_json(await response.read())

        yield call


@asynccontextmanager
async def usual(url: str, in_flight: int) -> AsyncIterator[Call]:
    """The usual way: tenacity iterated for each call, a semaphore, a log line, `json.loads` and a model."""
    slots = asyncio.Semaphore(in_flight)
    async with _session(in_flight) as session:

        async def call(integration_id: str) -> list[Flow]:
            async for attempt in tenacity.AsyncRetrying(
                stop=tenacity.stop_after_attempt(5),
                wait=tenacity.wait_random_exponential(max=20),
                retry=tenacity.retry_if_exception_type(aiohttp.ClientError),
                reraise=True,
            ):
                with attempt:
                    async with slots, asyncio.timeout(30):
                        _log.debug(f"GET {path_of(integration_id)}")
                        async with session.get(url + path_of(integration_id)) as response:
                            response.raise_for_status()
                            data = json.loads(await response.text())
            return [Flow.model_validate(item) for item in data]

        yield call


@asynccontextmanager
async def ours(url: str, in_flight: int) -> AsyncIterator[Call]:
    """This library with everything on; the bucket is so large that it never holds anybody up."""
    limit = RateLimit(rate=1e9, burst=1e9)
    async with IntegratorClient(TOKEN, base_url=url, max_connections=in_flight, rate_limit=limit) as client:

        async def call(integration_id: str) -> list[Flow]:
            return await client.integrations.list_flows(integration_id)

        yield call


@asynccontextmanager
async def httpx_client(url: str, in_flight: int) -> AsyncIterator[Call]:
    """httpx, and the bytes validated into models."""
    import httpx

    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=60) as client:

        async def call(integration_id: str) -> list[Flow]:
            return FLOWS.validate_json((await client.get(path_of(integration_id))).content)

        yield call


@asynccontextmanager
async def generated(url: str, in_flight: int) -> AsyncIterator[Call]:
    """A client that openapi-python-client generated from our own description."""
    import httpx

    package = _generated()
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    client = package.AuthenticatedClient(
        base_url=f"{url}/v1", token=TOKEN, timeout=httpx.Timeout(60), httpx_args={"limits": limits}
    )
    from importlib import import_module

    api = import_module(f"{package.__name__}.api.children.list_integration_flows")
    async with client:

        async def call(integration_id: str) -> object:
            return await api.asyncio(integration_id, client=client)

        yield call


_made: list[Any] = []


def _generated() -> Any:
    if not _made:
        from importlib import import_module

        folder = Path(tempfile.mkdtemp(prefix="generated-client-"))
        description = Path(__file__).parents[1] / "aiointegrator" / "openapi.yaml"
        subprocess.run(
            [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(description), "--meta", "none",
             "--output-path", str(folder / "generated_client")],
            check=True, capture_output=True,
        )  # fmt: skip
        sys.path.insert(0, str(folder))
        _made.append(import_module("generated_client"))
    return _made[0]


def on(loop: str, work: Coroutine[Any, Any, T]) -> T:
    """Run on asyncio's own loop or on uvloop's."""
    if loop != "uvloop":
        return asyncio.run(work)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def calls(
    client: Callable[[str, int], Any], url: str, number: int, in_flight: int, loop: str = "asyncio"
) -> _bench.Run:
    """A run: so many calls by so many workers over open connections, each call for another integration."""

    async def all_of_them() -> _bench.Cost:
        ids = iter(range(number))
        async with client(url, in_flight) as call:

            async def worker() -> None:
                for i in ids:
                    await call(f"5f{i:022x}")

            await asyncio.gather(*(call(f"5e{i:022x}") for i in range(in_flight)))
            watch = _bench.DeadlineTimer()
            async with asyncio.TaskGroup() as group:
                for _ in range(in_flight):
                    group.create_task(worker())
            return watch.cost(number)

    return lambda: on(loop, all_of_them())


def threads(url: str, number: int, in_flight: int) -> _bench.Run:
    """requests with one session a thread, and the bytes validated into models."""
    import threading

    import requests

    def run() -> _bench.Cost:
        ids, ready = count(), threading.Barrier(in_flight + 1)

        def worker() -> None:
            with requests.Session() as session:
                session.headers["Authorization"] = f"Bearer {TOKEN}"
                session.get(url + path_of("5e"))
                ready.wait()
                while (i := next(ids)) < number:
                    FLOWS.validate_json(session.get(url + path_of(f"5f{i:022x}")).content)

        with ThreadPoolExecutor(in_flight) as pool:
            done = [pool.submit(worker) for _ in range(in_flight)]
            ready.wait()
            watch = _bench.DeadlineTimer()
            for one in done:
                one.result()
            return watch.cost(number)

    return run
