"""What stands above a comparison's list: the sides, the counts per status and per table, the warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    DIFFERENCES,
    CompareCounts,
    CompareFilter,
    CompareStatus,
    Comparison,
    TableCounts,
    status_sign,
)
from amx_tui.domain.names import join_name
from amx_tui.domain.text import one_line
from amx_tui.export.wording import status_label
from amx_tui.ui.screens.compare.columns import assets
from amx_tui.ui.screens.compare.query import format_compare_query
from amx_tui.ui.widgets.bars import ChipBar, KeyHint, Piece

__all__ = ["TableBar", "place_pieces", "side_pieces", "status_chips", "warning_pieces"]

WORDS_FROM = 72
"""From this width of the screen on the counter is written with words."""
SHORT_NAME = 12
COUNTER_CELLS = 26
"""Cells that the counter of differences takes, about."""


class TableBar(ChipBar):
    """The tables with the most differences, each of which can be clicked to see it alone."""

    class Chosen(Message):
        """The filter, a table, or what there was no room for was clicked.

        Args:
            what: Which of these.
            name: The table's qualified name.
        """

        def __init__(self, what: str, name: str = "") -> None:
            super().__init__()
            self.what = what
            self.name = name

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._filter = CompareFilter()
        self._tables: Sequence[TableCounts] = ()

    def show_tables(self, counts: CompareCounts, shown: CompareFilter) -> None:
        """Show the filter, and the tables that pass it, those with the most differences first."""
        wanted = shown.statuses & DIFFERENCES or shown.statuses or DIFFERENCES
        self._filter = shown
        self._tables = sorted(
            (table for table in counts.tables if table.of(shown.statuses)),
            key=lambda table: -table.of(wanted),
        )
        self._arrange()

    def _arrange(self) -> None:
        self.show_keys(tuple(self._chips()))

    def _chips(self) -> Iterator[KeyHint]:
        """As many tables as there is room for, and how many more there are."""
        room = self.content_size.width
        query = format_compare_query(self._filter)
        if self._filter.is_loose:
            query += "  ≈ space and case overlooked" if room >= WORDS_FROM + 20 else "  ≈ loosely"
        if query:
            hint = KeyHint("filter", "▽", one_line(query.strip()))
            room -= _cells(hint)
            yield hint
        schemas = {table.schema_name for table in self._tables}
        for place, table in enumerate(self._tables):
            name = join_name((table.schema_name, table.table_name))
            label = table.table_name if len(schemas) == 1 and table.table_name else name
            hint = KeyHint(f"table {name}", _amount(table, self._filter.statuses), one_line(label))
            left = len(self._tables) - place
            more = KeyHint("more", "…", f"{left:,} more table{'' if left == 1 else 's'}", is_denied=True)
            if _cells(hint) + (_cells(more) if left > 1 else 0) > room + 3:
                yield more
                return
            room -= _cells(hint)
            yield hint

    def _on_resize(self, event: events.Resize) -> None:
        self._arrange()

    async def _on_click(self, event: events.Click) -> None:
        # What is clicked is no command, which the bar's own handler would make of it.
        event.prevent_default()
        x = event.x - 1
        for hint in self._hints:
            x -= _cells(hint)
            if x < 0:
                what, _, name = hint.command_id.partition(" ")
                self.post_message(self.Chosen(what, name))
                return


def _cells(hint: KeyHint) -> int:
    return cell_len(hint.key) + cell_len(hint.label) + 4


def _amount(table: TableCounts, statuses: frozenset[CompareStatus]) -> str:
    """How many assets of a table are shown as different, or as what else is asked for."""
    wanted = statuses & DIFFERENCES or statuses or DIFFERENCES
    sign = status_sign(next(iter(wanted))) if len(wanted) == 1 else "≠"
    return f"{sign} {table.of(wanted):,}"


def status_chips(comparison: Comparison, shown: CompareFilter, width: int) -> tuple[KeyHint, ...]:
    """The counts per status, each of which can be clicked to see only those; shorter where there is no room."""
    for chips in (
        tuple(_status_chips(comparison, shown, is_short=False)),
        tuple(_status_chips(comparison, shown, is_short=True)),
    ):
        if sum(map(_cells, chips)) - 3 <= width - 2:
            break
    return chips


def _status_chips(comparison: Comparison, shown: CompareFilter, *, is_short: bool) -> Iterator[KeyHint]:
    counts = comparison.counts
    total = f"{counts.total:,}" if is_short else assets(counts.total)
    yield KeyHint("compare.all", "Σ", total, bool(shown.statuses))
    for status in COMPARE_STATUSES:
        count = counts.of((status,))
        if not count:
            continue
        label = _short_label(comparison, status) if is_short else status_label(comparison, status)
        nearly = f" (≈ {counts.loose:,})" if status == "same" and counts.loose and shown.is_loose else ""
        yield KeyHint(
            f"compare.only_{status}",
            status_sign(status),
            f"{count:,} {label}".rstrip() + nearly,
            bool(shown.statuses) and status not in shown.statuses,
        )


def _short_label(comparison: Comparison, status: CompareStatus) -> str:
    """What a sign does not say by itself: whose the descriptions are that only one side has."""
    if status not in {"left_only", "right_only"}:
        return ""
    if status == "right_only" and comparison.is_pivot:
        return "others"
    who = comparison.sides[0 if status == "left_only" else 1].who
    return who if len(who) <= SHORT_NAME else f"only {1 if status == 'left_only' else 2}"


def side_pieces(comparison: Comparison, width: int) -> tuple[Piece, ...]:
    """Who is compared, by number."""
    pieces: list[Piece] = []
    for index, name in enumerate(comparison.names, 1):
        pieces.extend(((f"{index} ", "accent"), (f"{one_line(name)}  ", "strong")))
    heading: Piece = ("Compare  ", "strong")
    has_room = sum(cell_len(text) for text, _ in (heading, *pieces)) + COUNTER_CELLS <= width
    return (heading, *pieces) if has_room else tuple(pieces)


def place_pieces(total: int, number: int | None, is_difference: bool, width: int) -> tuple[Piece, ...]:
    """Which of the differences the cursor is on.

    Args:
        number: Counted from 1; None where nobody counted.
    """
    has_words = width >= WORDS_FROM
    if not is_difference:
        return (
            (f"{total:,} difference{'' if total == 1 else 's'}" if has_words else f"≠ {total:,}", "muted"),
        )
    place = "?" if number is None else f"{number:,}"
    return ((f"difference {place} of {total:,}" if has_words else f"≠ {place}/{total:,}", "accent"),)


def warning_pieces(warnings: Sequence[str]) -> tuple[Piece, ...]:
    """What makes the runs hard to compare, on one line."""
    return ((f"⚠ {'  '.join(warnings)}", "warning"),)
