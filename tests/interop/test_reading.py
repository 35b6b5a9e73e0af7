"""A store that the real amx-cli made and filled a moment ago: every reading verb and every screen works on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.services import live
from amx_tui.ui.screens.apply.screen import ApplyScreen
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.members.trail import AuditScreen, SessionsScreen
from amx_tui.ui.screens.pages.screen import PagesScreen
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.review.screen import ReviewScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.interop.client import RealClient
from tests.interop.filling import ALICE, BOB, CARLA, EVE
from tests.interop.ours import (
    CUSTOMER_PAGE,
    answer,
    at_work,
    describe_team,
    home_of,
    promote,
    rows_of,
    run_of,
    verb,
)
from tests.servers import PostgresHost
from tests.ui.reviewing import reviewed, shown
from tests.ui.seat import LARGE, take_seat

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

# The tables that amx-cli may find changed by somebody who only looks: who is here, and since when.
_OF_PRESENCE = {"_amx_users", "_amx_session_events"}


async def test_the_history_is_listed_shown_hashed_and_compared(team: PostgresHost, tmp_path: Path) -> None:
    """Whose runs, over what, with their results; either name of a run is understood."""
    async with at_work(tmp_path, team, ALICE) as workspace:
        listed = await answer(workspace, "history list --limit all")
        assert {(row["created_by"], row["hostname"]) for row in listed} == {ALICE, BOB, EVE}
        assert [row["run_id"] for row in listed] == [
            row["id"] for row in reversed(rows_of(team, "analysis_runs", "started_at, id"))
        ]
        mine, bobs = run_of(team, ALICE, "ready_for_review"), run_of(team, BOB, "success")
        shown = await answer(workspace, f"history show {mine}")
        assert {each["target_qname"]: each["evaluation"] for each in shown["results"]} == {
            "sales.customer": "accepted",
            "sales.customer.c_id": "custom",
            "sales.customer.c_mail": None,
            "sales.customer.c_name": "skipped",
        }
        assert (shown["ok_count"], shown["fail_count"], shown["local_id"]) == (4, 0, 1)
        by_number = await answer(workspace, "history show #1@alice-laptop")
        assert by_number["run_id"] == mine
        assert len((await answer(workspace, f"history show {mine} --hash"))["sha256"]) == 64
        compared = await verb(workspace, f"history compare {mine} {bobs} --json")
        assert "One row per customer." in str(compared.blocks)
        assert "The key." in str(compared.blocks)


async def test_pages_members_and_the_store_itself_are_told_of(team: PostgresHost, tmp_path: Path) -> None:
    """Reading verbs beside the history's; none of them changes a row that is not about presence."""
    before = {table: rows_of(team, table, "1") for table in _tables(team)}
    async with at_work(tmp_path, team, ALICE) as workspace:
        pages = await answer(workspace, "pages list")
        assert {row["slug"]: row["created_by"] for row in pages} == {CUSTOMER_PAGE: "alice", "orders": "bob"}
        page = await answer(workspace, f"pages show {CUSTOMER_PAGE}")
        assert (page["markdown_body"], page["version"]) == ("# Customer 360\n\nFirst.\n", 1)
        for line in ("pages versions", "pages blame", "pages export"):
            assert "First." in str(
                (await verb(workspace, f"{line} {CUSTOMER_PAGE}")).blocks
            ) or line.endswith("versions")
        members = await answer(workspace, "admin members")
        assert {(row["username"], row["role"]) for row in members} == {
            ("alice", "admin"),
            ("bob", "viewer"),
            ("carla", "viewer"),
            ("eve", "viewer"),
        }
        assert {row["action"] for row in await answer(workspace, "admin audit")} == {"user_join"}
        assert {row["event_kind"] for row in await answer(workspace, "admin sessions")} >= {"first_seen"}
        for line in ("history-store status", "history-store grants", "inspect team", "config show"):
            assert (await verb(workspace, line)).exit_status == 0, line
        verified = await verb(workspace, "history-store verify")
        assert verified.exit_status == 0, verified.data
        checks = await answer(workspace, "doctor")
        assert [check for check in checks if check["state"] == "failed"] == []
        mine = run_of(team, ALICE, "ready_for_review")
        describe_team(team)
        plan = await answer(workspace, f"apply {mine} --dry-run --profile team")
        assert "sales.customer" in str(plan)
    after = {table: rows_of(team, table, "1") for table in _tables(team)}
    for table in before.keys() - _OF_PRESENCE:
        assert after[table] == before[table], table


