"""A Markdown text to read: scrolled, gone through by headings, searched."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from amx_tui.ui.widgets.markdown.canvas import MarkdownCanvas
from amx_tui.ui.widgets.markdown.finding import Found
from amx_tui.ui.widgets.markdown.wrapping import match_number
from amx_tui.ui.widgets.scrolling import SCROLL_BINDINGS, WHEEL_LINES

__all__ = ["MarkdownView"]


class MarkdownView(MarkdownCanvas, can_focus=True):
    """A scrolling Markdown text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *SCROLL_BINDINGS,
        Binding("right_square_bracket", "go_heading(1)", "Next heading", show=False, id="text.next_heading"),
        Binding("left_square_bracket", "go_heading(-1)", "Heading before", show=False, id="text.heading"),
    ]

    @dataclass
    class Moved(Message):
        """The text was scrolled."""

        view: MarkdownView

        @property
        def control(self) -> MarkdownView:
            """The view."""
            return self.view

    def __init__(self, text: str = "", id: str | None = None) -> None:
        super().__init__(text, id=id)
        self._is_dragged = False

    def _tell_moved(self) -> None:
        self.post_message(self.Moved(self))

    # ---- moving --------------------------------------------------------------------------------------

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by so many lines."""
        move = self._down if lines > 0 else self._up
        self._go(move(self._place, abs(lines)))

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by so many screenfuls."""
        self.action_scroll_lines(int(pages * max(1, self._height - 1)) or (1 if pages > 0 else -1))

    def action_go_start(self) -> None:
        """Go to the beginning."""
        self._go((0, 0))

    def action_go_end(self) -> None:
        """Go to the end."""
        self._go((len(self._outline.passages), 0))

    def action_go_heading(self, step: int) -> None:
        """Go to the next heading, or to that of this part and then to the one before it."""
        places = [(each.passage, 0) for each in self._outline.headings]
        beyond = [place for place in places if (place > self._place if step > 0 else place < self._place)]
        if beyond:
            self._go(beyond[0] if step > 0 else beyond[-1])

    def go_to_heading(self, index: int) -> None:
        """Put a heading on top."""
        self._go((self._outline.headings[index].passage, 0))

    def show_line(self, number: int) -> None:
        """Bring a line of the Markdown into view, counted from 0: its passage, where it is not in view already."""
        starts = [passage.first_line for passage in self._outline.passages]
        index = max(0, bisect_right(starts, number) - 1)
        if not self._outline.passages or self._place <= (index, 0) < self._down(
            self._place, self._height - 1
        ):
            return
        self._go(self._up((index, 0), self._height // 3))

    # ---- finding -------------------------------------------------------------------------------------

    def find(self, text: str) -> None:
        """Mark what a text matches, in any case; empty marks nothing."""
        self._finder.look_for(text, self._place[0])
        if text:
            self.find_next(0)
        self._redraw()

    def find_next(self, step: int) -> bool:
        """Go to the next match, or with -1 to the one before; False where there is none."""
        found = self._finder.step(step, self._outline, self._reader, self._width)
        if found is None:
            self._redraw()
            return False
        row = self._row_of(found)
        place = (found.passage, row)
        if not self._place <= place < self._down(self._place, max(1, self._height - 1)):
            self._go(self._up(place, self._height // 3))
        self._redraw()
        return True

    @property
    def found(self) -> str:
        """Which match of how many is shown: `3 of 17`; empty where nothing is looked for."""
        return self._finder.describe()

    def _row_of(self, found: Found) -> int:
        for index, row in enumerate(self._marked(found.passage)):
            if any(match_number(look) == found.number for _, look in row):
                return index
        return 0

    # ---- mouse ---------------------------------------------------------------------------------------

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_lines(WHEEL_LINES)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_lines(-WHEEL_LINES)

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.x >= self.content_size.width - 1:
            event.stop()
            self._is_dragged = True
            self.capture_mouse()
            self._go_to_share(offset.y)

    async def _on_mouse_move(self, event: events.MouseMove) -> None:
        if self._is_dragged:
            self._go_to_share(event.get_content_offset_capture(self).y)

    async def _on_mouse_up(self, event: events.MouseUp) -> None:
        if self._is_dragged:
            self._is_dragged = False
            self.release_mouse()

    def _go_to_share(self, y: int) -> None:
        """Go as far down the text as a line of the scroll bar is."""
        heights = [self._estimate(index) for index in range(len(self._outline.passages))]
        wanted = int(max(0, sum(heights) - self._height) * max(0, y) / max(1, self._height - 1))
        for index, height in enumerate(heights):
            if wanted < height:
                self._go((index, min(wanted, self._length(index) - 1)))
                return
            wanted -= height
        self.action_go_end()
