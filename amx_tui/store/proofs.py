"""Rights that are proven by using them, in a transaction that leaves nothing behind.

What a catalogue says about a user's rights is not what the user can do: row-level security, triggers, a
sequence, a standby or a full disk all say no later. So each statement is really sent, to a row made for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from amx_tui.backends import registry
from amx_tui.domain.errors import AmxError, StoreError
from amx_tui.domain.members import ROLES, Role
from amx_tui.store.database import Database
from amx_tui.store.driver_errors import Translator
from amx_tui.store.rights import TableNeeds
from amx_tui.store.tables import StoredJson, UtcDateTime

__all__ = ["Privilege", "Proof", "prove_reading", "prove_rights", "translated"]

Privilege = Literal["SELECT", "INSERT", "UPDATE"]
_SAVEPOINT = "amx_proof"
_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was tried on one table."""

    table: str
    privilege: Privilege
    role: Role
    """The lowest role that needs it."""
    error: AmxError | None
    """Why it does not work; None where it does."""


class _NotAllError(Exception):
    """Something was refused, so that each right has to be tried by itself."""


class _Undone(Exception):  # noqa: N818  # it is no error: it only makes the transaction roll back
    """Carries the proofs out of the transaction that must not be committed."""

    def __init__(self, proofs: list[Proof]) -> None:
        super().__init__()
        self.proofs = proofs


async def prove_rights(database: Database, needs: tuple[TableNeeds, ...]) -> tuple[Proof, ...]:
    """Try SELECT, INSERT and UPDATE on each table as far as the program uses them; nothing is kept.

    All of them are tried at one go, three statements a table, which is what a distant host allows; only where
    one is refused, each is tried by itself between savepoints.

    Raises:
        ReadOnlyError: Not even a transaction that writes can be begun.
        StoreError: The host went away.
    """

    def at_one_go(connection: Connection) -> None:
        raise _Undone(_prove_all(connection, needs))

    def one_by_one(connection: Connection) -> None:
        raise _Undone([proof for each in needs for proof in _prove_table(connection, database, each)])

    for work in (at_one_go, one_by_one):
        with suppress(_NotAllError):
            try:
                await database.run(work, write=True, timeout=_SECONDS)
            except _Undone as undone:
                return tuple(undone.proofs)
    raise AssertionError("the second way finds out what is refused")


async def prove_reading(database: Database, needs: tuple[TableNeeds, ...]) -> tuple[Proof, ...]:
    """Try SELECT on each table, where writing is out of the question."""

    def work(connection: Connection) -> list[Proof]:
        proofs = []
        for each in needs:
            error, _ = _tried(connection, database, partial(_select, connection, each.table))
            proofs.append(Proof(each.table.name, "SELECT", "viewer", error))
        return proofs

    return tuple(await database.run(work))


def _prove_all(connection: Connection, needs: tuple[TableNeeds, ...]) -> list[Proof]:
    """Use every right on every table.

    Raises:
        _NotAllError: One of them was refused.
        sqlalchemy.exc.DBAPIError: The connection broke.
    """
    # One token for all rows, so that those that refer to each other find each other.
    token = _new_token()
    proofs: list[Proof] = []
    try:
        for each in needs:
            table = each.table
            probe = _probe_row(table, token, each.columns("INSERT", ROLES[-1]))
            _select(connection, table)
            proofs.append(Proof(table.name, "SELECT", "viewer", None))
            inserter = each.first_role("INSERT")
            if inserter is not None:
                _insert(connection, table, probe)
                proofs.append(Proof(table.name, "INSERT", inserter, None))
            updater, columns = each.first_role("UPDATE"), each.columns("UPDATE", ROLES[-1])
            if updater is not None:
                _update(connection, table, columns, probe, inserter is not None)
                proofs.append(Proof(table.name, "UPDATE", updater, None))
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise _NotAllError from error
    except StoreError as error:
        raise _NotAllError from error
    return proofs


