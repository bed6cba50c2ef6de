"""What a crawl leaves on disk."""

from __future__ import annotations

from .writer import SCHEMA, InventoryExistsError, InventoryWriteError, InventoryWriter

__all__ = ["SCHEMA", "InventoryExistsError", "InventoryWriteError", "InventoryWriter"]
