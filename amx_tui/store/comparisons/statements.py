"""The statements of a comparison: counts, pages, and what a side would settle. Each is one for all that it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.compare import (
    COMPARE_STATUSES,
    DIFFERENCES,
    CompareCursor,
    CompareFilter,
    CompareStatus,
)
from amx_tui.store.comparisons.asked import Asked, PageOrder
from amx_tui.store.comparisons.assets import Condition, Given, by_age, of_alias, run_of
from amx_tui.store.comparisons.cells import Cells
from amx_tui.store.comparisons.texts import (
    NAMES,
    as_text,
    in_force,
    same_but_for_space_and_case,
)
from amx_tui.store.keyset import ordered
from amx_tui.store.result_pages import column_of
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["Matching"]


@dataclass(frozen=True)
class Matching:
    """The matching of some runs' results by asset.

    Which runs, and where a page begins, are parameters of the statements, so that they are made once; `values` gives
    them.

    Attributes:
        sides: How many runs, the baseline first.
        wanted: Which assets.
        collation: PostgreSQL's collation that knows letters best.
    """

    tables: Tables
    sides: int
    wanted: CompareFilter
    collation: str | None = None

    @cached_property
    def _given(self) -> Given:
        return Given(self.tables, self.sides)

    @cached_property
    def _asked(self) -> Asked:
        return Asked(self.tables, self.wanted)

    @property
    def shape(self) -> tuple[int, CompareFilter, str | None]:
        """Return what tells this matching's statements from those of others in the same store."""
        return self.sides, self.wanted, self.collation

    @staticmethod
    def values(run_ids: Sequence[str], cursor: CompareCursor | None = None) -> dict[str, str]:
        """Return the parameters of a statement."""
        runs = {f"run_{side}": storable(run_id) for side, run_id in enumerate(run_ids)}
        parts = () if cursor is None else cursor.key
        return runs | {f"cursor_{number}": storable(part) for number, part in enumerate(parts)}

    # ---- Counts --------------------------------------------------------------------------------------------

    def counts(self) -> sa.Select[Any]:
        """Return the statement that counts assets: schema, table, the five statuses, and how many are loosely the same.

        A row a table, sorted by nothing; its columns have no names worth knowing.
        """
        assets = self._assets().subquery("assets")
        columns = (assets.c.schema_name, assets.c.table_name, self._status(assets).label("status"))
        is_loose = self._is_loose(assets).label("is_loose")
        judged = self._fenced(sa.select(*columns, is_loose)).subquery("judged").c
        counted = [judged.status == _code(status) for status in COMPARE_STATUSES]
        counted.append(judged.is_loose == sa.literal_column("1"))
        amounts = [sa.func.count(sa.case((condition, sa.literal_column("1")))) for condition in counted]
        place = (judged.schema_name, judged.table_name)
        return sa.select(*place, *amounts).group_by(*place)

    def amount(self) -> sa.Select[Any]:
        """Return the statement that counts the assets that the filter lets through, up to the cursor's and with it."""
        order = PageOrder("backward", 0, has_cursor=True, is_inclusive=True)
        assets = self._assets(order).subquery("assets")
        counted = sa.select(sa.func.count()).select_from(assets)
        return counted.where(*self._in_statuses(assets))

    def settling(self, side: int, newer: int) -> sa.Select[Any]:
        """Return the statement that counts the differences that a side's description would settle."""
        tables, results = self.tables, self.tables.results
        assets = self._assets().subquery("assets")
        text, text_newer = assets.c[f"text_{side}"], assets.c[f"text_{newer}"]
        statuses = self.wanted.statuses & DIFFERENCES if self.wanted.statuses else DIFFERENCES
        is_chosen = sa.func.coalesce(results.c.evaluation, "").in_(("accepted", "custom"))
        return (
            sa.select(sa.func.count())
            .select_from(assets.join(results, column_of(tables, "result_id") == assets.c[f"id_{newer}"]))
            .where(
                text.is_not(None),
                self._is_one_of(assets, statuses),
                sa.not_(sa.and_(is_chosen, text_newer.is_not(None), text_newer == text)),
            )
        )

    # ---- Pages ---------------------------------------------------------------------------------------------

    def page(self, order: PageOrder) -> sa.Select[Any]:
        """Return the statement that finds the assets of a page among all, one more than wanted.

        Its columns are the names (on MySQL as bytes), status (its place in `COMPARE_STATUSES`), is_loose, and for each
        side its result's id, `id_0`, and whether its description equals the baseline's, `same_0`.
        """
        return self._judged(self._assets(order).subquery("assets"), order)

    def window(
        self, order: PageOrder, size: int, cells: Cells | None = None
    ) -> tuple[sa.Select[Any], sa.ScalarSelect[Any]]:
        """Return the statement that finds the assets of a page among the next `size`, and how many those are.

        By the index that the layout `document` has over names it costs the same for runs of any length. The second
        is one more than `size` where more assets follow.

        Args:
            cells: What to read of the results at once; worth while where all that is looked at is wanted.
        """
        tables = self.tables
        names = [column_of(tables, name).label(name) for name in NAMES]
        key = [column_of(tables, name) for name in NAMES]
        if tables.backend_name == "mysql":
            conditions = [*self._asked.named(), *self._asked.from_class(order)]
            size_of_part = size + 2
        else:
            conditions = self._asked.conditions(order)
            size_of_part = size + 1
        parts = [
            sa.select(*names)
            .distinct()
            .where(
                tables.results.c.run_id == run_of(side), tables.results.c.superseded_at.is_(None), *conditions
            )
            .order_by(*ordered(key, ascending=order.is_ascending))
            .limit(_literal(size_of_part))
            .subquery(f"names_{side}")
            for side in range(self.sides)
        ]
        every = sa.union(*(sa.select(part) for part in parts)).subquery("every_name")
        in_order = ordered([every.c[name] for name in NAMES], ascending=order.is_ascending)
        keys = sa.select(*every.c).order_by(*in_order).limit(_literal(size_of_part)).cte("keys")
        length = sa.select(sa.func.count()).select_from(keys)
        found = self._told_apart(keys, order) if tables.backend_name == "mysql" else keys
        results = self._results_of(found, size_of_part, cells)
        return self._judged(results, order, cells), length.scalar_subquery()

    def found_by_names(self, order: PageOrder, cells: Cells) -> sa.Select[Any]:
        """Return the statement that finds a page's assets by their names, and reads the descriptions of these alone.

        Without an index it costs as much as the runs are long, but half of what it costs to read all descriptions.
        """
        given = replace(self._given, has_texts=False)
        matched = given.assets(self._asked.conditions(order)).subquery("matched")
        found = (
            sa.select(*(matched.c[name] for name in (*NAMES, *self._ids())))
            .order_by(*ordered(self.sort_key(matched), ascending=order.is_ascending))
            .limit(_literal(order.limit + 1))
            .subquery("found")
        )
        return self._judged(self._texts_of(found, cells), order, cells)

    def _ids(self) -> list[str]:
        return [f"id_{side}" for side in range(self.sides)]

    def _results_of(self, keys: sa.FromClause, size: int, cells: Cells | None) -> sa.Subquery:
        """Find the results of a few assets by their names."""
        looked_up = [self._result_id(side, keys).label(f"id_{side}") for side in range(self.sides)]
        # The limit keeps the backends from looking everything up twice.
        found = (
            sa.select(*(keys.c[name] for name in NAMES), *looked_up)
            .limit(_literal(size * 2))
            .subquery("found")
        )
        return self._texts_of(found, cells)

    def _texts_of(self, found: sa.Subquery, cells: Cells | None) -> sa.Subquery:
        """Read the descriptions of a few assets whose results are known."""
        source: sa.FromClause = found
        columns: list[sa.ColumnElement[Any]] = list(found.c)
        for side in range(self.sides):
            results = self.tables.results.alias(f"of_side_{side}")
            of_side = of_alias(self.tables, results)
            result_id = column_of(of_side, "result_id")
            columns.append(sa.case((result_id.is_not(None), in_force(of_side))).label(f"text_{side}"))
            for name, column in cells.facts(of_side) if cells else ():
                columns.append(column.label(f"{name}_{side}"))
            source = source.outerjoin(results, result_id == found.c[f"id_{side}"])
        return self._fenced(sa.select(*columns).select_from(source)).subquery("assets")

    def _result_id(self, side: int, keys: sa.FromClause) -> sa.ScalarSelect[Any]:
        """The result of an asset that counts in a run."""
        results = self.tables.results.alias("candidates")
        of_asset: list[Condition] = []
        for name in NAMES:
            column, value = results.c[name], keys.c[name]
            if self.tables.backend_name == "mysql":
                of_asset.append(column == as_text(value))
                of_asset.append(sa.cast(column, sa.BINARY) == value)
            else:
                of_asset.append(column == value)
        newest = (
            sa.select(results.c.result_id)
            .where(results.c.run_id == run_of(side), *of_asset, results.c.superseded_at.is_(None))
            .order_by(*by_age(of_alias(self.tables, results)))
            .limit(_literal(1))
        )
        return newest.correlate(keys).scalar_subquery()

    def _told_apart(self, classes: sa.CTE, order: PageOrder) -> sa.Subquery:
        """Tell names apart that MySQL takes for equal, for the blanks at their ends."""
        parts = []
        for side in range(self.sides):
            results = self.tables.results.alias(f"named_{side}")
            names = [sa.cast(results.c[name], sa.BINARY).label(name) for name in NAMES]
            are_same = [results.c[name] == classes.c[name] for name in NAMES]
            is_of_run = sa.and_(
                results.c.run_id == run_of(side), results.c.superseded_at.is_(None), *are_same
            )
            wanted = Asked(of_alias(self.tables, results), self.wanted).conditions(order)
            parts.append(sa.select(*names).select_from(classes.join(results, is_of_run)).where(*wanted))
        return sa.union(*parts).subquery("told_apart")

    def _judged(self, assets: sa.Subquery, order: PageOrder, cells: Cells | None = None) -> sa.Select[Any]:
        """Say of assets how their descriptions stand to each other, and keep those that are wanted."""
        sides = range(self.sides)
        columns = [
            *(assets.c[name] for name in NAMES),
            *(assets.c[f"id_{side}"] for side in sides),
            *(self._is_same(assets, side).label(f"same_{side}") for side in sides),
            self._status(assets).label("status"),
            self._is_loose(assets).label("is_loose"),
        ]
        if cells is not None:
            columns += [
                cells.shown(text).label(f"description_{side}")
                for side, text in enumerate(self._texts(assets))
            ]
            known = {*NAMES, *(f"{kind}_{side}" for kind in ("id", "text") for side in sides)}
            columns += [column for column in assets.c if column.name not in known]
        in_order = ordered(self.sort_key(assets), ascending=order.is_ascending)
        return (
            sa.select(*columns)
            .where(*self._in_statuses(assets))
            .order_by(*in_order)
            .limit(_literal(order.limit + 1))
        )

    def sort_key(self, rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        """Return what assets are sorted by; on MySQL as its index sorts them, and only then by their bytes."""
        names: list[sa.ColumnElement[Any]] = [rows.c[name] for name in NAMES]
        if self.tables.backend_name != "mysql":
            return names
        return [*(as_text(name) for name in names), *names]

    # ---- Which assets --------------------------------------------------------------------------------------

    def _assets(self, order: PageOrder | None = None) -> sa.Select[Any]:
        return self._given.assets(self._asked.conditions(order))

    def _fenced(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        """Keep PostgreSQL from working an expression out once for each time that it is mentioned."""
        return rows.offset(_literal(0)) if self.tables.backend_name == "postgresql" else rows

    def _in_statuses(self, assets: sa.Subquery) -> list[Condition]:
        if not self.wanted.statuses:
            return []
        return [self._is_one_of(assets, self.wanted.statuses)]

    def _is_one_of(self, assets: sa.Subquery, statuses: Iterable[CompareStatus]) -> Condition:
        status = self._status(assets)
        return sa.or_(sa.false(), *(status == _code(each) for each in sorted(statuses)))

    # ---- How they stand to each other ----------------------------------------------------------------------

    def _status(self, assets: sa.Subquery) -> sa.ColumnElement[int]:
        """The status of an asset, as its place in `COMPARE_STATUSES`; `status_of` says the same of descriptions."""
        baseline, *others = self._texts(assets)
        nobody_else = sa.and_(*(text.is_(None) for text in others))
        return sa.case(
            (sa.and_(*(self._is_same_text(baseline, text) for text in others)), _code("same")),
            (sa.and_(baseline.is_(None), nobody_else), _code("neither")),
            (baseline.is_(None), _code("right_only")),
            (nobody_else, _code("left_only")),
            else_=_code("diff"),
        )

    def _texts(self, assets: sa.Subquery) -> list[sa.ColumnElement[Any]]:
        return [assets.c[f"text_{side}"] for side in range(self.sides)]

    def _is_same_text(self, baseline: sa.ColumnElement[Any], text: sa.ColumnElement[Any]) -> Condition:
        is_equal: Condition = text == baseline
        if not self.wanted.is_loose:
            return is_equal
        is_nearly = same_but_for_space_and_case(self.tables, baseline, text, collation=self.collation)
        return sa.case((is_equal, True), else_=is_nearly)

    def _is_same(self, assets: sa.Subquery, side: int) -> Condition:
        baseline, text = assets.c.text_0, assets.c[f"text_{side}"]
        return sa.or_(self._is_same_text(baseline, text), sa.and_(baseline.is_(None), text.is_(None)))

    def _is_loose(self, assets: sa.Subquery) -> sa.ColumnElement[Any]:
        """Whether the descriptions are equal only as loosely as the filter says."""
        if not self.wanted.is_loose:
            return sa.literal_column("0", sa.Integer)
        baseline, *others = self._texts(assets)
        is_same = sa.and_(*(self._is_same_text(baseline, text) for text in others))
        is_exactly = sa.and_(*(text == baseline for text in others))
        return sa.case((is_exactly, 0), (is_same, 1), else_=0)


def _literal(number: int) -> sa.ColumnElement[int]:
    """A number that a statement is made with, so that a backend can plan by it once and for all."""
    return sa.literal_column(str(number), sa.Integer)


def _code(status: CompareStatus) -> sa.ColumnElement[int]:
    return sa.literal_column(str(COMPARE_STATUSES.index(status)), sa.Integer)
