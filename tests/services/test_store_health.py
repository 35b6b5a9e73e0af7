"""Faults of a store's rows: found and explained, mended on a yes by an admin, taken back by the file that was kept."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from amx_tui.domain.errors import DraftError, RoleError, UsageError
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.report import Report
from amx_tui.domain.results import Alternative
from amx_tui.services.commands import execute
from amx_tui.services.grammar import parse
from amx_tui.services.workspace import Workspace
from amx_tui.store import fault_facts
from tests.servers import HostServer
from tests.services.conftest import Machine

ALICE = Identity("alice", "alice-laptop")
EVE = Identity("eve", "eve-laptop")
DAY = timedelta(days=1)
LONG_AGO = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def _result(text: str, **more: Any) -> NewResult:
    return NewResult(
        schema_name="sales",
        table_name="customer",
        column_name="c_id",
        alternatives=(Alternative(text),),
        **more,
    )


async def _record(workspace: Workspace, run: NewRun, *results: NewResult, who: Identity = ALICE) -> str:
    return await workspace.store.recorder.record(run, results, identity=who)


async def _execute(workspace: Workspace, statement: sa.Executable) -> None:
    await workspace.store.database.run(lambda connection: connection.execute(statement), write=True)


async def _run_row(workspace: Workspace, run_id: str) -> tuple[Any, ...]:
    runs = workspace.store.tables.runs.c
    statement = sa.select(runs.status, runs.error_text, runs.local_id).where(runs.run_id == run_id)
    return await workspace.store.database.run(lambda connection: tuple(connection.execute(statement).one()))


async def _doctor(workspace: Workspace, *words: str) -> Report:
    return await execute(workspace, parse(["doctor", "--store", *words]))


def _kinds(report: Report) -> list[str]:
    assert isinstance(report.data, dict)
    faults: Any = report.data["faults"]
    return [fault["kind"] for fault in faults]


@pytest.fixture
async def sick(lead: Workspace, machine: Machine, host: HostServer) -> tuple[Workspace, dict[str, str]]:
    """Return alice's machine at a store with every fault of rows, and the ids of the runs that have them."""
    eve = await machine("eve", host)
    await eve.history_store.join("prod", host.schema)
    users = lead.store.tables.users
    # She was there before the runs, which eve was not.
    joined = sa.update(users).where(users.c.username == "alice").values(first_seen_at=LONG_AGO - DAY)
    await _execute(lead, joined)
    runs = {
        "original": await _record(lead, NewRun(started_at=LONG_AGO, status="success"), _result("An id.")),
        "copy": await _record(
            lead, NewRun(started_at=LONG_AGO, status="success"), _result("An id."), who=EVE
        ),
        "endless": await _record(lead, NewRun(started_at=LONG_AGO + timedelta(hours=1), status="running")),
        "odd": await _record(
            lead,
            NewRun(started_at=LONG_AGO + timedelta(hours=2), status="success", error_text="429"),
            _result("A key.", evaluation="accepted", chosen_description="A key."),
        ),
        "failed": await _record(
            lead, NewRun(started_at=LONG_AGO + timedelta(hours=2.5), status="success", error_text="429")
        ),
        "older": await _record(lead, NewRun(started_at=LONG_AGO + timedelta(hours=3), local_id=7)),
        "newer": await _record(lead, NewRun(started_at=LONG_AGO + timedelta(hours=4), local_id=7)),
        "lost": await _record(lead, NewRun(started_at=LONG_AGO + timedelta(hours=5)), _result("Lost.")),
    }
    results = lead.store.tables.results
    await _execute(
        lead, sa.update(results).where(results.c.run_id == runs["lost"]).values(run_id="<unresolved>")
    )
    return lead, runs


async def test_every_fault_is_found_and_explained_and_nothing_is_changed(
    sick: tuple[Workspace, dict[str, str]],
) -> None:
    """Which rows, what it costs, what to do; looking writes nothing, a dry run neither."""
    workspace, runs = sick
    before = [await _run_row(workspace, run_id) for run_id in runs.values()]
    report = await _doctor(workspace)
    assert _kinds(report) == [
        "duplicate uploads",
        "results without a run",
        "runs without an end",
        "successes with an error",
        "shared numbers",
        "decisions without who",
    ]
    text = str(report.blocks)
    assert f"{runs['copy']} of eve@eve-laptop is a copy of {runs['original']} of alice@alice-laptop" in text
    assert "<unresolved>" in text
    assert "#7@alice-laptop is 2 runs" in text
    dry = await _doctor(workspace, "--dry-run")
    assert f"run {runs['endless']}: status running → cancelled" in str(dry.blocks)
    assert isinstance(dry.data, dict)
    assert isinstance(dry.data["plan"], list)
    assert len(dry.data["plan"]) == dry.data["repairs"] == 5
    assert [await _run_row(workspace, run_id) for run_id in runs.values()] == before


