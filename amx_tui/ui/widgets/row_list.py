"""A list of any length that holds and draws only what is seen.

Textual's own table builds every row before it shows the first one. Here a window of rows is in memory; when the
cursor comes near its edge the list asks for the next page by a message and goes on when the page is there. The
widget scrolls by itself, without Textual's scroll view, which halves the work of a key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal, TypeVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding
from textual.message import Message
from textual.timer import Timer

from amx_tui.ui.widgets.list_canvas import Column, ListCanvas, ListNote

__all__ = ["Column", "Edge", "ListNote", "RowList"]

Row = TypeVar("Row")
Edge = Literal["before", "after", "start", "end"]

FETCH_AHEAD = 40
"""How near to the edge of the window the cursor may come before the next page is asked for."""
WHEEL_LINES = 3
PAUSE = 0.2
"""Seconds between two messages that the cursor moves, and twice as many while a key is held down: what follows it
costs more than the list itself."""


class RowList(ListCanvas[Row], can_focus=True):
    """A windowed list with a cursor, marks and group headings."""

    BINDINGS = [
        Binding("j,down", "move(1)", "Down", show=False, id="list.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="list.up"),
        Binding("g,home", "go_start", "To the first row", show=False, id="list.start"),
        Binding("G,end", "go_end", "To the last row", show=False, id="list.end"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="list.half_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="list.half_up"),
        Binding("pagedown,ctrl+f", "page(1.0)", "A page down", show=False, id="list.page_down"),
        Binding("pageup,ctrl+b", "page(-1.0)", "A page up", show=False, id="list.page_up"),
        Binding("enter", "open", "Open", show=False, id="list.open"),
        Binding("space", "mark", "Mark and move on", show=False, id="list.mark"),
    ]

    class ListMessage(Message):
        """Something about a list.

        Args:
            row_list: The list; its rows are whatever the screen put in.
        """

        def __init__(self, row_list: RowList[Any]) -> None:
            super().__init__()
            self.row_list = row_list

        @property
        def control(self) -> RowList[Any]:
            """The list."""
            return self.row_list

    class CursorMoved(ListMessage):
        """The cursor stands on another row, or on none any more.

        Args:
            is_passing: A held key goes on moving it. What takes long to draw can wait for the message that
                comes when the cursor rests.
        """

        def __init__(self, row_list: RowList[Any], *, is_passing: bool = False) -> None:
            super().__init__(row_list)
            self.is_passing = is_passing

    class RowOpened(ListMessage):
        """The user asked to open the row under the cursor."""

    class MarksChanged(ListMessage):
        """Rows were marked or unmarked."""

    class PageWanted(ListMessage):
        """Rows beyond the window are needed.

        Args:
            edge: In front of it, behind it, or the list's first or last.
            beside: The window's outermost row on that side; None for the list's first or last.
        """

        def __init__(self, row_list: RowList[Any], edge: Edge, beside: Any) -> None:
            super().__init__(row_list)
            self.edge: Edge = edge
            self.beside = beside

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        key: Callable[[Row], Hashable],
        group: Callable[[Row], str] | None = None,
        can_mark: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(columns, key=key, group=group, id=id)
        self._can_mark = can_mark
        self._awaited: set[Edge] = set()
        self._pause: Timer | None = None
        self._has_moved = False
        """Whether it has moved since the pause began."""
        self._is_untold = False
        self._was_passing = False
        self._pauses = 0
        """In how many pauses on end it has moved; behind a held key only every second one is told of."""

    # ---- rows come in --------------------------------------------------------------------------------

    def show_rows(
        self,
        rows: Sequence[Row],
        *,
        has_before: bool = False,
        has_after: bool = False,
        cursor: Hashable | None = None,
    ) -> None:
        """Show another stretch of the list.

        Args:
            cursor: The row that the cursor goes to; without it, or where it is gone, the cursor stays on
                its row if that is still there, else as near to its line as can be.
        """
        wanted = cursor if cursor is not None else self.current_key
        offset = self._line_of[self._cursor] - self._top if self._cursor < len(self._line_of) else 0
        # Whoever stands on the very first row looks for what is new, which then must not come in above the screen.
        shows_start = self._cursor == 0 and not self._window.has_before
        self._window.replace(rows, has_before=has_before, has_after=has_after)
        index = self._window.index_of(wanted) if wanted is not None else None
        self._cursor = index if index is not None else min(self._cursor, max(0, len(rows) - 1))
        self._awaited.clear()
        self._relayout()
        if self._cursor < len(self._line_of):
            self._top = 0 if shows_start else self._line_of[self._cursor] - offset
        self._scroll_to_cursor()
        self._cursor_changed()
        self._want_pages()

    def show_end(self, rows: Sequence[Row], *, has_before: bool) -> None:
        """Show the last rows of the list, with the cursor on the last one."""
        self.show_rows(rows, has_before=has_before, cursor=self._key(rows[-1]) if rows else None)

    def show_start(self, rows: Sequence[Row], *, has_after: bool) -> None:
        """Show the first rows of the list, with the cursor on the first one."""
        self.show_rows(rows, has_after=has_after, cursor=self._key(rows[0]) if rows else None)

    def add_page(self, edge: Edge, rows: Sequence[Row], *, has_more: bool) -> None:
        """Put a page that was asked for beside the window; the cursor stays on its row."""
        self._awaited.discard(edge)
        key = self.current_key
        offset = self._line_of[self._cursor] - self._top if self._cursor < len(self._line_of) else 0
        if edge == "before":
            self._window.prepend(rows, has_before=has_more)
        else:
            self._window.append(rows, has_after=has_more)
        index = self._window.index_of(key) if key is not None else None
        self._cursor = index if index is not None else min(self._cursor, max(0, len(self._window) - 1))
        self._relayout()
        if self._cursor < len(self._line_of):
            self._top = max(0, self._line_of[self._cursor] - offset)
        self._scroll_to_cursor()
        self._cursor_changed()

    def take_page(self, edge: Edge, rows: Sequence[Row], *, has_before: bool, has_after: bool) -> None:
        """Show a page that was asked for by `PageWanted`."""
        if edge == "start":
            self.show_start(rows, has_after=has_after)
        elif edge == "end":
            self.show_end(rows, has_before=has_before)
        else:
            self.add_page(edge, rows, has_more=has_after if edge == "after" else has_before)

    def page_failed(self, edge: Edge) -> None:
        """Let a page that could not be read be asked for again."""
        self._awaited.discard(edge)

    def replace_row(self, row: Row) -> None:
        """Show other values of a row that is in the window."""
        index = self._window.index_of(self._key(row))
        if index is not None:
            self._window.rows[index] = row
            self._strips.clear()
            self.refresh()

    def clear_marks(self) -> None:
        """Take all marks away."""
        if self.marks:
            self.marks.clear()
            self.redraw()
            self.post_message(self.MarksChanged(self))

    # ---- moving ------------------------------------------------------------------------------------

    def _move_to(self, index: int) -> None:
        if not self._window.rows:
            return
        index = max(0, min(len(self._window) - 1, index))
        before = self._cursor
        if index != before:
            self._cursor = index
            if self._scroll_to_cursor():
                self.refresh()
            else:
                self._refresh_rows(before, index)
            self._cursor_changed()
        self._want_pages()

    def _cursor_changed(self) -> None:
        """Tell that the cursor has moved: at once, and behind a held key only now and then."""
        if self._pause is None:
            self._tell(is_passing=False)
        else:
            self._has_moved = self._is_untold = True

    @property
    def is_restless(self) -> bool:
        """Whether a message that the cursor has moved is still to come."""
        return self._is_untold or self._was_passing

    def _tell(self, *, is_passing: bool) -> None:
        self._is_untold, self._was_passing = False, is_passing
        self.post_message(self.CursorMoved(self, is_passing=is_passing))
        self._begin_pause()

    def _begin_pause(self) -> None:
        self._has_moved = False
        self._pause = self.set_timer(PAUSE, self._pause_over)

    def _pause_over(self) -> None:
        self._pause = None
        self._pauses = self._pauses + 1 if self._has_moved else 0
        if not self._has_moved:
            if self.is_restless:
                self._tell(is_passing=False)
        elif self._pauses % 2:
            self._tell(is_passing=True)
        else:
            self._begin_pause()

    def _want_pages(self) -> None:
        """Ask for the next page before the cursor gets there."""
        window = self._window
        if not window.rows:
            return
        if window.has_after and self._cursor + FETCH_AHEAD >= len(window) - self._visible_lines:
            self._want("after", window.rows[-1])
        if window.has_before and self._cursor < FETCH_AHEAD + self._visible_lines:
            self._want("before", window.rows[0])

    def _want(self, edge: Edge, beside: Row | None) -> None:
        if edge not in self._awaited:
            self._awaited.add(edge)
            self.post_message(self.PageWanted(self, edge, beside))

    def action_move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self._move_to(self._cursor + rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by so many screenfuls."""
        self._move_to(self._cursor + int(pages * self._visible_lines))

    def action_go_start(self) -> None:
        """Go to the list's first row."""
        if self._window.has_before:
            self._want("start", None)
        else:
            self._move_to(0)

    def action_go_end(self) -> None:
        """Go to the list's last row."""
        if self._window.has_after:
            self._want("end", None)
        else:
            self._move_to(len(self._window) - 1)

    def go_to(self, key: Hashable) -> None:
        """Put the cursor on a row that is in memory."""
        index = self._window.index_of(key)
        if index is not None:
            self._move_to(index)

    def action_go_group(self, step: int) -> None:
        """Go to the first row of the next group, or of this one and then of the one before it."""
        heads = [-1 - entry for entry in self._lines if entry < 0]
        beyond = [head for head in heads if (head > self._cursor if step > 0 else head < self._cursor)]
        if beyond:
            self._move_to(beyond[0] if step > 0 else beyond[-1])

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.current is not None:
            self.post_message(self.RowOpened(self))

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor and move on."""
        if not self._can_mark:
            # Whoever is above says that nothing is marked here.
            raise SkipAction
        row = self.current
        if row is None:
            return
        key = self._key(row)
        if key in self.marks:
            del self.marks[key]
        else:
            self.marks[key] = row
        self._strips.clear()
        self.post_message(self.MarksChanged(self))
        self._refresh_rows(self._cursor)
        self._move_to(self._cursor + 1)

    # ---- size, focus and mouse ---------------------------------------------------------------------------

    def _on_resize(self, event: events.Resize) -> None:
        self._size_changed()
        self._scroll_to_cursor()
        self.refresh()
        self._want_pages()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Draw the cursor as active or not."""
        super().watch_has_focus(has_focus)
        self.refresh()

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll_lines(WHEEL_LINES)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll_lines(-WHEEL_LINES)

    def _scroll_lines(self, lines: int) -> None:
        """Scroll the view; the cursor goes along only where it would leave it."""
        most = max(0, len(self._lines) - self._visible_lines)
        self._top = max(0, min(most, self._top + lines))
        last = min(len(self._lines), self._top + self._visible_lines)
        visible = [entry for entry in self._lines[self._top : last] if entry >= 0]
        self.refresh()
        if visible and not visible[0] <= self._cursor <= visible[-1]:
            self._cursor = max(visible[0], min(visible[-1], self._cursor))
            self._cursor_changed()
        self._want_pages()

    async def _on_click(self, event: events.Click) -> None:
        line = self._top + event.y - 1
        if event.y == 0 or not 0 <= line < len(self._lines):
            return
        entry = self._lines[line]
        self._move_to(entry if entry >= 0 else -1 - entry)
        if event.chain == 2:
            self.action_open()
