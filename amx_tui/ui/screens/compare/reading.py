"""Reading a comparison page by page, folding its tables, and showing what is under the cursor."""

from __future__ import annotations

from asyncio import sleep, to_thread
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from amx_tui.domain.compare import (
    DIFFERENCES,
    AssetKey,
    CompareCounts,
    CompareCursor,
    CompareFilter,
    CompareRow,
    CompareStatus,
    Comparison,
)
from amx_tui.domain.errors import AmxError
from amx_tui.domain.results import Result
from amx_tui.domain.runs import Direction
from amx_tui.domain.text import one_line
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.compare.columns import BESIDE_FROM, compare_columns, counts_text
from amx_tui.ui.screens.compare.content import line_content
from amx_tui.ui.screens.compare.lines import (
    FoldedTable,
    Line,
    Numbering,
    TableKey,
    cursor_beside,
    folded,
    line_key,
    table_key,
    table_name,
)
from amx_tui.ui.screens.compare.titles import TableBar, place_pieces, side_pieces, status_chips
from amx_tui.ui.widgets.bars import Bar, ChipBar, KeyBar, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.row_list import ListNote, RowList
from amx_tui.ui.widgets.text_pane import TextPane
from amx_tui.ui.widgets.word_marks import EASY, prepare_marks

if TYPE_CHECKING:
    from amx_tui.services.workspace import StoreState

__all__ = ["ComparisonScreen"]

Results = tuple[Result | None, ...]
PAGE = 80
SETTLE = 0.12
"""Seconds that the cursor rests on an asset before its alternatives are read."""
LOW_BELOW = 22
"""Lines of the terminal below which the texts take the list's place instead of standing below it."""
WATCH_RUNNING = 5.0
"""Seconds between two reads while one of the runs still adds results."""
REMEMBERED = 200
"""Assets whose results are kept for when the cursor comes back to them."""


