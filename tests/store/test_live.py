"""What members who have a store open learn of each other: told with the change, found by a look, and who is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.applications import Destination, Intent, IntentOutcome
from amx_tui.domain.assets import AssetName
from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.errors import RoleError, StaleVersionError, UnsupportedHostError
from amx_tui.domain.faults import Repair
from amx_tui.domain.identity import Identity
from amx_tui.domain.membership import MemberChange
from amx_tui.domain.notices import Notice
from amx_tui.domain.pages import NewPage, PageAsset, PageChange
from amx_tui.domain.results import Result
from amx_tui.store import live as live_module
from amx_tui.store.live import LiveRepository, Pulse
from amx_tui.store.notices import announce, channel
from amx_tui.store.opening import Store
from amx_tui.store.tables import Layout, build_tables
from tests.servers import HostServer, PostgresHost
from tests.store.comparing import results_of
from tests.store.histories import asset
from tests.store.hosts import ALICE
from tests.store.live_stores import (
    BOB,
    CAROL,
    NOW,
    PATIENCE,
    change_rows,
    ear,
    joined,
    record_in,
    whole_store,
)

LAYOUTS: tuple[Layout, ...] = ("document", "amx_cli")
layouts = pytest.mark.parametrize("layout", LAYOUTS)
HERE = Destination("prod-pg", "postgresql", "db-prod:5432/analytics", "session-a")
DAVE = Identity("dave", "dave-pc")


async def results(store: Store, *texts: str) -> list[Result]:
    """A run of Bob's with one column a text."""
    names = [asset(f"s.t.c{number}", text) for number, text in enumerate(texts)]
    run_id = await record_in(store, *names)
    return sorted(await results_of(store, run_id), key=lambda result: result.column_name)  # type: ignore[arg-type]


def accepting(result: Result) -> DecisionChange:
    """The decision that takes the first alternative."""
    return DecisionChange(DecisionBasis.of(result), DecisionValues("accepted", "A text."))


# ---- Told with the change ----------------------------------------------------------------------------------


async def _record(store: Store) -> tuple[str, str]:
    return "run", await record_in(store, asset("s.t", "A text."))


async def _make_page(store: Store) -> tuple[str, str]:
    return "page", (await store.pages.create(NewPage("Sales"), identity=BOB)).page_id


async def _save_page(store: Store) -> tuple[str, str]:
    page = await store.pages.create(NewPage("Sales"), identity=ALICE)
    await store.pages.save(PageChange.of(page, body="New.\n"), identity=BOB)
    return "page", page.page_id


async def _attach(store: Store) -> tuple[str, str]:
    page = await store.pages.create(NewPage("Sales"), identity=ALICE)
    await store.pages.attach(page.page_id, assets=(PageAsset("table", "sales.customer"),), identity=BOB)
    return "page", page.page_id


async def _detach(store: Store) -> tuple[str, str]:
    what = PageAsset("table", "sales.customer")
    page = await store.pages.create(NewPage("Sales", assets=(what,)), identity=ALICE)
    await store.pages.detach(page.page_id, assets=(what,), identity=BOB)
    return "page", page.page_id


async def _decide(store: Store) -> tuple[str, str]:
    (result,) = await results(store, "A text.")
    await store.decisions.decide(accepting(result), identity=BOB)
    return "result", result.result_id


async def _decide_many(store: Store) -> tuple[str, str]:
    found = await results(store, "A text.", "Another.")
    await store.decisions.decide_many([accepting(each) for each in found], identity=BOB)
    return "results", ""


async def _apply(store: Store) -> tuple[str, str]:
    (result,) = await results(store, "A text.")
    await store.decisions.decide(accepting(result), identity=BOB)
    name = AssetName("s", "t", "c0")
    intent = Intent("app-1", result.result_id, result.run_id, name, "column", "old", "A text.")
    await store.applications.begin([intent], HERE, identity=BOB)
    outcome = IntentOutcome("app-1", result.result_id, "applied", "old", action="apply")
    await store.applications.finish([outcome], run_id=result.run_id, identity=BOB)
    return "application", result.run_id