async def test_every_screen_opens_on_it(team: PostgresHost, tmp_path: Path) -> None:
    """The history, a run, a comparison, a review, an application, the members, the trail, profiles, the doctor."""
    describe_team(team)
    mine, bobs = run_of(team, ALICE, "ready_for_review"), run_of(team, BOB, "success")
    async with take_seat(home_of(tmp_path, team, ALICE), Identity(*ALICE), size=LARGE) as seat:
        await seat.sees("alice", "bob", "eve", "#1@alice-laptop")
        assert len(seat.run_ids) == 8
        await seat.command(f"history show {mine}")
        await seat.shows(RunScreen)
        await seat.sees("c_mail", "The e-mail address.", "The key.")
        await seat.command(f"history compare {mine} {bobs}")
        await seat.shows(CompareScreen)
        await seat.sees("One row per customer.")
        await reviewed(seat, mine)
        await seat.until(lambda: shown(seat) == "sales.customer.c_mail", "the undecided asset")
        await seat.sees("The e-mail address.", "high confidence")
        assert isinstance(seat.app.screen, ReviewScreen)
        await seat.command(f"apply {mine} --profile team")
        await seat.shows(ApplyScreen)
        await seat.sees("Customers, one row each.")
        await seat.command("admin members")
        await seat.shows(MembersScreen)
        await seat.sees("carla-mac", "eve-new-laptop")
        await seat.command("admin audit")
        await seat.shows(AuditScreen)
        await seat.sees("bob")
        await seat.command("admin sessions")
        await seat.shows(SessionsScreen)
        await seat.sees("carla-mac")
        await seat.command("db-profiles")
        await seat.shows(ProfilesScreen)
        await seat.sees("team")
        await seat.command("doctor")
        await seat.shows(ReportScreen)
        await seat.sees("amx-cli")


async def test_what_amx_cli_changes_appears_by_itself(
    team: PostgresHost,
    tmp_path: Path,
    start_client: Callable[..., RealClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tells nobody, so an open program looks: at pages, members and runs."""
    monkeypatch.setattr(live, "LOOK_EVERY", 0.2)
    with start_client(tmp_path / "theirs", team, *ALICE) as alice:
        async with take_seat(home_of(tmp_path, team, ALICE), Identity(*ALICE), size=LARGE) as seat:
            await seat.press("2")
            await seat.shows(PagesScreen)
            await seat.sees("Customer 360", "v1")
            (page,) = [
                each for each in alice("shared.list_documentation_pages") if each["slug"] == CUSTOMER_PAGE
            ]
            alice(
                "shared.update_documentation_page_body",
                page["id"],
                markdown_body="Theirs.\n",
                expected_version=1,
            )
            # Nobody knows who saved it; to name its maker, as amx-cli does, would be a guess.
            await seat.sees("v2 somebody")
            await seat.press("5")
            await seat.shows(MembersScreen)
            await seat.sees("★ 1 admin")
            ids = {each["username"]: each["id"] for each in alice("admin.list_members")}
            alice("admin.promote_to_admin", actor_user_id=ids["alice"], target_user_id=ids["bob"])
            await seat.sees("★ 2 admins")
            await seat.press("1")
            run_id = run_of(team, BOB, "running")
            alice("shared.update_run_status", run_id, "cancelled")
            await seat.until(
                lambda: any(
                    (run.run_id, run.status) == (run_id, "cancelled") for run in seat.history.runs.rows
                ),
                "the run that has ended",
            )


async def test_a_viewer_there_may_look_and_not_write(team: PostgresHost, tmp_path: Path) -> None:
    """Roles of amx-cli's members count here, although amx-cli itself does not ask for them."""
    async with at_work(tmp_path, team, CARLA) as workspace:
        assert workspace.state.member is not None
        assert workspace.state.member.role == "viewer"
        assert workspace.pages.reason_against()
        assert workspace.decisions.reason_against()
    promote(team, CARLA)
    async with at_work(tmp_path, team, CARLA) as workspace:
        assert not workspace.pages.reason_against()


async def test_the_traces_of_its_faults_are_found_and_mended(team: PostgresHost, tmp_path: Path) -> None:
    """What a newcomer had pulled and uploaded again, and results that were sent before their run."""
    async with at_work(tmp_path, team, ALICE) as workspace:
        found = await answer(workspace, "doctor --store")
        kinds = {fault["kind"]: fault for fault in found["faults"]}
        assert len(kinds["duplicate uploads"]["subjects"]) == 4
        assert all(
            "of eve@eve-new-laptop is a copy of" in each for each in kinds["duplicate uploads"]["subjects"]
        )
        assert kinds["results without a run"]["subjects"] == ["1 of <unresolved> from carla-mac"]
        mended = await answer(workspace, "doctor --store --mend --yes")
        assert (mended["mended"], mended["left"]) == (10, 0)
        again = await answer(workspace, "doctor --store")
        left = {fault["kind"] for fault in again["faults"]}
        assert left == {"results without a run", "decisions without who"}


def _tables(team: PostgresHost) -> list[str]:
    rows = team.sync_execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'AMX'")
    return [name for (name,) in rows]
