"""The client: settings that work, settings that cannot, and the door for what is not modelled."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from aiointegrator import (
    ArgumentError,
    ConfigurationError,
    IntegratorClient,
    NotFoundError,
    RateLimit,
    RetryPolicy,
    ServerError,
    Timeouts,
)
from aiointegrator.testing import FakeIntegrator


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://api.integrator.io/v1"),
        ({"region": "us"}, "https://api.integrator.io/v1"),
        ({"region": "eu"}, "https://api.eu.integrator.io/v1"),
        ({"base_url": "https://api.eu.integrator.io"}, "https://api.eu.integrator.io/v1"),
        ({"base_url": "https://api.integrator.io/"}, "https://api.integrator.io/v1"),
        ({"base_url": "https://api.integrator.io/v1"}, "https://api.integrator.io/v1"),
        ({"base_url": "https://api.integrator.io/v1/"}, "https://api.integrator.io/v1"),
        ({"base_url": "https://gw.example:8443/celigo/v1/"}, "https://gw.example:8443/celigo/v1"),
        ({"base_url": "https://API.integrator.io:443"}, "https://api.integrator.io/v1"),
        ({"base_url": "http://localhost:1"}, "http://localhost:1/v1"),
        ({"base_url": "http://127.9.9.9:1"}, "http://127.9.9.9:1/v1"),
        ({"base_url": "http://[::1]:1"}, "http://[::1]:1/v1"),
    ],
)
def test_where_the_api_is(settings: dict[str, Any], url: str) -> None:
    """With or without /v1 and slash, with a gateway's prefix, and exactly one /v1 in the end."""
    assert IntegratorClient("token", **settings).base_url == url


