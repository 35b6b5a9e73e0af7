"""Reading a comparison page by page, folding its tables, and showing what is under the cursor."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    DIFFERENCES,
    AssetKey,
    CompareCounts,
    CompareCursor,
    CompareFilter,
    CompareRow,
    CompareStatus,
    Comparison,
    status_sign,
)
from amx_tui.domain.errors import AmxError
from amx_tui.domain.results import Result
from amx_tui.domain.runs import Direction
from amx_tui.export.wording import status_label
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.compare.columns import compare_columns
from amx_tui.ui.screens.compare.content import line_content
from amx_tui.ui.screens.compare.lines import (
    Line,
    TableKey,
    cursor_beside,
    folded,
    group_of,
    line_key,
    number_of,
    table_key,
)
from amx_tui.ui.widgets.bars import ChipBar, KeyBar, KeyHint, Piece, StatusBar, TitleBar
from amx_tui.ui.widgets.row_list import ListNote, RowList
from amx_tui.ui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from amx_tui.services.workspace import StoreState

__all__ = ["ComparisonScreen"]

PAGE = 80
SETTLE = 0.12
"""Seconds that the cursor rests on an asset before its alternatives are read."""
LOW_BELOW = 22
"""Lines of the terminal below which the texts take the list's place instead of standing below it."""
WATCH_RUNNING = 5.0
"""Seconds between two reads while one of the runs still adds results."""


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
        self._folded: set[TableKey] = set()
        self._full: dict[AssetKey, tuple[Result | None, ...]] = {}

    def compose(self) -> ComposeResult:
        """Status line, the sides, the counts, assets, texts, keys."""
        yield StatusBar()
        yield TitleBar()
        yield ChipBar(id="counts")
        yield RowList((), key=line_key, group=group_of, id="lines")
        yield TextPane(id="detail")
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

    def on_mount(self) -> None:
        """Read the comparison; while a run is still running, read it again and again."""
        self.lines.show_note(ListNote("Comparing…"))
        self._show_titles()
        if self.amx.store_view.kind != "connecting":
            self.read()
        self.set_interval(WATCH_RUNNING, self._watch_running)

    def on_resize(self, event: events.Resize) -> None:
        """Put the texts behind the list where there is no room below it."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    def store_changed(self, state: StoreState) -> None:
        """Read the comparison from the store that is open now."""
        super().store_changed(state)
        if state.is_open:
            self.read()

    def _watch_running(self) -> None:
        if self.comparison is not None and self.comparison.is_running and self.is_current:
            self.read()

    # ---- reading -----------------------------------------------------------------------------------

    @work(exclusive=True, group="compare.open", exit_on_error=False)
    async def read(self, *, to_start: bool = False) -> None:
        """Read the sides, the counts and the page at the cursor."""
        current = None if to_start else self.lines.current
        try:
            compare = self.workspace.compare
            opened = await compare.open(self._references, self.filter, limit=PAGE)
            page = opened.page
            if current is not None and self.lines.has_before:
                place = CompareCursor(*table_key(current), getattr(current, "column_name", ""))
                page = await compare.page(opened, around=place, limit=PAGE)
        except AmxError as error:
            self.amx.report_error(error, what="Comparing", quietly=not self.lines.rows)
            self.lines.show_note(
                ListNote(error.message, (error.hint, "r tries again, esc goes back"), tone="error")
            )
            return
        self._show(opened)
        self._show_page(page.rows, has_before=page.has_before, has_after=page.has_after, to_start=to_start)

    def _show(self, opened: Comparison) -> None:
        before = self.comparison
        self.comparison = opened
        self._full.clear()
        if before is None or before.names != opened.names:
            self.lines.set_columns(compare_columns(opened))
        if self.filter.is_empty:
            note = ListNote("These runs describe nothing.", ("esc goes back",))
        else:
            note = ListNote("No asset matches this filter.", ("esc takes the filter away",))
        self.lines.show_note(note)

    def _show_page(
        self, rows: Sequence[Line], *, has_before: bool, has_after: bool, to_start: bool = False
    ) -> None:
        if self.comparison is None:
            return
        lines = folded(rows, self._folded, self.comparison.counts)
        self.lines.total = self.comparison.counts.of(self.filter.statuses) if not self._folded else None
        if to_start:
            self.lines.show_start(lines, has_after=has_after)
        else:
            self.lines.show_rows(lines, has_before=has_before, has_after=has_after)
        self._show_titles()
        self._show_text()

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
        if page is None or self.comparison is None or comparison.filter != self.filter:
            self.lines.page_failed(edge)
            return
        lines = folded(page.rows, self._folded, self.comparison.counts)
        if edge == "start":
            self.lines.show_start(lines, has_after=page.has_after)
        elif edge == "end":
            self.lines.show_end(lines, has_before=page.has_before)
        else:
            more = page.has_after if edge == "after" else page.has_before
            self.lines.add_page(edge, lines, has_more=more)

    @work(exclusive=True, group="compare.jump", exit_on_error=False)
    async def jump(self, cursor: CompareCursor) -> None:
        """Read the page that begins with an asset, and put the cursor there."""
        if self.comparison is None:
            return
        reading = self.workspace.compare.page(self.comparison, around=cursor, limit=PAGE)
        page = await self.run_use_case(reading, what="Reading the comparison")
        if page is not None and page.rows:
            lines = folded(page.rows, self._folded, self.comparison.counts)
            self.lines.show_rows(
                lines, has_before=page.has_before, has_after=page.has_after, cursor=line_key(lines[0])
            )

    @on(RowList.CursorMoved)
    def _cursor_moved(self) -> None:
        self._show_titles()
        self._show_text()
        self._read_full()

    @work(exclusive=True, group="compare.full", exit_on_error=False)
    async def _read_full(self) -> None:
        """Read the results behind the asset under the cursor, once the cursor rests there."""
        row = self.current_row
        if row is None or row.key in self._full:
            return
        await sleep(SETTLE)
        results = await self.run_use_case(self.workspace.compare.detail(row), what="Reading the results")
        if results is not None:
            self._full[row.key] = results
            self._show_text()

    # ---- showing -----------------------------------------------------------------------------------

    def _show_text(self) -> None:
        line, comparison = self.lines.current, self.comparison
        if line is None or comparison is None:
            return
        results = self._full.get(line.key, ()) if isinstance(line, CompareRow) else ()
        self.query_one("#detail", TextPane).show(lambda width: line_content(comparison, line, results, width))

    def _show_titles(self) -> None:
        title = self.query_one(TitleBar)
        comparison = self.comparison
        if comparison is None:
            title.show((("Compare", "strong"), (f"  {' · '.join(self._references)}", "muted")))
            return
        left: list[Piece] = [("Compare", "strong")]
        for index, name in enumerate(comparison.names, 1):
            left.extend(((f"  {index} ", "accent"), (name, "strong")))
        if self.filter.name:
            left.append((f"  filter {self.filter.name}", "accent"))
        if self.filter.is_loose:
            left.append(("  ≈ space and case overlooked", "accent"))
        left.extend((f"  ⚠ {warning}", "warning") for warning in comparison.warnings)
        title.show(tuple(left), tuple(self._place()))
        self.query_one(ChipBar).show_keys(tuple(self._chips(comparison)))
        self.show_footer()

    def _place(self) -> list[Piece]:
        """Which of the differences the cursor is on."""
        comparison, row = self.comparison, self.current_row
        if comparison is None or row is None:
            return []
        total = comparison.counts.of(self.differences)
        if row.status not in self.differences:
            return [(f"{total:,} difference{'' if total == 1 else 's'}", "muted")]
        number = number_of(row, self.lines.rows, self.lines.has_before, comparison.counts, self.differences)
        return [(f"difference {'?' if number is None else f'{number:,}'} of {total:,}", "accent")]

    def _chips(self, comparison: Comparison) -> list[KeyHint]:
        counts = comparison.counts
        chips = [KeyHint("compare.all", "Σ", f"{counts.total:,} assets", bool(self.filter.statuses))]
        for status in COMPARE_STATUSES:
            count = counts.of((status,))
            if count:
                is_off = bool(self.filter.statuses) and status not in self.filter.statuses
                label = f"{count:,} {status_label(comparison, status)}"
                chips.append(KeyHint(f"compare.only_{status}", status_sign(status), label, is_off))
        return chips

    def show_counts(self, counts: CompareCounts) -> None:
        """Show other counts for the same comparison."""
        if self.comparison is not None:
            self.comparison = replace(self.comparison, counts=counts)
            self._show_titles()

    def forget(self, key: AssetKey) -> None:
        """Let an asset's results be read again."""
        self._full.pop(key, None)

    def redraw_current(self) -> None:
        """Show the asset under the cursor as it is now."""
        self._show_titles()
        self._show_text()
        self._read_full()

    async def whole_texts(self, row: CompareRow) -> tuple[str | None, ...]:
        """Every side's description in full."""
        results = self._full.get(row.key) or await self.workspace.compare.detail(row)
        return tuple(result.description or None if result is not None else None for result in results)
