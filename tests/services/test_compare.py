"""Comparing runs over the workspace, and settling differences where they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from amx_tui.domain.compare import DIFFERENCES, CompareCursor, CompareFilter, Comparison
from amx_tui.domain.errors import NotFoundError, RoleError, StaleVersionError, UsageError
from amx_tui.domain.identity import Identity
from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative, Result
from amx_tui.services.compare import Compare
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import Machine

NOW = datetime(2026, 5, 8, 17, 44, tzinfo=UTC)
DRAFTS = {
    "c_first_name": ("Given name of the customer.", "First name of the customer."),
    "c_last_name": ("Surname of the customer.", "Surname of the customer."),
    "c_email": ("E-mail address.", "Address the customer logs in with."),
    "x_legacy_status": ("Legacy status flag of the old ERP.", None),
}


def _results(side: int) -> list[NewResult]:
    return [
        NewResult(
            schema_name="sales",
            table_name="customer",
            column_name=column,
            alternatives=tuple(
                Alternative(text) for text in (texts[side], f"Other draft of {column}") if text
            ),
        )
        for column, texts in DRAFTS.items()
        if texts[side] is not None
    ]


async def _record(workspace: Workspace, results: Sequence[NewResult], age: timedelta, **facts: str) -> str:
    run = replace(NewRun(started_at=NOW - age), **facts)  # type: ignore[arg-type]
    return await workspace.store.recorder.record(run, results, identity=workspace.identity)


@pytest.fixture
async def alice(lead: Workspace) -> Workspace:
    """Return the machine of alice, who is admin and connected to the store."""
    await lead.connect()
    await lead.register()
    lead.compare = Compare(lead, now=lambda: NOW)
    return lead


@pytest.fixture
async def bob(alice: Workspace, machine: Machine, host: HostServer) -> Workspace:
    """Return the machine of bob, a viewer of alice's store."""
    workspace = await machine("bob", host)
    await workspace.history_store.enable(await workspace.history_store.plan("prod", host.schema))
    await workspace.connect()
    await workspace.register()
    workspace.compare = Compare(workspace, now=lambda: NOW)
    return workspace


@pytest.fixture
async def runs(alice: Workspace, bob: Workspace) -> tuple[str, str]:
    """Return alice's newer run and bob's older one over the same table."""
    older = await _record(bob, _results(1), timedelta(days=5))
    return await _record(alice, _results(0), timedelta(hours=2)), older


async def _statuses(workspace: Workspace, comparison: Comparison) -> dict[str, str]:
    return {row.column_name: comparison.word(row) async for row in workspace.compare.rows(comparison)}


async def _result(workspace: Workspace, comparison: Comparison, column: str, side: int) -> Result:
    row = await workspace.compare.row(comparison, ("sales", "customer", column))
    assert row is not None
    result = (await workspace.compare.detail(row))[side]
    assert result is not None
    return result


async def test_two_members_see_where_they_disagree(alice: Workspace, runs: tuple[str, str]) -> None:
    """Named by member and time, with the words of the documentation, counts and the first page."""
    comparison = await alice.compare.open(runs)
    assert comparison.names == ("alice (2 hr ago)", "bob (5 days ago)")
    assert await _statuses(alice, comparison) == {
        "c_email": "diff",
        "c_first_name": "diff",
        "c_last_name": "same",
        "x_legacy_status": "alice added",
    }
    assert (comparison.counts.of({"same"}), comparison.counts.differences) == (1, 3)
    assert comparison.newer == 0
    assert comparison.warnings == ()


async def test_references_are_what_people_type(alice: Workspace, runs: tuple[str, str]) -> None:
    """A beginning of an id is enough; what names no run, and one run alone, are refused."""
    comparison = await alice.compare.open([runs[0][:14], runs[1]])
    assert [side.run.run_id for side in comparison.sides] == list(runs)
    with pytest.raises(NotFoundError):
        await alice.compare.open([runs[0], "nobody's"])
    for references in ([], [runs[0]], [runs[0]] * 9):
        with pytest.raises(UsageError, match="2 to 8"):
            await alice.compare.open(references)


async def test_another_filter_reads_it_again(alice: Workspace, runs: tuple[str, str]) -> None:
    """Counts heed the name and not the statuses, so that they can be filters themselves."""
    comparison = await alice.compare.open(runs, CompareFilter(statuses=DIFFERENCES))
    assert [row.column_name for row in comparison.page.rows] == ["c_email", "c_first_name", "x_legacy_status"]
    assert comparison.counts.total == 4
    narrower = await alice.compare.again(comparison, CompareFilter("sales.customer.c_email"))
    assert [row.column_name for row in narrower.page.rows] == ["c_email"]
    assert narrower.counts.total == 1


