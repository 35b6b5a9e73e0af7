"""Drivers that block: the same units of work, run in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from amx_tui.backends import registry
from amx_tui.domain.errors import QueryTimeoutError, StoreError, UndefinedSchemaError
from amx_tui.store.database import Database
from amx_tui.store.driver_errors import Translator
from amx_tui.store.engines import POOL_SIZE, ThreadLink, open_link
from amx_tui.store.execution import ThreadRunner

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Return a database over Python's own blocking SQLite driver."""
    backend = registry.get("sqlite")
    blocking = replace(backend, shape=replace(backend.shape, drivername="sqlite+pysqlite"))
    link = open_link(blocking, {"database": str(tmp_path / "blocking.db")}, {}, may_create=True)
    assert isinstance(link, ThreadLink)
    database = Database("sqlite", "blocking.db", ThreadRunner(link), Translator(blocking, "blocking.db"))
    await database.run(lambda connection: connection.exec_driver_sql("CREATE TABLE t (x)"), write=True)
    yield database
    await database.close()


async def count(database: Database) -> object:
    """Count the rows of the table."""
    return await database.run(
        lambda connection: connection.exec_driver_sql("SELECT count(*) FROM t").scalar()
    )


def insert(connection: sa.Connection) -> None:
    """Add a row."""
    connection.exec_driver_sql("INSERT INTO t VALUES (1)")


async def test_work_does_not_run_on_the_event_loop(database: Database) -> None:
    """The work of a blocking driver runs in another thread than the screens."""
    ident = await database.run(lambda _connection: threading.get_ident())
    assert ident != threading.get_ident()


async def test_writes_at_once_are_all_there(database: Database) -> None:
    """More units than there are threads wait for their turn."""
    await asyncio.gather(*(database.run(insert, write=True) for _ in range(4 * POOL_SIZE)))
    assert await count(database) == 4 * POOL_SIZE


async def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    """An error undoes what the work had written."""

    def work(connection: sa.Connection) -> None:
        insert(connection)
        connection.exec_driver_sql("SELECT 1 FROM nowhere")

    with pytest.raises(UndefinedSchemaError):
        await database.run(work, write=True)
    assert await count(database) == 0


async def test_a_cancelled_query_ends_its_thread(database: Database) -> None:
    """Cancelling the task interrupts the statement; afterwards as many can run as before."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(connection: sa.Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        connection.exec_driver_sql(ENDLESS)

    for _ in range(POOL_SIZE + 1):
        begun.clear()
        task = asyncio.create_task(database.run(work))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await count(database) == 0


async def test_a_query_over_its_time_is_stopped(database: Database) -> None:
    """A time limit ends in an error of its own."""
    with pytest.raises(QueryTimeoutError):
        await database.run(lambda connection: connection.exec_driver_sql(ENDLESS), timeout=0.1)
    assert await count(database) == 0


async def test_an_error_of_the_driver_is_one_of_ours(database: Database) -> None:
    """A statement that does not parse is a store error with the driver's words."""
    with pytest.raises(StoreError, match="syntax error"):
        await database.run(lambda connection: connection.exec_driver_sql("SELEKT"))
