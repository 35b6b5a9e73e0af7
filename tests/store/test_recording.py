"""Recording runs: their ids, alone and at once, in both layouts."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from amx_tui.domain.errors import StoreError
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewRun
from amx_tui.domain.results import Alternative
from amx_tui.domain.scope import Scope
from amx_tui.store.tables import Layout
from tests.servers import HostServer
from tests.store.histories import ALICE, BOB, LAYOUTS, NOON, asset, history

layouts = pytest.mark.parametrize("layout", LAYOUTS)


def _at(day: int, hour: int, minute: int) -> NewRun:
    return NewRun(started_at=datetime(2026, 5, day, hour, minute, 30, tzinfo=UTC))


async def test_ids_count_a_member_s_runs_of_the_day(host: HostServer) -> None:
    """As the AMX documentation shows them: date, minute, and a number that starts anew each day."""
    async with history(host, "document") as store:
        assert await store.record(run=_at(3, 11, 8)) == "run_2026-05-03_11-08-001"
        assert await store.record(run=_at(3, 14, 12), identity=BOB) == "run_2026-05-03_14-12-001"
        assert await store.record(run=_at(3, 15, 44)) == "run_2026-05-03_15-44-002"
        attic = Identity(ALICE.username, "attic")
        assert await store.record(run=_at(3, 16, 0), identity=attic) == "run_2026-05-03_16-00-001"
        assert await store.record(run=_at(4, 0, 0)) == "run_2026-05-04_00-00-001"
        late = datetime(2026, 5, 5, 1, 30, tzinfo=timezone(timedelta(hours=2)))
        assert await store.record(run=NewRun(started_at=late)) == "run_2026-05-04_23-30-002"


async def test_an_id_that_another_member_has_gives_way_to_the_next_number(host: HostServer) -> None:
    """Two members who start in the same minute with the same number get two ids."""
    async with history(host, "document") as store:
        assert await store.record(run=_at(3, 12, 0)) == "run_2026-05-03_12-00-001"
        assert await store.record(run=_at(3, 12, 0), identity=BOB) == "run_2026-05-03_12-00-002"
        assert await store.record(run=_at(3, 12, 0), identity=BOB) == "run_2026-05-03_12-00-003"
        assert await store.record(run=_at(3, 12, 0)) == "run_2026-05-03_12-00-004"


async def test_twelve_runs_at_once_get_twelve_ids(host: HostServer) -> None:
    """Members who start in the same instant all get recorded, results included."""
    async with history(host, "document") as store:
        members = [Identity(f"member{number % 6}", "pc") for number in range(12)]
        ids = await asyncio.gather(
            *(store.record(asset("s.t", "x"), run=_at(3, 12, 0), identity=member) for member in members)
        )
        assert len(set(ids)) == 12
        runs = (await store.runs.page()).runs
        assert sorted(run.run_id for run in runs) == sorted(ids)
        assert {run.run_id: run.created_by for run in runs} == {
            run_id: member.username for run_id, member in zip(ids, members, strict=True)
        }
        for run_id in ids:
            assert (await store.results.counts(run_id)).total == 1


@layouts
async def test_an_id_that_is_taken_is_refused_and_nothing_is_written(
    host: HostServer, layout: Layout
) -> None:
    """Whoever names the id wants that one."""
    async with history(host, layout) as store:
        run = NewRun(started_at=NOON, run_id="run_2026-05-03_12-00-001")
        assert await store.record(run=run) == run.run_id
        with pytest.raises(StoreError):
            await store.record(asset("s.t", "x"), run=run, identity=BOB)
        assert (await store.results.counts(run.run_id)).total == 0
        assert [listed.created_by for listed in (await store.runs.page()).runs] == [ALICE.username]


async def test_a_store_of_amx_cli_gets_what_it_requires(host: HostServer) -> None:
    """Ids are UUIDs there, columns that must not be NULL are filled, and a table's row has no column name."""
    async with history(host, "amx_cli") as store:
        run_id = await store.record(asset("sales.customer", "x"), asset("sales.customer.id"))
        assert str(uuid.UUID(run_id)) == run_id
        mark = "`" if host.backend == "mysql" else '"'
        prefix = f"{mark}{host.schema}{mark}." if host.schema else ""
        rows = host.sync_execute(
            "SELECT column_name, catalog_status, db_applied_status, effective_source_kind, rejection_reason"
            f" FROM {prefix}run_results WHERE run_id = %s ORDER BY column_name IS NOT NULL",
            (run_id,),
        )
        assert rows == [(None, "", "", "", ""), ("id", "", "", "", "")]
        ((processed, planned),) = host.sync_execute(
            f"SELECT processed_count, planned_count FROM {prefix}analysis_runs"
        )
        assert (processed, planned) == (2, 2)


@layouts
async def test_many_results_are_written_and_read_back(host: HostServer, layout: Layout) -> None:
    """A run of some thousand results, with scores, comes back whole."""
    async with history(host, layout) as store:
        drafted = [asset(f"dwh.t{number // 50:03}.c{number:04}", f"text {number}") for number in range(2_500)]
        run = NewRun(
            started_at=NOON, ended_at=NOON + timedelta(seconds=90), scope=Scope.from_json({"dwh": []})
        )
        run_id = await store.record(*drafted, run=run)
        counts = await store.results.counts(run_id)
        assert (counts.total, counts.failed) == (2_500, 0)
        pairs = await store.results.descriptions(run_id)
        assert pairs == [(f"dwh.t{n // 50:03}.c{n:04}", f"text {n}") for n in range(2_500)]
        detail = await store.runs.detail(run_id)
        assert (detail.run.ok_count, detail.duration_sec, detail.planned_count) == (2_500, 90.0, 2_500)


@layouts
async def test_what_no_backend_can_store_has_one_form_everywhere(host: HostServer, layout: Layout) -> None:
    """NULs and halves of surrogate pairs become U+FFFD, so that the hash is the same wherever it is stored."""
    async with history(host, layout) as store:
        run_id = await store.record(
            asset("sales.customer", "a\x00b\ud800c", reasoning="x\x00", chosen_description="\ud800")
        )
        (result,) = (await store.results.page(run_id)).results
        assert result.alternatives == (Alternative("a\ufffdb\ufffdc"),)
        assert (result.reasoning, result.chosen_description) == ("x\ufffd", "\ufffd")
