"""Comparisons of runs, done in the database: which assets they share, what differs, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from amx_tui.domain.compare import CompareCounts, CompareCursor, CompareFilter, ComparePage, CompareRow
from amx_tui.domain.results import Result
from amx_tui.domain.runs import Direction, Run
from amx_tui.store.comparisons.asked import PageOrder
from amx_tui.store.comparisons.candidates import select_candidates
from amx_tui.store.comparisons.cells import Cells
from amx_tui.store.comparisons.reading import PageReader, Statements, read_counts
from amx_tui.store.comparisons.statements import Matching
from amx_tui.store.comparisons.texts import LETTER_COLLATIONS, prepare
from amx_tui.store.database import Database
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import read_result, read_run, result_columns
from amx_tui.store.tables import Tables

__all__ = ["ComparisonRepository", "ComparisonStart"]

_NO_FILTER = CompareFilter()
_AT_ONCE = 2
_FirstPage = tuple[ComparePage, list[tuple[Run, str] | None]]


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
        self._letters: str | None = None
        self._statements = Statements()

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
        start = around or cursor
        order = PageOrder(
            "forward" if around else direction,
            limit,
            has_cursor=start is not None,
            is_inclusive=around is not None,
        )
        reader = PageReader(
            await self._matching(run_ids, wanted), self._statements, Cells(self._tables, is_full)
        )
        values = Matching.values(run_ids, start)
        return await self._database.run(lambda connection: reader.read(connection, order, values))

    async def counts(self, run_ids: Sequence[str], wanted: CompareFilter = _NO_FILTER) -> CompareCounts:
        """Count the assets per table and status; the filter's statuses are not heeded."""
        matching = await self._matching(run_ids, wanted)
        statement = self._statements.get(("counts", matching.shape), matching.counts)

        def work(connection: sa.Connection) -> CompareCounts:
            prepare(connection, self._tables)
            return read_counts(connection.execute(statement, Matching.values(run_ids)).all())

        return await self._database.run(work)

    async def open(
        self, run_ids: Sequence[str], wanted: CompareFilter = _NO_FILTER, *, limit: int = 60
    ) -> ComparisonStart | None:
        """Read what a comparison shows first, in two statements; None where one of the runs is not there."""
        matching = await self._matching(run_ids, wanted)
        reader = PageReader(matching, self._statements, Cells(self._tables))
        counting = self._statements.get(("counts", matching.shape), matching.counts)
        values = Matching.values(run_ids)

        def count(connection: sa.Connection) -> CompareCounts:
            prepare(connection, self._tables)
            return read_counts(connection.execute(counting, values).all())

        def start(connection: sa.Connection) -> _FirstPage:
            return reader.read_start(connection, limit, values)

        (page, found), counts = await self._both(start, count)
        runs = [run for run in found if run is not None]
        if len(runs) < len(found):
            return None
        facts, backends = (tuple(run for run, _ in runs), tuple(backend for _, backend in runs))
        return ComparisonStart(facts, backends, counts, page)

    async def _both(
        self, one: Callable[[sa.Connection], _FirstPage], other: Callable[[sa.Connection], CompareCounts]
    ) -> tuple[_FirstPage, CompareCounts]:
        """Read two things, at once where two connections are free, else over one, which is sooner than connecting."""
        if self._database.idle_connections < _AT_ONCE:
            return await self._database.run(lambda connection: (one(connection), other(connection)))
        first = asyncio.ensure_future(self._database.run(one))
        second = asyncio.ensure_future(self._database.run(other))
        try:
            return await first, await second
        finally:
            for reading in (first, second):
                reading.cancel()
            await asyncio.gather(first, second, return_exceptions=True)

    async def neighbour(
        self,
        run_ids: Sequence[str],
        wanted: CompareFilter,
        cursor: CompareCursor | None,
        direction: Direction = "forward",
    ) -> tuple[CompareRow, int] | None:
        """Find the asset behind another (or in front of it, backward), and its number; two round trips.

        The number is counted, which takes as long as counting all assets up to this one.
        """
        page = await self.page(run_ids, wanted, cursor=cursor, direction=direction, limit=1)
        if not page.rows:
            return None
        matching = await self._matching(run_ids, wanted)
        statement = self._statements.get(("amount", matching.shape), matching.amount)
        values = Matching.values(run_ids, CompareCursor.of(page.rows[0]))
        return page.rows[0], await self._count(statement, values)

    async def count_settling(
        self, run_ids: Sequence[str], wanted: CompareFilter, side: int, newer: int
    ) -> int:
        """Count the differences for which a side's description could become the decision of the newer run's result.

        Not counted are results that are decided so already.
        """
        matching = await self._matching(run_ids, wanted)
        return await self._count(matching.settling(side, newer), Matching.values(run_ids))

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

    async def _matching(self, run_ids: Sequence[str], wanted: CompareFilter) -> Matching:
        return Matching(self._tables, len(run_ids), wanted, await self._collation(wanted))

    async def _count(self, statement: sa.Executable, values: Mapping[str, str]) -> int:
        def work(connection: sa.Connection) -> int:
            prepare(connection, self._tables)
            return int(connection.execute(statement, values).scalar_one())

        return await self._database.run(work)

    async def results(self, result_ids: Sequence[str]) -> dict[str, Result]:
        """Read results in full, by their ids; those that are not there are left out."""
        columns = result_columns(self._tables, is_cut=False)
        statement = sa.select(*columns).where(column_of(self._tables, "result_id").in_(list(result_ids)))

        def work(connection: sa.Connection) -> dict[str, Result]:
            rows = connection.execute(statement).mappings()
            return {result.result_id: result for result in (read_result(row, is_cut=False) for row in rows)}

        return await self._database.run(work)

    async def _collation(self, wanted: CompareFilter) -> str | None:
        """Find PostgreSQL's collation that knows letters best: one round trip, once, where letter case matters."""
        if not wanted.is_loose or self._tables.backend_name != "postgresql":
            return None
        if self._letters is None:
            columns = (sa.column("collname", sa.Text), sa.column("collencoding", sa.Integer))
            known = sa.table("pg_collation", *columns, schema="pg_catalog").c
            encoding = sa.func.pg_char_to_encoding(sa.func.getdatabaseencoding())
            statement = sa.select(known.collname).where(
                known.collname.in_(LETTER_COLLATIONS), known.collencoding.in_((-1, encoding))
            )
            found = await self._database.run(lambda connection: connection.execute(statement).scalars().all())
            usable = [name for name in LETTER_COLLATIONS if name in found]
            self._letters = usable[0] if usable else "default"
        return self._letters
