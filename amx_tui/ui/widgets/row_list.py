"""A list of any length that holds and draws only what is seen.

Textual's own table builds every row before it shows the first one. Here a window of rows is in memory; when the
cursor comes near its edge the list asks for the next page by a message and goes on when the page is there. The
widget scrolls by itself, without Textual's scroll view, which halves the work of a key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from amx_tui.domain.text import one_line
from amx_tui.ui.widgets.cells import Align, fit
from amx_tui.ui.widgets.row_window import RowWindow

__all__ = ["Column", "Edge", "ListNote", "RowList"]

Row = TypeVar("Row")
Edge = Literal["before", "after", "start", "end"]

FETCH_AHEAD = 40
"""How near to the edge of the window the cursor may come before the next page is asked for."""
WHEEL_LINES = 3
GUTTER = 2
ROOMY = 100
"""From this width on there are two blanks between columns, below it one."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a list.

    Args:
        heading: What stands above it.
        text: The cell's text; made safe and cut by the list.
        width: Cells; 0 shares what the fixed columns leave.
        tone: The cell's look: "", "muted", "accent", "success", "warning" or "error".
        from_width: The column is left out while the list is narrower than this.
        below_width: The column is left out from this width on.
    """

    heading: str
    text: Callable[[Row], str]
    width: int = 0
    align: Align = "left"
    tone: Callable[[Row], str] = lambda row: ""
    from_width: int = 0
    below_width: int = 10_000


@dataclass(frozen=True, slots=True)
class ListNote:
    """What a list without rows says: what is the matter, and which key comes next."""

    title: str
    lines: tuple[str, ...] = ()
    tone: str = "muted"


class RowList(Widget, Generic[Row], can_focus=True):
    """A windowed list with a cursor, marks and group headings."""

    ALLOW_SELECT = False
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
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--heading",
        "row-list--cursor",
        "row-list--cursor-blurred",
        "row-list--mark",
        "row-list--group",
        "row-list--muted",
        "row-list--accent",
        "row-list--success",
        "row-list--warning",
        "row-list--error",
        "row-list--note",
    }
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        width: 1fr;
        & > .row-list--heading { color: $text-muted; text-style: bold; }
        & > .row-list--cursor { background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold; }
        & > .row-list--cursor-blurred { background: $block-cursor-blurred-background; color: $block-cursor-blurred-foreground; }
        & > .row-list--mark { color: $accent; text-style: bold; }
        & > .row-list--group { color: $primary; text-style: bold; }
        & > .row-list--muted { color: $text-muted; }
        & > .row-list--accent { color: $accent; }
        & > .row-list--success { color: $text-success; }
        & > .row-list--warning { color: $text-warning; }
        & > .row-list--error { color: $text-error; }
        & > .row-list--note { color: $foreground; text-style: bold; }
    }
    """

    @dataclass
    class CursorMoved(Message):
        """The cursor stands on another row."""

        row_list: RowList[object]
        row: object | None

        @property
        def control(self) -> RowList[object]:
            """The list."""
            return self.row_list

    @dataclass
    class RowOpened(Message):
        """The user asked to open a row."""

        row_list: RowList[object]
        row: object

        @property
        def control(self) -> RowList[object]:
            """The list."""
            return self.row_list

    @dataclass
    class PageWanted(Message):
        """Rows beyond the window are needed: in front of it, behind it, or the list's first or last."""

        row_list: RowList[object]
        edge: Edge
        beside: object | None
        """The window's outermost row on that side."""

        @property
        def control(self) -> RowList[object]:
            """The list."""
            return self.row_list

    @dataclass
    class MarksChanged(Message):
        """Rows were marked or unmarked."""

        row_list: RowList[object]

        @property
        def control(self) -> RowList[object]:
            """The list."""
            return self.row_list

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        key: Callable[[Row], Hashable],
        group: Callable[[Row], str] | None = None,
        can_mark: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._group = group
        self._can_mark = can_mark
        self._window: RowWindow[Row] = RowWindow(key)
        self._lines: list[int] = []
        """What stands on each line: a row's index, or -1 - index for the heading above that row."""
        self._line_of: list[int] = []
        self._cursor = 0
        self._top = 0
        self._awaited: set[Edge] = set()
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._layout: list[tuple[Column[Row], int]] = []
        self._gap = 1
        self.marks: dict[Hashable, Row] = {}
        self.note = ListNote("")
        self.total: int | None = None

    # ---- what it shows -----------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[Row]:
        """The rows in memory."""
        return self._window.rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._window.rows[self._cursor] if self._cursor < len(self._window) else None

    @property
    def current_key(self) -> Hashable | None:
        """The identity of the row under the cursor."""
        return self._window.key_at(self._cursor)

    @property
    def position(self) -> int | None:
        """Which row of the whole list the cursor stands on, counted from 1; None where nobody counted."""
        if not self._window.rows:
            return None
        if self._window.ordinal is not None:
            return self._window.ordinal + self._cursor + 1
        if self.total is not None and not self._window.has_after:
            return self.total - len(self._window) + self._cursor + 1
        return None

    def show_rows(self, rows: Sequence[Row], *, has_before: bool = False, has_after: bool = False, cursor: Hashable | None = None) -> None:
        """Show another stretch of the list.

        Args:
            cursor: The row that the cursor goes to; without it, or where it is gone, the cursor stays on
                its row if that is still there, else as near to its line as can be.
        """
        wanted = cursor if cursor is not None else self.current_key
        offset = self._line_of[self._cursor] - self._top if self._cursor < len(self._line_of) else 0
        self._window.replace(rows, has_before=has_before, has_after=has_after)
        index = self._window.index_of(wanted) if wanted is not None else None
        self._cursor = index if index is not None else min(self._cursor, max(0, len(rows) - 1))
        self._awaited.clear()
        self._relayout()
        if self._cursor < len(self._line_of):
            self._top = self._line_of[self._cursor] - offset
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

    def show_note(self, note: ListNote) -> None:
        """Set what is said while there are no rows."""
        self.note = note
        self.refresh()

    def redraw(self) -> None:
        """Draw every row anew: ages have changed, or the theme."""
        self._strips.clear()
        self.refresh()

    def clear_marks(self) -> None:
        """Take all marks away."""
        if self.marks:
            self.marks.clear()
            self.redraw()
            self.post_message(self.MarksChanged(self))  # type: ignore[arg-type]  # messages carry lists of any row

    # ---- drawing -----------------------------------------------------------------------------------

    def _relayout(self) -> None:
        """Work out which line each row and each group heading stands on."""
        self._strips.clear()
        lines: list[int] = []
        line_of: list[int] = []
        last: str | None = None
        for index, row in enumerate(self._window.rows):
            if self._group is not None:
                group = self._group(row)
                if group != last:
                    lines.append(-1 - index)
                    last = group
            line_of.append(len(lines))
            lines.append(index)
        self._lines, self._line_of = lines, line_of
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget drawn rows when the theme changes."""
        self._strips.clear()
        super().notify_style_update()

    def _on_resize(self, event: events.Resize) -> None:
        self._strips.clear()
        self._layout = self._measure(event.size.width)
        self._scroll_to_cursor()
        self._want_pages()

    def _measure(self, width: int) -> list[tuple[Column[Row], int]]:
        """Share the width between the columns that fit in."""
        self._gap = 2 if width >= ROOMY else 1
        shown = [column for column in self._columns if column.from_width <= width < column.below_width]
        flexible = sum(1 for column in shown if not column.width)
        rest = width - GUTTER - sum(column.width for column in shown) - self._gap * (len(shown) - 1)
        share = max(4, rest // flexible) if flexible else 0
        return [(column, column.width or share) for column in shown]

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is visible."""
        width = self.content_size.width
        if not self._layout:
            self._layout = self._measure(width)
        if not self._window.rows:
            return self._note_line(y, width)
        if y == 0:
            return self._heading_line(width)
        line = self._top + y - 1
        if line >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        entry = self._lines[line]
        at_cursor = entry == self._cursor
        strip = self._strips.get((entry, at_cursor and self.has_focus))
        if strip is None or at_cursor:
            strip = self._group_line(entry, width) if entry < 0 else self._row_line(entry, at_cursor, width)
            if not at_cursor:
                self._strips[(entry, False)] = strip
        return strip

    def _heading_line(self, width: int) -> Strip:
        style = self.get_component_rich_style("row-list--heading")
        text = " " * GUTTER + (" " * self._gap).join(fit(column.heading, cells, column.align) for column, cells in self._layout)
        return Strip([Segment(fit(text, width), style)], width)

    def _group_line(self, entry: int, width: int) -> Strip:
        row = self._window.rows[-1 - entry]
        style = self.get_component_rich_style("row-list--group")
        label = one_line(self._group(row) if self._group else "", width)
        return Strip([Segment(fit(f"▾ {label}", width), style)], width)

    def _row_line(self, index: int, at_cursor: bool, width: int) -> Strip:
        row = self._window.rows[index]
        is_marked = self._key(row) in self.marks
        base = self.rich_style
        cursor_style: Style | None = None
        if at_cursor:
            name = "row-list--cursor" if self.has_focus else "row-list--cursor-blurred"
            cursor_style = self.get_component_rich_style(name)
        gutter = ("›" if at_cursor else " ") + ("●" if is_marked else " ")
        gutter_style = self.get_component_rich_style("row-list--mark") if is_marked else base
        segments = [Segment(gutter, cursor_style or gutter_style)]
        used = GUTTER
        for position, (column, cells) in enumerate(self._layout):
            tone = column.tone(row)
            style = cursor_style or (self.get_component_rich_style(f"row-list--{tone}") if tone else base)
            text = fit(one_line(column.text(row), cells * 2), cells, column.align)
            gap = " " * self._gap if position < len(self._layout) - 1 else ""
            segments.append(Segment(text + gap, style))
            used += cells + len(gap)
        if used < width:
            segments.append(Segment(" " * (width - used), cursor_style or base))
        strip = Strip(segments, max(used, width))
        return strip.crop(0, width) if used > width else strip

    def _note_line(self, y: int, width: int) -> Strip:
        """Draw what is said instead of rows, in the middle of the list."""
        note = self.note
        lines = (note.title, "", *note.lines) if note.lines else (note.title,)
        start = max(0, (self.content_size.height - len(lines)) // 3)
        if not 0 <= y - start < len(lines):
            return Strip.blank(width, self.rich_style)
        text = one_line(lines[y - start], width)
        is_title = y == start
        tone = note.tone if note.tone in {"error", "warning"} else "note"
        style = self.get_component_rich_style(f"row-list--{tone if is_title else 'muted'}")
        return Strip([Segment(fit(fit(text, len(text)).center(width), width), style)], width)

    # ---- moving ------------------------------------------------------------------------------------

    @property
    def _visible_lines(self) -> int:
        return max(1, self.content_size.height - 1)

    def _scroll_to_cursor(self) -> bool:
        """Bring the cursor's line into view; say whether that scrolled."""
        if not self._line_of:
            self._top = 0
            return False
        line = self._line_of[self._cursor]
        first = line - 1 if line and self._lines[line - 1] < 0 else line
        top = min(self._top, first)
        top = max(top, line - self._visible_lines + 1)
        top = max(0, min(top, max(0, len(self._lines) - self._visible_lines)))
        scrolled = top != self._top
        self._top = top
        return scrolled

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
                self._refresh_row(before)
                self._refresh_row(index)
            self._cursor_changed()
        self._want_pages()

    def _refresh_row(self, index: int) -> None:
        y = self._line_of[index] - self._top + 1
        self.refresh(Region(0, y, self.size.width, 1))

    def _cursor_changed(self) -> None:
        self.post_message(self.CursorMoved(self, self.current))  # type: ignore[arg-type]  # as above

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
            self.post_message(self.PageWanted(self, edge, beside))  # type: ignore[arg-type]  # as above

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

    def action_go_group(self, step: int) -> None:
        """Go to the first row of the next group, or of this one and then of the one before it."""
        heads = [-1 - entry for entry in self._lines if entry < 0]
        beyond = [head for head in heads if (head > self._cursor if step > 0 else head < self._cursor)]
        if beyond:
            self._move_to(beyond[0] if step > 0 else beyond[-1])

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.current is not None:
            self.post_message(self.RowOpened(self, self.current))  # type: ignore[arg-type]  # as above

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor and move on."""
        row = self.current
        if not self._can_mark or row is None:
            return
        key = self._key(row)
        if key in self.marks:
            del self.marks[key]
        else:
            self.marks[key] = row
        self._strips.clear()
        self.post_message(self.MarksChanged(self))  # type: ignore[arg-type]  # as above
        self._refresh_row(self._cursor)
        self._move_to(self._cursor + 1)

    # ---- focus and mouse ---------------------------------------------------------------------------

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

    def _on_click(self, event: events.Click) -> None:
        line = self._top + event.y - 1
        if event.y == 0 or not 0 <= line < len(self._lines):
            return
        entry = self._lines[line]
        self._move_to(entry if entry >= 0 else -1 - entry)
        if event.chain == 2:
            self.action_open()
