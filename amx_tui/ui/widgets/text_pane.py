"""A pane of running text that is drawn anew when its width changes, so that labels and values line up."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

__all__ = ["TextPane"]


class TextPane(VerticalScroll, can_focus=True):
    """A scrolling text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("g", "scroll_home", "To the top", show=False),
        Binding("G", "scroll_end", "To the bottom", show=False),
        Binding("ctrl+d", "page_down", "A page down", show=False),
        Binding("ctrl+u", "page_up", "A page up", show=False),
    ]
    DEFAULT_CSS = """
    TextPane {
        scrollbar-size-vertical: 1;
        & > Static { width: 1fr; height: auto; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Callable[[int], Content] = lambda width: Content("")

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static(markup=False)

    def show(self, draw: Callable[[int], Content]) -> None:
        """Show the text that `draw` gives for a width in cells."""
        self._draw = draw
        self._redraw()

    def _redraw(self) -> None:
        width = self.scrollable_content_region.width
        if width > 0:
            self.query_one(Static).update(self._draw(width))

    def _on_resize(self, event: events.Resize) -> None:
        self._redraw()

    def _on_show(self, event: events.Show) -> None:
        # What it was given while it was hidden may not have been drawn, and its size may be what it was.
        self._redraw()
