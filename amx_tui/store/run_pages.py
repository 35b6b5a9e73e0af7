"""The statements that read pages of the list of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.names import split_name
from amx_tui.domain.runs import Direction, RunCursor, RunFilter, RunPage
from amx_tui.domain.times import iso_time
from amx_tui.store.json_sql import has_items, names_in_scope
from amx_tui.store.keyset import beyond, by_code_point, ordered
from amx_tui.store.rows import read_run, run_columns
from amx_tui.store.search import ESCAPE, IndexedSearch, Stretch, matches, read_sqlite, uses_index
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["COUNT_LIMIT", "PageRequest", "read_page"]

COUNT_LIMIT = 10_001
"""How far runs are counted: one more than is shown as a number."""

Conditions = tuple[sa.ColumnElement[bool], ...]


@dataclass(frozen=True)
class PageRequest:
    """What page is wanted; see `RunRepository.page`."""

    filter: RunFilter
    cursor: RunCursor | None
    direction: Direction
    limit: int
    is_inclusive: bool
    """Whether the page begins at the cursor's run, not behind it."""
    is_counted: bool


def read_page(connection: sa.Connection, tables: Tables, request: PageRequest) -> RunPage:
    """Read a page in one statement (on SQLite in a few, which cost as little)."""
    rows, total, has_before = _Reader(connection, tables, request).read()
    has_more = len(rows) > request.limit
    runs = [read_run(row) for row in rows[: request.limit]]
    if request.direction == "forward":
        return RunPage(tuple(runs), has_before, has_more, total)
    return RunPage(tuple(reversed(runs)), has_more, request.cursor is not None, total)


class _Reader:
    """Reads one page."""

    def __init__(self, connection: sa.Connection, tables: Tables, request: PageRequest) -> None:
        self._connection = connection
        self._tables = tables
        self._request = request
        self._filter = request.filter
        self._text = request.filter.text.strip()
        self._columns = run_columns(tables)
        self._key = (
            ("started_at", "run_id")
            if self._filter.sort == "started"
            else (
                "created_by",
                "started_at",
                "run_id",
            )
        )
        self._is_ascending = self._filter.descending == (request.direction == "backward")
        self._conditions = _conditions(tables, self._filter)

    def read(self) -> tuple[Sequence[sa.RowMapping], int | None, bool]:
        """Read the rows, one more than wanted, with the total and whether there are rows in front."""
        request, text = self._request, self._text
        if not text:
            page = self._merged([self._stretch(who) for who in _who(self._tables, self._filter.who)])
            return self._read(page, self._total(), self._before() if request.is_inclusive else None)
        stretch = self._stretch(_anyone_of(_who(self._tables, self._filter.who)))
        if not uses_index(self._tables, text):
            # Counting would read the whole list, which nobody waits for.
            return self._read(stretch.select(matches(self._tables, text)), None, None)
        if self._tables.backend_name == "sqlite":
            count_limit = COUNT_LIMIT if request.is_counted else None
            rows, total = read_sqlite(self._connection, stretch, text, count_limit=count_limit)
            return rows, total, self._has_before(rows)
        found = IndexedSearch(self._tables, text)
        conditions = (*self._conditions, *_anyone_of(_who(self._tables, self._filter.who)))
        total_of_all = found.total(conditions, COUNT_LIMIT) if request.is_counted else None
        return self._read(found.page(stretch), total_of_all, None)

    def _read(
        self,
        page: sa.Select[Any],
        total: sa.ScalarSelect[Any] | None,
        before: sa.ColumnElement[bool] | None,
    ) -> tuple[Sequence[sa.RowMapping], int | None, bool]:
        rows = page.subquery("page")
        columns = [rows.c[column.name] for column in self._columns if column.name not in _COUNTS]
        columns += self._counts(rows)
        order = ordered([rows.c[name] for name in self._key], ascending=self._is_ascending)
        if total is None and before is None:
            found = self._connection.execute(sa.select(*columns).order_by(*order)).mappings().all()
            return found, None, self._has_before(found)
        # One row that is always there carries what is known of the list when the page is empty.
        always = sa.select(sa.literal(1).label("one")).subquery("always")
        facts = [
            (sa.null() if total is None else total).label("list_total"),
            (sa.null() if before is None else before).label("list_before"),
        ]
        statement = sa.select(*columns, *facts).select_from(always.outerjoin(rows, sa.true()))
        everything = self._connection.execute(statement.order_by(*order)).mappings().all()
        found = [row for row in everything if row["run_id"] is not None]
        first = everything[0]
        has_before = self._has_before(found) if before is None else bool(first["list_before"])
        return found, first["list_total"], has_before

    def _has_before(self, rows: Sequence[sa.RowMapping]) -> bool:
        """Whether rows lie in front of the page: the cursor's own, or those that it was set behind."""
        return self._request.cursor is not None and bool(rows or not self._request.is_inclusive)

    def _stretch(self, more: Conditions) -> Stretch:
        conditions = [*self._conditions, *more]
        if self._request.cursor is not None:
            conditions.append(self._beyond_cursor(is_back=False))
        return Stretch(
            self._tables, self._columns, conditions, self._key, self._is_ascending, self._request.limit + 1
        )

    def _merged(self, stretches: Sequence[Stretch]) -> sa.Select[Any]:
        """Read several stretches that share no row as one; each is a range of an index of its own."""
        if len(stretches) == 1:
            return stretches[0].select()
        both = sa.union_all(*(sa.select(part.select().subquery()) for part in stretches)).subquery("merged")
        return sa.select(both).order_by(*stretches[0].order_of(both)).limit(stretches[0].limit)

    def _beyond_cursor(self, *, is_back: bool) -> sa.ColumnElement[bool]:
        """The condition that a run lies behind the cursor, or in front of it where `is_back`."""
        cursor = self._request.cursor
        assert cursor is not None
        labelled = {column.name: column for column in self._columns if isinstance(column, sa.Label)}
        values: dict[str, Any] = {
            "created_by": cursor.created_by,
            "started_at": cursor.started_at,
            "run_id": cursor.run_id,
        }
        columns = {name: labelled[name].element for name in self._key}
        if self._tables.backend_name == "sqlite":
            # Times are texts there, and one that cannot be read as a time has its place in the order too.
            columns["started_at"] = sa.type_coerce(columns["started_at"], sa.Text)
            values["started_at"] = self._stored_start(cursor)
        return beyond(
            self._tables,
            [columns[name] for name in self._key],
            [values[name] for name in self._key],
            ascending=self._is_ascending != is_back,
            inclusive=self._request.is_inclusive and not is_back,
        )

    def _stored_start(self, cursor: RunCursor) -> str:
        run_id, started_at = self._tables.run_column("run_id"), self._tables.run_column("started_at")
        assert run_id is not None
        assert started_at is not None
        statement = sa.select(sa.type_coerce(started_at, sa.Text)).where(run_id == cursor.run_id)
        stored = self._connection.execute(statement).scalar()
        return stored if isinstance(stored, str) else iso_time(cursor.started_at) or ""

    def _total(self) -> sa.ScalarSelect[Any] | None:
        if not self._request.is_counted:
            return None
        who = _anyone_of(_who(self._tables, self._filter.who))
        rows = sa.select(sa.literal(1)).select_from(self._tables.runs).where(*self._conditions, *who)
        return sa.select(sa.func.count()).select_from(rows.limit(COUNT_LIMIT).subquery()).scalar_subquery()

    def _before(self) -> sa.ColumnElement[bool]:
        who = _anyone_of(_who(self._tables, self._filter.who))
        run_id = self._tables.run_column("run_id")
        assert run_id is not None
        rows = sa.select(run_id).where(*self._conditions, *who, self._beyond_cursor(is_back=True))
        return sa.exists(rows)

    def _counts(self, rows: sa.Subquery) -> list[sa.ColumnElement[Any]]:
        """The runs' counts; where none are stored, those of the few runs of the page are counted."""
        if self._tables.layout == "document":
            return [rows.c[name] for name in _COUNTS]
        results = self._tables.results.c
        is_ok = has_items(self._tables, results.alternatives_json)
        of_run = results.run_id == rows.c.run_id
        ok = sa.select(sa.func.coalesce(sa.func.sum(is_ok), 0)).where(of_run)
        failed = sa.select(sa.func.coalesce(sa.func.sum(1 - is_ok), 0)).where(of_run)
        return [ok.scalar_subquery().label("ok_count"), failed.scalar_subquery().label("fail_count")]


