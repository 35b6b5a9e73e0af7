"""Members register on connecting: the first is admin, and the lock sees to it that there is one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from amx_tui.domain.audit import AuditFilter
from amx_tui.domain.errors import StoreError
from amx_tui.domain.identity import Identity
from amx_tui.store.opening import Store, open_store
from amx_tui.store.tables import Layout
from tests.servers import HostServer, PostgresHost
from tests.store.histories import LAYOUTS
from tests.store.hosts import ALICE, connected, enable
from tests.store.writing import set_up

BOB = Identity("bob", "bob-mac")


@asynccontextmanager
async def opened(host: HostServer) -> AsyncIterator[Store]:
    """Give the store of the host, over connections of its own."""
    async with connected(host) as database:
        yield await open_store(database, schema=host.schema or None)


@pytest.fixture
async def store(host: HostServer) -> AsyncIterator[Store]:
    """Return a new store, without members."""
    async with connected(host) as database:
        await enable(database, host.schema)
    async with opened(host) as store:
        yield store


def table(host: HostServer, name: str) -> str:
    """Write a table of the host's schema as its SQL does."""
    quote = {"postgresql": '"{}".', "mysql": "`{}`.", "sqlite": ""}[host.backend]
    return quote.format(host.schema) + name


def events(host: HostServer) -> list[tuple[str, str]]:
    """Read the session events, each as member and kind."""
    name = table(host, "_amx_sessions")
    return [
        (username, kind)
        for username, kind in host.sync_execute(f"SELECT username, event_kind FROM {name} ORDER BY event_at")
    ]


async def test_the_first_member_is_admin_and_later_ones_are_viewers(store: Store) -> None:
    """A new store has a master, and whoever comes later may look."""
    first = await store.members.register(ALICE, "1.0")
    later = await store.members.register(BOB, "1.0")
    assert (first.role, later.role) == ("admin", "viewer")
    assert first.is_active
    assert first.version == 1
    assert [member.username for member in await store.members.list()] == ["alice@acme.com", "bob"]


async def test_joining_leaves_an_audit_row_and_an_event(store: Store, host: HostServer) -> None:
    """The trail says who joined and in which role."""
    member = await store.members.register(ALICE, "1.0")
    audit = table(host, "_amx_admin_audit")
    statement = f"SELECT action, actor_user_id, actor_username FROM {audit} WHERE action LIKE 'user%'"
    assert host.sync_execute(statement) == [("user_join", member.member_id, "alice@acme.com")]
    assert events(host) == [("alice@acme.com", "first_seen")]


async def test_the_same_name_on_another_machine_is_another_member(store: Store) -> None:
    """A member is a name on a host, and names that differ in case are two."""
    await store.members.register(ALICE, "1.0")
    for identity in (Identity(ALICE.username, "other-laptop"), Identity("ALICE@acme.com", ALICE.hostname)):
        assert (await store.members.register(identity, "1.0")).role == "viewer"
    assert len(await store.members.list()) == 3


async def test_coming_back_soon_adds_nothing(store: Store, host: HostServer) -> None:
    """Within five minutes a second connection is no event."""
    first = await store.members.register(ALICE, "1.0")
    second = await store.members.register(ALICE, "1.0")
    assert second == first
    assert events(host) == [("alice@acme.com", "first_seen")]


async def test_coming_back_later_is_one_event(store: Store, host: HostServer) -> None:
    """After five minutes it is one event, however many programs come back at once."""
    await store.members.register(ALICE, "1.0")
    earlier = datetime.now(UTC) - timedelta(minutes=6)
    stamp = (
        earlier.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if host.backend == "sqlite"
        else earlier.replace(tzinfo=None)
    )
    if host.backend == "postgresql":
        stamp = earlier
    host.sync_execute(f"UPDATE {table(host, '_amx_sessions')} SET event_at = %s", [stamp])
    host.sync_execute(f"UPDATE {table(host, '_amx_users')} SET last_seen_at = %s", [stamp])
    back = await asyncio.gather(*(store.members.register(ALICE, "2.0") for _ in range(4)))
    assert events(host) == [("alice@acme.com", "first_seen"), ("alice@acme.com", "connect")]
    stored = await store.members.get(ALICE)
    assert stored is not None
    assert stored.client_version == "2.0"
    assert stored.last_seen_at is not None
    assert stored.last_seen_at > earlier
    assert {member.client_version for member in back} == {"2.0"}


async def test_a_new_version_of_the_program_is_noted_without_an_event(store: Store, host: HostServer) -> None:
    """An update shows in the list of members at once."""
    await store.members.register(ALICE, "1.0")
    await store.members.register(ALICE, "1.1")
    stored = await store.members.get(ALICE)
    assert stored is not None
    assert stored.client_version == "1.1"
    assert len(events(host)) == 1


async def revoke(host: HostServer, identity: Identity) -> None:
    """Shut a member out."""
    host.sync_execute(
        f"UPDATE {table(host, '_amx_users')} SET revoked_at = first_seen_at WHERE username = %s AND hostname = %s",
        [identity.username, identity.hostname],
    )


async def test_who_is_revoked_everywhere_stays_so_on_a_new_machine(store: Store, host: HostServer) -> None:
    """Taking another laptop is no way back in."""
    await store.members.register(ALICE, "1.0")
    await store.members.register(BOB, "1.0")
    await revoke(host, BOB)
    member = await store.members.register(Identity("bob", "bob-pc"), "1.0")
    assert not member.is_active


async def test_who_is_revoked_on_one_machine_only_can_come_from_another(
    store: Store, host: HostServer
) -> None:
    """One stolen laptop does not shut its owner out."""
    await store.members.register(ALICE, "1.0")
    await store.members.register(BOB, "1.0")
    await store.members.register(Identity("bob", "bob-pc"), "1.0")
    await revoke(host, BOB)
    assert (await store.members.register(Identity("bob", "bob-new"), "1.0")).is_active


