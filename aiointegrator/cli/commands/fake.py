"""`aiointegrator fake serve`: leave the pretend integrator.io running."""

from __future__ import annotations

import asyncio
from typing import Annotated

from cyclopts import App, Parameter

from ...errors import ArgumentError
from ...testing import FakeBucket, FakeIntegrator, Faults, seeded_account
from ..output.terminal import say, setting

app = App(name="fake", help="The pretend integrator.io.")


@app.command
async def serve(
    *,
    port: Annotated[int, Parameter(help="Port on loopback; 0 takes a free one.")] = 8080,
    integrations: Annotated[int, Parameter(help="How many integrations it has.")] = 50,
    latency_ms: Annotated[float, Parameter(help="Milliseconds before each answer.")] = 20.0,
    page_size: Annotated[int, Parameter(help="Records per page.")] = 100,
    bucket: Annotated[bool, Parameter(help="Keep the rate limit of 1,000 requests and 300 a second.")] = True,
    faults: Annotated[float, Parameter(help="Share of answers that go wrong, 0 to 1.")] = 0.0,
) -> None:
    """Serve a pretend account on this machine until Ctrl-C."""
    for name, value, least in (("integrations", integrations, 0), ("page-size", page_size, 1), ("port", port, 0)):
        if value < least:
            raise ArgumentError(f"--{name} must be at least {least}, not {value}")
    if not 0 <= faults <= 1:
        raise ArgumentError(f"--faults must be from 0 to 1, not {faults:g}")
    fake = FakeIntegrator(
        seeded_account(integrations),
        port=port,
        latency=latency_ms / 1000,
        page_size=page_size,
        bucket=FakeBucket() if bucket else None,
        faults=Faults(rate=faults) if faults else None,
        record=False,
    )
    try:
        await fake.start()
    except (OSError, OverflowError) as error:
        raise ArgumentError(f"cannot listen on port {port}: {getattr(error, 'strerror', None) or error}") from None
    try:
        say(f"serving {integrations} integrations; Ctrl-C stops it. In another terminal:")
        say(f"  {setting('CELIGO_BASE_URL', fake.url)}")
        say(f"  {setting('CELIGO_API_TOKEN', fake.token)}")
        say("  aiointegrator crawl --out inventory")
        await asyncio.Event().wait()
    finally:
        await fake.stop()
