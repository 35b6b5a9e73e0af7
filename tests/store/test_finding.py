"""Nothing that writes is left out of the table that the permissions are tried by."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from amx_tui.store.database import Database
from amx_tui.store.opening import Store
from tests.servers import SqliteHost
from tests.store.finding import writing_functions, writing_methods
from tests.store.writing import NOT_MEMBERS, WRITINGS, set_up


async def test_everything_that_writes_is_in_the_table(sqlite_host: SqliteHost) -> None:
    """A method that writes and is in no row of the table is tried by nobody."""
    async with set_up(sqlite_host, "document") as stage:
        found = writing_methods(stage.store) | writing_functions()
    listed = {writing.method for writing in WRITINGS} | NOT_MEMBERS.keys()
    assert sorted(found - listed) == []
    assert sorted(listed - found) == []


class Sneaking:
    """Writes in every way in which a method can, and asks nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = sa.table("runs", sa.column("status"))
        self._part = Part()

    async def in_a_transaction(self) -> None:
        """Write at once."""
        await self._database.run(lambda connection: connection.exec_driver_sql("anything"), write=True)

    async def in_one_statement(self) -> None:
        """Write without a transaction around it."""
        await self._database.run(lambda connection: connection.exec_driver_sql("anything"), single=True)

    async def as_if_it_read(self) -> None:
        """Write in what the database takes for a read."""
        statement = sa.update(self._table).values(status="")
        await self._database.run(lambda connection: connection.execute(statement))

    async def by_text(self) -> None:
        """Write by SQL of its own."""
        await self._database.run(lambda connection: connection.exec_driver_sql("DELETE FROM runs"))

    async def through_a_helper(self) -> None:
        """Write by another method."""
        await self._write()

    async def through_a_function(self) -> None:
        """Write by a function that is handed on."""
        await self._database.run(partial(_erase, self._table))

    async def through_a_part(self) -> None:
        """Write by an object that it holds."""
        await self._database.run(self._part.erase)

    async def read(self) -> None:
        """Only read."""
        await self._database.run(lambda connection: connection.execute(sa.select(self._table)).all())

    async def _write(self) -> None:
        await self.in_a_transaction()


class Part:
    """What a method may leave the writing to."""

    def erase(self, connection: sa.Connection) -> None:
        """Write."""
        _erase(sa.table("runs"), connection)


def _erase(table: sa.TableClause, connection: sa.Connection) -> None:
    connection.execute(sa.delete(table))


class SneakingStore(Store):
    """A store with one repository that is in no table."""

    @property
    def sneaking(self) -> Sneaking:
        """Writes."""
        return Sneaking(self.database)


async def test_what_writes_and_is_not_in_the_table_is_found(sqlite_host: SqliteHost) -> None:
    """However it writes; a search that cannot find says nothing."""
    async with set_up(sqlite_host, "document") as stage:
        sneaking = SneakingStore(stage.store.info, stage.store.database, stage.store.tables)
        found = writing_methods(sneaking, package=__name__)
    ways = {name for name in vars(Sneaking) if not name.startswith("_")} - {"read"}
    assert found == {f"sneaking.{name}" for name in ways}
