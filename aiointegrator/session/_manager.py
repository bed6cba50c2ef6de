"""`SessionManager`: the journey of one call, with retries, pacing, deadlines and typed errors around every exchange."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import IO, Any, TypeVar, Unpack, cast

import aiohttp
from multidict import CIMultiDict
from pydantic_core import ValidationError
from yarl import URL

from .. import _wire
from .._decoding.json_lists import slices
from .._decoding.shapes import ItemsShape, Shape
from .._messages import Page, Reply, Request, Secret
from .._text import shown
from ..config import CallOptions, RetryPolicy, Settings, Timeouts
from ..errors import (
    ArgumentError,
    ClientClosedError,
    ConfigurationError,
    IntegratorError,
    ReadOnlyError,
    ReplyTooLargeError,
    UnreadableReplyError,
    UnsafeLinkError,
    larger,
)
from ..models._items import Items
from ._call import (
    Call,
    Headed,
    Stats,
    badly_coded,
    closed_meanwhile,
    deadline_passed,
    is_of_transport,
    no_answer,
    paused,
    unavailable,
)
from ._coding import STEP, CodingError, decoder_of
from ._connector import ConnectionLost, broke, current_connection, doubt, may_have_been_sent
from ._credentials import Credentials
from ._deadline import DeadlineTimer
from ._download import Download, download
from ._outage import PROBE_SECONDS, SMALL, Grant, Patience, Ticket
from ._pool import USER_AGENT, LoopState, Pool, Transport
from ._retry import SERVICE_FAILURES, leaves_doubt, may_repeat, retrying, service_failed, turned_away
from ._throttle import Throttle

T = TypeVar("T")
C = TypeVar("C", bound=Call)
SHOWN = 64 * 1024
"""Bytes of an unreadable body in which the token is hidden, before the first thousand characters are shown."""
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
        self._made = time.monotonic()
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

    @property
    def outage_since(self) -> datetime | None:
        """Since when the service has not answered any call of the account, in UTC; None while it answers."""
        return self._pool.outage.since

    def open(self) -> None:
        """Allow use again after `aclose()`."""
        self._pool.closed = False

    async def aclose(self) -> None:
        """Close the connections, and end the calls under way with ClientClosedError. May be called again.

        A view leaves both to the client that it was made from.
        """
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
        patience = self.settings.outage_patience
        call = Call(request, policy, silence, total, self._pool.quota, self.stats, shape, headed, patience)
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
        return policy, _silence(timeouts.connect, read, self._pool.transport.session is None), total

    async def _in_time(self, call: C, patiently: Callable[[C], Awaitable[T]]) -> T:
        """The call's answer before its deadline, or an error that knows what became of it."""
        try:
            with call.begin(self._pool.watch) as deadline:
                answer = await patiently(call)
                call.quota.refund(call.spent)
                return answer
        except IntegratorError as error:
            call.told_by(error)
            self._pool.credentials.hide_in(error)
            raise
        failure = call.told_by(deadline.error or deadline_passed(call, self._pool.outage))
        self._pool.credentials.hide_in(failure)
        raise failure

    async def _attempt(self, call: Call) -> Page[Any]:
        """One try, repeated at no cost where it failed in an outage that is over by now."""
        outage = self._pool.outage
        while True:
            try:
                return await self._try(call)
            except IntegratorError as error:
                call.last = error
                if not service_failed(error):
                    raise
                call.failed_in(outage.failed(call.request, error, call.ticket))
                if not (outage.stops and call.policy.attempts > 1 and may_repeat(call.request, error)):
                    raise
            finally:
                self._return_ticket(call)
            await self._wait_for_service(call)
            if not call.forgive() and call.ticket is None:
                raise call.last  # it was no outage
            self.stats.retries += 1

    async def _try(self, call: Call) -> Page[Any]:
        """Wait for a turn, exchange, and say what the answer means; after a 401 once more with another token."""
        call.tries += 1
        pool = self._pool
        try:
            while True:
                binding = pool.bound(call.loop) or await pool.bind()
                throttle = binding.throttle
                if pool.outage.held or not throttle.enter():
                    await self._wait_for_turn(throttle, call)
                try:
                    token = pool.credentials.known or await pool.credentials.current(binding.single_flight)
                    reply = await self._exchange(binding, call, token)
                finally:
                    if call.ticket is None or not call.ticket.probes:
                        throttle.leave()
                if isinstance(reply, IntegratorError):
                    raise reply
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
                self._refused(error, call)
            raise

    # What a call waits for before it sends

    async def _wait_for_turn(self, throttle: Throttle, call: Call) -> None:
        """Wait until the service is up, then for a slot, then for the bucket. A probe needs only the first."""
        call.tries -= 1  # nothing is on the wire while it waits
        outage = self._pool.outage
        waits = call.policy.attempts > 1
        while True:
            if outage.held and waits and call.ticket is None:
                await self._wait_for_service(call)
                call.forgive()
            if call.ticket is not None and call.ticket.probes:
                break
            self._refuse_long_pause(call)
            if not throttle.enter():
                call.queued = True
                try:
                    await throttle.wait()
                finally:
                    call.queued = False
            if not waits or not outage.held or (call.ticket is not None and not outage.stops):
                break
            throttle.leave()  # an outage began meanwhile
            self._return_ticket(call)
        call.tries += 1

    def _return_ticket(self, call: Call) -> None:
        ticket, call.ticket = call.ticket, None
        if ticket is not None:
            self._pool.outage.leave(ticket)

    async def _wait_for_service(self, call: Call) -> None:
        """Wait until the service answers, and send the probes that ask whether it does.

        In a crawl the deadline stands still meanwhile.

        Raises:
            IntegratorError: the last failure, where the call may not wait any longer.
        """
        outage, watch, sent_one = self._pool.outage, self._pool.watch(call.loop), False
        patience = Patience(until=lambda began: self._gives_up(call, watch, began), ends_itself=call.patience is None)
        if call.patience is not None:
            call.suspend()
        while True:
            ticket = await outage.enter(call.request, patience, watch, first=sent_one)
            if ticket.grant is not Grant.PROBE:
                break
            await self._send_probe(call, ticket)
            sent_one = True
        if ticket.grant is not Grant.TRY:  # its deadline stands still until there is an answer
            call.resume()
        if ticket.grant is Grant.GIVE_UP:
            raise unavailable(call, outage)
        call.ticket = None if ticket.grant is Grant.FREE else ticket

    def _gives_up(self, call: Call, watch: DeadlineTimer, began: float) -> float:
        """Return the monotonic time until which a call waits in an outage that began at `began`."""
        if call.patience is None:
            return time.monotonic() + call.time_left()
        return max(began, self._made + watch.stopped) + call.patience

    async def _send_probe(self, call: Call, ticket: Ticket) -> None:
        """Ask whether the service answers, by the request of the ticket, on behalf of a call that waits."""
        assert ticket.request is not None
        pool, outage = self._pool, self._pool.outage
        probe = Call(ticket.request, call.policy, _silence(PROBE_SECONDS, PROBE_SECONDS, True), PROBE_SECONDS,
                     call.quota, self.stats, ticket=ticket)  # fmt: skip
        counted = pool.bucket is not None and not pool.bucket.take()
        try:
            binding = pool.bound(call.loop) or await pool.bind()
            token = pool.credentials.known or await pool.credentials.current(binding.single_flight)
            answer = await self._exchange(binding, probe, token)
            if isinstance(answer, Reply) and answer.status in SERVICE_FAILURES:
                answer = _wire.refusal(probe.request, answer, datetime.now(UTC))
            if isinstance(answer, IntegratorError) and service_failed(answer):
                outage.failed(probe.request, answer, ticket)
        finally:
            if counted and pool.bucket is not None:
                pool.bucket.answered()
            outage.leave(ticket)

    def _refuse_long_pause(self, call: Call) -> None:
        """Raise RateLimitedError where the rate limit's pause is longer than the call may take."""
        seconds = self._pool.bucket.pause_left() if self._pool.bucket is not None else 0.0
        if not seconds:
            return
        if not call.outlasts(seconds):
            raise paused(call.request, seconds)
        if call.patience is not None:
            call.extend(seconds)

    def _refused(self, error: IntegratorError, refused: Call) -> None:
        """A 429 came: all calls of the account pause, and those that cannot wait so long end."""
        self.stats.throttled += 1
        bucket, wait = self._pool.bucket, error.retry_after
        if bucket is None:
            return
        longest = max(self.settings.retry.max_retry_after, self.settings.outage_patience or 0.0)
        bucket.refused(wait if wait is not None and wait <= longest else None)
        seconds = bucket.pause_left()
        for call in self._pool.queued(refused.loop):
            if not call.outlasts(seconds):
                call.timer.interrupt(partial(paused, call.request, seconds))
            elif call.patience is not None:
                call.extend(seconds)

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
        if self._pool.credentials.hidden_addresses:
            request = request._replace(path=self._pool.credentials.address_of(request.path))
        if request.query or "?" in request.path:
            return URL(_wire.url(self.settings.base, request), encoded=True)
        return self._origin.with_path(self.settings.base.prefix + request.path, encoded=True)  # three times as fast

    async def _exchange(self, binding: LoopState, call: Call, token: Secret) -> Reply | IntegratorError:
        """aiohttp in, `Reply` out; aiohttp's errors become ours here and nowhere else.

        They are returned, not raised: aiohttp's own errors hold the request's headers, and the frame of this function
        holds the answer's, with the address.
        """
        failure: IntegratorError
        request = call.request
        if binding.session.closed:
            raise ClientClosedError(f"{request.operation}: the connections were closed meanwhile; it was not sent")
        self.stats.requests += 1
        before = current_connection()
        call.on_wire = True
        try:
            asking = binding.session.request(
                request.method,
                self._url(request),
                data=request.body,
                headers=_headers(binding, request, token),
                timeout=call.timeout,
                proxy=binding.proxy.get_secret_value() if binding.proxy else None,
                **binding.options,
            )
            response = await (asking if call.ticket is None else _soon(asking, call))
            try:
                headers = tuple(response.headers.items())
                limit = self.settings.max_error_bytes
                if response.status < 300:
                    limit = self.settings.max_body_bytes
                    if call.headed is not None and "Link" in response.headers:
                        call.headed(request, Reply(response.status, headers, b"", call.tries))
                coding = response.headers.get("Content-Encoding")
                body = None if coding else _read_at_once(response.content, limit)
                whole = True
                if body is None:
                    body, whole = await _read(call, response, limit, coding)
                call.on_wire = False
                self._note_answer(call, response.status, len(body) if whole else limit + 1)
                if whole:
                    return tuple.__new__(Reply, (response.status, headers, body, call.tries))
            finally:
                if not response.closed:
                    response.release()
            failure = await _too_large(call, response.status, body, limit)
            del body
        except CodingError as error:
            call.on_wire = False
            failure = badly_coded(request, response.status, error)
            self._note_answer(call, response.status, self.settings.max_body_bytes)
        except (aiohttp.ClientError, ConnectionLost, OSError, EOFError, RuntimeError) as error:
            call.on_wire = False
            if isinstance(error, RuntimeError) and not is_of_transport(error) and not binding.session.closed:
                raise
            failure = no_answer(request, error.error if isinstance(error, ConnectionLost) else error)
            if binding.session.closed:
                failure = closed_meanwhile(call)
        except asyncio.CancelledError:  # by the deadline, for one
            call.on_wire = may_have_been_sent(binding.session, before)
            raise
        return failure

    def _note_answer(self, call: Call, status: int, size: int) -> None:
        """An answer came. Unless it says that the service does not work, the service is up."""
        outage = self._pool.outage
        if status in SERVICE_FAILURES:
            return
        if outage.troubled:
            outage.answered(call.ticket, self.settings.max_connections)
        if status == 200 and size <= SMALL and call.request.read_only:
            outage.last_read = call.request

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
            f"the body is unreadable: {shown(self._pool.credentials.hidden_in_text(why), 300)}",
            request=request,
            status=reply.status,
            body=shown(self._without_token(reply._replace(body=reply.body[:SHOWN])).text[:1000], 1000),
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

    def next_page(self, request: Request, reply: Reply) -> str | None:
        """The address of the next page, as `_wire.next_page` says it, with asterisks where our token stands in it.

        Some servers put the token of a request into the links of its answer. The link is followed as it is; only `_url`
        knows the address behind the asterisks.
        """
        credentials = self._pool.credentials
        if not credentials.hidden_addresses and not any(map(credentials.stands_in, reply.all("Link"))):
            return _wire.next_page(self.base, request, reply)
        try:
            path = credentials.address_of(request.path)
            address = _wire.next_page(self.base, request._replace(path=path), reply)
        except UnsafeLinkError:
            address = path = ""  # its message may be cut in the middle of the token, and its frames hold the link
        if address == "":
            hidden = tuple((name, credentials.hidden_in_text(value)) for name, value in reply.headers)
            _wire.next_page(self.base, request, reply._replace(headers=hidden))
            raise UnsafeLinkError(f"{request.operation}: the next link is not one of the API", request=request)
        return None if address is None else self.shown_address(address)

    def shown_address(self, address: str) -> str:
        """The address with asterisks where our token stands in it; `_url` knows the address behind them."""
        return self._pool.credentials.shown_address(address)

    def changed_address(self, address: str, change: Callable[[str], str]) -> str:
        """The shown address of a page, changed: the change is made to the address behind the asterisks."""
        return self.shown_address(change(self._pool.credentials.address_of(address)))

    def _without_token(self, reply: Reply) -> Reply:
        """Some servers say back what they were sent."""
        return reply._replace(body=self._pool.credentials.hidden_in(reply.body))

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
def _silence(connect: float, read: float | None, own: bool) -> aiohttp.ClientTimeout:
    """Return aiohttp's part of the time-outs. A read time-out as long as the deadline is left to the deadline.

    `connect` covers a proxy's answer to CONNECT too, which `sock_connect` does not. In the caller's own session it
    would also cover the wait for a free connection, so it is left out there.
    """
    return aiohttp.ClientTimeout(total=None, connect=connect if own else None, sock_connect=connect, sock_read=read)


