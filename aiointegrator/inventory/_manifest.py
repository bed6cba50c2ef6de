"""Read a manifest, and hold it against the files beside it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..orchestrators import KINDS
from ._files import JOURNAL, LISTING, MANIFEST, SCHEMA, file_of
from .errors import (
    InventoryDamagedError,
    InventoryError,
    InventoryInterruptedError,
    InventoryVersionError,
    NotAnInventoryError,
)

_TYPES: dict[str, type] = {
    "complete": bool, "base_url": str, "started": str, "finished": str, "kinds": list, "counts": dict, "branches": list
}  # fmt: skip
_BRANCH: dict[str, Any] = {"integration": str, "kind": str, "status": str, "records": int, "error": str | None}
_GAP: dict[str, Any] = {"integration": str | None, "kind": str, "status": str, "error": str | None}
_FILE: dict[str, type] = {"records": int, "bytes": int, "sha256": str}
_CHUNK = 1 << 20
_AGAIN = "copy the whole directory again, or crawl again with --fresh"


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest, of a form that the library knows.

    Raises:
        NotAnInventoryError: there is none; InventoryInterruptedError where a crawl was interrupted.
        InventoryVersionError: it was written by a newer version.
        InventoryDamagedError: it is cut off, or says what no manifest says.
    """
    path = directory / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise _nothing(directory) from None
    except OSError as error:
        raise InventoryError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InventoryDamagedError(f"{path} is cut off or no JSON; {_AGAIN}") from None
    _check_form(path, found)
    return dict(found)


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


def _check_form(path: Path, found: Any) -> None:
    schema = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(schema, int):
        raise NotAnInventoryError(f"{path} is the manifest of something else: it names no schema")
    if schema > SCHEMA:
        raise InventoryVersionError(f"{path} has schema {schema}, and this version reads {SCHEMA}; use a newer one")
    wrong = [key for key, type_ in _TYPES.items() if not isinstance(found.get(key), type_)]
    wrong += [f"kinds ({kind!r})" for kind in found.get("kinds") or () if kind not in KINDS]
    wrong += [] if all(map(_is_branch, found.get("branches") or ())) else ["branches"]
    wrong += [] if _are_gaps(found.get("gaps") or []) else ["gaps"]
    wrong += [] if _are_files(found.get("files") or {}) else ["files"]
    wrong += [] if isinstance(found.get("duplicates", 0), int) else ["duplicates"]
    if wrong:
        raise InventoryDamagedError(f"{path} has no usable {', '.join(wrong)}; {_AGAIN}")


def _is_branch(row: Any) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(key), type_) for key, type_ in _BRANCH.items())


def _are_gaps(rows: Any) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, dict) and all(key in row and isinstance(row[key], type_) for key, type_ in _GAP.items())
        for row in rows
    )


def _are_files(files: Any) -> bool:
    return isinstance(files, dict) and all(
        isinstance(file, dict) and all(isinstance(file.get(key), type_) for key, type_ in _FILE.items())
        for file in files.values()
    )


def at_a_glance(directory: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong as far as names, sizes and numbers tell, without reading the files."""
    for kind in (LISTING, *manifest["kinds"]):
        path, said = directory / file_of(kind), described(manifest, kind)
        if not path.is_file():
            yield f"{path} is missing"
        elif said is not None and path.stat().st_size != said.get("bytes"):
            yield f"{path} has {path.stat().st_size:,} bytes, and the manifest says {said.get('bytes'):,}"
        if said is not None and said.get("records") != manifest["counts"].get(kind, 0):
            yield f"{directory / MANIFEST} counts {kind} in two ways"
    gaps = manifest.get("gaps") or [row for row in manifest["branches"] if row["status"] != "read"]
    if manifest["complete"] and gaps:
        yield f"{directory / MANIFEST} says that everything was read, and names what was not"
    yield from _branches_at_a_glance(directory / MANIFEST, manifest)


def _branches_at_a_glance(path: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the branches: one that is not named would look as if there were none of its records."""
    rows = [row for row in manifest["branches"] if row["kind"] in manifest["kinds"]]
    named = len({(row["integration"], row["kind"]) for row in rows})
    if named != len(rows):
        yield f"{path} names a branch twice"
    wanted = manifest["counts"].get(LISTING, 0) * len(manifest["kinds"])
    if named != wanted:
        yield f"{path} names {named:,} branches of {wanted:,}, one for each integration and kind"
    records = Counter[str]()
    for row in rows:
        records[row["kind"]] += row["records"]
    for kind in manifest["kinds"]:
        if records[kind] > manifest["counts"].get(kind, 0):
            yield f"{path} has {records[kind]:,} {kind} in its branches, and counts {manifest['counts'].get(kind, 0):,}"


def in_full(directory: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with what the files hold; reads each of them once."""
    for kind in (LISTING, *manifest["kinds"]):
        path, said = directory / file_of(kind), described(manifest, kind)
        if not path.is_file():
            continue
        records, digest, whole = _content(path)
        if not whole:
            yield f"{path}: its last line is cut off"
        if said is not None and digest != said.get("sha256"):
            yield f"{path} was changed: its sha256 is not the manifest's"
        if records != manifest["counts"].get(kind, 0):
            yield f"{path} has {records:,} records, and the manifest says {manifest['counts'].get(kind, 0):,}"


def described(manifest: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """What the manifest says of a kind's file; manifests before 0.1.0 say nothing."""
    said: dict[str, Any] | None = (manifest.get("files") or {}).get(file_of(kind))
    return said


def _content(path: Path) -> tuple[int, str, bool]:
    """Lines, sha256, and whether the last line has its end."""
    lines, digest, last = 0, hashlib.sha256(), b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            lines += chunk.count(b"\n")
            digest.update(chunk)
            last = chunk[-1:]
    return lines, digest.hexdigest(), last == b"\n"


def refuse(directory: Path, problems: list[str]) -> None:
    """Raise InventoryDamagedError where there are problems."""
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise InventoryDamagedError(f"{problems[0]}{more}; {_AGAIN}", problems)