@pytest.mark.parametrize(
    "settings",
    [
        {"region": "us", "base_url": "https://api.integrator.io"},
        {"region": "asia"},
        {"base_url": ""},
        {"base_url": "api.integrator.io"},
        {"base_url": "ftp://api.integrator.io"},
        {"base_url": "http://api.integrator.io"},
        {"base_url": "http://192.168.1.1"},
        {"base_url": "https://user:pw@api.integrator.io"},
        {"base_url": "https://api.integrator.io?x=1"},
        {"base_url": "https://api.integrator.io#x"},
        {"base_url": "https://api.integrator.io/../x"},
        {"base_url": "https://api.integrator.io\r\nX: y"},
        {"base_url": "https://[api"},
        {"base_url": "https://api.integrator.io:port"},
        {"base_url": 5},
        {"token": ""},
        {"token": "  "},
        {"token": "a b"},
        {"token": "a\r\nX: y"},
        {"token": "tök"},
        {"token": SecretStr("")},
        {"token": 5},
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": "5"},
        {"timeout": True},
        {"retry": None},
        {"retry": 3},
        {"rate_limit": 300},
        {"max_connections": 0},
        {"max_connections": 1.5},
        {"max_pages": 0},
        {"max_body_bytes": -1},
        {"max_error_bytes": 0},
        {"max_download_bytes": 0},
        {"base_url": "https://user:s3cret@api.integrator.io"},
        {"base_url": "https://user:s3c ret@api.integrator.io"},
        {"base_url": "ftp://s3cret@api.integrator.io"},
        {"base_url": "https://api..integrator.io"},
        {"base_url": "https://.integrator.io"},
        {"base_url": f"https://{'a' * 64}.example"},
        {"base_url": "https://api\\x.example"},
        {"base_url": "https://api%2eintegrator.io"},
        {"timeout": 10**400},
        {"session": "x"},
        {"trace_configs": [5]},
        {"trace_configs": 5},
        {"session": "x", "proxy": "http://p.example"},
        {"session": "x", "trace_configs": [aiohttp.TraceConfig()]},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    """When the client is made, with an error that shows no token."""
    with pytest.raises(ConfigurationError) as caught:
        IntegratorClient(**({"token": "token"} | settings))
    assert not any(secret in str(caught.value) for secret in ("a b", "s3cret", "s3c ret"))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (RetryPolicy, {"attempts": 0}),
        (RetryPolicy, {"base": -1}),
        (RetryPolicy, {"quota": 1.5}),
        (RetryPolicy, {"cap": float("inf")}),
        (RetryPolicy, {"base": 10**400}),
        (Timeouts, {"connect": None}),
        (Timeouts, {"read": 0}),
        (RateLimit, {"rate": 0}),
        (RateLimit, {"burst": 0.5}),
        (RateLimit, {"rate": float("inf")}),
    ],
)
def test_settings_check_themselves(kind: type, settings: dict[str, Any]) -> None:
    """Each value that cannot work is named."""
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        kind(**settings)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Token and address; empty ones are refused with the name of the variable."""
    with pytest.raises(ConfigurationError, match="CELIGO_API_TOKEN"):
        IntegratorClient()
    monkeypatch.setenv("CELIGO_API_TOKEN", "token\n")
    monkeypatch.setenv("CELIGO_BASE_URL", "https://api.eu.integrator.io")
    assert IntegratorClient().base_url == "https://api.eu.integrator.io/v1"
    assert IntegratorClient(region="us").base_url == "https://api.integrator.io/v1"
    monkeypatch.setenv("CELIGO_BASE_URL", " ")
    with pytest.raises(ConfigurationError, match="CELIGO_BASE_URL"):
        IntegratorClient()
    for empty in ("", " "):
        with monkeypatch.context() as patched, pytest.raises(ConfigurationError, match="CELIGO_MODE"):
            patched.setenv("CELIGO_MODE", empty)
            IntegratorClient(region="us")
    monkeypatch.setenv("CELIGO_API_TOKEN", "")
    with pytest.raises(ConfigurationError, match="CELIGO_API_TOKEN"):
        IntegratorClient(region="us")


@pytest.mark.parametrize(
    "path", ["", "v1/flows", "/flows", "https://evil.example/v1/", "/v1/../x", "/v1/a\\b", "/v1/a#b", "/v1/\n"]
)
async def test_a_request_outside_the_api_is_refused(client: IntegratorClient, path: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ArgumentError):
        await client.request("GET", path)


def within_itself() -> list[Any]:
    nest: list[Any] = []
    nest.append(nest)
    return nest


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": "TRACE"},
        {"method": 5},
        {"json": "text"},
        {"headers": "X: a"},
        {"headers": {"Expect": "100-continue"}},
        {"headers": {"X-HTTP-Method-Override": "DELETE"}},
        {"headers": {"X": "a\0b"}},
        {"headers": {"X": 5}},
        {"query": "limit=1"},
        {"query": {"a": "x\r\ny"}},
        {"retry": 5},
        {"timeout": "5"},
        {"json": {"a": float("nan")}},
        {"json": {"a": object()}},
        {"headers": {"Authorization": "x"}},
        {"headers": {"X": "a\r\nb"}},
        {"headers": {"X Y": "a"}},
        {"query": {"a": object()}},
        {"query": {"": "x"}},
        {"query": {"limit": 0}},
        {"query": {"limit": "9" * 5000 + "x"}},
        {"query": {"a": 10**5000}},
        {"query": {"a": within_itself()}},
        {"query": {"a": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))}},
        {"query": {"include": "a", "exclude": "b"}},
        {"timeout": 0},
    ],
)
async def test_arguments_that_cannot_work_are_refused(
    client: IntegratorClient, fake: FakeIntegrator, arguments: dict[str, Any]
) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError):
        await client.request(**({"method": "POST", "path": "/v1/integrations"} | arguments))
    assert not fake.counts


async def test_any_request_passes_the_same_door(client: IntegratorClient, fake: FakeIntegrator) -> None:
    """Query in the path or beside it, a body, more headers; the answer is a plain value."""
    reply = await client.request("get", "/v1/integrations?limit=1", query={"include": "name"}, headers={"X-A": "b"})
    assert reply.status == 200
    assert len(reply.json()) == 1
    assert reply.header("content-type") == "application/json"
    assert fake.processed[0].query == {"limit": "1", "include": "name"}
    created = await client.request("POST", "/v1/integrations", json={"name": "x"})
    assert (created.status, created.attempts) == (201, 1)
    assert '"x"' in created.text
    with pytest.raises(NotFoundError):
        await client.request("GET", "/v1/integrations/" + "f" * 24)


async def test_a_known_path_has_its_own_rule(client: IntegratorClient, fake: FakeIntegrator) -> None:
    """GET installSteps has side effects, however it is asked."""
    integration_id = next(iter(fake.account.integrations))
    fake.fail("get_install_steps")
    with pytest.raises(ServerError) as caught:
        await client.request("GET", f"/v1/integrations/{integration_id}/installSteps")
    assert caught.value.attempts == 1
    assert caught.value.maybe_applied


def test_a_view_changes_what_it_may(client_without_server: IntegratorClient) -> None:
    """The rest needs another client, and read-only stays."""
    with pytest.raises(ConfigurationError, match="max_connections"):
        client_without_server.with_options(max_connections=3)
    with pytest.raises(ConfigurationError, match="stays read-only"):
        client_without_server.with_options(read_only=True).with_options(read_only=False)
    with pytest.raises(ConfigurationError):
        client_without_server.with_options(timeout=0)


@pytest.fixture
def client_without_server() -> IntegratorClient:
    return IntegratorClient("token")


async def test_with_aioresponses_too(mocked: Any) -> None:
    """Short tests of one call need no server."""
    mocked.get("https://api.integrator.io/v1/tokenInfo", payload={"_userId": "u", "scope": "*"})
    async with IntegratorClient("token") as client:
        assert (await client.token_info()).user_id == "u"


async def test_the_door_can_be_opened_again(client: IntegratorClient) -> None:
    """Entering a closed client once more opens it."""
    await client.aclose()
    async with client:
        assert (await client.token_info()).scope == "*"
