"""The runs of a store: pages of their list, one run with its results, and finding one by what people type."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.results import ResultFilter, RunOpening
from amx_tui.domain.runs import Direction, RunCursor, RunDetail, RunFilter, RunPage
from amx_tui.domain.text import one_line
from amx_tui.store.database import Database
from amx_tui.store.result_pages import as_page, column_of, count_columns, select_page
from amx_tui.store.rows import detail_columns, read_counts, read_detail, read_result
from amx_tui.store.run_notes import notes_of, twin_columns
from amx_tui.store.run_pages import PageRequest, read_page
from amx_tui.store.tables import Tables

__all__ = ["RunRepository"]

_NO_FILTER = RunFilter()
_NO_RESULT_FILTER = ResultFilter()
_COUNTED = 1_000
"""Results that opening a run counts at most, so that a run of 100,000 opens as fast as any other."""
_SUGGESTED = 200
_CANDIDATES = 5
_HEAVY = {
    "scope_json", "settings_json", "metrics_json", "tokens_json", "error_text", "copy_id", "copy_by",
    "namesake_id",
}  # fmt: skip
"""Read or looked up for the first row of an opening alone."""
_NUMBER = re.compile(r"#(\d{1,18})(?:@(.*))?\Z", re.DOTALL)


def _now() -> datetime:
    return datetime.now(UTC)


class RunRepository:
    """The runs of one store. Every method may raise `StoreError`.

    Args:
        now: Tells the present moment, by which runs that never ended are known.
    """

    def __init__(self, database: Database, tables: Tables, *, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._tables = tables
        self._now = now

    async def page(
        self,
        filter: RunFilter = _NO_FILTER,
        *,
        cursor: RunCursor | None = None,
        direction: Direction = "forward",
        limit: int = 40,
        count: bool = False,
        around: RunCursor | None = None,
    ) -> RunPage:
        """Read a page of runs, in one round trip, by key, however many runs there are.

        Superseded results count in `ok_count` and `fail_count`, which are stored with the run, or in a store
        that amx-cli made counted for each run of the page. Long error texts are cut.

        Args:
            filter: Which runs, in which order. A name with an @ in it is a member's name, or a member and a
                machine; a pattern is compared without case.
            cursor: The run that the page lies behind (or in front of, backward); None is the list's beginning
                (or its end, backward).
            direction: Which way to read; the page is in the list's order either way.
            limit: How many runs at most.
            count: Count the runs that the filter lets through, up to 10,001. With a text, a scope or a pattern
                they are counted only where an index finds them.
            around: A run that the page begins with, instead of a cursor; where it is not in the list (any
                more), the next one begins it. With a text, a scope or a pattern, `has_before` of such a page is a
                guess: True unless the page is empty.
        """
        request = PageRequest(
            filter=filter,
            cursor=around or cursor,
            direction="forward" if around else direction,
            limit=limit,
            is_inclusive=around is not None,
            is_counted=count,
        )
        return await self._database.run(lambda connection: read_page(connection, self._tables, request))

    async def open(
        self, run_id: str, *, result_filter: ResultFilter = _NO_RESULT_FILTER, limit: int = 60
    ) -> RunOpening:
        """Read a run's facts, the counts of its results and their first page, in one statement.

        Of a run with more than 1,000 results in the layout `document` decisions are counted in as many;
        the counts are then partial, and `ResultRepository.counts` has all.

        Raises:
            NotFoundError: No run has exactly that id.
        """
        statement = self._opening(run_id, result_filter, limit)

        def work(connection: sa.Connection) -> RunOpening | None:
            rows = connection.execute(statement).mappings().all()
            return self._read_opening(rows, limit) if rows else None

        opening = await self._database.run(work)
        if opening is None:
            raise await self._not_found(run_id)
        return opening

    async def detail(self, run_id: str) -> RunDetail:
        """Read a run's facts without its results.

        Raises:
            NotFoundError: No run has exactly that id.
        """
        return (await self.open(run_id, limit=1)).detail

    async def resolve(self, reference: str) -> str:
        """Find the id of the run that people mean.

        Args:
            reference: Its id, a beginning that no other has, `#7@host`, or `#7` where one run only has that
                number.

        Raises:
            NotFoundError: No run, or more than one, is meant; the hint lists candidates.
        """
        reference = reference.strip()
        number = _NUMBER.match(reference)
        statement = self._by_number(number) if number else self._by_prefix(reference)
        found = await self._database.run(lambda connection: connection.execute(statement).scalars().all())
        if reference in found or (len(found) == 1 and reference):
            return reference if reference in found else str(found[0])
        if not found or not reference:
            raise await self._not_found(reference)
        names = ", ".join(str(run_id) for run_id in found[:_CANDIDATES])
        more = " and more" if len(found) > _CANDIDATES else ""
        raise NotFoundError(
            f"More than one run is called “{one_line(reference, 60)}”.", hint=f"There are {names}{more}."
        )

    async def members_and_statuses(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read the members and the statuses that occur, up to 200 of each, sorted."""
        statement = sa.union_all(*(self._distinct(name) for name in ("created_by", "status")))

        def work(connection: sa.Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
            rows = [(kind, str(value)) for kind, value in connection.execute(statement).all() if value]
            members = sorted(value for kind, value in rows if kind == "created_by")
            return tuple(members), tuple(sorted(value for kind, value in rows if kind == "status"))

        return await self._database.run(work)

    def _run_id(self) -> sa.ColumnElement[Any]:
        column = self._tables.run_column("run_id")
        assert column is not None
        return column

    def _opening(self, run_id: str, wanted: ResultFilter, limit: int) -> sa.Select[Any]:
        """Facts and counts on every row of the first page; what is heavy on its first row only."""
        tables = self._tables
        run = sa.select(*detail_columns(tables), *twin_columns(tables)).where(self._run_id() == run_id)
        run_row = run.subquery("run")
        results = tables.results.c
        counted = sa.select(
            results.evaluation.label("evaluation"),
            results.alternatives_json.label("alternatives"),
            column_of(tables, "applied_status").label("applied_status"),
        ).where(results.run_id == run_id)
        if tables.layout == "document":
            counted = counted.limit(_COUNTED + 1)
        sample = counted.subquery("sample").c
        counts = sa.select(
            *count_columns(tables, sample.evaluation, sample.alternatives, sample.applied_status)
        ).subquery("counts")
        page = select_page(tables, run_id, wanted, cursor=None, direction="forward", limit=limit)
        page_rows = page.subquery("results")
        is_first = sa.func.coalesce(page_rows.c.position, 1) == 1
        columns = [
            (sa.case((is_first, column)) if column.name in _HEAVY else column).label(f"run_{column.name}")
            for column in run_row.c
        ]
        columns += [column.label(f"counts_{column.name}") for column in counts.c]
        columns += [column.label(f"result_{column.name}") for column in page_rows.c]
        is_of_run = page_rows.c.run_id == run_row.c.run_id
        source = run_row.join(counts, sa.true()).outerjoin(page_rows, is_of_run)
        return sa.select(*columns).select_from(source).order_by(page_rows.c.position)

    def _read_opening(self, rows: Sequence[sa.RowMapping], limit: int) -> RunOpening:
        run_row = _part(rows[0], "run_")
        counts = read_counts(_part(rows[0], "counts_"))
        if self._tables.layout == "document" and counts.total > _COUNTED:
            # The run itself knows how many there are.
            ok, failed = int(run_row["ok_count"] or 0), int(run_row["fail_count"] or 0)
            applied = int(run_row["applied_count"] or 0)
            total = max(ok + failed, counts.total)
            counts = replace(counts, total=total, failed=failed, applied=applied, is_partial=True)
        elif self._tables.layout != "document":
            run_row |= {"ok_count": counts.total - counts.failed, "fail_count": counts.failed}
        detail = read_detail(run_row)
        notes = notes_of(detail.run, run_row, counts, self._now())
        parts = (_part(row, "result_") for row in rows)
        results = [read_result(part, is_cut=True) for part in parts if part["position"] is not None]
        page = as_page(results, limit=limit, direction="forward", has_cursor=False)
        return RunOpening(replace(detail, notes=notes), counts, page)

    def _by_number(self, number: re.Match[str]) -> sa.Select[Any]:
        runs = self._tables.runs.c
        conditions = [runs.local_id == int(number.group(1))]
        if number.group(2):
            conditions.append(runs.hostname == number.group(2))
        order = (runs.started_at.desc(), self._run_id())
        return sa.select(self._run_id()).where(*conditions).order_by(*order).limit(_CANDIDATES + 1)

    def _by_prefix(self, prefix: str) -> sa.Select[Any]:
        run_id = self._run_id()
        if self._tables.layout == "document":
            # Ids are ASCII and compare by code point, so that they lie together in the index.
            begins = sa.and_(run_id >= prefix, run_id < f"{prefix}\x7f")
        else:
            begins = run_id.startswith(prefix, autoescape=True)
        return sa.select(run_id).where(begins).order_by(run_id).limit(_CANDIDATES + 1)

    async def _not_found(self, reference: str) -> NotFoundError:
        """Say that there is no such run, what is called nearly so, and whether results name it."""
        run_id, results = self._run_id(), self._tables.results.c
        newest = sa.select(run_id).order_by(self._tables.runs.c.started_at.desc(), run_id.desc()).limit(3)
        before = sa.select(run_id).where(run_id < reference).order_by(run_id.desc()).limit(2)
        after = sa.select(run_id).where(run_id > reference).order_by(run_id).limit(2)
        kinds = {"newest": newest, "before": before, "after": after}
        parts = [
            sa.select(
                sa.literal(kind).label("kind"), sa.select(part.subquery()).subquery().c[0].label("found")
            )
            for kind, part in kinds.items()
        ]
        orphans = sa.select(sa.literal("orphans"), sa.cast(sa.func.count(), sa.String(20)))
        parts.append(orphans.where(results.run_id == reference))
        statement = sa.union_all(*parts)
        rows = await self._database.run(lambda connection: connection.execute(statement).all())
        near = [str(found) for kind, found in rows if kind in {"before", "after"}]
        near = [run_id for run_id in near if _share_beginning(run_id, reference)]
        latest = [str(found) for kind, found in rows if kind == "newest"]
        named = next((int(found) for kind, found in rows if kind == "orphans"), 0)
        message = f"There is no run “{one_line(reference, 60)}”."
        if named:
            message += f" {named} result{'s' if named > 1 else ''} of it are stored, but not the run itself."
        return NotFoundError(message, hint=_hint(near, latest))

    def _distinct(self, name: str) -> sa.Select[Any]:
        """The values of a column, each once, by leaps over its index where there is one.

        MySQL leaps for DISTINCT by itself, and no other way.
        """
        column: sa.ColumnElement[Any] = self._tables.runs.c[name]
        kind = sa.literal(name).label("kind")
        if self._tables.layout != "document" or self._tables.backend_name == "mysql":
            values = sa.select(column.label("value")).distinct().limit(_SUGGESTED).subquery()
            return sa.select(kind, values.c.value)
        leaps = sa.select(sa.func.min(column).label("value"), sa.literal(1).label("number")).cte(
            f"{name}_leaps", recursive=True
        )
        following = sa.select(sa.func.min(column)).where(column > leaps.c.value).scalar_subquery()
        leaps = leaps.union_all(
            sa.select(following, leaps.c.number + 1).where(
                leaps.c.value.is_not(None), leaps.c.number < _SUGGESTED
            )
        )
        return sa.select(kind, leaps.c.value)


def _part(row: sa.RowMapping, prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


def _share_beginning(one: str, other: str) -> bool:
    """Whether two ids begin alike beyond what all of them begin with."""
    length = max(4, len(other) // 2)
    return len(other) >= length and one[:length] == other[:length]


def _hint(near: Sequence[str], latest: Sequence[str]) -> str:
    if near:
        return f"Did you mean {' or '.join(near)}?"
    if latest:
        return f"The newest runs are {', '.join(latest)}."
    return "No run is stored yet."
