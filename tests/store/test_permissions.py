"""Everything that writes asks for the member's role, in the transaction that writes, and takes every doubt for a no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import AmxError, RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.store.database import Database
from amx_tui.store.opening import Store, open_store
from amx_tui.store.seeding import seed_members
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.finding import writing_functions, writing_methods
from tests.store.histories import LAYOUTS
from tests.store.hosts import ALICE, connected, enable, qualified
from tests.store.writing import ADMIN, NOT_MEMBERS, OTHER, WHO, WRITINGS, Stage, Writing, set_up

layouts = pytest.mark.parametrize("layout", LAYOUTS)
on_servers = pytest.mark.parametrize(
    "host",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ],
    indirect=True,
)
PATIENCE = 30.0


@dataclass(frozen=True)
class Kind:
    """What kind of member somebody is."""

    name: str
    role: str | None
    """None for somebody who is no member."""
    is_revoked: bool = False
    was: str | None = None
    """The role with which the same was done a moment before."""

    @property
    def is_known(self) -> bool:
        """Whether it is an active member with one of the three roles."""
        return self.role in {"viewer", "writer", "admin"} and not self.is_revoked


KINDS = (
    Kind("a viewer", "viewer"),
    Kind("a writer", "writer"),
    Kind("an admin", "admin"),
    Kind("a revoked viewer", "viewer", is_revoked=True),
    Kind("a revoked writer", "writer", is_revoked=True),
    Kind("a revoked admin", "admin", is_revoked=True),
    Kind("an admin who was demoted to viewer a moment ago", "viewer", was="admin"),
    Kind("an admin who was demoted to writer a moment ago", "writer", was="admin"),
    Kind("an admin who was revoked a moment ago", "admin", is_revoked=True, was="admin"),
    Kind("somebody with a role that nobody knows", "owner"),
    Kind("somebody with a role in capitals", "Admin"),
    Kind("somebody without a role", ""),
    Kind("a stranger", None),
)


def writings(layout: Layout) -> list[Writing]:
    """What can be written in a store of a layout."""
    return [writing for writing in WRITINGS if layout in writing.layouts]


async def be(stage: Stage, kind: Kind) -> None:
    """Make WHO that kind of member, and ADMIN the admin."""
    await stage.be(ADMIN, "admin")
    if kind.role is None:
        await stage.forget(WHO)
    else:
        await stage.be(WHO, kind.role, is_revoked=kind.is_revoked)


async def tried(stage: Stage, writing: Writing, kind: Kind) -> str:
    """Try to write as that kind of member.

    Returns:
        "done", "refused" or "nothing", the latter without a word; with "but" where the rows say otherwise.
    """
    if kind.was is not None:
        await be(stage, Kind("", kind.was))
        attempt = await writing.prepare(stage, WHO)
        try:
            await attempt()
        except RoleError:
            assert kind.was not in writing.roles, writing.name
    await be(stage, kind)
    attempt = await writing.prepare(stage, WHO)
    before = await stage.rows()
    try:
        await attempt()
    except RoleError:
        said = "refused"
    else:
        said = "done"
    changed = [name for name, rows in (await stage.rows()).items() if rows != before[name]]
    if said == "refused":
        return f"refused, but {', '.join(changed)} changed" if changed else said
    return said if changed else "nothing"


@layouts
async def test_each_kind_of_member_can_write_what_the_role_allows_and_nothing_else(
    host: HostServer, layout: Layout
) -> None:
    """Every method that asks for a role, as every kind of member; whoever is refused changes no row."""
    faults = []
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            if not writing.roles:
                continue
            for kind in KINDS:
                expected = "done" if kind.is_known and kind.role in writing.roles else "refused"
                outcome = await tried(stage, writing, kind)
                if outcome != expected:
                    faults.append(f"{writing.name} by {kind.name}: {outcome}, not {expected}")
    assert faults == []


@layouts
async def test_what_was_begun_is_finished_by_whoever_began_it_and_by_nobody_else(
    host: HostServer, layout: Layout
) -> None:
    """What was written into a database must not be missing in the trail, whatever became of the writer's role."""
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            if writing.needs != "intent":
                continue
            for kind in KINDS:
                assert await tried(stage, writing, kind) == "nothing", (writing.name, kind.name)
            await be(stage, KINDS[0])
            attempt = await writing.prepare(stage, ADMIN)
            await stage.be(ADMIN, "admin", is_revoked=True)
            before = await stage.rows()
            await attempt()
            assert await stage.rows() != before, writing.name


