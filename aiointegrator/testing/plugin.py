"""Fixtures for the tests of your own code: `pytest_plugins = ["aiointegrator.testing.plugin"]`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from .account import seeded_account
from .server import FakeIntegrator


@pytest_asyncio.fixture
async def fake_integrator() -> AsyncIterator[FakeIntegrator]:
    """A pretend integrator.io with five integrations, fresh for each test."""
    async with FakeIntegrator(seeded_account(5)) as fake:
        yield fake
