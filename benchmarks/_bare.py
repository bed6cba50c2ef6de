"""The references of a crawl, each a program of its own that imports no more than it needs.

python _bare.py workers|lines|digests|gather asyncio|uvloop URL OUT
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp

KINDS = ("flows", "exports", "imports", "ashares")
IN_FLIGHT = 64


def session(url: str) -> aiohttp.ClientSession:
    headers = {"Authorization": "Bearer token"}
    return aiohttp.ClientSession(url, headers=headers, connector=aiohttp.TCPConnector(limit=IN_FLIGHT))


async def listing(client: aiohttp.ClientSession) -> tuple[list[str], list[bytes]]:
    """The ids of all integrations, page by page, and the pages."""
    ids: list[str] = []
    bodies, target = [], "/v1/integrations"
    while target:
        async with client.get(target) as response:
            bodies.append(await response.read())
            ids += [record["_id"] for record in json.loads(bodies[-1])]
            following = response.headers.get("Link", "")
            target = following[1 : following.index(">")] if following else ""
    return ids, bodies


async def workers(url: str, out: Path) -> None:
    """64 workers: the same GETs, and the bytes of each kind into a file. Nothing is looked at, nothing tried again."""
    async with session(url) as client:
        ids, listed = await listing(client)
        (out / "integrations").write_bytes(b"".join(listed))
        work = iter([(id_, kind) for id_ in ids for kind in KINDS])
        files = {kind: (out / kind).open("wb") for kind in KINDS}

        async def worker() -> None:
            for id_, kind in work:
                async with client.get(f"/v1/integrations/{id_}/{kind}") as response:
                    files[kind].write(await response.read())

        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(worker())
        for file in files.values():
            file.close()


async def lines(url: str, out: Path, *, digests: bool = False) -> None:
    """The same workers, writing byte for byte what our crawl writes: a line for each record, split by msgspec."""
    import msgspec

    split = msgspec.json.Decoder(list[msgspec.Raw]).decode
    async with session(url) as client:
        ids, listed = await listing(client)
        work = iter([(id_, kind) for id_ in ids for kind in KINDS])
        files = {kind: (out / kind).open("wb") for kind in ("integrations", *KINDS)}
        sums = {kind: hashlib.sha256() for kind in files}

        def write(kind: str, ids_: list[str], records: list[Any]) -> None:
            heads = (b'{"integration":"%b","data":' % id_.encode() for id_ in ids_)
            files[kind].write(b"".join(b"%b%b}\n" % pair for pair in zip(heads, records, strict=True)))

        write("integrations", ids, [record for page in listed for record in split(page)])

        async def worker() -> None:
            for id_, kind in work:
                async with client.get(f"/v1/integrations/{id_}/{kind}") as response:
                    records = split(await response.read())
                head = b'{"integration":"%b","data":' % id_.encode()
                written = head + (b"}\n" + head).join(records) + b"}\n"
                files[kind].write(written)
                if digests:
                    sums[kind].update(written)

        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(worker())
        for file in files.values():
            file.close()


async def digests(url: str, out: Path) -> None:
    """The same lines, and the sha256 of each file, as a manifest has it."""
    await lines(url, out, digests=True)


async def gather(url: str, out: Path) -> None:
    """Everything at once as models, the way it is often written."""
    from pydantic import TypeAdapter

    from aiointegrator.models import AShare, Export, Flow, Import

    forms: dict[str, TypeAdapter[Any]] = {
        kind: TypeAdapter(list[model])  # type: ignore[valid-type]  # a type at run time
        for kind, model in zip(KINDS, (Flow, Export, Import, AShare), strict=True)
    }
    async with session(url) as client:
        ids, _ = await listing(client)

        async def branch(id_: str, kind: str) -> object:
            async with client.get(f"/v1/integrations/{id_}/{kind}") as response:
                return forms[kind].validate_json(await response.read())

        await asyncio.gather(*(branch(id_, kind) for id_ in ids for kind in KINDS))


def main(way: str, loop: str, url: str, out: str) -> None:
    work = {"workers": workers, "lines": lines, "digests": digests, "gather": gather}[way](url, Path(out))
    if loop == "uvloop":
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)
    else:
        asyncio.run(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
