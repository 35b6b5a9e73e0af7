from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from amx_tui.domain.errors import NotFoundError, UnreachableError
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative, ResultCursor, ResultFilter
from amx_tui.domain.runs import RunCursor, RunFilter
from amx_tui.domain.scope import Scope
from amx_tui.services.workspace import Workspace
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import Machine
from tests.store.hosts import free_recorder

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


async def record(workspace: Workspace, *, hours: int = 0, local_id: int | None = None) -> str:
    """Record a run of three assets, one of them without a draft, by the workspace's member."""
    store = workspace.store
    run = NewRun(
        started_at=NOON + timedelta(hours=hours),
        scope=Scope((("sales", ("customer",)),)),
        status="ready_for_review",
        local_id=local_id,
    )
    results = [
        NewResult(
            schema_name="sales", table_name="customer", alternatives=(Alternative("Customers — alle"),)
        ),
        NewResult(
            schema_name="sales",
            table_name="customer",
            column_name="c_first_name",
            alternatives=(Alternative("Given name"), Alternative("First name")),
            evaluation="custom",
            chosen_description="Given name of a customer",
        ),
        NewResult(schema_name="sales", table_name="customer", column_name="x_legacy", error_text="timeout"),
    ]
    return await free_recorder(store.database, store.tables).record(run, results, identity=workspace.identity)


