"""Canned answers as fast as this machine can give them, on a core of its own, until stdin closes; prints its port.

python _server.py CORE call          a list of 2 flows for every path
python _server.py CORE page          one page of 1,000 records of 2 KB
python _server.py CORE account N R   N integrations by pages of 1,000, R records of 2 KB in every list
python _server.py CORE pages P L B   a list of P pages of 1,000 records, each after L seconds, B bytes a second in all
python _server.py CORE bucket L      a list of 2 flows behind a bucket of 1,000 that drains 300 a second; L is latency.
                                     The flows of the integration `warm` are given at once and to everybody
python _server.py CORE soak          as call, but each 997th answer is a 503, and each 4,999th breaks the connection

GET /told says in JSON how often each target was served and refused, and when the first and the last was asked.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import uvloop

from aiointegrator.testing import FakeBucket

HEAD = (
    b"HTTP/1.1 %b\r\nContent-Type: application/json; charset=utf-8\r\n"
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
Answer = Callable[[bytes, Any], None]
"""Answers a target on a transport."""


def answer(value: object, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    body = json.dumps(value).encode()
    return HEAD % (status, len(body), b"".join(header + b"\r\n" for header in headers)) + body


def listing(target: str, pages: list[Any]) -> list[bytes]:
    """One answer for each page; each names the next one."""
    links = [b'Link: <%b?page=%d>; rel="next"' % (target.encode(), i + 1) for i in range(len(pages) - 1)]
    return [*map(answer, pages, links), answer(pages[-1])]


def number_of(target: bytes) -> int:
    return int(target.partition(b"page=")[2] or 0)


def call() -> Answer:
    whole = answer([FLOW, FLOW])
    return lambda target, transport: transport.write(whole)


def page() -> Answer:
    whole = answer([RECORD] * 1000)
    return lambda target, transport: transport.write(whole)


def account(integrations: str, records: str) -> Answer:
    all_ = [{"_id": f"5f{i:022x}", "name": f"Integration {i}"} for i in range(int(integrations))]
    pages = listing("/v1/integrations", [all_[i : i + 1000] for i in range(0, len(all_), 1000)])
    branch, whose = answer([RECORD] * int(records)), answer({"_userId": "5f", "scope": "*"})

    def find(target: bytes, transport: Any) -> None:
        path, _, query = target.partition(b"?")
        if path == b"/v1/tokenInfo":
            transport.write(whose)
        else:
            transport.write(pages[number_of(query)] if path == b"/v1/integrations" else branch)

    return find


def pages(number: str, latency: str, bandwidth: str) -> Answer:
    ids = (f"5f{i:022x}" for i in count())  # a record that came before would be left out
    whole = listing("/v1/flows", [[RECORD | {"_id": next(ids)} for _ in range(1000)] for _ in range(int(number))])
    line = Line(float(bandwidth))

    def find(target: bytes, transport: Any) -> None:
        if target == b"/v1/tokenInfo":
            transport.write(answer({}))
        else:
            asyncio.get_running_loop().call_later(float(latency), line.send, transport, whole[number_of(target)])

    return find


class Line:
    """A line with so many bytes a second, which its connections share evenly; 0 is one without an end."""

    TICK = 0.002

    def __init__(self, bandwidth: float) -> None:
        self._bandwidth = bandwidth
        self._waiting: dict[Any, memoryview] = {}
        self._told = 0.0

    def send(self, transport: Any, data: bytes) -> None:
        if not self._bandwidth:
            deliver(transport, data)
            return
        if not self._waiting:
            self._told = time.monotonic()
            asyncio.get_running_loop().call_later(self.TICK, self._tick)
        self._waiting[transport] = memoryview(data)

    def _tick(self) -> None:
        now = time.monotonic()
        share = int((now - self._told) * self._bandwidth / len(self._waiting)) + 1
        self._told = now
        for transport, rest in list(self._waiting.items()):
            deliver(transport, bytes(rest[:share]))
            self._waiting[transport] = rest[share:]
            if len(rest) <= share or transport.is_closing():
                del self._waiting[transport]
        if self._waiting:
            asyncio.get_running_loop().call_later(self.TICK, self._tick)


def bucket(latency: str) -> Answer:
    """Half of the latency lies before the bucket and half behind it."""
    whole, half, full = answer([FLOW, FLOW]), float(latency) / 2, FakeBucket()

    def arrive(target: bytes, transport: Any) -> None:
        seconds = full.refuse()
        reply = whole
        if seconds is not None:
            told.refused[target.decode()] += 1
            error = {"errors": [{"code": "too_many_requests", "message": "slow down"}]}
            reply = answer(error, b"Retry-After: %d" % seconds, status=b"429 Too Many Requests")
        asyncio.get_running_loop().call_later(half, deliver, transport, reply)

    def find(target: bytes, transport: Any) -> None:
        if b"/warm/" in target:
            transport.write(whole)
        else:
            asyncio.get_running_loop().call_later(half, arrive, target, transport)

    return find


def deliver(transport: Any, data: bytes) -> None:
    """Write to whoever has not gone away meanwhile."""
    if not transport.is_closing():
        transport.write(data)


def soak() -> Answer:
    whole, numbers = answer([FLOW, FLOW]), count(1)
    broken = answer({"message": "not now"}, status=b"503 Service Unavailable")

    def find(target: bytes, transport: Any) -> None:
        number = next(numbers)
        if number % 4999 == 0:
            transport.close()
        else:
            transport.write(whole if number % 997 else broken)

    return find


class DiffWording:
    """What the server says of itself."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.first = self.last = 0.0

    def note(self, target: bytes) -> None:
        """Somebody asks; once a target has been counted, this costs little."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.asked[target.decode() if len(self.asked) < 100 else "more"] += 1

    def answer(self) -> bytes:
        found = {"asked": self.asked, "refused": self.refused, "first": self.first, "last": self.last}
        whole = answer(found | {"now": time.monotonic()})
        self.__init__()  # type: ignore[misc]  # whoever asks begins anew
        return whole


told = DiffWording()


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
            target = head.split(b" ", 2)[1]
            if target == b"/told":
                self._transport.write(told.answer())
            else:
                told.note(target)
                self._find(target, self._transport)


async def main(core: str, find: Answer) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(find), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    done = asyncio.Event()

    def wait() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(done.set)

    threading.Thread(target=wait, daemon=True).start()
    await done.wait()


MODES: dict[str, Callable[..., Answer]] = {
    "call": call,
    "page": page,
    "account": account,
    "pages": pages,
    "bucket": bucket,
    "soak": soak,
}

if __name__ == "__main__":
    own_core, mode, *arguments = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(own_core, MODES[mode](*arguments)))
