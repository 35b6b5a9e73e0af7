"""The list of runs: every run once, in order, through every filter, whatever the layout and backend."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewRun
from amx_tui.domain.runs import Run, RunCursor, RunFilter, RunSort
from amx_tui.domain.times import UNKNOWN_TIME
from amx_tui.store import run_pages
from amx_tui.store.tables import Layout
from tests.servers import HostServer, PostgresHost, SqliteHost
from tests.store.histories import ALICE, BOB, LAYOUTS, NOON, History, asset, history

layouts = pytest.mark.parametrize("layout", LAYOUTS)

CARLA = Identity("carla", "carla-pc")


async def _record_eleven(store: History) -> list[Run]:
    """Record runs of three members; three of them start at the same moment."""
    starts = [0, 0, 0, 5, 10, 10, 15, 60, 60 * 24, 60 * 24, 60 * 48]
    for minutes, member in zip(starts, itertools.cycle([ALICE, BOB, CARLA]), strict=False):
        run = NewRun(
            started_at=NOON + timedelta(minutes=minutes), status="failed" if minutes == 10 else "success"
        )
        await store.record(run=run, identity=member)
    return list((await store.runs.page(limit=100)).runs)


@layouts
@pytest.mark.parametrize("sort", ["started", "who"])
@pytest.mark.parametrize("descending", [True, False])
async def test_pages_show_every_run_once_and_in_order(
    host: HostServer, layout: Layout, sort: RunSort, descending: bool
) -> None:
    """Paged by three, forward and backward, the list is the one that sorting in memory gives."""
    async with history(host, layout) as store:
        runs = await _record_eleven(store)
        wanted = RunFilter(sort=sort, descending=descending)
        who = sort == "who"
        ordered = sorted(
            runs,
            key=lambda run: (run.created_by if who else "", run.started_at, run.run_id),
            reverse=descending,
        )
        ids = [run.run_id for run in ordered]
        assert await store.all_ids(wanted) == ids
        backward: list[str] = []
        page = await store.runs.page(wanted, direction="backward", limit=3)
        assert not page.has_after
        backward = [run.run_id for run in page.runs]
        while page.has_before:
            cursor = RunCursor.of(page.runs[0])
            page = await store.runs.page(wanted, cursor=cursor, direction="backward", limit=3)
            assert page.has_after
            backward = [run.run_id for run in page.runs] + backward
        assert backward == ids


@layouts
async def test_a_refresh_begins_with_the_run_that_the_cursor_was_on(host: HostServer, layout: Layout) -> None:
    """A page around a run starts with it, and knows whether runs came in front of it meanwhile."""
    async with history(host, layout) as store:
        ids = [run.run_id for run in await _record_eleven(store)]
        runs = {run.run_id: run for run in (await store.runs.page(limit=100)).runs}
        middle = await store.runs.page(around=RunCursor.of(runs[ids[4]]), limit=3)
        assert [run.run_id for run in middle.runs] == ids[4:7]
        assert (middle.has_before, middle.has_after) == (True, True)
        top = await store.runs.page(around=RunCursor.of(runs[ids[0]]), limit=11, count=True)
        assert [run.run_id for run in top.runs] == ids
        assert (top.has_before, top.has_after, top.total) == (False, False, 11)
        gone = RunCursor(runs[ids[4]].started_at + timedelta(microseconds=1), "run_that_was", "zoe")
        assert [run.run_id for run in (await store.runs.page(around=gone, limit=1)).runs] == [ids[4]]
        far = RunCursor(NOON - timedelta(days=9), "run", "")
        behind = await store.runs.page(around=far, limit=3, count=True)
        assert (behind.runs, behind.has_before, behind.has_after, behind.total) == ((), True, False, 11)


@layouts
async def test_runs_are_counted_as_far_as_a_number_is_shown(
    host: HostServer, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The total is that of the filter, not of the page, and stops at the cap."""
    async with history(host, layout) as store:
        empty = await store.runs.page(count=True)
        assert (empty.runs, empty.total, empty.has_before, empty.has_after) == ((), 0, False, False)
        await _record_eleven(store)
        assert (await store.runs.page(limit=2, count=True)).total == 11
        assert (await store.runs.page(RunFilter(status="failed"), limit=1, count=True)).total == 2
        assert (await store.runs.page(limit=2)).total is None
        monkeypatch.setattr(run_pages, "COUNT_LIMIT", 5)
        assert (await store.runs.page(limit=2, count=True)).total == 5


