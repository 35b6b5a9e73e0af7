"""The lines of a comparison's list: assets, and tables that are folded into one line."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from amx_tui.domain.compare import CompareCounts, CompareCursor, CompareRow, CompareStatus, TableCounts
from amx_tui.domain.names import join_name
from amx_tui.ui.widgets.row_list import Edge

__all__ = [
    "FoldedTable",
    "Line",
    "TableKey",
    "cursor_beside",
    "folded",
    "group_of",
    "line_key",
    "number_of",
    "table_key",
]

TableKey = tuple[str, str]
BEHIND_ALL = "\U0010ffff"
"""A column name behind all others: a cursor there skips the rest of a table without reading it."""


@dataclass(frozen=True, slots=True)
class FoldedTable:
    """A table of which only the counts are shown."""

    schema_name: str
    table_name: str
    counts: TableCounts | None
    """None where the filter's counts do not hold the table."""


Line = CompareRow | FoldedTable


def table_key(line: Line) -> TableKey:
    """The table that a line belongs to."""
    return line.schema_name, line.table_name


def line_key(line: Line) -> Hashable:
    """What tells a line from all others."""
    return line.key if isinstance(line, CompareRow) else ("folded", *table_key(line))


def group_of(line: Line) -> str:
    """The heading above a line; a folded table is its own."""
    return join_name(table_key(line)) if isinstance(line, CompareRow) else ""


def folded(lines: Iterable[Line], tables: set[TableKey], counts: CompareCounts) -> list[Line]:
    """Fold the rows of some tables into one line each."""
    known = {(table.schema_name, table.table_name): table for table in counts.tables}
    found: list[Line] = []
    for line in lines:
        key = table_key(line)
        if key not in tables:
            found.append(line)
        elif not found or table_key(found[-1]) != key:
            found.append(FoldedTable(*key, known.get(key)))
    return found


def cursor_beside(line: Line, edge: Edge) -> CompareCursor:
    """Where the page beside a line begins; a folded table is passed over as a whole."""
    if isinstance(line, CompareRow):
        return CompareCursor.of(line)
    return CompareCursor(*table_key(line), BEHIND_ALL if edge == "after" else "")


def number_of(
    row: CompareRow,
    lines: Sequence[Line],
    has_before: bool,
    counts: CompareCounts,
    wanted: frozenset[CompareStatus],
) -> int | None:
    """Which of all differences a row is, counted from 1; None where its table's beginning is not in memory.

    Args:
        lines: The lines in memory.
        has_before: Whether there are more in front of them.
        wanted: The statuses that count.
    """
    key = table_key(row)
    first = next((index for index, line in enumerate(lines) if table_key(line) == key), None)
    if first is None or (first == 0 and has_before):
        return None
    earlier = sum(table.of(wanted) for table in counts.tables if (table.schema_name, table.table_name) < key)
    within = 0
    for line in lines[first:]:
        if not isinstance(line, CompareRow) or table_key(line) != key:
            break
        within += line.status in wanted
        if line.key == row.key:
            return earlier + within
    return None
