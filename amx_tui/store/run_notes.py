"""What looks wrong about a run, in sentences: real stores hold the traces of clients that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.results import ResultCounts
from amx_tui.domain.runs import Run
from amx_tui.domain.times import UNKNOWN_TIME
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["notes_of", "twin_columns"]

_LONG = timedelta(days=1)


def twin_columns(tables: Tables) -> list[sa.ColumnElement[Any]]:
    """Return what of other runs makes a run doubtful, as columns of a statement over the table of runs."""
    runs, other = tables.runs.c, tables.runs.alias("other")
    run_id = "run_id" if tables.layout == "document" else "id"
    is_other = other.c[run_id] != runs[run_id]
    is_copy = sa.and_(
        is_other,
        other.c.started_at == runs.started_at,
        sa.func.coalesce(other.c.created_by, "") != sa.func.coalesce(runs.created_by, ""),
        sa.func.coalesce(other.c.db_profile, "") == sa.func.coalesce(runs.db_profile, ""),
        sa.func.coalesce(other.c.llm_model, "") == sa.func.coalesce(runs.llm_model, ""),
        sa.func.coalesce(other.c.planned_count, 0) == sa.func.coalesce(runs.planned_count, 0),
    )
    copies = sa.select(other.c[run_id]).where(is_copy).order_by(other.c[run_id]).limit(1)
    copiers = sa.select(other.c.created_by).where(is_copy).order_by(other.c[run_id]).limit(1)
    columns: list[sa.ColumnElement[Any]] = [
        copies.scalar_subquery().label("copy_id"),
        copiers.scalar_subquery().label("copy_by"),
    ]
    if tables.layout == "document":
        # Only amx-cli has an index of the numbers, and only its stores have them.
        return [*columns, sa.null().label("namesake_id")]
    same_number = sa.and_(is_other, other.c.hostname == runs.hostname, other.c.local_id == runs.local_id)
    namesakes = sa.select(other.c[run_id]).where(same_number).order_by(other.c[run_id]).limit(1)
    return [*columns, namesakes.scalar_subquery().label("namesake_id")]


def notes_of(
    run: Run, twins: Mapping[str, Any], counts: ResultCounts | None, now: datetime
) -> tuple[str, ...]:
    """Return what looks wrong about a run, each a sentence.

    Args:
        twins: The values of `twin_columns`.
        counts: How its results divide, where they were counted.
        now: The present moment.
    """
    return tuple(_notes(run, twins, counts, now))


def _notes(run: Run, twins: Mapping[str, Any], counts: ResultCounts | None, now: datetime) -> Iterator[str]:
    if run.started_at == UNKNOWN_TIME:
        yield "When it started cannot be read."
    elif run.status == "running" and now - run.started_at > _LONG:
        days = (now - run.started_at).days
        yield (
            f"It has been running for {days} day{'s' if days > 1 else ''}; "
            "it probably ended without saying so."
        )
    if run.status == "success" and run.error_text.strip():
        yield "It is recorded as a success, but with an error."
    if twins["copy_id"] is not None:
        yield (
            f"{text_of(twins['copy_by']) or 'Somebody'} has the same run as {text_of(twins['copy_id'])}: "
            "one of the two was uploaded from a copy."
        )
    if twins["namesake_id"] is not None:
        yield (
            f"{run.local_name} is the number of run {text_of(twins['namesake_id'])} too: "
            "that machine began to count anew."
        )
    yield from _count_notes(run, counts)


def _count_notes(run: Run, counts: ResultCounts | None) -> Iterator[str]:
    if counts is None or counts.is_partial or run.status == "running":
        return
    counted = (counts.total - counts.failed, counts.failed)
    if counted != (run.ok_count, run.fail_count):
        yield (
            f"It says {run.ok_count} ok and {run.fail_count} failed, "
            f"but {counted[0]} and {counted[1]} are stored."
        )