class ComparisonScreen(BaseScreen):
    """The list of a comparison with the texts below it; what can be done with it is the subclass'.

    Args:
        references: The runs, the baseline first.
        wanted: Which assets are shown at first.
    """

    def __init__(self, references: Sequence[str], wanted: CompareFilter | None = None) -> None:
        super().__init__()
        self._references = tuple(references)
        self.filter = wanted or CompareFilter()
        self.comparison: Comparison | None = None
        self.numbering = Numbering(CompareCounts(), DIFFERENCES)
        self.folded_tables: set[TableKey] = set()
        self._headings: dict[TableKey, str] = {}
        self._full: dict[AssetKey, tuple[CompareRow, Results]] = {}
        """The results that were read for rows, each with the row that they are those of."""
        self._has_failed = False
        self._store: tuple[str, str] | None = None
        """Which store the rows are from."""

    def compose(self) -> ComposeResult:
        """Status line, the sides, the counts, assets, texts, what was done last, keys."""
        yield StatusBar()
        yield TitleBar()
        yield ChipBar(id="counts")
        yield TableBar(id="tables")
        yield Static(id="warnings", markup=False)
        yield RowList((), key=line_key, group=self._heading, id="lines")
        yield TextPane(id="detail")
        yield Bar(id="settled")
        yield KeyBar(id="keys")

    @property
    def lines(self) -> RowList[Line]:
        """The list of assets and folded tables."""
        return self.query_one("#lines", RowList)

    @property
    def current_row(self) -> CompareRow | None:
        """The asset under the cursor; None on a folded table."""
        line = self.lines.current
        return line if isinstance(line, CompareRow) else None

    @property
    def differences(self) -> frozenset[CompareStatus]:
        """The statuses that count as differences under the filter."""
        return self.filter.statuses & DIFFERENCES or DIFFERENCES

    def _heading(self, line: Line) -> str:
        """What stands above the lines of a table; a folded one is its own heading."""
        if isinstance(line, FoldedTable):
            return ""
        key = table_key(line)
        heading = self._headings.get(key)
        if heading is None:
            heading = self._headings[key] = table_name(line)
        return heading

    def on_mount(self) -> None:
        """Read the comparison; while a run is still running, read it again and again."""
        self.lines.show_note(ListNote("Comparing…", ("esc goes back",)))
        self.show_titles()
        if self.amx.store_view.kind != "connecting":
            self.read()
        self.set_interval(WATCH_RUNNING, self._watch_running)

    def on_resize(self, event: events.Resize) -> None:
        """Put the texts behind the list where there is no room below it."""
        self.set_class(event.size.height < LOW_BELOW, "-low")
        self.show_titles()

    def store_changed(self, state: StoreState) -> None:
        """Read the comparison from the store that is open now; another store's rows are not left standing."""
        super().store_changed(state)
        store = (state.kind, state.label)
        if state.is_open and self._store not in (None, store):
            self.comparison = None
            self.lines.show_rows(())
            self.show_titles()
            self.query_one("#detail", TextPane).show(lambda width: Content(""))
        if state.is_open:
            self._store = store
            self.read()
        elif state.kind == "failed" and not self.lines.rows:
            self._show_failure(state.reason, state.hint)

    def _show_failure(self, reason: str, hint: str) -> None:
        """Say why there is nothing to see, and which keys go on."""
        lines = [hint, "r tries again, esc goes back"]
        if self.amx.store_view.kind == "offline":
            lines = [hint, "The shared history is out of reach.", "r tries the host again, esc goes back"]
        self.lines.show_note(ListNote(reason, tuple(line for line in lines if line), tone="error"))

    def _watch_running(self) -> None:
        is_running = self.comparison is not None and self.comparison.is_running
        # A host that is away is not asked, and complained about, every few seconds.
        if is_running and self.is_current and not self._has_failed and self.amx.may_look:
            self.read()

    # ---- reading -----------------------------------------------------------------------------------

    @work(exclusive=True, group="compare.open", exit_on_error=False)
    async def read(self, *, to_start: bool = False) -> None:
        """Read the sides, the counts, and what is in view again or the first page."""
        above = None if to_start else self.lines.above_view
        try:
            compare = self.workspace.compare
            opened = await compare.open(self._references, self.filter, limit=PAGE)
            page = opened.page
            if above is not None:
                behind = await compare.page(
                    opened, cursor=cursor_beside(above, "after"), limit=max(PAGE, 2 * self.size.height)
                )
                page = behind if behind.rows else page
        except AmxError as error:
            self._has_failed = True
            self.amx.report_error(error, what="Comparing", quietly=not self.lines.rows)
            self._show_failure(error.message, error.hint)
            return
        self._show(opened)
        self.show_lines(page.rows, has_before=page.has_before, has_after=page.has_after, to_start=to_start)

    def _show(self, opened: Comparison) -> None:
        before, self.comparison, self._has_failed = self.comparison, opened, False
        self._references = tuple(side.run.run_id for side in opened.sides)
        self._store = (self.workspace.state.kind, self.workspace.state.label)
        if before is None or before.names != opened.names:
            self.lines.set_columns(compare_columns(opened))
        if self.filter.is_empty:
            note = ListNote("These runs describe nothing.", ("esc goes back, r reads them again",))
        else:
            note = ListNote("No asset matches this filter.", ("esc takes the filter away, / changes it",))
        self.lines.show_note(note)
        self.show_counts(opened.counts)

    def show_lines(
        self, rows: Sequence[Line], *, has_before: bool, has_after: bool, to_start: bool = False
    ) -> None:
        """Show a stretch of the list, with those of its tables folded that are."""
        stubs = self.stubs()
        lines: Sequence[Line] = self.fold(rows)
        if stubs and all(table_key(stub) in self.folded_tables for stub in stubs):
            lines, has_before, has_after = stubs, False, False
        if to_start:
            self.lines.show_start(lines, has_after=has_after)
        else:
            self.lines.show_rows(lines, has_before=has_before, has_after=has_after)
        self._show_place()
        self._show_text()

    def stubs(self) -> list[FoldedTable]:
        """All tables that pass the filter, as folded ones."""
        if self.comparison is None:
            return []
        tables = self.comparison.counts.tables
        return [
            FoldedTable(table.schema_name, table.table_name, table)
            for table in tables
            if table.of(self.filter.statuses)
        ]

    def fold(self, rows: Sequence[Line]) -> list[Line]:
        """Fold those of some rows whose tables are folded."""
        counts = self.comparison.counts if self.comparison is not None else CompareCounts()
        return folded(rows, self.folded_tables, counts)

    @on(RowList.PageWanted)
    def _page_wanted(self, message: RowList.PageWanted) -> None:
        self._read_page(message)

    @work(group="compare.more", exit_on_error=False)
    async def _read_page(self, message: RowList.PageWanted) -> None:
        """Read the page that the list asked for; what comes late for another filter is dropped."""
        comparison, edge = self.comparison, message.edge
        if comparison is None:
            return
        cursor = cursor_beside(message.beside, edge) if message.beside is not None else None
        direction: Direction = "backward" if edge in ("before", "end") else "forward"
        reading = self.workspace.compare.page(comparison, cursor=cursor, direction=direction, limit=PAGE)
        page = await self.run_use_case(reading, what="Reading more of the comparison")
        if page is None or comparison.filter != self.filter:
            self.lines.page_failed(edge)
            return
        lines = self.fold(page.rows)
        if edge == "start":
            self.lines.show_start(lines, has_after=page.has_after)
        elif edge == "end":
            self.lines.show_end(lines, has_before=page.has_before)
        else:
            more = page.has_after if edge == "after" else page.has_before
            self.lines.add_page(edge, lines, has_more=more)
            if len(lines) < len(page.rows):
                # Folded, a page may be too short to fill the screen: the list looks again what it needs.
                self.lines.action_move(0)

    @work(exclusive=True, group="compare.jump", exit_on_error=False)
    async def jump(self, cursor: CompareCursor) -> None:
        """Read the page that begins with an asset, and put the cursor there."""
        if self.comparison is None:
            return
        reading = self.workspace.compare.page(self.comparison, around=cursor, limit=PAGE)
        page = await self.run_use_case(reading, what="Reading the comparison")
        if page is not None and page.rows:
            lines = self.fold(page.rows)
            self.lines.show_rows(
                lines, has_before=page.has_before, has_after=page.has_after, cursor=line_key(lines[0])
            )

    @on(RowList.CursorMoved)
    def _cursor_moved(self) -> None:
        self._show_place()
        self._show_text()
        self._read_full()

    @work(exclusive=True, group="compare.full", exit_on_error=False)
    async def _read_full(self) -> None:
        """Read the results behind the asset under the cursor, once the cursor rests there."""
        row = self.current_row
        if row is None or self._results_of(row):
            return
        await sleep(SETTLE)
        results = await self.run_use_case(self.workspace.compare.detail(row), what="Reading the results")
        if results is None:
            return
        baseline, *others = _descriptions(results)
        for other in others:
            if baseline and other and other != baseline and len(baseline) + len(other) > EASY:
                await to_thread(prepare_marks, baseline, other)
        while len(self._full) >= REMEMBERED:
            del self._full[next(iter(self._full))]
        self._full[row.key] = row, results
        self._show_text()

    def _results_of(self, row: CompareRow) -> Results:
        """The results behind a row where they were read since it became as it is; else none."""
        read, results = self._full.get(row.key, (None, ()))
        return results if read is not None and read.cells == row.cells else ()

    # ---- showing -----------------------------------------------------------------------------------

    def _show_text(self) -> None:
        line, comparison = self.lines.current, self.comparison
        if line is None or comparison is None:
            return
        results = self._results_of(line) if isinstance(line, CompareRow) else ()

        def draw(width: int) -> Content:
            is_beside = self.size.width >= BESIDE_FROM
            return line_content(comparison, line, results, width, is_beside=is_beside)

        self.query_one("#detail", TextPane).show(draw)

    def show_titles(self) -> None:
        """Show who is compared, the counts, the filter and the warnings."""
        comparison = self.comparison
        warnings = self.query_one("#warnings", Static)
        warnings.display = comparison is not None and bool(comparison.warnings)
        self.query_one(TableBar).display = comparison is not None and (
            not self.has_class("-low") or not self.filter.is_empty or self.filter.is_loose
        )
        self._show_place()
        if comparison is None:
            self.query_one("#counts", ChipBar).show_keys(())
            return
        chips = status_chips(comparison, self.filter, self.size.width)
        self.query_one("#counts", ChipBar).show_keys(chips)
        self.query_one(TableBar).show_tables(comparison.counts, self.filter)
        warnings.update(f"⚠ {one_line('  '.join(comparison.warnings))}")

    def _show_place(self) -> None:
        """Show which of the differences the cursor is on."""
        title, comparison, row = self.query_one(TitleBar), self.comparison, self.current_row
        if comparison is None:
            names = one_line(" · ".join(self._references))
            title.show((("Compare", "strong"), (f"  {names}", "muted")))
            return
        number = None
        is_difference = row is not None and row.status in self.numbering.wanted
        if row is not None and is_difference:
            lines = self.lines
            number = self.numbering.number_of(
                row, lines.rows, has_before=lines.has_before, has_after=lines.has_after
            )
        width = self.size.width
        place: tuple[Piece, ...] = place_pieces(self.numbering.total, number, is_difference, width)
        title.show(side_pieces(comparison, width), place)
        self.show_footer()

    def show_counts(self, counts: CompareCounts) -> None:
        """Show other counts for the same comparison."""
        if self.comparison is None:
            return
        self.comparison = replace(self.comparison, counts=counts)
        known = self.numbering
        self.numbering = Numbering(counts, self.differences)
        self.numbering.keep(known)
        self._headings = {
            (table.schema_name, table.table_name): f"{table.qname}   {counts_text(table)}"
            for table in counts.tables
        }
        self.lines.total = counts.of(self.filter.statuses) if not self.folded_tables else None
        self.lines.redraw()
        self.show_titles()

    def redraw_current(self) -> None:
        """Show the asset under the cursor as it is now."""
        self._show_place()
        self._show_text()
        self._read_full()

    async def whole_texts(self, row: CompareRow) -> tuple[str | None, ...]:
        """Every side's description in full."""
        return _descriptions(self._results_of(row) or await self.workspace.compare.detail(row))


def _descriptions(results: Sequence[Result | None]) -> tuple[str | None, ...]:
    return tuple(result.description or None if result is not None else None for result in results)
