"""Everything that can go wrong, as one tree.

    IntegratorError
    ├── ConfigurationError            a setting that cannot work; nothing was sent (also a ValueError)
    │   └── ArgumentError             the same for an argument of one call
    ├── ReadOnlyError                 a write through a read-only client; nothing was sent
    ├── ClientClosedError             used after aclose(), or under way when it was called (also a RuntimeError)
    ├── NoAnswerError                 no usable answer came
    │   ├── ConnectError              certainly not sent: DNS, refused, unreachable
    │   │   ├── TLSError              certificate or handshake; never tried again
    │   │   ├── ProxyRefusedError     the proxy answered CONNECT with 4xx, such as 407: no sign of an outage
    │   │   └── ConnectTimeoutError   no connection within `Timeouts.connect` (also a RequestTimeoutError)
    │   ├── RequestTimeoutError       the deadline of the call, or the read time-out of its last try
    │   ├── ReadError                 the connection broke, or what came was no HTTP
    │   └── UnreadableReplyError      an answer came whose body is not what the operation answers
    │       ├── ReplyTooLargeError    its body is larger than `max_body_bytes`; only a list is tried again, by less
    │       └── NotJSONError          `Reply.json()` of a body that is not JSON (also a ValueError)
    ├── StatusError                   an answer came and it says no
    │   ├── InvalidRequestError       400, 422
    │   ├── AuthenticationError       401: token missing, wrong, expired, or of the other region
    │   ├── PermissionDeniedError     403: valid token, not allowed
    │   ├── NotFoundError             404: no such thing, or not visible to this token
    │   ├── ConflictError             409, or the record changed between our read and our write
    │   ├── RateLimitedError          429: the account's bucket is full
    │   └── ServerError               5xx
    └── PaginationError               a list that cannot be read to its end: circle, too many pages
        └── UnsafeLinkError           the next link leads to a foreign host or out of the API

Any call may raise ConnectError, ReadError, RequestTimeoutError, AuthenticationError, PermissionDeniedError,
RateLimitedError and ServerError; docstrings of operations name only what is particular to them.

No error holds the token, and each can be pickled.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Asked(Protocol):
    """What an error says about the request that it belongs to; `Request` has these fields."""

    @property
    def operation(self) -> str:
        """Name of the operation, such as `integrations.get`."""
        ...

    @property
    def method(self) -> str:
        """HTTP method."""
        ...

    @property
    def path(self) -> str:
        """Path below the origin; of a further page with its query."""
        ...


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One entry of the server's error body; a part that it did not send is None."""

    code: str | None = None
    message: str | None = None
    field: str | None = None


class IntegratorError(Exception):
    """The root of everything this library raises.

    Attributes:
        operation: name of the operation, such as `integrations.get`, or None outside of a call.
        method, path: what was asked, without the query.
        status: HTTP status, or None where no answer came.
        code: first error code of the server's body, such as `rate_limited`.
        errors: every entry of the server's error body.
        attempts: requests that went on the wire for this call (0: nothing was sent).
        retry_after: seconds that the server asked to wait, or None.
        maybe_applied: the call may have taken effect although it failed; look before repeating it.
        items: what a list had already read when it failed (only where it was collected by `await`).
        resume_from: path and query of the page that a list failed at; `Pager.starting_at` takes it. If the server put
            our token into the link, asterisks stand for it, and only the client that read the link can follow it.
        outage_since: since when the service had not answered any call of the account when this one gave up, in UTC;
            None where the failure is not part of an outage.
    """

    def __init__(
        self,
        message: str,
        *,
        request: Asked | None = None,
        status: int | None = None,
        errors: tuple[ErrorDetail, ...] = (),
        attempts: int = 0,
        retry_after: float | None = None,
        maybe_applied: bool = False,
        body: str = "",
    ) -> None:
        super().__init__(message)
        self.operation = request.operation if request else None
        self.method = request.method if request else None
        self.path = request.path.partition("?")[0] if request else None
        self.status = status
        self.errors = errors
        self.attempts = attempts
        self.retry_after = retry_after
        self.maybe_applied = maybe_applied
        self.body = body
        self.items: list[Any] | None = None
        self.resume_from: str | None = None
        self.outage_since: datetime | None = None

    @property
    def code(self) -> str | None:
        """The first error code of the server's body."""
        return next((detail.code for detail in self.errors if detail.code), None)

    def __reduce__(self) -> tuple[Callable[..., IntegratorError], tuple[type, str, dict[str, Any]]]:
        return _rebuild, (type(self), str(self), dict(self.__dict__))


