"""Whole stores with members in them, in both layouts, and an ear on the channel of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.notices import Notice, read_notice
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.store.notices import channel
from amx_tui.store.opening import Store, StoreInfo
from amx_tui.store.recording import RunRecorder
from amx_tui.store.tables import Layout, build_tables
from tests.servers import HostServer, PostgresHost
from tests.store.hosts import ALICE, connected

__all__ = [
    "BOB",
    "CAROL",
    "NOW",
    "PATIENCE",
    "Ear",
    "change_rows",
    "ear",
    "joined",
    "record_in",
    "whole_store",
]

BOB = Identity("bob", "bob-mac")
CAROL = Identity("carol", "carol-pc")
NOW = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)
PATIENCE = 60.0


@asynccontextmanager
async def whole_store(host: HostServer, layout: Layout, schema: str | None = None) -> AsyncIterator[Store]:
    """Make all tables of a layout, and open them; ALICE is admin, BOB a writer, CAROL a viewer.

    Args:
        schema: Another schema than the one of the host's tests; not on SQLite.
    """
    place = (schema or host.schema) or None
    tables = build_tables(layout, backend_name=host.backend, schema=place)

    def make(connection: sa.Connection) -> None:
        if place is not None:
            quoted = connection.dialect.identifier_preparer.quote_identifier(place)
            connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")
        tables.metadata.create_all(connection, checkfirst=False)
        meta = {"id": 1, "schema_version": 1, "created_at": NOW}
        connection.execute(sa.insert(tables.schema_meta).values(meta))
        for number, (identity, role) in enumerate(((ALICE, "admin"), (BOB, "writer"), (CAROL, "viewer"))):
            connection.execute(
                sa.insert(tables.users).values(
                    id=f"member-{number}",
                    username=identity.username,
                    hostname=identity.hostname,
                    role=role,
                    first_seen_at=NOW,
                    last_seen_at=NOW,
                )
            )

    info = StoreInfo(layout, 1, place, False, False, "", "the host", host.backend)
    async with connected(host) as database:
        await database.run(make, write=True)
        yield Store(info, database, tables)


async def joined(store: Store, identity: Identity) -> Member:
    """Read a member who is there."""
    member = await store.members.get(identity)
    assert member is not None
    return member


async def record_in(store: Store, *results: NewResult, identity: Identity = BOB) -> str:
    """Record a run as a drafting session does."""
    return await RunRecorder(store.database, store.tables).record(
        NewRun(started_at=NOW, ended_at=NOW, status="ready_for_review"), results, identity=identity
    )


async def change_rows(store: Store, *statements: sa.Executable) -> None:
    """Change rows as amx-cli does: behind the program's back, and without a word."""

    def work(connection: sa.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    await store.database.run(work, write=True)


class Ear:
    """Hears what is told on one channel."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], name: str) -> None:
        self._connection = connection
        self._name = name

    async def heard(self) -> list[Notice]:
        """All that was told since the last time, in its order."""
        quoted = '"' + self._name.replace('"', '""') + '"'
        await self._connection.execute(f"NOTIFY {quoted}, 'so far'".encode())
        found: list[Notice] = []
        async with asyncio.timeout(PATIENCE):
            async for told in self._connection.notifies():
                if told.payload == "so far":
                    break
                notice = read_notice(told.payload)
                assert notice is not None, told.payload
                found.append(notice)
        return found


@asynccontextmanager
async def ear(host: PostgresHost, store: Store, name: Callable[[Any], str] = channel) -> AsyncIterator[Ear]:
    """Listen to a store over a plain connection."""
    wanted = name(store.tables)
    async with await psycopg.AsyncConnection.connect(host.url, autocommit=True) as connection:
        quoted = '"' + wanted.replace('"', '""') + '"'
        await connection.execute(f"LISTEN {quoted}".encode())
        yield Ear(connection, wanted)
