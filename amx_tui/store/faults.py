"""What a look for faults reads of a store, in a few statements whatever its size, and the mending of what can be."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import ReadOnlyError
from amx_tui.domain.faults import ENDLESS_AFTER, Orphans, Repair, ResultFact, RunFact, StoreFacts
from amx_tui.domain.identity import Identity
from amx_tui.store.audit import add_audit_row
from amx_tui.store.database import Database
from amx_tui.store.json_sql import json_text
from amx_tui.store.members import lock_members, read_member
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["FaultRepository"]

_MOST = 1_000
"""Faulty rows of a kind that one look reads."""
_AT_ONCE = 200
_SECONDS = 600.0


class FaultRepository:
    """The faults of one store.

    Args:
        read_only_reason: Why the store cannot be written to; empty where it can.
    """

    def __init__(self, database: Database, tables: Tables, *, read_only_reason: str = "") -> None:
        self._database = database
        self._tables = tables
        self._read_only_reason = read_only_reason

    async def look(self) -> StoreFacts:
        """Read what faults are seen by.

        Raises:
            StoreError: The store does not answer.
        """
        now = datetime.now(UTC)
        return await self._database.run(
            lambda connection: self._look(connection, now), snapshot=True, timeout=_SECONDS
        )

    def _look(self, connection: sa.Connection, now: datetime) -> StoreFacts:
        runs = self._tables.runs.c
        twins = self._runs(connection, self._twins())
        numbered = self._runs(connection, self._same_numbers())
        is_endless = sa.and_(
            runs.status == "running", runs.ended_at.is_(None), runs.started_at < now - ENDLESS_AFTER
        )
        is_odd = sa.and_(runs.status == "success", sa.func.coalesce(runs.error_text, "") != "")
        return StoreFacts(
            now,
            twins=twins,
            endless=self._runs(connection, sa.select(self._tables.runs).where(is_endless)),
            contradicting=self._runs(connection, sa.select(self._tables.runs).where(is_odd)),
            same_numbers=numbered,
            results=self._results(connection, sorted({run.run_id for run in (*twins, *numbered)})),
            orphans=self._orphans(connection),
            members=tuple(
                read_member(row) for row in connection.execute(sa.select(self._tables.users)).mappings()
            ),
            first_members=self._first_members(connection),
        )

    # ---- Runs ----------------------------------------------------------------------------------------------

    def _twins(self) -> sa.Select[Any]:
        """Runs that began to the microsecond when another member's did, with the same command and profile."""
        runs = self._tables.runs
        key = ("started_at", "command", "db_profile")
        user, host = (
            sa.func.coalesce(sa.type_coerce(runs.c[name], sa.Text), "") for name in ("created_by", "hostname")
        )
        who = sa.func.count(sa.distinct(user + "\n" + host))
        groups = (
            sa.select(*(runs.c[name] for name in key))
            .group_by(*(runs.c[name] for name in key))
            .having(who > 1)
            .limit(_MOST)
            .subquery()
        )
        same = sa.and_(*(runs.c[name].is_not_distinct_from(groups.c[name]) for name in key))
        return sa.select(runs).join(groups, same)

    def _same_numbers(self) -> sa.Select[Any]:
        runs = self._tables.runs
        groups = (
            sa.select(runs.c.hostname, runs.c.local_id)
            .where(runs.c.local_id.is_not(None))
            .group_by(runs.c.hostname, runs.c.local_id)
            .having(sa.func.count() > 1)
            .limit(_MOST)
            .subquery()
        )
        same = sa.and_(runs.c.hostname == groups.c.hostname, runs.c.local_id == groups.c.local_id)
        return sa.select(runs).join(groups, same)

    def _runs(self, connection: sa.Connection, statement: sa.Select[Any]) -> tuple[RunFact, ...]:
        runs = self._tables.runs.c
        run_id = self._tables.run_column("run_id")
        assert run_id is not None
        names = (
            "created_by",
            "hostname",
            "local_id",
            "status",
            "command",
            "db_profile",
            "started_at",
            "error_text",
        )
        chosen = statement.with_only_columns(run_id.label("run_id"), *(runs[name] for name in names))
        rows = connection.execute(chosen.order_by(runs.started_at, run_id).limit(_MOST)).mappings()
        return tuple(
            RunFact(
                run_id=text_of(row["run_id"]),
                created_by=text_of(row["created_by"]),
                hostname=text_of(row["hostname"]),
                local_id=row["local_id"],
                status=text_of(row["status"]),
                command=text_of(row["command"]),
                db_profile=text_of(row["db_profile"]),
                started_at=row["started_at"],
                error_text=None if row["error_text"] is None else text_of(row["error_text"]),
            )
            for row in rows
        )

    # ---- Results -------------------------------------------------------------------------------------------

    def _results(
        self, connection: sa.Connection, run_ids: Sequence[str]
    ) -> Mapping[str, tuple[ResultFact, ...]]:
        tables, results = self._tables, self._tables.results.c
        number = results.get("local_id")
        empty = sa.literal("")
        said = [
            *(
                sa.func.coalesce(results[name], empty)
                for name in ("schema_name", "table_name", "column_name")
            ),
            json_text(tables, results.alternatives_json),
            sa.func.coalesce(results.evaluation, empty),
            sa.func.coalesce(results.chosen_description, empty),
            sa.func.coalesce(column_of(tables, "applied_status"), empty),
        ]
        wanted = sa.select(
            column_of(tables, "result_id").label("result_id"),
            results.run_id,
            results.superseded_at,
            (sa.null() if number is None else number).label("local_id"),
            *(value.label(f"said_{place}") for place, value in enumerate(said)),
        )
        found: dict[str, list[ResultFact]] = {}
        for start in range(0, len(run_ids), _AT_ONCE):
            of_some = wanted.where(results.run_id.in_(run_ids[start : start + _AT_ONCE]))
            for row in connection.execute(of_some).mappings():
                content = tuple(text_of(row[f"said_{place}"]) for place in range(len(said)))
                fact = ResultFact(
                    text_of(row["result_id"]),
                    text_of(row["run_id"]),
                    row["local_id"],
                    row["superseded_at"],
                    content,
                )
                found.setdefault(fact.run_id, []).append(fact)
        return {run_id: tuple(facts) for run_id, facts in found.items()}

    def _orphans(self, connection: sa.Connection) -> tuple[Orphans, ...]:
        results, run_id = self._tables.results.c, self._tables.run_column("run_id")
        assert run_id is not None
        hostname = results.get("hostname")
        columns = [results.run_id, sa.literal("") if hostname is None else hostname]
        joined = self._tables.results.outerjoin(self._tables.runs, run_id == results.run_id)
        groups = columns if hostname is not None else columns[:1]
        statement = (
            sa.select(*columns, sa.func.count())
            .select_from(joined)
            .where(run_id.is_(None))
            .group_by(*groups)
            .order_by(*groups)
            .limit(_MOST)
        )
        return tuple(
            Orphans(text_of(row[0]), text_of(row[1]), row[2]) for row in connection.execute(statement)
        )

    def _first_members(self, connection: sa.Connection) -> tuple[str, ...]:
        audit = self._tables.admin_audit.c
        statement = sa.select(audit.actor_user_id, audit.details_json).where(audit.action == "user_join")
        return tuple(
            text_of(member_id)
            for member_id, details in connection.execute(statement)
            if isinstance(details, dict) and details.get("bootstrap") is True
        )

    # ---- Mending -------------------------------------------------------------------------------------------

    async def mend(
        self, repairs: Sequence[Repair], *, identity: Identity, undo_file: str, is_undo: bool = False
    ) -> tuple[Repair, ...]:
        """Make repairs in one transaction, each where its row is still what it was seen to be; audited.

        Args:
            repairs: What is changed; with `is_undo`, repairs that take others back.
            undo_file: The name of the file by which they can be taken back, for the audit trail.

        Returns:
            Those that were made; rows that somebody has changed since are left as they are.

        Raises:
            RoleError: The member is no admin.
            ReadOnlyError: The store is open for reading only.
        """
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)
        now = datetime.now(UTC)

        def work(connection: sa.Connection) -> tuple[Repair, ...]:
            lock_members(connection, self._tables)
            actor = require_permission(
                connection, self._tables, identity, "administer", doing="mending the store"
            )
            # In one order, so that two who change the same rows wait for each other instead of deadlocking.
            ordered = sorted(repairs, key=lambda repair: (repair.table, repair.row_id))
            made = tuple(repair for repair in ordered if self._make(connection, repair))
            if made:
                add_audit_row(
                    connection,
                    self._tables,
                    actor=identity,
                    actor_id=actor.member_id if actor else None,
                    action="store_mend_undo" if is_undo else "store_mend",
                    now=now,
                    details={"count": len(made), "undo": undo_file},
                    event_id=str(uuid.uuid4()),
                )
                announce(connection, self._tables, Notice("run", "", 0, identity.username))
            return made

        return await self._database.run(work, write=True, timeout=_SECONDS)

    def _make(self, connection: sa.Connection, repair: Repair) -> bool:
        tables = self._tables
        table = tables.runs if repair.table == "runs" else tables.results
        find = tables.run_column if repair.table == "runs" else tables.result_column
        key = find("run_id" if repair.table == "runs" else "result_id")
        assert key is not None
        is_still = [table.c[name].is_not_distinct_from(value) for name, value in repair.before.items()]
        values: dict[str, Any] = dict(repair.after)
        if "version" in table.c:
            values["version"] = table.c.version + 1
        statement = sa.update(table).where(key == repair.row_id, *is_still).values(values)
        return connection.execute(statement).rowcount == 1
