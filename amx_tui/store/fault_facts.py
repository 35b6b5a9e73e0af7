"""What a look for faults reads of a store: a few statements a kind, bounded whatever the store's size."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa

from amx_tui.domain.faults import NumberFact, Orphans, ResultFact, RunFact
from amx_tui.store.json_sql import json_text
from amx_tui.store.members import read_member
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["Facts", "contradicting", "members", "numbers", "orphans", "result_numbers", "running", "twins"]

Facts = dict[str, Any]
"""Some of the fields of `StoreFacts`; `cut` names those that were read in part."""

_MOST = 1_000
"""Faulty runs of a kind that one look reads; what is behind them is found once these are mended."""
_MOST_RESULTS = 20_000
_MOST_COMPARED = 200_000
"""Results of runs that may be there twice that one look compares, if it is more than one pair of runs."""
_RESULTS_AT_ONCE = 1_000
"""Results that are in memory at once while their digests are drawn."""

T = TypeVar("T")


# ---- Runs ----------------------------------------------------------------------------------------------------


def twins(connection: sa.Connection, tables: Tables) -> Facts:
    """Read runs that began in the moment when another member's did, with the same command and profile."""
    runs = tables.runs
    key = ("started_at", "command", "db_profile")
    user, host = (
        sa.func.coalesce(sa.type_coerce(runs.c[name], sa.Text), "") for name in ("created_by", "hostname")
    )
    who = sa.func.count(sa.distinct(user + "\n" + host))
    groups = (
        sa.select(*(runs.c[name] for name in key))
        .group_by(*(runs.c[name] for name in key))
        .having(who > 1)
        .subquery()
    )
    same = sa.and_(*(runs.c[name].is_not_distinct_from(groups.c[name]) for name in key))
    found, is_cut = _runs(
        connection,
        tables,
        sa.select(runs).join(groups, same),
        [runs.c[name] for name in key],
        _moment,
    )
    compared = _comparable(found)
    results = dict(_results(connection, tables, compared))
    is_cut = is_cut or len(compared) < len(found)
    return {"twins": compared, "results": results, "cut": {"twins"} if is_cut else set()}


def _comparable(runs: Sequence[RunFact]) -> tuple[RunFact, ...]:
    """Take the first groups of runs of one moment whose results are not too many together; at least one group."""
    taken: list[RunFact] = []
    count = 0
    for _, group in groupby(runs, key=_moment):
        alike = list(group)
        count += sum(run.results for run in alike)
        if taken and count > _MOST_COMPARED:
            break
        taken += alike
    return tuple(taken)


def _moment(run: RunFact) -> tuple[object, ...]:
    return run.started_at, run.command, run.db_profile


def running(connection: sa.Connection, tables: Tables) -> Facts:
    """Read the runs that are said to go on, the oldest first."""
    return _plain_runs(connection, tables, "running", tables.runs.c.status == "running")


def contradicting(connection: sa.Connection, tables: Tables) -> Facts:
    """Read the runs that are set to success and carry an error."""
    runs = tables.runs.c
    is_odd = sa.and_(runs.status == "success", sa.func.coalesce(runs.error_text, "") != "")
    return _plain_runs(connection, tables, "contradicting", is_odd)


def numbers(connection: sa.Connection, tables: Tables) -> Facts:
    """Read the runs that share host and local number with another."""
    runs = tables.runs
    groups = _shared(runs)
    same = sa.and_(runs.c.hostname == groups.c.hostname, runs.c.local_id == groups.c.local_id)
    found, is_cut = _runs(
        connection,
        tables,
        sa.select(runs).join(groups, same),
        [runs.c.hostname, runs.c.local_id],
        lambda run: (run.hostname, run.local_id),
    )
    return {"same_numbers": found, "cut": {"same_numbers"} if is_cut else set()}


def _plain_runs(
    connection: sa.Connection, tables: Tables, name: str, condition: sa.ColumnElement[bool]
) -> Facts:
    """Read runs of which each is a fault by itself."""
    runs = tables.runs
    found, is_cut = _runs(
        connection, tables, sa.select(runs).where(condition), [runs.c.started_at], lambda run: (run.run_id,)
    )
    return {name: found, "cut": {name} if is_cut else set()}