def _prove_table(connection: Connection, database: Database, needs: TableNeeds) -> list[Proof]:
    table, token = needs.table, _new_token()
    probe: dict[str, Any] = {}
    proofs: list[Proof] = []

    def attempt(privilege: Privilege, role: Role, action: Callable[[], None]) -> bool:
        """Note whether the right is there; say whether what was done is done."""
        connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}_{privilege}")
        error, is_done = _tried(connection, database, action)
        _undo(connection, privilege)
        proofs.append(Proof(table.name, privilege, role, error))
        return is_done

    attempt("SELECT", "viewer", partial(_select, connection, table))
    for role, columns in _steps(needs, "INSERT"):
        row = _probe_row(table, token, columns)
        if attempt("INSERT", role, partial(_insert, connection, table, row)):
            probe = row
    is_there = bool(probe)
    if is_there:
        # What is changed has to be there.
        connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}_INSERT")
        _insert(connection, table, probe)
    for role, columns in _steps(needs, "UPDATE"):
        attempt("UPDATE", role, partial(_update, connection, table, columns, probe, is_there))
    if is_there:
        _undo(connection, "INSERT")
    return proofs


def _steps(
    needs: TableNeeds, privilege: Literal["INSERT", "UPDATE"]
) -> Iterator[tuple[Role, tuple[str, ...]]]:
    """The roles that use a right on more columns than the one below them, with all of theirs."""
    lower: tuple[str, ...] = ()
    for role in ROLES:
        columns = needs.columns(privilege, role)
        if columns != lower:
            yield role, columns
        lower = columns


def _undo(connection: Connection, privilege: Privilege) -> None:
    connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}_{privilege}")


def _tried(
    connection: Connection, database: Database, action: Callable[[], None]
) -> tuple[AmxError | None, bool]:
    """Run `action`; return why the host refused it, None if it did not, and whether it is done.

    Raises:
        sqlalchemy.exc.DBAPIError: The connection broke, so nothing more can be tried.
    """
    try:
        action()
    except sa.exc.IntegrityError:
        # The right is there: rules about the row, such as a reference to another table, come after it.
        return None, False
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        return translated(database, error), False
    except StoreError as error:
        return error, False
    return None, True


def translated(database: Database, error: sa.exc.DBAPIError) -> AmxError:
    """Return the program's own error for what a statement within a unit of work raised."""
    return Translator(registry.get(database.backend_name), database.host_label).translate(error)


def _select(connection: Connection, table: sa.Table) -> None:
    connection.execute(sa.select(table).limit(1)).fetchall()


def _insert(connection: Connection, table: sa.Table, probe: dict[str, Any]) -> None:
    connection.execute(sa.insert(table).values(probe).inline())


def _update(
    connection: Connection, table: sa.Table, columns: tuple[str, ...], probe: dict[str, Any], is_there: bool
) -> None:
    """Set columns to what they are, in the probe's row; without one the right alone is asked for."""
    keys = [column == probe[column.name] for column in table.primary_key if column.name in probe]
    statement = sa.update(table).values({name: table.c[name] for name in columns})
    changed = connection.execute(statement.where(*keys) if keys else statement.where(sa.false())).rowcount
    if is_there and keys and changed != 1:
        raise StoreError("The row that was just added could not be changed; row-level security may hide it.")


def _new_token() -> str:
    return f"probe-{uuid.uuid4().hex[:30]}"


def _probe_row(table: sa.Table, token: str, columns: tuple[str, ...]) -> dict[str, Any]:
    """Fill columns: those that must not be NULL with values that no row has, the others with NULL."""
    return {
        column.name: None if column.nullable else _probe_value(column, token)
        for column in table.columns
        if column is not _numbered(table) and column.name in columns
    }


def _numbered(table: sa.Table) -> sa.Column[Any] | None:
    """Return the key that the server counts itself, where there is one."""
    keys = list(table.primary_key)
    is_counted = len(keys) == 1 and isinstance(keys[0].type, sa.Integer) and keys[0].autoincrement == "auto"
    return keys[0] if is_counted else None


def _probe_value(column: sa.Column[Any], token: str) -> object:
    kind: object = column.type
    match kind:
        case StoredJson():
            return []
        case UtcDateTime():
            return datetime.now(UTC)
        case sa.Integer():
            return 0
        case sa.Float():
            return 0.0
        case _:
            length = getattr(getattr(kind, "implementation", kind), "length", None)
            return token[:length]
