"""Opening a run, what is said about doubtful ones, and finding a run by what people type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.recording import NewRun
from amx_tui.domain.results import ResultFilter
from amx_tui.domain.runs import RunCursor, RunFilter
from amx_tui.domain.scope import Scope
from amx_tui.store import runs as runs_module
from amx_tui.store.runs import RunRepository
from amx_tui.store.tables import Layout
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost
from tests.store.histories import ALICE, BOB, LAYOUTS, NOON, asset, history, opened
from tests.store.hosts import connected

layouts = pytest.mark.parametrize("layout", LAYOUTS)

RUN = NewRun(
    started_at=NOON,
    ended_at=NOON + timedelta(minutes=3, seconds=20),
    status="ready_for_review",
    scope=Scope.from_json({"sales": ["customer"]}),
    db_backend="postgresql",
    db_profile="prod-pg",
    llm_provider="openai",
    llm_model="gpt-4o",
    settings={"temperature": 0.2, "n_alternatives": 3},
    metrics={"model_processing_sec": 82.5},
    tokens={"total_tokens": 15845},
    selected_count=1,
    client_version="1.0",
)


@layouts
async def test_a_run_opens_with_facts_counts_and_first_results(host: HostServer, layout: Layout) -> None:
    """One call gives what the run screen shows first; its parts agree with each other."""
    async with history(host, layout) as store:
        run_id = await store.record(
            asset("sales.customer", "Customers."),
            asset("sales.customer.c_id", "Key.", evaluation="accepted", chosen_description="Key."),
            asset("sales.customer.c_name", "Name.", evaluation="custom", chosen_description="The name."),
            asset("sales.customer.c_x", "X.", evaluation="skipped", rejection_reason="unclear"),
            asset("sales.customer.c_y"),
            asset(
                "hr", "Staff.", evaluation="accepted", chosen_description="Staff.", applied_status="applied"
            ),
            run=RUN,
        )
        opening = await store.runs.open(run_id, limit=4)
        detail, counts = opening.detail, opening.counts
        assert detail.run == replace((await store.runs.page()).runs[0])
        assert (detail.settings, detail.metrics, detail.tokens) == (RUN.settings, RUN.metrics, RUN.tokens)
        assert (detail.duration_sec, detail.client_version) == (200.0, "1.0")
        assert detail.run.scope == RUN.scope
        assert (counts.total, counts.pending, counts.accepted, counts.custom) == (6, 2, 2, 1)
        assert (counts.skipped, counts.failed, counts.applied) == (1, 1, 1)
        assert not counts.is_partial
        names = ["hr", "sales.customer", "sales.customer.c_id", "sales.customer.c_name"]
        assert [result.target_qname for result in opening.page.results] == names
        assert (opening.page.has_before, opening.page.has_after) == (False, True)
        assert detail.notes == ()
        assert await store.runs.detail(run_id) == detail


@layouts
async def test_a_run_without_results_that_match_still_opens(host: HostServer, layout: Layout) -> None:
    """A filter that lets nothing through leaves facts and counts; a run without results has counts of 0."""
    async with history(host, layout) as store:
        run_id = await store.record(asset("sales.customer", "Customers."), run=RUN)
        opening = await store.runs.open(run_id, result_filter=ResultFilter(decision="skipped"))
        assert opening.page.results == ()
        assert not opening.page.has_after
        assert (opening.counts.total, opening.detail.settings) == (1, RUN.settings)
        empty = await store.runs.open(await store.record(run=RUN, identity=BOB))
        assert (empty.counts.total, empty.page.results) == (0, ())


async def test_a_very_long_run_opens_with_partial_counts(
    host: HostServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening counts decisions up to a limit and says so; totals come from the run, the rest from `counts`."""
    monkeypatch.setattr(runs_module, "_COUNTED", 3)
    async with history(host, "document") as store:
        drafted = [asset(f"s.t.c{number}", "x") for number in range(6)]
        run_id = await store.record(*drafted, asset("s.t.z"), run=RUN)
        opening = await store.runs.open(run_id)
        counts = opening.counts
        assert (counts.total, counts.failed, counts.is_partial) == (7, 1, True)
        assert opening.detail.notes == ()
        every = await store.results.counts(run_id)
        assert (every.total, every.pending, every.failed, every.is_partial) == (7, 7, 1, False)


