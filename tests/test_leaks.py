"""Nothing leaks: the token stands in its header to the configured origin and nowhere else; a signed address nowhere."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import pickle
import re
import time
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from raw_server import Play, RawServer, answer, close_delimited, cut, cut_short, hang, then_close
from shown import everything_shown

from aiointegrator import IntegratorClient, IntegratorError, RequestTimeoutError, RetryPolicy, Timeouts
from aiointegrator.inventory import InventoryWriter
from aiointegrator.orchestrators import DEFAULT_KINDS
from aiointegrator.session._credentials import Credentials
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


def percent(text: str, *, every: bool = False) -> str:
    return "".join(f"%{ord(c):02x}" if every or not c.isalnum() else c for c in text)


SPELLED = {
    "as it is": TOKEN,
    "percent-encoded": percent(TOKEN, every=True).replace("%2d", "%2D"),
    "encoded twice": percent(percent(TOKEN, every=True)),
    "in part": TOKEN[:9] + percent(TOKEN[9:14], every=True) + TOKEN[14:],
}
ECHOED = [TOKEN, percent(TOKEN, every=True), percent(percent(TOKEN, every=True)), TOKEN.replace("-", "\\u002d")]
ECHOED += [TOKEN.replace("-", "&#45;"), TOKEN.replace("-", "&#x2D;"), percent(TOKEN).replace("%", "\\u0025")]
AFTER: dict[str, Play] = {
    "refused": answer(403, json.dumps({"errors": [{"code": said, "message": said} for said in ECHOED]}).encode()),
    "refused in escapes": answer(403, '{{"message": "{}"}}'.format(" ".join(ECHOED)).encode()),
    "failed": answer(500, "<a href='/v1?t={}'>".format("'><a href='".join(ECHOED)).encode()),
    "another shape": answer(200, json.dumps([[said] for said in ECHOED]).encode()),
    "another key": answer(200, json.dumps({said: [1] for said in ECHOED}).encode()),
    "broken": answer(200, b'[{"_id": "%b"' % " ".join(ECHOED).encode()),
    "too large": answer(200, b"[%b]" % (b" " * 3000)),
    "cut": cut,
    "cut in the body": cut_short(b"[]"),
    "coded wrongly": answer(200, b"[]", "Content-Encoding: gzip"),
    "a link that leads away": answer(
        200, b"[]", f"Link: <https://evil.example/{'x' * 80}/{TOKEN}?t={TOKEN}>; rel=next"
    ),
    "a broken link": answer(200, b"[]", f"Link: </v2/{percent(TOKEN, every=True)}>; rel=next; title={TOKEN}"),
    "a circle": answer(200, b"[]", f'Link: </v1/integrations?t={TOKEN}>; rel="next"'),
}


def spelled_out(text: str) -> str:
    """The text with every escape undone that somebody who finds it would undo."""
    for _ in range(6):
        text = html.unescape(unquote(re.sub(r"\\+u00([0-9a-fA-F]{2})", lambda f: chr(int(f[1], 16)), text))).replace(
            "\\", ""
        )
    return text


@pytest.mark.parametrize("play", AFTER.values(), ids=AFTER.keys())
@pytest.mark.parametrize("spelled", SPELLED)
@pytest.mark.parametrize("place", ["/v1/integrations?t={}&after=2", "/v1/{}/integrations?after=2"])
async def test_the_token_in_a_link_of_ours_is_followed_and_shown_nowhere(
    place: str, spelled: str, play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of the page that it leads to; and the same client can go on from there."""
    caplog.set_level(logging.DEBUG)
    link = place.format(SPELLED[spelled])
    first, last = answer(200, b'[{"_id": "1"}]', f'Link: <{link}>; rel="next"'), answer(200, b'[{"_id": "2"}]')
    once = RetryPolicy(attempts=1)
    async with RawServer(first, play) as server:
        async with IntegratorClient(TOKEN, base_url=server.url, retry=once, max_body_bytes=2000) as client:
            with pytest.raises(IntegratorError) as caught:
                await client.integrations.list()
            assert server.requests[1].split()[1].decode() == link
            shown = [everything_shown(caught.value), repr(vars(client._session._pool.credentials))]
            if caught.value.resume_from is not None:
                server.plays[:] = [last]
                rest = client.integrations.list().starting_at(caught.value.resume_from)
                shown.append(repr(rest))
                assert [record.id for record in await rest] == ["2"]
                assert server.requests[-1].split()[1].decode() == link
            of_the_page = [path for request in server.requests if "after=2" in (path := request.split()[1].decode())]
            assert all(SPELLED[spelled] in path for path in of_the_page)
    shown += [record.getMessage() for record in caplog.records]
    assert TOKEN not in "\n".join(shown)
    assert TOKEN not in spelled_out("\n".join(shown))


