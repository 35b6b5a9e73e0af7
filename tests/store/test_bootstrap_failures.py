"""Making a store that breaks off: nothing half made where DDL is transactional, else a clear account."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from amx_tui.domain.errors import StoreError
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.plans import Plan, Statement
from tests.servers import HostServer, MysqlHost, PostgresHost
from tests.store.hosts import ALICE, connected, enable, qualified, tables_in

BROKEN = Statement("CREATE TABLE (", "A step that cannot work")


def _broken_at(plan: Plan, place: float) -> Plan:
    """A plan with a statement that fails after the given part of it."""
    number = round(len(plan.statements) * place)
    return replace(plan, statements=(*plan.statements[:number], BROKEN, *plan.statements[number:]))


@pytest.mark.parametrize("place", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(
    "fixture", ["sqlite_host", pytest.param("postgres_host", marks=pytest.mark.postgresql)]
)
async def test_a_failure_half_way_leaves_nothing_half_made(
    fixture: str, place: float, request: pytest.FixtureRequest
) -> None:
    """Wherever the statement fails, no table and no schema stays; the message names the step."""
    host: HostServer = request.getfixturevalue(fixture)
    async with connected(host) as database:
        plan = _broken_at(await plan_store(database, schema=host.schema, identity=ALICE), place)
        with pytest.raises(StoreError) as caught:
            await execute_plan(database, plan)
        again = await plan_store(database, schema=host.schema, identity=ALICE)
    assert "The step was: A step that cannot work. Nothing was made." in caught.value.message
    assert tables_in(host, host.schema) == set()
    assert len(again.statements) == len(plan.statements) - 1
    assert again.creates_schema == plan.creates_schema


@pytest.mark.parametrize(
    "fixture", ["sqlite_host", pytest.param("postgres_host", marks=pytest.mark.postgresql)]
)
async def test_breaking_off_by_hand_leaves_nothing_half_made(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """A run that is cancelled in the middle, as by ctrl+c, is undone."""
    host: HostServer = request.getfixturevalue(fixture)
    async with connected(host) as database:
        plan = await plan_store(database, schema=host.schema, identity=ALICE)
        running: list[asyncio.Task[None]] = []

        def cancel_in_the_middle(number: int, count: int, _statement: Statement) -> None:
            if number == count // 2:
                running[0].cancel()

        running.append(asyncio.create_task(execute_plan(database, plan, on_progress=cancel_in_the_middle)))
        with pytest.raises(asyncio.CancelledError):
            await running[0]
        assert tables_in(host, host.schema) == set()
        await enable(database, host.schema)
        assert (await plan_store(database, schema=host.schema, identity=ALICE)).is_empty


async def test_mysql_says_what_is_there_after_a_failure_and_goes_on_from_there(mysql_host: MysqlHost) -> None:
    """DDL cannot be undone there: the message counts and names the tables, and a second run adds the rest."""
    schema = mysql_host.schema
    async with connected(mysql_host) as database:
        plan = await plan_store(database, schema=schema, identity=ALICE)
        broken = replace(plan, statements=(*plan.statements[:3], BROKEN, *plan.statements[3:]))
        with pytest.raises(StoreError) as caught:
            await execute_plan(database, broken)
        message = caught.value.message
        assert "2 of 16 tables are there now (amx_history_results, amx_history_runs)" in message
        assert "missing: " in message
        assert "_amx_users" in message
        assert "Run history-store enable again" in caught.value.hint
        assert tables_in(mysql_host, schema) == {"amx_history_results", "amx_history_runs"}
        rest = await enable(database, schema)
        assert len(rest.statements) == len(plan.statements) - 3
        assert (await plan_store(database, schema=schema, identity=ALICE)).is_empty


async def test_what_somebody_else_made_meanwhile_is_no_failure(host: HostServer) -> None:
    """Two who complete the same store with the same plan, one after the other, both succeed."""
    async with connected(host) as first, connected(host) as second:
        await enable(first, host.schema)
        runs = qualified(host, "amx_history_runs")
        prefix, on = {"postgresql": ('"AMX".', ""), "mysql": ("", f" ON {runs}"), "sqlite": ("", "")}[
            host.backend
        ]
        host.sync_execute(f"DROP INDEX {prefix}ix_amx_history_runs_status{on}")
        plans = [await plan_store(each, schema=host.schema, identity=ALICE) for each in (first, second)]
        assert [len(plan.statements) for plan in plans] == [2, 2]
        await execute_plan(first, plans[0])
        await execute_plan(second, plans[1])
        assert (await plan_store(first, schema=host.schema, identity=ALICE)).is_empty


async def test_mysql_gives_its_lock_back_after_a_failure(mysql_host: MysqlHost) -> None:
    """Somebody else can make a store while the one who failed still holds his connection."""
    async with connected(mysql_host) as first, connected(mysql_host) as second:
        plan = await plan_store(first, schema=mysql_host.schema, identity=ALICE)
        with pytest.raises(StoreError):
            await execute_plan(first, replace(plan, statements=(BROKEN,)))
        free = mysql_host.sync_execute("SELECT IS_FREE_LOCK('amx-tui store setup')")
        assert free[0][0] == 1
        await enable(second, mysql_host.schema)


async def test_a_host_that_goes_away_leaves_nothing_half_made(postgres_host: PostgresHost) -> None:
    """The server ends the connection in the middle; what was made is gone with it, and the error is clear."""
    async with connected(postgres_host) as database:
        plan = await plan_store(database, schema="AMX", identity=ALICE)

        def end_the_connection(number: int, count: int, _statement: Statement) -> None:
            if number == count // 2:
                postgres_host.admin_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        with pytest.raises(StoreError, match="Nothing was made"):
            await execute_plan(database, plan, on_progress=end_the_connection)
        assert tables_in(postgres_host, "AMX") == set()
        await enable(database, "AMX")
    assert len(tables_in(postgres_host, "AMX")) == 16
