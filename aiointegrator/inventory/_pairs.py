"""`name=value`, `name: value`, `"name": "value"` and `<name>value</name>` in a text: hide values with secret names."""

from __future__ import annotations

import re
from collections.abc import Callable

from ._contexts import secret_here
from ._keys import SECRET_KINDS, KeyKind, kind_of_key

_NAME = re.compile(r"(?<![\w.$-])([A-Za-z_$][\w.$-]{0,99})(?:\\*[\"'])?\s{0,8}(?:=>|%3[Dd]|[:=])\s{0,8}")
_QUOTED = re.compile(r"(?P<escape>\\*)(?P<quote>[\"'])(?P<secret>.*?)(?:(?<!\\)(?P=escape)(?P=quote)|$)", re.DOTALL)
_LINE = re.compile(r"(?P<secret>[^\r\n\"'\\]*[^\s\"'\\])")
_WORD = re.compile(
    r"(?P<secret>(?:(?:bearer|basic|token|digest|apikey|negotiate)\s+)?(?:\{[^{}\s\"']+\}|[^\s\"'&,;<>\\]+))",
    re.IGNORECASE,
)
_LEFT = re.compile(r"\[redacted [0-9a-f]{8}\]|\{\{\{?\s*[A-Za-z_]\w*(?:\.[\w\[\]]+)+\s*\}?\}\}|[{\[](?=[\s\"'\[{]|$)")
"""A marker, a reference to where the value stands, or the beginning of what holds more pairs."""
_ELEMENT = re.compile(
    r"<(?:[\w.-]{1,99}:)?([A-Za-z_][\w.-]{0,99})(?:\s[^<>]{0,500})?>(?:<!\[CDATA\[)?(?P<secret>[^<>]+?)(?:\]\]>)?</"
)
_OBJECT = re.compile(r"\{[^{}]*\}")
_LOOKED_AT = 400
"""So many characters around a name tell which object it is in."""


def pairs(text: str, hide: Callable[..., str]) -> str:
    """Return the text with `hide(value, scheme=...)` for each value that is secret by its name."""
    pieces, done = [], 0
    for name in _NAME.finditer(text):
        if name.start() < done:
            continue
        kind = kind_of_key(name[1])
        if kind not in SECRET_KINDS and not (kind is KeyKind.CONTEXT and _secret_in_text(text, name)):
            continue
        value = _value(text, name.end(), kind)
        if value is not None:
            start, end = value.span("secret")
            pieces += [text[done:start], hide(value["secret"], scheme=kind is KeyKind.LINE)]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def elements(text: str, hide: Callable[..., str]) -> str:
    """Return an XML text with `hide(value)` for the text of each element that is secret by its name."""

    def hidden(found: re.Match[str]) -> str:
        if kind_of_key(found[1]) not in SECRET_KINDS or not found["secret"].strip():
            return found[0]
        start, end = (place - found.start() for place in found.span("secret"))
        return found[0][:start] + hide(found["secret"]) + found[0][end:]

    return _ELEMENT.sub(hidden, text)


def _value(text: str, place: int, kind: KeyKind) -> re.Match[str] | None:
    if _LEFT.match(text, place):
        return None
    return _QUOTED.match(text, place) or (_LINE if kind is KeyKind.LINE else _WORD).match(text, place)


def _secret_in_text(text: str, name: re.Match[str]) -> bool:
    """Return whether a key of a context is secret in the object that a text shows around it, as code or cut JSON does."""
    before = _OBJECT.sub("", text[max(0, name.start() - _LOOKED_AT) : name.start()])
    outside, brace, inside = before.rpartition("{")
    if not brace:
        return False
    behind = _OBJECT.sub("", text[name.end() : name.end() + _LOOKED_AT]).partition("}")[0]
    parents = [found[1] for found in _NAME.finditer(outside) if not outside[found.end() :].strip("\"' \\")]
    beside = [found[1] for found in _NAME.finditer(inside + behind)]
    return secret_here(name[1], parents[-1] if parents else "", beside)
