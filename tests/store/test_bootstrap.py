"""Making a store: what is shown runs, twice changes nothing, and half is completed."""

from __future__ import annotations

import pytest

from amx_tui.store.bootstrap import execute_plan, plan_store
from tests.servers import HostServer
from tests.store.hosts import ALICE, connected, enable


async def test_a_store_is_made_and_a_second_time_plans_nothing(host: HostServer) -> None:
    """The first plan makes every table and the one row about the store; the second is empty."""
    async with connected(host) as database:
        plan = await enable(database, host.schema)
        again = await plan_store(database, schema=host.schema, identity=ALICE)
    print(plan.script)
    assert again.is_empty, again.script
