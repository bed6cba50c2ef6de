"""What every test stands on: no token of the person's own, and aioresponses that works with today's aiohttp."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from unittest.mock import Mock

import aiohttp
import pytest
from aioresponses import aioresponses
from aioresponses import core as aioresponses_core
from forks import Forks

from aiointegrator import IntegratorClient
from aiointegrator.testing import FakeIntegrator, seeded_account

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as in a job of the shell's background, whose children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: many tests wait for a clock, such as those of outages."""
    return (os.cpu_count() or 1) + 1


os.environ.pop("COLUMNS", None)  # pytest-xdist sets it in its workers, and tables would be cut to that width


def adapted_response(*args: object, **kwargs: object) -> aiohttp.ClientResponse:
    """aiohttp 3.14 wants a `stream_writer`, which aioresponses 0.7.9 does not give (its issue 289)."""
    kwargs.setdefault("stream_writer", Mock(output_size=0))
    return aiohttp.ClientResponse(*args, **kwargs)


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """aioresponses, adapted; a request that no test foresaw fails."""
    monkeypatch.setattr(aioresponses_core, "ClientResponse", adapted_response)
    with aioresponses() as mock:
        yield mock


SETTINGS = ("CELIGO_API_TOKEN", "CELIGO_BASE_URL", "CELIGO_MODE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def _nobody_elses_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CELIGO_REDACTION_KEY", "a key of the tests alone")


@pytest.fixture(autouse=True, scope="session")
def _only_the_workers_are_measured() -> None:
    """The processes that tests start run without coverage, as users have them."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """What runs commands in processes that take a tenth of the time."""
    with Forks() as made:
        yield made


@pytest.fixture
async def fake() -> AsyncIterator[FakeIntegrator]:
    """A pretend integrator.io with five integrations and pages of three."""
    async with FakeIntegrator(seeded_account(5), page_size=3) as server:
        yield server


@pytest.fixture
async def client(fake: FakeIntegrator) -> AsyncIterator[IntegratorClient]:
    """A client of that server."""
    async with IntegratorClient(fake.token, base_url=fake.url) as made:
        yield made
