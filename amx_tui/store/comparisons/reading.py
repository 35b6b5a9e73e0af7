"""Pages and counts of a comparison, from the rows that the statements give."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    CompareCell,
    CompareCounts,
    ComparePage,
    CompareRow,
    TableCounts,
)
from amx_tui.domain.names import join_name
from amx_tui.domain.runs import Run
from amx_tui.domain.words import equal_but_for_space_and_case
from amx_tui.store.comparisons.asked import PageOrder
from amx_tui.store.comparisons.assets import of_alias, run_of
from amx_tui.store.comparisons.cells import Cells
from amx_tui.store.comparisons.statements import Matching
from amx_tui.store.comparisons.texts import NAMES, in_force, prepare
from amx_tui.store.keyset import ordered
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import read_run, run_columns, text_of

__all__ = ["PageReader", "Statements", "read_counts"]

_WINDOW = 500
"""Assets that a page under a filter of statuses is looked for in, before all that follow are matched."""
_KEPT = 64
"""Statements that are kept."""


class Statements:
    """The statements of a store's comparisons that were used last: making one takes longer than many a page."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, sa.Executable] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], sa.Executable]) -> sa.Executable:
        """Return the statement that is known by `key`, made if it is new."""
        if key not in self._kept:
            self._kept[key] = make()
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


