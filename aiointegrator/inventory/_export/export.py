"""`export`: an inventory handed over as CSV, JSON Lines, SQLite or Parquet, with what is missing from it beside."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from ..._domain.kinds import KINDS
from ...errors import ArgumentError, system_reason
from .._redact.redaction import Redaction
from .._sql.build import fill, parsed, row_of
from .._sql.schema import columns_of
from .._store.files import DATABASE, INTEGRATIONS, JOURNAL, MANIFEST, json_bytes, part_of, sync_directory, sync_file
from .._store.reader import InventoryReader
from .._store.redacted_reader import InventoryView
from ..errors import InventoryExistsError, InventoryWriteError
from .csv import COMMA, checked_delimiter, write_csv
from .parquet import require_duckdb, write_parquet

_Table = Callable[[Path, Sequence[str], Iterable[Sequence[Any]]], None]
ExportFormat = Literal["csv", "jsonl", "sqlite", "parquet"]
GAPS = "gaps"
_GAPS = ("integration", "kind", "status", "error")


def export(
    inventory: InventoryReader,
    destination: str | os.PathLike[str],
    format: ExportFormat,
    redaction: Redaction | None,
    *,
    kinds: Sequence[str] = (),
    delimiter: str | None = None,
    fresh: bool = False,
) -> tuple[Path, ...]:
    """Write an inventory in another form; one record is held at a time.

    CSV, JSON Lines and Parquet are a directory with a file for each kind; SQLite is one file with the tables and views
    of `inventory.sqlite`. What the crawl could not read is in `gaps` beside them: look there before taking nothing for
    none. Files get their names when all are whole.

    Args:
        inventory: what is handed over.
        destination: a directory, or for SQLite a file; made where it is not there.
        format: `csv`, for spreadsheets: the columns of the tables; `jsonl`: the lines of the inventory; `sqlite`; or
            `parquet`: the columns and the whole record.
        redaction: what is hidden, such as `Redaction()`; None hands over what the server sent.
        kinds: some of the inventory's; none are all. The integrations always go with them.
        delimiter: of CSV, what separates cells: one character, or `tab`; default: a comma.
        fresh: replace an export that is there.

    Returns:
        The files.

    Raises:
        ArgumentError: no such format, kind or delimiter, a delimiter for another format than CSV, or a destination
            that is an inventory itself.
        ConfigurationError: Parquet without the `parquet` extra.
        InventoryExistsError: a file is there already, and `fresh` was not asked for.
        InventoryDamagedError: the inventory is not what the crawl wrote.
        InventoryWriteError: the disk is full, or the like; no file has got its name.
    """
    if format not in get_args(ExportFormat):
        raise ArgumentError(f"format must be one of {', '.join(get_args(ExportFormat))}, not {format!r}")
    if delimiter is not None and format != "csv":
        raise ArgumentError(f"a delimiter is for csv; {format} has none")
    if format == "parquet":
        require_duckdb()
    view = InventoryView(inventory, _checked(inventory, kinds), redaction)
    separated = partial(write_csv, delimiter=checked_delimiter(COMMA if delimiter is None else delimiter))
    files = _files(view, Path(destination), format, separated)
    with _speaking(Path(destination), []):
        _refuse(inventory, Path(destination), files, format, fresh=fresh)
    with _speaking(Path(destination), [part_of(path.parent, path.name) for path in files]):
        for path, write in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write(part_of(path.parent, path.name))
            sync_file(part_of(path.parent, path.name))
        for old in _others(files):
            old.unlink(missing_ok=True)
        for path in files:
            part_of(path.parent, path.name).replace(path)
            sync_directory(path.parent)
    return tuple(files)


def _files(
    view: InventoryView, place: Path, format: ExportFormat, separated: _Table
) -> dict[Path, Callable[[Path], None]]:
    """Every file and what writes it, what is missing first, so that no record ever stands without it."""
    if format == "sqlite":
        return {place: lambda part: _write_sqlite(part, view)}
    table = {"csv": separated, "parquet": write_parquet, "jsonl": _write_jsonl}[format]
    files: dict[Path, Callable[[Path], None]] = {
        place / f"{GAPS}.{format}": lambda part: table(part, _GAPS, _gaps(view)),
    }
    for kind in (INTEGRATIONS, *view.kinds):
        columns = columns_of(kind) if format == "parquet" else columns_of(kind)[:-1]
        as_lines = partial(_write_lines, view=view, kind=kind)
        as_table = partial(_write_rows, table=table, view=view, kind=kind, columns=columns)
        files[place / f"{kind}.{format}"] = as_lines if format == "jsonl" else as_table
    return files


# What is written


def _write_rows(path: Path, table: _Table, view: InventoryView, kind: str, columns: Sequence[str]) -> None:
    table(path, columns, _rows(view, kind, len(columns)))


def _rows(view: InventoryView, kind: str, width: int) -> Iterator[list[Any]]:
    """The rows of a kind's table; `enabled`, which SQLite has as a number, is a flag here."""
    enabled = columns_of(kind).index("enabled") if kind == "flows" else None
    for owner, data in view.rows(kind):
        row = row_of(kind, *parsed(view, kind, owner, data))
        if enabled is not None:
            row[enabled] = bool(row[enabled])
        yield row[:width]


