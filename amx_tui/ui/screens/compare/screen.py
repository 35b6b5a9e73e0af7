"""The Compare screen: two people's runs side by side, settled on the spot."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from amx_tui.domain.compare import DIFFERENCES, CompareCursor, CompareRow, CompareStatus
from amx_tui.domain.errors import AmxError
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.compare.lines import FoldedTable, Line, group_of, line_key, table_key
from amx_tui.ui.screens.compare.settling import SettlingScreen
from amx_tui.ui.widgets.row_list import RowList
from amx_tui.ui.widgets.text_pane import TextPane

__all__ = ["CompareScreen"]

COMPARE_QUERY_WORDS = ("status:",)
_CYCLE: tuple[frozenset[CompareStatus], ...] = (
    frozenset(),
    DIFFERENCES,
    frozenset({"diff"}),
    frozenset({"left_only"}),
    frozenset({"right_only"}),
    frozenset({"same"}),
    frozenset({"neither"}),
)
_SETTLES = frozenset({"take_1", "take_2", "edit", "take_all"})


class CompareScreen(SettlingScreen):
    """What two runs or more say about the same assets, where they differ, and whose words are taken."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("compare.take_1", "1", "Take the first side's description", footer="Take 1st"),
        Command("compare.take_2", "2", "Take the second side's description", footer="Take 2nd"),
        Command("compare.next", "n", "To the next difference", footer="Next"),
        Command("compare.only_differences", "d", "Show only differences, or everything", footer="Only diffs"),
        Command("compare.export", "E", "Export as Markdown, CSV, JSON, HTML or text", footer="Export"),
        Command("compare.previous", "N", "To the previous difference"),
        Command("compare.edit", "e", "Edit the description and take that"),
        Command("compare.take_all", "a", "Take all of one side's descriptions for the differences shown"),
        Command("compare.undo", "u", "Take the last settling back"),
        Command("compare.redo", "ctrl+r", "Settle again what was taken back"),
        Command("compare.open", "enter,o", "Show the texts in full, or unfold the table"),
        Command("compare.filter", "slash", "Filter by name and status"),
        Command("compare.status", "f", "Show one status after the other"),
        Command("compare.table", "t", "Show only this table, or everything"),
        Command("compare.fold", "z", "Fold or unfold this table"),
        Command("compare.fold_all", "Z", "Fold or unfold all tables"),
        Command("compare.loose", "w", "Overlook white space and letter case, or not"),
        Command("compare.copy", "y", "Copy the asset's name"),
        Command("compare.refresh", "r", "Read the comparison again"),
        Command("compare.all", "", "Show every status"),
        Command("compare.only_same", "", "Show only what is the same"),
        Command("compare.only_diff", "", "Show only what both describe differently"),
        Command("compare.only_left_only", "", "Show only what the first side alone describes"),
        Command("compare.only_right_only", "", "Show only what the others alone describe"),
        Command("compare.only_neither", "", "Show only what nobody describes"),
        Command(
            "compare.back", "escape", "One step back: the text, the filter, the history", in_palette=False
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(VERBS),
        *(Binding(str(number), f"take({number})", show=False) for number in range(3, 9)),
    ]

    # ---- what can be done now ------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Settling wants the right, a result and a description; undoing something to undo."""
        if self.comparison is None:
            return "" if command.verb in {"back", "refresh"} else "The comparison has not been read yet."
        compare = self.workspace.compare
        if command.verb == "take_all":
            return compare.reason_against_settling(self.comparison)
        if command.verb in _SETTLES:
            return self.reason_against_settling()
        if command.verb == "undo" and not compare.can_undo:
            return "There is nothing to take back."
        if command.verb == "redo" and not compare.can_redo:
            return "There is nothing to settle again."
        if command.verb in {"open", "copy", "fold", "table"} and self.lines.current is None:
            return "There is no asset under the cursor."
        return ""

    def action_take_1(self) -> None:
        """Take the first side's description."""
        self.take(0)

    def action_take_2(self) -> None:
        """Take the second side's description."""
        self.take(1)

    def action_take(self, number: int) -> None:
        """Take the description of a further side."""
        self.take(number - 1)

    # ---- going from difference to difference ---------------------------------------------------------

    def action_next(self) -> None:
        """Go to the next difference."""
        self.go_to_difference(1)

    def action_previous(self) -> None:
        """Go to the previous difference."""
        self.go_to_difference(-1)

    def go_to_difference(self, step: int) -> None:
        """Go to the next difference in memory, else have it looked for."""
        lines, current = self.lines.rows, self.lines.current
        if current is None:
            return
        keys = [line_key(line) for line in lines]
        here = keys.index(line_key(current))
        around = lines[here + 1 :] if step > 0 else lines[:here][::-1]
        found = next((line for line in around if self._is_difference(line)), None)
        if found is not None:
            self.lines.go_to(line_key(found))
        elif self.lines.has_after if step > 0 else self.lines.has_before:
            self._seek(current, step)
        else:
            self.amx.say(f"There is no {'later' if step > 0 else 'earlier'} difference.", severity="warning")

    def _is_difference(self, line: Line) -> bool:
        return isinstance(line, CompareRow) and line.status in self.differences

    @work(exclusive=True, group="compare.seek", exit_on_error=False)
    async def _seek(self, line: Line, step: int) -> None:
        comparison = self.comparison
        if comparison is None:
            return
        cursor = CompareCursor(*line.key) if isinstance(line, CompareRow) else CompareCursor(*table_key(line))
        looking = self.workspace.compare.next_difference(
            comparison, cursor, "forward" if step > 0 else "backward"
        )
        try:
            found = await looking
        except AmxError as error:
            self.amx.report_error(error, what="Looking for a difference")
            return
        if found is None:
            self.amx.say(f"There is no {'later' if step > 0 else 'earlier'} difference.", severity="warning")
        else:
            self._folded.discard(table_key(found.row))
            self.jump(CompareCursor.of(found.row))

    # ---- filters -------------------------------------------------------------------------------------

    def show_only(self, statuses: frozenset[CompareStatus]) -> None:
        """Show the assets of some statuses, or of all."""
        self.filter = replace(self.filter, statuses=statuses)
        self.read()

    def action_only_differences(self) -> None:
        """Show only differences, or everything."""
        self.show_only(frozenset() if self.filter.statuses == DIFFERENCES else DIFFERENCES)

    def action_status(self) -> None:
        """Show the next status that occurs."""
        counts = self.comparison.counts if self.comparison is not None else None
        start = _CYCLE.index(self.filter.statuses) if self.filter.statuses in _CYCLE else 0
        for offset in range(1, len(_CYCLE) + 1):
            statuses = _CYCLE[(start + offset) % len(_CYCLE)]
            if not statuses or (counts is not None and counts.of(statuses)):
                self.show_only(statuses)
                return

    def action_all(self) -> None:
        """Show every status."""
        self.show_only(frozenset())

    def action_only_same(self) -> None:
        """Show only what is the same."""
        self._toggle("same")

    def action_only_diff(self) -> None:
        """Show only what both describe differently."""
        self._toggle("diff")

    def action_only_left_only(self) -> None:
        """Show only what the first side alone describes."""
        self._toggle("left_only")

    def action_only_right_only(self) -> None:
        """Show only what the others alone describe."""
        self._toggle("right_only")

    def action_only_neither(self) -> None:
        """Show only what nobody describes."""
        self._toggle("neither")

    def _toggle(self, status: CompareStatus) -> None:
        wanted = frozenset({status})
        self.show_only(frozenset() if self.filter.statuses == wanted else wanted)

    def action_loose(self) -> None:
        """Count texts that differ in white space and letter case only as the same, or not."""
        self.filter = replace(self.filter, is_loose=not self.filter.is_loose)
        self.read()

    def action_table(self) -> None:
        """Show only this table, or everything."""
        line = self.lines.current
        if line is not None:
            self.filter = replace(self.filter, name="" if self.filter.name else _name_of_table(line))
            self._folded.clear()
            self.read()

    def action_filter(self) -> None:
        """Open the filter line."""
        from amx_tui.ui.line_input import ask_line
        from amx_tui.ui.screens.compare.query import STATUS_WORDS, format_compare_query

        before = self.filter
        ask_line(
            self.amx,
            prompt="/",
            value=format_compare_query(self.filter),
            words=COMPARE_QUERY_WORDS,
            hint="sales.customer  c_*  status:diff|same|added|missing|differences",
            on_change=self._filter_typed,
            on_done=self._filter_typed,
            on_cancel=self._restore_filter,
            cancel_value=before,
            suggest=lambda word: tuple(STATUS_WORDS) if word == "status" else (),
        )

    def _restore_filter(self, before: object) -> None:
        if before != self.filter and isinstance(before, type(self.filter)):
            self.filter = before
            self.read()

    def _filter_typed(self, line: str) -> str:
        """Apply a filter line; the answer is what is wrong with it."""
        from amx_tui.ui.screens.compare.query import parse_compare_query

        try:
            wanted = parse_compare_query(line, self.filter)
        except AmxError as error:
            return f"{error.message} {error.hint}"
        if wanted != self.filter:
            self.filter = wanted
            self.read(to_start=True)
        return ""

    # ---- folding -------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Fold the table under the cursor, or unfold it."""
        line = self.lines.current
        if line is None or self.comparison is None:
            return
        key = table_key(line)
        if key in self._folded:
            self._folded.discard(key)
            self.jump(CompareCursor(*key))
            return
        self._folded.add(key)
        has_before, has_after = self.lines.has_before, self.lines.has_after
        self._show_page(self.lines.rows, has_before=has_before, has_after=has_after)
        self.lines.go_to(("folded", *key))

    def action_fold_all(self) -> None:
        """Fold all tables, which shows their counts, or unfold them."""
        if self.comparison is None:
            return
        line = self.lines.current
        tables = [table for table in self.comparison.counts.tables if table.of(self.filter.statuses)]
        keys = {(table.schema_name, table.table_name) for table in tables}
        if keys and keys <= self._folded:
            self._folded.clear()
            self.jump(CompareCursor(*table_key(line)) if line is not None else CompareCursor(""))
            return
        self._folded = keys
        stubs = [FoldedTable(table.schema_name, table.table_name, table) for table in tables]
        self._show_page(stubs, has_before=False, has_after=False)
        if line is not None:
            self.lines.go_to(("folded", *table_key(line)))

    # ---- other commands ------------------------------------------------------------------------------

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Show the texts in full, or unfold the table."""
        if isinstance(self.lines.current, FoldedTable):
            self.action_fold()
            return
        self.add_class("-reading")
        self.query_one("#detail", TextPane).focus()

    def action_back(self) -> None:
        """One step back."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.lines.focus()
        elif not self.filter.is_empty:
            self.filter = replace(self.filter, name="", statuses=frozenset())
            self.read()
        else:
            self.app.pop_screen()

    def action_refresh(self) -> None:
        """Read the comparison again."""
        if self.amx.store_view.kind in {"offline", "failed"}:
            self.amx.retry_store()
        else:
            self.read()

    def action_copy(self) -> None:
        """Copy the asset's name."""
        line = self.lines.current
        if line is not None:
            name = line.target_qname if isinstance(line, CompareRow) else _name_of_table(line)
            self.amx.copy(name, what=name)

    def action_export(self) -> None:
        """Ask for a path and write the rows that the filter shows."""
        from amx_tui.ui.screens.compare.exporting import ask_export

        if self.comparison is not None:
            ask_export(self, self.comparison)


def _name_of_table(line: Line) -> str:
    if isinstance(line, CompareRow):
        return group_of(line)
    return line.counts.qname if line.counts is not None else ""
