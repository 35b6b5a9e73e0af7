"""Admins change members: versioned, audited, refused to everybody else, and never without an admin left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from amx_tui.domain.audit import AuditEvent, AuditFilter, audit_sentence
from amx_tui.domain.errors import AmxError, NotFoundError, RoleError, StaleVersionError, UsageError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member, Role
from amx_tui.domain.membership import MemberChange, active_admins, member_name
from amx_tui.store.audit import cursor_of
from amx_tui.store.opening import Store, open_local_store, open_store
from tests.servers import HostServer, PostgresHost
from tests.store.hosts import ALICE, connected, enable

BOB = Identity("bob", "bob-mac")
CAROL = Identity("carol", "carol-pc")
TRIES = 50


@asynccontextmanager
async def opened(host: HostServer) -> AsyncIterator[Store]:
    """Give the store of the host, over connections of its own."""
    async with connected(host) as database:
        yield await open_store(database, schema=host.schema or None)


@pytest.fixture
async def store(host: HostServer) -> AsyncIterator[Store]:
    """A new store: Alice is its admin, Bob and Carol look."""
    async with connected(host) as database:
        await enable(database, host.schema)
    async with opened(host) as store:
        for identity in (ALICE, BOB, CAROL):
            await store.members.register(identity, "1.0")
        yield store


async def member(store: Store, identity: Identity) -> Member:
    """Read a member who is there."""
    found = await store.members.get(identity)
    assert found is not None
    return found


async def set_role(store: Store, identity: Identity, role: Role, by: Identity = ALICE) -> Member:
    """Give a member a role, based on what is stored now."""
    return await store.membership.change(MemberChange(await member(store, identity), role=role), identity=by)


async def revoke(store: Store, identity: Identity, by: Identity = ALICE) -> Member:
    """Revoke a member, based on what is stored now."""
    change = MemberChange(await member(store, identity), is_revoked=True)
    return await store.membership.change(change, identity=by)


async def test_a_promotion_is_stored_counted_and_audited(store: Store) -> None:
    """What the admin is told is what the registry holds, and the trail says who did it."""
    told = await set_role(store, BOB, "writer")
    stored = await member(store, BOB)
    assert (stored.role, stored.version) == ("writer", 2)
    assert told == stored
    newest = (await store.audit.page(limit=1)).events[0]
    assert audit_sentence(newest) == "alice@acme.com promoted bob on bob-mac from viewer to writer."


async def test_every_kind_of_change_reads_as_a_sentence(store: Store) -> None:
    """The trail is for people."""
    await set_role(store, BOB, "admin")
    await set_role(store, BOB, "writer")
    await set_role(store, BOB, "viewer")
    await revoke(store, BOB)
    await store.membership.change(MemberChange(await member(store, BOB), is_revoked=False), identity=ALICE)
    page = await store.audit.page(AuditFilter(target="bob"))
    assert [audit_sentence(event) for event in page.events] == [
        "alice@acme.com restored bob on bob-mac.",
        "alice@acme.com revoked bob on bob-mac.",
        "alice@acme.com demoted bob on bob-mac from writer to viewer.",
        "alice@acme.com demoted bob on bob-mac from admin to writer.",
        "alice@acme.com promoted bob on bob-mac from viewer to admin.",
    ]


async def test_a_change_of_a_member_who_was_changed_meanwhile_is_refused(store: Store) -> None:
    """The second of two admins learns what the first has done, instead of undoing it unseen."""
    read = await member(store, BOB)
    await set_role(store, BOB, "writer")
    with pytest.raises(StaleVersionError) as refused:
        await store.membership.change(MemberChange(read, is_revoked=True), identity=ALICE)
    assert refused.value.current == await member(store, BOB)
    assert (await member(store, BOB)).is_active


async def test_connecting_meanwhile_is_no_conflict(store: Store) -> None:
    """A member who only comes back has changed nothing that an admin decides about."""
    read = await member(store, BOB)
    await store.members.register(BOB, "2.0")
    changed = await store.membership.change(MemberChange(read, role="writer"), identity=ALICE)
    assert changed.role == "writer"


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_only_admins_change_members(store: Store, role: Role) -> None:
    """The database is asked at that moment, not the screen's memory of it."""
    if role == "writer":
        await set_role(store, BOB, "writer")
    with pytest.raises(RoleError, match="changing members takes an admin"):
        await set_role(store, CAROL, "admin", by=BOB)
    assert (await member(store, CAROL)).role == "viewer"


async def test_an_admin_who_was_demoted_a_moment_ago_changes_nobody(store: Store) -> None:
    """Roles are read inside the transaction."""
    await set_role(store, BOB, "admin")
    await set_role(store, BOB, "viewer")
    with pytest.raises(RoleError):
        await set_role(store, CAROL, "writer", by=BOB)


