"""Settings are checked when they are made."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from aiointegrator._wire import Base
from aiointegrator.config import CallOptions, RateLimit, Settings, Timeouts
from aiointegrator.errors import ConfigurationError
from aiointegrator.session._retry import RetryPolicy

BASE = Base("https://api.integrator.io")
NO_SECONDS: list[Any] = [0, 0.0, -1, math.inf, math.nan, "5", True, [], -math.inf]


def settings(**values: Any) -> Settings:
    return Settings(base=BASE, **values)


@pytest.mark.parametrize("name", ["connect", "read", "total"])
@pytest.mark.parametrize("value", NO_SECONDS)
def test_timeouts_are_above_zero(name: str, value: Any) -> None:
    """A time-out that cannot work is refused, and the message names it."""
    with pytest.raises(ConfigurationError, match=f"Timeouts.{name} must be a number of seconds above zero"):
        Timeouts(**{name: value})


def test_no_connect_timeout_is_refused() -> None:
    """There is always a bound on connecting; None is no number of seconds."""
    with pytest.raises(ConfigurationError, match=r"Timeouts\.connect"):
        Timeouts(connect=None)


@pytest.mark.parametrize("value", NO_SECONDS)
def test_a_plain_timeout_is_above_zero(value: Any) -> None:
    """`timeout=` takes seconds above zero."""
    with pytest.raises(ConfigurationError, match="timeout must be a number of seconds above zero"):
        Timeouts.of(value)


@pytest.mark.parametrize(
    ("value", "timeouts"),
    [
        (None, Timeouts()),
        (5, Timeouts(total=5)),
        (0.25, Timeouts(total=0.25)),
        (Timeouts(connect=1, read=2, total=3), Timeouts(connect=1, read=2, total=3)),
    ],
)
def test_a_plain_timeout_is_the_total(value: Any, timeouts: Timeouts) -> None:
    """A number is the deadline of the whole call, None every operation's own default."""
    assert Timeouts.of(value) == timeouts


@pytest.mark.parametrize(
    ("values", "name"),
    [({"rate": v}, "rate") for v in (*NO_SECONDS, None)] + [({"burst": v}, "burst") for v in (*NO_SECONDS, None, 0.99)],
)
def test_a_rate_limit_that_cannot_work(values: dict[str, Any], name: str) -> None:
    """A rate is above zero, and a burst holds at least one request."""
    with pytest.raises(ConfigurationError, match=rf"RateLimit\.{name} must be a number"):
        RateLimit(**values)


@pytest.mark.parametrize(
    "name", ["max_connections", "max_pages", "max_body_bytes", "max_error_bytes", "max_download_bytes"]
)
@pytest.mark.parametrize("value", [0, -1, 1.0, "1", True, None, math.inf])
def test_limits_are_whole_numbers(name: str, value: Any) -> None:
    """Bounds are whole numbers from 1, and the message names the one that is not."""
    with pytest.raises(ConfigurationError, match=f"{name} must be a whole number >= 1"):
        settings(**{name: value})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"retry": None}, "retry must be a RetryPolicy"),
        ({"retry": 5}, "retry must be a RetryPolicy"),
        ({"rate_limit": 270}, "rate_limit must be a RateLimit"),
        ({"rate_limit": RetryPolicy()}, "rate_limit must be a RateLimit"),
    ],
)
def test_settings_of_a_wrong_kind(values: dict[str, Any], message: str) -> None:
    """A setting of another kind is refused where it is given, not where it is first used."""
    with pytest.raises(ConfigurationError, match=message):
        settings(**values)


def test_defaults_stay_below_the_documented_bucket() -> None:
    """By default we keep below the account's bucket: 300 a second, 1,000 deep."""
    limit = settings().rate_limit
    assert limit is not None
    assert limit.rate < 300
    assert limit.burst < 1000
    assert settings(rate_limit=None).rate_limit is None


@pytest.mark.parametrize("make", [Timeouts, RateLimit, settings, RetryPolicy])
def test_settings_are_frozen_and_keyword_only(make: Callable[..., Any]) -> None:
    """Settings cannot be changed once made, and are given by name."""
    value = make()
    for field in dataclasses.fields(value):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, None)
    with pytest.raises(TypeError):
        make(1)


def test_call_options_are_all_optional() -> None:
    """Every call can be made without any option."""
    assert CallOptions.__required_keys__ == frozenset()
    assert CallOptions.__optional_keys__ == {"timeout", "retry", "headers", "query"}
