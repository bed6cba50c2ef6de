"""Export an inventory: CSV, JSON Lines, SQLite, Parquet."""
