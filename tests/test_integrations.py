"""The jobs by hand: changing without erasing, and downloading without a trace of the token."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest
from faults.catalogue import bit_by_bit
from raw_server import Play, RawServer, answer, close_delimited, cut, cut_short
from shown import everything_shown

from aiointegrator import (
    ArgumentError,
    CallOptions,
    ConflictError,
    IntegrationChanges,
    IntegratorClient,
    IntegratorError,
    ReplyTooLargeError,
    RequestTimeoutError,
    RetryPolicy,
    StatusError,
    UnreadableReplyError,
    UnsafeLinkError,
)
from aiointegrator.models import Alias, IntegrationWrite
from aiointegrator.testing import FakeIntegrator


def first(fake: FakeIntegrator) -> str:
    return next(iter(fake.account.integrations))


async def test_update_changes_one_field_and_keeps_all_others(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """Unknown ones and nulls too."""
    before = dict(fake.account.integrations[first(fake)])
    stored = await client.integrations.update(first(fake), description="new", flow_groupings=[], timeout=5.0)
    assert stored is not None
    assert stored.description == "new"
    after = fake.account.integrations[first(fake)]
    owned = {"lastModified", "lastModifiedBy"}
    assert after["lastModified"] != before["lastModified"]
    kept = {key: value for key, value in before.items() if key not in owned}
    assert {key: value for key, value in after.items() if key not in owned} == kept | {
        "description": "new",
        "flowGroupings": [],
    }


async def test_update_refuses_what_moved_meanwhile(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """Somebody else's change between our read and our write is not overwritten."""
    original = fake.state.integration

    def moved(integration_id: str) -> Any:
        record = dict(original(integration_id))
        record["lastModified"] = f"2026-01-01T00:00:0{fake.counts['integrations.get']}.000Z"
        return record

    fake.state.integration = moved
    with pytest.raises(ConflictError, match="somebody else"):
        await client.integrations.update(first(fake), name="x")
    assert fake.counts["integrations.replace"] == 0


@pytest.mark.parametrize(
    "body", [b"{}", b'{"message":"down for maintenance"}', b'{"_id":"other","name":"n"}', b'{"_id":null}', b'{"_id":5}']
)
async def test_update_writes_no_other_record_over_it(body: bytes) -> None:
    """An answer that is not the integration would erase it."""
    async with RawServer(answer(200, body)) as server, IntegratorClient("token", base_url=server.url) as client:
        with pytest.raises(UnreadableReplyError, match="not the integration"):
            await client.integrations.update("a", name="x")
    assert [request.split()[0] for request in server.requests] == [b"GET"]


async def test_update_sees_a_change_of_what_has_no_date() -> None:
    """Old records have none; any difference counts then."""
    plays = (answer(200, b'{"_id":"a","tag":"1"}'), answer(200, b'{"_id":"a","tag":"2"}'))
    async with RawServer(*plays) as server, IntegratorClient("token", base_url=server.url) as client:
        with pytest.raises(ConflictError):
            await client.integrations.update("a", name="x")
    assert [request.split()[0] for request in server.requests] == [b"GET", b"GET"]


@pytest.mark.parametrize("secret", ["***", "******"])
async def test_update_refuses_masked_secrets(fake: FakeIntegrator, client: IntegratorClient, secret: str) -> None:
    """Written back, they would overwrite the real ones; the error says where."""
    fake.account.integrations[first(fake)]["settings"] = {"keys": [{"password": secret}]}
    with pytest.raises(ArgumentError, match=r"settings\.keys\[0\]\.password"):
        await client.integrations.update(first(fake), name="x")
    assert fake.counts["integrations.replace"] == 0


