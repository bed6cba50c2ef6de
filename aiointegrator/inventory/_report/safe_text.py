"""Text of the account as the report may show it: redacted, without what a page would obey, and not without end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from ..._text import printable
from .._redact.redaction import Redaction

MOST = 160
_LOOKED_AT = 20_000
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")


class SafeText:
    """Writes values of the account as text, and counts those in which something was replaced by a marker.

    Args:
        redaction: what replaces secrets; None leaves them as they are.
    """

    def __init__(self, redaction: Redaction | None) -> None:
        self._redaction = redaction
        self.redacted = 0

    def text(self, value: Any, most: int = MOST) -> str:
        """A value as one line; nothing for None. What is longer than `most` is cut, and says so."""
        whole = "" if value is None else str(value)
        shown = whole[:_LOOKED_AT]
        if self._redaction is not None:
            shown = self._redaction.text(shown)
            self.redacted += shown != whole[:_LOOKED_AT]
        shown = printable(_SPACES.sub(" ", shown)).strip()
        if len(shown) <= most and len(whole) <= _LOOKED_AT:
            return shown
        return f"{shown[:most]}… (cut; {len(whole):,} characters)"

    def person(self, name: Any, email: Any) -> str:
        """A person by name and e-mail address, both hidden where the redaction hides people."""
        shown = [part for part in (self._of_person("name", name), self._of_person("email", email)) if part]
        return " · ".join(shown) or "(no name)"

    def person_name(self, name: Any, email: Any, otherwise: Any) -> str:
        """A person by one of the two."""
        return self._of_person("name", name) or self._of_person("email", email) or self.name(None, otherwise)

    def email(self, email: Any) -> str:
        """An e-mail address."""
        return self._of_person("email", email)

    def _of_person(self, key: str, value: Any) -> str:
        text = "" if value is None else str(value)[:_LOOKED_AT]
        if self._redaction is None or not self._redaction.users or not text:
            return self.text(value)
        hidden = self._redaction.record({"sharedWithUser": {key: text}})["sharedWithUser"][key]
        self.redacted += hidden != text
        return self.text(hidden)

    def name(self, value: Any, otherwise: Any) -> str:
        """A name, or what stands in for one that is missing or empty, such as an id."""
        return self.text(value) or self.text(otherwise) or "(no name)"


def moment(value: Any) -> datetime | None:
    """A moment as the API writes it; None where it is no such thing."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def spelled(value: datetime) -> str:
    """A moment for a reader."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def lasting(seconds: float) -> str:
    """A time span for a reader."""
    if seconds < 90:
        return f"{seconds:.1f} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
