"""The SQLite database of an inventory: build it and query it."""
