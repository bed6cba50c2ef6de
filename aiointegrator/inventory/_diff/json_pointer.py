"""JSON Pointer (RFC 6901): a path into a record that is never ambiguous, whatever its keys are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Step = str | int
Steps = tuple[Step, ...]


def pointer(steps: Sequence[Step]) -> str:
    """Keys and indexes as a pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def parsed(text: str) -> tuple[str, ...]:
    """The steps of a pointer, indexes as text."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def at(value: Any, steps: Sequence[Step]) -> Any:
    """What stands there.

    Raises:
        LookupError: nothing does.
    """
    for step in steps:
        if not isinstance(value, dict | list):
            raise LookupError(step)
        value = value[step]  # type: ignore[index]  # a step fits what it was made of
    return value
