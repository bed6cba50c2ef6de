"""`inventory.sqlite`: an inventory as one file for SQL, made from the JSON Lines and never more than they say."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from ..._domain.access_levels import effective, higher, standing
from ..._domain.flow_steps import identity, objects, walk
from ..._domain.references import references
from ..._exact_json import Number, read, write
from .._store.database_checksum import seal
from .._store.files import DATABASE, INTEGRATIONS, file_of, part_of
from .._store.lock import DirectoryLock
from .._store.manifest import AGAIN
from .._store.reader import InventoryReader
from .._store.temporary_files import remove_beside, remove_database
from ..errors import InventoryDamagedError, InventoryWriteError
from .schema import COLUMNS, INDEX_SQL, SEARCH_SQL, VIEW_SQL, columns_of, table_sql
from .search_words import indexed

FORM = 3
"""Version of the tables; a database of another one is made anew."""
BATCH = 500
_NO_FTS5 = "no such module"


def build_database(inventory: InventoryReader | str | os.PathLike[str]) -> Path:
    """Build `inventory.sqlite` of an inventory, which is open or a directory; return its path.

    A table for each kind holds `id`, `integration`, what one filters by, and the whole record as JSON; `flow_steps`,
    `used_by`, `access` and `gaps` are views. It takes little memory, and the file gets its name once it is whole.

    Raises:
        InventoryError: the child that says what is wrong with the inventory; InventoryExistsError where another
            process is writing to the directory.
        InventoryWriteError: the directory cannot be written, or the disk is full.
    """
    inventory = opened(inventory)
    part, final = part_of(inventory.directory, DATABASE), inventory.directory / DATABASE
    with _speaking(inventory.directory), closing(DirectoryLock(inventory.directory)):
        try:
            remove_database(part)
            with closing(sqlite3.connect(part, isolation_level=None)) as base:
                fill(base, inventory)
            seal(part)
            remove_beside(final)
            part.replace(final)
        except BaseException:
            with suppress(OSError):
                remove_database(part)
            raise
    return final


def opened(inventory: InventoryReader | str | os.PathLike[str]) -> InventoryReader:
    """Return the inventory itself, or open the directory."""
    return inventory if isinstance(inventory, InventoryReader) else InventoryReader.open(inventory)


def temporary_database(inventory: InventoryReader) -> sqlite3.Connection:
    """Make the database for this connection alone: SQLite holds what is small in memory, and the rest in a file without
    a name, which is gone when the connection is closed.

    Raises:
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: there is no room for it.
    """
    base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    try:
        fill(base, inventory)
    except BaseException as error:
        base.close()
        if not isinstance(error, sqlite3.Error):
            raise
        reason = str(error)
    else:
        return base
    raise InventoryWriteError(
        f"cannot make a temporary database: {reason}; set TMPDIR to a directory that has room, or make "
        f"{inventory.directory} writable"
    )


def stamp_of(inventory: InventoryReader) -> str:
    """Return what tells one inventory from another: the digest of its manifest, and the form of the tables."""
    return f"{FORM}:{inventory.sha256}"


def fill(base: sqlite3.Connection, inventory: InventoryReader) -> None:
    """Make every table, view and index in an empty database."""
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -16000"):
        base.execute(f"PRAGMA {pragma}")
    base.execute("BEGIN")
    for statement in table_sql():
        base.execute(statement)
    for kind in (INTEGRATIONS, *inventory.kinds):
        _load(base, inventory, kind)
    base.executemany("INSERT INTO branches VALUES (?, ?, ?, ?, ?, ?)", _branches(inventory))
    for statement in (*INDEX_SQL, *VIEW_SQL):
        base.execute(statement)
    meta = {key: inventory.manifest[key] for key in ("base_url", "started", "finished", "complete")}
    meta |= {"search": _index(base), "stamp": stamp_of(inventory)}
    base.executemany("INSERT INTO meta VALUES (?, ?)", ((key, _cell(value)) for key, value in meta.items()))
    base.execute("COMMIT")


def _index(base: sqlite3.Connection) -> bool:
    """Make the full-text index; False where this SQLite cannot."""
    base.create_function("indexed", 1, indexed, deterministic=True)
    try:
        for statement in SEARCH_SQL:
            base.execute(statement)
    except sqlite3.OperationalError as error:
        if _NO_FTS5 not in str(error):
            raise
        return False
    return True


def _branches(inventory: InventoryReader) -> Iterator[tuple[Any, ...]]:
    """Every branch, and the gaps that are none."""
    named = set()
    for row in inventory.manifest["branches"]:
        named.add((row["integration"], row["kind"]))
        cells = row["integration"], row["kind"], row["status"], row["records"], row.get("pages"), row["error"]
        yield tuple(map(_cell, cells))
    for row in inventory.manifest["gaps"]:
        if (row["integration"], row["kind"]) not in named:
            yield tuple(map(_cell, (row["integration"], row["kind"], row["status"], 0, 0, row["error"])))


# Loading


def _load(base: sqlite3.Connection, inventory: InventoryReader, kind: str) -> None:
    columns = columns_of(kind)
    into = f"INSERT INTO {kind} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - a kind of ours
    rows = inventory.rows(kind)
    while batch := [parsed(inventory, kind, *row) for row in islice(rows, BATCH)]:
        base.executemany(into, (row_of(kind, *row) for row in batch))
        base.executemany("INSERT OR IGNORE INTO things VALUES (?, ?, ?, ?)", (_thing(kind, row[2]) for row in batch))
        base.executemany(
            "INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?)",
            (
                (kind, _own_id(record), _cell(owner), target_kind, _cell(target), path)
                for owner, _, record in batch
                for target_kind, target, path in references(record)
            ),
        )
        if kind == "flows":
            base.executemany(
                "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (step for owner, _, record in batch for step in _steps(owner, record)),
            )


def parsed(
    inventory: InventoryReader, kind: str, owner: str | None, data: bytes
) -> tuple[str | None, str, dict[str, Any]]:
    """A line of `Inventory.rows`, with its record read.

    Raises:
        InventoryDamagedError: it is none.
    """
    try:
        return owner, data.decode(), dict(read(data))
    except (ValueError, TypeError, RecursionError):
        path = inventory.directory / file_of(kind)
    raise InventoryDamagedError(f"{path} has a line that holds no record; {AGAIN}")


def row_of(kind: str, owner: str | None, text: str, record: Mapping[str, Any]) -> list[Any]:
    """The row of a kind's table, by `columns_of`."""
    found = [_own_id(record), _cell(owner)]
    found += [_cell(_at(record, path)) for path in COLUMNS[kind].values()]
    if kind == "flows":
        found.append(int(record.get("disabled") is not True))
    if kind == "ashares":
        found += map(_cell, _worth(record, owner))
    return [*found, text]


