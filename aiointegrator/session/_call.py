"""One call under way: what is asked, how patiently, and what has happened to it so far."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .._messages import Reply, Request
from .._retry import Quota, RetryPolicy
from .._text import printable
from ..errors import (
    ConnectError,
    ConnectTimeoutError,
    IntegratorError,
    NoAnswerError,
    ReadError,
    RequestTimeoutError,
    TLSError,
)
from ..models._shapes import Shape

Headed = Callable[[Request, Reply], None]
"""Is told of what was asked and of the answer when its headers are there."""


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
class Call:
    """What the retry rules and the journey of a call read and write; `retrying` keeps nothing of its own.

    `total` are the seconds that it may take. `begin` says in which `loop`, and sets the `deadline` by its clock.
    """

    request: Request
    policy: RetryPolicy
    timeout: aiohttp.ClientTimeout
    total: float
    quota: Quota
    stats: Stats
    shape: Shape[Any] | None = None
    headed: Headed | None = None
    tries: int = 0
    spent: int = 0
    doubtful: bool = False
    on_wire: bool = False
    token_renewed: bool = False
    last: IntegratorError | None = None
    loop: asyncio.AbstractEventLoop = field(init=False)
    deadline: float = field(init=False)

    def begin(self) -> asyncio.Task[Any]:
        """The call is made now, in the running task, which is returned.

        The one place that asks for it: before Python 3.12 each such question is a system call.
        """
        task = asyncio.current_task()
        assert task is not None, "a call is made in a task"
        self.loop = task.get_loop()
        self.deadline = self.loop.time() + self.total
        return task

    def time_left(self) -> float:
        """Seconds to the deadline."""
        return self.deadline - self.loop.time()

    def jitter(self) -> float:
        """A random number from 0 to 1."""
        return random.random()  # noqa: S311 - jitter, not a secret

    def repeated(self, error: IntegratorError, seconds: float) -> None:
        """Note that the call is tried again in so many seconds because of this error."""
        self.last = error
        self.stats.retries += 1

    def maybe_applied(self) -> bool:
        """Whether a write may have taken effect although nobody can say so."""
        return self.request.repeat != "safe" and (self.doubtful or self.on_wire)


def no_answer(request: Request, error: BaseException) -> NoAnswerError:
    """Our error for one of aiohttp's; its text is not taken over, since it may quote headers and addresses."""
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
    return printable(str(reason), 120)


def deadline_passed(call: Call) -> RequestTimeoutError:
    """The error of a call whose time is over, with what the last failed try said."""
    request = call.request
    before = f"; the try before failed: {printable(str(call.last), 200)}" if call.last else ""
    return RequestTimeoutError(
        f"{request.operation}: {request.method} {request.path}: the deadline of {call.total:g} s passed{before}",
        request=request,
        attempts=call.tries,
        retry_after=call.last.retry_after if call.last else None,
        maybe_applied=call.maybe_applied(),
    )
