"""Proxies: from the setting or from HTTPS_PROXY, never for this machine, and the token goes through them unseen."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import pytest
import trustme
from raw_server import RawServer, answer
from shown import everything_shown
from test_tls import serving, trusting

from aiointegrator import (
    ConfigurationError,
    ConnectError,
    ConnectTimeoutError,
    IntegratorClient,
    ProxyRefusedError,
    RetryPolicy,
    Timeouts,
)
from aiointegrator.session._proxy import Proxy
from aiointegrator.testing import FakeIntegrator

HOST = "celigo.example"
TOKEN = "canary-5d41402abc4b2a76"


class ConnectProxy:
    """An http proxy that knows CONNECT, takes every name for this machine, and notes what it was asked."""

    def __init__(self, refusal: bytes = b"") -> None:
        self.heard: list[bytes] = []
        self.refusal = refusal

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await asyncio.wait(self._tasks or {asyncio.create_task(asyncio.sleep(0))}, timeout=1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        self.heard.append(head)
        if self.refusal:
            writer.write(self.refusal)
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", int(head.split()[1].rsplit(b":", 1)[1]))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            back.close()
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                self.heard.append(data)
                writer.write(data)
                await writer.drain()
        writer.close()


def elsewhere(url: str) -> str:
    return url.replace("127.0.0.1", HOST)


@pytest.mark.parametrize("source", ["setting", "HTTPS_PROXY", "https_proxy"])
async def test_the_way_leads_through_the_proxy(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own credentials; the token passes it encrypted."""
    authority = trustme.CA()
    async with ConnectProxy() as proxy, serving(authority.issue_cert(HOST)) as (server, url):
        address = f"http://user:s3cret@{proxy.address}"
        if source != "setting":
            monkeypatch.setenv(source, address)
        async with IntegratorClient(
            TOKEN,
            base_url=elsewhere(url),
            ssl_context=trusting(authority),
            proxy=address if source == "setting" else None,
        ) as client:
            assert (await client.integrations.get("a")).id == "a"
            assert "s3cret" not in repr(client) + repr(client._session._pool.transport)
    assert proxy.heard[0].startswith(b"CONNECT " + HOST.encode())
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:s3cret") in proxy.heard[0]
    assert TOKEN.encode() not in b"".join(proxy.heard)
    assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]


@pytest.mark.parametrize("exceptions", [HOST, ".example", "*", f"other.example,{HOST}"])
def test_no_proxy_names_exceptions(exceptions: str) -> None:
    """Hosts, domains, or all."""
    environ = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": exceptions}
    assert Proxy.of_environment(environ).of(f"https://{HOST}") is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://localhost", "https://[::1]:443", "https://127.0.0.9"])
def test_this_machine_is_reached_directly(url: str) -> None:
    """Whatever the settings say."""
    assert Proxy.of_setting("http://proxy.example:3128").of(url) is None


def test_others_are_not() -> None:
    """The address of the proxy is kept as a secret."""
    found = Proxy.of_setting("http://a:b@proxy.example:3128").of(f"https://{HOST}")
    assert found is not None
    assert found.get_secret_value() == "http://a:b@proxy.example:3128"
    assert "a:b" not in repr(found)


@pytest.mark.parametrize("address", ["socks5h://user:s3cret@localhost:1080", "socks4://p", "p.example:3128", "ftp://p"])
def test_a_proxy_that_cannot_be_used_matters_where_it_would_be(address: str) -> None:
    """Not on the way to this machine or to what NO_PROXY names."""
    proxy = Proxy.of_environment({"https_proxy": address, "NO_PROXY": HOST})
    assert proxy.of("http://127.0.0.1:8080") is None
    assert proxy.of(f"https://{HOST}") is None
    with pytest.raises(ConfigurationError, match="^https_proxy must be the address of an http proxy") as caught:
        proxy.of("https://another.example")
    assert "s3cret" not in str(caught.value)
    assert ("socks" in address) == ("a socks" in str(caught.value))


async def test_a_client_that_needs_no_proxy(fake: FakeIntegrator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Works; one that would need it is refused when it is made, but for a session that has its own."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://localhost:1080")
    async with IntegratorClient(fake.token, base_url=fake.url) as client:
        assert (await client.token_info()).scope
    with pytest.raises(ConfigurationError, match="a socks5h proxy cannot be used"):
        IntegratorClient("t")
    async with aiohttp.ClientSession() as session:
        IntegratorClient("t", session=session)


