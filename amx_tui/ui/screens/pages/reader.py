"""A page as people read it, with its table of contents beside it where there is room."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from amx_tui.domain.notices import Notice
from amx_tui.domain.pages import Page
from amx_tui.domain.text import one_line
from amx_tui.domain.times import exact_time, relative_time
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.line.screen import LineScreen, Question
from amx_tui.ui.screens.pages.acting import PAGE_VERBS, ActingScreen
from amx_tui.ui.screens.pages.columns import status_words
from amx_tui.ui.widgets.bars import Bar, KeyBar, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.markdown.passages import Heading
from amx_tui.ui.widgets.markdown.view import MarkdownView
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.row_list import Column, ListNote, RowList

__all__ = ["PageScreen"]

CONTENTS_FROM = 120
Entry = tuple[int, Heading]
"""A heading with its index."""


class PageScreen(ActingScreen):
    """One page.

    Args:
        reference: The page's id, slug, or a beginning of one that is its alone.
        title: Its title, until it is read.
    """

    CSS_PATH = "reader.tcss"
    AUTO_FOCUS = "MarkdownView"
    VERBS = (
        Command("reader.edit", "e", "Edit the page", footer="Edit"),
        Command("reader.versions", "v", "Show the saved versions and what changed", footer="Versions"),
        Command(
            "reader.contents", "t", "Go to the table of contents, or back to the text", footer="Contents"
        ),
        Command("reader.search", "slash", "Search in the page", footer="Search"),
        Command("reader.next", "n", "To the next match, or the next heading", footer="Next"),
        Command("reader.previous", "N", "To the match, or the heading, before"),
        *PAGE_VERBS,
        Command("reader.refresh", "r", "Read the page again"),
        Command(
            "reader.back", "escape", "One step back: the contents, the search, the list", in_palette=False
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, reference: str, title: str = "") -> None:
        super().__init__()
        self._reference = reference
        self._title = title
        self._page: Page | None = None
        self._sought = ""

    def compose(self) -> ComposeResult:
        """Status line, title, contents and text, what it is about, keys."""
        yield StatusBar()
        yield TitleBar()
        with Panes(id="body"):
            yield RowList((Column("contents", _entry_text, tone=_entry_tone),), key=_entry_key, id="contents")
            yield MarkdownView(id="text")
        yield Bar(id="about")
        yield BusyLine()
        yield KeyBar()

    @property
    def text(self) -> MarkdownView:
        """The rendered page."""
        return self.query_one("#text", MarkdownView)

    @property
    def contents(self) -> RowList[Entry]:
        """The table of contents."""
        return self.query_one("#contents", RowList)

    @property
    def chosen(self) -> Page | None:
        """The page."""
        return self._page

    @property
    def opens(self) -> str:
        """What colleagues are told: that the page is open here."""
        return f"page {self._page.page_id}" if self._page is not None else ""

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Somebody saved a page: it may be this one."""
        if self._page is not None and any(
            notice.kind == "page" and notice.row_id in ("", self._page.page_id) for notice in notices
        ):
            self.read()

    def on_mount(self) -> None:
        """Read the page."""
        self.contents.show_note(ListNote("This page has no headings.", ("t goes back to the text",)))
        self.show_bars()
        self._show_title()
        self.read()

    def on_resize(self) -> None:
        """Show the table of contents beside the text where there is room for it."""
        self.set_class(self.size.width >= CONTENTS_FROM, "-wide")

    def on_screen_resume(self) -> None:
        """Read what was changed while another screen was in front."""
        if self._page is not None:
            self.read()

    @work(exclusive=True, group="reader.read", exit_on_error=False)
    async def read(self) -> None:
        """Read the page; what is in view stays in view."""
        with self.query_one(BusyLine).waiting("Reading the page…"):
            page = await self.run_use_case(self.workspace.pages.get(self._reference), what="Reading the page")
        if page is not None:
            self.page_changed(page)
        elif self._page is None:
            self.text.show(
                "*The page could not be read.* `r` tries again, `esc` goes back; `L` says what happened."
            )

    def page_changed(self, page: Page) -> None:
        """Show the page as it is now."""
        is_first = self._page is None
        self._page, self._title, self._reference = page, page.title, page.page_id
        self.text.show(page.body or "*This page is empty.* `e` writes it.", keeps_place=not is_first)
        self.contents.show_rows(list(enumerate(self.text.headings)))
        self._show_title()

    # ---- title, contents -----------------------------------------------------------------------------

    def _show_title(self) -> None:
        page = self._page
        left: list[Piece] = [(one_line(self._title, 80) or "Page", "strong")]
        right: list[Piece] = []
        if page is not None:
            look = {"published": "success", "deleted": "error"}.get(page.status, "warning")
            left += [(f"  {status_words(page.status)}", look), (f"  v{page.version}", "muted")]
            who = one_line(page.updated_by) or "somebody"
            left.append((f"  {who} {relative_time(page.updated_at, self.amx.now())}", "muted"))
            about = ", ".join(asset.name for asset in page.assets)
            sources = ", ".join(source.name or source.path for source in page.sources)
            pieces: list[Piece] = []
            for label, words in (("about ", about), ("from ", sources)):
                pieces += [(label, "muted"), (f"{one_line(words)}  ", "accent")] if words else []
            bar = self.query_one("#about", Bar)
            bar.display = bool(pieces)
            bar.show(tuple(pieces), ((exact_time(page.updated_at), "muted"),))
        if self.text.found:
            right.append((f"“{one_line(self._sought, 30)}” {self.text.found}", "accent"))
        self.query_one(TitleBar).show(tuple(left), tuple(right))
        self.show_footer()

    @on(MarkdownView.Moved)
    def _moved(self) -> None:
        """Let the table of contents follow the text."""
        heading = self.text.heading
        if heading is not None and not self.contents.has_focus:
            self.contents.go_to(heading)

    @on(RowList.RowOpened)
    def _heading_opened(self) -> None:
        self._go_to_current()
        self._leave_contents()

    @on(RowList.CursorMoved)
    def _heading_chosen(self) -> None:
        if self.contents.has_focus:
            self._go_to_current()

    def _go_to_current(self) -> None:
        entry = self.contents.current
        if entry is not None:
            self.text.go_to_heading(entry[0])

    def _leave_contents(self) -> None:
        self.remove_class("-contents")
        self.text.focus()

    # ---- commands ------------------------------------------------------------------------------------

    def action_contents(self) -> None:
        """Go to the table of contents, or back."""
        if self.contents.has_focus:
            self._leave_contents()
        else:
            self.add_class("-contents")
            self.contents.focus()

    @work(exclusive=True, group="reader.search", exit_on_error=False)
    async def action_search(self) -> None:
        """Ask what to look for."""
        question = Question("/", self._sought, "what to look for in this page", on_change=self._look_for)
        before = self._sought
        line = await self.app.push_screen_wait(LineScreen(question))
        self._look_for(before if line is None else line)

    def _look_for(self, text: str) -> str:
        if text.strip() != self._sought or not text:
            self._sought = text.strip()
            self.text.find(self._sought)
        self._show_title()
        return ""

    def action_next(self) -> None:
        """Go to the next match, or heading."""
        self._step(1)

    def action_previous(self) -> None:
        """Go to the match, or heading, before."""
        self._step(-1)

    def _step(self, step: int) -> None:
        if self._sought:
            self.text.find_next(step)
            self._show_title()
        else:
            self.text.action_go_heading(step)

    def action_refresh(self) -> None:
        """Read the page again."""
        self.read()

    def action_back(self) -> None:
        """One step back."""
        if self.contents.has_focus:
            self._leave_contents()
        elif self._sought:
            self._look_for("")
        else:
            self.app.pop_screen()


def _entry_key(entry: Entry) -> int:
    return entry[0]


def _entry_text(entry: Entry) -> str:
    # A blank that no list takes away keeps deeper headings further right.
    return "\u2007" * 2 * (entry[1].level - 1) + entry[1].title


def _entry_tone(entry: Entry) -> str:
    return "" if entry[1].level < 3 else "muted"
