"""The History screen: the runs of the store, newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from amx_tui.domain.errors import AmxError
from amx_tui.domain.runs import (
    Direction,
    Run,
    RunCursor,
    RunFilter,
    RunPage,
    RunSort,
)
from amx_tui.domain.times import relative_time
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.history.columns import run_columns
from amx_tui.ui.screens.history.filtering import FilteredRuns
from amx_tui.ui.screens.history.notes import empty_note
from amx_tui.ui.screens.history.preview import RunPreview
from amx_tui.ui.widgets.bars import KeyBar, Piece, StatusBar, TitleBar, row_pieces
from amx_tui.ui.widgets.panes import Panes
from amx_tui.ui.widgets.row_list import ListNote, RowList

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice
    from amx_tui.services.workspace import StoreState

__all__ = ["HistoryScreen"]

PAGE = 60
"""Runs read at once: more than a tall terminal shows."""
COUNTED_UP_TO = 10_000
PREVIEW_FROM = 120
ROOMY_FROM = 150
_SORTS: tuple[tuple[RunSort, bool, str], ...] = (
    ("started", True, "newest first"),
    ("started", False, "oldest first"),
    ("who", False, "by who"),
)


class HistoryScreen(FilteredRuns):
    """Who ran what, when, over which scope."""

    CSS_PATH = "screen.tcss"
    # The bars and the panes cover it, so it need not be drawn behind them with every frame.
    BLANK = True
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("history.open", "enter,o", "Open the run", footer="Open"),
        Command("history.filter", "slash", "Filter by who, scope, status, time and text", footer="Filter"),
        Command(
            "history.compare", "c", "Compare the marked runs, or this one with another", footer="Compare"
        ),
        Command("history.review", "v", "Review the run: decide on its descriptions", footer="Review"),
        Command("history.sort", "s", "Sort: newest first, oldest first, by who", footer="Sort"),
        Command("history.refresh", "r", "Read the list again; offline, try the host again"),
        Command("history.apply", "a", "Write the run's decided descriptions into the database"),
        Command("history.copy", "y", "Copy the run's id, or those of all marked runs"),
        Command("history.hash", "H", "Show the hash of the run's descriptions"),
        Command("history.back", "escape", "Take away the marks, then the filter", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self) -> None:
        super().__init__()
        self._total: int | None = None
        self._notes: tuple[str, ...] = ()
        self._is_reading = False
        self._has_fresh_rows = False
        self._store = ""
        """The label of the store that the rows are from; empty where there are none yet."""

    def compose(self) -> ComposeResult:
        """Status line, title, list and preview, keys."""
        yield StatusBar()
        yield TitleBar()
        with Panes(id="body"):
            yield RowList(run_columns(self.amx), key=_run_id, can_mark=True, id="runs")
            preview = RunPreview(id="preview")
            preview.display = self.app.size.width >= PREVIEW_FROM
            yield preview
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what was seen last; fresh rows follow when the store is open."""
        seen = self.amx.last_seen
        if seen is not None and seen.runs:
            self.runs.show_rows(seen.runs, has_after=False)
            self._store = seen.store_label
        self.runs.show_note(ListNote("Opening the history…"))
        self.set_interval(30, self._age)
        self.show_bars()
        self._show_title()

    def on_resize(self) -> None:
        """Show the preview where there is room for it."""
        # A class on the screen would have the styles of everything on it looked up again.
        for preview in self.query(RunPreview):
            preview.display = self.size.width >= PREVIEW_FROM

    def _age(self) -> None:
        """Write the ages anew as time goes by."""
        self.runs.redraw()
        self._show_title()

    # ---- reading -----------------------------------------------------------------------------------

    def store_changed(self, state: StoreState) -> None:
        """Read the list from the store that is open now."""
        super().store_changed(state)
        if state.is_open:
            is_another = self._store not in ("", state.label)
            self._store = state.label
            if is_another:
                # Rows of another store are not left standing, whatever becomes of reading this one.
                self.runs.clear_marks()
                self.runs.show_rows(())
                self.query_one(RunPreview).show_run(None)
            self._read(to_start=is_another)
        elif state.kind == "failed":
            self.show_failure(state.reason, state.hint)
            self.amx.first_rows.set()

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read what is in view again where runs have changed."""
        if self._has_fresh_rows and any(each.kind in {"run", "application", "results"} for each in notices):
            self._read()

    def show_failure(self, reason: str, hint: str) -> None:
        """Say why there is no list at all."""
        self.runs.show_note(ListNote(reason, (hint, "r tries again"), tone="error"))
        self._show_title()

    @work(exclusive=True, group="history.page", exit_on_error=False)
    async def _read(self, *, to_start: bool = False) -> None:
        """Read what is in view again, or the first page."""
        current = None if to_start or not self._has_fresh_rows else self.runs.current
        above = self.runs.above_view if current is not None else None
        self._is_reading = True
        self._show_title()
        try:
            page = await self._page_behind(above)
            if current is not None and all(run.run_id != current.run_id for run in page.runs):
                # So many runs are new that it is not on this page any more, or it is gone.
                page = await self._page_at(current) or page
        except AmxError as error:
            self._is_reading = False
            self.amx.report_error(error, what="Reading the runs", quietly=not self.runs.rows)
            self.runs.show_note(ListNote(error.message, (error.hint, "r tries again"), tone="error"))
            self._show_title()
        else:
            self._show_page(page, to_start=to_start)
        finally:
            self.amx.first_rows.set()

    async def _page_behind(self, run: Run | None) -> RunPage:
        return await self.workspace.history.list(
            self.filter,
            limit=max(PAGE, self.size.height),
            cursor=_cursor_of(run) if run is not None else None,
        )

    async def _page_at(self, run: Run) -> RunPage | None:
        page = await self.workspace.history.list(
            self.filter, limit=max(PAGE, self.size.height), around=_cursor_of(run)
        )
        return page if page.runs else None

    def _show_page(self, page: RunPage, *, to_start: bool = False, cursor: str | None = None) -> None:
        self._is_reading = False
        self._has_fresh_rows = True
        self._notes = page.notes
        if to_start:
            self.runs.show_start(page.runs, has_after=page.has_after)
        else:
            self.runs.show_rows(
                page.runs, has_before=page.has_before, has_after=page.has_after, cursor=cursor
            )
        self.runs.show_note(empty_note(self.amx.store_view, self.filter))
        if self.filter == RunFilter() and not page.has_before:
            self.amx.remember(page)
        self._show_title()
        self._count()

    @work(exclusive=True, group="history.count", exit_on_error=False)
    async def _count(self) -> None:
        """Count the runs, up to a limit, behind the rows: they do not wait for it."""
        counted = self.workspace.history.list(self.filter, limit=1, count=True)
        page = await self.run_use_case(counted, what="Counting the runs")
        if page is not None:
            self._total = page.total
            self.runs.total = page.total if page.total is not None and page.total <= COUNTED_UP_TO else None
            self._show_title()

    @on(RowList.PageWanted)
    def _page_wanted(self, message: RowList.PageWanted) -> None:
        if self._has_fresh_rows:
            self._read_page(message)

    @work(group="history.more", exit_on_error=False)
    async def _read_page(self, message: RowList.PageWanted) -> None:
        """Read the page that the list asked for; what comes late for another filter is dropped."""
        shown = self.filter
        edge = message.edge
        beside = message.beside
        direction: Direction = "backward" if edge in ("before", "end") else "forward"
        cursor = _cursor_of(beside) if beside is not None else None
        work = self.workspace.history.list(self.filter, cursor=cursor, direction=direction, limit=PAGE)
        page = await self.run_use_case(work, what="Reading more runs")
        if page is None or shown != self.filter:
            self.runs.page_failed(edge)
        else:
            self.runs.take_page(edge, page.runs, has_before=page.has_before, has_after=page.has_after)

    # ---- title and preview -------------------------------------------------------------------------

    def _show_title(self) -> None:
        left: list[Piece] = [("History", "strong")]
        if self._total is not None:
            total = f"{self._total:,}" if self._total <= COUNTED_UP_TO else f"more than {COUNTED_UP_TO:,}"
            left.append((f"  {total} run{'' if self._total == 1 else 's'}", "muted"))
        if not self.filter.is_empty:
            from amx_tui.domain.query import format_run_query

            left.append((f"  filter {format_run_query(self.filter)}", "accent"))
        sort = next(word for name, descending, word in _SORTS if (name, descending) == self._sort)
        left.append((f"  {sort}", "muted"))
        if self.runs.marks:
            left.append((f"  ● {len(self.runs.marks)} marked", "accent"))
        left.extend((f"  {note}", "warning") for note in self._notes)
        if self.amx.store_view.kind == "offline":
            left.append(("  ⚠ this is the local history; r tries the host again", "warning"))
        self.query_one(TitleBar).show(tuple(left), self._freshness())

    def _freshness(self) -> tuple[Piece, ...]:
        """What the rows on show are: seen last time, being read, or at which place in the list."""
        seen = self.amx.last_seen
        if not self._has_fresh_rows and seen is not None and seen.runs:
            age = relative_time(seen.saved_at, self.amx.now())
            reading = ", reading…" if self.amx.store_view.kind != "failed" else ""
            return ((f"as seen {age}{reading}", "warning"),)
        if self._is_reading:
            return (("reading…", "muted"),)
        return row_pieces(self.runs.position)

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        message.stop()
        if message.is_passing:
            self._show_title()
            return
        self.query_one(RunPreview).show_run(self.runs.current)
        self._show_title()
        self.show_footer()

    @on(RowList.MarksChanged)
    def _marks_changed(self) -> None:
        self._show_title()
        self.show_footer()

    # ---- commands ----------------------------------------------------------------------------------

    @property
    def _sort(self) -> tuple[RunSort, bool]:
        return self.filter.sort, self.filter.descending

    def reason_against(self, command: Command) -> str:
        """Opening and copying want a run under the cursor."""
        if (
            command.verb in {"open", "copy", "hash", "compare", "review", "apply"}
            and self.runs.current is None
        ):
            return "There is no run under the cursor."
        if command.verb == "hash" and self.amx.session.workspace is None:
            return "The configuration is still being read."
        return ""

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Open the run under the cursor."""
        run = self.runs.current
        if run is not None:
            self.amx.open_run(run.run_id, run)

    def action_compare(self) -> None:
        """Compare the marked runs, oldest first; with fewer than two, ask for the other one."""
        marked = sorted(self.runs.marks.values(), key=lambda run: (run.started_at, run.run_id))
        if len(marked) >= 2:
            self.amx.open_comparison([run.run_id for run in marked])
            return
        run = marked[0] if marked else self.runs.current
        if run is not None:
            self.amx.compare_with_another(run.run_id)

    def action_review(self) -> None:
        """Review the run under the cursor."""
        run = self.runs.current
        if run is not None:
            self.amx.open_review(run.run_id)

    def action_apply(self) -> None:
        """Show what applying the run under the cursor would write."""
        run = self.runs.current
        if run is not None:
            self.amx.open_apply(run.run_id)

    def action_refresh(self) -> None:
        """Read the list again; where the host was out of reach, try it again first."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        elif self.amx.store_view.kind != "connecting":
            self._read()

    def action_sort(self) -> None:
        """Sort the other way."""
        orders = [(name, descending) for name, descending, _ in _SORTS]
        sort, descending = orders[(orders.index(self._sort) + 1) % len(orders)]
        self.show_filter(replace(self.filter, sort=sort, descending=descending))

    def show_filter(self, wanted: RunFilter) -> None:
        """Show the runs that a filter lets through, from the first one."""
        if wanted != self.filter:
            self.filter = wanted
            self._total = None
            if self._has_fresh_rows:
                self._read(to_start=True)
            self._show_title()

    def go_beside(self, reference: str, wanted: RunFilter, *, is_behind: bool) -> None:
        """Show the runs that a filter lets through, with the cursor on the first behind a run, or in front of it."""
        self.filter = wanted
        self._total = None
        self._read_beside(reference, is_behind=is_behind)

    @work(exclusive=True, group="history.page", exit_on_error=False)
    async def _read_beside(self, reference: str, *, is_behind: bool) -> None:
        history = self.workspace.history
        direction: Direction = "forward" if is_behind else "backward"
        try:
            cursor = _cursor_of((await history.detail(reference)).run)
            page = await history.list(self.filter, cursor=cursor, direction=direction, limit=PAGE)
        except AmxError as error:
            self.amx.report_error(error, what=f"Looking for {reference}")
            self._read(to_start=True)
            return
        if page.runs:
            self._show_page(page, cursor=page.runs[0 if is_behind else -1].run_id)
        else:
            where = "behind" if is_behind else "in front of"
            self.amx.say(f"No run of this list stands {where} {reference}.", severity="warning")
            self._read(to_start=True)

    def action_back(self) -> None:
        """One step back: the marks, then the filter."""
        if self.runs.marks:
            self.runs.clear_marks()
        elif not self.filter.is_empty:
            self.show_filter(RunFilter(sort=self.filter.sort, descending=self.filter.descending))

    def action_copy(self) -> None:
        """Copy ids to the clipboard."""
        marked = self.runs.marks
        current = self.runs.current
        runs = list(marked.values()) or ([current] if current is not None else [])
        self.amx.copy(
            "\n".join(run.run_id for run in runs), what=f"{len(runs)} run id{'' if len(runs) == 1 else 's'}"
        )

    def action_hash(self) -> None:
        """Show the hash of the run under the cursor, and copy it."""
        run = self.runs.current
        if run is not None:
            self.show_hash(run.run_id)


def _run_id(run: Run) -> str:
    return run.run_id


def _cursor_of(run: Run) -> RunCursor:
    return RunCursor(run.started_at, run.run_id, run.created_by)
