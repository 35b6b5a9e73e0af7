"""What a review reads: every result's row without its texts, texts around the cursor, and what others wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from amx_tui.domain.results import Result, ResultCursor, ResultFilter, decision_state
from amx_tui.domain.review.rows import Elsewhere, ReviewRow
from amx_tui.store.comparisons.texts import exact
from amx_tui.store.database import Database
from amx_tui.store.json_sql import has_items
from amx_tui.store.keyset import beyond, ordered
from amx_tui.store.result_pages import column_of, conditions_of, result_key
from amx_tui.store.rows import read_result, result_columns, text_of
from amx_tui.store.tables import Tables

__all__ = ["MOST_ELSEWHERE", "ReviewRepository"]

MOST_ELSEWHERE = 6
"""Texts of other runs that are read for an asset: the newest ones."""
_NAMES = ("schema_name", "table_name", "column_name", "result_id")


class ReviewRepository:
    """The results of one store, as reviews read them. Every method is one round trip, and may raise `StoreError`."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    async def rows(
        self, run_id: str, *, cursor: ResultCursor | None = None, limit: int = 1_000
    ) -> tuple[ReviewRow, ...]:
        """Read rows of a run behind the cursor, by schema, table (its own row first) and column."""
        tables = self._tables
        key = result_key(tables)
        conditions = [tables.results.c.run_id == run_id]
        if cursor is not None:
            values = (cursor.schema_name, cursor.table_name, cursor.column_name, cursor.result_id)
            conditions.append(beyond(tables, key, values, ascending=True))
        statement = (
            sa.select(
                *(column_of(tables, name).label(name) for name in (*_NAMES, "asset_kind")),
                tables.results.c.confidence,
                tables.results.c.evaluation,
                has_items(tables, tables.results.c.alternatives_json).label("has_draft"),
            )
            .where(*conditions)
            .order_by(*ordered(key, ascending=True))
            .limit(limit)
        )
        return await self._database.run(
            lambda connection: tuple(map(_row, connection.execute(statement).mappings()))
        )

    async def texts(self, result_ids: Sequence[str]) -> tuple[Result, ...]:
        """Read results in full; those that are not there any more are left out."""
        columns = result_columns(self._tables, is_cut=False)
        statement = sa.select(*columns).where(column_of(self._tables, "result_id").in_(result_ids))
        return await self._database.run(
            lambda connection: tuple(
                read_result(row, is_cut=False) for row in connection.execute(statement).mappings()
            )
        )

    async def matching(self, run_id: str, wanted: ResultFilter) -> frozenset[str]:
        """Find the results of a run that a filter lets through, by their ids."""
        result_id = column_of(self._tables, "result_id")
        conditions = conditions_of(self._tables, wanted)
        statement = sa.select(result_id).where(self._tables.results.c.run_id == run_id, *conditions)
        return await self._database.run(
            lambda connection: frozenset(map(text_of, connection.execute(statement).scalars()))
        )

    async def elsewhere(
        self, run_id: str, assets: Sequence[ReviewRow]
    ) -> dict[tuple[str, str, str], tuple[Elsewhere, ...]]:
        """Read what other runs wrote for the same assets, the newest first.

        Returns:
            By schema, table and column; assets that no other run has are not there.
        """
        if not assets:
            return {}
        tables, results = self._tables, self._tables.results
        names = [column_of(tables, name) for name in _NAMES[:3]]
        rank = sa.func.row_number().over(
            partition_by=[exact(tables, name) for name in names],
            order_by=[results.c.saved_at.desc(), column_of(tables, "result_id").desc()],
        )
        ranked = (
            sa.select(column_of(tables, "result_id").label("id"), rank.label("rank_in_asset"))
            .where(_are_of(tables, assets), results.c.run_id != run_id)
            .subquery("ranked")
        )
        runs = tables.runs
        run_key = tables.run_column("run_id")
        assert run_key is not None
        statement = (
            sa.select(
                *result_columns(tables, is_cut=False),
                sa.func.coalesce(runs.c.created_by, "").label("created_by"),
                runs.c.started_at,
                runs.c.db_profile,
            )
            .select_from(
                results.join(ranked, ranked.c.id == column_of(tables, "result_id")).join(
                    runs, run_key == results.c.run_id
                )
            )
            .where(ranked.c.rank_in_asset <= MOST_ELSEWHERE)
            .order_by(results.c.saved_at.desc(), column_of(tables, "result_id").desc())
        )

        def work(connection: sa.Connection) -> dict[tuple[str, str, str], tuple[Elsewhere, ...]]:
            found: dict[tuple[str, str, str], tuple[Elsewhere, ...]] = {}
            for row in connection.execute(statement).mappings():
                result = read_result(row, is_cut=False)
                key = (result.schema_name, result.table_name, result.column_name)
                found[key] = (*found.get(key, ()), _elsewhere(result, row))
            return found

        return await self._database.run(work)


def _row(row: sa.RowMapping) -> ReviewRow:
    return ReviewRow(
        result_id=text_of(row["result_id"]),
        schema_name=text_of(row["schema_name"]),
        table_name=text_of(row["table_name"]),
        column_name=text_of(row["column_name"]),
        asset_kind=text_of(row["asset_kind"]),
        confidence=text_of(row["confidence"]),
        evaluation=decision_state(text_of(row["evaluation"])),
        has_draft=bool(row["has_draft"]),
    )


def _elsewhere(result: Result, row: sa.RowMapping) -> Elsewhere:
    at = row["started_at"]
    return Elsewhere(
        run_id=result.run_id,
        who=text_of(row["created_by"]),
        at=at if isinstance(at, datetime) else result.saved_at,
        description=result.description,
        evaluation=result.evaluation,
        evaluated_by=result.evaluated_by,
        is_applied=result.applied_status == "applied",
        db_profile=text_of(row["db_profile"]),
        is_superseded=result.is_superseded,
    )


def _are_of(tables: Tables, assets: Sequence[ReviewRow]) -> sa.ColumnElement[bool]:
    """Whether a result is of one of the assets; by the index on their names where there is one."""
    target = tables.result_column("target_qname")
    if target is not None:
        return target.in_([asset.name for asset in assets])
    schema, table, column = (column_of(tables, name) for name in _NAMES[:3])
    by_table: dict[tuple[str, str], list[str]] = {}
    for asset in assets:
        by_table.setdefault((asset.schema_name, asset.table_name), []).append(asset.column_name)
    return sa.or_(
        *(
            sa.and_(schema == names[0], table == names[1], column.in_(columns))
            for names, columns in by_table.items()
        )
    )
