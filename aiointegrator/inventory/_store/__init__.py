"""The files of an inventory: write, read, check and resume."""
