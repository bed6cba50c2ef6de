"""The one door to integrator.io: every byte passes `SessionManager`; the only user of aiohttp."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, Unpack, cast

import aiohttp
from pydantic import SecretStr
from yarl import URL

from . import _wire
from ._credentials import Credentials
from ._messages import Page, Reply, Request
from ._retry import Quota, RetryPolicy, outcome_unknown, retrying, turned_away
from ._throttle import Bucket, Throttle, shared_bucket
from ._version import __version__
from .config import CallOptions, Settings, Timeouts
from .errors import (
    ClientClosedError,
    ConnectError,
    ConnectTimeoutError,
    IntegratorError,
    NoAnswerError,
    ReadError,
    ReadOnlyError,
    RequestTimeoutError,
    TLSError,
    UnreadableReplyError,
    UnsafeLinkError,
)
from .models._base import Shape

T = TypeVar("T")
CHUNK = 256 * 1024
USER_AGENT = f"aiointegrator/{__version__}"


@dataclass(slots=True)
class Stats:
    """What one session manager has done so far.

    Attributes:
        requests: requests put on the wire.
        retries: those of them that repeated a failed try.
        throttled: answers 429.
    """

    requests: int = 0
    retries: int = 0
    throttled: int = 0


@dataclass(slots=True, eq=False)
class _Call:
    """One call under way: what is asked, how patiently, and what has happened to it so far."""

    request: Request
    shape: Shape[Any] | None
    policy: RetryPolicy
    timeout: aiohttp.ClientTimeout
    total: float
    deadline: float
    quota: Quota
    stats: Stats
    tries: int = 0
    spent: int = 0
    doubtful: bool = False
    on_wire: bool = False
    token_renewed: bool = False
    last: IntegratorError | None = None

    def time_left(self) -> float:
        return self.deadline - time.monotonic()

    def jitter(self) -> float:
        return random.random()  # noqa: S311 - jitter, not a secret

    def repeated(self, error: IntegratorError, seconds: float) -> None:
        self.last = error
        self.stats.retries += 1


@dataclass(slots=True, eq=False)
class _Binding:
    """What belongs to one event loop: the aiohttp session, the slots, and the lock around the token."""

    session: aiohttp.ClientSession
    throttle: Throttle
    single_flight: asyncio.Lock
    closing: AsyncGenerator[None, None] | None
    middlewares: Sequence[aiohttp.ClientMiddlewareType]


class _Pool:
    """What a client and its views share: connections of each loop, token, bucket and retry quota."""

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        session: aiohttp.ClientSession | None,
        trace_configs: Sequence[aiohttp.TraceConfig],
    ) -> None:
        self.credentials = credentials
        self.quota = Quota(settings.retry.quota)
        self.closed = False
        self.bucket = _bucket(settings, credentials)
        self._settings = settings
        self._given = session
        self._trace_configs = list(trace_configs)
        self._bindings: dict[asyncio.AbstractEventLoop, _Binding] = {}

    async def binding(self) -> _Binding:
        """The running loop's connections, made on first use."""
        if self.closed:
            raise ClientClosedError("this client is closed; make a new one, or use it inside `async with`")
        loop = asyncio.get_running_loop()
        found = self._bindings.get(loop)
        return found if found is not None else await self._bind(loop)

    async def _bind(self, loop: asyncio.AbstractEventLoop) -> _Binding:
        for old in [known for known in self._bindings if known.is_closed()]:
            del self._bindings[old]
        session, closing = self._given, None
        if session is None:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._settings.max_connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=self._trace_configs,
                timeout=aiohttp.ClientTimeout(total=None),
            )
            closing = _closed_with_its_loop(session)
        # a handed-in session keeps its own middlewares; there is no public way to ask for them
        middlewares = (*getattr(session, "_middlewares", ()), _no_silent_resend)
        throttle = Throttle(self._settings.max_connections, self.bucket)
        binding = _Binding(session, throttle, asyncio.Lock(), closing, middlewares)
        self._bindings[loop] = binding
        if closing is not None:
            await anext(closing)
        return binding

    async def aclose(self) -> None:
        self.closed = True
        binding = self._bindings.pop(asyncio.get_running_loop(), None)
        if binding is not None and binding.closing is not None:
            await binding.closing.aclose()

    def in_flight(self) -> int:
        return sum(binding.throttle.in_flight for binding in self._bindings.values())


