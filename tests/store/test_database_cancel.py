"""Work that nobody waits for any more stops on the server, and hosts that go away are noticed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import QueryTimeoutError, UnknownOutcomeError, UnreachableError
from amx_tui.store.database import Database
from amx_tui.store.dialect_sqlite import open_sqlite
from tests.proxy import DelayingProxy
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.store.hosts import connected

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(300)",
    "mysql": "SELECT SLEEP(300)",
}
RUNNING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'active' AND query LIKE '%pg_sleep(300)%' AND pid <> pg_backend_pid()",
    "mysql": "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(300)'",
}
CONNECTION = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}


@dataclass
class Endless:
    """A statement that never ends by itself."""

    host: HostServer
    task: asyncio.Task[object]

    async def is_running(self) -> bool:
        """Whether the server works on it; SQLite has no way to tell from outside."""
        question = RUNNING[self.host.backend].replace("%", "%%")
        (count,) = (await asyncio.to_thread(self.host.sync_execute, question, [""][:0]))[0]
        return bool(count)


async def start(host: HostServer, database: Database, *, seconds: float | None = None) -> Endless:
    """Start an endless statement, and return when it runs."""
    begun = asyncio.Event()

    def work(connection: sa.Connection) -> object:
        begun.set()
        return connection.exec_driver_sql(ENDLESS[host.backend]).scalar()

    endless = Endless(host, asyncio.create_task(database.run(work, timeout=seconds)))
    await begun.wait()
    while host.backend != "sqlite" and not endless.task.done() and not await endless.is_running():
        pass
    return endless


async def one(database: Database, statement: str = "SELECT 1") -> object:
    """Read one value."""
    return await database.run(lambda connection: connection.exec_driver_sql(statement).scalar())


async def test_cancelling_the_task_stops_the_query_on_the_server(host: HostServer) -> None:
    """After the cancellation nothing runs on the server, and the next query works."""
    async with connected(host) as database:
        endless = await start(host, database)
        endless.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await endless.task
        if host.backend != "sqlite":
            assert not await endless.is_running()
        assert await one(database) == 1


@pytest.mark.parametrize("fixture", ["postgres_host", "mysql_host"])
async def test_a_cancelled_query_leaves_its_connection_usable(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """Filtering anew costs a distant user no new login: the connection is the same one."""
    host: HostServer = request.getfixturevalue(fixture)
    async with connected(host) as database:
        before = await one(database, CONNECTION[host.backend])
        endless = await start(host, database)
        endless.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await endless.task
        assert await one(database, CONNECTION[host.backend]) == before


async def test_a_query_over_its_time_is_stopped(host: HostServer) -> None:
    """A time limit ends in an error of its own, with nothing left running."""
    async with connected(host) as database:
        endless = await start(host, database, seconds=0.2)
        with pytest.raises(QueryTimeoutError):
            await endless.task
        if host.backend != "sqlite":
            assert not await endless.is_running()
        assert await one(database) == 1


async def test_a_cancelled_write_leaves_nothing(host: HostServer) -> None:
    """What a cancelled transaction had written before is undone."""
    host.sync_execute("CREATE TABLE t (x INTEGER)")
    begun = asyncio.Event()

    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        begun.set()
        connection.exec_driver_sql(ENDLESS[host.backend])

    async with connected(host) as database:
        task = asyncio.create_task(database.run(work, write=True))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await one(database, "SELECT COUNT(*) FROM t") == 0


def behind(proxy: DelayingProxy, host: HostServer) -> HostServer:
    """Return `host` as it is reached through `proxy`."""
    host.values = host.values | {"host": proxy.host, "port": proxy.port}
    return host


@pytest.fixture(params=["postgres_host", "mysql_host"])
def distant(
    request: pytest.FixtureRequest, open_proxy: Callable[..., DelayingProxy]
) -> tuple[HostServer, DelayingProxy]:
    """Return a server and the proxy that it is reached through."""
    host: HostServer = request.getfixturevalue(request.param)
    proxy = open_proxy(host.address)
    return behind(proxy, host), proxy


async def test_a_server_that_goes_away_in_mid_query_is_unreachable_then_back(
    distant: tuple[HostServer, DelayingProxy],
) -> None:
    """The query fails as unreachable; once the server is back, the next one works."""
    host, proxy = distant
    async with connected(host) as database:
        endless = await start(host, database)
        proxy.refuse()
        with pytest.raises(UnreachableError) as caught:
            await endless.task
        assert caught.value.hint
        proxy.accept()
        assert await one(database) == 1


async def test_a_connection_that_died_in_the_pool_is_not_noticed(
    distant: tuple[HostServer, DelayingProxy],
) -> None:
    """Reads and writes after a lost connection work as if nothing had happened."""
    host, proxy = distant
    async with connected(host) as database:
        await one(database)
        proxy.cut()
        assert await one(database) == 1
        proxy.cut()
        await database.run(lambda connection: connection.exec_driver_sql("SELECT 1"), write=True)


async def test_a_connection_that_breaks_at_the_commit_leaves_the_outcome_unknown(
    distant: tuple[HostServer, DelayingProxy],
) -> None:
    """Nobody can say whether such a write happened, so it is not tried again."""
    host, proxy = distant
    attempts: list[int] = []

    def work(connection: sa.Connection) -> None:
        attempts.append(1)
        connection.exec_driver_sql("SELECT 1")
        proxy.cut()

    async with connected(host) as database:
        with pytest.raises(UnknownOutcomeError):
            await database.run(work, write=True)
        assert attempts == [1]
        assert await one(database) == 1


async def test_a_server_that_hangs_is_given_up(distant: tuple[HostServer, DelayingProxy]) -> None:
    """A server that says nothing any more costs the time limit, and the next query works once it is back."""
    host, proxy = distant
    async with connected(host) as database:
        await one(database)
        proxy.stall()
        with pytest.raises(QueryTimeoutError):
            await database.run(lambda connection: connection.exec_driver_sql("SELECT 1"), timeout=0.1)
        proxy.flow()
        assert await one(database) == 1


@pytest.mark.parametrize("fixture", ["postgres_host", "mysql_host"])
async def test_a_port_where_nobody_listens_is_unreachable(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """A refused connection is unreachable, with a hint about what to check."""
    host: PostgresHost | MysqlHost = request.getfixturevalue(fixture)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host.values = host.values | {"host": "127.0.0.1", "port": unused.getsockname()[1]}
        async with connected(host) as database:
            with pytest.raises(UnreachableError, match="refuses connections") as caught:
                await one(database)
    assert "host and port" in caught.value.hint


async def test_a_connection_that_is_stopped_while_it_closes_keeps_nobody_waiting(tmp_path: Path) -> None:
    """As SQLAlchemy does it where the closing is cancelled; else the loop, and the program with it, would not end."""
    connection = await open_sqlite(str(tmp_path / "a.db"))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    assert not closing.done()
    ending = connection.stop()
    async with asyncio.timeout(20):
        await closing
    assert ending is not None
    assert ending.done()
