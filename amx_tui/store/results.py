"""The results of runs: pages of them, one in full, and what the hash of a run is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.names import join_name
from amx_tui.domain.results import (
    Result,
    ResultCounts,
    ResultCursor,
    ResultFilter,
    ResultPage,
    decision_state,
    parse_alternatives,
)
from amx_tui.domain.runs import Direction
from amx_tui.domain.text import one_line
from amx_tui.store.database import Database
from amx_tui.store.keyset import by_code_point
from amx_tui.store.result_pages import as_page, column_of, count_columns, select_page
from amx_tui.store.rows import read_counts, read_result, result_columns, text_of
from amx_tui.store.tables import Tables

__all__ = ["ResultRepository"]

_NO_FILTER = ResultFilter()
_EVER = datetime(1, 1, 1, tzinfo=UTC)
_NAMES = ("schema_name", "table_name", "column_name")


class ResultRepository:
    """The results of one store. Every method is one round trip to it, and may raise `StoreError`."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    async def page(
        self,
        run_id: str,
        filter: ResultFilter = _NO_FILTER,
        *,
        cursor: ResultCursor | None = None,
        direction: Direction = "forward",
        limit: int = 60,
    ) -> ResultPage:
        """Read a page of a run's results, by schema, table (its own row first) and column.

        Long texts are cut to 400 characters, and of many long alternatives the first ones are there; `is_cut`
        of a result says so, and `get` reads all of it. Superseded results are among them.

        Args:
            run_id: The run; one that does not exist has no results.
            filter: Which results.
            cursor: The result that the page lies behind (or in front of, backward); None is the beginning (or
                the end, backward).
            direction: Which way to read; the page is in the list's order either way.
            limit: How many results at most.
        """
        statement = select_page(self._tables, run_id, filter, cursor=cursor, direction=direction, limit=limit)
        rows = statement.subquery()
        ordered = sa.select(rows).order_by(rows.c.position)

        def work(connection: sa.Connection) -> list[Result]:
            return [read_result(row, is_cut=True) for row in connection.execute(ordered).mappings()]

        results = await self._database.run(work)
        return as_page(results, limit=limit, direction=direction, has_cursor=cursor is not None)

    async def get(self, result_id: str) -> Result:
        """Read one result in full.

        Raises:
            NotFoundError: There is no such result.
        """
        columns = result_columns(self._tables, is_cut=False)
        statement = sa.select(*columns).where(column_of(self._tables, "result_id") == result_id)

        def work(connection: sa.Connection) -> Result | None:
            row = connection.execute(statement).mappings().first()
            return None if row is None else read_result(row, is_cut=False)

        result = await self._database.run(work)
        if result is None:
            raise NotFoundError(f"There is no result {one_line(result_id, 60)}.")
        return result

    async def counts(self, run_id: str) -> ResultCounts:
        """Count all results of a run, superseded ones included; 0.1 s for 100,000."""
        results = self._tables.results.c
        applied = column_of(self._tables, "applied_status")
        columns = count_columns(self._tables, results.evaluation, results.alternatives_json, applied)
        statement = sa.select(*columns).where(results.run_id == run_id)
        return await self._database.run(
            lambda connection: read_counts(connection.execute(statement).mappings().one())
        )

    async def tables_of(self, run_id: str) -> tuple[tuple[str, str, ResultCounts], ...]:
        """Read the tables of a run with the counts of their results, as (schema, table, counts), sorted."""
        results = self._tables.results.c
        names = [by_code_point(self._tables, column_of(self._tables, name)) for name in _NAMES[:2]]
        applied = column_of(self._tables, "applied_status")
        counts = count_columns(self._tables, results.evaluation, results.alternatives_json, applied)
        schema, table = names[0].label("schema_name"), names[1].label("table_name")
        statement = (
            sa.select(schema, table, *counts)
            .where(results.run_id == run_id)
            .group_by(*names)
            .order_by(*names)
        )

        def work(connection: sa.Connection) -> tuple[tuple[str, str, ResultCounts], ...]:
            rows = connection.execute(statement).mappings()
            return tuple(
                (text_of(row["schema_name"]), text_of(row["table_name"]), read_counts(row)) for row in rows
            )

        return await self._database.run(work)

    async def descriptions(self, run_id: str) -> list[tuple[str, str | None]]:
        """Read what the hash of a run is made of: the description of each asset that it has results of.

        Of several results of an asset the newest that is not superseded counts (of two of the same moment
        the one with the greater id); the database picks it.

        Returns:
            Pairs of qualified name and description, sorted by name; see `Result.description` for which one.
        """
        statement = self._newest(run_id)

        def work(connection: sa.Connection) -> list[tuple[str, str | None]]:
            newest: dict[str, tuple[datetime, str, str | None]] = {}
            for row in connection.execute(statement).mappings():
                name = text_of(row["target_qname"]) or join_name(text_of(row[part]) for part in _NAMES)
                entry = (row["saved_at"] or _EVER, text_of(row["result_id"]), _description(row))
                # Parts that differ may still give one name, where a name in the middle is empty.
                if name not in newest or entry[:2] > newest[name][:2]:
                    newest[name] = entry
            return [(name, newest[name][2]) for name in sorted(newest)]

        return await self._database.run(work)

    def _newest(self, run_id: str) -> sa.Select[Any]:
        tables, results = self._tables, self._tables.results.c
        names = [column_of(tables, name).label(name) for name in _NAMES]
        target = tables.result_column("target_qname")
        target = (sa.literal("") if target is None else target).label("target_qname")
        result_id = column_of(tables, "result_id")
        is_decided = sa.func.coalesce(results.evaluation, "").in_(("accepted", "custom", "skipped"))
        drafts = sa.case((is_decided, sa.null()), else_=results.alternatives_json)
        is_timed = sa.case((results.saved_at.is_(None), 0), else_=1)
        rank = sa.func.row_number().over(
            partition_by=[label.element for label in (target, *names)],
            order_by=[is_timed.desc(), results.saved_at.desc(), by_code_point(tables, result_id).desc()],
        )
        ranked = (
            sa.select(
                *names,
                target,
                result_id.label("result_id"),
                results.saved_at,
                results.evaluation,
                results.chosen_description,
                sa.type_coerce(drafts, results.alternatives_json.type).label("alternatives_json"),
                rank.label("rank_in_asset"),
            )
            .where(results.run_id == run_id, results.superseded_at.is_(None))
            .subquery("ranked")
        )
        return sa.select(ranked).where(ranked.c.rank_in_asset == 1)


def _description(row: sa.RowMapping) -> str | None:
    """The description in force; `Result.description` says the same of a whole result."""
    match decision_state(text_of(row["evaluation"])):
        case "accepted" | "custom":
            chosen = row["chosen_description"]
            return None if chosen is None else text_of(chosen)
        case "skipped":
            return None
        case _:
            alternatives = parse_alternatives(row["alternatives_json"])
            return alternatives[0].text if alternatives else None
