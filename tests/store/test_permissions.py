"""Everything that writes asks for the member's role, in the transaction that writes, and takes every doubt for a no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import AmxError, RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.store.opening import open_store
from amx_tui.store.seeding import seed_members
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.histories import LAYOUTS
from tests.store.hosts import ALICE, connected, enable, qualified
from tests.store.writing import (
    ADMIN,
    OTHER,
    WHO,
    WRITINGS,
    Attempt,
    Rows,
    Stage,
    Writing,
    set_up,
)

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

    def may(self, writing: Writing) -> bool:
        """Whether such a member may write so: an active one with a role that it is for."""
        return writing.needs == "nothing" or (self.role in writing.roles and not self.is_revoked)


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
    """Make WHO that kind of member."""
    if kind.role is None:
        await stage.forget(WHO)
    else:
        await stage.be(WHO, kind.role, is_revoked=kind.is_revoked)


async def prepared(stage: Stage, writing: Writing, kind: Kind, who: Identity = WHO) -> Attempt:
    """Make WHO that kind of member in a store with an admin, and prepare an attempt."""
    await stage.be(ADMIN, "admin")
    await be(stage, kind)
    return await writing.prepare(stage, who)


async def outcome_of(stage: Stage, attempt: Attempt, before: Rows) -> str:
    """Make an attempt.

    Returns:
        "done", "refused", or "nothing", which is without a word; another error's name; and what the rows say otherwise.
    """
    try:
        await attempt()
    except RoleError:
        said = "refused"
    except AmxError as error:
        said = type(error).__name__
    else:
        said = "done"
    changed = [name for name, rows in (await stage.rows()).items() if rows != before[name]]
    if said == "done":
        return said if changed else "nothing"
    return f"{said}, but {', '.join(changed)} changed" if changed else said


async def refusals(stage: Stage, writing: Writing) -> AsyncIterator[tuple[Kind, str]]:
    """Make one attempt as every kind of member who must not; none of them may spoil it for the next."""
    attempt = await prepared(stage, writing, Kind("", "viewer" if writing.not_for else "admin"))
    before = await stage.rows()
    users = stage.store.tables.users.name
    for kind in KINDS:
        if not kind.may(writing) and kind.was is None:
            await be(stage, kind)
            before[users] = await stage.rows_of(users)
            yield kind, await outcome_of(stage, attempt, before)


@layouts
async def test_whoever_may_not_write_is_refused_and_changes_no_row(host: HostServer, layout: Layout) -> None:
    """Every method that asks for a role, by every kind of member whose role does not allow it."""
    faults = []
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            await stage.clear()
            async for kind, outcome in refusals(stage, writing):
                if outcome != ("nothing" if writing.needs == "intent" else "refused"):
                    faults.append(f"{writing.name} by {kind.name}: {outcome}")
    assert faults == []


@layouts
async def test_whoever_may_write_can(host: HostServer, layout: Layout) -> None:
    """Every method by every role that it is for: what refuses everybody is no guard."""
    faults = []
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            if not writing.roles:
                continue
            await stage.clear()
            for kind in KINDS:
                if kind.may(writing) and kind.was is None:
                    attempt = await prepared(stage, writing, kind)
                    outcome = await outcome_of(stage, attempt, await stage.rows())
                    if outcome != "done":
                        faults.append(f"{writing.name} by {kind.name}: {outcome}")
    assert faults == []


@layouts
async def test_what_somebody_did_a_moment_ago_is_no_right_to_do_it_again(
    host: HostServer, layout: Layout
) -> None:
    """Over the same repositories and connections, as an admin, then with less: nothing is remembered."""
    faults = []
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            if not writing.roles or writing.not_for:
                continue
            await stage.clear()
            for kind in KINDS:
                if kind.was is None:
                    continue
                await (await prepared(stage, writing, Kind("", kind.was)))()
                attempt = await prepared(stage, writing, kind)
                outcome = await outcome_of(stage, attempt, await stage.rows())
                if outcome != ("done" if kind.may(writing) else "refused"):
                    faults.append(f"{writing.name} by {kind.name}: {outcome}")
    assert faults == []


@layouts
async def test_what_was_begun_is_finished_by_whoever_began_it(host: HostServer, layout: Layout) -> None:
    """What was written into a database must not be missing in the trail, whatever became of the writer's role."""
    async with set_up(host, layout) as stage:
        for writing in writings(layout):
            if writing.needs != "intent":
                continue
            attempt = await prepared(stage, writing, KINDS[0], ADMIN)
            await stage.be(ADMIN, "admin", is_revoked=True)
            assert await outcome_of(stage, attempt, await stage.rows()) == "done", writing.name


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
            attempt = await prepared(stage, writing, kind)
            before = await rights()
            await attempt()
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
            attempt = await prepared(stage, writing, Kind("", "viewer" if writing.not_for else "admin"))
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
            await stage.clear()
            change: dict[str, object] = {"role": "viewer"}
            if "viewer" in writing.roles:
                change = {"revoked_at": datetime.now(UTC)}
            attempt = await prepared(stage, writing, Kind("", "viewer" if writing.not_for else "admin"))
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