@pytest.mark.postgresql
async def test_each_page_and_each_opening_is_one_round_trip(
    postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """Over a connection that is open, a page, a search, an opened run and its results cost one trip each."""
    proxy = open_proxy(postgres_host.address)
    async with history(postgres_host, "document") as direct:
        run_id = await direct.record(asset("sales.customer", "Customers."), run=RUN)
        values = postgres_host.values | {"host": proxy.host, "port": proxy.port}
        async with connected(PostgresHost(postgres_host._server, values)) as database:
            store = opened(database, direct.tables)
            page = await store.runs.page()
            cursor = RunCursor.of(page.runs[0])
            proxy.reset_counts()
            await store.runs.page(RunFilter(who="alice@acme.com", status="success"), cursor=cursor)
            await store.runs.page(around=cursor, count=True)
            await store.runs.page(RunFilter(text="customer"), count=True)
            await store.runs.open(run_id)
            await store.results.page(run_id)
            await store.results.descriptions(run_id)
            await store.runs.members_and_statuses()
            assert proxy.round_trips == 7


@layouts
async def test_doubtful_runs_say_what_is_wrong(host: HostServer, layout: Layout) -> None:
    """A run that never ended, a success with an error, and the same run under a second name are explained."""
    async with history(host, layout) as store:
        runs = RunRepository(store.database, store.tables, now=lambda: NOON + timedelta(days=3, hours=1))
        asleep = await store.record(run=NewRun(started_at=NOON - timedelta(hours=1), status="running"))
        assert (await runs.open(asleep)).detail.notes == (
            "It has been running for 3 days; it probably ended without saying so.",
        )
        false = await store.record(run=NewRun(started_at=NOON + timedelta(hours=1), error_text="boom"))
        assert (await runs.open(false)).detail.notes == ("It is recorded as a success, but with an error.",)
        first = await store.record(run=RUN)
        second = await store.record(run=RUN, identity=BOB)
        (note,) = (await runs.open(first)).detail.notes
        assert note.startswith(f"bob has the same run as {second}")
        fresh = await store.record(run=NewRun(started_at=NOON + timedelta(days=3), status="running"))
        assert (await runs.open(fresh)).detail.notes == ()


async def test_a_run_whose_counts_are_wrong_says_so(host: HostServer) -> None:
    """Where the stored counts and the stored results disagree, both are named."""
    async with history(host, "document") as store:
        run_id = await store.record(asset("sales.customer", "Customers."), run=RUN)
        await store.execute(sa.update(store.tables.runs).values(ok_count=30, fail_count=2))
        notes = (await store.runs.open(run_id)).detail.notes
        assert notes == ("It says 30 ok and 2 failed, but 1 and 0 are stored.",)


async def test_two_runs_of_one_number_say_so(host: HostServer) -> None:
    """A machine whose local file was made anew counted from 1 again."""
    async with history(host, "amx_cli") as store:
        one = await store.record(run=replace(RUN, local_id=1))
        other = await store.record(run=replace(RUN, local_id=1, started_at=NOON + timedelta(days=1)))
        (note,) = (await store.runs.open(one)).detail.notes
        assert note.startswith(f"#1@lead-laptop is the number of run {other} too")


@layouts
async def test_a_run_is_found_by_id_beginning_or_number(host: HostServer, layout: Layout) -> None:
    """Whatever identifies one run alone is enough; what several have names them."""
    async with history(host, layout) as store:
        ids = ["run_2026-05-03_12-00-001", "run_2026-05-03_12-00-0011", "run_2026-05-04_12-00-001"]
        for number, run_id in enumerate(ids, 1):
            await store.record(run=replace(RUN, run_id=run_id, local_id=min(number, 2)))
        await store.record(run=replace(RUN, run_id="x%_'y", local_id=2), identity=BOB)
        assert await store.runs.resolve(ids[0]) == ids[0]
        assert await store.runs.resolve(f" {ids[1]} ") == ids[1]
        assert await store.runs.resolve("run_2026-05-04") == ids[2]
        assert await store.runs.resolve("#1") == ids[0]
        assert await store.runs.resolve("#2@bob-mac") == "x%_'y"
        assert await store.runs.resolve("x%") == "x%_'y"
        for vague in ("run_2026-05-03", "#2", "#2@lead-laptop"):
            with pytest.raises(NotFoundError, match="More than one run") as refusal:
                await store.runs.resolve(vague)
            assert ids[1] in refusal.value.hint


@layouts
async def test_a_run_that_is_not_there_is_answered_with_those_that_are(
    host: HostServer, layout: Layout
) -> None:
    """The error names runs that are called nearly so, else the newest; odd input is no trap."""
    async with history(host, layout) as store:
        with pytest.raises(NotFoundError) as refusal:
            await store.runs.resolve("run_1")
        assert refusal.value.hint == "No run is stored yet."
        ids = ["run_2026-05-03_12-00-001", "run_2026-05-04_12-00-001"]
        for run_id in ids:
            await store.record(run=replace(RUN, run_id=run_id))
        with pytest.raises(NotFoundError) as refusal:
            await store.runs.open("run_2026-05-03_12-00-002")
        assert ids[0] in refusal.value.hint
        for odd in (
            "",
            "nothing",
            "%",
            "_",
            "#",
            "#x",
            "#99999999999999999999",
            "'; --",
            "größe\x00",
            "r" * 5000,
        ):
            with pytest.raises(NotFoundError) as refusal:
                await store.runs.resolve(odd)
            assert ids[1] in refusal.value.hint


@layouts
async def test_results_without_their_run_are_mentioned(host: HostServer, layout: Layout) -> None:
    """A client that lost track of a run left its results; asking for the run says how many."""
    async with history(host, layout) as store:
        await store.record(asset("s.a", "x"), asset("s.b", "y"), run=RUN)
        await store.execute(sa.update(store.tables.results).values(run_id="<unresolved>"))
        with pytest.raises(NotFoundError, match="2 results"):
            await store.runs.open("<unresolved>")
        assert len((await store.results.page("<unresolved>")).results) == 2


@layouts
async def test_what_a_filter_can_ask_for_is_listed_once(host: HostServer, layout: Layout) -> None:
    """Members and statuses that occur, each once, sorted, without empty ones."""
    async with history(host, layout) as store:
        assert await store.runs.members_and_statuses() == ((), ())
        for member, status in ((BOB, "success"), (ALICE, "failed"), (BOB, "failed")):
            await store.record(run=replace(RUN, status=status), identity=member)
        await store.record(run=replace(RUN, status=""), identity=replace(BOB, username=""))
        members, statuses = await store.runs.members_and_statuses()
        assert (members, statuses) == (("alice@acme.com", "bob"), ("failed", "success"))