def _bucket(settings: Settings, credentials: Credentials) -> Bucket | None:
    limit = settings.rate_limit
    if limit is None:
        return None
    return shared_bucket((settings.base.url, credentials.account), limit.rate, limit.burst)


async def _closed_with_its_loop(session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    """Close the session when the loop shuts down its asynchronous generators, as `asyncio.run` does at its end.

    So a client may serve several `asyncio.run` one after the other and leaves no socket behind.
    """
    try:
        yield
    finally:
        await session.close()


class _Broken(Exception):  # noqa: N818 - a carrier, not a mistake
    """Carries a lost connection past aiohttp, which would send an idempotent request again by itself.

    See https://github.com/aio-libs/aiohttp/issues/10790.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


async def _no_silent_resend(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        broken = _Broken(error)
    raise broken


class SessionManager:
    """One account's connections, with retries, pacing, deadlines and typed errors around every exchange.

    Args:
        settings: everything but the token.
        credentials: the token.
        session: an aiohttp session of the caller's, which stays the caller's to close.
        trace_configs: aiohttp trace configurations for the session that this object makes.
    """

    def __init__(
        self,
        settings: Settings,
        credentials: Credentials,
        *,
        session: aiohttp.ClientSession | None = None,
        trace_configs: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        self._begin(settings, _Pool(settings, credentials, session, trace_configs))
        self._owner = True

    def _begin(self, settings: Settings, pool: _Pool) -> None:
        self.settings = settings
        self.stats = Stats()
        self._owner = False
        self._pool = pool
        self._patiently = retrying(self._attempt)

    def view(self, settings: Settings) -> SessionManager:
        """Another session manager with these settings on the same connections, token, bucket and quota."""
        other = object.__new__(SessionManager)
        other._begin(settings, self._pool)
        return other

    def __repr__(self) -> str:
        return f"<SessionManager {self.settings.base.url}{' closed' if self._pool.closed else ''}>"

    @property
    def base(self) -> _wire.Base:
        """Where the API lives."""
        return self.settings.base

    @property
    def max_pages(self) -> int:
        """Pages that a list may have before it is taken for endless."""
        return self.settings.max_pages

    @property
    def in_flight(self) -> int:
        """Requests on the wire at this moment, of all views."""
        return self._pool.in_flight()

    def open(self) -> None:
        """Allow use again after `aclose()`."""
        self._pool.closed = False

    async def aclose(self) -> None:
        """Close the connections; a view leaves them to the client that it was made from. May be called again."""
        if self._owner:
            await self._pool.aclose()

    # The journey of one request, in the order of travel

    async def fetch(self, request: Request, shape: Shape[T], **options: Unpack[CallOptions]) -> T:
        """Send a request and read the answer into `shape`.

        Raises:
            IntegratorError: see `errors`; UnreadableReplyError where the answer does not have that shape.
        """
        _, value = await self._perform(request, shape, options)
        return cast("T", value)

    async def fetch_page(self, request: Request, shape: Shape[T], **options: Unpack[CallOptions]) -> Page[T]:
        """Send a request for one page of a list, and read it."""
        reply, value = await self._perform(request, shape, options)
        return Page(cast("T", value), reply)

    async def send(self, request: Request, **options: Unpack[CallOptions]) -> Reply:
        """Send a request and return the whole answer, once it is a 2xx."""
        reply, _ = await self._perform(request, None, options)
        return reply

    async def _perform(self, request: Request, shape: Shape[Any] | None, options: CallOptions) -> tuple[Reply, Any]:
        call = self._call(request, shape, options)
        timed_out = False
        try:
            async with asyncio.timeout_at(_on_loop_clock(call.deadline)) as timer:
                answer = await self._patiently(call)
        except TimeoutError:
            if not timer.expired():
                raise
            timed_out = True
        except IntegratorError as error:
            error.attempts = call.tries
            error.maybe_applied = call.request.repeat != "safe" and call.doubtful
            raise
        if timed_out:
            raise _deadline_passed(call)
        call.quota.refund(call.spent)
        return answer

    def _call(self, request: Request, shape: Shape[Any] | None, options: CallOptions) -> _Call:
        if self.settings.read_only and not request.read_only:
            raise ReadOnlyError(
                f"{request.operation}: this client is read-only, and {request.method} {request.path} may change things",
                request=request,
            )
        extra_headers, extra_query = options.get("headers"), options.get("query")
        if extra_headers or extra_query:
            request = replace(
                request,
                headers=request.headers + _wire.header_fields(extra_headers),
                query=_wire.query(dict(request.query) | dict(extra_query or {})),
            )
        given = options.get("timeout")
        timeouts = self.settings.timeouts if given is None else Timeouts.of(given)
        total = timeouts.total if timeouts.total is not None else request.timeout
        return _Call(
            request=request,
            shape=shape,
            policy=options.get("retry") or self.settings.retry,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect, sock_read=timeouts.read or total),
            total=total,
            deadline=time.monotonic() + total,
            quota=self._pool.quota,
            stats=self.stats,
        )

    async def _attempt(self, call: _Call) -> tuple[Reply, Any]:
        """One try: wait for a turn, exchange, and say what the answer means."""
        call.tries += 1
        try:
            reply = await self._in_turn(call)
            return reply, self._meaning(call, reply)
        except IntegratorError as error:
            call.doubtful = call.doubtful or outcome_unknown(error)
            if turned_away(error) and error.status == 429:
                self._refused(error)
            raise

    async def _in_turn(self, call: _Call) -> Reply:
        binding = await self._pool.binding()
        async with binding.throttle.turn():
            token = await self._pool.credentials.current(binding.single_flight)
            reply = await self._exchange(binding, call, token)
        if reply.status == 401 and not call.token_renewed:
            call.token_renewed = True
            if await self._pool.credentials.renewed(token, binding.single_flight):
                call.tries += 1
                return await self._in_turn(call)
        return reply

    async def _exchange(self, binding: _Binding, call: _Call, token: SecretStr) -> Reply:
        """aiohttp in, `Reply` out; aiohttp's errors become ours here and nowhere else.

        They are raised outside the `except` block: aiohttp's own errors hold the request's headers.
        """
        failure: IntegratorError
        request = call.request
        self.stats.requests += 1
        call.on_wire = True
        try:
            async with binding.session.request(
                request.method,
                URL(_wire.url(self.settings.base, request), encoded=True),
                data=request.body,
                headers=_headers(request) | {"Authorization": f"Bearer {token.get_secret_value()}"},
                allow_redirects=False,
                raise_for_status=False,
                timeout=call.timeout,
                middlewares=binding.middlewares,
            ) as response:
                limit = self.settings.max_body_bytes if response.status < 400 else self.settings.max_error_bytes
                body, too_large = await _read(response.content, limit)
                reply = Reply(response.status, tuple(response.headers.items()), body, call.tries)
            call.on_wire = False
            if not too_large or reply.status >= 400:
                return reply
            failure = UnreadableReplyError(
                f"{request.operation}: the answer is larger than max_body_bytes ({limit:,} bytes)",
                request=request,
            )
        except (aiohttp.ClientError, _Broken, OSError, EOFError) as error:
            call.on_wire = False
            failure = _typed(request, error.error if isinstance(error, _Broken) else error)
        raise failure

    def _meaning(self, call: _Call, reply: Reply) -> Any:
        request = call.request
        if request.method == "DELETE" and reply.status == 404 and call.doubtful:
            reply = Reply(204, reply.headers, b"", reply.attempts)
        _wire.check(request, reply, datetime.now(UTC))
        if call.shape is None:
            return None
        why = "it is a partial answer (206)" if reply.status == 206 else None
        if why is None:
            try:
                return call.shape.parse(reply.body if reply.status != 204 else b"")
            except (ValueError, RecursionError) as error:
                why = _wire.printable(str(error).replace("\n", " "), 300)
        raise UnreadableReplyError(
            f"{request.operation}: {request.method} {request.path} -> {reply.status}, the body is unreadable: {why}",
            request=request,
            status=reply.status,
            body=_wire.printable(reply.text[:1000], 1000),
        )

    def _refused(self, error: IntegratorError) -> None:
        self.stats.throttled += 1
        wait = error.retry_after
        if self._pool.bucket is not None:
            asked = wait if wait is not None and wait <= self.settings.retry.max_retry_after else None
            self._pool.bucket.refused(asked)

    # The other door: a signed address, which is nobody's but its bearer's

    async def download(self, url: str, write: Callable[[bytes], Awaitable[object]], request: Request) -> int:
        """Read a signed address without our token and hand its bytes to `write`; returns how many.

        The session is one of its own, without headers, cookies, traces and proxies: nothing of the account
        is in it, and the address, which is a credential, is in no error and no log.

        Raises:
            UnsafeLinkError: not https (plain http is allowed to this machine only).
            ReadError, ConnectError, RequestTimeoutError, StatusError: as for any request.
        """
        address = _safe_download(url, request)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=request.timeout)
        failure: IntegratorError
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as bare,
                bare.get(address, allow_redirects=False, headers={"User-Agent": USER_AGENT}) as response,
            ):
                if response.status == 200:
                    return await _copy(response.content, write)
                reply = Reply(response.status, (), b"", 1)
            failure = _wire.refusal(request, reply, datetime.now(UTC))
        except (aiohttp.ClientError, EOFError, TimeoutError) as error:
            failure = _typed(request, error)
        raise failure


def _safe_download(url: str, request: Request) -> URL:
    try:
        address = URL(url, encoded=True)
    except (ValueError, TypeError):
        address = URL()
    if address.scheme == "https" or (address.scheme == "http" and _wire.is_loopback(address.host or "")):
        return address
    raise UnsafeLinkError(
        f"{request.operation}: the signed address is not https; nothing was downloaded", request=request
    )


async def _copy(content: aiohttp.StreamReader, write: Callable[[bytes], Awaitable[object]]) -> int:
    size = 0
    async for chunk in content.iter_chunked(CHUNK):
        size += len(chunk)
        await write(chunk)
    return size


async def _read(content: aiohttp.StreamReader, limit: int) -> tuple[bytes, bool]:
    """The body, decoded, up to `limit` bytes; and whether there was more."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            return b"".join(chunks)[:limit], True
    return b"".join(chunks), False


def _headers(request: Request) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT, **dict(request.headers)}
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _on_loop_clock(deadline: float) -> float:
    return asyncio.get_running_loop().time() + deadline - time.monotonic()