@layouts
async def test_members_are_filtered_by_name_pattern_or_machine(host: HostServer, layout: Layout) -> None:
    """A name is taken to the letter, a star stands for anything, and user@host for one machine of a member."""
    async with history(host, layout) as store:
        members = [
            Identity("alice@acme.com", "lead-laptop"),
            Identity("alice", "acme.com"),
            Identity("alice", "attic"),
            Identity("Alice", "attic"),
            Identity("a%i_e", "attic"),
        ]
        ids = [await store.record(identity=member) for member in members]

        async def found(who: str) -> set[int]:
            return {ids.index(run_id) for run_id in await store.all_ids(RunFilter(who=who), limit=1)}

        assert await found("alice") == {1, 2}
        assert await found("alice@acme.com") == {0, 1}
        assert await found("alice@attic") == {2}
        assert await found("alice@*") == {0}
        assert await found("ALICE*") == {0, 1, 2, 3}
        assert await found("*%i_*") == {4}
        assert await found("nobody") == set()
        counted = await store.runs.page(RunFilter(who="alice@acme.com"), count=True)
        assert counted.total == 2


@layouts
async def test_runs_are_filtered_by_status_and_time(host: HostServer, layout: Layout) -> None:
    """Both ends of a span of time belong to it."""
    async with history(host, layout) as store:
        runs = await _record_eleven(store)
        failed = await store.all_ids(RunFilter(status="failed"))
        assert failed == [run.run_id for run in runs if run.status == "failed"]
        span = RunFilter(since=NOON + timedelta(minutes=5), until=NOON + timedelta(hours=1))
        assert len(await store.all_ids(span)) == 5
        both = RunFilter(since=span.since, status="success", who="bob")
        assert len(await store.all_ids(both)) == len(
            [
                run
                for run in runs
                if run.created_by == "bob" and run.status == "success" and run.started_at > NOON
            ]
        )


@layouts
async def test_runs_are_filtered_by_scope(host: HostServer, layout: Layout) -> None:
    """A schema, a table, a table of a schema that was taken whole; names that need quotes; odd forms."""
    scopes: list[object] = [
        {"sales": ["customer", "orders"], "hr": []},
        {"sales": ["orders"]},
        {"Sales": ["customer"]},
        ["sales", "finance"],
        {"sales": "all"},
        {'order "items"': ["größe.x", "a\\b"]},
        {},
        "sales",
        ["", None, 7, {"sales": []}],
        {"x": {"sales": ["customer"]}},
    ]
    async with history(host, layout) as store:
        ids = [await store.record() for _ in scopes]
        for run_id, scope in zip(ids, scopes, strict=True):
            run_column = store.tables.run_column("run_id")
            assert run_column is not None
            update = sa.update(store.tables.runs).where(run_column == run_id)
            await store.execute(update.values(scope_json=scope))

        async def found(scope: str) -> set[int]:
            return {ids.index(run_id) for run_id in await store.all_ids(RunFilter(scope=scope))}

        assert await found("sales") == {0, 1, 3, 4}
        assert await found("sales.customer") == {0, 3, 4}
        assert await found("sales.customer.c_id") == {0, 3, 4}
        assert await found("hr.anything") == {0}
        assert await found("finance") == {3}
        assert await found('"order ""items"""') == {5}
        assert await found('"order ""items"""."größe.x"') == {5}
        assert await found('"order ""items"""."a\\b"') == {5}
        assert await found('"order ""items""".other') == set()
        assert await found("nothing") == set()


@layouts
async def test_json_of_any_form_leaves_the_list_whole(host: HostServer, layout: Layout) -> None:
    """A run whose columns hold JSON of another form is listed and opened like any other."""
    async with history(host, layout) as store:
        run_id = await store.record(asset("sales.customer", "one"))
        odd = {"scope_json": "sales", "settings_json": [1], "metrics_json": 7, "tokens_json": "none"}
        await store.execute(sa.update(store.tables.runs).values(**odd))
        await store.execute(sa.update(store.tables.results).values(alternatives_json={"text": "one"}))
        page = await store.runs.page()
        assert [run.scope.summary for run in page.runs] == ["(unreadable)"]
        opening = await store.runs.open(run_id)
        assert (opening.detail.settings, opening.detail.metrics, opening.detail.tokens) == ([1], 7, "none")
        assert (opening.counts.total, opening.counts.failed) == (1, 1)


