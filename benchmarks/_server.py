"""Canned answers as fast as this machine can give them, on the last core, until stdin closes; prints its port.

python _server.py call       a list of 2 flows for every path
python _server.py page       one page of 1,000 records of 2 KB
python _server.py account N  N integrations, 20 records of 2 KB in every list
python _server.py pages P L  a list of P pages of 1,000 records, each answered after L seconds
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import uvloop

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 GMT\r\nContent-Length: %d\r\n%b\r\n"
)
FLOW = {
    "_id": "5f00000000000000000000ab",
    "name": "Orders: NetSuite to Shopify",
    "disabled": False,
    "_integrationId": "5f00000000000000000000aa",
    "createdAt": "2026-01-01T00:00:00.000Z",
    "lastModified": "2026-02-01T00:00:00.000Z",
    "pageGenerators": [{"_exportId": "5f00000000000000000000ac"}],
    "pageProcessors": [{"type": "import", "_importId": "5f00000000000000000000ad"}],
}
RECORD = FLOW | {"mapping": [{"extract": f"a{i}", "generate": f"b{i}"} for i in range(44)], "padding": "x" * 200}
Answer = Callable[[bytes], tuple[float, bytes]]


def answer(value: object, *headers: bytes) -> bytes:
    body = json.dumps(value).encode()
    return HEAD % (len(body), b"".join(header + b"\r\n" for header in headers)) + body


def call() -> Answer:
    whole = answer([FLOW, FLOW])
    return lambda target: (0.0, whole)


def page() -> Answer:
    whole = answer([RECORD] * 1000)
    return lambda target: (0.0, whole)


def account(integrations: str) -> Answer:
    listing = answer([{"_id": f"5f{i:022x}", "name": f"Integration {i}"} for i in range(int(integrations))])
    branch = answer([RECORD] * 20)
    return lambda target: (0.0, listing if target == b"/v1/integrations" else branch)


def pages(number: str, latency: str) -> Answer:
    records = [RECORD] * 1000
    whole = [
        answer(records, b'Link: </v1/flows?page=%d>; rel="next"' % (i + 1)) if i + 1 < int(number) else answer(records)
        for i in range(int(number))
    ]
    return lambda target: (float(latency), whole[int(target.partition(b"page=")[2] or 0)])


class Protocol(asyncio.Protocol):
    def __init__(self, find: Answer) -> None:
        self._find = find
        self._rest = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\r\n\r\n" in self._rest:
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            delay, whole = self._find(head.split(b" ", 2)[1])
            if delay:
                asyncio.get_running_loop().call_later(delay, self._transport.write, whole)
            else:
                self._transport.write(whole)


async def main(find: Answer) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(find), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    done = asyncio.Event()

    def wait() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(done.set)

    threading.Thread(target=wait, daemon=True).start()
    await done.wait()


MODES: dict[str, Callable[..., Answer]] = {"call": call, "page": page, "account": account, "pages": pages}

if __name__ == "__main__":
    mode, *arguments = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(MODES[mode](*arguments)))
