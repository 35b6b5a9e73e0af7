"""A scrolling text of lines in several looks, laid out for a width and drawn where it is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from amx_tui.ui.widgets.markdown.wrapping import Pieces, cells_of
from amx_tui.ui.widgets.scrolling import SCROLL_BINDINGS, WHEEL_LINES

__all__ = ["Drawing", "PiecesView"]

LOOKS = (
    "muted",
    "accent",
    "strong",
    "warning",
    "error",
    "removed",
    "added",
    "cut",
    "put",
    "number",
    "rule",
    "here",
)
LEAST_WIDTH = 8
"""Cells that a text is laid out for at least."""
CONTEXT = 3
"""Lines above what was gone to that stay in view."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A text as it is laid out for a width.

    Looks: `removed` and `added` are lines that one side lacks, `cut` and `put` the words in them that differ.
    """

    rows: Sequence[Pieces]
    stops: Sequence[int] = ()
    """The rows that are gone to one by one."""


class PiecesView(Widget, can_focus=True):
    """A scrolling text."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = SCROLL_BINDINGS
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pieces--{look}" for look in LOOKS}
    DEFAULT_CSS = """
    PiecesView {
        height: 1fr;
        width: 1fr;
        padding: 0 1;
        & > .pieces--muted { color: $text-muted; }
        & > .pieces--accent { color: $accent; }
        & > .pieces--strong { text-style: bold; }
        & > .pieces--warning { color: $text-warning; }
        & > .pieces--error { color: $text-error; text-style: bold; }
        & > .pieces--removed { color: $text-error; }
        & > .pieces--added { color: $text-success; }
        & > .pieces--cut { color: $text-error; text-style: bold underline; }
        & > .pieces--put { color: $text-success; text-style: bold underline; }
        & > .pieces--number { color: $foreground 40%; }
        & > .pieces--rule { color: $foreground 30%; }
        & > .pieces--here { background: $panel; }
    }
    """

    @dataclass
    class Moved(Message):
        """The text was scrolled."""

        view: PiecesView

        @property
        def control(self) -> PiecesView:
            """The view."""
            return self.view

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Callable[[int], Drawing] = lambda width: Drawing(())
        self._drawing: Drawing | None = None
        self._drawn_for = 0
        self._wanted_stop: int | None = None
        self._top = 0
        self._styles_of: dict[str, Style] = {}

    def show(
        self, draw: Callable[[int], Drawing], *, keeps_place: bool = False, stop: int | None = None
    ) -> None:
        """Show the text that `draw` lays out for a width in cells.

        Args:
            keeps_place: Whether the lines in view stay where they are, as far as they are still there.
            stop: The stop that is brought into view, counted from 0, once the view has its size.
        """
        self._draw = draw
        self._drawing = None
        self._wanted_stop = stop
        if not keeps_place:
            self._top = 0
        self.refresh()

    @property
    def stops(self) -> Sequence[int]:
        """The rows that are gone to one by one."""
        return self._laid_out().stops

    @property
    def stop(self) -> int:
        """Which stop is in view or was passed last, counted from 1; 0 in front of the first one."""
        seen = self._top + CONTEXT
        if self._top >= self._lowest:
            # The end of the text is in view: the stops there cannot be brought further up.
            seen = self._top + self.content_size.height
        return sum(1 for row in self.stops if row <= seen)

    def go_to_stop(self, step: int) -> bool:
        """Go to the next stop, or with -1 to the one before; False where there is none."""
        here = self._top + CONTEXT
        if step > 0:
            wanted = next((row for row in self.stops if row > here), None)
        else:
            wanted = next((row for row in reversed(self.stops) if row < here), None)
        if wanted is None or (step > 0 and self._top >= self._lowest):
            return False
        self._put_on_top(wanted - CONTEXT)
        return True

    # ---- moving --------------------------------------------------------------------------------------

    def _laid_out(self) -> Drawing:
        width = max(LEAST_WIDTH, self.content_size.width)
        if self._drawing is None or self._drawn_for != width:
            # It may be asked for before the view has got its size, and before the event that tells of it.
            self._drawing, self._drawn_for = self._draw(width), width
        wanted = self._wanted_stop
        if wanted is not None and self.content_size.height:
            self._wanted_stop = None
            if wanted < len(self._drawing.stops):
                lowest = max(0, len(self._drawing.rows) - self.content_size.height)
                self._top = max(0, min(self._drawing.stops[wanted] - CONTEXT, lowest))
        return self._drawing

    @property
    def _lowest(self) -> int:
        return max(0, len(self._laid_out().rows) - self.content_size.height)

    def _put_on_top(self, row: int) -> None:
        row = max(0, min(row, self._lowest))
        if row != self._top:
            self._top = row
            self.refresh()
            self.post_message(self.Moved(self))

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by so many lines."""
        self._put_on_top(self._top + lines)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by so many screenfuls."""
        self._put_on_top(self._top + int(pages * max(1, self.content_size.height - 1)))

    def action_go_start(self) -> None:
        """Go to the beginning."""
        self._put_on_top(0)

    def action_go_end(self) -> None:
        """Go to the end."""
        self._put_on_top(self._lowest)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_lines(WHEEL_LINES)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_lines(-WHEEL_LINES)

    # ---- drawing -------------------------------------------------------------------------------------

    def _on_resize(self, event: events.Resize) -> None:
        self._top = max(0, min(self._top, self._lowest))

    def notify_style_update(self) -> None:
        """Forget looks when the theme changes."""
        self._styles_of.clear()
        super().notify_style_update()

    def _look(self, names: str) -> Style:
        style = self._styles_of.get(names)
        if style is None:
            style = self.rich_style
            for name in names.split():
                style += self.get_component_rich_style(f"pieces--{name}", partial=True)
            self._styles_of[names] = style
        return style

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is visible."""
        rows, width = self._laid_out().rows, self.content_size.width
        row = min(self._top, self._lowest) + y
        pieces = rows[row] if row < len(rows) else ()
        segments = [Segment(text, self._look(look)) for text, look in pieces if text]
        look = pieces[-1][1] if pieces and "here" in pieces[-1][1] else ""
        rest = width - sum(cells_of(text) for text, _ in pieces)
        segments.append(Segment(" " * max(0, rest), self._look(look)))
        return Strip(segments).adjust_cell_length(width, self._look(""))
