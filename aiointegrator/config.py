"""The settings of a client: frozen, checked when they are made, in seconds and bytes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict

from ._wire import Base
from .errors import ConfigurationError

MIB = 1024 * 1024
OUTAGE_PATIENCE = 300.0
"""Seconds for which a crawl waits for the end of an outage of the service."""


def _number(name: str, value: object, *, least: float, whole: bool = False, why: str = "") -> None:
    kinds: tuple[type, ...] = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not _at_least(value, least):
        kind = "a whole number" if whole else "a number"
        raise ConfigurationError(f"{name} must be {kind} {why or f'>= {least:g}'}, not {value!r}")


def _at_least(value: object, least: float) -> bool:
    return isinstance(value, int | float) and least <= value <= sys.float_info.max


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a call may take, in seconds.

    Attributes:
        connect: for one connection to come about.
        read: longest silence within one try; None is the operation's own default.
        total: the deadline of the whole call, over waiting, tries and pauses; None is the operation's own default
            (30 s; clone 360 s, install and uninstall steps 300 s).

    Raises:
        ConfigurationError: a number that is not above zero.
    """

    connect: float = 10.0
    read: float | None = None
    total: float | None = None

    def __post_init__(self) -> None:
        for name in ("connect", "read", "total"):
            value = getattr(self, name)
            if value is not None or name == "connect":
                _number(f"Timeouts.{name}", value, least=1e-9, why="of seconds above zero")

    @classmethod
    def of(cls, value: float | Timeouts | None) -> Timeouts:
        """A plain number is the total; None is every operation's own default."""
        if isinstance(value, Timeouts):
            return value
        if value is not None:
            _number("timeout", value, least=1e-9, why="of seconds above zero")
        return cls(total=value)

    def of_crawl(self) -> Timeouts:
        """Return these where a total is given, else those of a crawl: 60 s for silence and 300 s in all."""
        return self if self.total is not None else replace(self, read=self.read or 60.0, total=300.0)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How patient a call is. `RetryPolicy(attempts=1)` never repeats anything.

    Attributes:
        attempts: tries in all, the first included. Tries that fail in an outage do not count; with 1, the call does
            not wait for the end of an outage either.
        base: seconds that the first pause after a fault may last; doubled each time, chosen at random below that.
        throttled_base: the same for a refusal by the rate limit that carries no Retry-After.
        cap: longest such pause in seconds.
        max_retry_after: longest Retry-After in seconds that is slept; above it the error carries the value instead.
        quota: tokens that limit additional requests: a repeat after a throttle costs 5 and after a fault 14; a success
            gives back what it cost, or 1. Shared by all calls of a client. Tries that fail in an outage cost none.

    Raises:
        ConfigurationError: a number that cannot work.
    """

    attempts: int = 5
    base: float = 0.1
    throttled_base: float = 1.0
    cap: float = 20.0
    max_retry_after: float = 60.0
    quota: int = 500

    def __post_init__(self) -> None:
        _number("RetryPolicy.attempts", self.attempts, least=1, whole=True)
        _number("RetryPolicy.quota", self.quota, least=0, whole=True)
        for name in ("base", "throttled_base", "cap", "max_retry_after"):
            _number(f"RetryPolicy.{name}", getattr(self, name), least=0, why="of seconds >= 0")


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """Our share of the account's bucket, which is 1,000 requests deep and drains 300 a second.

    Attributes:
        rate: requests per second.
        burst: requests that may go out at once after a quiet time.

    Raises:
        ConfigurationError: a rate that is not above zero, or a burst below 1.
    """

    rate: float = 270.0
    burst: float = 900.0

    def __post_init__(self) -> None:
        _number("RateLimit.rate", self.rate, least=1e-9, why="of requests per second above zero")
        _number("RateLimit.burst", self.burst, least=1)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a session manager needs to know, apart from the token."""

    base: Base
    timeouts: Timeouts = field(default_factory=Timeouts)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    rate_limit: RateLimit | None = field(default_factory=RateLimit)
    max_connections: int = 64
    max_pages: int = 10_000
    max_body_bytes: int = 64 * MIB
    max_error_bytes: int = MIB
    max_download_bytes: int = 2048 * MIB
    read_only: bool = False
    outage_patience: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_connections", "max_pages", "max_body_bytes", "max_error_bytes", "max_download_bytes"):
            _number(name, getattr(self, name), least=1, whole=True)
        if self.outage_patience is not None:
            _number("outage_patience", self.outage_patience, least=0, why="of seconds >= 0")
        _kind("retry", self.retry, RetryPolicy)
        if self.rate_limit is not None:
            _kind("rate_limit", self.rate_limit, RateLimit)


def _kind(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise ConfigurationError(f"{name} must be a {kind.__name__}, not {value!r}")


class CallOptions(TypedDict, total=False):
    """Options of every call.

    Attributes:
        timeout: seconds for the whole call, or `Timeouts`.
        retry: how patient this call is.
        headers: more request headers; Authorization and Host cannot be set.
        query: more query parameters, for those that are not modelled.
    """

    timeout: float | Timeouts | None
    retry: RetryPolicy | None
    headers: Mapping[str, str] | None
    query: Mapping[str, object] | None
