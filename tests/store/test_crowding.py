"""Servers let in so many connections and no more: they are given back, waited for, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, closing

import psycopg
import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import CrowdedError, UnreachableError
from amx_tui.store import database as database_module
from amx_tui.store.database import Database
from amx_tui.store.live import LiveRepository
from amx_tui.store.tables import build_tables
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.services.conftest import on_servers
from tests.store.hosts import connected

PATIENCE = 60.0
pytestmark = pytest.mark.postgresql


def one(connection: sa.Connection) -> object:
    """The least that can be asked."""
    return connection.exec_driver_sql("SELECT 1").scalar()


def connections(host: HostServer) -> int:
    """How many connections the profile's user has, but for the one that asks."""
    if isinstance(host, PostgresHost):
        rows = host.admin_execute(
            "SELECT count(*) FROM pg_stat_activity"
            f" WHERE datname = current_database() AND usename = '{host.values['user']}'"
        )
    else:
        rows = host.sync_execute(
            "SELECT count(*) - 1 FROM information_schema.processlist WHERE user = SUBSTRING_INDEX(USER(), '@', 1)"
        )
    return int(rows[0][0])


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def limit(host: PostgresHost, number: int) -> None:
    """Let the database take so many connections of the profile's user."""
    host.admin_execute(f"ALTER DATABASE {host.values['database']} CONNECTION LIMIT {number}")


@on_servers
async def test_connections_that_nobody_uses_are_given_back(host: HostServer) -> None:
    """All of them, and whatever is asked next connects again."""
    async with connected(host) as database:
        database.linger = 0.02
        assert await database.run(one) == 1
        await until(lambda: connections(host) == 0)
        assert database.idle_connections == 0
        assert await database.run(one) == 1


@on_servers
async def test_what_a_burst_opened_is_given_back_while_the_work_goes_on(host: HostServer) -> None:
    """A screen's prefetches need several connections for a moment; what follows takes turns on one."""
    async with connected(host) as database:
        database.linger = 0.2
        await asyncio.gather(*(database.run(one) for _ in range(4)))
        assert database.idle_connections > 1
        async with asyncio.timeout(PATIENCE):
            while database.idle_connections > 2:
                assert await database.run(one) == 1
                await asyncio.sleep(0.05)
        assert await database.run(one) == 1


async def test_a_full_server_is_waited_for(
    postgres_host: PostgresHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is refused a connection gets the next one that is given back, and nobody sees an error."""
    refused = 0

    def briefly(least: float, most: float) -> float:
        nonlocal refused
        refused += 1
        return 0.01

    monkeypatch.setattr("random.uniform", briefly)
    limit(postgres_host, 2)
    async with connected(postgres_host) as database:
        with (
            closing(psycopg.connect(postgres_host.url)),
            closing(psycopg.connect(postgres_host.url)) as other,
        ):
            waiting = asyncio.create_task(database.run(one))
            await until(lambda: refused > 2)
            assert not waiting.done()
            other.close()
            assert await waiting == 1


async def test_a_server_that_stays_full_is_named(
    postgres_host: PostgresHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a moment it is said, as one kind of being out of reach, which others treat as such."""
    monkeypatch.setattr(database_module, "_ROOM_PATIENCE", 0.0)
    limit(postgres_host, 1)
    async with connected(postgres_host) as database:
        with closing(psycopg.connect(postgres_host.url)), pytest.raises(CrowdedError) as full:
            await database.run(one)
    assert isinstance(full.value, UnreachableError)
    assert "takes no more connections" in full.value.message


def live_of(database: Database) -> LiveRepository:
    """What watches a store over a database; the store need not be there."""
    return LiveRepository(database, build_tables("document", backend_name="postgresql", schema="AMX"))


async def test_the_share_of_connections_in_use_is_that_of_the_narrowest_limit(
    postgres_host: PostgresHost,
) -> None:
    """The server's, the database's, or the user's: where one of them is reached, there is no way in."""
    user = postgres_host.login("GRANT CONNECT ON DATABASE {database} TO {user}")
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(connected(user))
        live = live_of(database)
        of_server = await live.crowding()
        assert 0 < of_server < 1
        limit(postgres_host, 1000)
        assert await live.crowding() == pytest.approx(of_server, abs=0.2)
        limit(postgres_host, 2)
        assert await live.crowding() >= 0.5
        limit(postgres_host, 1000)
        postgres_host.admin_execute(f"ALTER ROLE {user.values['user']} CONNECTION LIMIT 1")
        assert await live.crowding() == 1.0


async def test_a_listener_that_finds_no_room_is_told_so(postgres_host: PostgresHost) -> None:
    """It can look now and then instead."""
    limit(postgres_host, 1)
    async with connected(postgres_host) as database:
        with closing(psycopg.connect(postgres_host.url)), pytest.raises(CrowdedError):
            await anext(live_of(database).listen())


@pytest.mark.mysql
async def test_a_full_mysql_is_waited_for_too(mysql_host: MysqlHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its word for it is another one."""
    monkeypatch.setattr(database_module, "_ROOM_PATIENCE", 0.0)
    account = f"'{mysql_host.values['user']}'@'%'"
    mysql_host.admin_execute(f"ALTER USER {account} WITH MAX_USER_CONNECTIONS 1")
    async with connected(mysql_host) as database:
        assert await database.run(one) == 1
        async with connected(mysql_host) as other:
            with pytest.raises(CrowdedError):
                await other.run(one)