def _rebuild(cls: type[IntegratorError], message: str, state: dict[str, Any]) -> IntegratorError:
    error = cls(message)
    error.__dict__.update(state)
    return error


class ConfigurationError(IntegratorError, ValueError):
    """A setting that cannot work; nothing was sent."""


class ArgumentError(ConfigurationError):
    """An argument of a call that cannot work; nothing was sent."""


class ReadOnlyError(IntegratorError):
    """A write, or a read with side effects, through a read-only client; nothing was sent."""


class ClientClosedError(IntegratorError, RuntimeError):
    """The client was used after `aclose()`, or was closed while the call was under way.

    `maybe_applied` says whether a write that was under way may have taken effect.
    """


class NoAnswerError(IntegratorError):
    """No usable answer came."""


class ConnectError(NoAnswerError):
    """The request was certainly not sent: the name did not resolve, or nobody accepted the connection."""


class TLSError(ConnectError):
    """The certificate or the TLS handshake failed; never tried again."""


class RequestTimeoutError(NoAnswerError):
    """The call's deadline passed, or no byte came within the read time-out of its last try."""


class ProxyRefusedError(ConnectError):
    """The proxy answered CONNECT with 4xx, such as 407 for a wrong password; the request was not sent."""


class ConnectTimeoutError(ConnectError, RequestTimeoutError):
    """No connection within `Timeouts.connect`; the request was not sent."""


class ReadError(NoAnswerError):
    """The connection broke after the request may have been sent, or what came back was no HTTP."""


class UnreadableReplyError(NoAnswerError):
    """An answer came, and its body is cut, no JSON, or of another shape than the operation answers."""


class ReplyTooLargeError(UnreadableReplyError):
    """The answer's body, decoded, is larger than `max_body_bytes`, or a download than `max_download_bytes`.

    The same request is not tried again. A list asks for smaller pages, and raises this where there are none.

    Attributes:
        begun: records of a page that begin within the limit, or None where that is not known.
    """

    begun: int | None = None


class NotJSONError(UnreadableReplyError, ValueError):
    """`Reply.json()` was called for a body that is not JSON; `status` is the reply's."""


class StatusError(IntegratorError):
    """An answer came and it says no; `body` holds its beginning as text."""


class InvalidRequestError(StatusError):
    """400 or 422: the server refuses the request as malformed or invalid."""


class AuthenticationError(StatusError):
    """401: the token is missing, wrong, expired, or belongs to the other region."""


class PermissionDeniedError(StatusError):
    """403: the token is valid and may not do this."""


class NotFoundError(StatusError):
    """404: no such thing, or not visible to this token."""


class ConflictError(StatusError):
    """409, or (with `status` None) the record changed between our read and our write."""


class RateLimitedError(StatusError):
    """429: the account's bucket is full, and stayed so for every try.

    It is also raised at once, with 0 attempts, where the pause that the server asked for is longer than the call may
    take; `retry_after` says how many seconds of it are left.
    """


class ServerError(StatusError):
    """5xx: the server or something before it failed."""


class PaginationError(IntegratorError):
    """A list that cannot be read to its end: its links go in a circle, or do not end."""


class UnsafeLinkError(PaginationError):
    """A next link that leads to a foreign host or out of the API; it was not followed."""


def system_reason(error: OSError, place: object = None) -> str:
    """Return the file and what the system says of it: `a.json: Permission denied`.

    Args:
        error: what the system says.
        place: the file to name where the error names none.
    """
    reason = error.strerror or str(error) or type(error).__name__
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else place
    return reason if name is None else f"{name}: {reason}"


def larger(limit: int, what: str = "the answer", why: str = "") -> str:
    """Return the message of a ReplyTooLargeError, with the limit, and the argument and option that raise it."""
    return (
        f"{what} is larger than max_body_bytes ({limit:,} bytes){why}; "
        "allow more with max_body_bytes= (command line: --max-body-bytes)"
    )


def for_status(status: int) -> type[StatusError]:
    """The class that names a refusing status."""
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, StatusError)


_BY_STATUS: dict[int, type[StatusError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: InvalidRequestError,
    429: RateLimitedError,
}
