"""`Redaction`: replace secrets in records and texts by markers, so that a change of a secret is still seen.

A marker is `[redacted 3f9a1c2b]`: the first 32 bits of an HMAC-SHA256 over the value as JSON. Equal secrets have equal
markers under one key, another secret has another one, and without the key nobody can try short secrets until one fits.
`_rules.py` and `_contexts.py` say what is secret; what may be secret is replaced too. Not replaced: an empty value, a
value that the server has masked by asterisks, a reference to a secret (`{{connection.http.token}}`), true, false and
null, and ids of records (`_id`, `_connectionId`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ... import _exact_json
from .markers import Markers
from .name_value_pairs import elements, pairs
from .secret_contexts import secret_here
from .secret_keys import NAMES, PATHS, VALUES, KeyKind, is_secret, kind_of_key, steps_of
from .secret_rules import TEXTS

DEPTH = 100
"""Below so many levels a value is hidden as one, and so is a text of so many levels of JSON."""
ROUNDS = 8
_CUE = re.compile(
    r"[=:@%]|</|/data|-----|[Bb](?:earer|EARER|asic|ASIC)\s|eyJ|_(?:live_|pat_)|gh[pousr]_|xox|shp|AIza|glpat|SG\."
)
_MOMENT = re.compile(r"[\d\-:.TZ+ ]*")
_WORD = r"[^\s@<>()\[\]{},;:\"'\\/|=&?%]"
_EMAIL = re.compile(rf"(?<!{_WORD})(?P<secret>{_WORD}+(?:@|%40){_WORD}*\.[^\W\d_]{{2,}})")
_OPEN, _WITHIN, _CAPTURED = "open", "within a person", "captured data of a customer"
_HIDDEN, _HEADER, _SEALED = "hidden", "a header that is hidden", "hidden with everything in it"
_SECRET = (_HIDDEN, _HEADER, _SEALED)
_STATES = {KeyKind.SECRET: _HIDDEN, KeyKind.LINE: _HEADER, KeyKind.SEALED: _SEALED}
_PLAIN = KeyKind.PLAIN
_LONG_KEY = 24
_PHONE = 7
"""A key of captured data that has so many digits and no letter is a number of somebody, not the name of a field."""
_Steps = tuple[tuple[str, KeyKind], ...]
_Entry = tuple[str | None, _Steps]
_JSON = {"{": "}", "[": "]", '"': '"'}


class Redaction:
    """Hides secrets, and with `users` people too. Makes copies; what it has hidden once stays as it is.

        redaction = Redaction()
        redaction.record({"_id": "5f", "http": {"token": "abc"}})   # {'_id': '5f', 'http': {'token': '[redacted …]'}}

    Args:
        users: hide people too: their names and e-mail addresses in shares and audit entries, addresses in any text, and
            every value of captured data (`sampleData`, `mockOutput`, `rawData`, …), which is data of customers.
        key: what the markers are keyed with, at least 16 bytes. None is CELIGO_REDACTION_KEY or else a key of this
            user, made on first use in `aiointegrator/redaction.key` under XDG_CONFIG_HOME (or ~/.config).

    Attributes:
        users: whether people are hidden.

    Raises:
        ArgumentError: the key is too short. On first use, ConfigurationError: so is that of the environment or file.
    """

    def __init__(self, *, users: bool = False, key: str | bytes | None = None) -> None:
        self.users = users
        self._markers = Markers(key)
        self._hidden, self._marker = self._markers.hide, self._markers.of

    def __repr__(self) -> str:
        return f"Redaction(users={self.users})"

    @property
    def note(self) -> str | None:
        """Why the markers compare within this process alone; None where they do not, or none was needed yet."""
        return self._markers.note

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart, and says nothing of either."""
        return self._markers.digest("the key itself")

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
            return self._text(text, 0) if _CUE.search(text) else text
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

    def _object(self, record: Mapping[Any, Any], state: str, depth: int, parent: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        entry = None if VALUES.isdisjoint(record) else self._entry(record)
        for key, value in record.items():
            if type(key) is not str:
                found[key] = self._value(value, state, depth)
                continue
            kind, under = kind_of_key(key), key
            if kind is _PLAIN:
                inside = state
                if entry is not None and key in VALUES:
                    inside, under = self._at_entry(entry, value, state)
            else:
                inside = self._state(kind, key, value, state, record, parent)
            if (len(key) >= _LONG_KEY or not key.isidentifier()) and _CUE.search(key):
                key = self._text(key, depth)
            if type(value) is str and inside is _OPEN:  # as `_value` does; the call costs 2 % of a record
                found[key] = self._text(value, depth, under) if _CUE.search(value) else value
            else:
                found[key] = self._value(value, inside, depth, under)
        return found

    def _entry(self, record: Mapping[Any, Any]) -> _Entry | None:
        """How the value of an entry with a secret name is hidden, or the path of the field that the value is of."""
        steps: _Steps = ()
        for key, name in record.items():
            if key in NAMES and type(name) is str and (kind := kind_of_key(name.strip())) in _STATES:
                return _STATES[kind], ()
            if key in PATHS and type(name) is str:
                steps = steps_of(name)
        return (None, steps) if steps else None

    def _at_entry(self, entry: _Entry, value: Any, state: str) -> tuple[str, str]:
        """How the value of an entry is looked at, and the key that it has in the record that the entry is about."""
        inside, steps = entry
        if inside is not None:
            return inside, ""
        parent, last = "", len(steps) - 1
        for place, (step, kind) in enumerate(steps):
            if kind is not _PLAIN:
                state = self._state(kind, step, value if place == last else None, state, {}, parent)
            parent = step
        return state, parent

    def _state(self, kind: KeyKind, key: str, value: Any, state: str, record: Mapping[Any, Any], parent: str) -> str:
        """How the value of a key is looked at, by the key and by what it is in."""
        if state is _CAPTURED or (kind is KeyKind.CAPTURED and self.users):
            return _CAPTURED
        if kind in _STATES:
            return state if state is _SEALED else _STATES[kind]
        if kind is KeyKind.CONTEXT:
            return _HIDDEN if VALUES.isdisjoint(record) and secret_here(key, parent, tuple(record)) else state
        if kind is KeyKind.REFERENCE:
            return _OPEN if type(value) is str or _is_texts(value) else state
        if kind is KeyKind.PLAIN_WITHIN:
            return _OPEN if type(value) is str and state is not _SEALED else state
        if self.users and state not in _SECRET:
            if kind is KeyKind.EMAIL or (kind is KeyKind.PERSONAL and state is _WITHIN):
                return _HIDDEN
            if kind is KeyKind.PEOPLE and type(value) is not str:
                return _WITHIN
        return state

    def _value(self, value: Any, state: str, depth: int, parent: str = "") -> Any:
        kind = type(value)
        if kind is str:
            if state is _OPEN or state is _WITHIN:
                return self._text(value, depth, parent) if _CUE.search(value) else value
            if state is _CAPTURED:
                return self._captured(value, depth)
            return self._hidden(value, scheme=state is _HEADER)
        if value is None or kind is bool:
            return value
        if state is _CAPTURED:
            return self._captured(value, depth)
        if kind is dict or isinstance(value, Mapping):
            return self._object(value, state, depth + 1, parent) if depth < DEPTH else self._marker(value)
        if kind is list or kind is tuple:
            return self._list(value, state, depth + 1, parent) if depth < DEPTH else self._marker(value)
        return self._marker(value) if state in _SECRET else value

    def _list(self, values: Any, state: str, depth: int, parent: str) -> list[Any]:
        """The items; of a pair such as `["X-Api-Key", "abc"]` in a list of pairs, the second is judged by the first."""
        return [
            self._value(one, state, depth, parent)
            if type(one) is not list or len(one) != 2 or not is_secret(one[0])
            else [self._value(one[0], state, depth), self._value(one[1], _HIDDEN, depth)]
            for one in values
        ]

    def _captured(self, value: Any, depth: int) -> Any:
        """Captured data with its keys and lists; every text and number in it is hidden."""
        if value is None or type(value) is bool:
            return value
        if type(value) is str:
            found = self._of_json(value, lambda inside: self._captured(inside, depth + 1))
            return self._hidden(value) if found is None else found
        if depth < DEPTH and isinstance(value, Mapping):
            return {self._captured_key(key, depth): self._captured(one, depth + 1) for key, one in value.items()}
        if depth < DEPTH and type(value) in (list, tuple):
            return [self._captured(one, depth + 1) for one in value]
        return self._marker(value)

    def _captured_key(self, key: Any, depth: int) -> Any:
        if type(key) is not str:
            return key
        if sum(map(str.isdigit, key)) >= _PHONE and not any(map(str.isalpha, key)):
            return self._hidden(key)
        return self._text(key, depth) if _CUE.search(key) else key

    # Texts

    def _text(self, text: str, depth: int, parent: str = "") -> str:
        """A text with a cue by all rules, until nothing is left to hide, so that another time would change nothing."""
        if _MOMENT.fullmatch(text):
            return text
        for _ in range(ROUNDS):
            before, text = text, self._once(text, depth, parent)
            if text == before or not _CUE.search(text):
                break
        return text

    def _once(self, text: str, depth: int, parent: str) -> str:
        found = self._of_json(text, lambda value: self._value(value, _OPEN, depth + 1, parent))
        if found is not None:
            return found
        text = pairs(text, self._hidden)
        if "</" in text:
            text = elements(text, self._hidden)
        low = text.lower()
        for cues, pattern in TEXTS:
            for cue in cues:
                if cue in low:
                    text = pattern.sub(self._matched, text)
                    break
        return _EMAIL.sub(self._matched, text) if self.users and ("@" in text or "%40" in text) else text

    def _of_json(self, text: str, look: Callable[[Any], Any]) -> str | None:
        """A JSON text with its value as `look` shows it, unchanged where that is the same; None if it is not JSON."""
        inner = text.strip()
        if len(inner) < 2 or _JSON.get(inner[0]) != inner[-1]:
            return None
        try:
            value = _exact_json.read(inner)
        except (ValueError, RecursionError):
            return None
        found = look(value)
        once = inner.count(":") == 0 or _says_nothing_twice(inner)
        return text if once and found == value else _exact_json.write(found)

    def _matched(self, match: re.Match[str]) -> str:
        start, end = match.span("secret")
        text, before = match.group(), match.start()
        return text[: start - before] + self._hidden(match["secret"]) + text[end - before :]


def _is_texts(value: Any) -> bool:
    return type(value) is list and all(type(one) is str for one in value)


def _says_nothing_twice(text: str) -> bool:
    """Whether no object of a JSON text has a key twice, of which the first would go by unseen."""
    twice = False

    def noted(found: list[tuple[str, Any]]) -> None:
        nonlocal twice
        twice = twice or len({key for key, _ in found}) < len(found)

    json.loads(text, object_pairs_hook=noted, parse_int=len)
    return not twice
