"""`name=value`, `name: value`, `"name": "value"` and `<name>value</name>` in a text: hide values with secret names."""

from __future__ import annotations

import re
from collections.abc import Callable

from .secret_contexts import hinted, secret_in_text
from .secret_keys import SECRET_KINDS, KeyKind, kind_of_key

_NAME = re.compile(
    r"(?:(?<![\w.$-])|(?<=%[0-9A-Fa-f]{2}))([A-Za-z_$][\w.$-]{0,99})(?:\\*[\"'])?\s{0,8}(?:=>|%3[Dd]|[:=])\s{0,8}"
)
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
_OWNER = re.compile(r"([A-Za-z_$][\w$-]{0,50})[\"'\\]{0,9}\s{0,8}(?:=>|[:=])\s{0,8}$")
_AROUND = 120
"""So many characters before and behind a name tell which object it is in."""


def pairs(text: str, hide: Callable[..., str]) -> str:
    """Return the text with `hide(value, scheme=...)` for each value that is secret by its name."""
    pieces, done = [], 0
    for name in _NAME.finditer(text):
        if name.start() < done:
            continue
        kind = kind_of_key(name[1])
        if kind not in SECRET_KINDS and not (kind is KeyKind.CONTEXT and _in_secret_object(text, name)):
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


def _in_secret_object(text: str, name: re.Match[str]) -> bool:
    """Return whether a key is secret in the object around it, in a text such as code or cut JSON."""
    before, behind = text[max(0, name.start() - _AROUND) : name.start()], text[name.end() : name.end() + _AROUND]
    if "{" not in before or not hinted(name[1], before + behind):
        return False
    outside, _, inside = _OBJECT.sub("", before).rpartition("{")
    behind = _OBJECT.sub("", behind).partition("}")[0]
    owner = _OWNER.search(outside[-60:])
    return secret_in_text(name[1], owner[1] if owner else "", inside + behind)