async def _change_member(store: Store) -> tuple[str, str]:
    await store.members.register(DAVE, "1.0")
    await change_rows(store, sa.update(store.tables.users).where(_is(store, BOB)).values(role="admin"))
    dave = await joined(store, DAVE)
    await store.membership.change(MemberChange(dave, role="writer"), identity=BOB)
    return "member", dave.member_id


async def _claim(store: Store) -> tuple[str, str]:
    await change_rows(store, sa.update(store.tables.users).values(role="viewer"))
    return "member", (await store.membership.claim(identity=BOB)).member_id


async def _mend(store: Store) -> tuple[str, str]:
    run_id = await record_in(store, asset("s.t", "A text."), identity=ALICE)
    await change_rows(store, sa.update(store.tables.users).where(_is(store, BOB)).values(role="admin"))
    repair = Repair("runs", run_id, {"status": "ready_for_review"}, {"status": "failed"})
    await store.faults.mend([repair], identity=BOB, undo_file="undo.json")
    return "run", ""


def _is(store: Store, identity: Identity) -> sa.ColumnElement[bool]:
    return store.tables.users.c.username == identity.username


WRITING: dict[str, Callable[[Store], Awaitable[tuple[str, str]]]] = {
    "recording a run": _record,
    "making a page": _make_page,
    "saving a page": _save_page,
    "attaching to a page": _attach,
    "detaching from a page": _detach,
    "deciding": _decide,
    "deciding in bulk": _decide_many,
    "applying": _apply,
    "changing a member": _change_member,
    "claiming the store": _claim,
    "mending the store": _mend,
}


@pytest.mark.postgresql
@layouts
@pytest.mark.parametrize("what", WRITING)
async def test_whoever_writes_tells_of_it(postgres_host: PostgresHost, layout: Layout, what: str) -> None:
    """Each way to change the store is told with its row and with who did it, and no more than once."""
    async with whole_store(postgres_host, layout) as store, ear(postgres_host, store) as listening:
        kind, row_id = await WRITING[what](store)
        told = [notice for notice in await listening.heard() if notice.who == "bob"]
        assert [(notice.kind, notice.row_id) for notice in told if notice.kind == kind][-1:] == [
            (kind, row_id)
        ]
        assert len({(notice.kind, notice.row_id, notice.version) for notice in told}) == len(told)


@pytest.mark.postgresql
@layouts
async def test_a_newcomer_is_told_of_without_a_name(postgres_host: PostgresHost, layout: Layout) -> None:
    """Lists of members are read again; nobody changed anybody, so no toast says so. Coming back is no change."""
    async with whole_store(postgres_host, layout) as store, ear(postgres_host, store) as listening:
        dave = await store.members.register(DAVE, "1.0")
        assert [(each.kind, each.row_id, each.who) for each in await listening.heard()] == [
            ("member", dave.member_id, "")
        ]
        await store.members.register(DAVE, "2.0")
        assert await listening.heard() == []


@pytest.mark.postgresql
@layouts
async def test_what_was_not_changed_is_not_told(postgres_host: PostgresHost, layout: Layout) -> None:
    """A refused save, a stale one, and a transaction that is rolled back after the word tell nothing."""
    async with whole_store(postgres_host, layout) as store:
        page = await store.pages.create(NewPage("Sales"), identity=BOB)
        (result,) = await results(store, "A text.")
        await store.pages.save(PageChange.of(page, body="First.\n"), identity=ALICE)
        await store.decisions.decide(accepting(result), identity=ALICE)
        bob = await joined(store, BOB)

        def told_and_rolled_back(connection: sa.Connection) -> None:
            announce(connection, store.tables, Notice("page", page.page_id, 9, "bob"))
            raise StaleVersionError("another was first", current=None, expected=1)

        async with ear(postgres_host, store) as listening:
            with pytest.raises(StaleVersionError):
                await store.pages.save(PageChange.of(page, body="Second.\n"), identity=BOB)
            with pytest.raises(RoleError):
                await store.pages.save(PageChange.of(page, body="Third.\n"), identity=CAROL)
            with pytest.raises(StaleVersionError):
                await store.decisions.decide(accepting(result), identity=BOB)
            with pytest.raises(RoleError):
                await store.membership.change(MemberChange(bob, role="admin"), identity=CAROL)
            with pytest.raises(StaleVersionError):
                await store.database.run(told_and_rolled_back, write=True)
            assert await listening.heard() == []


