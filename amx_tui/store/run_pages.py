"""The statements that read pages of the list of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from amx_tui.domain.names import split_name
from amx_tui.domain.runs import Direction, RunCursor, RunFilter, RunPage
from amx_tui.domain.times import UNKNOWN_TIME, iso_time
from amx_tui.store.json_sql import has_items
from amx_tui.store.keyset import beyond, by_code_point, ordered
from amx_tui.store.rows import read_run, run_columns
from amx_tui.store.search import (
    IndexedSearch,
    Needle,
    Stretch,
    anyone_of,
    matches,
    pattern_needle,
    read_sqlite,
    scope_needle,
    text_needle,
    uses_index,
)
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
        self._columns = run_columns(tables)
        self._key = ("created_by", "started_at", "run_id")[0 if self._filter.sort == "who" else 1 :]
        self._is_ascending = self._filter.descending == (request.direction == "backward")
        self._who = _who(tables, self._filter.who)
        needles = _needles(tables, self._filter)
        self._needle = needles[0] if needles else None
        run = _own_columns(tables)
        others = (needle.condition(run) for needle in needles[1:])
        self._conditions = (*_conditions(tables, self._filter), *others)

    def read(self) -> tuple[Sequence[sa.RowMapping], int | None, bool]:
        """Read the rows, one more than wanted, with the total and whether there are rows in front."""
        request, needle = self._request, self._needle
        if needle is None:
            before = self._before() if request.is_inclusive else None
            return self._read(self._stretch().select(), self._total(), before)
        stretch = self._stretch()
        if not uses_index(self._tables, needle):
            is_match = matches(self._tables, needle, _own_columns(self._tables))
            # Counting by names would read all results, which nobody waits for.
            total = None if needle.name else self._total(is_match)
            return self._read(stretch.select(is_match), total, None)
        if self._tables.backend_name == "sqlite":
            count_limit = COUNT_LIMIT if request.is_counted else None
            rows, number = read_sqlite(self._connection, stretch, needle, count_limit=count_limit)
            return rows, number, self._has_before(rows)
        found = IndexedSearch(self._tables, needle)
        conditions = (*self._conditions, *anyone_of(self._who))
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

    def _stretch(self) -> Stretch:
        conditions = [*self._conditions]
        if self._request.cursor is not None:
            conditions.append(self._beyond_cursor(is_back=False))
        limit = self._request.limit + 1
        return Stretch(
            self._tables, self._columns, conditions, self._key, self._is_ascending, limit, self._who
        )

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
        elif cursor.started_at == UNKNOWN_TIME:
            values["started_at"] = self._select_start(columns["started_at"], cursor).scalar_subquery()
        return beyond(
            self._tables,
            [columns[name] for name in self._key],
            [values[name] for name in self._key],
            ascending=self._is_ascending != is_back,
            inclusive=self._request.is_inclusive and not is_back,
        )

    def _stored_start(self, cursor: RunCursor) -> str:
        started_at = self._tables.run_column("started_at")
        assert started_at is not None
        statement = self._select_start(sa.type_coerce(started_at, sa.Text), cursor)
        stored = self._connection.execute(statement).scalar()
        return stored if isinstance(stored, str) else iso_time(cursor.started_at) or ""

    def _select_start(self, started_at: sa.ColumnElement[Any], cursor: RunCursor) -> sa.Select[Any]:
        """Select the start of the cursor's run as it is stored, be it beyond what Python can hold."""
        run_id = self._tables.run_column("run_id")
        assert run_id is not None
        return sa.select(started_at).where(run_id == cursor.run_id)

    def _total(self, *more: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any] | None:
        if not self._request.is_counted:
            return None
        one = sa.select(sa.literal(1).label("one")).select_from(self._tables.runs)
        parts = [one.where(*self._conditions, *who, *more).limit(COUNT_LIMIT) for who in self._who]
        rows = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
        counted = sa.select(rows.c.one).limit(COUNT_LIMIT).subquery()
        return sa.select(sa.func.count()).select_from(counted).scalar_subquery()

    def _before(self) -> sa.ColumnElement[bool]:
        who = anyone_of(self._who)
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


def _own_columns(tables: Tables) -> SimpleNamespace:
    """The columns of a run that a needle is looked for in."""
    names = ("run_id", "created_by", "scope_json")
    return SimpleNamespace(**{name: tables.run_column(name) for name in names})


def _needles(tables: Tables, wanted: RunFilter) -> list[Needle]:
    """Return what is to be found rather than compared, the one that an index helps most with first."""
    needles: list[Needle] = []
    if wanted.text.strip():
        needles.append(text_needle(tables, wanted.text.strip()))
    if wanted.scope:
        schema, table, *_ = (*split_name(storable(wanted.scope)), "", "")
        needles.append(scope_needle(tables, schema, table))
    if "*" in wanted.who:
        needles.append(pattern_needle(wanted.who))
    return needles


def _conditions(tables: Tables, wanted: RunFilter) -> Conditions:
    """Return what every list asks for; members are asked for elsewhere."""
    conditions: list[sa.ColumnElement[bool]] = []
    status, started_at = tables.run_column("status"), tables.run_column("started_at")
    assert status is not None
    assert started_at is not None
    if wanted.status:
        if tables.backend_name == "sqlite" and wanted.who and "*" not in wanted.who:
            # Without statistics SQLite would as soon walk all runs of that status as the member's few.
            status = UnaryExpression(status, operator=custom_op("+"), type_=status.type)
        conditions.append(status == wanted.status)
    if wanted.since is not None:
        conditions.append(started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(started_at <= wanted.until)
    return tuple(conditions)


def _who(tables: Tables, who: str) -> list[Conditions]:
    """Return conditions of which a run of that member meets exactly one; each suits an index."""
    if not who or "*" in who:
        return [()]
    created_by, hostname = tables.run_column("created_by"), tables.run_column("hostname")
    assert created_by is not None
    assert hostname is not None
    created_by = by_code_point(tables, created_by)
    username, at, host = who.rpartition("@")
    if not at or not username or not host:
        return [(created_by == who,)]
    # `bob@acme.com` may be a member's name, or bob on a machine of that name.
    return [(created_by == who,), (created_by == username, hostname == host)]
