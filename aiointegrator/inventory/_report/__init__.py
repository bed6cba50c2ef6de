"""`write_report`: an inventory as one page to hand over, which asks for nothing and in which no name can run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ...errors import ArgumentError, system_reason
from .._diff.compare import Comparison, compare
from .._redact.redaction import Redaction
from .._sql.connection import connected
from .._store.files import DATABASE, JOURNAL, MANIFEST, part_of, sync_directory
from .._store.reader import InventoryReader
from ..errors import InventoryExistsError, InventoryWriteError
from .bounds import Bounds
from .content import content_of
from .page import environment_of, write_page
from .safe_text import SafeText

__all__ = ["write_report"]

TITLE = "integrator.io account inventory"
_USUAL = Redaction()
_BOUNDS = Bounds()
_OURS = (MANIFEST, DATABASE, JOURNAL)


def write_report(
    inventory: InventoryReader,
    destination: str | os.PathLike[str],
    *,
    title: str | None = None,
    compare_with: InventoryReader | None = None,
    allow_mismatch: bool = False,
    redaction: Redaction | None = _USUAL,
    fresh: bool = False,
) -> Path:
    """Write an inventory as one HTML file: what was read and what was not, then all that is in it.

    It opens from disk, loads nothing, and is readable without scripts, in the dark, on a telephone and on paper. A
    large account is shown as far as a browser can bear; what is left out is counted, and the page says what shows it.

    Args:
        inventory: what is reported.
        destination: the file.
        title: its heading; default: integrator.io account inventory.
        compare_with: an older inventory of the same account; the report then says what changed since.
        allow_mismatch: compare also inventories of two addresses, tokens, or redactions; the report then says so.
        redaction: what is hidden; default: secrets. None hides nothing.
        fresh: replace a file that is there.

    Returns:
        The file.

    Raises:
        ArgumentError: the destination is a file of the inventory itself.
        ConfigurationError: jinja2, or for a comparison deepdiff, is not installed; the extra `report` has both.
        InventoryExistsError: the file is there already, and `fresh` was not asked for.
        InventoryMismatchError: the two inventories are not of one kind, and `allow_mismatch` was not asked for.
        InventoryError: the child that says what is wrong with an inventory.
        InventoryWriteError: the disk is full, or the like; then no file has got its name.
    """
    environment_of()  # says at once that jinja2 is missing
    comparison = None if compare_with is None else compare(compare_with, inventory, allow_mismatch=allow_mismatch)
    return _written(inventory, Path(destination), comparison, redaction, title=title, fresh=fresh, bounds=_BOUNDS)


def _written(
    inventory: InventoryReader,
    place: Path,
    comparison: Comparison | None,
    redaction: Redaction | None,
    *,
    title: str | None = None,
    fresh: bool,
    bounds: Bounds,
) -> Path:
    with _whole_or_not(place):
        _refuse(inventory, place, fresh=fresh)
    part = part_of(place.parent, place.name)
    with connected(inventory) as base, _whole_or_not(place, part):
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            content = content_of(inventory, base, comparison, redaction, bounds, datetime.now(UTC))
            write_page(file, {**content, "title": SafeText(redaction).name(title, TITLE)})
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
        sync_directory(place.parent)
    return place


def _refuse(inventory: InventoryReader, place: Path, *, fresh: bool) -> None:
    if place.parent.resolve() == inventory.directory.resolve() and (place.name in _OURS or place.suffix == ".jsonl"):
        raise ArgumentError(f"{place} is a file of the inventory itself; name another one for the report")
    if place.is_dir():
        raise ArgumentError(f"{place} is a directory; name a file for the report, such as {place / 'report.html'}")
    if not fresh and os.path.lexists(place):
        raise InventoryExistsError(f"{place} is there already; name another file, or replace it with --fresh")


@contextmanager
def _whole_or_not(place: Path, part: Path | None = None) -> Iterator[None]:
    """Turn the system's errors into one that says what to do, and leave nothing half written."""
    try:
        yield
    except OSError as error:
        reason = system_reason(error, place)
    except BaseException:
        _remove(part)
        raise
    else:
        return
    _remove(part)
    raise InventoryWriteError(f"cannot write {reason}; no report was written")


def _remove(part: Path | None) -> None:
    if part is not None:
        with suppress(OSError):
            part.unlink(missing_ok=True)
