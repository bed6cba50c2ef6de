"""Numbers keep their digits on a round trip through models."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from pathlib import Path

import pytest
from models.test_base import Thing
from raw_server import RawServer, answer

from aiointegrator import IntegratorClient, _wire
from aiointegrator._decoding.shapes import items, one
from aiointegrator.inventory import Inventory, InventoryWriter

NUMBERS = ["1e400", "-1e400", "1.10", "0.30000000000000004441", "1E5", "-0.0", "12345678901234567890123", "3.0"]
NUMBERS += ["3.00", "-0", "1e-7", "1.5E+3", "0.00001", "123456789012.12345", "9" * 5000, "0.5", "7"]


def record(number: str) -> bytes:
    """One with the number in fields that are known and unknown, of any type, and inside lists, maps and records."""
    return (
        '{"count":%s,"share":%s,"tags":[%s],"step":{"x":%s},"steps":[{"y":[%s]}],"byName":{"k":{"z":%s}},'
        '"settings":{"a":[%s,{"b":%s}]},"new":%s,"more":{"c":[%s]}}' % ((number,) * 10)
    ).encode()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_record_is_written_byte_for_byte_as_it_came(number: str) -> None:
    """Alone, in a list, in an object that holds the list; as a model, a dict and raw; copied and pickled."""
    body = record(number)
    records = [
        one(Thing).parse(body),
        items(Thing).parse(b"[" + body + b"]")[0],
        items(Thing).parse(b'{"items":[' + body + b"]}")[0],
        items(Thing).plain().parse(b"[" + body + b"]")[0],
        items(Thing).plain().parse(b'{"items":[' + body + b"]}")[0],
    ]
    for found in records:
        assert _wire.body(found) == body
        assert _wire.body([found]) == b"[" + body + b"]"
        for same in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
            assert _wire.body(same) == body
            assert same == found
    for found in (items(Thing).raw().parse(b"[" + body + b"]"), items(Thing).raw().parse(b'{"items":[' + body + b"]}")):
        assert found == [body]


@pytest.mark.parametrize("number", NUMBERS)
def test_other_ways_to_write_a_model_do_not_fail(number: str) -> None:
    """They write the number as Python does."""
    found = one(Thing).parse(record(number))
    json.dumps(found.to_wire())
    found.model_dump_json()
    assert found.model_dump()["step"]
    assert repr(found)


def test_numbers_that_remember_are_numbers() -> None:
    """Of the field's own type, or the one that came."""
    found = one(Thing).parse(b'{"count":-0,"share":1.10,"new":1e400}')
    assert (found.count, found.share) == (0, 1.1)
    assert isinstance(found.count, int)
    assert isinstance(found.share, float)
    assert (found.count + 1, found.share * 2) == (1, 2.2)


def test_half_a_character_costs_no_digits() -> None:
    """Both need another reader than the usual one."""
    found = one(Thing).parse(b'{"name":"\\ud83d","share":1.10}')
    assert _wire.body(found) == b'{"name":"\\ud83d","share":1.10}'


@pytest.mark.parametrize("raw", [False, True])
async def test_an_inventory_holds_the_digits(tmp_path: Path, raw: bool) -> None:
    """Of records as dicts, and as bytes."""
    flow = b'{"_id":"f","a":[1.10,1e400,-0],"b":' + b"9" * 5000 + b"}"

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_list = b"/flows " not in server.requests[-1].partition(b"\r\n")[0]
        writer.write(answer(200, b'[{"_id":"i","x":1E5}]' if is_list else b"[%b]" % flow))
        await writer.drain()

    async with RawServer(play) as server, IntegratorClient("t", base_url=server.url) as client:
        with InventoryWriter(tmp_path / "i", ["flows"], client.base_url) as writer:
            async with client.crawl(kinds=("flows",), models=False, raw=raw) as crawl:
                async for snapshot in crawl:
                    writer.write(snapshot)
            writer.finish(crawl.report)
    assert (tmp_path / "i" / "flows.jsonl").read_bytes() == b'{"integration":"i","data":%b}\n' % flow
    assert (tmp_path / "i" / "integrations.jsonl").read_bytes().endswith(b'"data":{"_id":"i","x":1E5}}\n')
    [read] = Inventory.open(tmp_path / "i").records("flows", models=True)
    assert _wire.body(read) == flow


async def test_a_replacement_sends_what_was_read() -> None:
    """Through a client and a socket."""
    body = b'{"_id":"a","settings":{"price":1.10,"limit":1e400},"numFlows":-0,"newNumber":0.30000000000000004441}'
    async with RawServer(answer(200, body)) as server, IntegratorClient("t", base_url=server.url) as client:
        read = await client.integrations.get("a")
        await client.integrations.replace("a", read, keep_read_only=True)
    sent = server.requests[1].partition(b"\r\n\r\n")[2]
    assert sorted(sent[1:-1].split(b",")) == sorted(body[1:-1].split(b","))
