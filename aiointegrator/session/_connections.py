"""The connections themselves: what aiohttp's would do unasked, and what we want to know of them."""

from __future__ import annotations

import asyncio
import math
import select
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from http.cookies import SimpleCookie
from typing import Any
from weakref import ref

import aiohttp
from aiohttp.client_proto import ResponseHandler

_connected: ContextVar[Line | None] = ContextVar("aiointegrator_connected", default=None)
"""The connection that the running task was given last."""


class NoCookies(aiohttp.DummyCookieJar):
    """Keeps no cookies, and needs no new jar for each request to say so."""

    _NONE: SimpleCookie = SimpleCookie()

    def filter_cookies(self, request_url: Any = None) -> Any:
        """None, for any address."""
        return self._NONE


class Connector(aiohttp.TCPConnector):
    """aiohttp's pool, which never hands out a kept connection that has something to say.

    Nobody asked it anything, so what it says is the end of the connection, or an answer that the next request would
    take for its own.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if hasattr(self, "_factory"):
            ours: type[ResponseHandler] = Protocol
            self._factory = partial(ours, loop=self._loop)

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        """A connection from the pool that is quiet, or a new one."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol: Any = connection.protocol
            line: Line | None = getattr(protocol, "aiointegrator_line", None)
            if line is None:
                line = protocol.aiointegrator_line = Line(protocol, connection.transport)
                break
            if not (protocol.should_close or line.doubted or line.news()):
                break
            connection.close()
        _connected.set(line)
        connection.add_callback(line.listen_no_more)
        return connection


class Protocol(ResponseHandler):
    """aiohttp's side of a connection, which times the silence of the server with one timer that stays.

    aiohttp makes a timer for every piece that comes, and cancels the one before. This one, when it goes off, looks when
    something was heard last, and is set again. Where a later aiohttp has other names for these, its own way is taken.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._heard = math.inf
        self._due = math.inf
        self._next_look: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """No timer outlives its connection."""
        super().connection_lost(exc)
        if self._next_look is not None:
            self._next_look.cancel()

    def _reschedule_timeout(self) -> None:
        """Something was heard, or is waited for from now on."""
        if not self._read_timeout:
            self._drop_timeout()
            return
        self._heard = self._loop.time()
        if self._heard + self._read_timeout < self._due:
            self._look_at(self._heard + self._read_timeout)

    def _drop_timeout(self) -> None:
        """Nothing is waited for."""
        self._heard = math.inf

    def _look_at(self, due: float) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
        self._due = due
        self._next_look = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._next_look, self._due = None, math.inf
        if math.isinf(self._heard) or not self._read_timeout:
            return
        due = self._heard + self._read_timeout
        if due <= self._loop.time():
            self._on_read_timeout()
        else:
            self._look_at(due)


class Line:
    """What we know of a connection beside what aiohttp does. It is kept on the connection's own protocol.

    Attributes:
        doubted: what came over it cannot be read, so nobody knows where the next answer begins.
        news: whether bytes, or an end, lie in the socket that the event loop has not looked at yet.
    """

    __slots__ = ("_protocol", "doubted", "news")

    def __init__(self, protocol: Any, transport: asyncio.Transport | None) -> None:
        self._protocol = ref(protocol)
        self.doubted = False
        self.news = _news_of(transport)

    def listen_no_more(self) -> None:
        """Let aiohttp put by what an idle connection says, so that `should_close` tells.

        Its parser, which is made anew for every request, would swallow half an answer and read the next one as the
        rest.
        """
        protocol = self._protocol()
        if protocol is not None and hasattr(protocol, "_parser"):
            protocol._parser = None


def begin() -> None:
    """The running task begins an exchange, and has no connection for it yet."""
    _connected.set(None)


def may_be_sent(session: aiohttp.ClientSession) -> bool:
    """Whether anything of the running task's exchange may have been sent; a caller's session does not say."""
    return not isinstance(session.connector, Connector) or _connected.get() is not None


def doubt() -> None:
    """Do not hand out again the connection that the running task was given last."""
    line = _connected.get()
    if line is not None:
        line.doubted = True


def _news_of(transport: asyncio.Transport | None) -> Callable[[], object]:
    """How to ask a connection for its `news`."""
    socket = transport.get_extra_info("socket") if transport is not None else None
    if socket is None:
        return bool
    if not hasattr(select, "poll"):  # Windows
        return lambda: socket.fileno() >= 0 and bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return partial(poll.poll, 0)


class Broken(Exception):  # noqa: N818 - a carrier, not a mistake
    """Carries a lost connection past aiohttp, which would send an idempotent request again by itself.

    See https://github.com/aio-libs/aiohttp/issues/10790.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


async def no_silent_resend(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp's middleware that carries a lost connection out of its reach."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        broken = Broken(error)
    raise broken
