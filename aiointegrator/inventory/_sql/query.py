"""Ask `inventory.sqlite`: read-only, whatever the question says."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...errors import ArgumentError
from .._redact.redaction import Redaction
from .._store.database_checksum import is_as_made
from .._store.files import DATABASE
from .._store.opening import is_there
from .._store.reader import InventoryReader
from ..errors import InventoryDamagedError, InventoryExistsError, InventoryWriteError
from .build import build_database, opened, stamp_of, temporary_database
from .redacted_rows import needed, redacted_row
from .schema import TABLES, VIEWS
from .search_words import phrase, words

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_FORBIDDEN = {"load_extension", "readfile", "writefile", "edit"}
_PATH = re.compile(r"\w+(\.\w+|\[\d+\])*")
_STEPS = 100_000
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR}
"""Codes of SQLite that speak of the file, not of the question."""


def open_database(inventory: InventoryReader | str | os.PathLike[str]) -> sqlite3.Connection:
    """Return a connection to `inventory.sqlite` on which nothing can be written, attached or loaded.

    The inventory is open, or a directory.

    The file is made first where there is none, where it is damaged, or where it is not of this inventory. Where it
    cannot be written, such as on a read-only file system or while a crawl writes to the directory, the database is made
    for this connection alone.

    Raises:
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: there is no room for a temporary database either.
    """
    inventory = opened(inventory)
    path = inventory.directory.absolute() / DATABASE  # unresolved: a symbolic link is replaced, not followed
    base = _current(path, inventory) or _made(inventory, path)
    with suppress(
        sqlite3.OperationalError
    ):  # the index is set up by its first use, with what is forbidden from here on
        base.execute("SELECT 1 FROM search LIMIT 0")
    base.set_authorizer(_may)
    base.set_progress_handler(lambda: None, _STEPS)  # lets Ctrl-C in
    return base


def _connect(path: Path) -> sqlite3.Connection:
    # it is replaced, and never written to
    # one thread uses it at a time, and another one may close it
    base = sqlite3.connect(f"{_uri(path.as_uri())}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    base.execute("PRAGMA query_only = ON")
    return base


def _uri(address: str) -> str:
    """The address of a file as SQLite takes it: the server of a Windows share is a part of the path."""
    return address if address.startswith("file:///") else address.replace("file://", "file:////", 1)


def _current(path: Path, inventory: InventoryReader) -> sqlite3.Connection | None:
    """Return a connection if the database is whole and of this inventory; say so if there is one that is damaged."""
    try:
        if path.is_file() and is_as_made(path):
            base = _connect(path)
            if _stamp(base) == stamp_of(inventory):
                return base
            base.close()
            return None
    except OSError:
        pass
    if is_there(path):
        _say(f"note: {path} is damaged, or another program changed it; it is built again from the records")
    return None


def _made(inventory: InventoryReader, path: Path) -> sqlite3.Connection:
    """Make the database anew."""
    try:
        build_database(inventory)
    except (InventoryWriteError, InventoryExistsError) as error:
        reason = str(error)
    else:
        return _connect(path)
    base = temporary_database(inventory)
    _say(f"note: {reason}; this command uses a temporary database")
    base.execute("PRAGMA query_only = ON")
    return base


def _say(text: str) -> None:
    """Tell the user; without a handler, Python prints it to stderr."""
    import logging  # a question to a database that is there does without

    logging.getLogger("aiointegrator").warning("%s", text)


def _stamp(base: sqlite3.Connection) -> str | None:
    """Return of which inventory a database is; None if it is no database."""
    try:
        found = base.execute("SELECT value FROM meta WHERE key = 'stamp'").fetchone()
    except sqlite3.Error:
        return None
    return str(found[0]) if found else None


def refusal(error: sqlite3.Error | UnicodeError, path: Path) -> ArgumentError | InventoryDamagedError:
    """What an error of SQLite says about a question, or about the file."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
        return InventoryDamagedError(
            f"{path} cannot be read: {error}; remove it, and it is built again from the records"
        )
    return ArgumentError(f"the database refuses that: {error}")


