"""The statements that read the results of a run."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amx_tui.domain.names import split_name
from amx_tui.domain.results import Result, ResultCursor, ResultFilter, ResultPage
from amx_tui.domain.runs import Direction
from amx_tui.store.json_sql import has_items, json_text
from amx_tui.store.keyset import beyond, by_code_point, ordered
from amx_tui.store.rows import result_columns
from amx_tui.store.search import ESCAPE, like_patterns
from amx_tui.store.tables import Tables

__all__ = ["as_page", "column_of", "conditions_of", "count_columns", "result_key", "select_page"]

_DECIDED = ("accepted", "custom", "skipped")


def column_of(tables: Tables, name: str) -> sa.ColumnElement[Any]:
    """Return a column of the results that both layouts have."""
    column = tables.result_column(name)
    assert column is not None, name
    return column


def result_key(tables: Tables) -> list[sa.ColumnElement[Any]]:
    """Return what results are sorted by: schema, table (its own row first), column, id, by code point."""
    names = ("schema_name", "table_name", "column_name", "result_id")
    return [by_code_point(tables, column_of(tables, name)) for name in names]


def select_page(
    tables: Tables,
    run_id: str,
    wanted: ResultFilter,
    *,
    cursor: ResultCursor | None,
    direction: Direction,
    limit: int,
) -> sa.Select[Any]:
    """Return the statement that reads a page, one row more than wanted, in the direction of reading.

    Its columns are those of `rows.result_columns`, and `position`, which counts from 1.
    """
    key, ascending = result_key(tables), direction == "forward"
    conditions = [tables.results.c.run_id == run_id, *conditions_of(tables, wanted)]
    if cursor is not None:
        values = (cursor.schema_name, cursor.table_name, cursor.column_name, cursor.result_id)
        conditions.append(beyond(tables, key, values, ascending=ascending))
    page = sa.select(*result_columns(tables, is_cut=True)).where(*conditions)
    rows = page.order_by(*ordered(key, ascending=ascending)).limit(limit + 1).subquery("page")
    names = ("schema_name", "table_name", "column_name", "result_id")
    order = [by_code_point(tables, rows.c[name]) for name in names]
    position = sa.func.row_number().over(order_by=ordered(order, ascending=ascending)).label("position")
    return sa.select(*rows.c, position)


def as_page(results: list[Result], *, limit: int, direction: Direction, has_cursor: bool) -> ResultPage:
    """Put results that `select_page` read into the list's own order."""
    has_more = len(results) > limit
    kept = results[:limit]
    if direction == "forward":
        return ResultPage(tuple(kept), has_cursor, has_more)
    return ResultPage(tuple(reversed(kept)), has_more, has_cursor)


def conditions_of(tables: Tables, wanted: ResultFilter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on results that a filter stands for."""
    conditions: list[sa.ColumnElement[bool]] = []
    evaluation = sa.func.coalesce(tables.results.c.evaluation, "")
    if wanted.decision == "pending":
        conditions.append(evaluation.not_in(_DECIDED))
    elif wanted.decision:
        conditions.append(evaluation == wanted.decision)
    if wanted.confidence:
        conditions.append(tables.results.c.confidence == wanted.confidence)
    if wanted.table:
        parts = split_name(wanted.table)
        names = ("schema_name", "table_name", "column_name")
        conditions += [column_of(tables, name) == part for name, part in zip(names, parts, strict=False)]
        if len(parts) > len(names):
            conditions.append(sa.false())
    if wanted.failed_only:
        conditions.append(has_items(tables, tables.results.c.alternatives_json) == 0)
    if wanted.text.strip():
        conditions.append(_has_text(tables, wanted.text.strip()))
    return conditions


def _has_text(tables: Tables, text: str) -> sa.ColumnElement[bool]:
    results = tables.results.c
    alternatives = json_text(tables, results.alternatives_json)
    if tables.backend_name == "mysql":
        alternatives = sa.cast(results.alternatives_json, sa.Text)
    texts = [column_of(tables, name) for name in ("schema_name", "table_name", "column_name")]
    if tables.layout == "document":
        texts = [results.target_qname]
    is_ascii = tables.layout != "document"
    in_json = like_patterns(text, in_json=True, is_ascii_json=is_ascii)
    found = [column.ilike(pattern, escape=ESCAPE) for column in texts for pattern in like_patterns(text)]
    found += [alternatives.ilike(pattern, escape=ESCAPE) for pattern in in_json]
    found += [results.chosen_description.ilike(pattern, escape=ESCAPE) for pattern in like_patterns(text)]
    return sa.or_(*found)


def count_columns(
    tables: Tables, evaluation: Any, alternatives: Any, applied_status: Any
) -> list[sa.ColumnElement[Any]]:
    """Return counts of results, called like the fields of `ResultCounts`."""

    def count(condition: sa.ColumnElement[bool], name: str) -> sa.ColumnElement[Any]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0).label(name)

    decided = sa.func.coalesce(evaluation, "")
    return [
        sa.func.count().label("total"),
        count(decided.not_in(_DECIDED), "pending"),
        *(count(decided == state, state) for state in _DECIDED),
        count(has_items(tables, alternatives) == 0, "failed"),
        count(applied_status == "applied", "applied"),
    ]
