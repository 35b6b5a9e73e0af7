"""Writing a run with its results into a store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import ReadOnlyError, RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.names import join_name
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.text import one_line
from amx_tui.domain.times import as_utc
from amx_tui.store.database import Database
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.rights import DECIDED, is_owed
from amx_tui.store.tables import Tables

__all__ = ["RunRecorder", "next_run_id"]

_ATTEMPTS = 20
_AT_ONCE = 1_000


class _IdTakenError(Exception):
    """Somebody else took the id between looking and writing."""


class RunRecorder:
    """Records members' own runs in one store.

    Args:
        read_only_reason: Why the store cannot be written to; empty where it can.
    """

    def __init__(self, database: Database, tables: Tables, *, read_only_reason: str = "") -> None:
        self._database = database
        self._tables = tables
        self._read_only_reason = read_only_reason

    async def record(self, run: NewRun, results: Sequence[NewResult] = (), *, identity: Identity) -> str:
        """Write a run and its results in one transaction.

        Args:
            run: The run; without an id it gets the next one of its member's day, and in a store that amx-cli
                made a UUID.
            results: What it drafted; those with alternatives are counted as ok, the others as failed. What the
                member has decided or applied already may stand in them, if the member may decide.
            identity: Who records; the run and its results are this member's own.

        Returns:
            The run's id.

        Raises:
            RoleError: The member is revoked, unknown here, or has a role that nobody knows; a viewer's result holds
                a decision; a result names somebody else as the one who decided or applied.
            ReadOnlyError: The store is open for reading only.
            StoreError: It could not be written; an id that was asked for and is taken included.
        """
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)
        if not self._tables.is_local:
            _require_own(results, identity)
        for attempt in range(_ATTEMPTS):
            is_last = attempt == _ATTEMPTS - 1 or bool(run.run_id)
            try:
                return await self._database.run(
                    lambda connection, is_last=is_last: self._write(  # type: ignore[misc]
                        connection, run, results, identity, is_last=is_last
                    ),
                    write=True,
                )
            except _IdTakenError:
                continue
        raise AssertionError("the last attempt returns or raises")

    def _write(
        self,
        connection: sa.Connection,
        run: NewRun,
        results: Sequence[NewResult],
        identity: Identity,
        *,
        is_last: bool,
    ) -> str:
        tables = self._tables
        if any(map(_is_decided, results)):
            require_permission(connection, tables, identity, "edit", doing="recording decisions")
        else:
            require_permission(connection, tables, identity, "record_runs", doing="recording runs")
        if run.run_id:
            run_id = run.run_id
        elif tables.layout == "amx_cli":
            run_id = str(uuid.uuid4())
        else:
            run_id = next_run_id(connection, tables, identity, run.started_at)
        values = _run_values(run, results, identity, run_id)
        try:
            connection.execute(sa.insert(tables.runs), _of_layout(tables, tables.runs, values))
        except sa.exc.IntegrityError as error:
            if is_last:
                raise
            raise _IdTakenError from error
        # Drafts alone leave out what a viewer's database role may not write.
        is_decided = any(map(_is_decided, results))
        rows = [
            _of_layout(
                tables, tables.results, _result_values(run, result, identity, run_id), is_decided=is_decided
            )
            for result in results
        ]
        for start in range(0, len(rows), _AT_ONCE):
            connection.execute(sa.insert(tables.results), rows[start : start + _AT_ONCE])
        announce(connection, tables, Notice("run", run_id, 0, identity.username))
        return run_id


def _require_own(results: Sequence[NewResult], identity: Identity) -> None:
    """Check that nobody else is named as the one who decided or applied.

    Raises:
        RoleError: Somebody is.
    """
    named = {name for result in results for name in (result.evaluated_by, result.applied_by) if name}
    others = sorted(named - {identity.username})
    if others:
        raise RoleError(
            f"{identity} cannot record what {one_line(others[0], 80)} is said to have decided.",
            hint="Everybody records what is their own.",
        )


def _is_decided(result: NewResult) -> bool:
    """Whether a result holds more than a draft."""
    return result.evaluation != "pending" or any(
        (
            result.chosen_description,
            result.evaluated_at,
            result.evaluated_by,
            result.rejection_reason,
            result.applied_at,
            result.applied_by,
            result.applied_status,
            result.previous_comment,
        )
    )


def next_run_id(connection: sa.Connection, tables: Tables, identity: Identity, started_at: datetime) -> str:
    """Return the id for a member's next run: UTC date, hour-minute, and a number.

    The number counts that member's runs of that day; where another member has the id already, it is the next
    free one. Somebody else may take it before it is written.
    """
    start = as_utc(started_at)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    prefix = start.strftime("run_%Y-%m-%d_%H-%M-")
    runs = tables.runs.c
    runs_of_day = sa.select(sa.func.count()).where(
        runs.created_by == identity.username,
        runs.hostname == identity.hostname,
        runs.started_at >= midnight,
        runs.started_at < midnight + timedelta(days=1),
    )
    taken = sa.select(runs.run_id).where(runs.run_id > prefix, runs.run_id < f"{prefix}\x7f")
    number = int(connection.execute(runs_of_day).scalar_one()) + 1
    ids = set(connection.execute(taken).scalars())
    while f"{prefix}{number:03d}" in ids:
        number += 1
    return f"{prefix}{number:03d}"


def _run_values(run: NewRun, results: Sequence[NewResult], identity: Identity, run_id: str) -> dict[str, Any]:
    duration = run.duration_sec
    if duration is None and run.ended_at is not None:
        duration = (as_utc(run.ended_at) - as_utc(run.started_at)).total_seconds()
    ok = sum(1 for result in results if result.alternatives)
    return {
        "run_id": run_id,
        "created_by": identity.username,
        "hostname": identity.hostname,
        "client_version": run.client_version,
        "local_id": run.local_id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_sec": duration,
        "status": run.status,
        "command": run.command,
        "mode": run.mode,
        "db_backend": run.db_backend,
        "db_profile": run.db_profile,
        "llm_provider": run.llm_provider,
        "llm_model": run.llm_model,
        "llm_profile": run.llm_profile,
        "scope_json": run.scope.to_json(),
        "settings_json": run.settings,
        "metrics_json": run.metrics,
        "tokens_json": run.tokens,
        "error_text": run.error_text,
        "selected_count": run.selected_count,
        "planned_count": len(results) if run.planned_count is None else run.planned_count,
        "processed_count": len(results),
        "ok_count": ok,
        "fail_count": len(results) - ok,
        "applied_count": sum(1 for result in results if result.applied_status == "applied"),
        "review_strategy": run.review_strategy,
    }


def _result_values(run: NewRun, result: NewResult, identity: Identity, run_id: str) -> dict[str, Any]:
    parts = (result.schema_name, result.table_name, result.column_name)
    kind = "column" if result.column_name else "table" if result.table_name else "schema"
    return {
        "result_id": result.result_id or str(uuid.uuid4()),
        "run_id": run_id,
        "target_qname": join_name(parts),
        "schema_name": result.schema_name,
        "table_name": result.table_name,
        "column_name": result.column_name,
        "asset_kind": result.asset_kind or kind,
        "saved_at": result.saved_at or run.ended_at or run.started_at,
        "source": result.source,
        "confidence": result.confidence,
        "logprob_score": result.logprob_score,
        "reasoning": result.reasoning,
        "model_version": result.model_version,
        "alternatives_json": _alternatives(result),
        "error_text": result.error_text,
        "evaluation": None if result.evaluation == "pending" else result.evaluation,
        "chosen_description": result.chosen_description,
        "evaluated_at": result.evaluated_at,
        "evaluated_by": result.evaluated_by or None,
        "rejection_reason": result.rejection_reason,
        "applied_at": result.applied_at,
        "applied_by": result.applied_by or None,
        "applied_status": result.applied_status,
        "seen_comment": result.seen_comment,
        "previous_comment": result.previous_comment,
        "superseded_at": result.superseded_at,
        "version": 1,
        "hostname": identity.hostname,
        "local_id": run.local_id,
        # What amx-cli requires and this program knows nothing of.
        "catalog_status": "",
        "effective_source_kind": "",
    }


def _alternatives(result: NewResult) -> list[Any]:
    if all(alternative.score is None for alternative in result.alternatives):
        return [alternative.text for alternative in result.alternatives]
    return [
        {"text": alternative.text} | ({} if alternative.score is None else {"score": alternative.score})
        for alternative in result.alternatives
    ]


def _of_layout(
    tables: Tables, table: sa.Table, values: dict[str, Any], *, is_decided: bool = True
) -> dict[str, Any]:
    """Keep the values that the layout has columns for, under its own names.

    Args:
        is_decided: Whether more than drafts is recorded; otherwise what holds decisions is left to its defaults.
    """
    find = tables.run_column if table is tables.runs else tables.result_column
    kept: dict[str, Any] = {}
    for name, value in values.items():
        column = find(name)
        if not is_decided and name in DECIDED and isinstance(column, sa.Column) and not is_owed(column):
            continue
        if isinstance(column, sa.Column):
            kept[column.name] = value
        elif name in table.c:
            # A name that is NULL there where it is empty here.
            kept[name] = value or None
    return kept
