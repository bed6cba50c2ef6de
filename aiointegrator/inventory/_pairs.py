"""`name=value`, `name: value` and `"name": "value"` within a text: the value is hidden where the name is secret."""

from __future__ import annotations

import re
from collections.abc import Callable

from ._rules import KeyKind, kind_of_key

_NAME = re.compile(r"(?<![\w.$-])([A-Za-z_$][\w.$-]{0,99})(?:\\*[\"'])?\s{0,8}(?:=>|%3[Dd]|[:=])\s{0,8}")
_QUOTED = re.compile(r"(?P<escape>\\*)(?P<quote>[\"'])(?P<secret>.*?)(?:(?<!\\)(?P=escape)(?P=quote)|$)", re.DOTALL)
_LINE = re.compile(r"(?P<secret>[^\r\n\"'\\]*[^\s\"'\\])")
_WORD = re.compile(
    r"(?P<secret>(?:(?:bearer|basic|token|digest|apikey|negotiate)\s+)?(?:\{[^{}\s\"']+\}|[^\s\"'&,;<>\\]+))",
    re.IGNORECASE,
)
_LEFT = re.compile(r"\[redacted [0-9a-f]{8}\]|\{\{\{?\s*[A-Za-z_]\w*(?:\.[\w\[\]]+)+\s*\}?\}\}|[{\[](?=[\s\"'\[{]|$)")
"""A marker, a reference to where the value stands, or the beginning of what holds more pairs."""
_SECRET = (KeyKind.SECRET, KeyKind.LINE)


def pairs(text: str, hide: Callable[..., str]) -> str:
    """The text with `hide(value, scheme=...)` for each value that is secret by its name."""
    pieces, done = [], 0
    for name in _NAME.finditer(text):
        if name.start() < done:
            continue
        kind = kind_of_key(name[1])
        if kind not in _SECRET:
            continue
        value = _value(text, name.end(), kind)
        if value is not None:
            start, end = value.span("secret")
            pieces += [text[done:start], hide(value["secret"], scheme=kind is KeyKind.LINE)]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _value(text: str, place: int, kind: KeyKind) -> re.Match[str] | None:
    if _LEFT.match(text, place):
        return None
    return _QUOTED.match(text, place) or (_LINE if kind is KeyKind.LINE else _WORD).match(text, place)
