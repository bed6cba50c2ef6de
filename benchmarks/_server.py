"""Serve the pretend account on the last core until stdin closes; prints its address."""

from __future__ import annotations

import asyncio
import os
import sys

from aiointegrator.testing import FakeIntegrator, seeded_account


async def main(integrations: int, latency: float) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    fake = FakeIntegrator(seeded_account(integrations), latency=latency, record=False)
    async with fake:
        print(fake.url, fake.token, flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
