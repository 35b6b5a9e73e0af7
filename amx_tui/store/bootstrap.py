"""How a store comes to be: a plan of exactly the statements that are missing, shown, then run as shown.

A plan is made from what lies in the schema, so making a store twice plans nothing the second time, and a
store that is half there gets the other half. Its statements do nothing where their object is there already,
and run under a lock of the host, so two people who start at once end up with one store. Where the backend's
DDL is transactional, a plan runs whole or not at all; where it is not, the error says what is there now.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from amx_tui import __version__
from amx_tui.backends import registry
from amx_tui.domain.errors import (
    AmxError,
    PermissionDeniedError,
    StoreError,
    UnknownOutcomeError,
    UnsupportedVersionError,
)
from amx_tui.domain.identity import Identity
from amx_tui.store.contents import SchemaContents, read_contents
from amx_tui.store.database import Database
from amx_tui.store.ddl import ddl_for, require_usable_schema
from amx_tui.store.grants import quoted_account
from amx_tui.store.missing import MissingParts
from amx_tui.store.plans import Plan, Statement
from amx_tui.store.tables import Layout, Tables, build_tables, known_version

__all__ = ["Plan", "Progress", "Statement", "dump_ddl", "execute_plan", "plan_store"]

Progress = Callable[[int, int, Statement], None]
"""Called before a statement runs: its number counted from 1, how many there are, the statement."""

_POSTGRESQL_LOCK = int.from_bytes(hashlib.sha256(b"amx-tui store setup").digest()[:8], signed=True)
_MYSQL_LOCK = "amx-tui store setup"
_LOCK_SECONDS = 60
_SECONDS = 600.0
"""Indexes of a large store that is completed take their time."""
_DUPLICATE_INDEX = 1061
_AGAIN = "Run history-store enable again: it makes only what is missing."
_HOPED_FOR = {"trgm_available": "true", "trgm_creatable": "true", "fts5": "1", "version": "3.34"}
"""What a dump without a connection takes for granted; its notes say so."""
_DUMP_NOTES = {
    "postgresql": (
        "pg_trgm makes searching quick. Where the server does not have it, leave out CREATE EXTENSION and the"
        " two indexes that use gin_trgm_ops.",
    ),
}
_TRANSACTIONAL = {"postgresql", "sqlite"}


async def plan_store(
    database: Database,
    *,
    schema: str,
    identity: Identity,
    client_version: str = __version__,
    is_local: bool = False,
) -> Plan:
    """Plan what is missing to a store in `schema`, in at most two round trips.

    A store that is whole, and one that amx-cli made, need nothing: the plan is empty and its notes say so.

    Args:
        schema: The name, to the letter; without meaning on SQLite.
        identity: Who makes the store; stands in its row about itself.
        is_local: Whether it is the store of the member's own machine.

    Raises:
        ConfigError: The schema cannot be called so.
        UnsupportedHostError: The backend cannot host a store, or not be set up from here.
        UnsupportedVersionError: The store there was made by a newer program.
    """
    backend_name = database.backend_name
    registry.get(backend_name).require_host()
    require_usable_schema(backend_name, schema)
    schema = "" if backend_name == "sqlite" else schema

    def look(connection: Connection) -> tuple[SchemaContents, int | None]:
        contents = read_contents(connection, backend_name, schema)
        return contents, _stored_version(connection, contents, backend_name, schema)

    contents, version = await database.run(look)
    if contents.layout is not None and version is not None:
        _require_known_version(contents.layout, version)
    if contents.layout == "amx_cli":
        return Plan(
            (),
            schema,
            backend_name,
            notes=("The store that amx-cli made there is joined as it is; nothing is made or changed.",),
            layout="amx_cli",
        )
    tables = _document_tables(backend_name, schema, is_local=is_local)
    planned = MissingParts(ddl_for(backend_name), tables, contents, identity, client_version)
    statements = list(planned.statements(has_meta_row=version is not None))
    if statements and not is_local:
        # Before the row that makes it a store: where that is there, it is known who made it.
        place = len(statements) if version is not None else len(statements) - 1
        statements.insert(place, planned.audit(identity, makes_store=version is None))
    return Plan(
        tuple(statements),
        schema,
        backend_name,
        notes=tuple(planned.notes()),
        creates_schema=planned.creates_schema,
        user=contents.fact("user"),
    )


def dump_ddl(
    backend_name: str, *, schema: str, identity: Identity | None = None, client_version: str = __version__
) -> Plan:
    """Write all statements of a store for a backend, without a connection or a driver.

    Args:
        identity: Who is to stand as the store's maker; nobody where it is None.

    Raises:
        ConfigError: The schema cannot be called so.
        NotFoundError: There is no such backend.
        UnsupportedHostError: The backend cannot host a store; the message says why.
    """
    backend = registry.get(backend_name)
    backend.require_host()
    require_usable_schema(backend.name, schema)
    schema = "" if backend.name == "sqlite" else schema
    ddl, tables = ddl_for(backend.name), _document_tables(backend.name, schema)
    planned = MissingParts(ddl, tables, SchemaContents(facts=_HOPED_FOR), identity, client_version)
    return Plan(
        tuple(planned.statements(has_meta_row=False)),
        schema,
        backend.name,
        notes=(*ddl.notes, *_DUMP_NOTES.get(backend.name, ())),
        creates_schema=planned.creates_schema,
    )


async def execute_plan(database: Database, plan: Plan, *, on_progress: Progress | None = None) -> None:
    """Run exactly the statements of a plan, under a lock that lets one such run at a time.

    Raises:
        PermissionDeniedError: A right is missing; the hint is what the DBA has to run.
        StoreError: A statement failed, or the lock was not to be had; the message names the step, and says
            what is there now.
    """
    if plan.is_empty:
        return
    reached: list[Statement] = []

    def work(connection: Connection) -> None:
        reached.clear()
        _run_locked(connection, plan, reached, on_progress)

    try:
        await database.run(work, write=True, timeout=_SECONDS)
    except AmxError as error:
        raise await _explained(database, plan, reached, error) from error


def _document_tables(backend_name: str, schema: str, *, is_local: bool = False) -> Tables:
    schema_or_none = None if backend_name == "sqlite" else schema
    return build_tables("document", backend_name=backend_name, schema=schema_or_none, is_local=is_local)


def _stored_version(
    connection: Connection, contents: SchemaContents, backend_name: str, schema: str
) -> int | None:
    """Read the schema version of the store that is there; None where it has no row about itself."""
    if contents.layout is None:
        return None
    layout: Layout = "amx_cli" if contents.layout == "amx_cli" else "document"
    meta = build_tables(
        layout, backend_name=backend_name, schema=None if backend_name == "sqlite" else schema
    ).schema_meta
    found = connection.execute(sa.select(meta.c.schema_version).order_by(meta.c.id).limit(1)).scalar()
    return None if found is None else int(found)


def _require_known_version(layout: str, version: int) -> None:
    known = known_version("amx_cli" if layout == "amx_cli" else "document")
    if version > known:
        raise UnsupportedVersionError(
            f"The store there has schema version {version}; this program knows up to {known}.",
            hint="Update the program: pip install --upgrade amx-tui. Until then the store opens read-only.",
        )


def _run_locked(
    connection: Connection, plan: Plan, reached: list[Statement], on_progress: Progress | None
) -> None:
    match plan.backend_name:
        case "postgresql":
            # Held until the transaction ends; for the whole database, as extensions and schemas belong to it.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
            _run_statements(connection, plan, reached, on_progress)
        case "mysql":
            _take_mysql_lock(connection)
            try:
                _run_statements(connection, plan, reached, on_progress)
            finally:
                _release_mysql_lock(connection)
        case _:
            # SQLite: the transaction that `Database.run` began is the lock.
            _run_statements(connection, plan, reached, on_progress)


def _run_statements(
    connection: Connection, plan: Plan, reached: list[Statement], on_progress: Progress | None
) -> None:
    for number, statement in enumerate(plan.statements, 1):
        reached.append(statement)
        if on_progress is not None:
            on_progress(number, len(plan.statements), statement)
        try:
            # Without parameters no driver looks for placeholders, so a % in a name stays one.
            connection.exec_driver_sql(statement.sql, execution_options={"no_parameters": True})
        except sa.exc.DBAPIError as error:
            if not _is_there_already(plan.backend_name, error):
                raise


def _is_there_already(backend_name: str, error: sa.exc.DBAPIError) -> bool:
    """Whether MySQL, which has no CREATE INDEX IF NOT EXISTS, says that somebody else made the index."""
    arguments = error.orig.args if error.orig is not None else ()
    return backend_name == "mysql" and arguments[:1] == (_DUPLICATE_INDEX,)


def _take_mysql_lock(connection: Connection) -> None:
    statement = sa.text("SELECT GET_LOCK(:name, :seconds)")
    taken = connection.execute(statement, {"name": _MYSQL_LOCK, "seconds": _LOCK_SECONDS}).scalar()
    if taken != 1:
        raise StoreError(
            "Somebody else is making a store on that server.",
            hint="Run history-store enable again in a minute.",
        )


def _release_mysql_lock(connection: Connection) -> None:
    # Where the connection is gone, so is the lock, and the statement that found out has raised why.
    with contextlib.suppress(sa.exc.DBAPIError):
        connection.execute(sa.text("SELECT RELEASE_LOCK(:name)"), {"name": _MYSQL_LOCK})


async def _explained(database: Database, plan: Plan, reached: list[Statement], error: AmxError) -> AmxError:
    """Say at which step a plan failed, what is there now, and what to do."""
    if not reached:
        return error
    if isinstance(error, UnknownOutcomeError):
        message = "The connection broke while the store was saved: it may be there, or nothing of it."
        return UnknownOutcomeError(message, hint=_AGAIN)
    step = reached[-1].purpose
    if plan.backend_name in _TRANSACTIONAL:
        outcome = "Nothing was made."
    else:
        outcome = await _what_is_there(database, plan)
    message = f"{error.message.rstrip('.')}. The step was: {step}. {outcome}"
    return type(error)(message, hint=_cure(plan, reached[-1], error))


async def _what_is_there(database: Database, plan: Plan) -> str:
    tables = _document_tables(plan.backend_name, plan.schema).metadata.tables.values()
    try:
        contents = await database.run(
            lambda connection: read_contents(connection, plan.backend_name, plan.schema)
        )
    except AmxError:
        return "What was made before it is there; what exactly could not be read."
    if not contents.exists:
        return f"Nothing was made: there is no database {plan.schema}."
    there = sorted(table.name for table in tables if table.name in contents.tables)
    missing = sorted(table.name for table in tables if table.name not in contents.tables)
    made = f"{len(there)} of {len(there) + len(missing)} tables are there now ({', '.join(there) or 'none'})"
    return f"{made}; missing: {', '.join(missing)}." if missing else f"{made}; indexes may be missing."


def _cure(plan: Plan, statement: Statement, error: AmxError) -> str:
    """What to do about a failure; the exact statements for a missing right."""
    ddl = ddl_for(plan.backend_name)
    schema = ddl.quoted(plan.schema)
    again = f"then run history-store enable --schema {plan.schema} again"
    if isinstance(error, PermissionDeniedError) and plan.backend_name == "postgresql":
        user = quoted_account("postgresql", plan.user)
        if plan.creates_schema and statement is plan.statements[0]:
            sql = f"CREATE SCHEMA {schema} AUTHORIZATION {user};"
            return f"Have the DBA run: {sql} {again}, which then skips the CREATE SCHEMA."
        sql = f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {user};"
        return f"Have the DBA run: {sql} {again}."
    if isinstance(error, PermissionDeniedError) and plan.backend_name == "mysql":
        user, pattern = quoted_account("mysql", plan.user), schema.replace("_", r"\_").replace("%", r"\%")
        sql = f"CREATE DATABASE IF NOT EXISTS {schema}; GRANT ALL ON {pattern}.* TO {user};"
        return f"Have the DBA run: {sql} {again}."
    if plan.backend_name not in _TRANSACTIONAL:
        return f"{error.hint} {_AGAIN}".strip()
    return error.hint
