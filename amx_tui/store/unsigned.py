"""Decisions that say nobody's name: counted by run, whichever way a layout keeps who decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.faults import Unsigned
from amx_tui.domain.times import iso_time
from amx_tui.store.decisions import DECIDED, EVENT
from amx_tui.store.fault_facts import Facts
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["unsigned"]

_MOST = 100_000
"""Runs that are counted."""
_AT_ONCE = 1_000
"""Events that are looked up at once."""


def unsigned(connection: sa.Connection, tables: Tables) -> Facts:
    """Count the decisions of each run that do not say who made them.

    In amx-cli's layout a decision has no name; those of this program are told by a row of `app_events`, which counts
    as long as nobody has decided otherwise since.
    """
    results, runs = tables.results.c, tables.runs.c
    run_id = tables.run_column("run_id")
    assert run_id is not None
    who = tables.result_column("evaluated_by")
    statement = (
        sa.select(results.run_id, runs.created_by, runs.hostname, sa.func.count())
        .select_from(tables.results.outerjoin(tables.runs, run_id == results.run_id))
        .where(results.evaluation.in_(DECIDED), *([] if who is None else [sa.func.coalesce(who, "") == ""]))
        .group_by(results.run_id, runs.created_by, runs.hostname)
        .limit(_MOST + 1)
    )
    rows = connection.execute(statement).all()
    signed = Counter[str]() if who is not None else _signed(connection, tables)
    found = tuple(
        Unsigned(
            text_of(run), f"{text_of(user)}@{text_of(host)}" if user else "", count - signed[text_of(run)]
        )
        for run, user, host, count in rows[:_MOST]
        if count > signed[text_of(run)]
    )
    return {"unsigned": found, "cut": {"unsigned"} if len(rows) > _MOST else set()}


def _signed(connection: sa.Connection, tables: Tables) -> Counter[str]:
    """Count by run the results whose decision is told by an event."""
    results = tables.results.c
    result_id = column_of(tables, "result_id")
    told: dict[str, str] = {}
    for events in _events(connection, tables):
        wanted = (
            sa.select(result_id, results.run_id, results.evaluated_at)
            .where(result_id.in_(list(events)))
            .where(results.evaluation.in_(DECIDED))
        )
        for row_id, run, evaluated_at in connection.execute(wanted):
            moment = iso_time(evaluated_at)
            if moment and moment in events[text_of(row_id)]:
                told[text_of(row_id)] = text_of(run)
    return Counter(told.values())


def _events(connection: sa.Connection, tables: Tables) -> Iterator[dict[str, set[str]]]:
    """Give the events of decisions in batches: by result, when it was decided."""
    assert tables.app_events is not None
    events = tables.app_events.c
    statement = (
        sa.select(events.id, events.details_json)
        .where(events.event_type == EVENT)
        .order_by(events.id)
        .limit(_AT_ONCE)
    )
    rows = connection.execute(statement).all()
    while rows:
        batch: dict[str, set[str]] = {}
        for _, details in rows:
            values: dict[str, Any] = details if isinstance(details, dict) else {}
            batch.setdefault(text_of(values.get("result_id")), set()).add(text_of(values.get("evaluated_at")))
        yield batch
        rows = connection.execute(statement.where(events.id > rows[-1].id)).all()
