"""What a store keeps of applications beside their trail: on the results, and on the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.applications import IntentOutcome, status_after_applying
from amx_tui.domain.identity import Identity
from amx_tui.store.decision_rows import given_rows, unpacked
from amx_tui.store.json_sql import has_items
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["ApplicationNotes"]

_CHOSEN = ("accepted", "custom")


class ApplicationNotes:
    """Writes them, within somebody's transaction."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def locked_status(self, connection: sa.Connection, run_id: str) -> str:
        """Keep others from counting the same run; whoever counts later sees what was written before."""
        runs = self._tables.runs.c
        statement = sa.select(runs.status).where(self._run_id == run_id).with_for_update()
        return text_of(connection.execute(statement).scalar())

    def write(
        self,
        connection: sa.Connection,
        outcomes: Iterable[IntentOutcome],
        identity: Identity,
        now: datetime,
    ) -> None:
        """Keep on the results what was written of them; what was left alone changes nothing there."""
        applied, failed, undone = (
            [each for each in outcomes if (each.action, each.status) == kind]
            for kind in (("apply", "applied"), ("apply", "failed"), ("undo", "applied"))
        )
        told = [*applied, *failed, *undone]
        if not told:
            return
        result_id = column_of(self._tables, "result_id")
        ids = sa.select(unpacked(self._tables, ["result_id"])("result_id"))
        locked = sa.select(result_id).where(result_id.in_(ids)).order_by(result_id).with_for_update()
        rows = [{"result_id": each.result_id} for each in told]
        connection.execute(locked, {"given": given_rows(self._tables, rows)}).all()
        self._update(connection, applied, self._applied_values(identity, now))
        self._update(connection, failed, self._failed_values(), is_first_only=True)
        self._update(connection, undone, self._undone_values())

    def _applied_values(self, identity: Identity, now: datetime) -> dict[str, Any]:
        if self._tables.layout != "document":
            # A failure stands where a rejection has its reason; it is over.
            return {"applied_at": now, "db_applied_status": "applied", "rejection_reason": ""}
        return {
            "applied_at": now,
            "applied_by": identity.username,
            "applied_status": "applied",
            "previous_comment": "old_comment",
        }

    def _failed_values(self) -> dict[str, Any]:
        if self._tables.layout != "document":
            return {"db_applied_status": "failed", "rejection_reason": "error_text"}
        return {"applied_status": "failed"}

    def _undone_values(self) -> dict[str, Any]:
        if self._tables.layout != "document":
            return {"applied_at": None, "db_applied_status": ""}
        return {"applied_at": None, "applied_by": None, "applied_status": "", "previous_comment": None}

    def _update(
        self,
        connection: sa.Connection,
        outcomes: Sequence[IntentOutcome],
        values: dict[str, Any],
        *,
        is_first_only: bool = False,
    ) -> None:
        """Set columns of the results of outcomes; a value that is the name of a text of theirs is that text."""
        if not outcomes:
            return
        tables = self._tables
        of = unpacked(tables, ["result_id", "old_comment", "error_text"])
        texts = {"old_comment", "error_text"}
        conditions = [column_of(tables, "result_id") == of("result_id")]
        if is_first_only:
            # A failure does not take back that it was written before.
            conditions.append(sa.func.coalesce(column_of(tables, "applied_status"), "") != "applied")
        statement = (
            sa.update(tables.results)
            .where(*conditions)
            .values({name: of(value) if value in texts else value for name, value in values.items()})
        )
        rows = [
            {
                "result_id": each.result_id,
                "old_comment": each.old_comment,
                "error_text": each.error_text,
            }
            for each in outcomes
        ]
        connection.execute(statement, {"given": given_rows(tables, rows)})

    def count(self, connection: sa.Connection, run_id: str, status: str) -> None:
        """Count anew what a run's row says of its applications."""
        tables, results = self._tables, self._tables.results.c
        evaluation = sa.func.coalesce(results.evaluation, "")
        applied_status = sa.func.coalesce(column_of(tables, "applied_status"), "")
        is_chosen = sa.and_(evaluation.in_(_CHOSEN), sa.func.coalesce(results.chosen_description, "") != "")
        is_pending = sa.and_(
            evaluation.not_in((*_CHOSEN, "skipped")), has_items(tables, results.alternatives_json) == 1
        )
        is_applied = applied_status == "applied"
        is_remaining = sa.and_(
            results.superseded_at.is_(None),
            sa.case((is_chosen, applied_status != "applied"), else_=is_pending),
        )
        statement = sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((is_applied, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((is_remaining, 1), else_=0)), 0),
        ).where(results.run_id == run_id)
        applied, remaining = connection.execute(statement).one()
        after = status_after_applying(status, applied=int(applied), remaining=int(remaining))
        changed = sa.update(tables.runs).where(self._run_id == run_id)
        connection.execute(changed.values(applied_count=int(applied), status=after))

    @property
    def _run_id(self) -> sa.ColumnElement[Any]:
        column = self._tables.run_column("run_id")
        assert column is not None
        return column
