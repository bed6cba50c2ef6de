"""`SessionManager`: the journey of one call, with retries, pacing, deadlines and typed errors around every exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any, TypeVar, Unpack, cast

import aiohttp
from multidict import CIMultiDict
from pydantic_core import ValidationError
from yarl import URL

from .. import _wire
from .._credentials import Credentials
from .._messages import Page, Reply, Request, Secret
from .._retry import RetryPolicy, leaves_doubt, retrying, turned_away
from ..config import CallOptions, Settings, Timeouts
from ..errors import (
    ArgumentError,
    ClientClosedError,
    ConfigurationError,
    IntegratorError,
    ReadOnlyError,
    ReplyTooLargeError,
    UnreadableReplyError,
    larger,
)
from ..models._raw import slices
from ..models._shapes import Items, ItemsShape, Shape
from ._call import Call, Headed, Stats, deadline_passed, no_answer
from ._connections import Broken, doubt, last_given, may_be_sent
from ._deadline import Deadline
from ._download import Download, download
from ._pool import USER_AGENT, Binding, Pool, Transport

T = TypeVar("T")
C = TypeVar("C", bound=Call)
SLICE = 128 * 1024
"""Bytes of a large list that are read in one go."""


class SessionManager:
    """One account's connections, with retries, pacing, deadlines and typed errors around every exchange.

    Args:
        settings: everything but the token.
        credentials: the token.
        transport: how connections are made.
    """

    def __init__(self, settings: Settings, credentials: Credentials, transport: Transport | None = None) -> None:
        self._begin(settings, Pool(settings, credentials, transport or Transport()))
        self._owner = True

    def _begin(self, settings: Settings, pool: Pool) -> None:
        self.settings = settings
        self.base = settings.base
        self.max_pages = settings.max_pages
        self.max_body_bytes = settings.max_body_bytes
        self.stats = Stats()
        self._origin = URL(settings.base.origin, encoded=True)
        self._owner = False
        self._pool = pool
        self._patiently = retrying(self._attempt)
        self._download = retrying(self._download_once)

    def view(self, settings: Settings) -> SessionManager:
        """Another session manager with these settings on the same connections, token, bucket and quota."""
        other = object.__new__(SessionManager)
        other._begin(settings, self._pool)
        return other

    def __repr__(self) -> str:
        return f"<SessionManager {self.settings.base.url}{' closed' if self._pool.closed else ''}>"

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
        page = await self._perform(request, shape, options)
        return cast("T", page.value)

    def fetch_page(
        self, request: Request, shape: Shape[T], headed: Headed | None = None, **options: Unpack[CallOptions]
    ) -> Coroutine[Any, Any, Page[T]]:
        """Send a request for one page of a list, and read it.

        `headed` is called with the answer without its body, once for each try that begins to answer.
        """
        return self._perform(request, shape, options, headed)

    async def send(self, request: Request, **options: Unpack[CallOptions]) -> Reply:
        """Send a request and return the whole answer, once it is a 2xx."""
        page = await self._perform(request, None, options)
        return page.reply

    def _perform(
        self, request: Request, shape: Shape[Any] | None, options: CallOptions, headed: Headed | None = None
    ) -> Coroutine[Any, Any, Page[Any]]:
        if self.settings.read_only:
            self.allow(request)
        if options:
            request = prepared(request, options)
        policy, silence, total = self._patience(request, options)
        call = Call(request, policy, silence, total, self._pool.quota, self.stats, shape, headed)
        return self._in_time(call, self._patiently)

    def allow(self, request: Request) -> None:
        """Return where the request may be sent.

        Raises:
            ReadOnlyError: this client is read-only, and the request may change something.
        """
        if self.settings.read_only and not request.read_only:
            raise ReadOnlyError(
                f"{request.operation}: this client is read-only, and {request.method} {request.path} may change things",
                request=request,
            )

    def _patience(self, request: Request, options: CallOptions) -> tuple[RetryPolicy, aiohttp.ClientTimeout, float]:
        """How a call is repeated, how long it may hear nothing, and how many seconds it may take in all."""
        policy, timeouts = self.settings.retry, self.settings.timeouts
        if options:
            policy = options.get("retry") or policy
            if not isinstance(policy, RetryPolicy):
                raise ArgumentError(f"retry must be a RetryPolicy, not {type(policy).__name__}")
            given = options.get("timeout")
            timeouts = timeouts if given is None else Timeouts.of(given)
        total = request.timeout if timeouts.total is None else timeouts.total
        read = timeouts.read
        if read is not None and read >= total:
            read = None
        return policy, _silence(timeouts.connect, read), total

    async def _in_time(self, call: C, patiently: Callable[[C], Awaitable[T]]) -> T:
        """The call's answer before its deadline, or an error that knows what became of it."""
        try:
            with Deadline(call.begin(), call.deadline, self._pool.watch(call.loop)):
                answer = await patiently(call)
                call.quota.refund(call.spent)
                return answer
        except IntegratorError as error:
            error.attempts = call.tries
            error.maybe_applied = call.maybe_applied()
            raise
        raise deadline_passed(call)

    async def _attempt(self, call: Call) -> Page[Any]:
        """One try: wait for a turn, exchange, and say what the answer means; a 401 may begin it anew."""
        call.tries += 1
        pool = self._pool
        try:
            while True:
                binding = pool.bound(call.loop) or await pool.bind()
                throttle = binding.throttle
                if not throttle.enter():
                    call.tries -= 1  # nothing is on the wire while it waits
                    await throttle.wait()
                    call.tries += 1
                try:
                    token = pool.credentials.known or await pool.credentials.current(binding.single_flight)
                    reply = await self._exchange(binding, call, token)
                finally:
                    throttle.leave()
                if binding.turn.is_long() and _may_wait(call, reply):
                    await binding.turn.next()
                if reply.status != 401 or call.token_renewed or not await self._renewed(call, token):
                    quick = call.shape is None or (call.shape.ready and len(reply.body) <= call.shape.large)
                    value = self._meaning(call, reply) if quick else await self._in_steps(call, reply)
                    return tuple.__new__(Page, (value, reply))
        except IntegratorError as error:
            if isinstance(error, ClientClosedError | ConfigurationError):
                call.tries -= 1  # it was not sent
            if isinstance(error, UnreadableReplyError):
                doubt()
            call.doubtful = call.doubtful or leaves_doubt(error)
            if turned_away(error) and error.status == 429:
                self._refused(error)
            raise

    async def _renewed(self, call: Call, refused: Secret) -> bool:
        """Whether the call may be tried once more with another token; counts that try."""
        call.token_renewed = True
        binding = self._pool.bound(call.loop) or await self._pool.bind()
        renewed = await self._pool.credentials.renewed(refused, binding.single_flight)
        if not renewed or call.tries >= call.policy.attempts:
            return False
        call.tries += 1
        return True

    def _url(self, request: Request) -> URL:
        if request.query or "?" in request.path:
            return URL(_wire.url(self.settings.base, request), encoded=True)
        return self._origin.with_path(self.settings.base.prefix + request.path, encoded=True)  # three times as fast

    async def _exchange(self, binding: Binding, call: Call, token: Secret) -> Reply:
        """aiohttp in, `Reply` out; aiohttp's errors become ours here and nowhere else.

        They are raised outside the `except` block: aiohttp's own errors hold the request's headers.
        """
        failure: IntegratorError
        request = call.request
        if binding.session.closed:
            raise ClientClosedError(f"{request.operation}: the connections were closed meanwhile; it was not sent")
        self.stats.requests += 1
        before = last_given()
        call.on_wire = True
        try:
            response = await binding.session.request(
                request.method,
                self._url(request),
                data=request.body,
                headers=_headers(binding, request, token),
                timeout=call.timeout,
                proxy=binding.proxy.get_secret_value() if binding.proxy else None,
                **binding.options,
            )
            try:
                headers = tuple(response.headers.items())
                limit = self.settings.max_error_bytes
                if response.status < 300:
                    limit = self.settings.max_body_bytes
                    if call.headed is not None and "Link" in response.headers:
                        call.headed(request, Reply(response.status, headers, b"", call.tries))
                body = _read_at_once(response.content, limit)
                if body is None:
                    body = await _read(response.content, limit)
                call.on_wire = False
                if len(body) <= limit or response.status >= 300:
                    return tuple.__new__(Reply, (response.status, headers, body[:limit], call.tries))
            finally:
                if not response.closed:
                    response.release()
            failure = await _too_large(call, response.status, body, limit)
            del body
        except (aiohttp.ClientError, Broken, OSError, EOFError) as error:
            call.on_wire = False
            failure = no_answer(request, error.error if isinstance(error, Broken) else error)
        except asyncio.CancelledError:  # by the deadline, for one
            call.on_wire = may_be_sent(binding.session, before)
            raise
        raise failure

    def _meaning(self, call: Call, reply: Reply) -> Any:
        request = call.request
        if request.method == "DELETE" and reply.status == 404 and call.doubtful:
            reply = Reply(204, reply.headers, b"", reply.attempts)
        if not 200 <= reply.status < 300:
            raise _wire.refusal(request, self._without_token(reply), datetime.now(UTC))
        try:
            return _value(call, reply)
        except ValidationError as error:
            why = "; ".join(f"{_place(entry['loc'])}{entry['msg']}" for entry in error.errors(include_input=False)[:3])
        except (ValueError, RecursionError) as error:
            why = str(error).replace("\n", " ")
        raise UnreadableReplyError(
            f"{request.operation}: {request.method} {request.path} -> {reply.status}, "
            f"the body is unreadable: {_wire.shown(why, 300)}",
            request=request,
            status=reply.status,
            body=_wire.shown(self._without_token(reply).text[:1000], 1000),
        )

    async def _in_steps(self, call: Call, reply: Reply) -> Any:
        """`_meaning` of what takes long: models that have to be built first, in a thread, and large lists."""
        if call.shape is not None and not call.shape.ready:
            await asyncio.to_thread(call.shape.make_ready)
        items = await self._slice_by_slice(call, reply)
        return self._meaning(call, reply) if items is None else items

    async def _slice_by_slice(self, call: Call, reply: Reply) -> Items[Any] | None:
        """What a large list holds, with a turn for everybody else after each slice of it; one list at a time.

        None for anything but a list without a flaw: what is wrong with it, `_meaning` says.
        """
        shape = call.shape
        binding = self._pool.bound(call.loop)
        if not isinstance(shape, ItemsShape) or len(reply.body) <= shape.large or reply.status != 200 or not binding:
            return None
        items: Items[Any] = Items()
        async with binding.reading:
            try:
                for slice_ in slices(reply.body, SLICE):
                    items += shape.parse(slice_)
                    await asyncio.sleep(0)
            except (ValueError, RecursionError):
                return None
        return items or None

    def without_token(self, text: str) -> str:
        """A text of the server with asterisks where our token stands."""
        return self._pool.credentials.hidden_in(text.encode()).decode()

    def _without_token(self, reply: Reply) -> Reply:
        """Some servers say back what they were sent."""
        return reply._replace(body=self._pool.credentials.hidden_in(reply.body))

    def _refused(self, error: IntegratorError) -> None:
        self.stats.throttled += 1
        wait = error.retry_after
        if self._pool.bucket is not None:
            asked = wait if wait is not None and wait <= self.settings.retry.max_retry_after else None
            self._pool.bucket.refused(asked)

    # The other door: a signed address, which is nobody's but its bearer's

    async def download(self, address: Secret, file: IO[bytes], request: Request, **options: Unpack[CallOptions]) -> int:
        """Read a signed address without our token into `file`, from its beginning; returns how many bytes came.

        The session is one of its own, without headers, cookies and traces: nothing of the account is in it, and the
        address, which is a credential, is in no error and no log. Redirects are followed over https, five of them. What
        was cut is begun anew by the rules of any read.

        Raises:
            UnsafeLinkError: not https (plain http is allowed to this machine only), or it holds a name and password.
            UnreadableReplyError: nothing came, or nobody can say whether everything did.
            ReplyTooLargeError: it is larger than `max_download_bytes`.
            ReadError, ConnectError, RequestTimeoutError, StatusError: as for any request.
            OSError: the file cannot be written.
        """
        policy, silence, total = self._patience(request, options)
        most = self.settings.max_download_bytes
        call = Download(
            request, policy, silence, total, self._pool.quota, self.stats, address=address, file=file, most=most
        )
        return await self._in_time(call, self._download)

    async def _download_once(self, call: Download) -> int:
        call.tries += 1
        return await download(call, self._pool.transport, USER_AGENT)


