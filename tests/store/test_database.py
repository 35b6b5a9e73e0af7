"""Units of work: values come back, transactions hold, deadlocks are tried again, foreign text comes through."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from amx_tui.backends import registry
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import (
    AuthenticationError,
    DriverMissingError,
    ReadOnlyError,
    StoreError,
    UndefinedSchemaError,
)
from amx_tui.store.database import Database, make_database
from tests.servers import HostServer, MysqlHost, PostgresHost, SqliteHost
from tests.store.hosts import connected, profile_of

WRONG_PASSWORD = Secret("open-sesame")
NUMBERS = sa.table("numbers", sa.column("id", sa.Integer), sa.column("value", sa.Integer))


@pytest.fixture
async def database(host: HostServer) -> AsyncIterator[Database]:
    """Return a database with a table `numbers` that holds two rows of value 0."""
    make_numbers(host)
    async with connected(host) as database:
        yield database


def make_numbers(host: HostServer) -> None:
    """Make a table of two rows, both of value 0."""
    host.sync_execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)")
    host.sync_execute("INSERT INTO numbers VALUES (1, 0), (2, 0)")


def add_one(connection: sa.Connection, number: int) -> None:
    """Add one to a row's value."""
    connection.execute(sa.update(NUMBERS).where(NUMBERS.c.id == number).values(value=NUMBERS.c.value + 1))


def values(connection: sa.Connection) -> list[int]:
    """Read both values."""
    return list(connection.execute(sa.select(NUMBERS.c.value).order_by(NUMBERS.c.id)).scalars())


async def test_what_the_work_returns_comes_back(database: Database) -> None:
    """A read hands over what its work returned."""
    assert await database.run(values) == [0, 0]


async def test_a_write_is_there_for_others_once_it_returns(database: Database, host: HostServer) -> None:
    """A write is committed when `run` returns."""
    await database.run(lambda connection: add_one(connection, 1), write=True)
    assert host.sync_execute("SELECT value FROM numbers WHERE id = 1") == [(1,)]


async def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    """An error in the work undoes what it had written, and the connection stays in use."""

    def work(connection: sa.Connection) -> None:
        add_one(connection, 1)
        raise LookupError("not in the mood")

    with pytest.raises(LookupError):
        await database.run(work, write=True)
    assert await database.run(values) == [0, 0]


async def test_a_write_whose_second_statement_fails_leaves_nothing(database: Database) -> None:
    """A statement that the server refuses undoes the ones before it."""

    def work(connection: sa.Connection) -> None:
        add_one(connection, 1)
        connection.execute(sa.insert(NUMBERS).values(id=2, value=9))

    with pytest.raises(StoreError) as caught:
        await database.run(work, write=True)
    assert isinstance(caught.value.__cause__, sa.exc.IntegrityError)
    assert await database.run(values) == [0, 0]


async def test_a_snapshot_reads_one_state(host: HostServer, database: Database) -> None:
    """What others commit between two reads of a snapshot is not seen by the second."""

    def work(connection: sa.Connection) -> tuple[list[int], list[int]]:
        before = values(connection)
        host.sync_execute("UPDATE numbers SET value = 5 WHERE id = 1")
        return before, values(connection)

    if host.backend == "sqlite":
        host.sync_execute("PRAGMA journal_mode = WAL")
    assert await database.run(work, snapshot=True) == ([0, 0], [0, 0])
    assert await database.run(values) == [5, 0]


async def test_many_units_of_work_at_once_all_happen(database: Database) -> None:
    """More units than the pool has connections wait for each other, and none is lost."""
    await asyncio.gather(
        *(database.run(lambda connection: add_one(connection, 1), write=True) for _ in range(30))
    )
    assert await database.run(values) == [30, 0]


async def check_deadlock(database: Database) -> None:
    """Let two writers take two rows in opposite order, and see that both get through."""
    meeting = asyncio.Barrier(2)
    attempts: list[int] = []

    async def add_both(first: int, second: int) -> None:
        def work(connection: sa.Connection) -> None:
            attempts.append(first)
            add_one(connection, first)
            if attempts.count(first) == 1:
                await_only(meeting.wait())
            add_one(connection, second)

        await database.run(work, write=True)

    await asyncio.gather(add_both(1, 2), add_both(2, 1))
    assert await database.run(values) == [2, 2]
    assert len(attempts) > 2