@pytest.mark.postgresql
async def test_a_change_is_told_when_it_is_committed_and_not_before(postgres_host: PostgresHost) -> None:
    """Whoever hears of a change finds it: the word and the row become visible together."""
    async with whole_store(postgres_host, "document") as store, ear(postgres_host, store) as listening:
        page = await store.pages.create(NewPage("Sales"), identity=BOB)
        await store.pages.save(PageChange.of(page, body="New.\n"), identity=BOB)
        for notice in await listening.heard():
            assert (await store.pages.get(notice.row_id)).version >= notice.version


@pytest.mark.postgresql
async def test_stores_of_one_database_do_not_hear_each_other(postgres_host: PostgresHost) -> None:
    """A database may hold the stores of two teams, and schemas whose names differ in their case only."""
    async with (
        whole_store(postgres_host, "document") as ours,
        whole_store(postgres_host, "document", "amx") as theirs,
        ear(postgres_host, ours) as listening,
    ):
        await theirs.pages.create(NewPage("Sales"), identity=BOB)
        assert await listening.heard() == []


@pytest.mark.parametrize("schema", ["AMX", 'we"ird; x', "ä" * 30, "x" * 63])
def test_a_channel_has_a_name_that_postgresql_takes(schema: str) -> None:
    """At most 63 bytes, and of each schema another one."""
    tables = build_tables("document", backend_name="postgresql", schema=schema)
    other = build_tables("document", backend_name="postgresql", schema=f"{schema[:-1]}_")
    assert len(channel(tables).encode()) <= 63
    assert channel(tables) != channel(other)


@pytest.mark.postgresql
async def test_foreign_words_on_the_channel_are_passed_over(postgres_host: PostgresHost) -> None:
    """Anybody may write there; the listening goes on, and the next notice of ours is heard."""
    async with whole_store(postgres_host, "document") as store, aclosing(store.live.listen()) as listening:
        assert await anext(listening) is None
        foreign = ("", "hello", "{", '{"kind": "users"}', "x" * 7000, "\x1b[2J")
        for words in foreign:
            statement = sa.select(sa.func.pg_notify(channel(store.tables), words))
            await store.database.run(lambda connection, what=statement: connection.execute(what).all())  # type: ignore[misc]
        page = await store.pages.create(NewPage("Sales"), identity=BOB)
        notice = await anext(listening)
        assert notice is not None
        assert (notice.kind, notice.row_id, notice.who) == ("page", page.page_id, "bob")


@pytest.mark.postgresql
async def test_a_listening_connection_is_given_back(postgres_host: PostgresHost) -> None:
    """It is not put into the pool, where somebody else would go on listening over it."""
    async with whole_store(postgres_host, "document") as store:
        await store.database.rest()
        async with aclosing(store.live.listen()) as listening:
            assert await anext(listening) is None
            assert connections(postgres_host) == 1
        async with asyncio.timeout(PATIENCE):
            # The server takes a moment to see that it is closed; one that is kept is never closed.
            while connections(postgres_host):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def connections(host: PostgresHost) -> int:
    """How many connections of the profile's user the server has in the test's database."""
    ((number,),) = host.admin_execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'amx_owner'"
    )
    return int(number)


async def test_other_hosts_cannot_tell(host: HostServer) -> None:
    """There nobody waits for a word that never comes."""
    if host.backend == "postgresql":
        return
    async with whole_store(host, "document") as store:
        assert not store.live.can_listen
        with pytest.raises(UnsupportedHostError):
            async with aclosing(store.live.listen()) as listening:
                await anext(listening)


# ---- Found by a look ---------------------------------------------------------------------------------------


async def kinds_after(store: Store, before: Pulse, *run_ids: str, member_id: str = "") -> set[str]:
    """Look again, and name what has changed."""
    return {each.kind for each in (await store.live.pulse(run_ids, member_id)).changes_since(before)}


