"""The markers that replace secrets: a keyed digest, so that equal secrets have equal markers."""

from __future__ import annotations

import hmac
import json
import re
from functools import cached_property
from typing import Any

from ... import _exact_json
from .key import checked_key, usual_key

_MARKER = re.compile(r"\[redacted [0-9a-f]{8}\]")
_MASKED = re.compile(r"\**")
_TEMPLATE = re.compile(r"(?:\{\{\{?\s*[A-Za-z_]\w*(?:\.[\w\[\]]+)+\s*\}?\}\}\s*)+")
_encode = json.JSONEncoder().encode
_SCHEME = re.compile(r"((?:bearer|basic|token|digest|apikey|negotiate)\s+)(\S.*)", re.IGNORECASE | re.DOTALL)


class Markers:
    """Makes markers with one key.

    Args:
        key: at least 16 bytes; None is the usual key of this user, which is read or made on first use.

    Raises:
        ArgumentError: the key is too short.
    """

    def __init__(self, key: str | bytes | None) -> None:
        self._given = None if key is None else checked_key(key)

    @cached_property
    def _key(self) -> tuple[bytes, str | None]:
        return usual_key() if self._given is None else (self._given, None)

    @property
    def note(self) -> str | None:
        """Why the markers compare within this process alone; None where they do not, or none was needed yet."""
        return self._key[1] if "_key" in vars(self) else None

    def of(self, value: Any) -> str:
        """Return the marker of a value."""
        return f"[redacted {self.digest(value)}]"

    def digest(self, value: Any) -> str:
        """Return 32 bits of the keyed digest of a value, as hexadecimal digits."""
        return hmac.digest(self._key[0], _canonical(value), "sha256").hex()[:8]

    def hide(self, text: str, *, scheme: bool = False) -> str:
        """Return the marker of a text; a marker, a mask or a reference is returned unchanged.

        Args:
            text: what is hidden.
            scheme: the text is a header's value, whose scheme (`Bearer`, `Basic`, …) stays.
        """
        if _MASKED.fullmatch(text) or _MARKER.fullmatch(text) or _TEMPLATE.fullmatch(text):
            return text
        found = _SCHEME.fullmatch(text) if scheme else None
        return found[1] + self.hide(found[2]) if found else self.of(text)


def _canonical(value: Any) -> bytes:
    """A value as the one JSON that means it; what has none, by its type alone."""
    try:
        if type(value) is str:
            return _encode(value).encode()
        return _exact_json.write(value, sort_keys=True, ensure_ascii=True).encode()
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__.encode()
