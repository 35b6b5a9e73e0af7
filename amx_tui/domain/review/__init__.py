"""Reviewing a run: its assets in order, the decisions made on them with undo and redo, strategies, and the pace."""
