"""Comparisons in the store that amx-cli 0.19 itself made, against the comparison in memory."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from amx_tui.domain.compare import DIFFERENCES, CompareFilter
from amx_tui.store.tables import build_tables
from tests.servers import PostgresHost
from tests.store.comparing import comparisons, expected, read_all
from tests.store.histories import History, opened
from tests.store.hosts import connected

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def store(amx_cli_store: PostgresHost) -> AsyncIterator[History]:
    """Open the store."""
    tables = build_tables("amx_cli", backend_name="postgresql", schema="AMX")
    async with connected(amx_cli_store) as database:
        yield opened(database, tables)


async def test_every_two_runs_compare_as_in_memory(store: History) -> None:
    """All pairs of the runs with results; some of them share assets, and some of these differ."""
    runs = (await store.runs.page(limit=100)).runs
    described = [run.run_id for run in runs if run.ok_count + run.fail_count]
    seen = {"same": 0, "diff": 0}
    for pair in itertools.combinations(described, 2):
        rows, counts = await expected(store, pair)
        assert await read_all(store, pair, limit=200) == rows
        start = await comparisons(store).open(pair, CompareFilter(statuses=DIFFERENCES), limit=10)
        assert start is not None
        assert start.counts == counts
        assert start.page.rows == tuple(row for row in rows if row.is_difference)[:10]
        seen["same"] += counts.of({"same"})
        seen["diff"] += counts.of({"diff"})
    assert seen["diff"] > 0


async def test_candidates_share_tables_and_describe_something(store: History) -> None:
    """Runs that only answered questions are not among them, nor is the run itself; shared tables come first."""
    runs = (await store.runs.page(limit=100)).runs
    reference = next(run for run in runs if run.ok_count > 10)
    found = await comparisons(store).candidates(reference.run_id)
    assert reference.run_id not in {run.run_id for run, _, _ in found}
    assert not {run.command for run, _, _ in found} & {"search.ask", "ask.run"}
    by_id = {run.run_id: run for run in runs}
    assert [run for run, _, _ in found] == [by_id[run.run_id] for run, _, _ in found]
    has_shared = [shared > 0 for _, shared, _ in found]
    assert has_shared == sorted(has_shared, reverse=True)
    for run, shared, _ in found:
        tables = [
            {(schema, table) for schema, table, _ in await store.results.tables_of(run_id)}
            for run_id in (reference.run_id, run.run_id)
        ]
        assert shared == len(tables[0] & tables[1])