def _typed(request: Request, error: BaseException) -> NoAnswerError:
    """Our error for one of aiohttp's; its text is not taken over, since it may quote headers."""
    place = f"{request.operation}: {request.method} {request.path}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ConnectTimeoutError(f"{place}: no connection in time; the request was not sent", request=request)
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
        return TLSError(f"{place}: the TLS handshake or certificate check failed; not sent", request=request)
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectError(f"{place}: cannot connect ({_os_reason(error)}); the request was not sent", request=request)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectError(f"{place}: the proxy refused ({error.status}); the request was not sent", request=request)
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(f"{place}: no byte came within the read time-out", request=request)
    return ReadError(f"{place}: the connection broke ({type(error).__name__})", request=request)


def _os_reason(error: aiohttp.ClientConnectorError) -> str:
    reason = getattr(error.os_error, "strerror", None) or type(error.os_error).__name__
    return _wire.printable(str(reason), 120)


def _deadline_passed(call: _Call) -> RequestTimeoutError:
    request = call.request
    before = f"; the try before failed: {_wire.printable(str(call.last), 200)}" if call.last else ""
    return RequestTimeoutError(
        f"{request.operation}: {request.method} {request.path}: the deadline of {call.total:g} s passed{before}",
        request=request,
        attempts=call.tries,
        retry_after=call.last.retry_after if call.last else None,
        maybe_applied=request.repeat != "safe" and (call.doubtful or call.on_wire),
    )
