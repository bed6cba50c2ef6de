"""The connections themselves: what aiohttp's would do unasked, and what we want to know of them."""

from __future__ import annotations

import asyncio
import math
import re
import select
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from ._deadline import Clock

_BODYLESS = (b"HTTP/1.1 204", b"HTTP/1.1 304")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
_EMPTY_CHUNK = re.compile(rb"0+[ \t]*(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n")
_LONGEST_HEAD = 64 * 1024

_given: ContextVar[tuple[ResponseHandler | None] | None] = ContextVar("aiointegrator_given", default=None)
"""The connection that the running task was given last, in a tuple of its own each time."""


class TunnelError(aiohttp.ClientError):
    """A proxy gave no usable answer to CONNECT."""


_SAYS_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ConnectionTimeoutError,
    TimeoutError,
)
"""Errors of aiohttp that are read as "the request was not sent" already."""


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

    def __init__(self, clock: Clock, **options: Any) -> None:
        super().__init__(**options)
        if hasattr(self, "_factory"):
            ours: Callable[..., ResponseHandler] = partial(Protocol, clock)
            self._factory = partial(ours, loop=self._loop)

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        """A connection from the pool that is quiet, or a new one.

        Raises:
            TunnelError: a proxy gave no usable answer to CONNECT, so nothing of the request was sent.
        """
        while True:
            try:
                connection = await aiohttp.TCPConnector.connect(self, req, traces, timeout)
            except (aiohttp.ClientError, OSError, RuntimeError) as error:
                if not req.proxy or isinstance(error, _SAYS_NOT_SENT):
                    raise
                failure = TunnelError(error)
                raise failure from None
            protocol = connection.protocol
            if not isinstance(protocol, Protocol) or protocol.is_quiet():
                break
            connection.close()
        if isinstance(protocol, Protocol):
            protocol.head = b""
        _given.set((protocol,))
        return connection

    def _release(self, key: Any, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        """Let aiohttp put by what an idle connection says, so that `should_close` tells.

        Its parser, which is made anew for every request, would swallow half an answer and read the next one as the
        rest.
        """
        protocol._parser = None
        if isinstance(protocol, Protocol):
            protocol.kept = True
        aiohttp.TCPConnector._release(self, key, protocol, should_close=should_close)


class Protocol(ResponseHandler):
    """aiohttp's side of a connection, which knows whether it is fit for another request, and times the silence.

    aiohttp makes a timer for every piece that comes, and cancels the one before. This one stays: when it goes off, it
    looks when something was heard last, and is set again.

    Attributes:
        kept: a request has been made over it before.
        doubted: what came over it cannot be read, so nobody knows where the next answer begins.
        news: whether bytes, or an end, lie in the socket that the event loop has not looked at yet.
        broke: it did not end, but broke; aiohttp takes either for the end of a body without a length.
        head: what came of the next answer's head and is held back; None once the head was passed on.
    """

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._clock = clock
        self._stopped = 0.0
        self.kept = self.doubted = self.broke = False
        self.head: bytes | None = b""
        self.news: Callable[[], object] = bool
        self._heard = math.inf
        self._due = math.inf
        self._next_look: asyncio.TimerHandle | None = None

    def is_quiet(self) -> bool:
        """Whether nothing has come, or is about to, that nobody asked for.

        A new one counts as quiet whatever it says: TLS has its tickets to tell, and where a server closes it at once,
        the retry rules are to hear of it, which wait and count, and not another connection be opened instead.
        """
        return not self.kept or not (self.should_close or self.doubted or self.news())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        super().connection_made(transport)
        self.news = _news_of(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """No timer outlives its connection."""
        self.broke = exc is not None
        super().connection_lost(exc)
        if self._next_look is not None:
            self._next_look.cancel()

    def data_received(self, data: bytes) -> None:
        """Pass on what came; of an answer that has no body, without the empty chunk that some servers send with it."""
        if self.head is not None:
            data = self._without_empty_chunk(self.head + data)
        if self.head is None:
            ResponseHandler.data_received(self, data)
        else:
            self._reschedule_timeout()

    def _without_empty_chunk(self, data: bytes) -> bytes:
        """The beginning of an answer as aiohttp should see it, which takes any byte after a 204 for another answer.

        Nothing if too little came to tell. The connection is not used again if there may be more of the chunk.
        """
        self.head = None
        if not data.startswith(_BODYLESS):
            if not any(start.startswith(data) for start in _BODYLESS):
                return data
            self.head = data
            return b""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end and len(data) < _LONGEST_HEAD:
            self.head = data
            return b""
        if _CHUNKED.search(head) and (b"0\r\n\r\n".startswith(rest) or _EMPTY_CHUNK.fullmatch(rest)):
            self.doubted = True
            return head + end
        return data

    def _reschedule_timeout(self) -> None:
        """Something was heard, or is waited for from now on."""
        if not self._read_timeout:
            self._drop_timeout()
            return
        self._heard, self._stopped = self._loop.time(), self._clock.stopped
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
        self._clock.notice()
        due = self._heard + self._read_timeout + self._clock.stopped - self._stopped
        if due <= self._loop.time():
            self._on_read_timeout()
        else:
            self._look_at(due)


def current_connection() -> object:
    """What tells the connection that the running task was given last from every other, and from the same one again."""
    return _given.get()


def may_have_been_sent(session: aiohttp.ClientSession, before: object) -> bool:
    """Whether anything of the running task's exchange may have been sent; a caller's session does not say.

    `before` is what `current_connection` said when it began.
    """
    return not isinstance(session.connector, Connector) or _given.get() is not before


def doubt() -> None:
    """Do not hand out again the connection that the running task was given last."""
    given = _given.get()
    if given is not None and isinstance(given[0], Protocol):
        given[0].doubted = True


def broke() -> bool:
    """Whether the connection that the running task was given last has broken."""
    given = _given.get()
    return given is not None and isinstance(given[0], Protocol) and given[0].broke


def _news_of(transport: asyncio.BaseTransport) -> Callable[[], object]:
    """How to ask a connection for its `news`."""
    socket = transport.get_extra_info("socket")
    if socket is None:
        return bool
    if not hasattr(select, "poll"):  # Windows
        return lambda: socket.fileno() >= 0 and bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return partial(poll.poll, 0)


class ConnectionLost(Exception):  # noqa: N818 - a carrier, not a mistake
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
        broken = ConnectionLost(error)
    raise broken