@dataclass(frozen=True)
class PageReader:
    """Reads pages of comparisons of so many runs.

    Attributes:
        statements: Keeps what is made.
        cells: What is read of each side's result.
    """

    matching: Matching
    statements: Statements
    cells: Cells

    def read(self, connection: sa.Connection, order: PageOrder, values: Mapping[str, str]) -> ComparePage:
        """Read a page: one statement, or two where the wanted statuses are rare.

        Args:
            values: The statement's parameters, from `Matching.values`.
        """
        statement = self._statement("page", order, lambda: self._likely(order))
        return self._paged(connection, statement, order, values)[0]

    def read_start(
        self, connection: sa.Connection, limit: int, values: Mapping[str, str]
    ) -> tuple[ComparePage, list[tuple[Run, str] | None]]:
        """Read the first page, and with it each side's run and the backend of the database that it describes.

        A side whose run is not there is None.
        """
        order = PageOrder("forward", limit)
        statement = self._statement("start", order, lambda: self._with_runs(self._likely(order)))
        page, first = self._paged(connection, statement, order, values)
        return page, [_run_of(first, side) for side in range(self.matching.sides)]

    def _paged(
        self,
        connection: sa.Connection,
        likely: sa.Executable,
        order: PageOrder,
        values: Mapping[str, str],
    ) -> tuple[ComparePage, sa.RowMapping]:
        """Read a page by the statement that is likely to have all of it, else among all assets."""
        prepare(connection, self.matching.tables)
        found = connection.execute(likely, values).mappings().all()
        rows = [self._row(row) for row in found if row["status"] is not None]
        if len(rows) <= order.limit and found[0]["seen"] > _WINDOW and self.matching.wanted.statuses:
            everywhere = self._statement("all", order, lambda: self._among_all(order))
            rows = [self._row(row) for row in connection.execute(everywhere, values).mappings()]
        has_more = len(rows) > order.limit
        kept = tuple(rows[: order.limit])
        if order.is_ascending:
            return ComparePage(kept, order.has_cursor, has_more), found[0]
        return ComparePage(kept[::-1], has_more, order.has_cursor), found[0]

    def _statement(self, kind: str, order: PageOrder, make: Callable[[], sa.Executable]) -> sa.Executable:
        return self.statements.get((kind, self.matching.shape, order, self.cells.is_full), make)

    def _likely(self, order: PageOrder) -> sa.Select[Any]:
        """Read the page and how many assets it was found among, which is known of an empty page too."""
        seen: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
        has_index, has_statuses = self.matching.tables.layout == "document", self.matching.wanted.statuses
        if has_statuses and has_index:
            page, seen = self.matching.window(order, _WINDOW)
            rows = self._joined(page, order).subquery("cells")
        elif has_statuses:
            rows = self._among_all(order).subquery("cells")
        else:
            if has_index:
                page, seen = self.matching.window(order, order.limit, self.cells)
            else:
                page = self.matching.found_by_names(order, self.cells)
            whole = page.subquery("page")
            rows = sa.select(*whole.c, self._position(whole, order)).subquery("cells")
        always = sa.select(seen.label("seen")).subquery("always")
        source = always.outerjoin(rows, sa.true())
        return sa.select(always.c.seen, *rows.c).select_from(source).order_by(rows.c.position)

    def _among_all(self, order: PageOrder) -> sa.Select[Any]:
        return self._joined(self.matching.page(order), order)

    def _with_runs(self, page: sa.Select[Any]) -> sa.Select[Any]:
        """Add the facts of the runs to a page's first row."""
        tables, rows = self.matching.tables, page.subquery("first_page")
        run_id = tables.run_column("run_id")
        assert run_id is not None
        source: sa.FromClause = rows
        columns: list[sa.ColumnElement[Any]] = list(rows.c)
        for side in range(self.matching.sides):
            first = sa.literal_column("1", sa.Integer).label("first_position")
            facts = [*run_columns(tables), tables.runs.c.db_backend.label("db_backend"), first]
            run = sa.select(*facts).where(run_id == run_of(side)).subquery(f"run_{side}")
            is_first = sa.func.coalesce(rows.c.position, 1) == run.c.first_position
            source = source.outerjoin(run, is_first)
            columns += [column.label(f"run_{side}_{column.name}") for column in run.c]
        return sa.select(*columns).select_from(source).order_by(rows.c.position)

    def _joined(self, page: sa.Select[Any], order: PageOrder) -> sa.Select[Any]:
        """Add what each side says to the assets of a page."""
        rows = page.subquery("page")
        position = self._position(rows, order)
        source: sa.FromClause = rows
        columns: list[sa.ColumnElement[Any]] = [*rows.c, position]
        for side in range(self.matching.sides):
            results = self.matching.tables.results.alias(f"result_{side}")
            tables = of_alias(self.matching.tables, results)
            source = source.outerjoin(results, column_of(tables, "result_id") == rows.c[f"id_{side}"])
            columns.append(self.cells.shown(in_force(tables)).label(f"description_{side}"))
            columns += [column.label(f"{name}_{side}") for name, column in self.cells.facts(tables)]
        return sa.select(*columns).select_from(source).order_by(position)

    def _position(self, rows: sa.Subquery, order: PageOrder) -> sa.Label[int]:
        in_order = ordered(self.matching.sort_key(rows), ascending=order.is_ascending)
        return sa.func.row_number().over(order_by=in_order).label("position")

    def _row(self, row: sa.RowMapping) -> CompareRow:
        names = tuple(text_of(row[name]) for name in NAMES)
        sides = range(self.matching.sides)
        cells = tuple(self.cells.read(row, side) for side in sides)
        targets = (text_of(row[f"target_qname_{side}"]) for side in sides)
        status = COMPARE_STATUSES[row["status"]]
        is_loose = bool(row["is_loose"])
        if status == "diff" and not self.matching.wanted.is_loose:
            is_loose = _is_nearly_same(cells)
        return CompareRow(
            schema_name=names[0],
            table_name=names[1],
            column_name=names[2],
            target_qname=join_name(names) or next((target for target in targets if target), ""),
            cells=cells,
            status=status,
            is_loose=is_loose,
        )


def _is_nearly_same(cells: Sequence[CompareCell]) -> bool:
    texts = [cell.description for cell in cells if cell.description is not None and not cell.is_cut]
    return len(texts) == len(cells) and all(equal_but_for_space_and_case(texts[0], text) for text in texts)


def _run_of(row: sa.RowMapping, side: int) -> tuple[Run, str] | None:
    prefix = f"run_{side}_"
    facts = {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
    return None if facts["run_id"] is None else (read_run(facts), text_of(facts["db_backend"]))


def read_counts(rows: Iterable[Sequence[Any]]) -> CompareCounts:
    """Read counts from rows of schema, table, one number a status, and how many are loosely the same."""
    found: dict[tuple[str, str], TableCounts] = {}
    for schema, table, *amounts in rows:
        place = (text_of(schema), text_of(table))
        counts = TableCounts(*place, *amounts)
        if place in found:
            # Names that are no text, which SQLite stores too, may read as one.
            counts = counts.plus(found[place])
        found[place] = counts
    return CompareCounts(tuple(found[place] for place in sorted(found)))
