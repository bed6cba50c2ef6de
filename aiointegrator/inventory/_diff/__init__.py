"""Compare two inventories, and render the result."""
