"""Read a manifest, whose last line is a digest of all before it, and write the parts of it that are many rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ..errors import InventoryDamagedError, InventoryInterruptedError, InventoryVersionError, NotAnInventoryError
from .files import INTEGRATIONS, JOURNAL, MANIFEST, SCHEMA, file_of
from .json_schema import FormError
from .manifest_schema import check_manifest
from .opening import is_there, opened

AGAIN = "copy the whole directory again, or crawl again with --fresh"
LEFT_EARLY = (None, INTEGRATIONS, "failed", "the crawl did not run to its end")
"""Integration, kind, status and error of the gap of a crawl that was left before it was over."""
GAP = ("integration", "kind", "status", "error")
"""The fields of a gap."""
_SEAL = b' "sha256": "%b"\n}\n'
_SEALED = re.compile(rb'(?<=,\n) "sha256": "([0-9a-f]{64})"\n\}\n\Z')
_SEAL_LENGTH = len(_SEAL % bytes(64))


def seal_of(digest: str) -> bytes:
    """The end of a manifest: the sha256 of everything before this line."""
    return _SEAL % digest.encode()


def rows_text(key: str, rows: Iterable[bytes]) -> Iterator[bytes]:
    """A list as a field of the manifest, a row on each line, so that many rows need no memory."""
    yield b' "%b": [' % key.encode()
    for number, row in enumerate(rows):
        yield (b",\n  " if number else b"\n  ") + row
    yield b"\n ],\n"


def read_manifest(directory: Path) -> dict[str, Any]:
    """Return the manifest, with the errors of `read_with_digest`."""
    return read_with_digest(directory)[0]


def read_with_digest(directory: Path) -> tuple[dict[str, Any], str]:
    """Return the manifest, every field checked, and the sha256 of the file; `gaps` name everything that was not read.

    Raises:
        NotAnInventoryError: there is none; InventoryInterruptedError where a crawl was interrupted.
        InventoryVersionError: a newer version wrote it.
        InventoryDamagedError: it is damaged.
        InventoryError: it cannot be read.
    """
    path = directory / MANIFEST
    if not is_there(path):
        raise _nothing(directory)
    with opened(path, AGAIN) as file:
        content = file.read()
    try:
        found = _parsed(content)
    except (ValueError, RecursionError):
        raise InventoryDamagedError(f"{path} is cut off or no JSON; {AGAIN}") from None
    schema = found.get("schema") if isinstance(found, dict) else None
    _check_digest(path, content, found)
    if type(schema) is not int or schema < 1:
        raise NotAnInventoryError(f"{path} is the manifest of something else: it names no schema; {AGAIN}")
    if schema > SCHEMA:
        raise InventoryVersionError(
            f"{path} has schema {schema}, and this version of aiointegrator reads schema {SCHEMA}; use a newer version"
        )
    _check_form(path, content, found)
    return {**found, "gaps": _every_gap(found)}, hashlib.sha256(content).hexdigest()


def _parsed(content: bytes, **options: Any) -> Any:
    return json.loads(content.decode(), parse_constant=_refuse_constant, **options)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _check_digest(path: Path, content: bytes, found: Any) -> None:
    """Compare the digest, where there is one: manifests before 0.1.0 have none."""
    if not isinstance(found, dict) or "sha256" not in found:
        return
    seal = _SEALED.search(content, max(0, len(content) - _SEAL_LENGTH - 2))
    digest = hashlib.sha256(content[:-_SEAL_LENGTH]).hexdigest().encode()
    if seal is None or seal[1] != digest:
        raise InventoryDamagedError(f"{path} was changed or is damaged: its sha256 is not that of its content; {AGAIN}")


def _check_form(path: Path, content: bytes, found: dict[str, Any]) -> None:
    """Check every field.

    Where there is no digest, each field must be known and be there once: a flipped bit in the digest's name must not
    make it an old manifest.
    """
    old = "sha256" not in found
    try:
        check_manifest(found, closed=old)
        if old:
            _parsed(content, object_pairs_hook=_refuse_twice)
    except FormError as error:
        raise InventoryDamagedError(f"{path} has no usable {error}; {AGAIN}") from None


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FormError("must have each field once")
    return found


def _every_gap(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The gaps of a manifest; before 0.1.0 they did not name the branches that were not read."""
    gaps = [*manifest.get("gaps", ())]
    if "sha256" in manifest:
        return gaps
    named = {(gap["integration"], gap["kind"]) for gap in gaps}
    gaps += [
        {key: row[key] for key in GAP}
        for row in manifest["branches"]
        if row["status"] != "read" and (row["integration"], row["kind"]) not in named
    ]
    return gaps if gaps or manifest["complete"] else [dict(zip(GAP, LEFT_EARLY, strict=True))]


def _nothing(directory: Path) -> NotAnInventoryError:
    """There is no manifest."""
    if not (directory / JOURNAL).exists():
        return NotAnInventoryError(_absent(directory))
    return InventoryInterruptedError(
        f"{directory} holds an interrupted crawl; finish it with: aiointegrator crawl --out {directory} --resume"
    )


def _absent(directory: Path) -> str:
    if not directory.is_dir():
        return f"{directory} is no directory; name the one that `aiointegrator crawl --out` wrote"
    return f"{directory} is no inventory: it has no {MANIFEST}, which a crawl writes last"


def manifest_entry(manifest: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """What the manifest says of a kind's file; manifests before 0.1.0 say nothing."""
    said: dict[str, Any] | None = (manifest.get("files") or {}).get(file_of(kind))
    return said