@layouts
async def test_ok_and_failed_results_are_told_apart_by_their_alternatives(
    host: HostServer, layout: Layout
) -> None:
    """Ok has an alternative, failed has none; superseded results count."""
    async with history(host, layout) as store:
        await store.record(
            asset("sales.customer.a", "one", "two"),
            asset("sales.customer.b", "old", superseded_at=NOON),
            asset("sales.customer.c"),
            asset("sales.customer.d", error_text="timed out"),
            asset("sales.customer.e"),
        )
        (run,) = (await store.runs.page()).runs
        assert (run.ok_count, run.fail_count) == (2, 3)
        opening = await store.runs.open(run.run_id)
        assert (opening.detail.run.ok_count, opening.detail.run.fail_count) == (2, 3)


@layouts
async def test_long_texts_stay_where_they_are_until_a_run_is_opened(host: HostServer, layout: Layout) -> None:
    """A list of runs holds the beginning of an error text of 60 kB; the run itself has all of it."""
    async with history(host, layout) as store:
        text = "Ärger " * 9_000
        run_id = await store.record(run=NewRun(started_at=NOON, status="failed", error_text=text))
        (listed,) = (await store.runs.page()).runs
        assert text.startswith(listed.error_text)
        assert 0 < len(listed.error_text) < 500
        assert (await store.runs.detail(run_id)).run.error_text == text


async def test_rows_that_sqlite_should_not_hold_come_through(sqlite_host: SqliteHost) -> None:
    """Wrong JSON, times without zone or none at all, NULs and numbers in texts are shown, and paged over."""
    async with history(sqlite_host, "document") as store:
        for index, (start, scope) in enumerate(
            [
                ("2026-05-03 11:00:00", "{broken"),
                ("yesterday", '{"sales": ["customer"]'),
                ("", "not json \x00 at all"),
                ("2026-05-03T12:00:00.000000Z", "[" * 100_000),
                ("2026-05-03T14:30:00+02:00", '{"sales": []}'),
                (12, b"\xff\xfe"),
            ]
        ):
            sqlite_host.sync_execute(
                "INSERT INTO amx_history_runs (run_id, created_by, started_at, scope_json, ok_count, error_text)"
                " VALUES (%s, %s, %s, %s, 'many', %s)",
                (f"run_{index}", "al\x00ice", start, scope, f"a\x00{'x' * 100_000}"),
            )
        page = await store.runs.page()
        assert {run.run_id for run in page.runs} == {f"run_{index}" for index in range(6)}
        starts = {run.run_id: run.started_at for run in page.runs}
        assert starts["run_0"] == datetime(2026, 5, 3, 11, tzinfo=UTC)
        assert starts["run_4"] == datetime(2026, 5, 3, 12, 30, tzinfo=UTC)
        assert starts["run_1"] == starts["run_2"] == UNKNOWN_TIME
        scopes = {run.run_id: run.scope.summary for run in page.runs}
        assert {scopes[f"run_{index}"] for index in (0, 1, 2, 3, 5)} == {"(unreadable)"}
        assert {run.ok_count for run in page.runs} == {0}
        assert await store.all_ids(limit=1) == [run.run_id for run in page.runs]
        assert await store.all_ids(RunFilter(scope="sales")) == ["run_4"]
        assert len(await store.all_ids(RunFilter(text="RUN_"))) == 6
        for run in page.runs:
            assert (await store.runs.open(run.run_id)).detail.run.run_id == run.run_id


@pytest.mark.postgresql
async def test_times_that_python_cannot_hold_come_through(postgres_host: PostgresHost) -> None:
    """PostgreSQL knows infinity, years before Christ and after 9999; such runs are listed and paged over."""
    async with history(postgres_host, "document") as store:
        times = [
            "infinity",
            "2026-05-03 12:00+00",
            "20260-01-01 00:00+00",
            "0044-03-15 12:00+00 BC",
            "-infinity",
        ]
        for index, time in enumerate(times):
            postgres_host.sync_execute(
                'INSERT INTO "AMX".amx_history_runs (run_id, started_at, ended_at) VALUES (%s, %s, %s)',
                (f"run_{index}", time, time),
            )
        page = await store.runs.page()
        assert {run.run_id for run in page.runs} == {f"run_{index}" for index in range(5)}
        known = {run.run_id: run.ended_at for run in page.runs if run.ended_at is not None}
        assert known == {"run_1": NOON}
        assert await store.all_ids(limit=1) == [run.run_id for run in page.runs]
