"""The database of an open inventory: opened once for each thread, and closed with the inventory."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from .._store.files import DATABASE
from .._store.reader import InventoryReader
from ..errors import InventoryDamagedError
from .query import open_database, raise_if_interrupted

_Key = tuple[int, int]
_connections: weakref.WeakKeyDictionary[InventoryReader, dict[_Key, sqlite3.Connection]] = weakref.WeakKeyDictionary()


@contextmanager
def connected(inventory: InventoryReader) -> Iterator[sqlite3.Connection]:
    """Give the connection of an open inventory; errors of SQLite become ours.

    Raises:
        InventoryError: the child that says what is wrong with the inventory or its database.
        InventoryWriteError: the database is to be built and cannot be written.
    """
    try:
        yield _connection(inventory)
    except sqlite3.Error as error:
        raise_if_interrupted(error)
        reason = str(error)
        _connections.pop(inventory, None)  # the next question opens the database again
    else:
        return
    path = inventory.directory / DATABASE
    raise InventoryDamagedError(f"{path} cannot be read: {reason}; remove it, and it is built again from the records")


def _connection(inventory: InventoryReader) -> sqlite3.Connection:
    """Return the connection of this thread; a connection must not be used by the child of a fork."""
    own = _connections.setdefault(inventory, {})
    key = os.getpid(), threading.get_ident()
    if key not in own:
        own[key] = open_database(inventory)
        weakref.finalize(inventory, own[key].close)
    return own[key]
