"""Nothing leaks: the token stands in its header to the configured origin and nowhere else; a signed address nowhere."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from raw_server import Play, RawServer, answer, close_delimited, cut, cut_short, hang, then_close
from shown import everything_shown

from aiointegrator import IntegratorClient, IntegratorError, RetryPolicy
from aiointegrator.inventory import InventoryWriter
from aiointegrator.orchestrators import DEFAULT_KINDS
from aiointegrator.testing import FakeIntegrator, Faults, seeded_account

TOKEN = "canary-5d41402abc4b2a76b9719d911017c592"
SIGNED = "X-Amz-Signature=canary-signature"
QUICK = RetryPolicy(attempts=2, base=0, throttled_base=0)
ECHO = f"Authorization: Bearer {TOKEN}"
ESCAPED = TOKEN.replace("-", "\\u002D").replace("c", "\\u0063").encode()
"""As JSON may write it; some servers escape `=`, `+` and `/`, which a token may have."""

CALLS: dict[str, Callable[[IntegratorClient], Awaitable[object]]] = {
    "get": lambda client: client.integrations.get("a"),
    "list": lambda client: client.integrations.list(),
    "create": lambda client: client.integrations.create({"name": "n"}),
    "request": lambda client: client.request("GET", "/v1/flows"),
}
PLAYS: dict[str, Play] = {
    "it is said back in an error": answer(403, json.dumps({"errors": [{"code": TOKEN, "message": ECHO}]}).encode()),
    "it is said back in escapes": answer(403, b'{"message": "%b"}' % ESCAPED),
    "it is said back in escapes, broken": close_delimited(b'[{"_id": "%b"' % ESCAPED),
    "it is said back as text": answer(500, ECHO.encode()),
    "it is said back in HTML": answer(200, f"<html>{ECHO}</html>".encode()),
    "it is said back as JSON of another shape": answer(200, json.dumps(ECHO).encode()),
    "it is said back in a broken page": close_delimited(f'[{{"_id": "{TOKEN}"'.encode()),
    "it is said back in a header": answer(401, b"{}", f"X-Echo: {TOKEN}", f"Retry-After: {TOKEN}"),
    "it is said back in a redirect": answer(302, b"", f"Location: https://evil.example/{TOKEN}"),
    "it is said back in a link": answer(200, b"[]", f'Link: <https://evil.example/v1/x?t={TOKEN}>; rel="next"'),
    "it is said back in the path of a link": answer(200, b"[]", f'Link: <https://evil.example/{TOKEN}/x>; rel="next"'),
    "it is said back in a link of ours": answer(200, b"[]", f'Link: </v2/{TOKEN}>; rel="next"'),
    "it is said back as the status": then_close(f"HTTP/1.1 500 {TOKEN}\r\nContent-Length: 0\r\n\r\n".encode()),
    "it is said back instead of HTTP": then_close(f"{TOKEN}\r\n\r\n".encode()),
    "the connection breaks": cut,
    "the body breaks": cut_short(b"[]"),
    "nothing comes": hang,
}


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS.keys())
async def test_the_token_is_shown_nowhere(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    """Text, repr, attributes, pickle, causes, locals of our frames, logs of any level and warnings."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    with warnings.catch_warnings(record=True) as warned:
        async with RawServer(play) as server:
            async with IntegratorClient(TOKEN, base_url=server.url, retry=QUICK, timeout=0.2) as client:
                for name, call in CALLS.items():
                    try:
                        shown.append(repr(await call(client)))
                    except IntegratorError as error:
                        shown.append(f"{name}: {everything_shown(error)}")
                shown += [repr(client), repr(vars(client)), repr(vars(client._session)), repr(client._session._pool)]
                shown += [repr(vars(client._session._pool)), repr(vars(client._session._pool.credentials))]
            assert all(ECHO.encode() in request for request in server.requests)
    shown += [record.getMessage() for record in caplog.records] + [str(warning.message) for warning in warned]
    assert TOKEN not in "\n".join(shown)


