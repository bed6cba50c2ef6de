"""The graph of what uses what, and its renderings."""