@pytest.mark.postgresql
async def test_the_victim_of_a_deadlock_is_tried_again_on_postgresql(postgres_host: PostgresHost) -> None:
    """Two writers who lock two rows in opposite order both get through."""
    make_numbers(postgres_host)
    async with connected(postgres_host) as database:
        await check_deadlock(database)


@pytest.mark.mysql
async def test_the_victim_of_a_deadlock_is_tried_again_on_mysql(mysql_host: MysqlHost) -> None:
    """Two writers who lock two rows in opposite order both get through."""
    make_numbers(mysql_host)
    async with connected(mysql_host) as database:
        await check_deadlock(database)


async def test_a_table_that_is_not_there_is_named(database: Database) -> None:
    """An undefined table is an error of its own, which names the table."""
    with pytest.raises(UndefinedSchemaError, match="no_such_table"):
        await database.run(lambda connection: connection.execute(sa.text("SELECT 1 FROM no_such_table")))


async def test_the_server_tells_its_version(database: Database, host: HostServer) -> None:
    """The version starts with the name of the server's program."""
    names = {"sqlite": ("SQLite 3.",), "postgresql": ("PostgreSQL ",), "mysql": ("MariaDB ", "MySQL ")}
    assert (await database.server_version()).startswith(names[host.backend])


@pytest.mark.parametrize("fixture", ["postgres_host", "mysql_host"])
async def test_a_wrong_password_is_refused_without_being_repeated(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """A refused login is an error of its own; neither it nor its cause holds the password."""
    host: HostServer = request.getfixturevalue(fixture)
    database = make_database(profile_of(host), {"password": WRONG_PASSWORD})
    with pytest.raises(AuthenticationError) as caught:
        await database.server_version()
    await database.close()
    shown = f"{caught.value!r} {caught.value} {caught.getrepr(style='long', showlocals=True)}"
    assert WRONG_PASSWORD.reveal() not in shown
    assert caught.value.hint


@pytest.mark.postgresql
async def test_a_read_only_session_says_so(postgres_host: PostgresHost) -> None:
    """A write to a server that only reads is an error of its own."""
    make_numbers(postgres_host)
    postgres_host.admin_execute(f"ALTER ROLE {postgres_host.values['user']} SET lock_timeout = 0")
    reader = postgres_host.login("GRANT UPDATE, SELECT ON numbers TO {user}")
    postgres_host.admin_execute(f"ALTER ROLE {reader.values['user']} SET default_transaction_read_only = on")
    async with connected(reader) as database:
        with pytest.raises(ReadOnlyError):
            await database.run(lambda connection: add_one(connection, 1), write=True)


@pytest.mark.postgresql
async def test_times_that_python_cannot_hold_read_as_none(postgres_host: PostgresHost) -> None:
    """Infinity and years beyond 9999 do not keep a page from being shown."""
    async with connected(postgres_host) as database:
        row = await database.run(
            lambda connection: connection.exec_driver_sql(
                "SELECT 'infinity'::timestamptz, '12000-01-01'::timestamptz, now()"
            ).one()
        )
    assert tuple(row[:2]) == (None, None)
    assert row[2] is not None


async def test_a_missing_driver_is_answered_by_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, sqlite_host: SqliteHost
) -> None:
    """Without the driver's module, the error's hint is the exact command."""
    monkeypatch.setitem(__import__("sys").modules, "aiosqlite", None)
    with pytest.raises(DriverMissingError) as caught:
        make_database(profile_of(sqlite_host), {})
    assert caught.value.hint == registry.get("sqlite").install_command


async def test_a_file_that_is_not_there_is_made_only_where_it_may_be(sqlite_host: SqliteHost) -> None:
    """With `may_create=False` a wrong path is an error, and no file appears."""
    from pathlib import Path

    path = Path(str(sqlite_host.values["database"]))
    database = make_database(profile_of(sqlite_host), {}, may_create=False)
    with pytest.raises(StoreError, match="cannot be opened"):
        await database.server_version()
    await database.close()
    assert not path.exists()
    # The driver's thread answers once more behind its failure, for which the loop must still be there.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join)
