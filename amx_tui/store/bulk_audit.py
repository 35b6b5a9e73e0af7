"""What is kept of one step that does much: a strategy's decisions, comments that were written."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from amx_tui.domain.applications import IntentOutcome
from amx_tui.domain.decisions import Decided, DecisionChange
from amx_tui.domain.identity import Identity
from amx_tui.domain.review.strategy import BULK_STRATEGIES
from amx_tui.store.audit import add_audit_row
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["audit_applications", "note_strategies"]

_NAMESPACE = uuid.UUID("0b1f8f0c-5d0e-4f43-9c1e-6d2f3a9a7d51")
_ACTIONS = {"apply": "apply", "undo": "apply_undo"}


def note_strategies(
    connection: sa.Connection,
    tables: Tables,
    decided: Sequence[Decided],
    changes: Mapping[str, DecisionChange],
    *,
    identity: Identity,
    now: datetime,
) -> None:
    """Keep by which strategy a run was decided, and note each in the audit trail of a shared store.

    Decisions that were made by themselves are not noted; undoing a strategy's is, but the run's strategy stays.
    """
    ids = {one.after.result_id for one in decided if changes[one.after.result_id].strategy}
    if not ids:
        return
    result_id, run_id = (column_of(tables, name) for name in ("result_id", "run_id"))
    rows = connection.execute(sa.select(run_id, result_id).where(result_id.in_(sorted(ids))))
    counts = Counter((text_of(run), changes[result].strategy) for run, result in rows)
    for (run, strategy), count in sorted(counts.items()):
        # amx-cli has words of its own there, for how it picked; ours would be none of them.
        if strategy in BULK_STRATEGIES and tables.layout == "document":
            _keep_strategy(connection, tables, run, strategy)
        if tables.is_local:
            continue
        add_audit_row(
            connection,
            tables,
            actor=identity,
            actor_id=_actor_id(connection, tables, identity),
            action="bulk_decision",
            now=now,
            target_resource=run,
            details={"count": count, "strategy": strategy},
        )


def _keep_strategy(connection: sa.Connection, tables: Tables, run: str, strategy: str) -> None:
    """Say on the run which strategy decided last; a second batch of the same one changes nothing there."""
    run_id = tables.run_column("run_id")
    assert run_id is not None
    kept = tables.runs.c.review_strategy
    statement = sa.update(tables.runs).where(run_id == run, kept.is_distinct_from(strategy))
    connection.execute(statement.values(review_strategy=strategy))


def audit_applications(
    connection: sa.Connection,
    tables: Tables,
    outcomes: Sequence[IntentOutcome],
    *,
    run_id: str,
    place: str,
    identity: Identity,
    now: datetime,
) -> None:
    """Note how many comments of a run were written, or taken back; once, however often the outcomes are sent."""
    if tables.is_local:
        return
    for action, name in _ACTIONS.items():
        written = sorted(
            each.application_id for each in outcomes if (each.action, each.status) == (action, "applied")
        )
        if not written:
            continue
        event_id = str(uuid.uuid5(_NAMESPACE, " ".join((name, *written))))
        is_noted = sa.select(tables.admin_audit.c.id).where(tables.admin_audit.c.id == event_id)
        if connection.execute(is_noted).first() is not None:
            continue
        add_audit_row(
            connection,
            tables,
            actor=identity,
            actor_id=_actor_id(connection, tables, identity),
            action=name,
            now=now,
            target_resource=run_id,
            details={"count": len(written), "place": place},
            event_id=event_id,
        )


def _actor_id(connection: sa.Connection, tables: Tables, identity: Identity) -> str | None:
    users = tables.users.c
    named = sa.select(users.id).where(
        users.username == identity.username, users.hostname == identity.hostname
    )
    return connection.execute(named).scalar()
