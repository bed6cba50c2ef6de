"""An async Python SDK and command line for Celigo's integrator.io.

from aiointegrator import IntegratorClient

async with IntegratorClient() as client:
    async for integration in client.integrations.list():
        print(integration.id, integration.name)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__
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

if TYPE_CHECKING:
    from ._messages import Reply, Request
    from ._retry import RetryPolicy
    from .client import IntegratorClient
    from .config import CallOptions, RateLimit, Timeouts
    from .endpoints._changes import IntegrationChanges
    from .integrations import Downloaded
    from .orchestrators import Branch, Crawl, CrawlProgress, CrawlReport, Difference, Gap, IntegrationSnapshot
    from .pager import Pager
    from .session import SessionManager

_WHERE = {
    "Branch": "orchestrators",
    "CallOptions": "config",
    "Crawl": "orchestrators",
    "CrawlProgress": "orchestrators",
    "CrawlReport": "orchestrators",
    "Difference": "orchestrators",
    "Downloaded": "integrations",
    "Gap": "orchestrators",
    "IntegrationChanges": "endpoints._changes",
    "IntegrationSnapshot": "orchestrators",
    "IntegratorClient": "client",
    "Pager": "pager",
    "RateLimit": "config",
    "Reply": "_messages",
    "Request": "_messages",
    "RetryPolicy": "_retry",
    "SessionManager": "session",
    "Timeouts": "config",
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


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_WHERE[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
