"""The one way in which an editable row is saved: if it still has the version that the save is based on.

What belongs together happens in one transaction: the member's role is checked and kept as it is, the row changes from
the expected version to the next one, the state that is replaced is there as a version (it is added where another
program left it out), the new state becomes one, an audit row is written where the save was forced, and whoever
listens is told. On PostgreSQL all of it is one statement, and so one round trip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import QueryTimeoutError, UnknownOutcomeError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Action
from amx_tui.store.database import Database
from amx_tui.store.notices import Notice, notify
from amx_tui.store.permissions import explain_refusal, require_permission, select_permitted
from amx_tui.store.tables import Tables

__all__ = ["SavedStates", "VersionedSave", "save_versioned"]


@dataclass(frozen=True)
class SavedStates:
    """Where the saved states of a row are kept, and what the ones around a save hold."""

    table: sa.Table
    of_row: str
    """The column that names the row."""
    number: str
    """The column that holds the version."""
    new: Mapping[str, Any]
    """The other columns of the state that the save makes."""
    replaced: Mapping[str, Any]
    """The other columns of the state that it replaces, for where another program left that out: columns of the row
    as it was, or values."""


@dataclass(frozen=True)
class VersionedSave:
    """One save of one row of a table that has `id` and `version`."""

    table: sa.Table
    row_id: str
    expected: int
    """The version that the save is based on."""
    values: Mapping[str, Any]
    """The columns that it sets, besides the version."""
    states: SavedStates
    notice: Notice
    """What is told to those who listen."""
    doing: str
    """What the member does, for a refusal: "editing pages"."""
    action: Action = "edit"
    audit: Mapping[str, Any] | None = None
    """A row of the audit trail that belongs to the save; None for a save that overwrites nobody."""


async def save_versioned(database: Database, tables: Tables, save: VersionedSave, identity: Identity) -> bool:
    """Save a row if its version is still the expected one. It is sent once, whatever happens.

    Returns:
        False where nothing was saved, because the row has another version or is not there.

    Raises:
        RoleError: The member may not, is revoked, has a role that nobody knows, or is none.
        UnknownOutcomeError: The connection broke, or the host did not answer in time, after it was sent.
        StoreError: The database refused, or cannot be reached; nothing was saved.
    """
    try:
        if tables.backend_name != "postgresql":
            return await database.run(partial(_in_steps, tables, save, identity), write=True)
        is_allowed, is_saved = await database.run(
            partial(_at_once, _statement(tables, save, identity)), single=True
        )
    except QueryTimeoutError as error:
        raise UnknownOutcomeError(f"{error.message} It is unknown whether that was saved.") from error
    if not is_allowed:
        await database.run(
            lambda connection: explain_refusal(connection, tables, identity, save.action, doing=save.doing)
        )
    return is_saved


# ---- One statement -----------------------------------------------------------------------------------------


def _at_once(statement: sa.Select[Any], connection: sa.Connection) -> tuple[bool, bool]:
    row = connection.execute(statement).one()
    return row.allowed == 1, row.saved == 1


def _statement(tables: Tables, save: VersionedSave, identity: Identity) -> sa.Select[Any]:
    """All of a save as data-modifying CTEs. What no other part refers to would not be carried out."""
    table, states = save.table, save.states
    allowed = select_permitted(tables, identity, save.action).cte("allowed")
    # Locked, a row is read as it is after the wait for whoever saved just now.
    held = (
        sa.select(table)
        .where(table.c.id == save.row_id, table.c.version == save.expected, sa.exists(allowed.select()))
        .with_for_update(of=table)
        .cte("held")
    )
    saved = (
        sa.update(table)
        .where(table.c.id == held.c.id, table.c.version == save.expected)
        .values(**save.values, version=table.c.version + 1)
        .returning(table.c.id, table.c.version)
        .cte("saved")
    )
    parts = [
        _insert_from(states.table, _replaced(save, held.c), held, is_new=False),
        _insert_from(states.table, _made(save), saved),
    ]
    if save.audit is not None:
        parts.append(_insert_from(tables.admin_audit, save.audit, saved))
    inserts = [part.cte(f"part_{number}") for number, part in enumerate(parts)]
    told = sa.select(notify(tables, save.notice).label("told")).select_from(saved).cte("told")
    return sa.select(
        _count(allowed).label("allowed"),
        _count(saved).label("saved"),
        *(_count(part) for part in (*inserts, told)),
    )


def _insert_from(table: sa.Table, values: Mapping[str, Any], rows: sa.CTE, *, is_new: bool = True) -> Any:
    """Insert a row of `values` for each of `rows`; one that need not be new may be there already."""
    from sqlalchemy.dialects.postgresql import insert

    of_each = sa.select(*_columns(table, values)).select_from(rows)
    statement = insert(table).from_select(list(values), of_each)
    if not is_new:
        statement = statement.on_conflict_do_nothing()
    return statement.returning(sa.literal(1).label("one"))


def _columns(table: sa.Table, values: Mapping[str, Any]) -> list[sa.ColumnElement[Any]]:
    """Values as columns of a SELECT that fills `table`."""
    return [
        value if isinstance(value, sa.ColumnElement) else sa.literal(value, table.c[name].type)
        for name, value in values.items()
    ]


def _count(part: sa.CTE) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.count()).select_from(part).scalar_subquery()


# ---- Step by step ------------------------------------------------------------------------------------------


def _in_steps(tables: Tables, save: VersionedSave, identity: Identity, connection: sa.Connection) -> bool:
    """Save inside a transaction that is there; what is refused changes nothing."""
    require_permission(connection, tables, identity, save.action, doing=save.doing)
    table, states = save.table, save.states
    of_row = states.table.c[states.of_row]
    kept = sa.exists().where(of_row == table.c.id, states.table.c[states.number] == table.c.version)
    # Locked, the row is read as it is after the wait for whoever saved just now.
    looked_at = sa.select(table.c.version, kept.label("is_kept")).where(table.c.id == save.row_id)
    row = connection.execute(looked_at.with_for_update(of=table)).first()
    if row is None or row.version != save.expected:
        return False
    if not row.is_kept:
        of_this = sa.select(table.c.id).where(table.c.id == save.row_id)
        values = _replaced(save, table.c)
        rows = of_this.with_only_columns(*_columns(states.table, values))
        connection.execute(sa.insert(states.table).from_select(list(values), rows))
    changed = (
        sa.update(table)
        .where(table.c.id == save.row_id, table.c.version == save.expected)
        .values(**save.values, version=save.expected + 1)
    )
    if connection.execute(changed).rowcount != 1:
        return False
    connection.execute(sa.insert(states.table).values(_made(save)))
    if save.audit is not None:
        connection.execute(sa.insert(tables.admin_audit).values(dict(save.audit)))
    return True


def _replaced(save: VersionedSave, row: Any) -> dict[str, Any]:
    """The columns of the state that is replaced, taken from `row`."""
    states = save.states
    return {states.of_row: row.id, states.number: row.version} | {
        name: row[value.name] if isinstance(value, sa.Column) else value
        for name, value in states.replaced.items()
    }


def _made(save: VersionedSave) -> dict[str, Any]:
    """The columns of the state that is made."""
    states = save.states
    return {states.of_row: save.row_id, states.number: save.expected + 1, **states.new}
