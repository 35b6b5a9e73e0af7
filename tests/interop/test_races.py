"""Both programs change one row of which that layout keeps no version: what was read is compared with what is stored.

amx-cli stops where the race is: in front of its UPDATE, or behind it with the row locked and nothing committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import pytest

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues
from amx_tui.domain.errors import RoleError, StaleVersionError
from amx_tui.domain.members import Member
from amx_tui.domain.results import Result
from amx_tui.services.workspace import Workspace
from tests.interop.client import RealClient
from tests.interop.filling import ALICE, BOB
from tests.interop.judging import misfits
from tests.interop.ours import answer, at_work, describe_team, promote, run_of, verb
from tests.servers import PostgresHost
from tests.ui.seat import PATIENCE

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

Start = Callable[..., RealClient]
T = TypeVar("T")


async def _beside(team: PostgresHost, alice: RealClient, ours: Awaitable[T]) -> T:
    """Do something of ours that waits for amx-cli's transaction; once it does, let that commit."""
    task = asyncio.ensure_future(ours)
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    end = monotonic() + PATIENCE
    while not team.sync_execute(waits):
        assert not task.done(), f"nobody waited: {task}"
        assert monotonic() < end, "nobody waits"
        await asyncio.sleep(0.01)
    alice.go_on()
    return await task


async def _result(workspace: Workspace, run_id: str, column: str) -> Result:
    page = await workspace.store.results.page(run_id, limit=100)
    (found,) = [each for each in page.results if each.column_name == column]
    return await workspace.store.results.get(found.result_id)


def _accepting(result: Result) -> DecisionChange:
    return DecisionChange(DecisionBasis.of(result), DecisionValues("accepted", result.alternatives[0].text))


