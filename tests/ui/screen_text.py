"""What is on the screen of a running app, as text."""

from __future__ import annotations

from typing import Any

from textual.app import App

__all__ = ["screen_lines", "screen_text"]


def screen_lines(app: App[Any]) -> list[str]:
    """The lines of the screen as a person reads them, without colours."""
    width, height = app.size
    rows = app.screen._compositor.render_strips()  # the only way to the drawn cells without a terminal
    return ["".join(segment.text for segment in row)[:width].rstrip() for row in rows[:height]]


def screen_text(app: App[Any]) -> str:
    """The whole screen as one text."""
    return "\n".join(screen_lines(app))