def prepared(request: Request, options: CallOptions) -> Request:
    """The request as it goes out, with the headers and the query of the options.

    Raises:
        ArgumentError: an option that cannot work.
    """
    headers, query = options.get("headers"), options.get("query")
    if not headers and not query:
        return request
    return _wire.with_query(request, query)._replace(headers=request.headers + _wire.header_fields(headers))


@lru_cache
def _silence(connect: float, read: float | None) -> aiohttp.ClientTimeout:
    """aiohttp's part of the time-outs. A read time-out as long as the deadline is left to the deadline."""
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)


def _may_wait(call: Call, reply: Reply) -> bool:
    """Whether an answer may be read in the next turn of the loop.

    Not that of a write, whose outcome no deadline may take away again; not a refusal, which is to be heeded at once;
    and not what looks broken, since its connection is not to be used again.
    """
    return call.request.repeat == "safe" and reply.status == 200 and reply.body[-1:] in (b"]", b"}")


def _value(call: Call, reply: Reply) -> Any:
    """What the answer holds.

    Raises:
        ValueError: nothing that the operation answers.
    """
    if reply.status == 206:
        raise ValueError("it is a partial answer (206)")
    if call.shape is None:
        _wire.check_whole(call.request, reply)
        return None
    if reply.status == 204:
        return call.shape.empty()
    if not reply.body or reply.body.isspace():
        if not call.shape.may_be_blank:
            raise ValueError("it is empty; a list without records is [] or 204")
        return call.shape.empty()
    return call.shape.parse(reply.body)


