"""The connections of each event loop, and what all views of a client share: token, bucket, retry quota."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
from multidict import CIMultiDict

from .._messages import Secret
from .._version import __version__
from ..config import Settings
from ..errors import ClientClosedError, ConfigurationError, system_reason
from ._call import Call, closed_meanwhile
from ._connector import Connector, NoCookies, no_silent_resend
from ._credentials import Credentials
from ._deadline import DeadlineTimer
from ._loop_budget import LoopBudget
from ._outage import Outage, shared_outage
from ._proxy import Proxy
from ._retry import Quota
from ._throttle import Bucket, Throttle, shared_bucket

USER_AGENT = f"aiointegrator/{__version__}"
_ALWAYS = CIMultiDict(Accept="application/json", **{"User-Agent": USER_AGENT})

_AS_IT_IS: dict[str, Any] = {"auto_decompress": False, "skip_auto_headers": ("Content-Type",)}
"""For each request: bodies are unpacked by us, see `_coding`, and one that is not there has no type. aiohttp calls it
octets, which the vendor refuses with 415."""

LONGEST_HEADER = 32 * 1024
"""Bytes of one header field; aiohttp's own 8,190 are less than a long cursor in a Link may need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How the own connections are made.

    Attributes:
        session: an aiohttp session of the caller's instead; it brings its own connections, TLS and proxy.
        trace_configs: aiohttp's trace configurations.
        ssl_context: the caller's own checks of certificates.
        proxy: which proxy a host is reached through.
    """

    session: aiohttp.ClientSession | None = None
    trace_configs: Sequence[aiohttp.TraceConfig] = ()
    ssl_context: ssl.SSLContext | None = None
    proxy: Proxy = field(default_factory=Proxy)

    def tls(self) -> ssl.SSLContext:
        """The caller's context, or one that checks certificates and host names and wants TLS 1.2 or newer.

        Raises:
            ConfigurationError: SSLKEYLOGFILE names a file that cannot be opened.
        """
        if self.ssl_context is not None:
            return self.ssl_context
        try:
            context = ssl.create_default_context()
        except OSError as error:
            raise ConfigurationError(_no_context(error)) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(("http/1.1",))
        return context


@dataclass(slots=True, eq=False, repr=False)
class LoopState:
    """What belongs to one event loop: the aiohttp session, the slots, and the locks around the token and large lists.

    `options` are those of each request: nothing that aiohttp would do by itself. `headers` are what each request
    needs, the token among it, where the session does not have it already.
    """

    session: aiohttp.ClientSession
    throttle: Throttle
    single_flight: asyncio.Lock
    turn: LoopBudget
    closing: AsyncGenerator[None, None] | None
    options: dict[str, Any]
    headers: CIMultiDict[str]
    proxy: Secret | None = None
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: Secret | None = None

    def with_token(self, token: Secret) -> CIMultiDict[str]:
        """The headers of a request that has none of its own; nobody writes in them."""
        if token is not self.token:
            self.token = token
            self.headers = CIMultiDict(self.headers)
            self.headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        return self.headers


class Pool:
    """What a client and its views share: connections of each loop, token, bucket and retry quota."""

    def __init__(self, settings: Settings, credentials: Credentials, transport: Transport) -> None:
        self.credentials = credentials
        self.transport = transport
        self.quota = Quota(settings.retry.quota)
        self.closed = False
        self.bucket = _bucket(settings, credentials)
        self.outage = Outage()
        if self.bucket is not None:  # a proxy that does not work says nothing of the service behind another one
            self.outage = shared_outage((*_account(settings, credentials), transport.proxy))
            self.outage.pace(self.bucket)
        self._settings = settings
        self._bindings: dict[asyncio.AbstractEventLoop, LoopState] = {}
        self._watches: dict[asyncio.AbstractEventLoop, DeadlineTimer] = {}

    def bound(self, loop: asyncio.AbstractEventLoop) -> LoopState | None:
        """A loop's connections, or None before their first use.

        Raises:
            ClientClosedError: the client was closed.
        """
        if self.closed:
            raise ClientClosedError("this client is closed; make a new one, or use it inside `async with`")
        return self._bindings.get(loop)

    def watch(self, loop: asyncio.AbstractEventLoop) -> DeadlineTimer:
        """Who looks after the deadlines in a loop."""
        watch = self._watches.get(loop)
        if watch is None:
            _forget_closed(self._watches)
            watch = self._watches[loop] = DeadlineTimer(loop, self.outage.extend)
        return watch

    def queued(self, loop: asyncio.AbstractEventLoop) -> list[Call]:
        """Return the calls of a loop that wait for a slot or the bucket."""
        owners = [deadline.owner for deadline in self.watch(loop).under_way]
        return [call for call in owners if isinstance(call, Call) and call.queued]

    async def bind(self) -> LoopState:
        """Make the running loop's connections."""
        loop = asyncio.get_running_loop()
        _forget_closed(self._bindings)
        session, closing, proxy, headers = self.transport.session, None, None, _ALWAYS
        if session is None:
            session = aiohttp.ClientSession(
                # one more than there are slots: a probe takes none
                connector=Connector(self.watch(loop), limit=self._settings.max_connections + 1, ssl=self._tls()),
                cookie_jar=NoCookies(),
                headers=_ALWAYS,
                trace_configs=list(self.transport.trace_configs),
                timeout=aiohttp.ClientTimeout(total=None),
                max_field_size=LONGEST_HEADER,
            )
            closing = _closed_with_its_loop(session)
            proxy, headers = self.transport.proxy.of(self._settings.base.origin), CIMultiDict()
        options: dict[str, Any] = {"allow_redirects": False, "raise_for_status": False, **_AS_IT_IS}
        options |= _without_silent_resend(session, own=closing is not None)
        throttle = Throttle(self._settings.max_connections, self.bucket)
        binding = LoopState(session, throttle, asyncio.Lock(), LoopBudget(loop), closing, options, headers, proxy)
        self._bindings[loop] = binding
        if closing is not None:
            await anext(closing)
        return binding

    def _tls(self) -> ssl.SSLContext | bool:
        """To be made only where it is needed: reading the system's authorities takes 20 ms."""
        return self.transport.tls() if self._settings.base.origin.startswith("https:") else True

    async def aclose(self) -> None:
        """Close the running loop's connections, and end the calls under way in every loop."""
        self.closed = True
        for loop, watch in list(self._watches.items()):
            with suppress(RuntimeError):  # the loop is closed: its calls have ended
                loop.call_soon_threadsafe(_end_calls, watch)
        await asyncio.sleep(0)
        binding = self._bindings.pop(asyncio.get_running_loop(), None)
        if binding is not None and binding.closing is not None:
            await binding.closing.aclose()

    def in_flight(self) -> int:
        """Requests on the wire, of all loops."""
        return sum(binding.throttle.in_flight for binding in list(self._bindings.values()))


def _end_calls(watch: DeadlineTimer) -> None:
    for deadline in list(watch.under_way):
        if isinstance(deadline.owner, Call):
            deadline.interrupt(partial(closed_meanwhile, deadline.owner))


def _forget_closed(by_loop: dict[asyncio.AbstractEventLoop, Any]) -> None:
    """Let go of what belonged to loops that are over; another thread may be doing the same."""
    for loop in list(by_loop):
        if loop.is_closed():
            by_loop.pop(loop, None)


def _without_silent_resend(session: aiohttp.ClientSession, *, own: bool) -> dict[str, Any]:
    """Switch aiohttp's own retry off: in an own session by the flag that it has for this, else by a middleware.

    A handed-in session keeps its own middlewares; there is no public way to ask for them.
    """
    if own and hasattr(session, "_retry_connection"):
        session._retry_connection = False
        return {}
    return {"middlewares": (*getattr(session, "_middlewares", ()), no_silent_resend)}


def _no_context(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):  # a certificate in the store of Windows that OpenSSL cannot read
        return f"the system's certificates cannot be read: {error.strerror or error}; give a context as ssl_context="
    return (
        f"SSLKEYLOGFILE names a file that cannot be opened: {system_reason(error)}; "
        "unset it, or name a file that can be written"
    )


def _bucket(settings: Settings, credentials: Credentials) -> Bucket | None:
    limit = settings.rate_limit
    if limit is None:
        return None
    return shared_bucket(_account(settings, credentials), limit.rate, limit.burst)


def _account(settings: Settings, credentials: Credentials) -> tuple[object, ...]:
    """Return what tells one account from another, without the token."""
    return settings.base.url, credentials.account


async def _closed_with_its_loop(session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    """Close the session when the loop shuts down its asynchronous generators, as `asyncio.run` does at its end.

    So a client may serve several `asyncio.run` one after the other and leaves no socket behind.
    """
    try:
        yield
    finally:
        await session.close()
