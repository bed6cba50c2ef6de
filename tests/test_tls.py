"""TLS: certificates are checked against real ones that are made here, and nothing below TLS 1.2 is spoken."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from raw_server import RawServer, answer

from aiointegrator import ConfigurationError, ConnectError, IntegratorClient, NoAnswerError, RetryPolicy, TLSError

BODY = b'{"_id": "a"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n" + BODY
QUICK = RetryPolicy(base=0)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class Server:
    """Answers over TLS, and notes what it heard."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.versions: list[object] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.versions.append(writer.get_extra_info("ssl_object").version())
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def serving(
    certificate: trustme.LeafCert, change: Callable[[ssl.SSLContext], None] = lambda context: None
) -> AsyncIterator[tuple[Server, str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    change(context)
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server, f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_the_right_certificate_is_taken(authority: trustme.CA) -> None:
    """By a context that is handed in and trusts its authority."""
    async with serving(authority.issue_cert("127.0.0.1")) as (server, url):
        async with IntegratorClient("t", base_url=url, ssl_context=trusting(authority)) as client:
            assert (await client.integrations.get("a")).id == "a"
    assert server.versions[0] in ("TLSv1.2", "TLSv1.3")


async def test_the_systems_authorities_are_asked(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a context, those that OpenSSL knows; SSL_CERT_FILE adds to them."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with serving(authority.issue_cert("127.0.0.1")) as (_, url), IntegratorClient("t", base_url=url) as client:
        assert (await client.integrations.get("a")).id == "a"


YESTERDAY = datetime.now(UTC) - timedelta(days=1)
WRONG = {
    "another host": lambda ca: ca.issue_cert("api.integrator.io"),
    "expired": lambda ca: ca.issue_cert("127.0.0.1", not_after=YESTERDAY),
    "another authority": lambda ca: trustme.CA().issue_cert("127.0.0.1"),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("call", ["get", "create"])
async def test_a_wrong_certificate_is_refused_once(authority: trustme.CA, make: object, call: str) -> None:
    """Not tried again, nothing sent, no token to a stranger, and nothing in doubt."""
    assert callable(make)
    async with serving(make(authority)) as (server, url):
        context = trusting(authority)
        async with IntegratorClient("canary-token", base_url=url, ssl_context=context, retry=QUICK) as client:
            with pytest.raises(TLSError) as caught:
                await (client.integrations.get("a") if call == "get" else client.integrations.create({"name": "n"}))
    assert isinstance(caught.value, ConnectError)
    assert (caught.value.attempts, caught.value.maybe_applied) == (1, False)
    assert server.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_old_tls_is_not_spoken(authority: trustme.CA) -> None:
    """A server that has only TLS 1.1 is not talked to."""

    def old(context: ssl.SSLContext) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

    async with serving(authority.issue_cert("127.0.0.1"), old) as (server, url):
        async with IntegratorClient("t", base_url=url, retry=RetryPolicy(attempts=2)) as client:
            with pytest.raises(ConnectError):
                await client.integrations.get("a")
    assert server.requests == []


async def test_the_own_context_wants_1_2() -> None:
    """Host names and certificates checked."""
    context = IntegratorClient("t")._session._pool.transport.tls()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


async def test_a_server_without_tls_is_refused() -> None:
    """Plain HTTP on a port that should speak TLS."""
    async with RawServer(answer(200, BODY)) as server:
        url = server.url.replace("http:", "https:")
        async with IntegratorClient("t", base_url=url, retry=QUICK, timeout=1) as client:
            with pytest.raises(NoAnswerError):
                await client.integrations.get("a")


KEYS = """
import asyncio, sys
from aiointegrator import ConfigurationError, IntegratorClient
async def ask(url):
    async with IntegratorClient("t", base_url=url) as client:
        await client.integrations.get("a")
for url in sys.argv[1:]:
    try:
        asyncio.run(ask(url))
        print("done")
    except ConfigurationError as error:
        print(error)
import os
print(os.environ["SSLKEYLOGFILE"])
"""


async def test_a_key_log_that_cannot_be_opened(tmp_path: Path) -> None:
    """Is an error where TLS would be spoken, and none on plain http; aiohttp opens it when it is imported."""
    path = str(tmp_path / "nowhere" / "keys.log")
    async with RawServer(answer(200, BODY)) as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KEYS, server.url, "https://localhost:9"),
            env=os.environ | {"SSLKEYLOGFILE": path, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    done, said, kept = out.decode().splitlines()
    assert (done, kept) == ("done", path)
    assert said.startswith(f"SSLKEYLOGFILE names a file that cannot be opened: {path}: No such file or directory; ")


async def test_a_key_log_that_can_be_opened(authority: trustme.CA, tmp_path: Path) -> None:
    """Gets the keys, as it does with other programs."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with serving(authority.issue_cert("127.0.0.1")) as (_, url):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KEYS, url),
            env=os.environ
            | {"SSLKEYLOGFILE": str(tmp_path / "keys"), "SSL_CERT_FILE": str(tmp_path / "ca.pem")}
            | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    assert out.decode().splitlines()[0] == "done"
    assert "CLIENT_" in (tmp_path / "keys").read_text()


def test_certificates_of_the_system_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python on Windows says it of one bad certificate in the system's store."""

    def broken() -> ssl.SSLContext:
        raise ssl.SSLError(1, "[ASN1: NOT_ENOUGH_DATA] not enough data")

    monkeypatch.setattr(ssl, "create_default_context", broken)
    with pytest.raises(ConfigurationError, match="the system's certificates cannot be read: .ASN1"):
        IntegratorClient("t")._session._pool.transport.tls()


@pytest.mark.parametrize("context", [False, True, "no", 5])
def test_checking_cannot_be_switched_off(context: object) -> None:
    """Only a context of one's own says otherwise."""
    with pytest.raises(ConfigurationError, match="ssl_context"):
        IntegratorClient("t", ssl_context=context)  # this is the wrong type