def _may(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Reading alone; the full-text index asks for one pragma of its own."""
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first == "data_version" and second is None else sqlite3.SQLITE_DENY
    if action not in _ALLOWED or (action == sqlite3.SQLITE_FUNCTION and second in _FORBIDDEN):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


class Database:
    """Questions to the database of an inventory.

        with Database("inventory") as base:
            for row in base.rows("flows", ["id", "name"], where="not enabled"):
                print(row)

    Args:
        inventory: an open inventory, or its directory.
        redaction: what is hidden in every row; conditions and searches still look at what is there. None hides nothing.

    Raises:
        InventoryError: the child that says what is wrong with the inventory.
        InventoryWriteError: the database is to be made and cannot be written.
    """

    def __init__(
        self, inventory: InventoryReader | str | os.PathLike[str], *, redaction: Redaction | None = None
    ) -> None:
        inventory = opened(inventory)
        self._base = open_database(inventory)
        self._path = inventory.directory / DATABASE
        self._redaction = redaction

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def columns(self, kind: str) -> tuple[str, ...]:
        """The columns of a table or view.

        Raises:
            ArgumentError: there is no such one.
        """
        if kind not in TABLES + VIEWS:
            raise ArgumentError(f"there is no {kind!r} here; there are {', '.join(TABLES + VIEWS)}")
        return tuple(column[0] for column in self._base.execute(f"SELECT * FROM {kind} LIMIT 0").description)  # noqa: S608 - a kind of ours

    def rows(
        self, kind: str, fields: Sequence[str] = (), *, where: str | None = None, limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """The rows of a table or view, one at a time.

        Args:
            kind: a table, such as `flows`, or a view: `flow_steps`, `used_by`, `access`, `gaps`.
            fields: columns, or paths into the record, such as `http.method`; none are all columns. A number at a path
                that Python would change (1.10, 1e400) is a float whose `str` has its digits.
            where: a condition in SQL; it can read, and nothing else.
            limit: no more than these.

        Raises:
            ArgumentError: no such table, view or field, or a condition that SQLite refuses.
        """
        columns = self.columns(kind)
        names = list(fields or columns)
        for name in names:
            _check_field(name, columns)
        redaction = self._redaction
        fetched = needed(names, columns, redaction)
        condition = f" WHERE (\n{where}\n)" if where is not None else ""
        sql = f"SELECT {', '.join(fetched)} FROM {kind}{condition} LIMIT ?"  # noqa: S608 - the authorizer lets it read and no more
        rows = self._asked(sql, (-1 if limit is None else limit,))
        return (redacted_row(redaction, kind, names, dict(zip(fetched, row, strict=True))) for row in rows)

    def search(self, text: str, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Records whose name or description has words that begin with these; of people, name and e-mail address.

        In Chinese, Japanese, Korean, Thai and other scripts without spaces, any part of a word is found.
        The best come first. Each row has `kind`, `id`, `name`, `description`. See `has_index`.

        Raises:
            ArgumentError: no word in it.
        """
        searched = words(text)
        if not searched:
            raise ArgumentError(f"there is no word to search for in {text!r}")
        most = -1 if limit is None else limit
        found = self._by_index(searched, most) if self.has_index else self._by_reading(searched, most)
        names = ("kind", "id", "name", "description")
        rows = (dict(zip(names, row, strict=True)) for row in found)
        redaction = self._redaction
        return rows if redaction is None else (redacted_row(redaction, "search", names, row) for row in rows)

    @property
    def has_index(self) -> bool:
        """Whether there is a full-text index. Where this Python's SQLite has no FTS5, a search reads every name."""
        found = self._base.execute("SELECT value FROM meta WHERE key = 'search'").fetchone()
        if not found or not found[0]:
            return False
        try:
            self._base.execute("SELECT 1 FROM search LIMIT 0")
        except sqlite3.OperationalError:  # a SQLite with FTS5 made it, and this one has none
            return False
        return True

    def _by_index(self, searched: Sequence[str], limit: int) -> Iterator[tuple[Any, ...]]:
        sql = (
            "SELECT t.kind, t.id, t.name, t.description FROM search s JOIN things t ON t.rowid = s.rowid "
            "WHERE search MATCH ? ORDER BY rank LIMIT ?"
        )
        return self._asked(sql, (" ".join(map(phrase, searched)), limit))

    def _by_reading(self, searched: Sequence[str], limit: int) -> Iterator[tuple[Any, ...]]:
        each = " AND ".join(["(' ' || coalesce(name, '') || ' ' || coalesce(description, '')) LIKE ?"] * len(searched))
        sql = f"SELECT kind, id, name, description FROM things WHERE {each} LIMIT ?"  # noqa: S608 - words are bound
        return self._asked(sql, (*(f"%{word}%" for word in searched), limit))

    def _asked(self, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        try:
            cursor = self._base.execute(sql, values)
        except (sqlite3.Error, UnicodeError) as error:  # half a character in the condition
            raise_if_interrupted(error)
            failure = refusal(error, self._path)
        else:
            return self._fetched(cursor)
        raise failure

    def _fetched(self, cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
        try:
            for row in cursor:  # noqa: UP028 - `yield from` would close the cursor, perhaps behind its closed file
                yield row
        except sqlite3.Error as error:
            raise_if_interrupted(error)
            failure = refusal(error, self._path)
        else:
            return
        raise failure


def raise_if_interrupted(error: Exception) -> None:
    """Raise KeyboardInterrupt if Ctrl-C ended a query: sqlite3 drops what is raised while SQLite calls Python."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        raise KeyboardInterrupt from None


def _check_field(field: str, columns: Sequence[str]) -> None:
    if field not in columns and ("record" not in columns or not _PATH.fullmatch(field)):
        raise ArgumentError(f"there is no field {field!r} here; there are {', '.join(columns)}")


def line_of_row(row: dict[str, Any]) -> str:
    """A row of a table as the line of the JSON Lines that it was made from."""
    owner = json.dumps(row["integration"], ensure_ascii=False)
    return f'{{"integration":{owner},"data":{row["record"]}}}'
