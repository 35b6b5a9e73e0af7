"""One SQLAlchemy engine a database: pool, driver, session settings, and how a running statement is stopped.

Connections are always in autocommit: a read is one round trip, and a transaction is what `execution` begins
and commits in so many words.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from amx_tui.backends import Backend
from amx_tui.backends.sqlite import attached_files
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import ConfigError
from amx_tui.domain.text import one_line
from amx_tui.store.tables import dump_json, load_json

__all__ = ["AsyncLink", "Link", "Statements", "ThreadLink", "open_link"]

POOL_SIZE = 5
"""Connections to one database at most; one screen with its prefetches needs three."""

registry.register("postgresql.amx_psycopg", "amx_tui.store.dialect_postgresql", "PostgresDialect")
registry.register("mysql.amx_aiomysql", "amx_tui.store.dialect_mysql", "MysqlDialect")


@dataclass(frozen=True)
class Statements:
    """How a backend writes the edges of a transaction."""

    begin_write: tuple[str, ...] = ("BEGIN",)
    begin_snapshot: tuple[str, ...] = ("BEGIN",)
    """Begins several reads that must agree with each other."""
    commit: str = "COMMIT"
    roll_back: str = "ROLLBACK"


@dataclass(frozen=True)
class AsyncLink:
    """An engine over an async driver."""

    engine: AsyncEngine
    statements: Statements
    interrupt: Callable[[Any], Awaitable[None]]
    """Stops the statement that runs on a driver's connection, which stays usable."""
    drop: Callable[[Any], None]
    """Breaks a driver's connection off at once, whatever runs on it."""


@dataclass(frozen=True)
class ThreadLink:
    """An engine over a driver that blocks, to be used from threads."""

    engine: sa.Engine
    statements: Statements

    @staticmethod
    def interrupt(connection: Any) -> None:
        """Stop the statement that runs on a driver's connection, where the driver can."""
        for name in ("interrupt", "cancel"):
            stop = getattr(connection, name, None)
            if stop is not None:
                stop()
                return


Link = AsyncLink | ThreadLink


_AUTOCOMMITTING = ("sqlite", "mssql", "redshift", "snowflake")
_COMMON: dict[str, Any] = {
    "pool_size": POOL_SIZE,
    "max_overflow": 0,
    "pool_timeout": 60,
    # The connection used last is the warmest, and idle ones may fall asleep.
    "pool_use_lifo": True,
    "hide_parameters": True,
    "skip_autocommit_rollback": True,
}
_JSON: dict[str, Any] = {"json_serializer": dump_json, "json_deserializer": load_json}
_SQLITE = Statements(begin_write=("BEGIN IMMEDIATE",))
_BLOCKING = {"sqlite": _SQLITE, "mssql": Statements(("BEGIN TRANSACTION",), ("BEGIN TRANSACTION",))}
_POSTGRESQL = Statements(
    ("BEGIN ISOLATION LEVEL READ COMMITTED",), ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
)
_MYSQL = Statements(
    ("START TRANSACTION",),
    (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
)


def open_link(
    backend: Backend, values: Mapping[str, object], secrets: Mapping[str, Secret], *, may_create: bool
) -> Link:
    """Make the engine of a database; nothing is connected yet, but the driver is imported.

    Args:
        backend: The kind of database.
        values: The profile's values.
        secrets: The resolved secrets.
        may_create: Whether a SQLite file that is not there is made.

    Raises:
        ConfigError: A value of the profile is missing or cannot be used.
        ImportError: The driver is not there.
        sqlalchemy.exc.NoSuchModuleError: SQLAlchemy's dialect is not there.
    """
    url = backend.url(values, secrets)
    arguments = backend.connect_args(values, secrets)
    match url.drivername:
        case "postgresql+psycopg":
            return _postgresql(url, arguments)
        case "mysql+aiomysql":
            return _mysql(url, arguments)
        case "sqlite+aiosqlite":
            return _sqlite(url, arguments, attached_files(values), may_create=may_create)
        case _:
            options = {"isolation_level": "AUTOCOMMIT"} if url.drivername.startswith(_AUTOCOMMITTING) else {}
            engine = sa.create_engine(url, connect_args=arguments, poolclass=QueuePool, **options, **_COMMON)
            return ThreadLink(engine, _BLOCKING.get(url.get_backend_name(), Statements()))


def _async_engine(url: sa.URL, arguments: Mapping[str, object], **options: Any) -> AsyncEngine:
    return create_async_engine(
        url,
        connect_args=dict(arguments),
        poolclass=AsyncAdaptedQueuePool,
        isolation_level="AUTOCOMMIT",
        **_JSON,
        **_COMMON,
        **options,
    )


def _postgresql(url: sa.URL, arguments: Mapping[str, object]) -> AsyncLink:
    from amx_tui.store.dialect_postgresql import PostgresLogin, drop, interrupt

    url = url.set(drivername="postgresql+amx_psycopg")
    engine = _async_engine(url, {**arguments, "async_creator_fn": PostgresLogin()}, client_encoding="utf8")
    return AsyncLink(engine, _POSTGRESQL, interrupt, drop)


def _mysql(url: sa.URL, arguments: Mapping[str, object]) -> AsyncLink:
    from amx_tui.store.dialect_mysql import MysqlLogin

    login = MysqlLogin()
    url = url.set(drivername="mysql+amx_aiomysql")
    engine = _async_engine(url, {**arguments, "async_creator_fn": login})
    return AsyncLink(engine, _MYSQL, login.interrupt, drop=lambda connection: connection.close())


def _sqlite(
    url: sa.URL, arguments: Mapping[str, object], attached: Mapping[str, Path], *, may_create: bool
) -> AsyncLink:
    from amx_tui.store.dialect_sqlite import open_sqlite

    mode = "rwc" if may_create else "rw"
    path = quote(os.path.abspath(os.fsencode(url.database or "")))
    file = url.set(database=f"file:{path}", query={"mode": mode, "uri": "true"})
    engine = _async_engine(file, {**arguments, "timeout": 20.0, "async_creator_fn": open_sqlite})
    if attached:
        _attach_on_connect(engine, attached, mode)

    async def interrupt(connection: Any) -> None:
        await connection.interrupt()

    # There is no line to break off: the statement ends with the driver's thread.
    return AsyncLink(engine, _SQLITE, interrupt, drop=lambda _connection: None)


def _attach_on_connect(engine: AsyncEngine, attached: Mapping[str, Path], mode: str) -> None:
    """Let every new connection see further files, each as a schema."""
    quoted = engine.dialect.identifier_preparer.quote_identifier

    def attach(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for name, path in attached.items():
            uri = f"file:{quote(os.fsencode(path))}?mode={mode}"
            try:
                cursor.execute(f"ATTACH DATABASE ? AS {quoted(name)}", (uri,))
            except sqlite3.Error as error:
                raise ConfigError(
                    f"The attached file {one_line(str(path), 200)} cannot be opened.",
                    hint="Check that the file is there, and the paths under attached in the profile.",
                    key="attached",
                ) from error
        cursor.close()

    sa.event.listen(engine.sync_engine, "connect", attach)
