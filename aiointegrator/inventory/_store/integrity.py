"""Compare a manifest with itself and with the files beside it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InventoryDamagedError, InventoryError
from .database_checksum import is_as_made
from .files import DATABASE, INTEGRATIONS, MANIFEST, file_of
from .manifest import AGAIN, manifest_entry
from .opening import chunks_of, is_there


def check_sizes(directory: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong as far as names, sizes and numbers tell, without reading the files."""
    for kind in (INTEGRATIONS, *manifest["kinds"]):
        path, said = directory / file_of(kind), manifest_entry(manifest, kind)
        if not path.is_file():
            yield f"{path} is {'not a file' if path.exists() else 'missing'}"
        elif said is not None and path.stat().st_size != said["bytes"]:
            yield f"{path} has {path.stat().st_size:,} bytes, and the manifest says {said['bytes']:,}"
        if kind not in manifest["counts"] or (said is not None and said["records"] != manifest["counts"][kind]):
            yield f"{directory / MANIFEST} counts {kind} in two ways"
    yield from _branches_at_a_glance(directory / MANIFEST, manifest)
    yield from _gaps_at_a_glance(directory / MANIFEST, manifest)


def _branches_at_a_glance(path: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the branches: one that is not named would look as if there were none of its records."""
    rows = [row for row in manifest["branches"] if row["kind"] in manifest["kinds"]]
    named = len({(row["integration"], row["kind"]) for row in rows})
    if named != len(rows):
        yield f"{path} names a branch twice"
    wanted = manifest["counts"].get(INTEGRATIONS, 0) * len(manifest["kinds"])
    if named != wanted:
        yield f"{path} names {named:,} branches of {wanted:,}, one for each integration and kind"
    records = Counter[str]()
    for row in rows:
        records[row["kind"]] += row["records"]
    for kind in manifest["kinds"]:
        if records[kind] > manifest["counts"].get(kind, 0):
            yield f"{path} has {records[kind]:,} {kind} in its branches, and counts {manifest['counts'].get(kind, 0):,}"


def _gaps_at_a_glance(path: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the gaps: they name each branch that was not read, and there are none where all was read."""
    gaps = {(gap["integration"], gap["kind"]) for gap in manifest["gaps"]}
    if manifest["complete"] and gaps:
        yield f"{path} says that everything was read, and names what was not"
    if not manifest["complete"] and not gaps:
        yield f"{path} says that not everything was read, and does not name what"
    for row in manifest["branches"]:
        if ((row["integration"], row["kind"]) in gaps) is (row["status"] == "read"):
            yield f"{path} has a branch that was read among its gaps, or one that was not read is not there"
            return


def check_contents(directory: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with what the files hold; reads each of them once."""
    for kind in (INTEGRATIONS, *manifest["kinds"]):
        path, said = directory / file_of(kind), manifest_entry(manifest, kind)
        if not path.is_file():
            continue
        records, digest, whole = _content(path)
        if not whole:
            yield f"{path}: its last line is cut off"
        if said is not None and digest != said["sha256"]:
            yield f"{path} was changed: its sha256 is not the manifest's"
        if records != manifest["counts"].get(kind, 0):
            yield f"{path} has {records:,} records, and the manifest says {manifest['counts'].get(kind, 0):,}"


def _content(path: Path) -> tuple[int, str, bool]:
    """Lines, sha256, and whether the last line has its end."""
    lines, digest, last = 0, hashlib.sha256(), b"\n"
    for chunk in chunks_of(path, AGAIN):
        lines += chunk.count(b"\n")
        digest.update(chunk)
        last = chunk[-1:]
    return lines, digest.hexdigest(), last == b"\n"


def refuse(directory: Path, problems: list[str]) -> None:
    """Raise InventoryDamagedError where there are problems."""
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise InventoryDamagedError(f"{problems[0]}{more}; {AGAIN}", problems)


def check_database(directory: Path) -> None:
    """Raise InventoryDamagedError where there is a database and it is not as it was made."""
    path = directory / DATABASE
    if not is_there(path):
        return
    try:
        whole = path.is_file() and is_as_made(path, thorough=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InventoryError(f"cannot read {path}: {reason}; make it readable, or remove it") from None
    if not whole:
        raise InventoryDamagedError(
            f"{path} is damaged, or another program changed it; remove it, and it is built again from the records"
        )