async def test_what_can_be_mended_is_mended_and_taken_back(
    sick: tuple[Workspace, dict[str, str]], host: HostServer
) -> None:
    """The copy names its original, the endless run ends, the older run loses its number; then all is as it was."""
    workspace, runs = sick
    before = {name: await _run_row(workspace, run_id) for name, run_id in runs.items()}
    mended = await _doctor(workspace, "--mend", "--yes")
    assert isinstance(mended.data, dict)
    assert (mended.data["mended"], mended.data["left"]) == (5, 0)
    after = {name: await _run_row(workspace, run_id) for name, run_id in runs.items()}
    assert after["copy"][0] == "cancelled"
    assert after["copy"][1].startswith(f"A copy of {runs['original']} of alice@alice-laptop")
    assert (after["endless"][0], after["failed"][0]) == ("cancelled", "failed")
    assert (after["older"][2], after["newer"][2]) == (None, 7)
    for name in ("original", "odd", "newer", "lost"):
        assert after[name] == before[name], name
    assert _kinds(await _doctor(workspace)) == [
        "results without a run",
        "successes with an error",
        "decisions without who",
    ]
    path = str(mended.data["undo"])
    assert Path(path).parent == workspace.home / "undo"
    assert (Path(path).stat().st_mode & 0o777, Path(path).parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert str(host.values.get("password", "no password")) not in Path(path).read_text()
    trail = await execute(workspace, parse(["admin", "audit", "--action", "store_mend"]))
    assert "alice mended 5 rows of the store." in str(trail.blocks)
    entry = await workspace.health.last_undo()
    assert entry is not None
    assert str(entry.path) == path
    undone = await _doctor(workspace, "--undo", path, "--yes")
    assert undone.data == {"changed": 5, "left": 0, "undo": path}
    assert await workspace.health.last_undo() is None
    assert {name: await _run_row(workspace, run_id) for name, run_id in runs.items()} == before
    results = await workspace.store.results.page(runs["copy"], limit=10)
    assert [each.superseded_at for each in results.results] == [None]


async def test_rows_that_somebody_changes_meanwhile_are_left(sick: tuple[Workspace, dict[str, str]]) -> None:
    """Between the look and the mending the endless run has ended after all; it is not touched, nor by the undo."""
    workspace, runs = sick
    found = await workspace.health.examine()
    table = workspace.store.tables.runs
    await _execute(
        workspace, sa.update(table).where(table.c.run_id == runs["endless"]).values(status="success")
    )
    mended = await workspace.health.mend(found)
    assert (len(mended.made), mended.left) == (4, 1)
    assert (await _run_row(workspace, runs["endless"]))[0] == "success"
    # What was not made is not in the file, and what is changed since is left by the undo.
    entry = await workspace.health.read_undo(mended.undo)
    assert runs["endless"] not in {repair.row_id for repair in entry.file.repairs}
    await _execute(
        workspace, sa.update(table).where(table.c.run_id == runs["failed"]).values(status="success")
    )
    taken = await workspace.health.undo(entry)
    assert (len(taken.made), taken.left) == (3, 1)
    assert (await _run_row(workspace, runs["endless"]))[0] == "success"
    again = await _doctor(workspace, "--undo", str(mended.undo), "--yes")
    assert "none of these rows is as the mending left it" in str(again.blocks)


async def test_a_copy_with_decisions_of_its_own_is_left_to_people(
    sick: tuple[Workspace, dict[str, str]],
) -> None:
    """Nothing that somebody decided is hidden."""
    workspace, runs = sick
    results = workspace.store.tables.results
    await _execute(
        workspace,
        sa.update(results)
        .where(results.c.run_id == runs["copy"])
        .values(evaluation="custom", chosen_description="Mine."),
    )
    found = await workspace.health.examine()
    (fault,) = [each for each in found.faults if each.kind == "duplicate uploads"]
    assert fault.repairs == ()
    assert "left to people" in fault.message


async def test_mending_takes_an_admin_and_a_yes(
    sick: tuple[Workspace, dict[str, str]], machine: Machine, host: HostServer
) -> None:
    """A viewer may look; nobody mends unasked."""
    workspace, _ = sick
    with pytest.raises(UsageError):
        await _doctor(workspace, "--mend")
    with pytest.raises(UsageError):
        await execute(workspace, parse(["doctor", "--mend"]))
    viewer = await machine("dora", host)
    await viewer.history_store.join("prod", host.schema)
    assert _kinds(await _doctor(viewer))
    with pytest.raises(RoleError):
        await _doctor(viewer, "--mend", "--yes")
    found = await viewer.health.examine()
    with pytest.raises(RoleError):
        await viewer.health.mend(found)
    # Nothing was mended, so nothing is offered to be taken back.
    assert list((viewer.home / "undo").iterdir()) == []


_ODD_VALUES: Sequence[dict[str, object]] = (
    {"before": {"status": None}, "after": {"status": "success"}},
    {"before": {"status": ["success"]}, "after": {"status": "success"}},
    {"before": {"local_id": 2**70}, "after": {"local_id": None}},
    {"before": {"local_id": True}, "after": {"local_id": None}},
    {"before": {"status": "success"}, "after": {"local_id": None}},
    {"before": "status", "after": {"status": "success"}},
    {"table": "results", "before": {"superseded_at": "today"}, "after": {"superseded_at": None}},
    {"table": "results", "before": {"superseded_at": "2026-05-03"}, "after": {"superseded_at": None}},
)


async def test_a_file_that_is_no_undo_file_of_this_store_changes_nothing(lead: Workspace) -> None:
    """Missing, broken, of another store, or naming columns that are never mended."""
    await lead.connect()
    path = lead.home / "undo.json"
    with pytest.raises(DraftError):
        await lead.health.read_undo(path)
    repair = {"table": "runs", "row_id": "x", "before": {"created_by": "a"}, "after": {"created_by": "b"}}
    wrong: Sequence[object] = (
        "no JSON",
        {"format": 2},
        {"format": 1, "store": lead.state.label, "repairs": [repair]},
        {"format": 1, "store": lead.state.label, "repairs": [{**repair, "table": "users"}]},
        *({"format": 1, "store": lead.state.label, "repairs": [{**repair, **each}]} for each in _ODD_VALUES),
    )
    for document in wrong:
        path.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(DraftError):
            await lead.health.read_undo(path)
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(DraftError):
        await lead.health.read_undo(path)
    path.write_text(json.dumps({"format": 1, "store": "elsewhere", "repairs": []}), encoding="utf-8")
    with pytest.raises(UsageError):
        await lead.health.read_undo(path)


async def test_a_store_in_order_has_no_fault(lead: Workspace) -> None:
    """Nothing is found, and nothing is there to mend."""
    await _record(lead, NewRun(started_at=datetime.now(UTC), status="running"), _result("An id."))
    assert _kinds(await _doctor(lead)) == []
    assert "There is nothing to mend." in str((await _doctor(lead, "--mend", "--yes")).blocks)


async def test_a_program_that_is_killed_while_it_mends_has_changed_nothing(
    sick: tuple[Workspace, dict[str, str]],
) -> None:
    """The undo file is there before the first change; taking back what was not made changes nothing either."""
    workspace, runs = sick
    before = {name: await _run_row(workspace, run_id) for name, run_id in runs.items()}
    command = [
        sys.executable,
        "-m",
        "tests.services.killed_mend",
        str(workspace.home),
        "alice",
        "alice-laptop",
    ]
    environ = {**os.environ, "HOME": str(workspace.home.parent), "USER": "alice"}
    killed = await asyncio.to_thread(subprocess.run, command, env=environ, capture_output=True, text=True)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "5\n"), killed.stderr
    assert {name: await _run_row(workspace, run_id) for name, run_id in runs.items()} == before
    await workspace.connect()
    entry = await workspace.health.last_undo()
    assert entry is not None
    assert len(entry.file.repairs) == 5
    assert (await workspace.health.undo(entry)).made == ()
    assert {name: await _run_row(workspace, run_id) for name, run_id in runs.items()} == before
    mended = await workspace.health.mend(await workspace.health.examine())
    assert (len(mended.made), mended.left) == (5, 0)


