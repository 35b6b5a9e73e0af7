"""The lines of a comparison's list: assets, and tables that are folded into one line."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from amx_tui.domain.compare import (
    AssetKey,
    CompareCounts,
    CompareCursor,
    CompareRow,
    CompareStatus,
    TableCounts,
)
from amx_tui.domain.names import join_name
from amx_tui.ui.widgets.row_list import Edge

__all__ = [
    "FoldedTable",
    "Line",
    "Numbering",
    "TableKey",
    "cursor_beside",
    "folded",
    "line_key",
    "table_key",
    "table_name",
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


def table_name(line: Line) -> str:
    """The qualified name of the table, or schema, that a line belongs to."""
    return join_name(table_key(line))


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


class Numbering:
    """Which of all differences an asset is.

    Args:
        counts: How many there are in each table.
        wanted: The statuses that count as differences.
    """

    def __init__(self, counts: CompareCounts, wanted: frozenset[CompareStatus]) -> None:
        self.wanted = wanted
        self._earlier: dict[TableKey, int] = {}
        total = 0
        for table in counts.tables:
            self._earlier[table.schema_name, table.table_name] = total
            total += table.of(wanted)
        self.total = total
        self._known: tuple[AssetKey, int] | None = None

    def know(self, row: CompareRow, number: int) -> None:
        """Note the number that the store has counted for an asset."""
        self._known = row.key, number

    def keep(self, earlier: Numbering) -> None:
        """Go on with the number that another numbering of the same assets knew."""
        self._known = earlier._known

    def number_of(self, row: CompareRow, lines: Sequence[Line], has_before: bool) -> int | None:
        """Count from the table's beginning, or from an asset whose number is known.

        Args:
            lines: The lines in memory.
            has_before: Whether there are more in front of them.

        Returns:
            The number, from 1; None where neither the beginning nor a known asset is in memory.
        """
        key = table_key(row)
        first = next((index for index, line in enumerate(lines) if table_key(line) == key), None)
        if first is None or key not in self._earlier:
            return None
        within = [line for line in self._differences(lines[first:]) if table_key(line) == key]
        place = next((index for index, line in enumerate(within) if line.key == row.key), None)
        if place is None:
            return None
        if first or not has_before:
            return self._earlier[key] + place + 1
        for index, line in enumerate(within):
            if self._known is not None and line.key == self._known[0]:
                return self._known[1] + place - index
        return None

    def _differences(self, lines: Sequence[Line]) -> Iterator[CompareRow]:
        return (line for line in lines if isinstance(line, CompareRow) and line.status in self.wanted)
