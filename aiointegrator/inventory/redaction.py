"""`Redaction`: records and texts in which secrets are markers, of which a change is still seen.

A marker is `[redacted 3f9a1c2b]`: the first 32 bits of an HMAC-SHA256 over the value as JSON. Equal secrets have equal
markers under one key, another secret has another one, and without the key nobody can try short secrets until one fits.
What `_rules.py` calls secret is replaced, and what only looks so is too. Left as they are: an empty value, what the
server has masked by asterisks, a reference to where the secret stands (`{{connection.http.token}}`), true, false and
null, and ids of records (`_id`, `_connectionId`).
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from .. import _exact_json
from ._pairs import pairs
from ._redaction_key import checked_key, usual_key
from ._rules import NAMES, TEXTS, VALUES, KeyKind, kind_of_key

DEPTH = 100
"""Below so many levels a value is hidden as one, and so is a text of so many levels of JSON."""
ROUNDS = 8
_MARKER = re.compile(r"\[redacted [0-9a-f]{8}\]")
_CUE = re.compile(
    r"[=:@%]|-----|[Bb](?:earer|EARER|asic|ASIC)\s|eyJ|_(?:live_|pat_)|gh[pousr]_|xox|shp|AIza|glpat|SG\."
)
_MOMENT = re.compile(r"[\d\-:.TZ+ ]*")
_MASKED = re.compile(r"\**")
_TEMPLATE = re.compile(r"(?:\{\{\{?\s*[A-Za-z_]\w*(?:\.[\w\[\]]+)+\s*\}?\}\}\s*)+")
_SCHEME = re.compile(r"((?:bearer|basic|token|digest|apikey|negotiate)\s+)(\S.*)", re.IGNORECASE | re.DOTALL)
_WORD = r"[^\s@<>()\[\]{},;:\"'\\/|=&?%]"
_EMAIL = re.compile(rf"(?<!{_WORD})(?P<secret>{_WORD}+(?:@|%40){_WORD}*\.[^\W\d_]{{2,}})")
_OPEN, _WITHIN, _HIDDEN, _HEADER = "open", "within a person", "hidden", "a header that is hidden"
_SECRET = (_HIDDEN, _HEADER)
_PLAIN = KeyKind.PLAIN
_LONG_KEY = 24


class Redaction:
    """Hides secrets, and with `users` people too. Makes copies; what it has hidden once stays as it is.

        redaction = Redaction()
        redaction.record({"_id": "5f", "http": {"token": "abc"}})   # {'_id': '5f', 'http': {'token': '[redacted …]'}}

    Args:
        users: hide names and e-mail addresses of people too: in shares and audit entries, and addresses in any text.
        key: what the markers are keyed with, at least 16 bytes. None is CELIGO_REDACTION_KEY or else a key of this
            user, made on first use in `aiointegrator/redaction.key` under XDG_CONFIG_HOME (or ~/.config).

    Attributes:
        users: whether people are hidden.

    Raises:
        ArgumentError: the key is too short. On first use, ConfigurationError: so is that of the environment or file.
    """

    def __init__(self, *, users: bool = False, key: str | bytes | None = None) -> None:
        self.users = users
        self._given = None if key is None else checked_key(key)

    def __repr__(self) -> str:
        return f"Redaction(users={self.users})"

    @cached_property
    def _key(self) -> tuple[bytes, str | None]:
        return usual_key() if self._given is None else (self._given, None)

    @property
    def note(self) -> str | None:
        """Why the markers compare within this process alone; None where they do not, or none was needed yet."""
        return self._key[1] if "_key" in vars(self) else None

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart, and says nothing of either."""
        return self._hash("the key itself")

    def record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A copy in which secrets are markers; plain dicts and lists.

        Raises:
            ConfigurationError: on first use, no usable key in the environment or the user's file.
        """
        try:
            return self._object(record, _OPEN, 0)
        except RecursionError:  # whoever calls stands deep already
            return {"redacted": self._marker(record)}

    def text(self, text: str) -> str:
        """A text in which passwords in addresses, tokens, and values named like secrets are markers.

        Raises:
            ConfigurationError: as of `record`.
        """
        try:
            return self._text(text, 0)
        except RecursionError:
            return self._marker(text)

    def line(self, data: bytes) -> bytes:
        """A record as JSON, redacted, on one line. What is no object that can be read is hidden as a whole.

        Raises:
            ConfigurationError: as of `record`.
        """
        try:
            record = _exact_json.read(data)
        except (ValueError, RecursionError):
            record = None
        if type(record) is not dict:
            record = {"redacted": self._marker(data.decode("utf-8", "replace"))}
        found = _exact_json.write(self.record(record))
        return found.encode("utf-8", "backslashreplace")  # half a character becomes its escape, which JSON knows

    # Objects

    def _object(self, record: Mapping[Any, Any], state: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        named = self._named(record) if not VALUES.isdisjoint(record) else None
        for key, value in record.items():
            if type(key) is not str:
                found[key] = self._value(value, state, depth)
                continue
            inside = named if named and key in VALUES else self._state(key, value, state)
            plain = len(key) < _LONG_KEY and key.isidentifier()
            found[key if plain else self._text(key, depth)] = self._value(value, inside, depth)
        return found

    def _named(self, record: Mapping[Any, Any]) -> str | None:
        """How the value of an entry with a name is to be looked at, where the name is secret."""
        names = (record.get(key) for key in NAMES)
        kinds = {kind_of_key(name.strip()) for name in names if type(name) is str}
        return _HEADER if KeyKind.LINE in kinds else _HIDDEN if KeyKind.SECRET in kinds else None

    def _state(self, key: str, value: Any, state: str) -> str:
        """How the value of a key is to be looked at, by the key and by what it stands in."""
        kind = kind_of_key(key)
        if kind is _PLAIN:
            return state
        if kind is KeyKind.SECRET:
            return _HIDDEN
        if kind is KeyKind.LINE:
            return _HEADER
        if kind is KeyKind.REFERENCE:
            return _OPEN if type(value) is str or _is_texts(value) else state
        if kind is KeyKind.PLAIN_WITHIN:
            return _OPEN if type(value) is str else state
        if self.users and state not in _SECRET:
            if kind is KeyKind.EMAIL or (kind is KeyKind.PERSONAL and state == _WITHIN):
                return _HIDDEN
            if kind is KeyKind.PEOPLE and type(value) is not str:
                return _WITHIN
        return state

    def _value(self, value: Any, state: str, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            if state in _SECRET:
                return self._hidden(value, scheme=state is _HEADER)
            return self._text(value, depth) if _CUE.search(value) else value
        if value is None or kind is bool:
            return value
        if kind is dict or isinstance(value, Mapping):
            return self._object(value, state, depth + 1) if depth < DEPTH else self._marker(value)
        if kind is list or kind is tuple:
            return [self._value(one, state, depth + 1) for one in value] if depth < DEPTH else self._marker(value)
        return self._marker(value) if state in _SECRET else value

    # Texts

    def _text(self, text: str, depth: int) -> str:
        """By all rules, again and again until nothing is left to hide, so that another time would change nothing."""
        for _ in range(ROUNDS):
            if not _CUE.search(text) or _MOMENT.fullmatch(text):
                break
            before, text = text, self._once(text, depth)
            if text == before:
                break
        return text

    def _once(self, text: str, depth: int) -> str:
        if text[:1] in ("{", "[") and text[-1:] in ("}", "]") and (found := self._of_json(text, depth)) is not None:
            return found
        text = pairs(text, self._hidden)
        low = text.lower()
        for cues, pattern in TEXTS:
            for cue in cues:
                if cue in low:
                    text = pattern.sub(self._matched, text)
                    break
        return _EMAIL.sub(self._matched, text) if self.users and ("@" in text or "%40" in text) else text

    def _of_json(self, text: str, depth: int) -> str | None:
        """A text that is JSON itself, as it is where nothing in it is secret; None where it is none."""
        try:
            value = _exact_json.read(text)
        except (ValueError, RecursionError):
            return None
        found = self._value(value, _OPEN, depth + 1)
        same = found == value and (":" not in text or _says_nothing_twice(text))
        return text if same else _exact_json.write(found)

    def _matched(self, match: re.Match[str]) -> str:
        start, end = match.span("secret")
        text, before = match.group(), match.start()
        return text[: start - before] + self._hidden(match["secret"]) + text[end - before :]

    # Markers

    def _hidden(self, text: str, *, scheme: bool = False) -> str:
        """A secret text; of a header, the scheme before the token stays."""
        if _MASKED.fullmatch(text) or _MARKER.fullmatch(text) or _TEMPLATE.fullmatch(text):
            return text
        found = _SCHEME.fullmatch(text) if scheme else None
        return found[1] + self._hidden(found[2]) if found else self._marker(text)

    def _marker(self, value: Any) -> str:
        return f"[redacted {self._hash(value)}]"

    def _hash(self, value: Any) -> str:
        return hmac.digest(self._key[0], _canonical(value), "sha256").hex()[:8]


def _is_texts(value: Any) -> bool:
    return type(value) is list and all(type(one) is str for one in value)


def _canonical(value: Any) -> bytes:
    """A value as the one JSON that means it; what has none, by its type alone."""
    try:
        return _exact_json.write(value, sort_keys=True, ensure_ascii=True).encode()
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__.encode()


def _says_nothing_twice(text: str) -> bool:
    """Whether no object of a JSON text has a key twice, of which the first would go by unseen."""
    twice = False

    def noted(found: list[tuple[str, Any]]) -> None:
        nonlocal twice
        twice = twice or len({key for key, _ in found}) < len(found)

    json.loads(text, object_pairs_hook=noted, parse_int=len)
    return not twice
