"""Everything of an error that a log, a debugger or a colleague may come to see."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator


def everything_shown(error: BaseException) -> str:
    """Text, repr, attributes, pickle, notes, causes and contexts, and the locals of the library's own frames."""
    return "\n".join(piece for link in _chain(error) for piece in _pieces(link))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__]


def _pieces(error: BaseException) -> Iterator[str]:
    yield from (str(error), repr(error), repr(vars(error)), repr(error.args), repr(pickle.dumps(error)))
    yield repr(getattr(error, "__notes__", []))
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "aiointegrator" in frame.f_globals.get("__name__", "") or "aiohttp" in frame.f_globals.get("__name__", ""):
            yield from (f"{frame.f_code.co_qualname}: {name} = {value!r}" for name, value in frame.f_locals.items())