@layouts
async def test_connecting_gives_nobody_a_right(host: HostServer, layout: Layout) -> None:
    """Whoever connects is noted; role and revocation stay, and a stranger becomes a viewer."""
    (writing,) = (writing for writing in WRITINGS if writing.needs == "nothing")
    async with set_up(host, layout) as stage:
        users = stage.store.tables.users.c
        chosen = sa.select(users.role, users.revoked_at).where(users.username == WHO.username)

        async def rights() -> list[tuple[Any, ...]]:
            return await stage.store.database.run(
                lambda connection: [tuple(row) for row in connection.execute(chosen)]
            )

        for kind in KINDS:
            await be(stage, kind)
            before = await rights()
            await (await writing.prepare(stage, WHO))()
            assert await rights() == ([("viewer", None)] if kind.role is None else before), kind.name


@layouts
async def test_where_the_registry_cannot_be_read_nobody_writes(host: HostServer, layout: Layout) -> None:
    """No answer is a no."""
    async with set_up(host, layout) as stage:
        users = stage.store.tables.users
        name, hidden = (qualified(host, each) for each in (users.name, "hidden_users"))
        target = "hidden_users" if host.backend != "mysql" else hidden
        back = users.name if host.backend != "mysql" else name
        for writing in writings(layout):
            await be(stage, Kind("", "viewer" if writing.not_for else "admin"))
            attempt = await writing.prepare(stage, WHO)
            before = await stage.rows(users)
            host.sync_execute(f"ALTER TABLE {name} RENAME TO {target}")
            try:
                if writing.needs == "intent":
                    await attempt()
                else:
                    with pytest.raises(AmxError):
                        await attempt()
                assert await stage.rows(users) == before, writing.name
            finally:
                host.sync_execute(f"ALTER TABLE {hidden} RENAME TO {back}")


# ---- At the same moment ----------------------------------------------------------------------------------------


@asynccontextmanager
async def being_changed(stage: Stage, who: Identity, **values: object) -> AsyncIterator[Callable[[], None]]:
    """Hold a change of a member that is not committed yet; what is given commits it."""
    from sqlalchemy.util import await_only

    users = stage.store.tables.users
    held, may_commit = asyncio.Event(), asyncio.Event()

    def change(connection: sa.Connection) -> None:
        connection.execute(sa.update(users).where(users.c.username == who.username).values(values))
        held.set()
        await_only(may_commit.wait())

    async with connected(stage.host) as database:
        changing = asyncio.create_task(database.run(change, write=True))
        await held.wait()
        try:
            yield may_commit.set
        finally:
            may_commit.set()
            await changing


async def is_waiting(stage: Stage, task: asyncio.Future[Any]) -> bool:
    """Wait until the server says that somebody here waits for a lock; False where the task is done before."""
    ours = stage.host.values["user"]
    query = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'",
        "mysql": "SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
        f" ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.user = '{ours}'",
    }[stage.host.backend]
    async with asyncio.timeout(PATIENCE):
        while not task.done():
            ((waiting,),) = await asyncio.to_thread(stage.host.admin_execute, query)
            if waiting:
                return True
            await asyncio.sleep(0.02)
    return False