async def test_looking_says_what_it_looks_for(lead: Workspace) -> None:
    """A screen can show how far it is."""
    steps: list[tuple[int, int, str]] = []
    await lead.connect()
    await lead.health.examine(lambda *step: steps.append(step))
    assert [number for number, _, _ in steps] == list(range(1, len(steps) + 1))
    assert {count for _, count, _ in steps} == {len(steps)}


async def test_more_than_one_look_reads_is_counted_as_at_least_and_no_group_is_torn(
    lead: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the runs that share a number would make the wrong one keep it."""
    monkeypatch.setattr(fault_facts, "_MOST", 3)
    for hour in range(4):
        await _record(lead, NewRun(started_at=LONG_AGO + timedelta(hours=hour), status="running"))
    for number in (7, 7, 8, 8):
        await _record(lead, NewRun(started_at=LONG_AGO + timedelta(hours=number), local_id=number))
    faults = {fault.kind: fault for fault in (await lead.health.examine()).faults}
    assert faults["runs without an end"].message.startswith("at least 3 runs have not ended")
    assert len(faults["runs without an end"].repairs) == 3
    assert faults["shared numbers"].message.startswith("at least 1 number names several runs")
    assert len(faults["shared numbers"].repairs) == 1
    # What is behind is found once the first are mended.
    await lead.health.mend(await lead.health.examine())
    faults = {fault.kind: fault for fault in (await lead.health.examine()).faults}
    assert faults["runs without an end"].message.startswith("1 run has not ended")
    assert faults["shared numbers"].message.startswith("1 number names several runs")