async def test_a_token_in_a_path_that_is_given_is_not_shown() -> None:
    """By whoever asks for it: in the path of a request, or in a link that was found elsewhere."""
    link = f"/v1/integrations/{TOKEN}?t={percent(TOKEN)}&x=1"
    async with RawServer(answer(404)) as server, IntegratorClient(TOKEN, base_url=server.url) as client:
        for call in (client.request("GET", link), client.integrations.list().starting_at(link).collect()):
            with pytest.raises(IntegratorError) as caught:
                await call
            error = caught.value
            shown = f"{error!r} {error} {vars(error)} {pickle.dumps(error)!r}"
            assert TOKEN not in spelled_out(shown)
            assert error.path == "/v1/integrations/**********"
        assert [request.split()[1].decode() for request in server.requests] == [
            link.replace(percent(TOKEN), TOKEN),
            link,
        ]


@pytest.mark.parametrize("timeout", [Timeouts(read=0.5, total=30), Timeouts(total=1)], ids=["read", "total"])
async def test_a_page_that_does_not_come_shows_no_token(timeout: Timeouts) -> None:
    """Neither the time-out of a try nor the deadline names the whole link."""
    link = f"/v1/{percent(TOKEN)}/integrations?t={TOKEN}"
    async with RawServer(answer(200, b"[]", f'Link: <{link}>; rel="next"'), hang) as server:
        async with IntegratorClient(TOKEN, base_url=server.url, retry=QUICK, timeout=timeout) as client:
            with pytest.raises(RequestTimeoutError) as caught:
                await client.integrations.list()
    assert caught.value.resume_from == "/v1/**********/integrations?t=**********"
    assert TOKEN not in spelled_out(everything_shown(caught.value))


async def test_a_crawl_follows_such_links_and_shows_nothing() -> None:
    """Not in its gaps either."""
    link = f"/v1/integrations?access_token={percent(TOKEN)}&after=2"

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = server.requests[-1].split()[1].decode()
        if asked == "/v1/integrations":
            writer.write(answer(200, b'[{"_id": "a"}]', f'Link: <{link}>; rel="next"'))
        elif asked == link:
            writer.write(answer(200, b'[{"_id": "b"}]'))
        else:
            writer.write(answer(403, json.dumps({"message": f"no {link}"}).encode()))
        await writer.drain()

    async with RawServer(play) as server, IntegratorClient(TOKEN, base_url=server.url, retry=QUICK) as client:
        async with client.crawl(kinds=("flows",)) as crawl:
            found = {snapshot.integration.id async for snapshot in crawl}
    assert found == {"a", "b"}
    assert len(crawl.report.gaps) == 2
    assert TOKEN not in spelled_out(repr(crawl.report.gaps) + repr(crawl.report))


async def test_a_short_token_tears_no_message_apart() -> None:
    """Tokens of tests are; what they would match is in every message."""
    link = "/v1/integrations?t=next&after=1"
    async with RawServer(answer(200, b"[]", f'Link: <{link}>; rel="next"'), answer(404)) as server:
        async with IntegratorClient("next", base_url=server.url) as client:
            with pytest.raises(IntegratorError, match=r"^integrations\.list: GET /v1/integrations\?t=next") as caught:
                await client.integrations.list()
    assert caught.value.resume_from == link


async def test_addresses_with_the_token_do_not_pile_up() -> None:
    """Of a list of any length, the last thousand are kept."""
    pages = [answer(200, b"[]", f'Link: </v1/integrations?t={TOKEN}&a={n}>; rel="next"') for n in range(30)]
    async with RawServer(*pages, answer(200, b"[]")) as server, IntegratorClient(TOKEN, base_url=server.url) as client:
        await client.integrations.list()
        credentials = client._session._pool.credentials
        assert len(credentials.hidden_addresses) == 30
        for number in range(2000):
            credentials.shown_address(f"/v1/x?t={TOKEN}&a={number}")
        assert len(credentials.hidden_addresses) == 1000


@pytest.mark.parametrize("piece", ["\\", "%", "%25", "\\u00", "&#0", "&#", TOKEN[0] + "\\", percent(TOKEN)])
def test_looking_for_escapes_is_quick(piece: str) -> None:
    """In a time that grows with the text, not with its square."""
    credentials = Credentials(TOKEN)
    begun = time.perf_counter()
    credentials.hidden_in(piece.encode() * (300_000 // len(piece)))
    assert time.perf_counter() - begun < 8


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