async def test_lead_and_member_see_the_same_rows_and_the_same_hash(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """The documentation's verification: two machines, two members, one history, down to the SHA-256."""
    bob = await machine("bob", host)
    await bob.history_store.join("prod", host.schema)
    run_id = await record(lead)
    await record(bob, hours=1)
    theirs, ours = await lead.history.list(count=True), await bob.history.list(count=True)
    assert theirs == ours
    assert ours.total == 2
    assert [run.created_by for run in ours.runs] == ["bob", "alice"]
    assert await lead.history.hash(run_id) == await bob.history.hash(run_id)
    assert await lead.history.open(run_id) == await bob.history.open(run_id)


async def test_members_of_a_store_of_amx_cli_see_the_same(
    machine: Machine, amx_cli_store: PostgresHost
) -> None:
    """Two machines on the real client's store: twenty runs, and the same hash of each."""
    alice, bob = await machine("alice", amx_cli_store), await machine("bob", amx_cli_store)
    for workspace in (alice, bob):
        await workspace.history_store.join("prod", "AMX")
    page = await alice.history.list(limit=50)
    assert len(page.runs) == 20
    assert page == await bob.history.list(limit=50)
    for run in page.runs[:5]:
        assert await alice.history.hash(run.run_id) == await bob.history.hash(run.run_id)


async def test_a_run_is_found_by_all_its_names(lead: Workspace, host: HostServer) -> None:
    """Its id, the beginning of it, and amx-cli's number with and without the host."""
    run_id = await record(lead, local_id=7)
    for reference in (run_id, run_id[:-1], "#7", "#7@alice-laptop"):
        assert (await lead.history.open(reference)).detail.run.run_id == run_id
        assert (await lead.history.detail(reference)).run.run_id == run_id


async def test_an_id_that_looks_whole_may_still_be_a_beginning(lead: Workspace, host: HostServer) -> None:
    """`run_…-100` is a whole id, and the beginning of `run_…-1000`: only the latter is there."""
    store = lead.store
    run = NewRun(started_at=NOON, run_id="run_2026-05-03_12-00-1000")
    await store.recorder.record(run, identity=lead.identity)
    opening = await lead.history.open("run_2026-05-03_12-00-100")
    assert opening.detail.run.run_id == "run_2026-05-03_12-00-1000"


async def test_an_unknown_run_is_not_found(lead: Workspace, host: HostServer) -> None:
    """The hint leads on."""
    await record(lead)
    with pytest.raises(NotFoundError) as caught:
        await lead.history.open("run_1999-01-01_00-00-001")
    assert caught.value.hint
    with pytest.raises(NotFoundError):
        await lead.history.hash("nonsense")


async def test_the_list_is_paged_both_ways(lead: Workspace, host: HostServer) -> None:
    """Forward from the newest, backward to it again, and anew from the run under the cursor."""
    ids = [await record(lead, hours=hours) for hours in range(5)][::-1]
    first = await lead.history.list(limit=2)
    assert [run.run_id for run in first.runs] == ids[:2]
    second = await lead.history.list(limit=2, cursor=RunCursor.of(first.runs[-1]))
    assert [run.run_id for run in second.runs] == ids[2:4]
    back = await lead.history.list(limit=2, cursor=RunCursor.of(second.runs[0]), direction="backward")
    assert back.runs == first.runs
    last = await lead.history.list(limit=2, direction="backward")
    assert [run.run_id for run in last.runs] == ids[3:]
    again = await lead.history.list(limit=2, around=RunCursor.of(second.runs[1]))
    assert [run.run_id for run in again.runs] == ids[3:]
    assert again.has_before


async def test_results_are_paged_filtered_and_read_in_full(lead: Workspace, host: HostServer) -> None:
    """By table and column, by decision, and one with all its alternatives."""
    run_id = await record(lead)
    opening = await lead.history.open(run_id, limit=2)
    assert [result.column_name for result in opening.page.results] == ["", "c_first_name"]
    assert opening.counts == await lead.history.counts(run_id)
    rest = await lead.history.results(run_id, cursor=ResultCursor.of(opening.page.results[-1]))
    assert [result.column_name for result in rest.results] == ["x_legacy"]
    edited = await lead.history.results(run_id, ResultFilter(decision="custom"))
    assert [result.description for result in edited.results] == ["Given name of a customer"]
    whole = await lead.history.result(edited.results[0].result_id)
    assert [alternative.text for alternative in whole.alternatives] == ["Given name", "First name"]
    ((schema, table, counts),) = await lead.history.tables(run_id)
    assert (schema, table, counts.total) == ("sales", "customer", 3)


async def test_filters_are_completed_with_what_is_there(lead: Workspace, host: HostServer) -> None:
    """Members and statuses that occur."""
    await record(lead)
    suggestions = await lead.history.suggestions()
    assert suggestions.members == ("alice",)
    assert suggestions.statuses == ("ready_for_review",)


async def test_a_short_name_means_the_member_who_is_called_so(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """`carol` finds carol@acme.com where nobody is called just carol; alice stays alice."""
    carol = await machine("carol", host, AMX_USER="carol@acme.com")
    other = await machine("alice", host, AMX_USER="alice@acme.com")
    for workspace in (carol, other):
        await workspace.history_store.join("prod", host.schema)
        await record(workspace)
    await record(lead, hours=1)

    async def who(name: str) -> set[str]:
        page = await lead.history.list(RunFilter(who=name))
        return {run.created_by for run in page.runs}

    assert await who("carol") == {"carol@acme.com"}
    assert await who("alice") == {"alice"}
    assert await who("nobody") == set()
    assert await who("alice") == {"alice"}


async def test_first_rows_cost_few_round_trips(
    machine: Machine, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """Connecting and the first page: six, besides the three of the login; each further page one."""
    alice = await machine("alice", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "AMX"))
    for hours in range(3):
        await record(alice, hours=hours)
    proxy = open_proxy(postgres_host.address)
    bob = await machine("bob", postgres_host)
    await bob.profiles.save("prod", "postgresql", {"host": proxy.host, "port": proxy.port})
    await bob.history_store.join("prod", "AMX")
    await bob.close()
    proxy.reset_counts()
    await bob.connect()
    page = await bob.history.list(limit=2)
    assert proxy.round_trips <= 6 + 3
    proxy.reset_counts()
    await bob.history.list(limit=2, cursor=RunCursor.of(page.runs[-1]))
    await bob.history.open(page.runs[0].run_id)
    assert proxy.round_trips == 2


async def test_a_server_that_goes_away_is_an_error_and_comes_back(
    machine: Machine, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """The list fails with a reason while the server is gone, and works on its return without a restart."""
    proxy = open_proxy(postgres_host.address)
    alice = await machine("alice", postgres_host)
    await alice.profiles.save("prod", "postgresql", {"host": proxy.host, "port": proxy.port})
    await alice.history_store.enable(await alice.history_store.plan("prod", "AMX"))
    await record(alice)
    proxy.refuse()
    with pytest.raises(UnreachableError) as caught:
        await alice.history.list()
    assert caught.value.hint
    proxy.accept()
    assert len((await alice.history.list()).runs) == 1
