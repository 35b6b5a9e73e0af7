"""The least work that a key in a list can be: a plain widget with a cursor, whose rows are all the same.

It keeps its own first line and draws itself, without Textual's scrolling. It rings the bell at every row whose
number divides by the first argument, so that whoever presses the keys knows when they have all been done.
"""

from __future__ import annotations

import sys

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

ROWS = 100_000
_TEXT = "  run_2026-05-31_23-30-001  member3@acme.com  2 hours ago  sales (1 t)     97    6  ✓ success"


class ConstantRows(Widget, can_focus=True):
    """Rows that cost nothing to make."""

    BINDINGS = [Binding("j,down", "move(1)", "Down"), Binding("k,up", "move(-1)", "Up")]
    DEFAULT_CSS = """
    ConstantRows { height: 1fr; width: 1fr; }
    """

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step
        self.cursor = 0
        self.top = 0
        self.plain = Strip([])
        self.marked = Strip([])

    def on_mount(self) -> None:
        """Say that the first row is there."""
        self.call_after_refresh(self.app.bell)

    def on_resize(self) -> None:
        """Make the two lines that there are."""
        width = self.size.width
        text = _TEXT.ljust(width)[:width]
        self.plain = Strip([Segment(text, self.rich_style)], width)
        self.marked = Strip([Segment(text, self.rich_style + Style(reverse=True, bold=True))], width)

    def render_line(self, y: int) -> Strip:
        """Give one of the two lines."""
        return self.marked if self.top + y == self.cursor else self.plain

    def action_move(self, rows: int) -> None:
        """Move the cursor, and the first line where it would leave the screen."""
        before = self.cursor
        self.cursor = max(0, min(ROWS - 1, before + rows))
        height = self.size.height
        top = max(min(self.top, self.cursor), self.cursor - height + 1)
        if top != self.top:
            self.top = top
            self.refresh()
        else:
            for row in (before, self.cursor):
                self.refresh(Region(0, row - top, self.size.width, 1))
        if self.cursor % self.step == 0:
            self.call_after_refresh(self.app.bell)


class Constant(App[None]):
    """Nothing but the rows; with the argument `bars`, among the bars and beside the pane that a screen has."""

    CSS = """
    .bar { height: 1; }
    """

    def compose(self) -> ComposeResult:
        """Give the rows."""
        rows = ConstantRows(int(sys.argv[1]))
        if "bars" not in sys.argv:
            yield rows
            return
        yield Static("store", classes="bar")
        yield Static("title", classes="bar")
        with Horizontal():
            yield rows
        yield Static("keys", classes="bar")


if __name__ == "__main__":
    Constant().run()
