"""A server below HTTP: it plays one scripted answer for each request, byte for byte, and counts what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

Play = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    """A whole answer that keeps the connection."""
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await reader.read()


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a byte."""


class RawServer:
    """Plays `plays` in order, the last one again and again.

    `requests` holds the head and body of what came, `times` when, and `connections` the number of the connection.

    Args:
        plays: the answers.
        port: the port to listen on; 0 takes a free one.
        healthy: answer `tokenInfo`, by which a client finds out whether the service is up, and count it in `probes`
            instead of `requests`. So the plays are one broken operation, and no outage.
    """

    def __init__(self, *plays: Play, port: int = 0, healthy: bool = False) -> None:
        self._port = port
        self._healthy = healthy
        self.probes = 0
        self.plays = list(plays)
        self.requests: list[bytes] = []
        self.times: list[float] = []
        self.connections: list[int] = []
        self._opened = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._tasks: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._opened += 1
        connection = self._opened
        try:
            while await self._one(reader, writer, connection):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length")), 0
        )
        if self._healthy and head.startswith(b"GET /v1/tokenInfo "):
            self.probes += 1
            writer.write(answer(200, b'{"_userId": "u"}'))
            await writer.drain()
            return True
        self.requests.append(head + await reader.readexactly(length))
        self.times.append(asyncio.get_running_loop().time())
        self.connections.append(connection)
        play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        if not isinstance(play, bytes):
            await play(reader, writer)
            return False
        writer.write(play)
        await writer.drain()
        return True


def close_delimited(body: bytes, status: int = 200) -> Play:
    """An answer without a length, which ends where the connection does."""
    return then_close(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n\r\n".encode() + body)


def cut_short(body: bytes, status: int = 200) -> Play:
    """An answer that promises ten bytes more than come before the connection ends."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    return then_close(head.encode() + body)


def then_close(sent: bytes) -> Play:
    """These bytes, and the end of the connection."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()

    return play
