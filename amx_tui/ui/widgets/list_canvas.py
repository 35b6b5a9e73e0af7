"""Drawing the visible rows of a windowed list: columns that fit, a cursor, marks, group headings."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from amx_tui.domain.text import one_line
from amx_tui.ui.widgets.cells import Align, fit, keep_blanks
from amx_tui.ui.widgets.kept_lines import KeptLines
from amx_tui.ui.widgets.row_window import RowWindow

__all__ = ["Column", "ListCanvas", "ListNote"]

Row = TypeVar("Row")

GUTTER = 2
MARKING_TONES = frozenset({"removed", "added"})
_MARK = Style(underline=True)
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
        pieces: For a text in several looks: its pieces, each with a tone, instead of `text` and `tone`.
    """

    heading: str
    text: Callable[[Row], str]
    width: int = 0
    align: Align = "left"
    tone: Callable[[Row], str] = lambda row: ""
    from_width: int = 0
    below_width: int = 10_000
    pieces: Callable[[Row], Sequence[tuple[str, str]]] | None = None


@dataclass(frozen=True, slots=True)
class ListNote:
    """What a list without rows says: what is the matter, and which key comes next."""

    title: str
    lines: tuple[str, ...] = ()
    tone: str = "muted"


class ListCanvas(KeptLines, Generic[Row]):
    """Holds a window of rows and draws those lines of it that are seen."""

    ALLOW_SELECT = False
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
        "row-list--removed",
        "row-list--added",
        "row-list--note",
    }
    DEFAULT_CSS = """
    ListCanvas {
        height: 1fr;
        width: 1fr;
        & > .row-list--heading { color: $text-muted; text-style: bold; }
        & > .row-list--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        & > .row-list--cursor-blurred {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        & > .row-list--mark { color: $accent; text-style: bold; }
        & > .row-list--group { color: $primary; text-style: bold; }
        & > .row-list--muted { color: $text-muted; }
        & > .row-list--accent { color: $accent; }
        & > .row-list--success { color: $text-success; }
        & > .row-list--warning { color: $text-warning; }
        & > .row-list--error { color: $text-error; }
        & > .row-list--removed { color: $text-error; text-style: bold underline; }
        & > .row-list--added { color: $text-success; text-style: bold underline; }
        & > .row-list--note { color: $foreground; text-style: bold; }
    }
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        key: Callable[[Row], Hashable],
        group: Callable[[Row], str] | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._group = group
        self._window: RowWindow[Row] = RowWindow(key)
        self._lines: list[int] = []
        """What stands on each line: a row's index, or -1 - index for the heading above that row."""
        self._line_of: list[int] = []
        self._cursor = 0
        self._top = 0
        self._strips: dict[int, Strip] = {}
        self._heading: Strip | None = None
        self._looks: dict[str, Style] = {}
        self._layout: list[tuple[Column[Row], int]] = []
        self._width = 0
        self._height = 0
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

    @property
    def above_view(self) -> Row | None:
        """The row behind which the view begins; None where the list's first row is in view."""
        if not self._lines:
            return None
        entry = self._lines[self._top]
        index = entry if entry >= 0 else -1 - entry
        if index == 0 and not self._window.has_before:
            return None
        return self._window.rows[max(0, index - 1)]

    def set_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show the rows in other columns."""
        self._columns = tuple(columns)
        self._layout = []
        self.redraw()

    @property
    def has_before(self) -> bool:
        """Whether there are rows in front of those in memory."""
        return self._window.has_before

    @property
    def has_after(self) -> bool:
        """Whether there are rows behind those in memory."""
        return self._window.has_after

    def show_note(self, note: ListNote) -> None:
        """Set what is said while there are no rows."""
        self.note = note
        self.refresh()

    def redraw(self) -> None:
        """Draw every row anew: ages have changed, or the theme."""
        self._strips.clear()
        self.refresh()

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
                    last = group
                    if group:
                        lines.append(-1 - index)
            line_of.append(len(lines))
            lines.append(index)
        self._lines, self._line_of = lines, line_of
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget drawn rows and looks when the theme changes."""
        self._strips.clear()
        self._looks.clear()
        self._heading = None
        super().notify_style_update()

    def _look(self, name: str) -> Style:
        """The style of a component class, or the list's own; kept, as looking it up takes longer than drawing."""
        style = self._looks.get(name)
        if style is None:
            style = self.get_component_rich_style(f"row-list--{name}") if name else self.rich_style
            self._looks[name] = style
        return style

    def _size_changed(self) -> None:
        """Measure anew."""
        self._strips.clear()
        self._layout = []
        self._height = self.content_size.height

    def _measure(self, width: int) -> list[tuple[Column[Row], int]]:
        """Share the width between the columns that fit in."""
        self._width, self._heading = width, None
        self._gap = 2 if width >= ROOMY else 1
        shown = [column for column in self._columns if column.from_width <= width < column.below_width]
        flexible = sum(1 for column in shown if not column.width)
        rest = width - GUTTER - sum(column.width for column in shown) - self._gap * (len(shown) - 1)
        share = max(4, rest // flexible) if flexible else 0
        return [(column, column.width or share) for column in shown]

    def _padded(self, strip: Strip) -> Strip:
        return self.between_sides(strip, self._look(""))

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is visible."""
        if not self._layout:
            self._layout = self._measure(self.content_size.width)
        if not self._window.rows:
            return self._padded(self._note_line(y, self._width))
        if y == 0:
            if self._heading is None:
                self._heading = self._padded(self._heading_line(self._width))
            return self._heading
        line = self._top + y - 1
        if line >= len(self._lines):
            return self._padded(Strip.blank(self._width, self._look("")))
        entry = self._lines[line]
        strip = self._strips.get(entry)
        if strip is None:
            draw = self._group_line if entry < 0 else self._row_line
            strip = self._strips[entry] = self._padded(draw(entry, self._width))
        return self._under_cursor(strip) if entry == self._cursor else strip

    def _heading_line(self, width: int) -> Strip:
        headings = (fit(column.heading, cells, column.align) for column, cells in self._layout)
        text = " " * GUTTER + (" " * self._gap).join(headings)
        return Strip([Segment(fit(text, width), self._look("heading"))], width)

    def _group_line(self, entry: int, width: int) -> Strip:
        row = self._window.rows[-1 - entry]
        label = one_line(self._group(row) if self._group else "", width)
        return Strip([Segment(fit(f"▾ {label}", width), self._look("group"))], width)

    def _row_line(self, index: int, width: int) -> Strip:
        row = self._window.rows[index]
        is_marked = self._key(row) in self.marks
        base = self._look("")
        segments = [Segment(" ●" if is_marked else "  ", self._look("mark") if is_marked else base)]
        used = GUTTER
        for position, (column, cells) in enumerate(self._layout):
            gap = " " * self._gap if position < len(self._layout) - 1 else ""
            segments.extend(self._cell(column, row, cells))
            segments.append(Segment(gap, base))
            used += cells + len(gap)
        if used < width:
            segments.append(Segment(" " * (width - used), base))
        strip = Strip(Segment.simplify(segments), max(used, width))
        return strip.crop(0, width) if used > width else strip

    def _cell(self, column: Column[Row], row: Row, cells: int) -> Iterator[Segment]:
        """Draw one cell, in one look or in several."""
        if column.pieces is None:
            text = fit(one_line(column.text(row), cells * 2), cells, column.align)
            yield Segment(text, self._look(column.tone(row)))
            return
        room = cells
        for piece, tone in column.pieces(row):
            text = keep_blanks(piece[: cells * 2])
            length = cell_len(text)
            if length > room:
                yield Segment(fit(text, room), self._look(tone))
                return
            yield Segment(text, self._look(tone))
            room -= length
        yield Segment(" " * room, self._look(""))

    def _under_cursor(self, strip: Strip) -> Strip:
        """Give a drawn row the cursor's look; marks of changed words stay visible."""
        look = self._look("cursor" if self.has_focus else "cursor-blurred")
        left = self.left_side
        row = strip.crop(left, left + self._width)
        if all(column.pieces is None for column, _ in self._layout):
            return self._padded(Strip([Segment(f"›{row.text[1:]}"[: self._width], look)], self._width))
        marking = [self._look(tone) for tone in MARKING_TONES]
        segments = [Segment(text, look + _MARK if style in marking else look) for text, style, _ in row]
        if segments:
            segments[0] = Segment(f"›{segments[0].text[1:]}", segments[0].style)
        return self._padded(Strip(Segment.simplify(segments), self._width))

    def _note_line(self, y: int, width: int) -> Strip:
        """Draw what is said instead of rows, in the middle of the list."""
        note = self.note
        lines = (note.title, "", *note.lines) if note.lines else (note.title,)
        start = max(0, (self.content_size.height - len(lines)) // 3)
        if not 0 <= y - start < len(lines):
            return Strip.blank(width, self._look(""))
        text = one_line(lines[y - start], width)
        is_title = y == start
        tone = note.tone if note.tone in {"error", "warning"} else "note"
        style = self._look(tone if is_title else "muted")
        return Strip([Segment(fit(fit(text, len(text)).center(width), width), style)], width)

    @property
    def _visible_lines(self) -> int:
        return max(1, self._height - 1)

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

    def _refresh_rows(self, *rows: int) -> None:
        tops = (self._line_of[row] - self._top + 1 for row in rows)
        self.refresh(*(Region(0, y, self._width, 1) for y in tops))
