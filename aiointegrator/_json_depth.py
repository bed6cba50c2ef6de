"""Find how deep JSON is nested, and cut it where it is too deep, without recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

_BRACKET = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_LEVELS_AT_ONCE = 16
_STEP = {ord("["): 1, ord("]"): -1}
_ALIKE = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(byte for byte in range(256) if byte not in b'[]{}"')


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


def spans(text: str, level: int) -> tuple[tuple[int, int], ...]:
    """Where each object and list of a level begins and ends."""
    places = [place for depth, _, place in brackets(text) if depth == level]
    return tuple((begin, end + 1) for begin, end in zip(places[::2], places[1::2], strict=True))


def pieces(text: str, levels: int, mark: str) -> Iterator[str]:
    """Cut JSON into pieces of so many levels, each inner one before the outer one.

    The outer one has a text in its place: the mark and the number of the inner one.
    """
    waiting: list[list[str]] = [[]]
    done = number = 0
    for depth, opens, place in brackets(text):
        if depth % levels == 0 and opens:
            waiting[-1].append(text[done:place])
            waiting.append([])
            done = place
        elif depth % levels == 0:
            yield "".join([*waiting.pop(), text[done : place + 1]])
            waiting[-1].append(f'"{mark}{number}"')
            done, number = place + 1, number + 1
    yield "".join([*waiting.pop(), text[done:]])


def brackets(text: str) -> Iterator[tuple[int, bool, int]]:
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