async def test_a_download_that_would_need_the_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is refused, by an error that does not hold the signed address."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://localhost:1080")
    body = b'{"signedURL": "https://files.example/x?sig=s3cret"}'
    async with RawServer(answer(200, body)) as server, IntegratorClient("t", base_url=server.url) as client:
        with pytest.raises(ConfigurationError, match="HTTPS_PROXY must be") as caught:
            await client.integrations.download_template("a", tmp_path / "t.zip")
    assert "s3cret" not in everything_shown(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_variable_is_no_proxy(value: str) -> None:
    """That is how a proxy is switched off."""
    assert Proxy.of_environment({"HTTPS_PROXY": value}).address is None


@pytest.mark.parametrize(
    "address",
    ["", "proxy.example:3128", "socks5://proxy.example", "http://", "http://a:s3cret@/", "http://p.example:x", 5]
    + ["http://p.example/path", "http://p.example?s3cret", "http://[", "ftp://user:s3cret@p.example"],
)
def test_an_address_that_cannot_be_a_proxy_is_refused(address: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent, by a message that says where it came from and does not show it."""
    with pytest.raises(ConfigurationError, match="proxy must be") as caught:
        IntegratorClient("t", proxy=address)  # some are of the wrong type
    assert "s3cret" not in str(caught.value)
    if address and isinstance(address, str):
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(ConfigurationError, match="HTTPS_PROXY must be"):
            IntegratorClient("t")


@pytest.mark.parametrize("refusal", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 503 No\r\n\r\n"])
async def test_a_proxy_that_refuses(refusal: bytes) -> None:
    """The request was certainly not sent, and neither the token nor the proxy's password is in the error."""
    async with ConnectProxy(refusal) as proxy:
        async with IntegratorClient(
            TOKEN,
            base_url=f"https://{HOST}",
            proxy=f"http://user:s3cret@{proxy.address}",
            retry=RetryPolicy(base=0),
            timeout=1,
        ) as client:
            with pytest.raises(ConnectError) as caught:
                await client.integrations.create({"name": "n"})
    assert isinstance(caught.value, ProxyRefusedError) is (b"407" in refusal)
    assert (caught.value.outage_since is None) is (b"407" in refusal)
    assert not caught.value.maybe_applied
    shown = everything_shown(caught.value)
    assert TOKEN not in shown
    assert "s3cret" not in shown


async def test_nobody_at_the_proxys_address() -> None:
    """The same."""
    async with ConnectProxy() as proxy:
        address = proxy.address
    async with IntegratorClient(
        TOKEN, base_url=f"https://{HOST}", proxy=f"http://user:s3cret@{address}", retry=RetryPolicy(base=0), timeout=1
    ) as client:
        with pytest.raises(ConnectError) as caught:
            await client.integrations.get("a")
    assert "s3cret" not in everything_shown(caught.value)


async def test_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the API nor for a proxy."""
    (tmp_path / "netrc").write_text("default login user password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    authority = trustme.CA()
    async with serving(authority.issue_cert("127.0.0.1")) as (server, url):
        async with IntegratorClient(TOKEN, base_url=url, ssl_context=trusting(authority)) as client:
            await client.integrations.get("a")
    assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[0]
    assert b"Basic" not in server.requests[0]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="silence"),
        pytest.param(b"SSH-2.0-x\r\n", id="another protocol"),
        pytest.param(b"", id="the end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nbroken", id="half an answer"),
    ],
)
async def test_a_proxy_without_a_usable_answer_to_connect(said: bytes | None) -> None:
    """Nothing of the request was sent, so a create is tried again, and nothing is in doubt."""
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await reader.readuntil(b"\r\n\r\n")
        if said is None:
            await reader.read()
        else:
            writer.write(said)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        policy, timeouts = RetryPolicy(attempts=2, base=0), Timeouts(connect=0.3, total=10)
        async with IntegratorClient(TOKEN, region="us", proxy=proxy, retry=policy, timeout=timeouts) as client:
            with pytest.raises(ConnectError) as caught:
                await client.integrations.create({"name": "x"})
    assert isinstance(caught.value, ConnectTimeoutError) is (said is None)
    assert opened == caught.value.attempts == 2
    assert not caught.value.maybe_applied
    assert TOKEN not in everything_shown(caught.value)
