"""An async Python SDK and command line for Celigo's integrator.io.

from aiointegrator import IntegratorClient

async with IntegratorClient() as client:
    async for integration in client.integrations.list():
        print(integration.id, integration.name)
"""

from __future__ import annotations

from ._messages import Reply, Request
from ._retry import RetryPolicy
from ._version import __version__
from .client import IntegratorClient
from .config import CallOptions, RateLimit, Timeouts
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
from .integrations import Downloaded
from .orchestrators import Branch, Crawl, CrawlProgress, CrawlReport, Difference, Gap, IntegrationSnapshot
from .pager import Pager
from .session import SessionManager

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
    "IntegrationSnapshot",
    "IntegratorClient",
    "IntegratorError",
    "InvalidRequestError",
    "NoAnswerError",
    "NotFoundError",
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
