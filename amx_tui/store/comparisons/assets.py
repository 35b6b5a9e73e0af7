"""What runs give for each asset: the newest result that is not superseded, and the description in force.

However it is read, what comes out are rows of the names, and for each side `id_0` and `text_0`, NULL where the side has
none. Which way is the fastest differs: PostgreSQL joins two sorted runs, SQLite looks each asset up in the other runs,
for which the layout `document` has an index, and what is left is put together by grouping, which MySQL, without a
FULL JOIN, does best, and which serves any number of runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from amx_tui.store.comparisons.texts import NAMES, exact, in_force
from amx_tui.store.result_pages import column_of
from amx_tui.store.tables import Tables

__all__ = ["Condition", "Given", "by_age", "of_alias", "run_of"]

Condition = sa.ColumnElement[bool]
_DIGEST = "name_digest"


def of_alias(tables: Tables, results: sa.FromClause) -> Tables:
    """Return tables whose results are an alias, for expressions over it."""
    return replace(tables, results=cast("sa.Table", results))


def run_of(side: int) -> sa.ColumnElement[Any]:
    """Return the parameter that names a side's run."""
    return sa.bindparam(f"run_{side}", type_=sa.String)


def by_age(tables: Tables) -> list[sa.ColumnElement[Any]]:
    """Return what the results of one asset are sorted by, the one that counts first."""
    saved_at = tables.results.c.saved_at
    result_id = exact(tables, column_of(tables, "result_id"))
    if tables.backend_name == "postgresql":
        return [saved_at.desc().nulls_last(), result_id.desc()]
    # Elsewhere NULL is the least of all.
    return [saved_at.desc(), result_id.desc()]


