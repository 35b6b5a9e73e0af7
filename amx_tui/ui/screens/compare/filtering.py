"""Which assets of a comparison are seen: by status, by table, by name, with their tables folded or not."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from amx_tui.domain.compare import (
    DIFFERENCES,
    CompareCursor,
    CompareFilter,
    CompareStatus,
    matches_name,
)
from amx_tui.domain.errors import AmxError
from amx_tui.ui.commands import Command
from amx_tui.ui.screens.compare.lines import table_key, table_name
from amx_tui.ui.screens.compare.query import (
    COMPARE_QUERY_WORDS,
    STATUS_WORDS,
    format_compare_query,
    parse_compare_query,
)
from amx_tui.ui.screens.compare.settling import SettlingScreen
from amx_tui.ui.screens.compare.titles import TableBar

__all__ = ["FILTER_VERBS", "FilteringScreen"]

FILTER_VERBS = (
    Command("compare.filter", "slash", "Filter by name and status"),
    Command("compare.status", "f", "Show one status after the other"),
    Command("compare.table", "t", "Show only this table, or everything"),
    Command("compare.fold", "z", "Fold or unfold this table"),
    Command("compare.fold_all", "Z", "Fold or unfold all tables"),
    Command("compare.loose", "w", "Overlook white space and letter case, or not"),
    Command("compare.all", "", "Show every status"),
    Command("compare.only_same", "", "Show only what is the same"),
    Command("compare.only_diff", "", "Show only what is described differently"),
    Command("compare.only_left_only", "", "Show only what the first side alone describes"),
    Command("compare.only_right_only", "", "Show only what the others alone describe"),
    Command("compare.only_neither", "", "Show only what nobody describes"),
)
_CYCLE: tuple[frozenset[CompareStatus], ...] = (
    frozenset(),
    DIFFERENCES,
    frozenset({"diff"}),
    frozenset({"left_only"}),
    frozenset({"right_only"}),
    frozenset({"same"}),
    frozenset({"neither"}),
)


class FilteringScreen(SettlingScreen):
    """A comparison of which a part can be looked at."""

    # ---- filters -------------------------------------------------------------------------------------

    def show_filter(self, wanted: CompareFilter) -> None:
        """Show the assets that pass a filter, from the first one where that under the cursor does not pass it."""
        if wanted != self.filter:
            row = self.current_row
            stays = row is None or (
                matches_name(row.key, wanted.name) and (not wanted.statuses or row.status in wanted.statuses)
            )
            self.filter = wanted
            self.show_titles()
            self.read(to_start=not stays)

    def show_only(self, statuses: frozenset[CompareStatus]) -> None:
        """Show the assets of some statuses, or of all."""
        self.show_filter(replace(self.filter, statuses=statuses))

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
        """Show only what is described differently."""
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
        self.show_filter(replace(self.filter, is_loose=not self.filter.is_loose))

    def action_table(self) -> None:
        """Show only this table, or everything."""
        line = self.lines.current
        if self.filter.name:
            self.show_filter(replace(self.filter, name=""))
        elif line is not None:
            self._show_table(table_name(line))

    def _show_table(self, name: str) -> None:
        self.folded_tables.clear()
        self.show_filter(replace(self.filter, name=name))

    @on(TableBar.Chosen)
    def _table_chosen(self, message: TableBar.Chosen) -> None:
        """A click on a table shows only that, on the filter takes it away, on what is left out folds all."""
        match message.what:
            case "table":
                self._show_table("" if self.filter.name == message.name else message.name)
            case "filter":
                self.show_filter(CompareFilter())
            case "more":
                self.action_fold_all()

    def action_filter(self) -> None:
        """Open the filter line."""
        from amx_tui.ui.line_input import ask_line

        ask_line(
            self.amx,
            prompt="/",
            value=format_compare_query(self.filter),
            words=COMPARE_QUERY_WORDS,
            hint="sales.customer  c_*  status:diff|same|added|missing|differences",
            on_change=self._filter_typed,
            on_done=self._filter_typed,
            on_cancel=self.show_filter,
            cancel_value=self.filter,
            suggest=lambda word: tuple(STATUS_WORDS) if word == "status" else (),
        )

    def _filter_typed(self, line: str) -> str:
        """Apply a filter line; the answer is what is wrong with it."""
        try:
            wanted = parse_compare_query(line, self.filter)
        except AmxError as error:
            return f"{error.message} {error.hint}"
        self.show_filter(wanted)
        return ""

    # ---- folding -------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Fold the table under the cursor, or unfold it."""
        line = self.lines.current
        if line is None or self.comparison is None:
            return
        key = table_key(line)
        if key in self.folded_tables:
            self.folded_tables.discard(key)
            self.jump(CompareCursor(*key))
        else:
            self.folded_tables.add(key)
            self._show_folded(key)

    def action_fold_all(self) -> None:
        """Fold all tables, which shows their counts, or unfold them."""
        line = self.lines.current
        keys = {table_key(stub) for stub in self.stubs()}
        if line is None:
            return
        if keys <= self.folded_tables:
            self.folded_tables.clear()
            self.jump(CompareCursor(*table_key(line)))
        else:
            self.folded_tables = keys
            self._show_folded(table_key(line))
        self.lines.total = None

    def _show_folded(self, key: tuple[str, str]) -> None:
        """Fold the lines in memory, with the cursor on a folded table."""
        lines = self.lines
        self.show_lines(tuple(lines.rows), has_before=lines.has_before, has_after=lines.has_after)
        lines.go_to(("folded", *key))
