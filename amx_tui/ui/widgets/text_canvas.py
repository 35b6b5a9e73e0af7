"""Running text that changes as a whole with every key: drawn line by line, laid out by nobody but itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

__all__ = ["TextCanvas"]

Draw = Callable[[int], Sequence[Content]]


class TextCanvas(Widget, can_focus=True):
    """A text in a fixed frame; what does not fit is scrolled to.

    A pane that grows with its text has all of the screen laid out anew with each change, which costs more than the
    change itself.
    """

    @dataclass
    class Clicked(Message):
        """A cell was clicked."""

        canvas: TextCanvas
        meta: dict[str, Any]
        """What the cell's style carries."""

        @property
        def control(self) -> TextCanvas:
            """The canvas."""
            return self.canvas

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_lines(1)", "Down", show=False),
        Binding("k,up", "scroll_lines(-1)", "Up", show=False),
        Binding("g,home", "scroll_lines(-1000000)", "To the top", show=False),
        Binding("G,end", "scroll_lines(1000000)", "To the bottom", show=False),
        Binding("ctrl+d,pagedown", "scroll_pages(1)", "A page down", show=False),
        Binding("ctrl+u,pageup", "scroll_pages(-1)", "A page up", show=False),
    ]
    COMPONENT_CLASSES = {"text-canvas--more"}
    DEFAULT_CSS = """
    TextCanvas {
        width: 1fr;
        height: 1fr;
        & > .text-canvas--more { color: $text-muted; text-style: bold; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Draw = lambda width: ()
        self._strips: list[Strip] | None = None
        self._top = 0
        self._seen: list[Strip] = []
        """What stands on the screen's lines."""

    def show(self, draw: Draw, *, keeps_place: bool = False) -> None:
        """Show the lines that `draw` gives for a width in cells, from the top unless the place is kept."""
        self._draw = draw
        self._strips = None
        if not keeps_place:
            self._top = 0
        self._redraw()

    @property
    def hidden_below(self) -> int:
        """Lines below those that are seen."""
        return max(0, len(self._lines()) - self._top - self.content_size.height)

    def _lines(self) -> list[Strip]:
        if self._strips is None:
            width = self.content_size.width
            style = self.visual_style
            self._strips = [
                strip
                for line in self._draw(width)
                for strip in Visual.to_strips(self, line, width, None, style)
            ]
        return self._strips

    def _visible(self) -> list[Strip]:
        """The lines as they are to stand on the screen; the last one says how much is below it."""
        width, height = self.content_size
        base = self.rich_style
        lines = [
            line.adjust_cell_length(width, base) for line in self._lines()[self._top : self._top + height]
        ]
        below = self.hidden_below
        if below and lines:
            look = self.get_component_rich_style("text-canvas--more")
            more = Strip([Segment(f"↓ {below + 1} more lines", look)])
            lines[-1] = more.adjust_cell_length(width, base)
        return [*lines, *(Strip.blank(width, base) for _ in range(height - len(lines)))]

    def _redraw(self) -> None:
        """Have those lines drawn that are another now: drawing a line costs more than anything else here."""
        if not self.content_size:
            return
        seen, self._seen = self._seen, self._visible()
        if len(seen) != len(self._seen):
            self.refresh()
            return
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, (before, now) in enumerate(zip(seen, self._seen, strict=True))
            if before != now
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        if len(self._seen) != self.content_size.height:
            self._seen = self._visible()
        return self._seen[y] if y < len(self._seen) else Strip.blank(self.content_size.width)

    def _on_resize(self, event: events.Resize) -> None:
        self._strips, self._seen = None, []
        self._top = 0

    def notify_style_update(self) -> None:
        """Draw anew in the new colours."""
        super().notify_style_update()
        self._strips, self._seen = None, []

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines."""
        last = max(0, len(self._lines()) - self.content_size.height)
        top = max(0, min(last, self._top + lines))
        if top != self._top:
            self._top = top
            self._redraw()

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by half the lines that are seen."""
        self.action_scroll_lines(pages * max(1, self.content_size.height // 2))

    def on_click(self, event: events.Click) -> None:
        """Tell what was clicked."""
        self.post_message(self.Clicked(self, event.style.meta))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.action_scroll_lines(3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.action_scroll_lines(-3)
