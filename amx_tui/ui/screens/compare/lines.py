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
        self._ranges: dict[TableKey, tuple[int, int]] = {}
        """How many there are in front of each table, and up to its end."""
        self.total = 0
        for table in counts.tables:
            end = self.total + table.of(wanted)
            self._ranges[table.schema_name, table.table_name] = self.total, end
            self.total = end
        self._known: tuple[AssetKey, int] | None = None

    def know(self, row: CompareRow, number: int) -> None:
        """Note the number that the store has counted for an asset."""
        self._known = row.key, number

    def keep(self, earlier: Numbering) -> None:
        """Go on with the number that another numbering knew, where it was one of the same assets."""
        if (earlier.wanted, earlier._ranges) == (self.wanted, self._ranges):
            self._known = earlier._known

    def number_of(
        self, row: CompareRow, lines: Sequence[Line], *, has_before: bool, has_after: bool
    ) -> int | None:
        """Count from an asset whose number is known, or from where the table begins or ends.

        Args:
            lines: The lines in memory.
            has_before: Whether there are more in front of them.
            has_after: Whether there are more behind them.

        Returns:
            The number, from 1; None where none of these is in memory.
        """
        key = table_key(row)
        places = [index for index, line in enumerate(lines) if table_key(line) == key]
        within = list(self._differences(lines[places[0] : places[-1] + 1])) if places else []
        place = next((index for index, line in enumerate(within) if line.key == row.key), None)
        if place is None or key not in self._ranges:
            return None
        begin, end = self._ranges[key]
        number = None
        if places[0] or not has_before:
            number = begin + place + 1
        elif places[-1] < len(lines) - 1 or not has_after:
            number = end - len(within) + place + 1
        elif self._known is not None:
            known = next((index for index, line in enumerate(within) if line.key == self._known[0]), None)
            number = self._known[1] + place - known if known is not None else None
        if number is not None:
            self._known = row.key, number
        return number

    def _differences(self, lines: Sequence[Line]) -> Iterator[CompareRow]:
        return (line for line in lines if isinstance(line, CompareRow) and line.status in self.wanted)
