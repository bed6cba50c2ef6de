"""The database of an inventory for one question: opened, closed, and its errors said in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from .._store.files import DATABASE
from .._store.reader import InventoryReader
from ..errors import InventoryDamagedError
from .query import open_database, raise_if_interrupted


@contextmanager
def asking(inventory: InventoryReader, base: sqlite3.Connection | None = None) -> Iterator[sqlite3.Connection]:
    """The database of an inventory, or the one that is open already.

    Raises:
        InventoryError: the child that says what is wrong with the inventory or its database.
        InventoryWriteError: the database is to be made and cannot be written.
    """
    try:
        if base is not None:
            yield base
            return
        with closing(open_database(inventory.directory)) as opened:
            yield opened
    except sqlite3.Error as error:
        raise_if_interrupted(error)
        reason = str(error)
    else:
        return
    path = inventory.directory / DATABASE
    raise InventoryDamagedError(f"{path} cannot be read: {reason}; remove it, and it is built again from the records")
