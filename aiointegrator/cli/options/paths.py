"""File names from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclopts import Parameter, Token


def _given(_: Any, tokens: Sequence[Token]) -> Path:
    """Return the path; an empty one, which would mean the working directory, is usually an unset shell variable."""
    text = tokens[0].value
    if not text.strip():
        raise ValueError("a file name is empty; if it comes from a variable, set the variable")
    return Path(text)


PATH = Parameter(converter=_given)
"""How every parameter of type Path is read."""
