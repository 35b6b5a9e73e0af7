"""Comparisons of runs, done in the database: which assets they share, what differs, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from amx_tui.domain.compare import (
    CompareCell,
    CompareCounts,
    CompareCursor,
    CompareFilter,
    ComparePage,
    CompareRow,
    CompareStatus,
    TableCounts,
)
from amx_tui.domain.names import join_name
from amx_tui.domain.results import Result, decision_state
from amx_tui.domain.runs import Direction, Run
from amx_tui.domain.words import equal_but_for_space_and_case
from amx_tui.store.comparisons.candidates import select_candidates
from amx_tui.store.comparisons.statements import Matching
from amx_tui.store.comparisons.texts import NAMES, alternatives_count, in_force, prepare
from amx_tui.store.database import Database
from amx_tui.store.keyset import ordered
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import read_result, read_run, result_columns, run_columns, text_of
from amx_tui.store.tables import Tables

__all__ = ["CELL_TEXT", "ComparisonRepository", "ComparisonStart"]

CELL_TEXT = 4_000
"""Characters of a description that a page carries; rows read one by one, and exports, have all of it."""
_NO_FILTER = CompareFilter()
_CELL_NAMES = ("confidence", "evaluation", "evaluated_by", "evaluated_at", "version", "target_qname")


@dataclass(frozen=True, slots=True)
class ComparisonStart:
    """What opening a comparison reads."""

    runs: tuple[Run, ...]
    """In the order asked for."""
    backends: tuple[str, ...]
    """The backend of the database that each run describes."""
    counts: CompareCounts
    page: ComparePage


class ComparisonRepository:
    """Compares runs of one store. Every method is one round trip unless it says otherwise.

    Every method may raise `StoreError`.
    """

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    async def page(
        self,
        run_ids: Sequence[str],
        wanted: CompareFilter = _NO_FILTER,
        *,
        cursor: CompareCursor | None = None,
        direction: Direction = "forward",
        limit: int = 60,
        around: CompareCursor | None = None,
        is_full: bool = False,
    ) -> ComparePage:
        """Read a page of the assets that runs describe, by schema, table (its own row first) and column.

        Args:
            run_ids: Two or more runs, the baseline first; the same twice is allowed.
            wanted: Which assets.
            cursor: The asset that the page lies behind (or in front of, backward); None is the beginning (or the
                end, backward).
            direction: Which way to read; the page is in the list's order either way.
            limit: How many assets at most.
            around: An asset that the page begins with, instead of a cursor; where it is not among them, the next one
                begins it.
            is_full: Whether to read long descriptions in full, not their first 4,000 characters.
        """
        matching = Matching(self._tables, tuple(run_ids), wanted)
        statement = self._cells(
            matching.page(
                cursor=around or cursor,
                direction="forward" if around else direction,
                limit=limit,
                is_inclusive=around is not None,
            ),
            len(run_ids),
            is_ascending=bool(around) or direction == "forward",
            is_full=is_full,
        )

        def work(connection: sa.Connection) -> list[CompareRow]:
            prepare(connection, self._tables)
            rows = connection.execute(statement).mappings()
            return [_row(row, len(run_ids), wanted, is_full=is_full) for row in rows]

        rows = await self._database.run(work)
        has_more = len(rows) > limit
        kept = rows[:limit]
        if around is not None:
            return ComparePage(tuple(kept), True, has_more)
        if direction == "forward":
            return ComparePage(tuple(kept), cursor is not None, has_more)
        return ComparePage(tuple(reversed(kept)), has_more, cursor is not None)

    async def counts(self, run_ids: Sequence[str], wanted: CompareFilter = _NO_FILTER) -> CompareCounts:
        """Count the assets per table and status; the filter's statuses are not heeded."""
        statement = Matching(self._tables, tuple(run_ids), wanted).counts()

        def work(connection: sa.Connection) -> CompareCounts:
            prepare(connection, self._tables)
            return _counts(connection.execute(statement).mappings().all())

        return await self._database.run(work)

    async def open(
        self, run_ids: Sequence[str], wanted: CompareFilter = _NO_FILTER, *, limit: int = 60
    ) -> ComparisonStart | None:
        """Read what a comparison shows first; None where one of the runs is not there."""
        tables = self._tables
        run_id = tables.run_column("run_id")
        assert run_id is not None
        backend = tables.runs.c.db_backend.label("db_backend")
        facts = sa.select(*run_columns(tables), backend).where(run_id.in_(list(dict.fromkeys(run_ids))))
        rows = await self._database.run(lambda connection: connection.execute(facts).mappings().all())
        found = {text_of(row["run_id"]): row for row in rows}
        if any(run_id not in found for run_id in run_ids):
            return None
        in_order = [found[run_id] for run_id in run_ids]
        return ComparisonStart(
            tuple(read_run(row) for row in in_order),
            tuple(text_of(row["db_backend"]) for row in in_order),
            await self.counts(run_ids, wanted),
            await self.page(run_ids, wanted, limit=limit),
        )

    async def neighbour(
        self,
        run_ids: Sequence[str],
        wanted: CompareFilter,
        cursor: CompareCursor | None,
        direction: Direction = "forward",
    ) -> tuple[CompareRow, int, int] | None:
        """Find the asset behind another (or in front of it, backward), its number, and how many there are.

        Three round trips.
        """
        page = await self.page(run_ids, wanted, cursor=cursor, direction=direction, limit=1)
        if not page.rows:
            return None
        row = page.rows[0]
        matching = Matching(self._tables, tuple(run_ids), wanted)
        number, total = await self._scalars(matching.amount(CompareCursor.of(row)), matching.amount())
        return row, number, total

    async def count_settling(
        self, run_ids: Sequence[str], wanted: CompareFilter, side: int, newer: int
    ) -> int:
        """Count the differences for which a side's description could become the decision of the newer run's result.

        Not counted are results that are decided so already.
        """
        return (await self._scalars(Matching(self._tables, tuple(run_ids), wanted).settling(side, newer)))[0]

    async def candidates(
        self, run_id: str, text: str = "", *, limit: int = 60
    ) -> tuple[tuple[Run, int, bool], ...]:
        """Find the runs best compared with one, as (run, tables in common, whether it is another member's)."""
        statement = select_candidates(self._tables, run_id, text, limit=limit)

        def work(connection: sa.Connection) -> tuple[tuple[Run, int, bool], ...]:
            rows = connection.execute(statement).mappings()
            return tuple(
                (read_run(row), int(row["shared_tables"]), bool(row["is_other_member"])) for row in rows
            )

        return await self._database.run(work)

    async def _scalars(self, *statements: sa.Select[Any]) -> tuple[int, ...]:
        def work(connection: sa.Connection) -> tuple[int, ...]:
            prepare(connection, self._tables)
            return tuple(int(connection.execute(statement).scalar_one()) for statement in statements)

        return await self._database.run(work)

    async def results(self, result_ids: Sequence[str]) -> dict[str, Result]:
        """Read results in full, by their ids; those that are not there are left out."""
        columns = result_columns(self._tables, is_cut=False)
        statement = sa.select(*columns).where(column_of(self._tables, "result_id").in_(list(result_ids)))

        def work(connection: sa.Connection) -> dict[str, Result]:
            rows = connection.execute(statement).mappings()
            return {result.result_id: result for result in (read_result(row, is_cut=False) for row in rows)}

        return await self._database.run(work)

    def _cells(
        self, page: sa.Select[Any], sides: int, *, is_ascending: bool, is_full: bool
    ) -> sa.Select[Any]:
        """Add what each side says to the assets of a page."""
        rows = page.subquery("page")
        source: sa.FromClause = rows
        columns: list[sa.ColumnElement[Any]] = list(rows.c)
        for side in range(sides):
            result = self._tables.results.alias(f"result_{side}")
            tables = replace(self._tables, results=cast("sa.Table", result))
            source = source.outerjoin(result, column_of(tables, "result_id") == rows.c[f"id_{side}"])
            columns += [column.label(f"{name}_{side}") for name, column in _cell_columns(tables, is_full)]
        names = [rows.c[name] for name in NAMES]
        return sa.select(*columns).select_from(source).order_by(*ordered(names, ascending=is_ascending))