async def test_a_revoked_member_who_comes_back_is_still_revoked(store: Store, host: HostServer) -> None:
    """Connecting changes nothing about it."""
    await store.members.register(ALICE, "1.0")
    await store.members.register(BOB, "1.0")
    await revoke(host, BOB)
    assert not (await store.members.register(BOB, "2.0")).is_active


async def test_fifty_first_connections_at_once_make_exactly_one_admin(host: HostServer) -> None:
    """Whoever gets the lock first is admin, and everybody else a viewer."""
    async with connected(host) as database:
        await enable(database, host.schema)
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(host)) for _ in range(10)]
        members = await asyncio.gather(
            *(
                stores[number % len(stores)].members.register(Identity(f"user{number}", "pc"), "1.0")
                for number in range(50)
            )
        )
        assert Counter(member.role for member in members) == {"admin": 1, "viewer": 49}
        assert Counter(member.role for member in await stores[0].members.list()) == {"admin": 1, "viewer": 49}


async def test_the_same_member_many_times_at_once_is_registered_once(host: HostServer) -> None:
    """Several programs of one member that start together are one member."""
    async with connected(host) as database:
        await enable(database, host.schema)
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(host)) for _ in range(5)]
        members = await asyncio.gather(*(store.members.register(ALICE, "1.0") for store in stores))
        assert len({member.member_id for member in members}) == 1
        assert len(await stores[0].members.list()) == 1


async def test_without_the_row_about_the_store_nobody_is_added(store: Store, host: HostServer) -> None:
    """Where the lock cannot be taken, nobody could say who was first."""
    host.sync_execute(f"DELETE FROM {table(host, '_amx_schema_meta')}")
    with pytest.raises(StoreError, match="_amx_schema_meta"):
        await store.members.register(ALICE, "1.0")
    assert await store.members.list() == ()


@pytest.mark.postgresql
async def test_a_known_member_does_not_wait_for_the_lock(postgres_host: PostgresHost) -> None:
    """While somebody changes members, those who are known still come in."""
    import psycopg

    async with connected(postgres_host) as database:
        await enable(database, postgres_host.schema)
    async with opened(postgres_host) as store:
        await store.members.register(ALICE, "1.0")
        with psycopg.connect(postgres_host.url) as holder:
            holder.execute('UPDATE "AMX"._amx_schema_meta SET member_seq = member_seq + 1')
            assert (await store.members.register(ALICE, "2.0")).client_version == "2.0"


@pytest.mark.postgresql
async def test_a_newcomer_in_a_store_of_amx_cli_is_a_viewer_there(amx_cli_store: PostgresHost) -> None:
    """The rows are those that amx-cli itself would have written."""
    async with opened(amx_cli_store) as store:
        member = await store.members.register(BOB_ELSEWHERE, "1.0")
        assert (member.role, member.version) == ("viewer", None)
    statement = 'SELECT event_kind, db_profiles_seen FROM "AMX"._amx_session_events WHERE user_id = %s'
    assert amx_cli_store.sync_execute(statement, [member.member_id]) == [("first_seen", [])]
    statement = 'SELECT action, details_json FROM "AMX"._amx_admin_audit WHERE actor_user_id = %s'
    assert amx_cli_store.sync_execute(statement, [member.member_id]) == [
        ("user_join", {"role": "viewer", "bootstrap": False})
    ]


BOB_ELSEWHERE = Identity("bob", "bob-new-mac")


@pytest.mark.postgresql
async def test_first_connections_to_an_empty_store_of_amx_cli_make_one_admin(
    amx_cli_store: PostgresHost,
) -> None:
    """The lock works in their layout as in ours."""
    amx_cli_store.sync_execute('TRUNCATE "AMX"._amx_users CASCADE')
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(amx_cli_store)) for _ in range(5)]
        members = await asyncio.gather(
            *(
                stores[number % len(stores)].members.register(Identity(f"user{number}", "pc"), "1.0")
                for number in range(20)
            )
        )
    assert Counter(member.role for member in members) == {"admin": 1, "viewer": 19}


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_new_machine_is_in_if_one_of_the_old_ones_is(host: HostServer, layout: Layout) -> None:
    """In either layout, and to the letter of the name: revoked everywhere registers as revoked, and looks only."""
    async with set_up(host, layout) as stage:
        for machine, role in (("one", "writer"), ("two", "admin")):
            await stage.be(Identity("bob", machine), role, is_revoked=True)
        back = await stage.store.members.register(Identity("bob", "three"), "1.0")
        assert (back.role, back.is_active) == ("viewer", False)
        assert not (await stage.store.members.register(Identity("bob", "three"), "1.1")).is_active
        await stage.be(Identity("bob", "two"), "viewer")
        assert (await stage.store.members.register(Identity("bob", "four"), "1.0")).is_active
        assert (await stage.store.members.register(Identity("bobby", "one"), "1.0")).is_active
        trail = (await stage.store.audit.page(AuditFilter(actor="bob", action="user_join"))).events
        joined = {event.actor_hostname: event.details for event in trail}
        assert joined["three"] == {"role": "viewer", "bootstrap": False, "revoked": True}
        assert joined["four"] == {"role": "viewer", "bootstrap": False}


@pytest.mark.postgresql
async def test_somebody_who_is_revoked_in_a_store_of_amx_cli_stays_so(amx_cli_store: PostgresHost) -> None:
    """Dave was shut out there by amx-cli."""
    async with opened(amx_cli_store) as store:
        assert not (await store.members.register(Identity("dave", "dave-new"), "1.0")).is_active
