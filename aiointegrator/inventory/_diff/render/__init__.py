"""Render a comparison: text, Markdown and JSON."""