async def test_a_revoked_admin_and_a_stranger_change_nobody(store: Store) -> None:
    """Whoever is out, or never was in, has no say."""
    await set_role(store, BOB, "admin")
    await revoke(store, BOB)
    with pytest.raises(RoleError, match="was revoked"):
        await set_role(store, CAROL, "writer", by=BOB)
    with pytest.raises(RoleError, match="no member"):
        await set_role(store, CAROL, "writer", by=Identity("mallory", "pc"))


async def test_an_unknown_role_may_nothing_and_can_be_set_right(store: Store, host: HostServer) -> None:
    """A value that nobody knows is no role, and an admin gives a real one."""
    users = store.tables.users
    await store.database.run(
        lambda connection: connection.execute(
            sa.update(users).where(users.c.username == "bob").values(role="owner")
        ),
        write=True,
    )
    assert (await member(store, BOB)).role is None
    with pytest.raises(RoleError, match="member without a role"):
        await set_role(store, CAROL, "writer", by=BOB)
    assert (await set_role(store, BOB, "writer")).role == "writer"


@pytest.mark.parametrize("how", ["demoted", "revoked"])
async def test_the_last_active_admin_stays(store: Store, how: str) -> None:
    """A store without an admin could not be put right by anyone."""
    with pytest.raises(RoleError, match="last active admin"):
        await (set_role(store, ALICE, "viewer") if how == "demoted" else revoke(store, ALICE))
    assert (await member(store, ALICE)).role == "admin"


async def test_a_revoked_admin_is_not_counted_as_one(store: Store) -> None:
    """Two admins of whom one is revoked are one."""
    await set_role(store, BOB, "admin")
    await revoke(store, BOB)
    with pytest.raises(RoleError, match="last active admin"):
        await set_role(store, ALICE, "viewer")


async def test_a_change_that_changes_nothing_is_no_event(store: Store) -> None:
    """The trail holds what happened."""
    before = len((await store.audit.page()).events)
    with pytest.raises(UsageError, match="is that already"):
        await set_role(store, BOB, "viewer")
    assert len((await store.audit.page()).events) == before


async def test_a_member_who_is_gone_is_not_found(store: Store) -> None:
    """Rows can be deleted by the owner of the database."""
    with pytest.raises(NotFoundError):
        await store.membership.change(
            MemberChange(replace(await member(store, BOB), member_id="gone"), role="writer"), identity=ALICE
        )


async def test_in_the_local_store_there_is_nobody_to_change(tmp_path: Path) -> None:
    """One user, admin, no ceremony."""
    store = await open_local_store(tmp_path)
    try:
        alone = await store.members.register(ALICE, "1.0")
        with pytest.raises(UsageError, match="local store has one user"):
            await store.membership.change(MemberChange(alone, role="viewer"), identity=ALICE)
    finally:
        await store.close()


# ---- The audit trail and the sessions -----------------------------------------------------------------------


async def test_the_trail_is_read_by_pages_newest_first(store: Store) -> None:
    """A year of events is no heavier than a day's."""
    for _ in range(3):
        await set_role(store, BOB, "writer")
        await set_role(store, BOB, "viewer")
    whole = (await store.audit.page(limit=100)).events
    found: list[AuditEvent] = []
    cursor = None
    while True:
        page = await store.audit.page(cursor=cursor, limit=4)
        found += page.events
        if not page.has_after:
            break
        cursor = cursor_of(page.events[-1])
    assert tuple(found) == whole
    moments = [event.event_at for event in whole if event.event_at]
    assert moments == sorted(moments, reverse=True)


async def test_the_trail_is_filtered_by_actor_action_target_and_time(store: Store) -> None:
    """Who did what to whom, and when."""
    await set_role(store, BOB, "admin")
    await set_role(store, CAROL, "writer", by=BOB)
    audit = store.audit

    async def actions(wanted: AuditFilter) -> list[str]:
        return [event.action for event in (await audit.page(wanted)).events]

    assert await actions(AuditFilter(actor="bob", action="promote_writer")) == ["promote_writer"]
    assert await actions(AuditFilter(actor="bob@bob-mac")) == ["promote_writer", "user_join"]
    assert await actions(AuditFilter(actor="bob@elsewhere")) == []
    assert await actions(AuditFilter(target="carol@carol-pc")) == ["promote_writer"]
    assert await actions(AuditFilter(target="%")) == []
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await actions(AuditFilter(since=tomorrow)) == []
    assert len(await actions(AuditFilter(until=tomorrow))) == 6


async def test_sessions_are_listed_by_person(store: Store) -> None:
    """Who connected from where, and when for the first time."""
    events = (await store.audit.sessions("bob")).events
    assert [(event.username, event.hostname, event.event_kind) for event in events] == [
        ("bob", "bob-mac", "first_seen")
    ]
    assert len((await store.audit.sessions()).events) == 3