@pytest.fixture(params=LAYOUTS)
async def store(request: pytest.FixtureRequest, host: HostServer) -> AsyncIterator[Store]:
    """A store of each layout on each host."""
    async with whole_store(host, request.param) as opened:
        yield opened


async def test_a_look_finds_what_was_changed_without_a_word(store: Store) -> None:
    """Runs, results, pages and members, each by itself: that is what the screens read again."""
    (result, other) = await results(store, "A text.", "Another.")
    run_id, tables, live = result.run_id, store.tables, store.live
    run_column, result_column = tables.run_column("run_id"), tables.result_column("result_id")
    assert run_column is not None
    assert result_column is not None
    page = await store.pages.create(NewPage("Sales"), identity=BOB)
    update_run = sa.update(tables.runs).where(run_column == run_id)
    update_result = sa.update(tables.results).where(result_column == result.result_id)
    update_other = sa.update(tables.results).where(result_column == other.result_id)
    update_page = sa.update(tables.pages).where(tables.pages.c.id == page.page_id)
    later, latest = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
    steps: list[tuple[str, sa.Executable]] = [
        ("run", update_run.values(status="success")),
        ("run", update_run.values(ended_at=later)),
        ("run", update_run.values(applied_count=1)),
        ("results", update_result.values(evaluation="accepted", evaluated_at=latest)),
        ("results", update_other.values(evaluation="accepted", evaluated_at=later)),
        ("results", update_other.values(evaluation=None, evaluated_at=None)),
        ("results", update_result.values(applied_at=later)),
        ("results", update_other.values(superseded_at=later)),
        ("page", update_page.values(updated_at=later)),
        ("page", update_page.values(version=tables.pages.c.version + 1)),
        ("member", sa.update(tables.users).where(_is(store, CAROL)).values(role="writer")),
        ("member", sa.update(tables.users).where(_is(store, CAROL)).values(revoked_at=later)),
        ("member", sa.update(tables.users).where(_is(store, CAROL)).values(revoked_at=latest)),
        ("member", sa.update(tables.users).where(_is(store, CAROL)).values(revoked_at=None)),
    ]
    for number, (kind, statement) in enumerate(steps):
        before = await live.pulse([run_id])
        assert await kinds_after(store, before, run_id) == set(), number
        await change_rows(store, statement)
        assert await kinds_after(store, before, run_id) == {kind}, number


async def test_a_look_finds_new_rows(store: Store) -> None:
    """A run, a page and a member that were not there."""
    live = store.live
    before = await live.pulse()
    await record_in(store, asset("s.t", "A text."))
    assert await kinds_after(store, before) == {"run"}
    before = await live.pulse()
    await store.pages.create(NewPage("Sales"), identity=BOB)
    assert await kinds_after(store, before) == {"page"}
    before = await live.pulse()
    await store.members.register(DAVE, "1.0")
    assert await kinds_after(store, before) == {"member"}


async def test_a_look_passes_over_who_only_connects(store: Store) -> None:
    """A hundred members who come and go are no reason to read the members a hundred times."""
    before = await store.live.pulse()
    await change_rows(store, sa.update(store.tables.users).values(last_seen_at=NOW + timedelta(days=1)))
    assert await kinds_after(store, before) == set()


async def test_a_look_at_other_runs_reads_them_once(store: Store) -> None:
    """A run that was just opened may have changed between its reading and the first look at it."""
    first = (await results(store, "A text."))[0].run_id
    second = (await results(store, "A text."))[0].run_id
    before = await store.live.pulse([first])
    assert await kinds_after(store, before, first, second) == {"results"}
    both = await store.live.pulse([first, second])
    assert await kinds_after(store, both, first, second) == set()


async def test_a_look_does_not_miss_ones_own_role_in_a_swap(store: Store) -> None:
    """Two changes that even each other out in every sum are still two changes to the two."""
    bob = await joined(store, BOB)
    before = await store.live.pulse(member_id=bob.member_id)
    users = store.tables.users
    await change_rows(
        store,
        sa.update(users).where(_is(store, BOB)).values(role="viewer"),
        sa.update(users).where(_is(store, CAROL)).values(role="writer"),
    )
    assert "member" in await kinds_after(store, before, member_id=bob.member_id)


