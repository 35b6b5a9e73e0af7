"""Fitting text into terminal cells."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len, set_cell_size

from amx_tui.domain.text import one_line

__all__ = ["Align", "fit", "keep_blanks"]

Align = Literal["left", "right"]


def fit(text: str, width: int, align: Align = "left") -> str:
    """Cut or pad `text`, which is on one line and safe to draw, to exactly `width` cells."""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else "…"[:width]
    padding = " " * (width - length)
    return padding + text if align == "right" else text + padding


def keep_blanks(text: str) -> str:
    """Make a text safe to draw without losing the blanks at its ends, which separate pieces."""
    body = text.strip(" ")
    start = len(text) - len(text.lstrip(" "))
    return " " * start + one_line(body) + " " * (len(text) - start - len(body))
