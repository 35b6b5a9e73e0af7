"""The statements that compare runs: each is one for all that it answers, on any backend and in both layouts.

Each run gives one row an asset, the newest result that is not superseded; what the runs give is put together by
asset, which costs the same for two runs and for ten, and needs no FULL JOIN, which MySQL lacks and SQLite does slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.compare import DIFFERENCES, CompareCursor, CompareFilter
from amx_tui.domain.names import split_name
from amx_tui.domain.runs import Direction
from amx_tui.store.comparisons.texts import (
    NAMES,
    exact,
    exact_value,
    in_force,
    same_but_for_space_and_case,
)
from amx_tui.store.keyset import beyond, ordered
from amx_tui.store.result_pages import column_of
from amx_tui.store.search import ESCAPE
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["Matching"]


@dataclass(frozen=True)
class Matching:
    """The matching of some runs' results by asset.

    Attributes:
        run_ids: The runs, the baseline first.
        wanted: Which assets.
        collation: PostgreSQL's collation that knows letters best.
    """

    tables: Tables
    run_ids: tuple[str, ...]
    wanted: CompareFilter
    collation: str | None = None

    def counts(self) -> sa.Select[Any]:
        """Return the statement that counts assets; rows of schema_name, table_name, status, is_loose, amount."""
        assets = self._assets(()).subquery("assets")
        status, is_loose = self._status(assets), self._is_loose(assets)
        judged = sa.select(
            assets.c.schema_name, assets.c.table_name, status.label("status"), is_loose.label("is_loose")
        ).subquery("judged")
        return sa.select(*judged.c, sa.func.count().label("amount")).group_by(*judged.c)

    def page(
        self, *, cursor: CompareCursor | None, direction: Direction, limit: int, is_inclusive: bool = False
    ) -> sa.Select[Any]:
        """Return the statement that finds the assets of a page, one more than wanted, in the direction of reading.

        Its columns are the names (on MySQL as bytes), status, is_loose, and for each side its result's id, `id_0`,
        and whether its description equals the baseline's, `same_0`.
        """
        ascending = direction == "forward"
        conditions = [] if cursor is None else [self._beyond(cursor, ascending, is_inclusive)]
        assets = self._assets(conditions).subquery("assets")
        status = self._status(assets)
        columns = [assets.c[name] for name in NAMES]
        columns += [assets.c[f"id_{side}"] for side in range(len(self.run_ids))]
        columns += [self._is_same(assets, side).label(f"same_{side}") for side in range(len(self.run_ids))]
        page = sa.select(*columns, status.label("status"), self._is_loose(assets).label("is_loose"))
        if self.wanted.statuses:
            page = page.where(status.in_(sorted(self.wanted.statuses)))
        names = [assets.c[name] for name in NAMES]
        return page.order_by(*ordered(names, ascending=ascending)).limit(limit + 1)

    def amount(self, until: CompareCursor | None = None) -> sa.Select[Any]:
        """Return the statement that counts the assets that the filter lets through, up to one and with it."""
        conditions = [] if until is None else [self._beyond(until, False, True)]
        assets = self._assets(conditions).subquery("assets")
        counted = sa.select(sa.func.count()).select_from(assets)
        if self.wanted.statuses:
            counted = counted.where(self._status(assets).in_(sorted(self.wanted.statuses)))
        return counted

    def settling(self, side: int, newer: int) -> sa.Select[Any]:
        """Return the statement that counts the differences that a side's description would settle."""
        tables, results = self.tables, self.tables.results
        assets = self._assets(()).subquery("assets")
        text, text_newer = assets.c[f"text_{side}"], assets.c[f"text_{newer}"]
        statuses = self.wanted.statuses & DIFFERENCES if self.wanted.statuses else DIFFERENCES
        is_chosen = sa.func.coalesce(results.c.evaluation, "").in_(("accepted", "custom"))
        return (
            sa.select(sa.func.count())
            .select_from(assets.join(results, column_of(tables, "result_id") == assets.c[f"id_{newer}"]))
            .where(
                text.is_not(None),
                self._status(assets).in_(sorted(statuses)),
                sa.not_(sa.and_(is_chosen, text_newer.is_not(None), text_newer == text)),
            )
        )

    def _beyond(self, cursor: CompareCursor, ascending: bool, is_inclusive: bool) -> sa.ColumnElement[bool]:
        key = [exact(self.tables, column_of(self.tables, name)) for name in NAMES]
        values: list[Any] = [storable(part) for part in cursor.key]
        if self.tables.backend_name == "mysql":
            values = [value.encode() for value in values]
        return beyond(self.tables, key, values, ascending=ascending, inclusive=is_inclusive)

    # ---- What the runs give --------------------------------------------------------------------------------

    def _assets(self, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
        """One row an asset: its names, and for each side the id of its result and the description in force."""
        given = [self._newest(run_id, side, conditions) for side, run_id in enumerate(self.run_ids)]
        rows = sa.union_all(*given).subquery("given")
        names = [rows.c[name] for name in NAMES]
        columns = []
        for side in range(len(self.run_ids)):
            of_side = rows.c.side == sa.literal_column(str(side), sa.Integer)
            columns.append(sa.func.max(sa.case((of_side, rows.c.result_id))).label(f"id_{side}"))
            columns.append(sa.func.max(sa.case((of_side, rows.c.description))).label(f"text_{side}"))
        return sa.select(*names, *columns).group_by(*names)

    def _newest(self, run_id: str, side: int, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
        tables, results = self.tables, self.tables.results.c
        names = [exact(tables, column_of(tables, name)) for name in NAMES]
        result_id = column_of(tables, "result_id")
        is_timed = sa.case((results.saved_at.is_(None), 0), else_=1)
        rank = sa.func.row_number().over(
            partition_by=names,
            order_by=[is_timed.desc(), results.saved_at.desc(), exact(tables, result_id).desc()],
        )
        description = in_force(tables)
        if tables.backend_name == "mysql":
            description = sa.cast(description, sa.BINARY)
        ranked = (
            sa.select(
                *(column.label(name) for name, column in zip(NAMES, names, strict=True)),
                result_id.label("result_id"),
                description.label("description"),
                rank.label("rank_in_asset"),
            )
            .where(results.run_id == run_id, results.superseded_at.is_(None))
            .where(*conditions, *self._named())
            .subquery(f"ranked_{side}")
        )
        kept = [ranked.c[name] for name in (*NAMES, "result_id", "description")]
        return sa.select(*kept, sa.literal_column(str(side), sa.Integer).label("side")).where(
            ranked.c.rank_in_asset == 1
        )

    def _named(self) -> list[sa.ColumnElement[bool]]:
        """What the filter's name asks for; `matches_name` says the same of one asset."""
        name = self.wanted.name.strip()
        if not name:
            return []
        parts = split_name(name)
        columns = [column_of(self.tables, column) for column in NAMES]
        if not self.wanted.is_pattern:
            if len(parts) > len(NAMES):
                return [sa.false()]
            return [self._is(column, part) for column, part in zip(columns, parts, strict=False)]
        if len(parts) == 1:
            return [sa.or_(*(self._is_like(column, parts[0]) for column in columns))]
        if len(parts) > len(NAMES):
            return [sa.false()]
        return [self._is_like(column, part) for column, part in zip(columns, parts, strict=False)]

    def _is(self, column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
        is_exactly = exact(self.tables, column) == exact_value(self.tables, text)
        if self.tables.backend_name == "mysql":
            # The first half is what an index answers.
            return sa.and_(column == storable(text), is_exactly)
        return is_exactly

    def _is_like(self, column: sa.ColumnElement[Any], pattern: str) -> sa.ColumnElement[bool]:
        escaped = (
            storable(pattern)
            .replace(ESCAPE, ESCAPE * 2)
            .replace("%", f"{ESCAPE}%")
            .replace("_", f"{ESCAPE}_")
        )
        is_like = column.ilike(escaped.replace("*", "%"), escape=ESCAPE)
        return sa.and_(column != "", is_like)

    # ---- How they stand to each other ----------------------------------------------------------------------

    def _status(self, assets: sa.Subquery) -> sa.ColumnElement[str]:
        """The status of an asset; `status_of` says the same of its descriptions."""
        baseline, *others = (assets.c[f"text_{side}"] for side in range(len(self.run_ids)))
        nobody_else = sa.and_(*(text.is_(None) for text in others))
        return sa.case(
            (sa.and_(*(self._is_same_text(baseline, text) for text in others)), _word("same")),
            (sa.and_(baseline.is_(None), nobody_else), _word("neither")),
            (baseline.is_(None), _word("right_only")),
            (nobody_else, _word("left_only")),
            else_=_word("diff"),
        )

    def _is_same_text(self, baseline: Any, text: Any) -> sa.ColumnElement[bool]:
        is_equal: sa.ColumnElement[bool] = text == baseline
        if not self.wanted.is_loose:
            return is_equal
        is_nearly = same_but_for_space_and_case(self.tables, baseline, text, collation=self.collation)
        return sa.case((is_equal, True), else_=is_nearly)

    def _is_same(self, assets: sa.Subquery, side: int) -> sa.ColumnElement[bool]:
        baseline, text = assets.c.text_0, assets.c[f"text_{side}"]
        return sa.or_(self._is_same_text(baseline, text), sa.and_(baseline.is_(None), text.is_(None)))

    def _is_loose(self, assets: sa.Subquery) -> sa.ColumnElement[Any]:
        """Whether the descriptions are equal only as loosely as the filter says."""
        if not self.wanted.is_loose:
            return sa.literal_column("0", sa.Integer)
        baseline, *others = (assets.c[f"text_{side}"] for side in range(len(self.run_ids)))
        is_same = sa.and_(*(self._is_same_text(baseline, text) for text in others))
        is_exactly = sa.and_(*(text == baseline for text in others))
        return sa.case((is_exactly, 0), (is_same, 1), else_=0)


def _word(status: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{status}'", sa.String)
