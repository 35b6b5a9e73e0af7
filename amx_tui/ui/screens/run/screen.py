"""One run: who, when, over what, and every result grouped by table."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from amx_tui.domain.applications import Application
from amx_tui.domain.errors import AmxError
from amx_tui.domain.query import (
    RESULT_QUERY_VALUES,
    RESULT_QUERY_WORDS,
    format_result_query,
    parse_result_query,
)
from amx_tui.domain.results import Result, ResultCounts, ResultCursor, ResultFilter, RunOpening
from amx_tui.domain.runs import Direction, Run, RunDetail
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.hashing import HashingScreen
from amx_tui.ui.screens.run.columns import result_columns, table_of
from amx_tui.ui.screens.run.content import result_content, run_content
from amx_tui.ui.screens.run.titles import count_pieces, run_pieces
from amx_tui.ui.widgets.bars import KeyBar, StatusBar, TitleBar, row_pieces
from amx_tui.ui.widgets.row_list import ListNote, RowList
from amx_tui.ui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice
    from amx_tui.services.workspace import StoreState

__all__ = ["RunScreen"]

PAGE = 80
WIDE_FROM = 120
SETTLE = 0.12
"""Seconds that the cursor rests on a result before its full text is read."""


class RunScreen(HashingScreen):
    """The results of one run, with the full text of the one under the cursor beside or behind the list."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("run.open", "enter,o", "Show the result in full", footer="Open"),
        Command("run.facts", "i", "Show the run's facts, settings and tokens", footer="Facts"),
        Command("run.filter", "slash", "Filter by decision, confidence, table and text", footer="Filter"),
        Command("run.compare", "c", "Compare with another run", footer="Compare"),
        Command("run.review", "v", "Review: decide on the descriptions one by one", footer="Review"),
        Command("run.apply", "a", "Write what was decided into the database"),
        Command("run.hash", "H", "Show the SHA-256 of the descriptions"),
        Command("run.copy", "y", "Copy the description", footer="Copy"),
        Command("run.copy_name", "Y", "Copy the qualified name"),
        Command("run.next_table", "right_curly_bracket", "To the next table"),
        Command("run.previous_table", "left_curly_bracket", "To the previous table"),
        Command("run.refresh", "r", "Read the run again"),
        Command("run.back", "escape", "One step back: the text, the filter, the history", in_palette=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, reference: str, run: Run | None = None, wanted: ResultFilter | None = None) -> None:
        super().__init__()
        self._reference = reference
        self._run = run
        self._detail: RunDetail | None = None
        self._counts: ResultCounts | None = None
        self._filter = wanted or ResultFilter()
        self._query = format_result_query(self._filter)
        self._full: dict[str, Result] = {}
        self._trails: dict[str, tuple[Application, ...]] = {}
        self._shows_facts = False
        self._result_id: Hashable | None = None

    def compose(self) -> ComposeResult:
        """Status line, the run, its counts, results and text, keys."""
        yield StatusBar()
        yield TitleBar(id="run-title")
        yield TitleBar(id="run-counts")
        with Horizontal(id="body"):
            yield RowList(result_columns(), key=lambda result: result.result_id, group=table_of, id="results")
            yield TextPane(id="text-pane")
        yield KeyBar()

    @property
    def results(self) -> RowList[Result]:
        """The list of results."""
        return self.query_one("#results", RowList)

    @property
    def tables(self) -> set[str]:
        """The qualified names of the tables in memory."""
        return {table_of(result) for result in self.results.rows}

    def on_mount(self) -> None:
        """Show what the history already knew of the run, and read the rest."""
        self.results.show_note(ListNote("Reading the run…"))
        self._show_titles()
        if self.amx.store_view.kind != "connecting":
            self._read()

    def on_resize(self, event: events.Resize) -> None:
        """Beside each other where there is room, else one behind the other."""
        self.set_class(event.size.width >= WIDE_FROM, "-wide")
        self._show_titles()

    def store_changed(self, state: StoreState) -> None:
        """Read the run from the store that is open now."""
        super().store_changed(state)
        if state.is_open:
            self._read()

    @property
    def opens(self) -> str:
        """The run."""
        return f"run {self._reference}"

    @property
    def watched_runs(self) -> tuple[str, ...]:
        """The run, once its whole id is known."""
        return () if self._detail is None else (self._reference,)

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read what is in view again where its results have changed, or may have."""
        shown = {result.result_id for result in self.results.rows} | {self._reference, ""}
        if any(
            each.kind in {"run", "result", "results", "application"} and each.row_id in shown
            for each in notices
        ):
            self._read(to_start=False)

    # ---- reading -----------------------------------------------------------------------------------

    @work(exclusive=True, group="run.open", exit_on_error=False)
    async def _read(self, *, to_start: bool = True) -> None:
        """Read the facts, the counts and the first results in one round trip, or those in view again."""
        above = None if to_start else self.results.above_view
        history = self.workspace.history
        try:
            opening = await history.open(self._reference, result_filter=self._filter, limit=PAGE)
            if above is not None:
                page = await history.results(
                    self._reference,
                    self._filter,
                    cursor=ResultCursor.of(above),
                    limit=max(PAGE, self.size.height),
                )
                opening = replace(opening, page=page) if page.results else opening
        except AmxError as error:
            self.amx.report_error(error, what=f"Reading {self._reference}", quietly=not self.results.rows)
            self.results.show_note(
                ListNote(error.message, (error.hint, "r tries again, esc goes back"), tone="error")
            )
        else:
            self._show(opening)

    def _show(self, opening: RunOpening) -> None:
        self._full.clear()
        self._trails.clear()
        self._detail, self._counts = opening.detail, opening.counts
        self._run = opening.detail.run
        self._reference = self._run.run_id
        page = opening.page
        self.results.total = opening.counts.total if self._filter.is_empty else None
        self.results.show_rows(page.results, has_before=page.has_before, has_after=page.has_after)
        if self._filter.is_empty:
            self.results.show_note(
                ListNote("This run drafted nothing.", ("i shows its facts, esc goes back",))
            )
        else:
            self.results.show_note(ListNote("No result matches this filter.", ("esc takes the filter away",)))
        self._show_titles()
        self._show_text()
        if opening.counts.is_partial:
            self._count()

    @work(exclusive=True, group="run.count", exit_on_error=False)
    async def _count(self) -> None:
        """Count the decisions of a very long run behind its first results."""
        counts = await self.run_use_case(self.workspace.history.counts(self._reference), what="Counting")
        if counts is not None:
            self._counts = counts
            self._show_titles()

    @on(RowList.PageWanted)
    def _page_wanted(self, message: RowList.PageWanted) -> None:
        self._read_page(message)

    @work(group="run.more", exit_on_error=False)
    async def _read_page(self, message: RowList.PageWanted) -> None:
        edge, shown = message.edge, self._filter
        beside = message.beside
        direction: Direction = "backward" if edge in ("before", "end") else "forward"
        cursor = ResultCursor.of(beside) if beside is not None else None
        history = self.workspace.history
        reading = history.results(
            self._reference, self._filter, cursor=cursor, direction=direction, limit=PAGE
        )
        page = await self.run_use_case(reading, what="Reading more results")
        if page is None or shown != self._filter:
            self.results.page_failed(edge)
        else:
            self.results.take_page(edge, page.results, has_before=page.has_before, has_after=page.has_after)

    @on(RowList.CursorMoved)
    def _cursor_moved(self) -> None:
        self._show_titles()
        if self.results.current_key != self._result_id:
            self._result_id = self.results.current_key
            self._shows_facts = False
        self._show_text()
        self._read_full()

    @work(exclusive=True, group="run.full", exit_on_error=False)
    async def _read_full(self) -> None:
        """Read the full text of the result under the cursor, once the cursor rests there."""
        from asyncio import sleep

        result = self.results.current
        if result is None or result.result_id in self._full:
            return
        await sleep(SETTLE)
        full = await self.run_use_case(
            self.workspace.history.result(result.result_id), what="Reading the result"
        )
        if full is not None:
            self._full[full.result_id] = full
            self._show_text()
            if full.evaluated_at is not None:
                trail = self.workspace.apply.applications_of(full)
                found = await self.run_use_case(trail, what="Reading its applications")
                self._trails[full.result_id] = found or ()
                self._show_text()

    # ---- showing -----------------------------------------------------------------------------------

    def _show_titles(self) -> None:
        title, counts = self.query_one("#run-title", TitleBar), self.query_one("#run-counts", TitleBar)
        if self._run is None:
            title.show(((self._reference, "strong"),))
            return
        title.show(run_pieces(self._run, self.amx.now()), row_pieces(self.results.position))
        counts.show(count_pieces(self._counts, self._query, self.size.width))

    def _show_text(self) -> None:
        """Draw the pane beside or behind the list."""
        pane = self.query_one(TextPane)
        result, detail = self.results.current, self._detail
        if result is not None and not self._shows_facts:
            full = self._full.get(result.result_id, result)
            trail = self._trails.get(result.result_id, ())
            pane.show(lambda width: result_content(full, self.amx.now(), width, trail))
        elif detail is not None:
            pane.show(lambda width: run_content(detail, width))
        self.show_footer()

    # ---- commands ----------------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Opening and copying want a result under the cursor."""
        if command.verb in {"open", "copy", "copy_name"} and self.results.current is None:
            return "There is no result under the cursor."
        if command.verb == "facts" and self._detail is None:
            return "The run has not been read yet."
        if command.verb == "hash" and self.amx.session.workspace is None:
            return "The configuration is still being read."
        if (
            command.verb == "copy"
            and self.results.current is not None
            and self._current_description() is None
        ):
            return "This result has no description in force."
        return ""

    def _current_description(self) -> str | None:
        result = self.results.current
        return None if result is None else self._full.get(result.result_id, result).description

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Go to the text of the result under the cursor."""
        self._shows_facts = False
        self._show_text()
        self._to_text()

    def action_facts(self) -> None:
        """Go to the run's facts, or back to the result."""
        self._shows_facts = not self._shows_facts
        self._show_text()
        if self._shows_facts:
            self._to_text()

    def _to_text(self) -> None:
        pane = self.query_one(TextPane)
        self.add_class("-reading")
        pane.scroll_home(animate=False)
        pane.focus()

    def action_back(self) -> None:
        """One step back."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self._shows_facts = False
            self._show_text()
            self.results.focus()
        elif self._query:
            self._apply_query("")
        else:
            self.app.pop_screen()

    def action_compare(self) -> None:
        """Compare this run with another."""
        self.amx.compare_with_another(self._reference)

    def action_review(self) -> None:
        """Review this run."""
        self.amx.open_review(self._reference)

    def action_apply(self) -> None:
        """Show what applying the run would write."""
        self.amx.open_apply(self._reference)

    def action_refresh(self) -> None:
        """Read the run again."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        else:
            self._read(to_start=False)

    def action_filter(self) -> None:
        """Open the filter line."""
        before = self._query
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=self._query,
            words=RESULT_QUERY_WORDS,
            hint="is:pending|accepted|edited|rejected|failed  confidence:low  table:sales.customer  or any text",
            on_change=self._apply_query,
            on_done=self._apply_query,
            on_cancel=self._apply_query,
            cancel_value=before,
            suggest=lambda word: RESULT_QUERY_VALUES.get(word, ()),
        )

    def _apply_query(self, line: str) -> str:
        """Apply a filter line; the answer is what is wrong with it."""
        try:
            wanted = parse_result_query(line)
        except AmxError as error:
            return f"{error.message} {error.hint}"
        self._query = line.strip()
        if wanted != self._filter:
            self._filter = wanted
            self._read()
        self._show_titles()
        return ""

    def action_hash(self) -> None:
        """Show the hash, and copy it."""
        self.show_hash(self._reference)

    @work(exclusive=True, group="run.copy", exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy the description in force, all of it although the list holds only its beginning."""
        result = self.results.current
        if result is None:
            return
        full: Result | None = self._full.get(result.result_id, result)
        if full is not None and full.is_cut:
            full = await self.run_use_case(
                self.workspace.history.result(result.result_id), what="Reading the result"
            )
        if full is not None and full.description is not None:
            self.amx.copy(full.description, what="the description")

    def action_copy_name(self) -> None:
        """Copy the qualified name."""
        result = self.results.current
        if result is not None:
            self.amx.copy(result.target_qname, what=result.target_qname)

    def action_next_table(self) -> None:
        """To the first row of the next table."""
        self.results.action_go_group(1)

    def action_previous_table(self) -> None:
        """To the first row of this table, or of the one before it."""
        self.results.action_go_group(-1)