@on_servers
@layouts
async def test_a_write_waits_for_a_demotion_that_is_under_way_and_is_refused(
    host: HostServer, layout: Layout
) -> None:
    """Of a demotion and a write that meet, the write sees the demotion as soon as that is committed."""
    faults = []
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            if not writing.roles:
                continue
            change: dict[str, object] = {"role": "viewer"}
            if "viewer" in writing.roles:
                change = {"revoked_at": datetime.now(UTC)}
            await be(stage, Kind("", "viewer" if writing.not_for else "admin"))
            attempt = await writing.prepare(stage, WHO)
            before = await stage.rows(stage.store.tables.users)
            async with being_changed(stage, WHO, **change) as commit:
                task = asyncio.ensure_future(attempt())
                has_waited = await is_waiting(stage, task)
                commit()
                await asyncio.wait({task})
            outcome = task.exception()
            is_untouched = await stage.rows(stage.store.tables.users) == before
            if not (has_waited and isinstance(outcome, RoleError) and is_untouched):
                faults.append(f"{writing.name}: waited {has_waited}, {outcome!r}, untouched {is_untouched}")
    assert faults == []


# ---- Nothing is left out -----------------------------------------------------------------------------------------


async def test_everything_that_writes_is_in_the_table(sqlite_host: HostServer) -> None:
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


async def test_what_writes_and_is_not_in_the_table_is_found(sqlite_host: HostServer) -> None:
    """However it writes; a search that cannot find says nothing."""
    async with set_up(sqlite_host, "document") as stage:
        sneaking = SneakingStore(stage.store.info, stage.store.database, stage.store.tables)
        found = writing_methods(sneaking, package=__name__)
    ways = {name for name in vars(Sneaking) if not name.startswith("_")} - {"read"}
    assert found == {f"sneaking.{name}" for name in ways}


# ---- In whose name -----------------------------------------------------------------------------------------------


@layouts
async def test_nobody_records_what_somebody_else_is_said_to_have_decided(
    host: HostServer, layout: Layout
) -> None:
    """An admin, too, records what is the admin's own."""
    async with set_up(host, layout) as stage:
        await stage.be(WHO, "admin")
        before = await stage.rows()
        text = (Alternative("Given name."),)
        draft = NewResult(schema_name="s", table_name="t", alternatives=text)
        for result in (
            replace(draft, evaluated_by=OTHER.username),
            replace(draft, applied_by=OTHER.username),
        ):
            with pytest.raises(RoleError, match="otto is said to have decided"):
                await stage.store.recorder.record(
                    NewRun(started_at=datetime.now(UTC)), [result], identity=WHO
                )
        assert await stage.rows() == before


async def test_nobody_keeps_up_or_ends_a_session_of_somebody_else(host: HostServer) -> None:
    """A heartbeat is a member's own."""
    async with set_up(host, "document") as stage:
        await stage.be(WHO, "admin")
        live, other = stage.store.live, await stage.member(OTHER)
        session_id = await live.arrive(other, "1.0", "linux")
        before = await stage.rows()
        who = await stage.member(WHO)
        with pytest.raises(RoleError):
            await live.beat(session_id, "Pages", who)
        with pytest.raises(RoleError):
            await live.leave(session_id, who)
        assert await stage.rows() == before
        assert await live.beat(session_id, "Pages", other) == ()


async def test_whoever_is_revoked_is_not_here_any_more(host: HostServer) -> None:
    """Others do not see the sessions of a revoked member, who has no say in it."""
    async with set_up(host, "document") as stage:
        await stage.be(WHO, "writer")
        live, who, other = stage.store.live, await stage.member(WHO), await stage.member(OTHER)
        await live.arrive(who, "1.0", "linux")
        session_id = await live.arrive(other, "1.0", "linux")
        assert [each.username for each in await live.beat(session_id, "", other)] == [WHO.username]
        await stage.be(WHO, "writer", is_revoked=True)
        assert await live.beat(session_id, "", other) == ()


async def test_what_is_made_up_goes_into_no_store_of_a_team(sqlite_host: HostServer) -> None:
    """The demo's people ask for nobody's role."""
    async with connected(sqlite_host) as database:
        await enable(database, sqlite_host.schema, identity=ALICE)
        store = await open_store(database, schema=None)
        with pytest.raises(ValueError, match="one user"):
            await seed_members(database, store.tables, [])
