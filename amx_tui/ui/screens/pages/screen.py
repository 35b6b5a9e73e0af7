"""The Pages screen: the team's documentation pages, the one under the cursor rendered beside the list."""

from __future__ import annotations

from asyncio import sleep, to_thread
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from amx_tui.domain.errors import AmxError
from amx_tui.domain.notices import Notice
from amx_tui.domain.pages import Direction, Page, PageCursor, PageFilter, PagePage, PageSort, PageSummary
from amx_tui.domain.text import one_line
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.pages.acting import PAGE_VERBS, ActingScreen
from amx_tui.ui.screens.pages.columns import page_columns
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.busy_line import BusyLine
from amx_tui.ui.widgets.markdown.view import MarkdownView
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.row_list import ListNote, RowList

if TYPE_CHECKING:
    from amx_tui.services.workspace import StoreState

__all__ = ["PagesScreen"]

PAGE = 60
PREVIEW_FROM = 120
SETTLE = 0.12
"""Seconds that the cursor rests on a page before its text is read."""
_SORTS: tuple[tuple[PageSort, bool, str], ...] = (
    ("updated", True, "newest first"),
    ("updated", False, "oldest first"),
    ("title", False, "by title"),
)


class PagesScreen(ActingScreen):
    """The pages of the open store."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("pages.open", "enter,o", "Read the page", footer="Read"),
        Command("pages.edit", "e", "Edit the page", footer="Edit"),
        Command("pages.new", "a", "Write a new page", footer="New"),
        Command("pages.search", "slash", "Search titles and texts", footer="Search"),
        Command("pages.versions", "v", "Show the saved versions and what changed", footer="Versions"),
        *PAGE_VERBS,
        Command("pages.drafts", "D", "Go on with what was typed and never saved"),
        Command("pages.deleted", "X", "Show the deleted pages too, or only the others"),
        Command("pages.sort", "s", "Sort: newest first, oldest first, by title"),
        Command("pages.refresh", "r", "Read the pages again"),
        Command("pages.back", "escape", "Take the search away", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self) -> None:
        super().__init__()
        self.filter = PageFilter()
        self._total: int | None = None
        self._drafts = 0
        self._has_read = False
        self._read_pages: dict[tuple[str, int], str] = {}

    def compose(self) -> ComposeResult:
        """Status line, title, list and rendered page, keys."""
        yield StatusBar()
        yield TitleBar()
        with Panes(id="body"):
            yield RowList(page_columns(self.amx), key=_page_id, id="pages")
            yield MarkdownView(id="preview")
        yield BusyLine()
        yield KeyBar()

    @property
    def pages(self) -> RowList[PageSummary]:
        """The list of pages."""
        return self.query_one("#pages", RowList)

    @property
    def chosen(self) -> PageSummary | None:
        """The page under the cursor."""
        return self.pages.current

    def on_mount(self) -> None:
        """Read the pages, once there is a store."""
        self.pages.show_note(ListNote("Reading the pages…"))
        self.show_bars()
        if self.amx.store_view.kind in {"local", "shared", "offline"}:
            self.read()
        self.set_interval(30, self.pages.redraw)

    def on_resize(self) -> None:
        """Show the rendered page where there is room for it."""
        self.set_class(self.size.width >= PREVIEW_FROM, "-wide")
        self._show_preview()

    def on_screen_resume(self) -> None:
        """Read what was changed while another screen was in front."""
        if self._has_read:
            self.read()

    def store_changed(self, state: StoreState) -> None:
        """Read the pages of the store that is open now."""
        super().store_changed(state)
        if state.is_open:
            self._read_pages.clear()
            self.read()
        elif state.kind == "failed":
            self._show_failure(state.reason, state.hint)

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Somebody saved a page."""
        if any(notice.kind == "page" for notice in notices):
            self.read()

    def page_changed(self, page: Page) -> None:
        """Show the list with what was changed."""
        self.read()

    # ---- reading -------------------------------------------------------------------------------------

    @work(exclusive=True, group="pages.read", exit_on_error=False)
    async def read(self, *, to_start: bool = False) -> None:
        """Read the first page of the list; the cursor stays on its page."""
        limit = max(PAGE, self.size.height, 0 if to_start else len(self.pages.rows))
        try:
            with self.query_one(BusyLine).waiting("Reading the pages…"):
                page = await self.workspace.pages.list(self.filter, limit=limit, count=True)
                self._drafts = len(await to_thread(self.workspace.pages.drafts.all))
        except AmxError as error:
            self.amx.report_error(error, what="Reading the pages", quietly=not self.pages.rows)
            self._show_failure(error.message, error.hint)
            return
        self._total, self._has_read = page.total, True
        if to_start:
            self.pages.show_start(page.pages, has_after=page.has_after)
        else:
            self.pages.show_rows(page.pages, has_after=page.has_after)
        self.pages.show_note(self._empty_note())
        self._show_title()
        self._show_preview()

    def _show_failure(self, reason: str, hint: str) -> None:
        self.pages.show_note(ListNote(reason, (hint, "r tries again"), tone="error"))

    def _empty_note(self) -> ListNote:
        if self.filter.text:
            return ListNote("No page says that.", ("esc takes the search away, / changes it",))
        if self.amx.store_view.kind == "offline":
            reason = self.amx.store_view.reason
            return ListNote("The team's pages are out of reach.", (reason, "r tries the host again"))
        against = self.workspace.pages.reason_against()
        first = against or "a writes the first one: what a table means, who to ask, how a number is made."
        return ListNote("No pages yet.", (first, "r looks again"))

    @on(RowList.PageWanted)
    def _page_wanted(self, message: RowList.PageWanted) -> None:
        self._read_more(message)

    @work(group="pages.more", exit_on_error=False)
    async def _read_more(self, message: RowList.PageWanted) -> None:
        """Read the page that the list asked for; what comes late for another search is dropped."""
        shown, edge, beside = self.filter, message.edge, message.beside
        direction: Direction = "backward" if edge in ("before", "end") else "forward"
        cursor = PageCursor.of(beside) if beside is not None else None
        work = self.workspace.pages.list(self.filter, cursor=cursor, direction=direction, limit=PAGE)
        page: PagePage | None = await self.run_use_case(work, what="Reading more pages")
        if page is None or shown != self.filter:
            self.pages.page_failed(edge)
        else:
            self.pages.take_page(edge, page.pages, has_before=page.has_before, has_after=page.has_after)

    # ---- title and preview ---------------------------------------------------------------------------

    def _show_title(self) -> None:
        left: list[Piece] = [("Pages", "strong")]
        if self._total is not None:
            left.append((f"  {self._total:,} page{'' if self._total == 1 else 's'}", "muted"))
        if self.filter.text:
            left.append((f"  with “{one_line(self.filter.text, 40)}”", "accent"))
        if self.filter.status == "all":
            left.append(("  deleted ones too", "accent"))
        left.append((f"  {next(word for *sort, word in _SORTS if tuple(sort) == self._sort)}", "muted"))
        right: list[Piece] = []
        if self._drafts:
            right.append((f"✎ {self._drafts} not saved, D", "warning"))
        if self.amx.store_view.kind == "offline":
            left.append(("  ⚠ this is the local store; r tries the host again", "warning"))
        self.query_one(TitleBar).show(tuple(left), tuple(right))
        self.show_footer()

    @property
    def _sort(self) -> tuple[PageSort, bool]:
        return self.filter.sort, self.filter.descending

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        if not message.is_passing:
            self._show_preview()

    @work(exclusive=True, group="pages.preview", exit_on_error=False)
    async def _show_preview(self) -> None:
        """Render the page under the cursor, once the cursor rests on it."""
        summary = self.chosen
        preview = self.query_one("#preview", MarkdownView)
        if not self.has_class("-wide"):
            return
        if summary is None:
            preview.show("")
            return
        key = (summary.page_id, summary.version)
        if key not in self._read_pages:
            await sleep(SETTLE)
            page = await self.run_use_case(self.workspace.pages.get(summary.page_id), what="Reading the page")
            if page is None:
                return
            self._read_pages[key] = page.body
        preview.show(self._read_pages[key] or "*This page is empty.*")

    # ---- commands ------------------------------------------------------------------------------------

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Read the page."""
        from amx_tui.ui.screens.pages.reader import PageScreen

        if self.chosen is not None:
            self.app.push_screen(PageScreen(self.chosen.page_id, self.chosen.title))

    def action_search(self) -> None:
        """Open the search line."""
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=self.filter.text,
            words=(),
            hint="any words of a title or a text; enter keeps the search, esc leaves it",
            on_change=self._search_typed,
            on_done=self._search_typed,
            on_cancel=self._search_typed,
            cancel_value=self.filter.text,
        )

    def _search_typed(self, line: str) -> str:
        self.show_filter(replace(self.filter, text=line.strip()))
        return ""

    def show_filter(self, wanted: PageFilter) -> None:
        """Show the pages that a filter lets through, from the first one."""
        if wanted != self.filter:
            self.filter = wanted
            self._total = None
            self.read(to_start=True)
            self._show_title()

    def action_sort(self) -> None:
        """Sort the other way."""
        orders = [(name, descending) for name, descending, _ in _SORTS]
        sort, descending = orders[(orders.index(self._sort) + 1) % len(orders)]
        self.show_filter(replace(self.filter, sort=sort, descending=descending))

    def action_deleted(self) -> None:
        """Show the deleted pages too, or not."""
        self.show_filter(replace(self.filter, status="" if self.filter.status == "all" else "all"))

    def action_drafts(self) -> None:
        """Choose among what was typed and never saved."""
        from amx_tui.ui.screens.editor.opening import choose_draft

        choose_draft(self.amx)

    def action_refresh(self) -> None:
        """Read the list again; where the host was out of reach, try it again first."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        else:
            self.read()

    def action_back(self) -> None:
        """Take the search away."""
        self.show_filter(replace(self.filter, text=""))


def _page_id(page: PageSummary) -> str:
    return page.page_id