def _cell_columns(tables: Tables, is_full: bool) -> Iterator[tuple[str, sa.ColumnElement[Any]]]:
    description = in_force(tables)
    if not is_full:
        description = sa.func.substr(description, 1, CELL_TEXT + 1, type_=sa.Text)
    yield "description", description
    yield "alternatives", alternatives_count(tables)
    for name in _CELL_NAMES:
        column = tables.result_column(name)
        yield name, sa.null() if column is None else column


def _row(row: sa.RowMapping, sides: int, wanted: CompareFilter, *, is_full: bool) -> CompareRow:
    names = tuple(text_of(row[name]) for name in NAMES)
    cells = tuple(_cell(row, side, is_full=is_full) for side in range(sides))
    targets = (text_of(row[f"target_qname_{side}"]) for side in range(sides))
    status: CompareStatus = row["status"]
    is_loose = bool(row["is_loose"])
    if status == "diff" and not wanted.is_loose:
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


def _cell(row: sa.RowMapping, side: int, *, is_full: bool) -> CompareCell:
    values: Mapping[str, Any] = {name: row[f"{name}_{side}"] for name in ("id", *_CELL_NAMES)}
    text = row[f"description_{side}"]
    description = None if text is None else text_of(text)
    is_cut = not is_full and description is not None and len(description) > CELL_TEXT
    return CompareCell(
        result_id=None if values["id"] is None else text_of(values["id"]),
        description=description[:CELL_TEXT] if is_cut and description else description,
        alternatives_count=row[f"alternatives_{side}"] or 0,
        confidence=text_of(values["confidence"]),
        evaluation=decision_state(text_of(values["evaluation"])),
        evaluated_by=text_of(values["evaluated_by"]),
        evaluated_at=values["evaluated_at"],
        version=values["version"],
        is_same=bool(row[f"same_{side}"]),
        is_cut=is_cut,
    )


def _counts(rows: Sequence[sa.RowMapping]) -> CompareCounts:
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        of_table = found.setdefault((text_of(row["schema_name"]), text_of(row["table_name"])), Counter())
        of_table[row["status"]] += row["amount"]
        if row["is_loose"]:
            of_table["loose"] += row["amount"]
    return CompareCounts(
        tuple(TableCounts.counted(*table, amounts) for table, amounts in sorted(found.items()))
    )