_COUNTS = ("ok_count", "fail_count")


def _conditions(tables: Tables, wanted: RunFilter) -> Conditions:
    """Return what every branch of a list asks for; members and text are asked for elsewhere."""
    conditions: list[sa.ColumnElement[bool]] = []
    status, started_at = tables.run_column("status"), tables.run_column("started_at")
    scope = tables.run_column("scope_json")
    assert status is not None
    assert started_at is not None
    assert scope is not None
    if wanted.status:
        conditions.append(status == wanted.status)
    if wanted.since is not None:
        conditions.append(started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(started_at <= wanted.until)
    if wanted.scope:
        schema, table, *_ = (*split_name(storable(wanted.scope)), "", "")
        conditions.append(names_in_scope(tables, scope, schema, table))
    return tuple(conditions)


def _who(tables: Tables, who: str) -> list[Conditions]:
    """Return conditions of which a run of that member meets exactly one; each suits an index."""
    if not who:
        return [()]
    created_by, hostname = tables.run_column("created_by"), tables.run_column("hostname")
    assert created_by is not None
    assert hostname is not None
    created_by = by_code_point(tables, created_by)
    if "*" in who:
        pattern = who.replace(ESCAPE, ESCAPE * 2).replace("%", f"{ESCAPE}%").replace("_", f"{ESCAPE}_")
        return [(created_by.ilike(pattern.replace("*", "%"), escape=ESCAPE),)]
    username, at, host = who.rpartition("@")
    if not at or not username or not host:
        return [(created_by == who,)]
    # `bob@acme.com` may be a member's name, or bob on a machine of that name.
    return [(created_by == who,), (created_by == username, hostname == host)]


def _anyone_of(alternatives: list[Conditions]) -> Conditions:
    if alternatives == [()]:
        return ()
    return (sa.or_(*(sa.and_(*conditions) for conditions in alternatives)),)
