"""A store without an active admin is claimed by one active member, whoever else tries at the same moment."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from amx_tui.domain.audit import AuditFilter
from amx_tui.domain.errors import RoleError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.membership import active_admins
from amx_tui.store.opening import open_store
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.histories import LAYOUTS
from tests.store.hosts import connected
from tests.store.writing import ADMIN, OTHER, WHO, set_up

layouts = pytest.mark.parametrize("layout", LAYOUTS)


@layouts
async def test_a_store_without_an_active_admin_is_claimed_once(host: HostServer, layout: Layout) -> None:
    """The first active member who asks becomes admin; the next is told whom to ask."""
    async with set_up(host, layout) as stage:
        for who in (ADMIN, OTHER, WHO):
            await stage.be(who, "viewer")
        outcomes = await asyncio.gather(
            *(stage.store.membership.claim(identity=who) for who in (ADMIN, OTHER, WHO)),
            return_exceptions=True,
        )
        claimed = [outcome for outcome in outcomes if isinstance(outcome, Member)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, RoleError)]
        assert (len(claimed), len(refused)) == (1, 2)
        assert {error.hint for error in refused} == {f"Ask {claimed[0].username} to promote you."}
        assert [each.username for each in active_admins(await stage.store.members.list())] == [
            claimed[0].username
        ]


@layouts
async def test_of_many_who_claim_at_once_one_becomes_admin(host: HostServer, layout: Layout) -> None:
    """The lock that new members take decides it in either layout, over connections of their own."""
    people = [Identity(f"user{number}", "pc") for number in range(8)]
    async with set_up(host, layout) as stage, AsyncExitStack() as stack:
        for who in (ADMIN, *people):
            await stage.be(who, "viewer")
        await stage.be(people[0], "admin", is_revoked=True)
        await stage.be(people[1], "owner")
        databases = [await stack.enter_async_context(connected(host)) for _ in range(4)]
        seats = [await open_store(database, schema=host.schema or None) for database in databases]
        outcomes = await asyncio.gather(
            *(seats[number % len(seats)].membership.claim(identity=who) for number, who in enumerate(people)),
            return_exceptions=True,
        )
        claimed = [outcome for outcome in outcomes if isinstance(outcome, Member)]
        assert len(claimed) == 1
        assert sum(isinstance(outcome, RoleError) for outcome in outcomes) == len(people) - 1
        assert isinstance(outcomes[0], RoleError), "revoked"
        assert isinstance(outcomes[1], RoleError), "of a role that nobody knows"
        assert [each.username for each in active_admins(await stage.store.members.list())] == [
            claimed[0].username
        ]
        trail = (await stage.store.audit.page(AuditFilter(action="admin_claim"))).events
        assert [event.actor_username for event in trail] == [claimed[0].username]


@layouts
async def test_whoever_is_out_claims_nothing(host: HostServer, layout: Layout) -> None:
    """Not even where nobody else is in: the owner of the database has to help then."""
    async with set_up(host, layout) as stage:
        await stage.be(ADMIN, "viewer", is_revoked=True)
        await stage.be(WHO, "writer", is_revoked=True)
        before = await stage.rows()
        for who in (ADMIN, WHO, Identity("stranger", "pc")):
            with pytest.raises(RoleError, match=r"no member|was revoked"):
                await stage.store.membership.claim(identity=who)
        assert await stage.rows() == before
