"""Sort the lines of a data file by integration and record, so that the same account gives the same bytes.

The order of arrival differs from crawl to crawl. The lines of one integration mostly stand together, so only the places
of these pieces and, one integration at a time, the ids of its records are held in memory.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ._files import CHUNK, End, json_bytes
from ._lines import head_in, owner_of
from ._opening import opened
from .errors import InventoryDamagedError

_AGAIN = "start again with --fresh"
_BUFFER = 1 << 16
_ID = re.compile(rb'\{\s*"_id"\s*:\s*"([^"\\]*)"')
"""The usual beginning of a record: its id, without an escape."""
_Span = tuple[int, int]
"""The bytes at which lines begin and end."""


def order_of(integration_id: str | None) -> tuple[bool, str]:
    """Return the sort key of an integration; what belongs to none comes first."""
    return integration_id is not None, integration_id or ""


def sorted_chunks(path: Path, end: End) -> Iterator[bytes]:
    """The content of a data file, sorted by integration and record; records without an id come last, as they came.

    Args:
        path: the file.
        end: what it holds.

    Raises:
        InventoryDamagedError: it does not hold that.
        InventoryError: it cannot be read.
    """
    with opened(path, _AGAIN, _BUFFER) as file:
        spans = _spans(file, path, end)
        for owner in sorted(spans, key=order_of):
            for span in _joined(_sorted_lines(file, spans[owner])):
                yield from _content(file, span)


def _spans(file: BinaryIO, path: Path, end: End) -> dict[str | None, list[_Span]]:
    """Where the lines of each integration stand; reads the whole file, and compares it with its digest."""
    found: dict[str | None, list[_Span]] = {}
    head, begin, place, digest = b"", 0, 0, hashlib.sha256()
    for line in file:
        if not head or not line.startswith(head):
            if head:
                found.setdefault(owner_of(str(path), head), []).append((begin, place))
            head, begin = head_in(line), place
        digest.update(line)
        place += len(line)
    if (place, digest.hexdigest()) != (end.bytes, end.sha256):
        raise InventoryDamagedError(f"{path} was changed while it was written; {_AGAIN}")
    if head:
        found.setdefault(owner_of(str(path), head), []).append((begin, place))
    return found


def _sorted_lines(file: BinaryIO, spans: Iterable[_Span]) -> Iterator[_Span]:
    """The lines of one integration, each as its span, by the records' ids."""
    found: list[tuple[bool, bytes, int, int]] = []
    for begin, end in spans:
        file.seek(begin)
        while begin < end:
            line = file.readline()
            found.append((*_key_of(line), begin, begin + len(line)))
            begin += len(line)
    found.sort()
    return ((begin, end) for _, _, begin, end in found)


def _key_of(line: bytes) -> tuple[bool, bytes]:
    """The sort key of a line: its record's id, which is found without parsing the record where it comes first."""
    start = len(head_in(line))
    if match := _ID.match(line, start):
        return False, match[1]
    found = _id_of(line[start:-2])
    if found is None:
        return True, b""
    text = found if isinstance(found, str) else json_bytes(found).decode()
    return False, text.encode("utf-8", "surrogatepass")


def _id_of(record: bytes) -> Any:
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        return None
    return found.get("_id") if isinstance(found, dict) else None


def _joined(spans: Iterable[_Span]) -> Iterator[_Span]:
    """Join the spans that follow each other, as they do where the server's order was the right one."""
    begin = end = 0
    for first, last in spans:
        if first != end:
            if end > begin:
                yield begin, end
            begin = first
        end = last
    if end > begin:
        yield begin, end


def _content(file: BinaryIO, span: _Span) -> Iterator[bytes]:
    begin, end = span
    file.seek(begin)
    while begin < end and (chunk := file.read(min(CHUNK, end - begin))):
        yield chunk
        begin += len(chunk)
