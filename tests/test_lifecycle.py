"""The life of a client: threads, forks, interrupts, and loops that end in the middle."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

from aiointegrator import ClientClosedError, IntegratorClient, RetryPolicy
from aiointegrator.session._pool import _forget_closed
from aiointegrator.testing import FakeIntegrator, Faults, seeded_account

HEAD = """
import asyncio, os, sys
from aiointegrator import IntegratorClient, RateLimit
url, token = sys.argv[1:3]
"""


async def run(code: str, fake: FakeIntegrator, *flags: str) -> tuple[int, str]:
    """A program of its own, with warnings as errors; its exit code and all that it printed.

    What asyncio's debug mode says of slow steps is left out: this machine may be busy.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", *flags, "-c", HEAD + textwrap.dedent(code), fake.url, fake.token),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    said = [line for line in out.decode().splitlines(keepends=True) if not line.startswith("Executing <")]
    return process.returncode or 0, "".join(said)


async def test_a_fork_leaves_both_sides_working(fake: FakeIntegrator) -> None:
    """The child has its own connections and an empty bucket; the parent goes on over its own, which stay open."""
    code = """
    import threading

    async def get(client, n=1):
        for _ in range(n):
            await client.token_info()

    def child(client):                                # in a thread, which has no loop of the parent's
        assert client._session._pool.bucket._pending == 0
        asyncio.run(asyncio.wait_for(get(client, 20), 10))
        print("child done", flush=True)

    async def parent(client):
        await get(client, 5)
        waiting = [asyncio.create_task(get(client)) for _ in range(3)]
        await asyncio.sleep(0.01)                     # three of the parent's are on the wire
        number = os.fork()
        if number == 0:
            thread = threading.Thread(target=child, args=(client,))
            thread.start()
            thread.join()
            os._exit(0)
        await asyncio.gather(*waiting)
        await get(client, 5)
        _, status = os.waitpid(number, 0)
        await client.aclose()
        print("parent", status)

    asyncio.run(parent(IntegratorClient(token, base_url=url, rate_limit=RateLimit(rate=1000, burst=10))))
    """
    fake.latency = 0.05
    status, out = await run(code, fake)
    assert (status, out.splitlines()) == (0, ["child done", "parent 0"])


async def test_two_threads_with_a_loop_each(fake: FakeIntegrator) -> None:
    """One client, one bucket, connections of each loop's own."""
    client = IntegratorClient(fake.token, base_url=fake.url)
    found: list[int] = []

    async def work() -> None:
        for _ in range(30):
            found.append(len(await client.integrations.list()))

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        await asyncio.sleep(0.01)
    assert found == [5] * 90
    assert client._session.in_flight == 0
    await client.aclose()


def test_two_threads_let_go_of_the_same_loops() -> None:
    """Who comes second finds nothing to let go of."""
    by_loop: dict[Any, int] = {}

    class Loop:
        def is_closed(self) -> bool:
            by_loop.clear()  # the other thread
            return True

    by_loop.update({Loop(): 1, Loop(): 2})
    _forget_closed(by_loop)
    assert by_loop == {}


def test_a_closed_client_keeps_no_loop_alive() -> None:
    """It says that it is closed, however often it is asked, and from wherever."""
    client = IntegratorClient("t", base_url="http://127.0.0.1:1")
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def ask() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await client.token_info()

    for _ in range(5):
        asyncio.run(ask())
    gc.collect()
    assert sum(loop() is not None for loop in loops) <= 1


async def test_a_loop_that_ends_with_calls_under_way(fake: FakeIntegrator) -> None:
    """No task is destroyed unawaited, no socket is left open, no warning comes."""
    fake.latency = 5
    code = """
    async def main():
        client = IntegratorClient(token, base_url=url)
        for _ in range(5):
            asyncio.create_task(client.token_info())
        await asyncio.sleep(0.1)
    asyncio.run(main())
    print("done")
    """
    assert await run(code, fake, "-X", "dev") == (0, "done\n")


async def test_an_interrupt_during_a_crawl(fake: FakeIntegrator) -> None:
    """KeyboardInterrupt comes out as it went in."""
    code = """
    import signal
    async def main():
        async with IntegratorClient(token, base_url=url) as client, client.crawl() as crawl:
            async for snapshot in crawl:
                os.kill(os.getpid(), signal.SIGINT)
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("interrupted")
    """
    assert await run(code, fake, "-X", "dev") == (0, "interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_an_interrupted_crawl_leaves_no_inventory(number: signal.Signals, tmp_path: Path) -> None:
    """No file has a final name; what was read is kept under hidden ones, and who could still speak says how to go on."""
    async with FakeIntegrator(seeded_account(300), latency=0.02) as fake:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aiointegrator", "crawl", "--out", str(tmp_path / "out")),
            env=os.environ | {"CELIGO_API_TOKEN": fake.token, "CELIGO_BASE_URL": fake.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 20
        while not fake.counts["integrations.list_flows"] > 64 and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        process.send_signal(number)
        _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert b"Traceback" not in err
    left = sorted(file.name for file in (tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else []
    assert not any(name.endswith((".jsonl", "manifest.json")) for name in left)
    assert ".journal" in left
    assert (b"--resume goes on" in err) is (number is not signal.SIGKILL)


async def test_memory_of_calls_is_given_back() -> None:
    """A thousand failed calls leave no more behind than one."""
    import gc

    faults = Faults(rate=1, kinds=("500",), in_a_row=10**9)
    async with FakeIntegrator(seeded_account(1), faults=faults, record=False) as fake:
        async with IntegratorClient(fake.token, base_url=fake.url, retry=RetryPolicy(attempts=1)) as client:

            async def fail(times: int) -> int:
                for _ in range(times):
                    await asyncio.gather(client.token_info(), return_exceptions=True)
                gc.collect()
                return len(gc.get_objects())

            await fail(10)
            before = await fail(1)
            assert await fail(200) - before < 500
