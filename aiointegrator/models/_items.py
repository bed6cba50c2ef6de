"""`Items`: a list that an answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")


class Items(list[T]):
    """A list that an answer holds, and in `beside` what stood next to it where the answer was an object."""

    @cached_property
    def beside(self) -> dict[str, Any]:
        """What stood next to the list."""
        return {}

    @classmethod
    def of(cls, items: Iterable[T], beside: Mapping[str, Any]) -> Items[T]:
        """The items, and what stood next to them."""
        found = cls(items)
        found.beside = dict(beside)
        return found
