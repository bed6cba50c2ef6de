"""What a crawl leaves on disk: written by `InventoryWriter`, read by `Inventory`."""

from __future__ import annotations

from ._files import SCHEMA
from .errors import (
    InventoryDamagedError,
    InventoryError,
    InventoryExistsError,
    InventoryGapError,
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
    "InventoryVersionError",
    "InventoryWriteError",
    "InventoryWriter",
    "NotAnInventoryError",
]
