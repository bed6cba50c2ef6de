"""What a crawl leaves on disk: written by `InventoryWriter`, read by `Inventory`."""

from __future__ import annotations

from ._files import SCHEMA
from ._standing import branches_on_disk, refuse_existing
from .errors import (
    InventoryDamagedError,
    InventoryError,
    InventoryExistsError,
    InventoryGapError,
    InventoryInterruptedError,
    InventoryMismatchError,
    InventoryVersionError,
    InventoryWriteError,
    NotAnInventoryError,
)
from .reader import Inventory, InventoryGap
from .writer import InventoryWriter

__all__ = [
    "SCHEMA",
    "Inventory",
    "InventoryDamagedError",
    "InventoryError",
    "InventoryExistsError",
    "InventoryGap",
    "InventoryGapError",
    "InventoryInterruptedError",
    "InventoryMismatchError",
    "InventoryVersionError",
    "InventoryWriteError",
    "InventoryWriter",
    "NotAnInventoryError",
    "branches_on_disk",
    "refuse_existing",
]