async def _soon(asking: Awaitable[aiohttp.ClientResponse], call: Call) -> aiohttp.ClientResponse:
    """Return the answer of a probe, which must begin within `PROBE_SECONDS`, or of any other call of an outage."""
    if call.ticket is None or not call.ticket.probes:
        return await asking
    async with asyncio.timeout(PROBE_SECONDS):
        response = await asking
    call.resume()
    return response


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
        _wire.check_whole(call.request, reply, broke=broke())
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


async def _read(call: Call, response: aiohttp.ClientResponse, limit: int, coding: str | None) -> tuple[bytes, bool]:
    """The body, decoded, and whether it fits into `limit` bytes. Of a refusal, what can be read of it.

    What does not fit is cut off; it is kept for pages alone, whose beginning says how many records fit.

    Raises:
        CodingError: it is not coded as it says, or cut.
    """
    content, refused = response.content, response.status >= 300
    decoder = decoder_of(coding)
    chunks: list[bytes] = []
    room = limit
    try:
        while room >= 0 and (chunk := await content.readany()):
            for piece in (chunk,) if decoder is None else decoder.decoded(chunk):
                chunks.append(piece)
                room -= len(piece)
                if room < 0:
                    break
                if len(piece) == STEP:
                    await asyncio.sleep(0)
            if content.at_eof():
                break
        if decoder is not None and room >= 0 and not decoder.is_whole():
            raise CodingError("it is cut")
    except CodingError:
        if not refused:
            raise
    fits = room >= 0 or refused
    return b"".join(chunks)[:limit] if fits or call.headed is not None else b"", fits


async def _too_large(call: Call, status: int, body: bytes, limit: int) -> ReplyTooLargeError:
    """The error of an answer that is larger than `limit` bytes; that of a page says how many records fit."""
    error = ReplyTooLargeError(f"{call.request.operation}: {larger(limit)}", request=call.request, status=status)
    if call.headed is not None and isinstance(call.shape, ItemsShape):
        error.begun = await asyncio.to_thread(call.shape.begun, body[:limit])  # it takes up to a second
    return error


def _headers(binding: LoopState, request: Request, token: Secret) -> CIMultiDict[str]:
    always = binding.with_token(token)
    if not request.headers and request.body is None:
        return always
    headers = CIMultiDict(always)
    headers.update(request.headers)
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers
