"""Panes side by side."""

from __future__ import annotations

from textual.containers import Horizontal

__all__ = ["Panes"]


class Panes(Horizontal):
    """Panes that cover all of their container, which then need not be drawn line by line with every frame."""

    BLANK = True