def _worth(ashare: Mapping[str, Any], integration: str | None) -> tuple[Any, ...]:
    """What a share grants on one integration, what it amounts to there, whether it counts, and what is left then."""
    granted, stands = _granted(ashare, integration), standing(ashare)
    level = higher(ashare.get("accessLevel"), granted)
    return granted, level, stands, effective(level, stands)


def _granted(ashare: Mapping[str, Any], integration: str | None) -> Any:
    """Return what a share grants on one integration: the highest of its levels there."""
    granted = None
    for grant in objects(ashare.get("integrationAccessLevel")):
        if integration is not None and grant.get("_integrationId") == integration:
            granted = higher(granted, grant.get("accessLevel"))
    return granted


def _thing(kind: str, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the search looks at; of a person, the e-mail address stands for the description."""
    paths = COLUMNS[kind]
    text = _at(record, paths.get("email", "description"))
    return kind, _own_id(record), _cell(_at(record, paths["name"])), _cell(text)


def _steps(owner: str | None, flow: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    flow_id = _own_id(flow)
    for one in walk(flow):
        yield tuple(
            map(
                _cell,
                (
                    flow_id,
                    owner,
                    one.role,
                    one.kind,
                    one.id,
                    one.position,
                    one.router,
                    one.branch,
                    one.next_router,
                    one.path,
                ),
            )
        )


def _own_id(record: Mapping[str, Any]) -> Any:
    return _cell(_at(record, "_id"))


def _at(record: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path of keys; None for an id that is blank."""
    if "." not in path:
        value = record.get(path)
        return identity(value) if path[0] == "_" and type(value) is str else value
    first, rest = path.split(".", 1)
    inside = record.get(first)
    return _at(inside, rest) if isinstance(inside, dict) else None


def _cell(value: Any) -> Any:
    """Return a value as SQLite can hold it: objects as JSON, a lone surrogate as its escape.

    A number that SQLite would change, and one that Python would, stays a `Number`, which is stored as its text.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if kind is list or kind is dict:
        return write(value, ensure_ascii=True)
    return Number(str(value)) if kind is int and abs(value) >= 1 << 63 else value


# The system


@contextmanager
def _speaking(directory: Path) -> Iterator[None]:
    """Turn errors of the disk into one that says what to do."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
    else:
        return
    raise InventoryWriteError(f"cannot write {directory / DATABASE}: {reason}; the inventory itself is whole")
