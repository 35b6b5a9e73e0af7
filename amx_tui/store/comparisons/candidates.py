"""The statement that finds the runs which one run is best compared with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amx_tui.domain.sides import NOT_COMPARABLE
from amx_tui.store.comparisons.texts import exact
from amx_tui.store.json_sql import has_items, json_text
from amx_tui.store.rows import run_columns
from amx_tui.store.search import ESCAPE, like_patterns
from amx_tui.store.tables import Tables

__all__ = ["select_candidates"]

_POOL = 200
"""Runs of each kind that are looked at: the newest ones, and the newest that describe the same assets."""
_SEARCHED = 10_000
"""Runs, the newest ones, that a text is looked for in."""
_TABLES = 50
"""Tables of the run that are looked for in the others."""
_ASSETS = 5
"""Assets of the run by which runs of long ago are found."""


def select_candidates(tables: Tables, run_id: str, text: str, *, limit: int) -> sa.Select[Any]:
    """Return the statement; its columns are those of `run_columns`, shared_tables and is_other_member.

    Looked at are the newest runs and, in the layout `document`, which has an index of assets, the newest that describe
    the same assets. First come those with tables in common, of these another member's, of these those with the most
    tables in common, of these the newest.
    """
    pool = _pool(tables, run_id, text)
    own_id = _run_column(tables, "run_id")
    shared = _shared(tables, run_id, pool)
    myself = sa.select(_created_by(tables)).where(own_id == run_id).scalar_subquery()
    is_other = sa.case((_created_by(tables) == myself, 0), else_=1).label("is_other_member")
    has_some = sa.case((shared > 0, 1), else_=0)
    columns = [column for column in run_columns(tables) if column.name not in {"ok_count", "fail_count"}]
    return (
        sa.select(*columns, *_amounts(tables, own_id), shared.label("shared_tables"), is_other)
        .where(own_id.in_(sa.select(pool.c.run_id)))
        .order_by(
            has_some.desc(), is_other.desc(), shared.desc(), tables.runs.c.started_at.desc(), own_id.desc()
        )
        .limit(limit)
    )


def _run_column(tables: Tables, name: str) -> sa.ColumnElement[Any]:
    column = tables.run_column(name)
    assert column is not None, name
    return column


def _created_by(tables: Tables) -> sa.ColumnElement[Any]:
    return exact(tables, sa.func.coalesce(_run_column(tables, "created_by"), ""))


def _pool(tables: Tables, run_id: str, text: str) -> sa.CTE:
    own_id, runs = _run_column(tables, "run_id"), tables.runs.c
    comparable = [own_id != run_id, runs.command.not_in(NOT_COMPARABLE)]
    if text.strip():
        newest = sa.select(own_id.label("run_id")).order_by(runs.started_at.desc(), own_id.desc())
        comparable.append(own_id.in_(sa.select(newest.limit(_SEARCHED).subquery().c.run_id)))
        scope = json_text(tables, runs.scope_json)
        fields = [
            own_id,
            runs.created_by,
            runs.hostname,
            *([scope] if tables.backend_name != "mysql" else []),
        ]
        if tables.backend_name == "mysql":
            fields.append(sa.cast(scope, sa.Text))
        patterns = like_patterns(text.strip())
        comparable.append(
            sa.or_(*(field.ilike(pattern, escape=ESCAPE) for field in fields for pattern in patterns))
        )
    newest_first = (runs.started_at.desc(), own_id.desc())
    kinds = [sa.select(own_id.label("run_id")).where(*comparable).order_by(*newest_first).limit(_POOL)]
    if tables.layout == "document":
        results = tables.results
        others = results.alias("others")
        names = [results.c[name] for name in ("schema_name", "table_name", "column_name", "result_id")]
        assets = (
            sa.select(results.c.target_qname)
            .where(results.c.run_id == run_id)
            .order_by(*names)
            .limit(_ASSETS)
            .subquery("assets")
        )
        describing = sa.select(others.c.run_id).join(assets, others.c.target_qname == assets.c.target_qname)
        kinds.append(
            sa.select(own_id.label("run_id"))
            .where(*comparable, own_id.in_(describing))
            .order_by(*newest_first)
            .limit(_POOL)
        )
    return sa.union(*(sa.select(kind.subquery()) for kind in kinds)).cte("pool")


def _shared(tables: Tables, run_id: str, pool: sa.CTE) -> sa.ColumnElement[int]:
    """How many tables a run has in common with the one that candidates are looked for."""
    own_id = _run_column(tables, "run_id")
    places = ("schema_name", "table_name")
    is_indexed = tables.layout == "document"

    def name_of(source: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
        return source.c[name] if is_indexed else exact(tables, source.c[name])

    names = [name_of(tables.results, name).label(name) for name in places]
    described = (
        sa.select(*names).where(tables.results.c.run_id == run_id).distinct().limit(_TABLES).cte("described")
    )
    others = tables.results.alias("results_of_others")
    are_same = [name_of(others, name) == described.c[name] for name in places]
    if is_indexed:
        # Each is one probe into the index over run and names.
        is_there = sa.exists().where(others.c.run_id == own_id, *are_same)
        counted = (
            sa.select(sa.func.count())
            .select_from(described)
            .where(is_there.correlate(tables.runs, described))
        )
        return counted.correlate(tables.runs).scalar_subquery()
    in_common = (
        sa.select(others.c.run_id, *(described.c[name] for name in places))
        .join(described, sa.and_(*are_same))
        .where(others.c.run_id.in_(sa.select(pool.c.run_id)))
        .distinct()
        .subquery("in_common")
    )
    counts = (
        sa.select(in_common.c.run_id, sa.func.count().label("amount"))
        .group_by(in_common.c.run_id)
        .cte("shared_tables")
    )
    amount = sa.select(counts.c.amount).where(counts.c.run_id == own_id).correlate(tables.runs)
    return sa.func.coalesce(amount.scalar_subquery(), 0)


def _amounts(tables: Tables, own_id: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
    """The runs' counts of results; where none are stored, they are counted."""
    if tables.layout == "document":
        return [tables.runs.c.ok_count, tables.runs.c.fail_count]
    results = tables.results.c
    is_ok = has_items(tables, results.alternatives_json)
    found: list[sa.ColumnElement[Any]] = []
    for name, amount in (("ok_count", is_ok), ("fail_count", 1 - is_ok)):
        total = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(results.run_id == own_id)
        found.append(total.correlate(tables.runs).scalar_subquery().label(name))
    return found
