"""What is asked of results' names: by a filter, and by where a page of a comparison begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.compare import CompareFilter
from amx_tui.domain.names import split_name
from amx_tui.domain.runs import Direction
from amx_tui.store.comparisons.assets import Condition
from amx_tui.store.comparisons.texts import NAMES, as_text, exact, exact_value
from amx_tui.store.keyset import beyond
from amx_tui.store.result_pages import column_of
from amx_tui.store.search import ESCAPE
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["Asked", "PageOrder"]


@dataclass(frozen=True)
class PageOrder:
    """Where a page begins, which way it is read, and how long it is; which asset a cursor names is a parameter."""

    direction: Direction
    limit: int
    has_cursor: bool = False
    is_inclusive: bool = False
    """Whether the page begins at the cursor's asset, not behind it."""

    @property
    def is_ascending(self) -> bool:
        """Whether rows come in the list's own order."""
        return self.direction == "forward"


@dataclass(frozen=True)
class Asked:
    """What is asked of the names of some results.

    Attributes:
        tables: Has the results, which may be an alias.
    """

    tables: Tables
    wanted: CompareFilter

    def conditions(self, order: PageOrder | None = None) -> list[Condition]:
        """Return all conditions: what the filter's name asks for, and, for a page, lying behind the cursor."""
        return [*self.named(), *([] if order is None else self.behind(order))]

    def behind(self, order: PageOrder) -> list[Condition]:
        """Whether a result's asset lies behind the cursor, in the direction of reading."""
        if not order.has_cursor:
            return []
        tables = self.tables
        names = [column_of(tables, name) for name in NAMES]
        key = [exact(tables, name) for name in names]
        values = _cursor()
        if tables.backend_name == "mysql":
            return [self._behind_on_mysql(names, values, order)]
        is_inclusive = order.is_inclusive
        return [beyond(tables, key, values, ascending=order.is_ascending, inclusive=is_inclusive)]

    def from_class(self, order: PageOrder) -> list[Condition]:
        """Whether a name lies behind the cursor, or is one that MySQL takes for the cursor's."""
        if not order.has_cursor:
            return []
        names = [column_of(self.tables, name) for name in NAMES]
        values = _cursor()
        return [beyond(self.tables, names, values, ascending=order.is_ascending, inclusive=True)]

    def _behind_on_mysql(
        self, names: list[sa.ColumnElement[Any]], values: list[sa.ColumnElement[Any]], order: PageOrder
    ) -> Condition:
        ascending = order.is_ascending
        plain = [as_text(exact(self.tables, name)) for name in names]
        if self.tables.layout == "document":
            plain = names
        is_behind = beyond(self.tables, plain, values, ascending=ascending)
        are_alike = sa.and_(*(name == value for name, value in zip(plain, values, strict=True)))
        return sa.or_(is_behind, sa.and_(are_alike, self._bytes_behind(names, values, order)))

    def _bytes_behind(
        self, names: list[sa.ColumnElement[Any]], values: list[sa.ColumnElement[Any]], order: PageOrder
    ) -> Condition:
        """Whether names lie behind others by their bytes, part by part."""
        conditions: list[Condition] = []
        equal: list[Condition] = []
        for name, value in zip(names, values, strict=True):
            stored, bound = exact(self.tables, name), exact(self.tables, value)
            conditions.append(sa.and_(*equal, stored > bound if order.is_ascending else stored < bound))
            equal.append(stored == bound)
        return sa.or_(*conditions, *([sa.and_(*equal)] if order.is_inclusive else []))

    def named(self) -> list[Condition]:
        """What the filter's name asks for; `matches_name` says the same of one asset."""
        name = self.wanted.name.strip()
        if not name:
            return []
        parts = split_name(name)
        columns = [column_of(self.tables, column) for column in NAMES]
        if self.wanted.is_pattern and len(parts) == 1:
            return [sa.or_(*(self._is_like(column, parts[0]) for column in columns))]
        if len(parts) > len(NAMES):
            return [sa.false()]
        compare = self._is_like if self.wanted.is_pattern else self._is
        return [compare(column, part) for column, part in zip(columns, parts, strict=False)]

    def _is(self, column: sa.ColumnElement[Any], text: str) -> Condition:
        is_exactly = exact(self.tables, column) == exact_value(self.tables, text)
        if self.tables.backend_name == "mysql":
            # The first half is what an index answers.
            return sa.and_(column == storable(text), is_exactly)
        return is_exactly

    def _is_like(self, column: sa.ColumnElement[Any], pattern: str) -> Condition:
        escaped = storable(pattern)
        for sign in (ESCAPE, "%", "_"):
            escaped = escaped.replace(sign, ESCAPE + sign)
        if self.tables.backend_name == "mysql":
            # Its own collations may take ä for a.
            column = as_text(exact(self.tables, column))
        return sa.and_(column != "", column.ilike(escaped.replace("*", "%"), escape=ESCAPE))


def _cursor() -> list[sa.ColumnElement[Any]]:
    return [sa.bindparam(f"cursor_{number}", type_=sa.String) for number in range(len(NAMES))]
