"""The options that every command which shows or hands over records has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ..._text import printable
from ...errors import ArgumentError
from ...inventory import Redaction
from ..output.terminal import say


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Redacting:
    """What is hidden."""

    redact: Annotated[bool, Parameter(name="--redact", negative="--no-redact", help="Hide secrets behind markers.")] = (
        True
    )
    redact_users: Annotated[
        bool, Parameter(help="Hide people too: their names and addresses, and sample data.", negative=())
    ] = False

    @contextmanager
    def redaction(self) -> Iterator[Redaction | None]:
        """What these options ask for, None where everything is to be shown; ends with a note where there is one."""
        if not self.redact and self.redact_users:
            raise ArgumentError("--redact-users hides more than secrets, and --no-redact nothing; give one of them")
        redaction = Redaction(users=self.redact_users) if self.redact else None
        yield redaction
        if redaction is not None and redaction.note:
            say(f"note: {printable(redaction.note)}")


REDACT = Redacting()