async def test_a_decision_that_amx_cli_is_about_to_commit_wins(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Ours waits for it, finds other values than it read, and is refused with them; so is one of many."""
    promote(team, BOB)
    bobs = run_of(team, BOB, "success")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            one, other = await _result(workspace, bobs, ""), await _result(workspace, bobs, "c_id")
            theirs = {"chosen_description": "Theirs.", "evaluation": "custom"}
            alice.hold("shared.record_evaluation", one.result_id, **theirs)
            with pytest.raises(StaleVersionError) as refused:
                await _beside(team, alice, workspace.decisions.decide(_accepting(one)))
            current = refused.value.current
            assert isinstance(current, Result)
            assert (current.evaluation, current.chosen_description) == ("custom", "Theirs.")
            # Decided once more with the same words, it is another decision all the same: the time tells.
            alice.hold("shared.record_evaluation", one.result_id, **theirs)
            changes = [_accepting(current), _accepting(other)]
            outcome = await _beside(team, alice, workspace.decisions.decide_many(changes))
            assert outcome.stale == (one.result_id,)
            assert [each.after.result_id for each in outcome.decided] == [other.result_id]
        assert misfits(team, alice) == []


async def test_a_strategy_leaves_what_amx_cli_decides_at_that_moment(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """In the shell: exit status 3, and the decision that stays is in the answer."""
    promote(team, BOB)
    bobs = run_of(team, BOB, "success")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            result = await _result(workspace, bobs, "c_id")
            alice.hold(
                "shared.record_evaluation", result.result_id, chosen_description="", evaluation="skipped"
            )
            line = f"history review {bobs} --strategy accept-all --yes"
            report = await _beside(team, alice, verb(workspace, line))
            assert report.exit_status == 3
            said: Any = report.data
            assert said["decided"] == 1
            assert [each["evaluation"] for each in said["conflicts"]] == ["skipped"]
        read = {each["column_name"]: each["evaluation"] for each in alice("shared.get_run_results", bobs)}
        assert read == {None: "accepted", "c_id": "skipped"}


async def test_nothing_is_written_that_amx_cli_decides_otherwise_meanwhile(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """The intent waits for the other decision, and is refused: the comment is not written, the rest is."""
    describe_team(team)
    promote(team, BOB)
    mine = run_of(team, ALICE, "ready_for_review")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            plan = await workspace.apply.plan(mine, profile="team")
            result = await _result(workspace, mine, "c_id")
            theirs = {"chosen_description": "Another key.", "evaluation": "custom"}
            alice.hold("shared.record_evaluation", result.result_id, **theirs)
            report = await _beside(team, alice, workspace.apply.run(plan, {}))
            assert {each.name.column_name: each.status for each in report.results} == {
                "": "written",
                "c_id": "refused",
            }
        read = {each["column_name"]: each for each in alice("shared.get_run_results", mine)}
        assert (read["c_id"]["db_applied_status"], read[None]["db_applied_status"]) == ("", "applied")
        assert misfits(team, alice) == []
    assert team.sync_execute("SELECT col_description('sales.customer'::regclass, 1)") == [(None,)]


async def test_what_both_apply_is_counted_right_by_our_next_application(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """amx-cli adds to the count of the run what we have counted already; counting anew puts that right."""
    describe_team(team)
    promote(team, BOB)
    mine = run_of(team, ALICE, "ready_for_review")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with at_work(tmp_path, team, BOB) as workspace:
            result = await _result(workspace, mine, "c_id")
            alice("shared.record_applied", result.result_id, chosen_description="The key.")
            alice.prepare("shared.increment_run_applied", mine)
            await verb(workspace, f"apply {mine} --profile team --yes --on-conflict overwrite")
            assert alice.go_on() is None
            assert alice("shared.get_run", mine)["applied_count"] == 3
            await verb(workspace, f"apply {mine} --profile team --undo --yes --on-conflict skip")
        run = alice("shared.get_run", mine)
        applied = [
            each for each in alice("shared.get_run_results", mine) if each["db_applied_status"] == "applied"
        ]
        assert run["applied_count"] == len(applied)


async def test_a_member_whom_amx_cli_is_about_to_change_is_not_changed_over_it(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Ours waits and is refused with the member as it is then."""
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        ids = {each["username"]: each["id"] for each in alice("admin.list_members")}
        async with at_work(tmp_path, team, ALICE) as workspace:
            for change, ours in (
                (
                    "promote_to_admin",
                    workspace.members.set_role(await workspace.members.find("carla"), "writer"),
                ),
                ("revoke_user", workspace.members.set_role(await workspace.members.find("bob"), "writer")),
            ):
                target = "carla" if change == "promote_to_admin" else "bob"
                alice.hold(f"admin.{change}", actor_user_id=ids["alice"], target_user_id=ids[target])
                with pytest.raises(StaleVersionError) as refused:
                    await _beside(team, alice, ours)
                current = refused.value.current
                assert isinstance(current, Member)
                assert (current.role, current.is_active) == (
                    ("admin", True) if target == "carla" else ("viewer", False)
                )
        members = {each["username"]: each for each in alice("admin.list_members")}
        assert (members["carla"]["role"], members["bob"]["role"]) == ("admin", "viewer")
        assert misfits(team, alice) == []


async def test_the_last_admin_stays_while_amx_cli_takes_the_other_one_away(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Of two admins amx-cli demotes one and has not committed: ours waits to see it, and does not demote the other."""
    promote(team, BOB, "admin")
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        ids = {each["username"]: each["id"] for each in alice("admin.list_members")}
        async with at_work(tmp_path, team, ALICE) as workspace:
            own = await workspace.members.find("alice")
            alice.hold("admin.demote_admin", actor_user_id=ids["alice"], target_user_id=ids["bob"])
            with pytest.raises(RoleError, match="last active admin"):
                await _beside(team, alice, workspace.members.set_role(own, "viewer"))
        assert alice("admin.list_active_admins") == ["alice"]


async def test_a_fault_that_amx_cli_mends_itself_is_left_to_it(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """The run ended after all between the look and the mending, so nobody cancels it."""
    endless = run_of(team, BOB, "running")
    team.sync_execute(
        "UPDATE \"AMX\".analysis_runs SET started_at = started_at - interval '3 days' WHERE id = %s",
        [endless],
    )
    with start_client(tmp_path / "theirs", team, *BOB) as bob:
        async with at_work(tmp_path, team, ALICE) as workspace:
            found = await workspace.health.examine()
            assert endless in {repair.row_id for repair in found.repairs}
            bob.hold("shared.update_run_status", endless, "success")
            mended = await _beside(team, bob, workspace.health.mend(found))
            assert endless not in {repair.row_id for repair in mended.made}
            assert mended.left >= 1
            faults = {fault["kind"] for fault in (await answer(workspace, "doctor --store"))["faults"]}
            assert "runs without an end" not in faults
        assert bob("shared.get_run", endless)["status"] == "success"