def holding_itself() -> list[Any]:
    nest: list[Any] = []
    nest.append(nest)
    return nest


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "x"},
        {"last_modified": "x"},
        {"createdAt": "x"},
        {"settings": math.nan},
        {"settings": object()},
        {"settings": holding_itself()},
        {"settings": {"password": "****"}},
        {"aliases": [Alias(alias="****")]},
        {"flow_groupings": [], "flowGroupings": [1]},
        {"name": "x", "query": {"include": "name"}},
        {"name": "x", "query": {"exclude": "name"}},
    ],
)
async def test_update_refuses_changes_that_cannot_be(
    fake: FakeIntegrator, client: IntegratorClient, changes: dict[str, Any]
) -> None:
    """Nothing, what only the server sets, what JSON cannot say, masked secrets, part of a record; nothing is sent."""
    with pytest.raises(ArgumentError):
        await client.integrations.update(first(fake), **changes)
    assert not fake.counts


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"nmae": "x"},
            'no field "nmae" (did you mean "name"?); a field that this library does not know yet goes into ',
        ),
        ({"nmae": "x"}, 'extra={"nmae": ...}'),
        ({"Name": "x"}, 'did you mean "name"?'),
        ({"flow_grouping": []}, 'did you mean "flow_groupings"?'),
        ({"flowgroupings": []}, 'did you mean "flowGroupings"?'),
        ({"flowGrouping": []}, 'did you mean "flowGroupings"?'),
        ({"timeuot": 3, "name": "x"}, 'did you mean "timeout"?'),
        ({"dryRun": True, "name": "x"}, 'did you mean "dry_run"?'),
        ({"zzzzzz": 1}, 'no field "zzzzzz"; a field'),
        ({"nmae": 1, "descripton": 2}, '"nmae" (did you mean "name"?), "descripton" (did you mean "description"?)'),
        ({"a\n\x1b" + "x" * 99: 1}, "\ufffd\ufffd"),
        ({"numFlows": 1}, "only the server sets numFlows; leave it out"),
        ({"num_flows": 1}, "only the server sets numFlows; leave it out"),
        ({"id": "x"}, "only the server sets _id"),
        ({"_parentId": "x"}, "only the server sets _parentId"),
        ({"registered_connection_ids": []}, "see register_connections"),
        ({"extra": {"name": "x"}}, "give name= beside it"),
        ({"extra": {"flow_groupings": []}}, "give flow_groupings= beside it"),
        ({"extra": {"flowGroupings": []}}, "give flowGroupings= beside it"),
        ({"extra": {"_id": "x"}}, "only the server sets _id"),
        ({"extra": {"lastModified": "x"}}, "only the server sets lastModified"),
        ({"extra": {"num_error": 1}}, "only the server sets numError"),
        ({"extra": {"timeout": 5}}, "timeout in extra is not a field but an option"),
        ({"extra": {"dry_run": True}}, "dry_run in extra is not a field but an option"),
        ({"extra": {"": 1}}, "cannot be the name of a field"),
        ({"extra": {5: 1}}, "5 in extra cannot be the name of a field"),
        ({"extra": ["new"]}, "extra must be a mapping"),
        ({"extra": "new"}, "extra must be a mapping"),
        ({"extra": {}}, "nothing to update"),
        ({"timeout": 5}, "nothing to update"),
        ({"extra": {"new": math.inf}}, "cannot be sent as JSON"),
        ({"extra": {"new": {"password": "****"}}}, "new.password"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_field_that_there_is_not_is_refused_before_anything_is_sent(
    fake: FakeIntegrator, client: IntegratorClient, changes: dict[str, Any], said: str, dry_run: bool
) -> None:
    """With the name that comes nearest."""
    with pytest.raises(ArgumentError, match=re.escape(said)) as caught:
        await client.integrations.update(first(fake), **{"dry_run": dry_run} | changes)
    assert str(caught.value).isprintable()
    assert not fake.counts


async def test_every_field_can_be_named_in_both_ways(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """The keys of the generated type are what a call takes."""
    fields = IntegrationWrite.model_fields
    both = set(fields) | {field.alias or name for name, field in fields.items()}
    assert IntegrationChanges.__optional_keys__ - CallOptions.__optional_keys__ == both
    for name in sorted(both):
        request = await client.integrations.update(first(fake), dry_run=True, **{name: None})
        wire = fields[name].alias or name if name in fields else name
        assert json.loads(request.body)[wire] is None
    assert fake.counts["integrations.replace"] == 0


async def test_extra_writes_what_we_do_not_know(fake: FakeIntegrator, client: IntegratorClient) -> None:
    """Alone and beside others, under the name that is given."""
    await client.integrations.update(first(fake), extra={"brandNew": {"a": [1]}})
    await client.integrations.update(first(fake), name="n", extra={"newFieldOfTheServer": None, "nmae": 1, "_xId": "y"})
    after = fake.account.integrations[first(fake)]
    assert [after[name] for name in ("brandNew", "name", "newFieldOfTheServer", "nmae", "_xId")] == [
        *({"a": [1]}, "n", None, 1, "y"),
    ]


async def test_update_keeps_the_digits_of_numbers() -> None:
    """Of those that it does not touch, and of those that were read before and are given."""
    numbers = b'{"a":1.10,"b":1e400,"c":0.30000000000000004441,"d":1E5,"e":-0.0,"f":12345678901234567890123,"g":3.0}'
    body = b'{"_id":"a","name":"n","settings":%b,"newNumber":1.50,"newList":[-0]}' % numbers
    async with RawServer(answer(200, body)) as server, IntegratorClient("t", base_url=server.url) as client:
        before = await client.integrations.get("a")
        request = await client.integrations.update("a", tag="x", dry_run=True)
        await client.integrations.update("a", settings_form={"old": before.settings}, extra={"same": before.settings})
    assert request.body is not None
    assert request.body.startswith(b'{"name":"n",')
    for sent in (request.body, server.requests[-1]):
        assert b'"settings":' + numbers in sent
        assert b'"newNumber":1.50,"newList":[-0]' in sent
    assert b'"settingsForm":{"old":%b}' % numbers in server.requests[-1]
    assert b'"same":%b' % numbers in server.requests[-1]


async def test_update_sees_a_change_of_digits() -> None:
    """In a record without a date."""
    plays = (answer(200, b'{"_id":"a","x":1e400}'), answer(200, b'{"_id":"a","x":1e500}'))
    async with RawServer(*plays) as server, IntegratorClient("token", base_url=server.url) as client:
        with pytest.raises(ConflictError):
            await client.integrations.update("a", name="x")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_template_is_downloaded_without_the_token(
    fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path, method: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """GET, or POST where GET answers 405; the signed address sees no Authorization and is in no log."""
    caplog.set_level(logging.DEBUG)
    fake.template_method = method
    done = await client.integrations.download_template(first(fake), tmp_path / "t.zip")
    assert done.path.read_bytes()[:2] == b"PK"
    assert done.size == done.path.stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["t.zip"]
    assert "Authorization" not in fake.template_headers[0]
    assert "X-Amz" not in "".join(record.getMessage() for record in caplog.records)


async def test_a_refused_template_is_not_asked_for_with_post(
    fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path
) -> None:
    """POST is for 404 and 405 only."""
    fake.answer("get_template", 422)
    with pytest.raises(StatusError):
        await client.integrations.download_template(first(fake), tmp_path / "t.zip")
    assert fake.counts["integrations.get_template"] == 1
    assert list(tmp_path.iterdir()) == []


async def test_post_is_no_read(fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path) -> None:
    """A read-only client does not fall back to it; the error is the server's, and says so."""
    fake.template_method = "POST"
    reading = client.with_options(read_only=True).integrations
    for ask in (reading.get_template(first(fake)), reading.download_template(first(fake), tmp_path / "t.zip")):
        with pytest.raises(StatusError, match="POST, which this client does not send: it is read-only") as caught:
            await ask
        assert caught.value.status == 405
    assert fake.counts["integrations.get_template"] == 2
    assert {method for method, *_ in map(str.split, fake.asked)} == {"GET"}


@pytest.mark.parametrize(
    ("statuses", "raised"),
    [
        ((405, 200), None),
        ((404, 201), None),
        ((404, 404), ("GET", 404)),
        ((405, 405), ("GET", 405)),
        ((404, 405), ("GET", 404)),
        ((405, 404), ("POST", 404)),
        ((405, 422), ("POST", 422)),
        ((403,), ("GET", 403)),
        ((400,), ("GET", 400)),
    ],
)
async def test_the_address_of_a_template_is_asked_for_by_get_and_then_by_post(
    statuses: tuple[int, ...], raised: tuple[str, int] | None
) -> None:
    """POST for 404 and 405 alone; of two refusals the one that says more."""
    plays = [answer(status, b'{"signedURL": "https://storage.example/x?sig=1"}') for status in statuses]
    async with RawServer(*plays) as server, IntegratorClient("t", base_url=server.url) as client:
        if raised is None:
            template = await client.integrations.get_template("a")
            assert template.signed_url == "https://storage.example/x?sig=1"
        else:
            with pytest.raises(StatusError) as caught:
                await client.integrations.get_template("a")
            assert (caught.value.method, caught.value.status) == raised
    assert [request.split()[0] for request in server.requests] == [b"GET", b"POST"][: len(statuses)]


def template(url: object) -> bytes:
    return answer(200, json.dumps({"signedUrl": url, "key": "k"}).encode())


@pytest.mark.parametrize("location", ["https://[storage", "https://a..example/x", "http://h:99999/", "//", ""])
async def test_a_redirect_to_nowhere_is_refused(tmp_path: Path, location: str) -> None:
    """By our error, without a trace of the address that it came from."""
    async with RawServer(answer(302, b"", f"Location: {location}")) as storage:
        async with RawServer(template(f"{storage.url}/x?sig=1")) as server:
            async with IntegratorClient("t", base_url=server.url) as client:
                with pytest.raises(UnsafeLinkError) as caught:
                    await client.integrations.download_template("a", tmp_path / "t.zip")
        assert "sig=1" not in everything_shown(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://storage.example/x?sig=1", UnsafeLinkError),
        ("ftp://storage.example/x", UnsafeLinkError),
        ("http://[", UnsafeLinkError),
        ("https://" + "a" * 64 + ".example/x?sig=1", UnsafeLinkError),
        ("https://storage..example/x?sig=1", UnsafeLinkError),
        ("https://storage.example:99999/x?sig=1", UnsafeLinkError),
        ("http://127.0.0.1:1/x\0?sig=1", UnsafeLinkError),
        ("http://127.0.0.1:1/x?sig=1\r\nX: y", UnsafeLinkError),
        ("http://127.0.0.1:1/x?sig=1\ud800", UnsafeLinkError),
        (None, UnreadableReplyError),
        (5, UnreadableReplyError),
    ],
)
async def test_an_address_that_is_not_safe_is_not_read(tmp_path: Path, url: object, error: type[Exception]) -> None:
    """https only, plain http to this machine."""
    async with RawServer(template(url)) as server, IntegratorClient("t", base_url=server.url) as client:
        with pytest.raises(error) as caught:
            await client.integrations.download_template("a", tmp_path / "t.zip")
        assert "sig=1" not in everything_shown(caught.value)
    assert list(tmp_path.iterdir()) == []


QUICK = RetryPolicy(base=0, throttled_base=0)


@pytest.mark.parametrize(
    ("play", "requests"),
    [
        (answer(403, b"<Error/>"), 1),
        (answer(302, b"", "Location: /elsewhere?sig=secret"), 6),
        (answer(302, b"", "Location: http://storage.example/?sig=secret"), 1),
        (answer(302, b"", "Location: https://a:secret@storage.example/"), 1),
        (answer(302, b""), 1),
        (answer(304, b""), 1),
        (answer(206, b"PK"), 1),
        (answer(503, b"later"), 5),
        (b"junk\r\n\r\n", 5),
        (answer(200, b""), 5),
        (answer(200, b"PK", "Content-Encoding: gzip"), 5),
        (b"HTTP/1.1 200 X\r\nContent-Type: Text/HTML; a=b\r\nContent-Length: 6\r\n\r\n<html>", 5),
        (close_delimited(b"PK half a zip"), 5),
        (cut_short(b"PK half a zip"), 5),
        (cut, 5),
    ],
)
async def test_a_download_that_fails_leaves_no_file(tmp_path: Path, play: Play, requests: int) -> None:
    """Neither under the name asked for nor under a temporary one, and the address is not shown."""
    async with RawServer(play) as storage, RawServer(template(f"{storage.url}/x?sig=secret")) as server:
        (tmp_path / "t.zip").write_text("old")
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            with pytest.raises(IntegratorError) as caught:
                await client.integrations.download_template("a", tmp_path / "t.zip")
        assert "secret" not in everything_shown(caught.value)
        assert len(storage.requests) == requests
        assert not any(b"authorization" in request.lower() for request in storage.requests)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("t.zip", "old")]


ZIP = b"PK\x05\x06" + b"\0" * 18
"""The smallest whole zip."""


@pytest.mark.parametrize(
    ("plays", "body"),
    [
        ([answer(200, b"PK anything")], b"PK anything"),
        ([close_delimited(ZIP)], ZIP),
        ([cut_short(b"PK and more than the whole"), answer(200, b"PK short")], b"PK short"),
        ([answer(503), cut, answer(200, b"PK")], b"PK"),
        ([answer(302, b"", "Location: /elsewhere?sig=2"), answer(200, b"PK")], b"PK"),
        ([b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nPK\r\n0\r\n\r\n"], b"PK"),
    ],
)
async def test_a_download_comes_whole(tmp_path: Path, plays: list[Play], body: bytes) -> None:
    """After faults it is begun anew; nothing of an earlier try stays in the file."""
    (tmp_path / "t.zip").write_text("old")
    async with RawServer(*plays) as storage, RawServer(template(f"{storage.url}/x?sig=1")) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            done = await client.integrations.download_template("a", tmp_path / "t.zip", timeout=5, headers={"X-A": "b"})
    assert (done.path.read_bytes(), done.size) == (body, len(body))
    assert [path.name for path in tmp_path.iterdir()] == ["t.zip"]
    assert not any(b"x-a" in request.lower() for request in storage.requests)


async def test_an_address_fits_into_a_request_line(tmp_path: Path) -> None:
    """The signed one, and the one that it leads to; what is encoded already stays as it is."""
    async with RawServer(answer(302, b"", "Location: /y z?a=%2F b"), answer(200, b"PK")) as storage:
        async with RawServer(template(f"{storage.url}/x é?sig=%2f+1")) as server:
            async with IntegratorClient("t", base_url=server.url) as client:
                await client.integrations.download_template("a", tmp_path / "t.zip")
    asked = [request.split(b"\r\n")[0] for request in storage.requests]
    assert asked == [b"GET /x%20%C3%A9?sig=%2f+1 HTTP/1.1", b"GET /y%20z?a=%2F%20b HTTP/1.1"]


async def test_a_download_has_a_deadline(tmp_path: Path) -> None:
    """Over all its tries, however slowly it drips."""
    drip = bit_by_bit(answer(200, b"PK" * 5000), 0.02)
    async with RawServer(drip) as storage, RawServer(template(storage.url)) as server:
        async with IntegratorClient("t", base_url=server.url) as client:
            with pytest.raises(RequestTimeoutError, match="deadline"):
                await client.integrations.download_template("a", tmp_path / "t.zip", timeout=0.3)
    assert list(tmp_path.iterdir()) == []


async def test_a_place_that_cannot_be_is_named_before_anything_is_asked(
    fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path
) -> None:
    """No such directory, a directory, or no name for a file."""
    for place, error in (
        (tmp_path / "none" / "t.zip", FileNotFoundError),
        (tmp_path, IsADirectoryError),
        (tmp_path / "a\0b", ArgumentError),
        (tmp_path / "\ud800.zip", ArgumentError),
    ):
        with pytest.raises(error):
            await client.integrations.download_template(first(fake), place)
    assert not fake.counts


@pytest.mark.parametrize("method", ["write", "truncate"])
async def test_a_full_disk_is_the_disks_error(
    fake: FakeIntegrator, client: IntegratorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Not taken for the network's, not tried again, and nothing is left."""

    class Full(io.BytesIO):
        def fileno(self) -> int:
            return 0

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Full, method, full, raising=False)
    monkeypatch.setattr(os, "fdopen", lambda handle, mode: os.close(handle) or Full())
    with pytest.raises(OSError, match="No space left") as caught:
        await client.integrations.download_template(first(fake), tmp_path / "t.zip")
    assert caught.value.errno == errno.ENOSPC
    assert len(fake.template_headers) == 1
    assert list(tmp_path.iterdir()) == []


CHUNKED = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nPK 456\r\n5\r\n78901\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "play", [answer(200, b"PK 45678901"), CHUNKED, close_delimited(ZIP)], ids=["length", "chunks", "neither"]
)
async def test_a_download_has_a_limit(tmp_path: Path, play: Play) -> None:
    """Above it nothing is kept and nothing tried again; the error names the limit. 2 GiB, unless told otherwise."""
    async with RawServer(play) as storage, RawServer(template(f"{storage.url}/x?sig=1")) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK, max_download_bytes=10) as client:
            assert client._session.settings.max_download_bytes == 10
            with pytest.raises(ReplyTooLargeError, match=r"max_download_bytes \(10 bytes\); allow more with max_down"):
                await client.integrations.download_template("a", tmp_path / "t.zip")
            assert list(tmp_path.iterdir()) == []
            assert len(storage.requests) == 1
            more = client.with_options(max_download_bytes=len(ZIP)).integrations
            assert (await more.download_template("a", tmp_path / "t.zip")).size in (11, len(ZIP))
    assert IntegratorClient("t")._session.settings.max_download_bytes == 2 * 1024**3


async def test_a_download_that_says_it_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Its length is enough."""
    head = b"HTTP/1.1 200 X\r\nContent-Length: 3000000000\r\n\r\n"

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await reader.read()

    async with RawServer(silent) as storage, RawServer(template(f"{storage.url}/x?sig=1")) as server:
        async with IntegratorClient("t", base_url=server.url, retry=QUICK) as client:
            with pytest.raises(ReplyTooLargeError, match=r"max_download_bytes \(2,147,483,648 bytes\)"):
                await client.integrations.download_template("a", tmp_path / "t.zip", timeout=20)
