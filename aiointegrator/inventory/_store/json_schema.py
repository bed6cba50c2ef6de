"""Check what a JSON value consists of, field by field.

pydantic would do it, but importing it takes about 60 ms, which every command that looks at a directory would pay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], None]
"""Raises `FormError` where a value is not as it must be."""
_LARGEST = 1 << 63


class FormError(ValueError):
    """A value that is not as it must be. As text: where it stands, and what it must be.

    Args:
        must: what it must be.
        place: where it stands.
    """

    def __init__(self, must: str, place: str = "") -> None:
        super().__init__(f"{place.removeprefix('.') or 'form'}: it {must}")
        self._must, self._place = must, place

    def inside(self, place: str) -> FormError:
        """The same, seen from the value around it."""
        return FormError(self._must, place + self._place)


def text(value: Any) -> None:
    """Check a text."""
    if type(value) is not str:
        raise FormError("must be text")


def count(value: Any) -> None:
    """Check a whole number of 0 or more that SQLite can hold; `True` is none."""
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise FormError("must be a whole number, 0 or more")


def flag(value: Any) -> None:
    """Check a truth value."""
    if type(value) is not bool:
        raise FormError("must be true or false")


def anything(value: Any) -> None:
    """Accept every value."""


def one_of(*words: str) -> Check:
    """Check one of these texts."""

    def checked(value: Any) -> None:
        if type(value) is not str or value not in words:
            raise FormError(f"must be one of {', '.join(words)}")

    return checked


def optional(check: Check) -> Check:
    """Accept null too."""
    return lambda value: None if value is None else check(value)


def list_of(check: Check) -> Check:
    """Check a list and each of its items."""

    def checked(value: Any) -> None:
        if type(value) is not list:
            raise FormError("must be a list")
        for number, item in enumerate(value):
            try:
                check(item)
            except FormError as error:
                raise error.inside(f"[{number}]") from None

    return checked


def table_of(check: Check) -> Check:
    """Check an object with any keys, and each of its values."""

    def checked(value: Any) -> None:
        if type(value) is not dict:
            raise FormError("must be an object")
        for key, item in value.items():
            _check_field(key, item, check)

    return checked


def record(required: Mapping[str, Check], others: Mapping[str, Check] = {}, *, closed: bool) -> Check:
    """Check an object with these fields; where it is `closed` it may have no other."""
    known: set[str] = {*required, *others}

    def checked(value: Any) -> None:
        if type(value) is not dict:
            raise FormError("must be an object")
        for key, check in required.items():
            if key not in value:
                raise FormError("must be there", f".{key}")
            _check_field(key, value[key], check)
        for key, check in others.items():
            if key in value:
                _check_field(key, value[key], check)
        if closed and not value.keys() <= known:
            raise FormError("must have no other fields than those of its version")

    return checked


def _check_field(key: str, value: Any, check: Check) -> None:
    try:
        check(value)
    except FormError as error:
        raise error.inside(f".{key}") from None
