"""The stretch of a long list that is in memory: rows in order, with more perhaps in front and behind."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

__all__ = ["RowWindow"]

Row = TypeVar("Row")

MOST_ROWS = 600
"""Rows kept in memory; what scrolls out on one side is dropped and read again when it is wanted."""


class RowWindow(Generic[Row]):
    """Rows of a list of unknown length, of which a window is loaded.

    Args:
        key: Gives a row's identity, which stays the same when its values change.
    """

    def __init__(self, key: Callable[[Row], Hashable]) -> None:
        self._key = key
        self.rows: list[Row] = []
        self.has_before = False
        self.has_after = False
        self.ordinal: int | None = 0
        """How many rows there are in front of the window; None where nobody counted."""

    def __len__(self) -> int:
        return len(self.rows)

    def replace(self, rows: Sequence[Row], *, has_before: bool, has_after: bool) -> None:
        """Load another stretch of the list."""
        self.rows = list(rows)
        self.has_before, self.has_after = has_before, has_after
        self.ordinal = None if has_before else 0

    def append(self, rows: Sequence[Row], *, has_after: bool) -> int:
        """Add a page behind the last row.

        Returns:
            How many rows were dropped in front to stay within the window.
        """
        known = {self._key(row) for row in self.rows}
        self.rows.extend(row for row in rows if self._key(row) not in known)
        self.has_after = has_after
        dropped = max(0, len(self.rows) - MOST_ROWS)
        if dropped:
            del self.rows[:dropped]
            self.has_before = True
            if self.ordinal is not None:
                self.ordinal += dropped
        return dropped

    def prepend(self, rows: Sequence[Row], *, has_before: bool) -> int:
        """Add a page in front of the first row.

        Returns:
            How many rows were added in front.
        """
        known = {self._key(row) for row in self.rows}
        fresh = [row for row in rows if self._key(row) not in known]
        self.rows[:0] = fresh
        self.has_before = has_before
        if not has_before:
            self.ordinal = 0
        elif self.ordinal is not None:
            self.ordinal = max(0, self.ordinal - len(fresh))
        if len(self.rows) > MOST_ROWS:
            del self.rows[MOST_ROWS:]
            self.has_after = True
        return len(fresh)

    def index_of(self, key: Hashable) -> int | None:
        """Where the row with that identity stands, if it is loaded."""
        for index, row in enumerate(self.rows):
            if self._key(row) == key:
                return index
        return None

    def key_at(self, index: int) -> Hashable | None:
        """The identity of the row at `index`, None outside the window."""
        return self._key(self.rows[index]) if 0 <= index < len(self.rows) else None
