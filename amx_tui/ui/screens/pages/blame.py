"""Who wrote which line of a page, and when."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from amx_tui.domain.blame import BlamedLine
from amx_tui.domain.pages import PageVersion
from amx_tui.domain.text import one_line
from amx_tui.domain.times import short_relative_time
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.pages.acting import quoted
from amx_tui.ui.widgets.bars import KeyBar, StatusBar, TitleBar
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.diff_rows import blame_drawing
from amx_tui.ui.widgets.pieces_view import Drawing, PiecesView

__all__ = ["BlameScreen"]

GUTTER = 30
NARROW_GUTTER = 18
NARROW_BELOW = 80


class BlameScreen(BaseScreen):
    """A page's text with the version, the member and the age of each line.

    Args:
        page_id: The page.
        title: Its title.
    """

    CSS_PATH = "versions.tcss"
    AUTO_FOCUS = "PiecesView"
    VERBS = (
        Command("blame.next", "n", "To the next lines that came in together", footer="Next"),
        Command("blame.previous", "N", "To the lines before", footer="Previous"),
        Command("blame.versions", "v", "Show the saved versions", footer="Versions"),
        Command("blame.refresh", "r", "Read the versions again"),
        Command("blame.back", "escape", "Go back", footer="Back", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, page_id: str, title: str) -> None:
        super().__init__()
        self._page_id = page_id
        self._title = title
        self._lines: tuple[BlamedLine[PageVersion], ...] = ()

    def compose(self) -> ComposeResult:
        """Status line, title, text, keys."""
        yield StatusBar()
        yield TitleBar()
        yield PiecesView(id="blame")
        yield BusyLine()
        yield KeyBar()

    @property
    def view(self) -> PiecesView:
        """The text."""
        return self.query_one("#blame", PiecesView)

    def on_mount(self) -> None:
        """Read all versions."""
        self.show_bars()
        self._show("Reading all versions…")
        self.read()

    @work(exclusive=True, group="blame.read", exit_on_error=False)
    async def read(self) -> None:
        """Read all versions with their texts, and find out which line is from which."""
        work = self.workspace.pages.blame(self._page_id)
        with self.query_one(BusyLine).waiting("Reading all versions…"):
            lines = await self.run_use_case(work, what="Reading the versions")
        if lines is None:
            self._show("The versions could not be read. r tries again, esc goes back; L says what happened.")
            return
        self._lines = lines
        self._show("Nothing is written on this page yet. esc goes back.")

    def _show(self, otherwise: str) -> None:
        """Show the lines, or what is said instead."""
        lines = [(line.text, line.version) for line in self._lines]
        now = self.amx.now()

        def describe(version: PageVersion) -> str:
            who = one_line(version.saved_by).partition("@")[0] or "somebody"
            return f"v{version.version} {who}, {short_relative_time(version.saved_at, now)}"

        def draw(width: int) -> Drawing:
            if not lines:
                return Drawing([[(otherwise, "muted")]])
            return blame_drawing(lines, describe, NARROW_GUTTER if width < NARROW_BELOW else GUTTER, width)

        self.view.show(draw)
        self._show_title()

    @on(PiecesView.Moved)
    def _show_title(self) -> None:
        writers = {line.version.saved_by for line in self._lines}
        people = "one member" if len(writers) == 1 else f"{len(writers)} members"
        count = f"  {len(self._lines):,} lines by {people}" if self._lines else ""
        self.query_one(TitleBar).show((("Who wrote ", ""), (quoted(self._title), "strong"), (count, "muted")))
        self.show_footer()

    def action_next(self) -> None:
        """Go to the next lines that came in together."""
        self.view.go_to_stop(1)

    def action_previous(self) -> None:
        """Go to the lines before."""
        self.view.go_to_stop(-1)

    def action_versions(self) -> None:
        """Show the saved versions."""
        from amx_tui.ui.screens.pages.versions import VersionsScreen

        self.app.push_screen(VersionsScreen(self._page_id, self._title))

    def action_refresh(self) -> None:
        """Read the versions again."""
        self.read()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()
