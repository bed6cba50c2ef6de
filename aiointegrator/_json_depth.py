"""JSON that is nested too deeply for recursion: read it as far as is useful, or whole, and write it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Any

DEPTH = 200
"""Levels of nesting that are read as values. Python's own reader fails at about 1,000 less the caller's."""

_KEPT = f"kept-{os.urandom(8).hex()}:"
_KEPT_MARKED = re.compile(f'"{_KEPT}([0-9]+)"')
_BRACKET = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_LEVELS_AT_ONCE = 16
_STEP = {ord("["): 1, ord("]"): -1}
_ALIKE = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(byte for byte in range(256) if byte not in b'[]{}"')


class AsWritten:
    """A JSON value that is kept as its text, and equal to the same text alone.

    Attributes:
        text: the value as JSON wrote it; `str` gives it too.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return type(other) is AsWritten and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __conform__(self, protocol: object) -> str:
        """Return what sqlite3 stores (PEP 246)."""
        return self.text


# Reading


def bounded(text: str, decode: Callable[[str], Any]) -> Any:
    """Read JSON, and keep what is nested below `DEPTH` levels as text."""
    if not is_deeper(text, DEPTH):
        return decode(text)
    parts: list[str] = []
    deep: list[AsWritten] = []
    done = 0
    for begin, end in _deep_spans(text):
        parts += [text[done:begin], f'"{_KEPT}{len(deep)}"']
        deep.append(AsWritten(text[begin:end]))
        done = end
    return _restored(decode("".join([*parts, text[done:]])), deep)


def whole(text: str, decode: Callable[[str], Any]) -> Any:
    """Read JSON of any depth."""
    if not is_deeper(text, DEPTH):
        return decode(text)
    values: list[Any] = []
    for piece in _pieces(text):
        values.append(_restored(decode(piece), values))
    return values[-1]


def objects(text: str, decode: Callable[[str], Any]) -> list[str]:
    """The text of each object in a JSON list, however deep it is nested.

    Args:
        text: the list.
        decode: reads a piece of it, in order to check it.

    Raises:
        ValueError: it is not JSON, or not a list of objects.
    """
    for piece in _pieces(text):
        last = decode(piece)
    found = [text[begin:end] for begin, end in _spans(text, 2)]
    if type(last) is not list or len(last) != len(found) or not all(one[0] == "{" for one in found):
        raise ValueError("a list of objects was expected")
    return found


@lru_cache(8)
def _deep_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where each value begins and ends that is kept as text; a comparison reads the same record several times."""
    return _spans(text, DEPTH + 1)


def _restored(value: Any, kept: list[Any]) -> Any:
    """The value with what was kept in place of the marks."""
    if type(value) is dict:
        return {key: _restored(inside, kept) for key, inside in value.items()}
    if type(value) is list:
        return [_restored(inside, kept) for inside in value]
    if type(value) is str and value.startswith(_KEPT):
        return kept[int(value[len(_KEPT) :])]
    return value


def is_deeper(text: str, levels: int) -> bool:
    """Return whether JSON is nested more than so many levels deep.

    Most records have fewer brackets than that. Of the others all but brackets and quotes is taken out, then the texts,
    then level by level from inside, at the speed of memory: this adds a third to the time of reading them.
    """
    if text.count("{") + text.count("[") <= levels:
        return False
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    data = data.translate(_ALIKE, _OTHERS).replace(b'""', b"")  # texts without brackets; the others have odd places
    brackets = b"".join(data.split(b'"')[::2])
    for level in range(_LEVELS_AT_ONCE):
        if len(brackets) // 2 + level <= levels:
            return False
        brackets = brackets.replace(b"[]", b"")
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) + _LEVELS_AT_ONCE > levels


def _spans(text: str, level: int) -> tuple[tuple[int, int], ...]:
    """Where each object and list of a level begins and ends."""
    places = [place for depth, _, place in _brackets(text) if depth == level]
    return tuple((begin, end + 1) for begin, end in zip(places[::2], places[1::2], strict=True))


def _pieces(text: str) -> Iterator[str]:
    """Cut JSON into pieces of `DEPTH` levels, each inner one before the outer one, which has its number instead."""
    waiting: list[list[str]] = [[]]
    done = number = 0
    for depth, opens, place in _brackets(text):
        if depth % DEPTH == 0 and opens:
            waiting[-1].append(text[done:place])
            waiting.append([])
            done = place
        elif depth % DEPTH == 0:
            yield "".join([*waiting.pop(), text[done : place + 1]])
            waiting[-1].append(f'"{_KEPT}{number}"')
            done, number = place + 1, number + 1
    yield "".join([*waiting.pop(), text[done:]])


def _brackets(text: str) -> Iterator[tuple[int, bool, int]]:
    """Each bracket outside of texts: the level that it opens or closes, whether it opens one, and where it stands.

    Raises:
        ValueError: more are closed than opened, or the other way round.
    """
    depth = place = 0
    # match after match, since a search would try every place of what follows the last bracket
    while found := _BRACKET.match(text, place):
        place = found.end()
        opens = found[1] in "{["
        depth += opens
        if not depth:
            depth = -1
            break
        yield depth, opens, place - 1
        depth -= not opens
    if depth:
        raise ValueError("the brackets of the JSON do not match")


# Writing


def with_kept(dump: Callable[[Callable[[Any], str]], str]) -> str:
    """Return what `dump` returns, given the `default` of a JSON encoder, with the texts that are kept unchanged.

    What JSON does not know is written as Python shows it.
    """
    kept: list[str] = []

    def mark(one: Any) -> str:
        if not isinstance(one, AsWritten):
            return repr(one)
        kept.append(one.text)
        return f"{_KEPT}{len(kept) - 1}"

    text = dump(mark)
    return _KEPT_MARKED.sub(lambda found: kept[int(found[1])], text) if kept else text


class _Text(str):
    """A part of JSON that waits to be given out as it is."""

    __slots__ = ()


def flat(value: Any, write: Callable[[Any], str]) -> Iterator[str]:
    """The compact JSON of a value in parts; `write` writes what is neither object nor list.

    Raises:
        ValueError: it holds itself.
    """
    around: dict[int, None] = {}  # the objects and lists that are open, by identity, the innermost last
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is _Text:
            yield one
            if one in ("}", "]"):
                around.popitem()
        elif isinstance(one, dict | list | tuple):
            if id(one) in around:
                raise ValueError("the value holds itself")
            around[id(one)] = None
            waiting += _parts(one, write)
        else:
            yield write(one)


def _parts(value: Any, write: Callable[[Any], str]) -> list[Any]:
    """The parts of an object or list, the last one first."""
    if isinstance(value, dict):
        parts = [part for key, item in value.items() for part in (_Text(","), _Text(write(str(key)) + ":"), item)]
        return [_Text("}"), *reversed(parts[1:]), _Text("{")]
    parts = [part for item in value for part in (_Text(","), item)]
    return [_Text("]"), *reversed(parts[1:]), _Text("[")]
