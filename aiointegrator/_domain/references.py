"""What a record refers to, wherever in it that stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .flow_steps import identity

_KEY = re.compile(r"_(?:\w*[a-z])?(connection|export|import|flow|script|lookupCache)Ids?", re.IGNORECASE)
_KINDS = {
    "connection": "connections", "export": "exports", "import": "imports", "flow": "flows", "script": "scripts",
    "lookupcache": "lookupCaches",
}  # fmt: skip
_SAMPLES = frozenset({"settings", "mockOutput", "mockResponse", "sampleData", "rawData", "sampleResponseData"})
"""Fields that hold data of the account's business, in which a name like ours means nothing."""


def references(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, id and path of everything that a record refers to, from connections to scripts."""
    yield from _inside(record, "")


def _inside(record: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    for key, value in record.items():
        if type(value) is dict:
            if key not in _SAMPLES:
                yield from _inside(value, f"{path}{key}.")
        elif type(value) is list:
            yield from _of_list(key, value, path)
        elif key[:1] == "_" and (kind := _kind(key)) and (id_ := identity(value)):
            yield kind, id_, path + key


def _of_list(key: str, values: list[Any], path: str) -> Iterator[tuple[str, str, str]]:
    kind = _kind(key) if key[:1] == "_" else None
    if key in _SAMPLES:
        return
    for number, value in enumerate(values):
        if type(value) is dict:
            yield from _inside(value, f"{path}{key}[{number}].")
        elif kind is not None and (id_ := identity(value)):
            yield kind, id_, f"{path}{key}[{number}]"


@lru_cache(4096)
def _kind(key: str) -> str | None:
    found = _KEY.fullmatch(key)
    return _KINDS[found[1].lower()] if found else None