def _gaps(view: InventoryView) -> Iterator[list[Any]]:
    for gap in view.gaps:
        yield [gap.integration_id, gap.kind, gap.reason, gap.error]


def _write_jsonl(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("wb") as file:
        file.writelines(json_bytes(dict(zip(columns, row, strict=True))) + b"\n" for row in rows)


def _write_lines(path: Path, view: InventoryView, kind: str) -> None:
    with path.open("wb") as file:
        file.writelines(
            b'{"integration":%b,"data":%b}\n' % (json_bytes(owner), data) for owner, data in view.rows(kind)
        )


def _write_sqlite(path: Path, view: InventoryView) -> None:
    """The database of the view. Its stamp is none of an inventory's, so that nobody takes it for one."""
    path.unlink(missing_ok=True)
    left = [kind for kind in view.counts if kind not in (INTEGRATIONS, *view.kinds)]
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        fill(base, view)
        base.execute("UPDATE meta SET value = 'export' WHERE key = 'stamp'")
        base.executemany(
            "INSERT INTO branches VALUES (NULL, ?, 'not exported', 0, 0, 'left out of this export')",
            [(kind,) for kind in left],
        )


# Before and after


def _checked(inventory: InventoryReader, kinds: Sequence[str]) -> tuple[str, ...]:
    there = (INTEGRATIONS, *inventory.kinds)
    unknown = [kind for kind in kinds if kind not in there]
    if unknown:
        raise ArgumentError(f"this inventory has {', '.join(there)}; not {', '.join(map(str, unknown))}")
    return tuple(kinds) or inventory.kinds


def _refuse(
    inventory: InventoryReader, place: Path, files: Iterable[Path], format: ExportFormat, *, fresh: bool
) -> None:
    """Refuse to write over an inventory, and without `fresh` over anything."""
    folder = place.parent if format == "sqlite" else place
    is_inventory = (folder / MANIFEST).exists() or (folder / JOURNAL).exists()
    if is_inventory and (format != "sqlite" or place.name == DATABASE):
        raise ArgumentError(f"{folder} is an inventory itself; name another place for the export")
    if format == "sqlite" and place.is_dir():
        raise ArgumentError(f"{place} is a directory; name a file, such as {place / DATABASE}")
    there = [path for path in files if path.exists()]
    if there and not fresh:
        raise InventoryExistsError(f"{there[0]} is there already; name another place, or replace it with --fresh")


def _others(files: Iterable[Path]) -> list[Path]:
    """Files of kinds that an earlier export had and this one has not, which would be read with its gaps."""
    ours = list(files)
    folder, ending = ours[0].parent, ours[0].suffix
    return [path for kind in KINDS if len(ours) > 1 and (path := folder / f"{kind}{ending}") not in ours]


@contextmanager
def _speaking(place: Path, parts: Sequence[Path]) -> Iterator[None]:
    """Turn errors of the disk into one that says what to do, and leave nothing half made."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = system_reason(error) if isinstance(error, OSError) else str(error)
        failure = InventoryWriteError(f"cannot write the export to {place}: {reason}; nothing there is whole")
    except BaseException:
        _remove(parts)
        raise
    else:
        return
    _remove(parts)
    raise failure


def _remove(parts: Sequence[Path]) -> None:
    for part in parts:
        with suppress(OSError):
            part.unlink(missing_ok=True)