def _shared(table: sa.Table) -> sa.Subquery:
    """Hosts and local numbers that more than one row of a table has."""
    columns = (table.c.hostname, table.c.local_id)
    return (
        sa.select(*columns)
        .where(*(column.is_not(None) for column in columns))
        .group_by(*columns)
        .having(sa.func.count() > 1)
        .subquery()
    )


def _runs(
    connection: sa.Connection,
    tables: Tables,
    statement: sa.Select[Any],
    order: Sequence[sa.ColumnElement[Any]],
    group_of: Callable[[RunFact], object],
) -> tuple[tuple[RunFact, ...], bool]:
    """Read runs group by group, and whether there are more of them."""
    runs, results = tables.runs.c, tables.results.c
    run_id = _run_id(tables)
    of_run = sa.select(sa.func.count()).where(results.run_id == run_id).scalar_subquery()
    newest = sa.select(sa.func.max(results.saved_at)).where(results.run_id == run_id).scalar_subquery()
    names = (
        "created_by",
        "hostname",
        "local_id",
        "status",
        "command",
        "db_profile",
        "started_at",
        "ended_at",
        "error_text",
    )
    chosen = statement.with_only_columns(
        run_id.label("run_id"),
        *(runs[name] for name in names),
        of_run.label("results"),
        newest.label("last_saved_at"),
    )
    rows = connection.execute(chosen.order_by(*order, run_id).limit(_MOST + 1)).mappings()
    # A run whose start cannot be read is compared with nothing.
    found = [_run(row) for row in rows if row["started_at"] is not None]
    return _whole_groups(found, group_of, _MOST)


def _run(row: sa.RowMapping) -> RunFact:
    return RunFact(
        run_id=text_of(row["run_id"]),
        created_by=text_of(row["created_by"]),
        hostname=text_of(row["hostname"]),
        local_id=row["local_id"],
        status=text_of(row["status"]),
        command=text_of(row["command"]),
        db_profile=text_of(row["db_profile"]),
        started_at=row["started_at"],
        error_text=None if row["error_text"] is None else text_of(row["error_text"]),
        ended_at=row["ended_at"],
        results=row["results"],
        last_saved_at=row["last_saved_at"],
    )


def _whole_groups(
    rows: Sequence[T], group_of: Callable[[T], object], most: int
) -> tuple[tuple[T, ...], bool]:
    """Cut rows to `most`, and away what is left of a group then: half of one would be judged wrongly."""
    if len(rows) <= most:
        return tuple(rows), False
    torn = group_of(rows[most])
    return tuple(row for row in rows[:most] if group_of(row) != torn), True


def _run_id(tables: Tables) -> sa.ColumnElement[Any]:
    run_id = tables.run_column("run_id")
    assert run_id is not None
    return run_id


# ---- Results -------------------------------------------------------------------------------------------------


def _results(
    connection: sa.Connection, tables: Tables, runs: Sequence[RunFact]
) -> Iterator[tuple[str, tuple[ResultFact, ...]]]:
    """Give the results of runs by their run, as digests: their texts are held for a few runs at a time only."""
    results = tables.results.c
    wanted = sa.select(
        column_of(tables, "result_id"),
        results.run_id,
        results.superseded_at,
        results.schema_name,
        results.table_name,
        results.column_name,
        json_text(tables, results.alternatives_json),
        results.evaluation,
        results.chosen_description,
        column_of(tables, "applied_status"),
    )
    for run_ids in _in_batches(runs):
        found: dict[str, list[ResultFact]] = {}
        for row in connection.execute(wanted.where(results.run_id.in_(run_ids))):
            result = _result(*row)
            found.setdefault(result.run_id, []).append(result)
        for run_id, facts in found.items():
            yield run_id, tuple(facts)


def _in_batches(runs: Sequence[RunFact]) -> Iterator[list[str]]:
    """Cut runs into batches of not too many results."""
    batch: list[str] = []
    count = 0
    for run in runs:
        if batch and count + run.results > _RESULTS_AT_ONCE:
            yield batch
            batch, count = [], 0
        batch.append(run.run_id)
        count += run.results
    if batch:
        yield batch


