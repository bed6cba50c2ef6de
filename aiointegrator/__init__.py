"""An async Python SDK and command line for Celigo's integrator.io.

from aiointegrator import IntegratorClient

async with IntegratorClient() as client:
    async for integration in client.integrations.list():
        print(integration.id, integration.name)
"""

from __future__ import annotations

import os

from ._lazy import lazy
from ._version import __version__

if os.environ.get("SSLKEYLOGFILE"):
    from . import _keylog  # noqa: F401

TYPE_CHECKING = False  # importing `typing` takes 10 ms, in which Ctrl-C would end the program with a traceback
if TYPE_CHECKING:
    from ._domain.snapshots import Branch, CrawlProgress, CrawlReport, Difference, Gap, IntegrationSnapshot
    from ._messages import Reply, Request
    from .client import IntegratorClient
    from .config import CallOptions, RateLimit, RetryPolicy, Timeouts
    from .endpoints._changes import IntegrationChanges
    from .errors import (
        ArgumentError,
        AuthenticationError,
        ClientClosedError,
        ConfigurationError,
        ConflictError,
        ConnectError,
        ConnectTimeoutError,
        ErrorDetail,
        IntegratorError,
        InvalidRequestError,
        NoAnswerError,
        NotFoundError,
        NotJSONError,
        PaginationError,
        PermissionDeniedError,
        ProxyRefusedError,
        RateLimitedError,
        ReadError,
        ReadOnlyError,
        ReplyTooLargeError,
        RequestTimeoutError,
        ServerError,
        StatusError,
        TLSError,
        UnreadableReplyError,
        UnsafeLinkError,
    )
    from .orchestrators import Crawl
    from .pager import Pager
    from .resources.integrations import Downloaded
    from .session import SessionManager

_WHERE = {
    "ArgumentError": "errors",
    "AuthenticationError": "errors",
    "Branch": "_domain.snapshots",
    "CallOptions": "config",
    "ClientClosedError": "errors",
    "ConfigurationError": "errors",
    "ConflictError": "errors",
    "ConnectError": "errors",
    "ConnectTimeoutError": "errors",
    "Crawl": "orchestrators",
    "CrawlProgress": "_domain.snapshots",
    "CrawlReport": "_domain.snapshots",
    "Difference": "_domain.snapshots",
    "Downloaded": "resources.integrations",
    "ErrorDetail": "errors",
    "Gap": "_domain.snapshots",
    "IntegrationChanges": "endpoints._changes",
    "IntegrationSnapshot": "_domain.snapshots",
    "IntegratorClient": "client",
    "IntegratorError": "errors",
    "InvalidRequestError": "errors",
    "NoAnswerError": "errors",
    "NotFoundError": "errors",
    "NotJSONError": "errors",
    "Pager": "pager",
    "PaginationError": "errors",
    "PermissionDeniedError": "errors",
    "ProxyRefusedError": "errors",
    "RateLimit": "config",
    "RateLimitedError": "errors",
    "ReadError": "errors",
    "ReadOnlyError": "errors",
    "Reply": "_messages",
    "ReplyTooLargeError": "errors",
    "Request": "_messages",
    "RequestTimeoutError": "errors",
    "RetryPolicy": "config",
    "ServerError": "errors",
    "SessionManager": "session",
    "StatusError": "errors",
    "TLSError": "errors",
    "Timeouts": "config",
    "UnreadableReplyError": "errors",
    "UnsafeLinkError": "errors",
}
"""Names that are loaded when they are first used: `aiointegrator --help` needs no aiohttp."""

__all__ = [
    "ArgumentError",
    "AuthenticationError",
    "Branch",
    "CallOptions",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectError",
    "ConnectTimeoutError",
    "Crawl",
    "CrawlProgress",
    "CrawlReport",
    "Difference",
    "Downloaded",
    "ErrorDetail",
    "Gap",
    "IntegrationChanges",
    "IntegrationSnapshot",
    "IntegratorClient",
    "IntegratorError",
    "InvalidRequestError",
    "NoAnswerError",
    "NotFoundError",
    "NotJSONError",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "ProxyRefusedError",
    "RateLimit",
    "RateLimitedError",
    "ReadError",
    "ReadOnlyError",
    "Reply",
    "ReplyTooLargeError",
    "Request",
    "RequestTimeoutError",
    "RetryPolicy",
    "ServerError",
    "SessionManager",
    "StatusError",
    "TLSError",
    "Timeouts",
    "UnreadableReplyError",
    "UnsafeLinkError",
    "__version__",
]


__getattr__ = lazy(__name__, {**_WHERE, "errors": "errors"})


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
