"""Exit codes, and the one place where an error becomes one."""

from __future__ import annotations

from ..errors import (
    ArgumentError,
    AuthenticationError,
    ConfigurationError,
    ConnectError,
    IntegratorError,
    PermissionDeniedError,
    RateLimitedError,
    ReadError,
    RequestTimeoutError,
    ServerError,
    TLSError,
)

COMPLETE = 0
ERROR = 1
USAGE = 2
FOUND = 3
AUTHENTICATION = 4
INCOMPLETE = 5
TRY_LATER = 75
CONFIGURATION = 78
INTERRUPTED = 130
TERMINATED = 143


def code_of(error: IntegratorError) -> int:
    """The exit code that names an error."""
    if isinstance(error, ArgumentError):
        return USAGE
    if isinstance(error, ConfigurationError):
        return CONFIGURATION
    if isinstance(error, AuthenticationError | PermissionDeniedError):
        return AUTHENTICATION
    if isinstance(error, TLSError):
        return ERROR
    if isinstance(error, ConnectError | ReadError | RequestTimeoutError | RateLimitedError | ServerError):
        return TRY_LATER
    return ERROR