def _result(
    result_id: object,
    run_id: object,
    superseded_at: datetime | None,
    schema: str | None,
    table: str | None,
    column: str | None,
    alternatives: object,
    evaluation: str | None,
    chosen: str | None,
    applied: str | None,
) -> ResultFact:
    is_pending = evaluation in {None, "", "pending"} and not chosen and not applied
    return ResultFact(
        text_of(result_id),
        text_of(run_id),
        superseded_at,
        _digest(schema or "", table or "", column or "", _plain_json(text_of(alternatives))),
        "" if is_pending else _digest(evaluation or "", chosen or "", applied or ""),
    )


def _plain_json(text: str) -> str:
    """A JSON text in the form that this program writes, which escapes no letters, as amx-cli's does."""
    if "\\u" not in text:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _digest(*values: str) -> str:
    """A short name of some values."""
    return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()


def orphans(connection: sa.Connection, tables: Tables) -> Facts:
    """Count results that name a run which is not there, by that name and their host."""
    results, run_id = tables.results.c, _run_id(tables)
    hostname = results.get("hostname")
    columns = [results.run_id, *([] if hostname is None else [hostname])]
    statement = (
        sa.select(sa.func.count(), *columns)
        .select_from(tables.results.outerjoin(tables.runs, run_id == results.run_id))
        .where(run_id.is_(None))
        .group_by(*columns)
        .order_by(*columns)
        .limit(_MOST + 1)
    )
    rows = connection.execute(statement).all()
    found = tuple(
        Orphans(text_of(run), text_of(host[0] if host else ""), count) for count, run, *host in rows[:_MOST]
    )
    return {"orphans": found, "cut": {"orphans"} if len(rows) > _MOST else set()}


def result_numbers(connection: sa.Connection, tables: Tables) -> Facts:
    """Read the results that share host and local number with another; those without a run are left out."""
    results, runs = tables.results, tables.runs.c
    if "local_id" not in results.c:
        return {}
    groups = _shared(results)
    same = sa.and_(results.c.hostname == groups.c.hostname, results.c.local_id == groups.c.local_id)
    run_id = _run_id(tables)
    statement = (
        sa.select(
            column_of(tables, "result_id").label("result_id"),
            results.c.hostname,
            results.c.local_id,
            results.c.run_id,
            runs.created_by,
            runs.started_at,
        )
        .join(groups, same)
        .join(tables.runs, run_id == results.c.run_id)
        .order_by(results.c.hostname, results.c.local_id)
        .limit(_MOST_RESULTS + 1)
    )
    found = [
        _number(row) for row in connection.execute(statement).mappings() if row["started_at"] is not None
    ]
    whole, is_cut = _whole_groups(found, lambda fact: (fact.hostname, fact.local_id), _MOST_RESULTS)
    return {"same_result_numbers": whole, "cut": {"same_result_numbers"} if is_cut else set()}


def _number(row: sa.RowMapping) -> NumberFact:
    return NumberFact(
        text_of(row["result_id"]),
        text_of(row["hostname"]),
        row["local_id"],
        text_of(row["run_id"]),
        text_of(row["created_by"]),
        row["started_at"],
    )


# ---- Members -------------------------------------------------------------------------------------------------


def members(connection: sa.Connection, tables: Tables) -> Facts:
    """Read the members, and what the audit trail says about who became admin how."""
    if tables.is_local:
        return {}
    audit = tables.admin_audit.c
    statement = sa.select(audit.action, audit.actor_user_id, audit.target_user_id, audit.details_json).where(
        audit.action.in_(("user_join", "promote_admin", "admin_claim"))
    )
    first: list[str] = []
    made: set[str] = set()
    for action, actor, target, details in connection.execute(statement):
        if action != "user_join":
            made.add(text_of(target))
        elif isinstance(details, Mapping) and details.get("bootstrap") is True:
            first.append(text_of(actor))
    found = tuple(read_member(row) for row in connection.execute(sa.select(tables.users)).mappings())
    return {"members": found, "first_members": tuple(first), "made_admin": frozenset(made)}
