"""The Compare screen: two people's runs side by side, settled on the spot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from amx_tui.domain.compare import CompareCursor, CompareRow
from amx_tui.domain.errors import AmxError
from amx_tui.ui.commands import Command, bindings_of
from amx_tui.ui.screens.compare.filtering import FILTER_VERBS, FilteringScreen
from amx_tui.ui.screens.compare.lines import FoldedTable, Line, line_key, table_key, table_name
from amx_tui.ui.widgets.row_list import RowList
from amx_tui.ui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice

__all__ = ["CompareScreen"]

_SETTLES = frozenset({"take_1", "take_2", "edit"})


class CompareScreen(FilteringScreen):
    """What two runs or more say about the same assets, where they differ, and whose words are taken."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS = "RowList"
    VERBS = (
        Command("compare.take_1", "1", "Take the first side's description", footer="Take 1st"),
        Command("compare.take_2", "2", "Take the second side's description (3-8: further ones)", "Take 2nd"),
        Command("compare.next", "n", "To the next difference", footer="Next"),
        Command("compare.only_differences", "d", "Show only differences, or everything", footer="Only diffs"),
        Command("compare.export", "E", "Export as Markdown, CSV, JSON, HTML or text", footer="Export"),
        Command("compare.previous", "N", "To the previous difference"),
        Command("compare.edit", "e", "Edit the description and take that"),
        Command("compare.take_all", "a", "Take all of one side's descriptions, after asking"),
        Command("compare.undo", "u", "Take the last settling back"),
        Command("compare.redo", "ctrl+r", "Settle again what was taken back"),
        Command("compare.open", "enter,o", "Show the texts in full, or unfold the table"),
        *FILTER_VERBS,
        Command("compare.copy", "y", "Copy the asset's name"),
        Command("compare.refresh", "r", "Read the comparison again"),
        Command(
            "compare.back", "escape", "One step back: the text, the filter, the history", in_palette=False
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(VERBS),
        *(Binding(str(number), f"take({number})", show=False) for number in range(3, 10)),
    ]

    # ---- what can be done now ------------------------------------------------------------------------

    def reason_against(self, command: Command) -> str:
        """Settling wants the right, a result and a description; undoing something to undo."""
        if self.comparison is None:
            return "" if command.verb in {"back", "refresh"} else "The comparison has not been read yet."
        compare = self.workspace.compare
        if command.verb in {"undo", "redo"} and (reason := compare.reason_against_settling(self.comparison)):
            return reason
        if command.verb == "take_all":
            return compare.reason_against_settling(self.comparison)
        if command.verb in _SETTLES:
            return self.reason_against_settling()
        if command.verb == "undo" and not compare.can_undo:
            return "There is nothing to take back."
        if command.verb == "redo" and not compare.can_redo:
            return "There is nothing to settle again."
        if command.verb in {"open", "copy", "fold", "fold_all"} and self.lines.current is None:
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

    def go_to_difference(self, step: int, *, quietly: bool = False) -> None:
        """Go to the next difference in memory, else have it looked for."""
        lines, current = self.lines.rows, self.lines.current
        if current is None:
            return
        here = [line_key(line) for line in lines].index(line_key(current))
        around = lines[here + 1 :] if step > 0 else lines[:here][::-1]
        for line in around:
            if self._is_difference(line):
                self.lines.go_to(line_key(line))
                return
            if self._hides_difference(line):
                break
        else:
            if not (self.lines.has_after if step > 0 else self.lines.has_before) and (
                step < 0 or not self._hides_difference(current)
            ):
                self._say_no_difference(step, quietly)
                return
        self._seek(current, step, quietly)

    def _is_difference(self, line: Line) -> bool:
        return isinstance(line, CompareRow) and line.status in self.differences

    def _hides_difference(self, line: Line) -> bool:
        return isinstance(line, FoldedTable) and (line.counts is None or line.counts.of(self.differences) > 0)

    def _say_no_difference(self, step: int, quietly: bool) -> None:
        if not quietly:
            self.amx.say(f"There is no {'later' if step > 0 else 'earlier'} difference.", severity="warning")

    @work(exclusive=True, group="compare.seek", exit_on_error=False)
    async def _seek(self, line: Line, step: int, quietly: bool) -> None:
        """Look in the store for the next difference, which may lie in a folded table."""
        comparison, compare = self.comparison, self.workspace.compare
        if comparison is None:
            return
        cursor = CompareCursor(*table_key(line), getattr(line, "column_name", ""))
        try:
            if step > 0 and isinstance(line, FoldedTable):
                wanted = replace(comparison.filter, statuses=self.differences)
                page = await compare.page(replace(comparison, filter=wanted), around=cursor, limit=1)
                row = page.rows[0] if page.rows else None
            else:
                found = await compare.next_difference(
                    comparison, cursor, "forward" if step > 0 else "backward"
                )
                row = found.row if found is not None else None
                if found is not None:
                    self.numbering.know(found.row, found.number)
        except AmxError as error:
            self.amx.report_error(error, what="Looking for a difference")
            return
        if row is None:
            self._say_no_difference(step, quietly)
            return
        self.folded_tables.discard(table_key(row))
        self.jump(CompareCursor.of(row))

    # ---- other commands ------------------------------------------------------------------------------

    @on(RowList.RowOpened)
    def action_open(self) -> None:
        """Show the texts in full, or unfold the table."""
        if isinstance(self.lines.current, FoldedTable):
            self.action_fold()
            return
        pane = self.query_one("#detail", TextPane)
        self.add_class("-reading")
        pane.scroll_home(animate=False)
        pane.focus()

    def action_back(self) -> None:
        """One step back."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
            self.lines.focus()
        elif not self.filter.is_empty:
            self.show_filter(replace(self.filter, name="", statuses=frozenset()))
        else:
            self.app.pop_screen()

    @property
    def opens(self) -> str:
        """The baseline's run."""
        return f"run {self.watched_runs[0]}" if self.watched_runs else ""

    @property
    def watched_runs(self) -> tuple[str, ...]:
        """The runs that are compared."""
        return () if self.comparison is None else tuple(side.run.run_id for side in self.comparison.sides)

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Read the comparison again where somebody decided or drafted, with the cursor where it is."""
        runs = {"", *self.watched_runs}
        if any(
            each.kind in {"result", "results"} or (each.kind == "run" and each.row_id in runs)
            for each in notices
        ):
            self.read()

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
            name = line.target_qname if isinstance(line, CompareRow) else table_name(line)
            self.amx.copy(name, what=name)

    def action_export(self) -> None:
        """Ask for a path and write the rows that the filter shows."""
        from amx_tui.ui.screens.compare.exporting import ask_export

        if self.comparison is not None:
            ask_export(self, self.comparison)