async def test_a_look_is_one_statement(store: Store) -> None:
    """It is taken by every member every few seconds."""
    sent: list[str] = []

    class Counting:
        async def run(self, work: Callable[[sa.Connection], Any]) -> Any:
            def counted(connection: sa.Connection) -> Any:
                sa.event.listen(connection, "before_cursor_execute", lambda *given: sent.append(given[2]))
                return work(connection)

            return await store.database.run(counted)

    counting: Any = Counting()
    await LiveRepository(counting, store.tables).pulse(["run-1", "run-2"], "member-1")
    assert len(sent) == 1


# ---- Who is here ---------------------------------------------------------------------------------------------


@pytest.fixture
async def team(host: HostServer) -> AsyncIterator[Store]:
    """A store of ours on each host."""
    async with whole_store(host, "document") as opened:
        yield opened


async def arrive(store: Store, identity: Identity) -> str:
    """Begin a member's session."""
    return await store.live.arrive(await joined(store, identity), "1.0", "linux")


async def beat(store: Store, session_id: str, identity: Identity, opens: str = "") -> list[tuple[str, str]]:
    """Beat once; who else is here, with what open."""
    others = await store.live.beat(session_id, opens, await joined(store, identity))
    return [(each.username, each.opens) for each in others]


async def test_members_see_who_else_is_here_and_what_is_open(team: Store) -> None:
    """Nobody sees himself; the last word about a machine counts."""
    alices, bobs = await arrive(team, ALICE), await arrive(team, BOB)
    assert await beat(team, bobs, BOB, "page p-1") == [("alice@acme.com", "")]
    assert await beat(team, alices, ALICE, "run r-1") == [("bob", "page p-1")]
    assert await beat(team, bobs, BOB) == [("alice@acme.com", "run r-1")]
    again = await arrive(team, BOB)
    assert await beat(team, again, BOB, "page p-2") == [("alice@acme.com", "run r-1")]
    assert await beat(team, alices, ALICE) == [("bob", "page p-2")]


async def test_whoever_leaves_is_gone_at_once(team: Store) -> None:
    """The next heartbeat of others does not see him any more."""
    alices, bobs = await arrive(team, ALICE), await arrive(team, BOB)
    await team.live.leave(bobs, await joined(team, BOB))
    assert await beat(team, alices, ALICE) == []


async def test_whoever_crashed_is_gone_within_a_minute(team: Store) -> None:
    """A session without a heartbeat is over after fifty seconds, by the server's clock."""
    assert live_module.GONE_AFTER <= 60
    alices, bobs = await arrive(team, ALICE), await arrive(team, BOB)
    sessions = team.tables.sessions
    for seconds, others in ((live_module.GONE_AFTER - 20, ["bob"]), (live_module.GONE_AFTER + 1, [])):
        # As if the last heartbeat had been so long ago.
        aged = sa.update(sessions).where(sessions.c.id == bobs)
        await change_rows(team, aged.values(heartbeat_at=team.live._now(-seconds)))
        assert [name for name, _ in await beat(team, alices, ALICE)] == others


async def test_what_is_open_is_foreign_text_and_cut(team: Store) -> None:
    """What a client writes there is stored whole or cut, and never refused."""
    alices, bobs = await arrive(team, ALICE), await arrive(team, BOB)
    await beat(team, bobs, BOB, "page " + "x" * 2000 + "\x00")
    ((_, opens),) = await beat(team, alices, ALICE)
    assert opens == ("page " + "x" * 2000)[:512]


@layouts
async def test_only_a_store_of_ours_knows_who_is_here(host: HostServer, layout: Layout) -> None:
    """amx-cli's table of sessions has no heartbeats, and is left as it is."""
    async with whole_store(host, layout) as store:
        assert store.live.knows_presence == (layout == "document")
        assert store.live.is_told_everything == (layout == "document" and host.backend == "postgresql")
        local = LiveRepository(store.database, replace(store.tables, is_local=True))
        assert not local.knows_presence
