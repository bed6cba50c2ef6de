"""A read-only client sends nothing that may change anything, however it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_server import RawServer, answer
from test_contract import CASES

from aiointegrator import (
    ArgumentError,
    ConfigurationError,
    IntegratorClient,
    IntegratorError,
    ReadOnlyError,
    RetryPolicy,
    UnsafeLinkError,
)
from aiointegrator.endpoints._operations import OPERATIONS

READS = {operation.name for operation in OPERATIONS if operation.repeat == "safe" and operation.method == "GET"}
SPELLINGS: list[Any] = [
    str,
    str.upper,
    str.swapcase,
    lambda path: path + "/",
    lambda path: path.replace("/", "//", 4).replace("//", "/", 1),
    lambda path: path.replace("S", "%53").replace("i", "%69"),
    lambda path: path.replace("S", "%2553"),
    lambda path: path + "?x=1",
    lambda path: path + "//?x=1",
]


@pytest.mark.parametrize("operation", CASES)
async def test_each_operation(operation: str) -> None:
    """Reads pass; writes, and reads with side effects, do not reach the socket."""
    async with RawServer(answer(200, b'{"_id": "a"}')) as server:
        async with IntegratorClient("t", base_url=server.url, read_only=True) as client:
            if operation in READS:
                await CASES[operation][0](client, "a", "b")
                assert len(server.requests) == 1
            else:
                with pytest.raises(ReadOnlyError):
                    await CASES[operation][0](client, "a", "b")
                assert server.requests == []


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def server(runner: asyncio.Runner) -> Iterator[RawServer]:
    made = RawServer(answer(200, b"[]"))
    runner.run(made.__aenter__())
    yield made
    runner.run(made.__aexit__(None, None, None))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "get", "Post", "delete"]),
    path=st.sampled_from([operation.path for operation in OPERATIONS] + ["/v1/flows/{a}", "/v1/scripts"]),
    spelled=st.sampled_from(SPELLINGS),
    identity=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(lambda text: quote(text, safe="")),
    header=st.sampled_from([None, "X-HTTP-Method-Override", "x-http-method", "X-Method-Override"]),
)
def test_no_spelling_gets_a_write_through(
    runner: asyncio.Runner, server: RawServer, method: str, path: str, spelled: Any, identity: str, header: str | None
) -> None:
    """Whatever the method, the path and its spelling: the server sees reads without side effects only."""
    filled = "/".join(identity if part.startswith("{") else part for part in path.split("/"))
    asked = "/v1" + spelled(filled.removeprefix("/v1"))
    before = len(server.requests)

    async def ask() -> None:
        async with IntegratorClient("t", base_url=server.url, read_only=True, retry=RetryPolicy(attempts=1)) as client:
            try:
                await client.request(method, asked, headers={header: "DELETE"} if header else None)
            except (ReadOnlyError, ArgumentError):
                return
            except IntegratorError:
                assert method == "HEAD"  # the server answers with a body, which HEAD must not have

    runner.run(ask())
    for request in server.requests[before:]:
        verb, target, _ = request.decode().split("\r\n")[0].split(" ")
        assert verb in ("GET", "HEAD")
        assert "installsteps" not in target.lower().replace("%53", "s").replace("%69", "i").replace("%2553", "s")
        assert b"override" not in request.lower()


@pytest.mark.parametrize("path", ["/v1/integrations/a/installSteps", "/v1/integrations/a/uninstall%53teps?after=1"])
async def test_no_list_goes_on_where_a_get_acts(path: str) -> None:
    """Neither by the server's next link nor by an address to go on at."""
    async with RawServer(answer(200, b"[]", f"Link: <{path}>; rel=next")) as server:
        async with IntegratorClient("t", base_url=server.url, read_only=True) as client:
            with pytest.raises(UnsafeLinkError):
                await client.integrations.list_flows("a")
            with pytest.raises(ArgumentError):
                client.integrations.list_flows("a").starting_at(path)
    assert [request.split()[1] for request in server.requests] == [b"/v1/integrations/a/flows"]


async def test_update_asks_nothing_first() -> None:
    """It would end in a write, so it does not begin; a dry run may."""
    async with RawServer(answer(200, b'{"_id": "a", "name": "n", "more": 1}')) as server:
        async with IntegratorClient("t", base_url=server.url, read_only=True) as client:
            with pytest.raises(ReadOnlyError):
                await client.integrations.update("a", name="x")
            assert server.requests == []
            request = await client.integrations.update("a", name="x", dry_run=True)
    assert (request.method, request.path, request.body) == (
        "PUT",
        "/v1/integrations/a",
        b'{"name":"x","more":1}',
    )
    assert [heard.split(b" ")[0] for heard in server.requests] == [b"GET", b"GET"]


@pytest.mark.parametrize(
    "mode", ["read", "READ", " read ", "readonly", "read-only", "read_only", '"read"', "\ufeff'Read-Only'\n"]
)
def test_the_environment_says_so_too(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is spelled."""
    monkeypatch.setenv("CELIGO_MODE", mode)
    assert IntegratorClient("t").read_only


@pytest.mark.parametrize("mode", ["full", " FULL\n", '"full"'])
def test_the_environment_may_allow_writes(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the vendor's word for it; what the caller asks for still counts."""
    monkeypatch.setenv("CELIGO_MODE", mode)
    assert not IntegratorClient("t").read_only
    assert IntegratorClient("t", read_only=True).read_only


@pytest.mark.parametrize("mode", ["write", "operate", "red", "true", "1", "read only", "'read", "read;", "\x1b[31m"])
def test_an_unknown_mode_is_refused(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be meant to forbid something; the message lists the modes that there are."""
    monkeypatch.setenv("CELIGO_MODE", mode)
    with pytest.raises(
        ConfigurationError, match="CELIGO_MODE must be one of read, read-only, readonly, full, not "
    ) as e:
        IntegratorClient("t")
    assert "\x1b" not in str(e.value)


@pytest.mark.parametrize("mode", ["", " ", '""', "\ufeff"])
def test_an_empty_mode_is_refused(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something was to be put there."""
    monkeypatch.setenv("CELIGO_MODE", mode)
    with pytest.raises(ConfigurationError, match="CELIGO_MODE is set but empty"):
        IntegratorClient("t")


def test_an_unknown_mode_is_refused_by_a_client_that_is_read_only_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever misspells it learns it at once."""
    monkeypatch.setenv("CELIGO_MODE", "raed")
    with pytest.raises(ConfigurationError, match="CELIGO_MODE must be one of"):
        IntegratorClient("t", read_only=True)
