"""Markdown as people read it, drawn only where it is seen."""