def _digest(names: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[int]:
    """Return a number that equal names have in common.

    PostgreSQL sorts and joins by numbers many times faster than by names, which are looked at where numbers are equal.
    """
    _, table, column = names
    return sa.func.hashtextextended(column, sa.func.hashtext(table, type_=sa.Integer), type_=sa.BigInteger)


@dataclass(frozen=True)
class Given:
    """What some runs give, read as fast as the backend can.

    Attributes:
        sides: How many runs, the baseline first; which ones are parameters of the statements.
        has_texts: Whether the descriptions are read, which takes most of the time; else they are NULL.
    """

    tables: Tables
    sides: int
    has_texts: bool = True

    def assets(self, conditions: Sequence[Condition] = ()) -> sa.Select[Any]:
        """Return the rows of all assets.

        Args:
            conditions: What is asked of the results' names; the same of every run.
        """
        backend, layout = self.tables.backend_name, self.tables.layout
        if backend == "postgresql" and self.sides == 2:
            return self._joined(conditions)
        if backend == "sqlite" and layout == "document":
            return self._looked_up(conditions)
        return self._grouped(conditions)

    # ---- Two sorted runs, joined ---------------------------------------------------------------------------

    def _joined(self, conditions: Sequence[Condition]) -> sa.Select[Any]:
        left, right = (
            self._newest(side, conditions).subquery(name) for side, name in enumerate(("baseline", "other"))
        )
        are_same = sa.and_(*(left.c[name] == right.c[name] for name in (_DIGEST, *NAMES)))
        names = [sa.func.coalesce(left.c[name], right.c[name]).label(name) for name in NAMES]
        columns = [
            side.c[name].label(f"{label}_{number}")
            for number, side in enumerate((left, right))
            for name, label in (("result_id", "id"), ("description", "text"))
        ]
        return sa.select(*names, *columns).select_from(left.outerjoin(right, are_same, full=True))

    # ---- Any number of runs, grouped -----------------------------------------------------------------------

    def _grouped(self, conditions: Sequence[Condition]) -> sa.Select[Any]:
        given = []
        for side in range(self.sides):
            newest = self._newest(side, conditions).subquery(f"newest_{side}")
            given.append(sa.select(*newest.c, sa.literal_column(str(side), sa.Integer).label("side")))
        rows = sa.union_all(*given).subquery("given")
        names = [rows.c[name] for name in NAMES]
        columns = []
        for side in range(self.sides):
            of_side = rows.c.side == sa.literal_column(str(side), sa.Integer)
            columns.append(sa.func.max(sa.case((of_side, rows.c.result_id))).label(f"id_{side}"))
            columns.append(sa.func.max(sa.case((of_side, rows.c.description))).label(f"text_{side}"))
        return sa.select(*names, *columns).group_by(*names)

    def _newest(self, side: int, conditions: Sequence[Condition]) -> sa.Select[Any]:
        """One row an asset of a run: names, result_id, description."""
        tables, results = self.tables, self.tables.results.c
        names = [exact(tables, column_of(tables, name)) for name in NAMES]
        labelled = [column.label(name) for name, column in zip(NAMES, names, strict=True)]
        columns = [*labelled, column_of(tables, "result_id").label("result_id")]
        columns.append((in_force(tables) if self.has_texts else sa.null()).label("description"))
        rows = sa.select(*columns).where(
            results.run_id == run_of(side), results.superseded_at.is_(None), *conditions
        )
        if tables.backend_name == "postgresql":
            from sqlalchemy.dialects.postgresql import distinct_on

            digest = _digest(names).label(_DIGEST)
            return (
                rows.add_columns(digest)
                .ext(distinct_on(digest, *names))
                .order_by(digest, *names, *by_age(tables))
            )
        rank = sa.func.row_number().over(partition_by=names, order_by=by_age(tables)).label("rank_in_asset")
        ranked = rows.add_columns(rank).subquery("ranked")
        kept = [ranked.c[name] for name in (*NAMES, "result_id", "description")]
        return sa.select(*kept).where(ranked.c.rank_in_asset == 1)

    # ---- Assets of each run, looked up in the others -------------------------------------------------------

    def _looked_up(self, conditions: Sequence[Condition]) -> sa.Select[Any]:
        parts = [self._led_by(side, conditions) for side in range(self.sides)]
        rows = sa.union_all(*parts).subquery("given")
        return sa.select(*rows.c)

    def _led_by(self, leader: int, conditions: Sequence[Condition]) -> sa.Select[Any]:
        """The assets that a run has and no run in front of it."""
        tables = self.tables
        results = tables.results
        source: sa.FromClause = results
        columns: list[sa.ColumnElement[Any]] = [results.c[name].label(name) for name in NAMES]
        wanted = [
            results.c.run_id == run_of(leader),
            results.c.superseded_at.is_(None),
            *conditions,
            sa.not_(self._has_newer(results)),
        ]
        for side in range(self.sides):
            if side < leader:
                columns += [sa.null().label(f"id_{side}"), sa.null().label(f"text_{side}")]
                earlier = results.alias(f"earlier_{side}")
                wanted.append(sa.not_(sa.exists().where(*self._is_of(earlier, side, results))))
                continue
            other = results if side == leader else results.alias(f"side_{side}")
            if side > leader:
                is_match = sa.and_(*self._is_of(other, side, results), sa.not_(self._has_newer(other)))
                source = source.outerjoin(other, is_match)
            columns.append(other.c.result_id.label(f"id_{side}"))
            columns.append(in_force(of_alias(tables, other)).label(f"text_{side}"))
        return sa.select(*columns).select_from(source).where(*wanted)

    @staticmethod
    def _is_of(rows: sa.FromClause, side: int, asset: sa.FromClause) -> list[Condition]:
        """Whether results are of a run and of the asset of another row."""
        are_same: list[Condition] = [rows.c[name] == asset.c[name] for name in NAMES]
        return [rows.c.run_id == run_of(side), *are_same, rows.c.superseded_at.is_(None)]

    def _has_newer(self, rows: sa.FromClause) -> Condition:
        """Whether a newer result of the same run and asset counts instead."""
        newer = self.tables.results.alias(
            f"newer_than_{rows.name}" if isinstance(rows, sa.Alias) else "newer"
        )
        age, others_age = (sa.func.coalesce(each.c.saved_at, "") for each in (newer, rows))
        is_newer = sa.or_(age > others_age, sa.and_(age == others_age, newer.c.result_id > rows.c.result_id))
        are_same: list[Condition] = [newer.c[name] == rows.c[name] for name in ("run_id", *NAMES)]
        return sa.exists().where(*are_same, newer.c.superseded_at.is_(None), is_newer)
