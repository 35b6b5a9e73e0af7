"""Stores that hold pages and their members, in both layouts, on any host of the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.pages import NewPage, Page
from amx_tui.store.database import Database
from amx_tui.store.pages import PageRepository
from amx_tui.store.tables import Layout, Tables, build_tables
from tests.servers import HostServer
from tests.store.hosts import ALICE, connected

__all__ = ["ALICE", "BOB", "CAROL", "LAYOUTS", "NOW", "PageStore", "add_member", "page_store"]

BOB = Identity("bob", "bob-mac")
CAROL = Identity("carol", "carol-pc")
NOW = datetime(2026, 5, 3, 15, 44, 7, 123456, tzinfo=UTC)
LAYOUTS: tuple[Layout, ...] = ("document", "amx_cli")


class Clock:
    """Tells moments one second apart, so that the order of saves is the order of their times."""

    def __init__(self) -> None:
        self._ticks = 0

    def __call__(self) -> datetime:
        self._ticks += 1
        return NOW + timedelta(seconds=self._ticks)


@dataclass(frozen=True)
class PageStore:
    """The pages of one store, in which ALICE is an admin, BOB a writer and CAROL a viewer."""

    database: Database
    tables: Tables
    pages: PageRepository

    async def make(self, title: str = "Customer 360", body: str = "One.\n", **more: object) -> Page:
        """Make a page as BOB."""
        return await self.pages.create(NewPage(title, body, **more), identity=BOB)  # type: ignore[arg-type]

    async def execute(self, statement: sa.Executable) -> None:
        """Change the store behind the program's back."""
        await self.database.run(lambda connection: connection.execute(statement), write=True)

    async def rows(self, table: sa.Table) -> list[dict[str, object]]:
        """Read a table as it is."""

        def read(connection: sa.Connection) -> list[dict[str, object]]:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

        return await self.database.run(read)

    async def set_role(self, identity: Identity, **values: object) -> None:
        """Change a member's row."""
        users = self.tables.users
        await self.execute(sa.update(users).where(users.c.username == identity.username).values(values))


def add_member(identity: Identity, role: str, tables: Tables) -> sa.Insert:
    """The statement that adds a member."""
    return sa.insert(tables.users).values(
        id=f"id-{identity.username}"[:36],
        username=identity.username,
        hostname=identity.hostname,
        role=role,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )


@asynccontextmanager
async def page_store(host: HostServer, layout: Layout) -> AsyncIterator[PageStore]:
    """Make the tables of pages and members on `host`, and open them."""
    schema = host.schema or None
    tables = build_tables(layout, backend_name=host.backend, schema=schema)
    wanted = [
        tables.pages,
        tables.page_versions,
        tables.page_assets,
        tables.page_sources,
        tables.users,
        tables.admin_audit,
    ]

    def make(connection: sa.Connection) -> None:
        if schema is not None:
            quoted = connection.dialect.identifier_preparer.quote_identifier(schema)
            connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")
        tables.metadata.create_all(connection, tables=wanted, checkfirst=False)
        for identity, role in ((ALICE, "admin"), (BOB, "writer"), (CAROL, "viewer")):
            connection.execute(add_member(identity, role, tables))

    async with connected(host) as database:
        await database.run(make, write=True)
        yield PageStore(database, tables, PageRepository(database, tables, now=Clock()))
