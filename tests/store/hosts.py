"""Databases of the program over the hosts of the tests, closed after the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from amx_tui.config.model import Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.identity import Identity
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.database import Database, make_database
from amx_tui.store.plans import Plan, Statement
from tests.servers import HostServer

__all__ = ["ALICE", "connected", "enable", "profile_of"]

ALICE = Identity("alice@acme.com", "lead-laptop")


def profile_of(host: HostServer) -> Profile:
    """The profile by which a member would reach `host`."""
    values = {name: Secret(str(value)) if name == "password" else value for name, value in host.values.items()}
    return Profile("team", host.backend, values)


@asynccontextmanager
async def connected(host: HostServer) -> AsyncIterator[Database]:
    """Give a database over `host`, with connections of its own."""
    profile = profile_of(host)
    database = make_database(profile, profile.resolve_secrets({}))
    try:
        yield database
    finally:
        await database.close()


async def enable(
    database: Database,
    schema: str,
    *,
    identity: Identity = ALICE,
    on_progress: Callable[[int, int, Statement], None] | None = None,
) -> Plan:
    """Plan a store and make it, as `history-store enable` does; return the plan."""
    plan = await plan_store(database, schema=schema, identity=identity)
    await execute_plan(database, plan, on_progress=on_progress)
    return plan