async def test_no_other_host_sees_it() -> None:
    """Not one that a link, a redirect or a signed address names."""
    async with RawServer(answer(200, b"[]")) as stranger:
        target = f"{stranger.url}/v1/integrations?after=1"
        plays = (
            answer(200, b"[]", f'Link: <{target}>; rel="next"'),
            answer(307, b"", f"Location: {target}"),
        )
        for play in plays:
            async with RawServer(play) as server, IntegratorClient(TOKEN, base_url=server.url) as client:
                with pytest.raises(IntegratorError):
                    await client.integrations.list()
    assert stranger.requests == []


async def test_no_file_holds_it(tmp_path: Path) -> None:
    """A crawl with faults leaves an inventory, and the token is in none of its files."""
    faults = Faults(rate=0.3, kinds=("500", "reset_before", "truncate"), in_a_row=9)
    async with FakeIntegrator(seeded_account(10), faults=faults, token=TOKEN) as fake:
        async with IntegratorClient(TOKEN, base_url=fake.url, retry=QUICK) as client:
            crawl = client.crawl(models=False)
            with InventoryWriter(tmp_path / "i", DEFAULT_KINDS, client.base_url) as writer:
                async with crawl:
                    async for snapshot in crawl:
                        writer.write(snapshot)
                writer.finish(crawl.report)
    files = list((tmp_path / "i").iterdir())
    assert (tmp_path / "i" / "manifest.json") in files
    assert not any(TOKEN.encode() in file.read_bytes() for file in files)


TEMPLATES: dict[str, Any] = {
    "of another shape": ["https://storage.example/a.zip?" + SIGNED],
    "of another type": {"signedURL": 5, "url": None, "other": "https://storage.example/a.zip?" + SIGNED},
    "not https": {"signedURL": "http://storage.example/a.zip?" + SIGNED},
    "with a password": {"signedURL": f"https://u:{SIGNED}@storage.example/a.zip"},
    "nobody there": {"signedURL": "https://127.0.0.1:9/a.zip?" + SIGNED},
    "no such host": {"signedURL": "https://storage.invalid/a.zip?" + SIGNED},
    "no address": {"signedURL": "https://[storage/a.zip?" + SIGNED},
}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES.keys())
async def test_a_signed_address_is_shown_nowhere(
    template: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is a credential too."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    async with RawServer(answer(200, json.dumps(template).encode())) as server:
        async with IntegratorClient(TOKEN, base_url=server.url, retry=QUICK) as client:
            with pytest.raises(IntegratorError) as caught:
                await client.integrations.download_template("a", tmp_path / "t.zip")
            shown.append(everything_shown(caught.value))
            try:
                shown.append(repr(await client.integrations.get_template("a")))
                shown.append(repr(await client.request("GET", "/v1/integrations/a/template")))
            except IntegratorError as error:
                shown.append(everything_shown(error))
    shown += [record.getMessage() for record in caplog.records]
    assert "canary-signature" not in "\n".join(shown)


async def test_a_signed_address_that_refuses_is_not_shown(tmp_path: Path) -> None:
    """Storage says back what it was asked for, in its page and in its redirect."""
    page = f"<Error><Resource>/a.zip?{SIGNED}</Resource></Error>".encode()
    for play in (answer(403, page), answer(301, b"", f"Location: ftp://storage.example/?{SIGNED}"), cut_short(page)):
        async with RawServer(play) as storage:
            address = json.dumps({"signedURL": f"{storage.url}/a.zip?{SIGNED}"}).encode()
            async with RawServer(answer(200, address)) as server:
                async with IntegratorClient(TOKEN, base_url=server.url, retry=QUICK) as client:
                    with pytest.raises(IntegratorError) as caught:
                        await client.integrations.download_template("a", tmp_path / "t.zip")
        assert "canary-signature" not in everything_shown(caught.value)
        assert not any(TOKEN.encode() in request for request in storage.requests)