def _place(path: tuple[int | str, ...]) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""


def _read_at_once(content: aiohttp.StreamReader, limit: int) -> bytes | None:
    """The body, where all of it has come together with the headers, as most do."""
    return content.read_nowait() if content.is_eof() and content.total_bytes <= limit else None


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes:
    """The body, decoded; of one that is longer than `limit` bytes, so much that it shows."""
    chunks: list[bytes] = []
    room = limit
    while room >= 0 and (chunk := await content.readany()):
        chunks.append(chunk)
        room -= len(chunk)
        if content.at_eof():
            break
    return b"".join(chunks)


async def _too_large(call: Call, status: int, body: bytes, limit: int) -> ReplyTooLargeError:
    """The error of an answer that is larger than `limit` bytes; that of a page says how many records fit."""
    error = ReplyTooLargeError(f"{call.request.operation}: {larger(limit)}", request=call.request, status=status)
    if call.headed is not None and isinstance(call.shape, ItemsShape):
        error.begun = await asyncio.to_thread(call.shape.begun, body[:limit])  # it takes up to a second
    return error


def _headers(binding: Binding, request: Request, token: Secret) -> CIMultiDict[str]:
    always = binding.with_token(token)
    if not request.headers and request.body is None:
        return always
    headers = CIMultiDict(always)
    headers.update(request.headers)
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers
