"""How often a distant server is asked: what SQLAlchemy looks up on its own is not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pymysql
import pytest

from amx_tui.domain.runs import RunFilter
from amx_tui.store.database import Database
from amx_tui.store.opening import open_store
from tests.proxy import DelayingProxy
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.store.hosts import connected, enable

Opener = Callable[..., DelayingProxy]


async def ask(database: Database, *, write: bool = False) -> None:
    """Do one unit of work of one statement."""
    await database.run(lambda connection: connection.exec_driver_sql("SELECT 1").scalar(), write=write)


async def count_units(database: Database, proxy: DelayingProxy) -> tuple[int, int, int]:
    """Return the round trips of a first read, of a second one, and of a write of one statement."""
    counts = [0]
    for write in (False, False, True):
        await ask(database, write=write)
        counts.append(proxy.round_trips)
    first, second, third = (after - before for before, after in itertools.pairwise(counts))
    return first, second, third


def through(
    host: HostServer, open_proxy: Opener, address: tuple[str, int], **values: object
) -> DelayingProxy:
    """Put a proxy before `address`, and let the host's profile lead to it."""
    proxy = open_proxy(address)
    host.values = host.values | {"host": proxy.host, "port": proxy.port} | values
    return proxy


@pytest.mark.postgresql
async def test_postgresql_is_asked_only_what_the_work_asks(
    postgres_host: PostgresHost, open_proxy: Opener
) -> None:
    """The first read costs what a bare driver needs for it; then a read is one, a write three with its edges."""
    address = postgres_host.address
    bare = through(postgres_host, open_proxy, address, sslmode="disable")
    url = f"{postgres_host.url}?sslmode=disable&gssencmode=disable"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        least = bare.round_trips
    proxy = through(postgres_host, open_proxy, address)
    async with connected(postgres_host) as database:
        assert await count_units(database, proxy) == (least, 1, 3)


@pytest.mark.postgresql
async def test_opening_a_store_on_postgresql_costs_one_round_trip(
    postgres_host: PostgresHost, open_proxy: Opener
) -> None:
    """Layout and schema version come with one statement."""
    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
    proxy = through(postgres_host, open_proxy, postgres_host.address)
    async with connected(postgres_host) as database:
        await ask(database)
        proxy.reset_counts()
        store = await open_store(database, schema=postgres_host.schema)
        assert proxy.round_trips == 1
        assert store.info.schema_version == 1


@pytest.mark.mysql
async def test_mysql_is_asked_only_what_the_work_asks(mysql_host: MysqlHost, open_proxy: Opener) -> None:
    """The first read costs what a bare driver needs for it; then a read is one, a write three with its edges."""
    address = mysql_host.address
    arguments: dict[str, Any] = dict(mysql_host.values)
    bare = open_proxy(address)
    # PyMySQL sets the character set where our login sets all that it needs: one statement each.
    with closing(pymysql.connect(**arguments | {"port": bare.port}, autocommit=None)) as connection:
        connection.query("SELECT 1")
        least = bare.round_trips
    proxy = through(mysql_host, open_proxy, address, ssl_disabled=True)
    async with connected(mysql_host) as database:
        assert await count_units(database, proxy) == (least, 1, 3)


@pytest.mark.postgresql
async def test_the_first_rows_of_a_distant_store_cost_two_round_trips_after_the_login(
    postgres_host: PostgresHost, open_proxy: Opener
) -> None:
    """Whoever connects is told layout and version in one, and the first page in the next."""
    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
    address = postgres_host.address
    bare = through(postgres_host, open_proxy, address, sslmode="disable")
    url = f"{postgres_host.url}?sslmode=disable&gssencmode=disable"
    with psycopg.connect(url):
        login = bare.round_trips
    proxy = through(postgres_host, open_proxy, address)
    async with connected(postgres_host) as database:
        store = await open_store(database, schema=postgres_host.schema)
        await store.runs.page(RunFilter())
        assert proxy.round_trips - login == 2
        await store.runs.page(RunFilter())
        assert proxy.round_trips - login == 3