async def test_differences_are_found_by_number(alice: Workspace, runs: tuple[str, str]) -> None:
    """`n` and `N` go from one to the next and say which of how many it is."""
    comparison = await alice.compare.open(runs)
    found = []
    cursor: CompareCursor | None = None
    while (difference := await alice.compare.next_difference(comparison, cursor)) is not None:
        found.append((difference.row.column_name, difference.number, difference.total))
        cursor = CompareCursor.of(difference.row)
    assert found == [("c_email", 1, 3), ("c_first_name", 2, 3), ("x_legacy_status", 3, 3)]
    back = await alice.compare.next_difference(comparison, cursor, "backward")
    assert back is not None
    assert (back.row.column_name, back.number) == ("c_first_name", 2)
    same = await alice.compare.open(runs, CompareFilter(statuses=frozenset({"same"})))
    assert await alice.compare.next_difference(same, None) is None


async def test_a_side_is_taken_for_the_newer_run_and_taken_back(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """With who and when; what is no draft of the newer run counts as edited; undo and redo are decisions too."""
    comparison = await alice.compare.open(runs)
    row = next(row for row in comparison.page.rows if row.column_name == "c_first_name")
    settled = await alice.compare.settle(comparison, row, side=1)
    assert (settled.count, settled.text) == (1, "First name of the customer.")
    decided = await _result(alice, comparison, "c_first_name", 0)
    assert (decided.evaluation, decided.description) == ("custom", "First name of the customer.")
    assert (decided.evaluated_by, decided.version) == ("alice", 2)
    assert decided.evaluated_at is not None
    assert (await _statuses(alice, comparison))["c_first_name"] == "same"
    assert (await alice.compare.undo()).count == 1
    undone = await _result(alice, comparison, "c_first_name", 0)
    assert (undone.evaluation, undone.description, undone.version) == (
        "pending",
        "Given name of the customer.",
        3,
    )
    assert (await alice.compare.redo()).count == 1
    assert (await _result(alice, comparison, "c_first_name", 0)).description == "First name of the customer."
    assert alice.compare.can_undo
    assert not alice.compare.can_redo


async def test_one_asset_settled_again_and_again_is_taken_back_step_by_step(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """Every decision of a chain on one result is undone, and made again, one after the other."""
    comparison = await alice.compare.open(runs)
    texts = ("First.", "Second.", "Third.")
    for text in texts:
        row = next(row for row in comparison.page.rows if row.column_name == "c_first_name")
        current = await alice.compare.row(comparison, row.key)
        assert current is not None
        await alice.compare.settle(comparison, current, text=text)

    async def now() -> str | None:
        return (await _result(alice, comparison, "c_first_name", 0)).description

    for _ in range(2):
        for text in ("Second.", "First.", "Given name of the customer."):
            undone = await alice.compare.undo()
            assert (undone.count, undone.stale) == (1, ())
            assert await now() == text
        for text in texts:
            redone = await alice.compare.redo()
            assert (redone.count, redone.stale) == (1, ())
            assert await now() == text


async def test_ones_own_draft_is_accepted_and_an_edit_is_kept(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """Taking the newer run's own side accepts its draft; typed text is an edit, and an empty one is refused."""
    comparison = await alice.compare.open(runs)
    row = next(row for row in comparison.page.rows if row.column_name == "c_email")
    await alice.compare.settle(comparison, row, side=0)
    assert (await _result(alice, comparison, "c_email", 0)).evaluation == "accepted"
    row = await alice.compare.row(comparison, row.key) or row
    await alice.compare.settle(comparison, row, text="Address for invoices.")
    assert (await _result(alice, comparison, "c_email", 0)).description == "Address for invoices."
    row = await alice.compare.row(comparison, row.key) or row
    with pytest.raises(UsageError, match="no description"):
        await alice.compare.settle(comparison, row, text="")
    with pytest.raises(UsageError, match="side"):
        await alice.compare.settle(comparison, row)


async def test_what_changed_since_it_was_shown_is_not_overwritten(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """A 409 with the decision that is there now; nothing is lost, and nothing is to undo."""
    comparison = await alice.compare.open(runs)
    row = comparison.page.rows[0]
    await alice.compare.settle(comparison, row, text="decided first")
    with pytest.raises(StaleVersionError) as refused:
        await alice.compare.settle(comparison, row, side=1)
    assert isinstance(refused.value.current, Result)
    assert refused.value.current.description == "decided first"
    await alice.compare.undo()
    with pytest.raises(NotFoundError, match="nothing to undo"):
        await alice.compare.undo()


async def test_all_of_one_side_is_taken_at_once_and_undone_at_once(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """The preview counts what is then stored; what is the same, or not described there, is left alone."""
    comparison = await alice.compare.open(runs)
    assert await alice.compare.settle_preview(comparison, 1) == 2
    settled = await alice.compare.settle_all(comparison, 1)
    assert (settled.count, settled.stale) == (2, ())
    assert await _statuses(alice, comparison) == {
        "c_email": "same",
        "c_first_name": "same",
        "c_last_name": "same",
        "x_legacy_status": "alice added",
    }
    assert await alice.compare.settle_preview(comparison, 1) == 0
    assert (await alice.compare.undo()).count == 2
    assert (await alice.compare.counts(comparison)).differences == 3
    narrow = await alice.compare.again(comparison, CompareFilter("sales.customer.c_email"))
    assert (await alice.compare.settle_all(narrow, 1)).count == 1
    only_same = replace(comparison, filter=CompareFilter(statuses=frozenset({"same"})))
    assert (await alice.compare.settle_all(only_same, 1)).count == 0


async def test_undoing_leaves_what_somebody_else_has_decided_since(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """It is listed, and keeps the decision of whoever made it."""
    comparison = await alice.compare.open(runs)
    await alice.compare.settle_all(comparison, 1)
    mine = await _result(alice, comparison, "c_email", 0)
    results = alice.store.tables.results
    theirs = (
        sa.update(results)
        .where(results.c.result_id == mine.result_id)
        .values(chosen_description="decided by carol", version=results.c.version + 1)
    )
    await alice.store.database.run(lambda connection: connection.execute(theirs), write=True)
    undone = await alice.compare.undo()
    assert (undone.count, undone.stale) == (1, (mine.result_id,))
    assert (await _result(alice, comparison, "c_email", 0)).description == "decided by carol"


async def test_a_viewer_is_told_why_and_refused(
    alice: Workspace, bob: Workspace, runs: tuple[str, str]
) -> None:
    """Before a key is pressed, and by the store itself; after a promotion it works."""
    comparison = await bob.compare.open(runs)
    row = comparison.page.rows[0]
    assert "viewer" in bob.compare.reason_against_settling(comparison, row)
    with pytest.raises(RoleError, match="viewer"):
        await bob.compare.settle(comparison, row, side=1)
    with pytest.raises(RoleError):
        await bob.compare.settle_all(comparison, 1)
    users = alice.store.tables.users
    promotion = sa.update(users).where(users.c.username == "bob").values(role="writer")
    await alice.store.database.run(lambda connection: connection.execute(promotion), write=True)
    await bob.connect()
    await bob.register()
    assert bob.compare.reason_against_settling(comparison, row) == ""
    assert (await bob.compare.settle(comparison, row, side=1)).count == 1


async def test_what_the_newer_run_has_no_result_for_cannot_be_settled(
    alice: Workspace, bob: Workspace, runs: tuple[str, str]
) -> None:
    """The reason names the asset and the run; a side without a description is no choice either."""
    newer = await _record(bob, _results(1), timedelta(hours=1))
    comparison = await alice.compare.open((runs[0], newer))
    assert comparison.newer == 1
    row = next(row for row in comparison.page.rows if row.column_name == "x_legacy_status")
    reason = alice.compare.reason_against_settling(comparison, row)
    assert "sales.customer.x_legacy_status" in reason
    assert "bob (1 hr ago)" in reason
    with pytest.raises(UsageError, match="x_legacy_status"):
        await alice.compare.settle(comparison, row, side=0)
    other = await alice.compare.open(runs)
    row = next(row for row in other.page.rows if row.column_name == "x_legacy_status")
    with pytest.raises(UsageError, match="no description"):
        await alice.compare.settle(other, row, side=1)


async def test_the_best_runs_to_compare_with_come_first(
    alice: Workspace, bob: Workspace, runs: tuple[str, str]
) -> None:
    """Same tables, other members; runs that answered questions and the run itself are no candidates."""
    elsewhere = NewResult(schema_name="finance", table_name="ledger", alternatives=(Alternative("x"),))
    own = await _record(alice, _results(0), timedelta(hours=9))
    far = await _record(bob, [elsewhere], timedelta(minutes=3))
    await _record(bob, _results(1), timedelta(minutes=1), command="search.ask")
    found = await alice.compare.candidates(runs[0])
    assert [(each.run.run_id, each.shared_tables, each.is_other_member) for each in found] == [
        (runs[1], 1, True),
        (own, 1, False),
        (far, 0, True),
    ]
    assert [each.run.run_id for each in await alice.compare.candidates(runs[0], "alice")] == [own]
    assert await alice.compare.candidates(runs[0], "nobody at all") == ()


async def test_a_run_that_is_still_running_is_said(alice: Workspace, runs: tuple[str, str]) -> None:
    """It may have more to say; reading again finds it."""
    running = await _record(alice, [], timedelta(minutes=10), status="running", db_profile="staging")
    comparison = await alice.compare.open((running, runs[1]))
    assert comparison.is_running
    assert any("still running" in warning for warning in comparison.warnings)
    assert comparison.counts.of({"right_only"}) == 3


async def test_decisions_of_another_store_are_not_undone_here(
    alice: Workspace, runs: tuple[str, str]
) -> None:
    """What was decided in the shared store is on offer again when that is open again, also over a new connection."""
    comparison = await alice.compare.open(runs)
    await alice.compare.settle(comparison, comparison.page.rows[0], side=1)
    offered = [alice.compare.can_undo]
    await alice.connect(prefer="local")
    offered.append(alice.compare.can_undo)
    await alice.connect()
    offered.append(alice.compare.can_undo)
    assert (await alice.compare.undo()).count == 1
    await alice.close()
    offered.append(alice.compare.can_undo)
    assert offered == [True, False, True, False]
    assert alice.compare.reason_against_settling(comparison) == "No store is open."


@pytest.mark.postgresql
async def test_amx_clis_own_store_is_settled_too(machine: Machine, amx_cli_store: PostgresHost) -> None:
    """By its admin, on values where there are no versions; who decided is read back from the events."""
    (name, host) = amx_cli_store.sync_execute(
        """SELECT username, hostname FROM "AMX"._amx_users WHERE role = 'admin' AND revoked_at IS NULL"""
    )[0]
    workspace = await machine("anybody", amx_cli_store)
    workspace.identity = Identity(name, host)
    await workspace.history_store.enable(await workspace.history_store.plan("prod", "AMX"))
    await workspace.connect()
    await workspace.register()
    comparison = await _comparable(workspace)
    row = next(row for row in comparison.page.rows if row.cells[comparison.newer].result_id)
    assert workspace.compare.reason_against_settling(comparison, row) == ""
    before = (await workspace.compare.detail(row))[comparison.newer]
    await workspace.compare.settle(comparison, row, text="Settled.")
    with pytest.raises(StaleVersionError):
        await workspace.compare.settle(comparison, row, text="Too late.")
    row = await workspace.compare.row(comparison, row.key) or row
    decided = (await workspace.compare.detail(row))[comparison.newer]
    assert before is not None
    assert decided is not None
    assert (decided.evaluation, decided.description, decided.evaluated_by) == ("custom", "Settled.", name)
    assert (await workspace.compare.undo()).count == 1
    assert await workspace.compare.settle_preview(comparison, 1 - comparison.newer) > 0
    assert (await workspace.compare.settle_all(comparison, 1 - comparison.newer)).count > 0
    assert (await workspace.compare.undo()).stale == ()
    restored = (await workspace.compare.detail(row))[comparison.newer]
    assert restored is not None
    assert (restored.evaluation, restored.chosen_description) == (
        before.evaluation,
        before.chosen_description,
    )


async def _comparable(workspace: Workspace) -> Comparison:
    """Find two runs that differ about something that the newer one has a result for."""
    described = [run.run_id for run in (await workspace.history.list(limit=50)).runs if run.ok_count]
    wanted = CompareFilter(statuses=frozenset({"diff"}))
    for run_id in described:
        for candidate in await workspace.compare.candidates(run_id, limit=5):
            comparison = await workspace.compare.open((run_id, candidate.run.run_id), wanted)
            if comparison.page.rows:
                return comparison
    raise AssertionError("no two runs differ")