# ---- Two at once ----------------------------------------------------------------------------------------------


def faults(members: Sequence[Member], outcomes: Sequence[object]) -> list[str]:
    """Check what two admins who shut each other out have left.

    Returns:
        What is wrong, each a sentence: no admin, or an answer that is not what happened.
    """
    found = []
    admins = active_admins(members)
    if not admins:
        found.append("no active admin is left")
    done = sum(isinstance(outcome, Member) for outcome in outcomes)
    if done + len(admins) != len(outcomes):
        found.append(f"{done} were told yes, but {len(admins)} of {len(outcomes)} are still admins")
    found += [f"{outcome!r}" for outcome in outcomes if not isinstance(outcome, Member | AmxError)]
    return found


async def broken_change(store: Store, target: Member, both_have_read: asyncio.Barrier) -> Member:
    """Demote a member as a store without the lock would: what was read is believed when it is written."""
    members = await store.members.list()
    await both_have_read.wait()
    if len(active_admins(members)) < 2:
        raise RoleError("the last active admin")
    users = store.tables.users
    await store.database.run(
        lambda connection: connection.execute(
            sa.update(users).where(users.c.id == target.member_id).values(role="viewer")
        ),
        write=True,
    )
    return replace(target, role="viewer")


async def make_two_admins(store: Store) -> tuple[Member, Member]:
    """Make Alice and Bob admins, whatever they were."""
    users = store.tables.users
    await store.database.run(
        lambda connection: connection.execute(
            sa.update(users)
            .where(users.c.username.in_((ALICE.username, BOB.username)))
            .values(role="admin", revoked_at=None)
        ),
        write=True,
    )
    return await member(store, ALICE), await member(store, BOB)


async def test_two_admins_who_shut_each_other_out_leave_one(store: Store, host: HostServer) -> None:
    """Whatever two admins do at the same moment, somebody is left who can put it right."""
    async with AsyncExitStack() as stack:
        seats = [store, await stack.enter_async_context(opened(host))]
        for number in range(TRIES):
            alice, bob = await make_two_admins(store)
            changes = (
                (MemberChange(bob, role="viewer"), ALICE),
                (
                    MemberChange(alice, is_revoked=True)
                    if number % 2
                    else MemberChange(alice, role="writer"),
                    BOB,
                ),
            )
            outcomes = await asyncio.gather(
                *(
                    seat.membership.change(change, identity=who)
                    for seat, (change, who) in zip(seats, changes, strict=True)
                ),
                return_exceptions=True,
            )
            assert faults(await store.members.list(), outcomes) == []


async def test_the_check_of_two_admins_finds_a_store_without_the_lock(store: Store) -> None:
    """A check that cannot fail says nothing."""
    alice, bob = await make_two_admins(store)
    both_have_read = asyncio.Barrier(2)
    outcomes = await asyncio.gather(
        broken_change(store, bob, both_have_read),
        broken_change(store, alice, both_have_read),
        return_exceptions=True,
    )
    assert faults(await store.members.list(), outcomes) == ["no active admin is left"]


async def test_two_admins_who_edit_the_same_member_make_one_conflict(store: Store, host: HostServer) -> None:
    """One is told that it is done, the other what the member is now."""
    await set_role(store, BOB, "admin")
    carol = await member(store, CAROL)
    async with opened(host) as other:
        outcomes = await asyncio.gather(
            store.membership.change(MemberChange(carol, role="writer"), identity=ALICE),
            other.membership.change(MemberChange(carol, role="admin"), identity=BOB),
            return_exceptions=True,
        )
    done = [outcome for outcome in outcomes if isinstance(outcome, Member)]
    conflicts = [outcome for outcome in outcomes if isinstance(outcome, StaleVersionError)]
    assert (len(done), len(conflicts)) == (1, 1)
    assert conflicts[0].current == await member(store, CAROL) == done[0]


# ---- A store that amx-cli made -----------------------------------------------------------------------------------


@pytest.mark.postgresql
async def test_members_of_an_amx_cli_store_change_by_compare_and_set(amx_cli_store: PostgresHost) -> None:
    """There are no versions there: what was read must still be what is stored."""
    async with opened(amx_cli_store) as store:
        members = {member_name(each): each for each in await store.members.list()}
        admin = next(each for each in active_admins(members.values()))
        actor = Identity(admin.username, admin.hostname)
        target = next(each for each in members.values() if each.role == "viewer" and each.is_active)
        changed = await store.membership.change(MemberChange(target, role="admin"), identity=actor)
        assert (changed.role, changed.version) == ("admin", None)
        with pytest.raises(StaleVersionError):
            await store.membership.change(MemberChange(target, role="writer"), identity=actor)
        newest = (await store.audit.page(limit=1)).events[0]
    assert (newest.action, newest.details) == ("promote_admin", {"old_role": "viewer", "new_role": "admin"})
