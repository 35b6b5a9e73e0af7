"""The Apply screen: what would be written where, choices, the question before, outcomes, the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from amx_tui.config.model import Profile
from amx_tui.domain.members import Member
from amx_tui.domain.notices import Notice
from amx_tui.services import apply
from amx_tui.services.described import open_warehouse
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.apply.screen import ApplyScreen
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.warehouse import Warehouse
from tests.servers import SqliteHost
from tests.services.applying import accepted, comment, comments_in, described, record
from tests.ui.seat import ALICE, LARGE, LOW, NORMAL, Seat, load_home, take_seat
from tests.ui.text_snapshots import assert_snapshot

COLUMNS = ("c_first", "c_last", "c_email")
DEMO_RUN = "run_2026-04-28_09-47-001"
"""A run of bob's over two tables, decided and half applied."""
NAMES = [f"main.customer.{column}" for column in COLUMNS]
SIZES = pytest.mark.parametrize("size", [LARGE, NORMAL, LOW], ids=["120x40", "80x24", "60x15"])


@pytest.fixture
async def machine(tmp_path: Path) -> Workspace:
    """Return a machine with a run of three descriptions, one of which meets a comment written by hand."""
    workspace = load_home(tmp_path / "amx")
    await described(workspace, SqliteHost(tmp_path / "dwh.db"), *COLUMNS)
    await workspace.connect(prefer="local")
    await workspace.register()
    await comment(workspace, {NAMES[2]: "Typed by [hand]."})
    texts = ("Given name.", "Surname.", "E-mail address.")
    await record(workspace, *(accepted(name, text) for name, text in zip(NAMES, texts, strict=True)))
    await workspace.close()
    return load_home(tmp_path / "amx")


async def _at_plan(seat: Seat) -> ApplyScreen:
    await seat.press("a")
    return await seat.shows(ApplyScreen)


@SIZES
async def test_the_place_and_the_plan_are_shown_first(machine: Workspace, size: tuple[int, int]) -> None:
    """Which database, which schemas, how many comments of which kind, at every size."""
    async with take_seat(machine.home, ALICE, size=size) as seat:
        await _at_plan(seat)
        await seat.sees(
            "Writes comments into", "dwh.db", "schemas main", "Σ 3 comments", "+ 2 to write", "⚠ 1"
        )
        assert "Write" in seat.footer
        assert await comments_in(machine, *NAMES) == ["", "", "Typed by [hand]."]


@pytest.mark.usefixtures("frozen_now")
@SIZES
async def test_what_it_looks_like(
    demo_home: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo's decided run: where it goes, its comments by state, and both texts where there is room."""

    async def at_one_place(profile: Profile, environ: Mapping[str, str]) -> Warehouse:
        warehouse = await open_warehouse(profile, environ)
        warehouse.place = "/srv/shop/dwh.db"
        return warehouse

    monkeypatch.setattr(apply, "open_warehouse", at_one_place)
    async with take_seat(demo_home, size=size) as seat:
        await seat.command(f"apply {DEMO_RUN}")
        await seat.shows(ApplyScreen)
        await seat.sees("Writes comments into")
        assert "Write" in seat.footer
        await assert_snapshot(seat, f"apply-{size[0]}x{size[1]}")


async def test_colours_are_not_needed(machine: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the screen says the same: states, choices and changed words are signs."""
    shown = []
    for value in (None, "1"):
        if value:
            monkeypatch.setenv("NO_COLOR", value)
        async with take_seat(machine.home, ALICE, size=LARGE) as seat:
            await _at_plan(seat)
            await seat.press("n")
            await seat.sees("[+E-mail address]")
            shown.append(seat.text)
    assert shown[0] == shown[1]
    for sign in ("+ to write", "⚠ conflict", "[-Typed by [hand]]", "[+E-mail address]", "›"):
        assert sign in shown[1]


async def test_both_texts_stand_beside_each_other_where_there_is_room(machine: Workspace) -> None:
    """Changed words are marked by signs; below 120 columns they are woven into one text."""
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        await _at_plan(seat)
        await seat.press("n")
        await seat.sees("now", "would become", "[-Typed by [hand]]", "[+E-mail address]")
    async with take_seat(machine.home, ALICE, size=NORMAL) as seat:
        await _at_plan(seat)
        await seat.press("n")
        await seat.sees("[-Typed by [hand]][+E-mail address].", "There was no comment when the run drafted")


async def test_a_conflict_needs_a_choice_before_anything_is_written(machine: Workspace) -> None:
    """`a` says so; a choice by key, then the question with Cancel focused, then the outcomes on the rows."""
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        screen = await _at_plan(seat)
        await seat.press("a")
        assert isinstance(seat.app.screen, ApplyScreen)
        await seat.sees("1 conflict needs a choice first")
        await seat.press("n", "2")
        await seat.sees("✎ write ours")
        await seat.press("a")
        dialog = await seat.shows(ConfirmDialog)
        await seat.sees("Write 3 comments into", "dwh.db", "Schemas main", "1 written over, 0 kept")
        assert dialog.focused is not None
        assert dialog.focused.id == "cancel"
        await seat.press("enter")
        assert await comments_in(machine, *NAMES) == ["", "", "Typed by [hand]."]
        await seat.press("a", "y")
        await seat.sees("3 written. u takes it back.", "✓ written")
        assert screen.plan is not None
        assert screen.plan.counts.unchanged == 3
        assert await comments_in(machine, *NAMES) == ["Given name.", "Surname.", "E-mail address."]
        await seat.press("a")
        await seat.sees("There is nothing to write.")


async def test_what_is_kept_stays_and_undo_asks_once(machine: Workspace) -> None:
    """`T` keeps theirs everywhere; `u` shows what would be restored, and restores it after one yes."""
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        await _at_plan(seat)
        await seat.press("T", "a", "y")
        await seat.sees("2 written")
        assert await comments_in(machine, *NAMES) == ["Given name.", "Surname.", "Typed by [hand]."]
        await seat.press("u")
        await seat.shows(ConfirmDialog)
        await seat.sees("Restore 2 comments in")
        await seat.press("n")
        await seat.sees("Apply run_")
        await seat.press("u", "y")
        await seat.sees("2 restored", "↶ restored")
        assert await comments_in(machine, *NAMES) == ["", "", "Typed by [hand]."]


async def test_counts_are_filters(machine: Workspace) -> None:
    """`s` goes through the states that there are; esc shows all again; `/` looks for a name."""
    async with take_seat(machine.home, ALICE) as seat:
        await _at_plan(seat)
        await seat.press("s", "s")
        assert [row.item.name.column_name for row in seat.list.rows] == ["c_email"]
        await seat.press("escape")
        assert len(seat.list.rows) == 3
        await seat.filter("LAST")
        assert [row.item.name.column_name for row in seat.list.rows] == ["c_last"]
        await seat.press("escape", "escape")
        assert not isinstance(seat.app.screen, ApplyScreen)


async def test_keys_that_cannot_be_used_say_why(machine: Workspace) -> None:
    """A row that is no conflict takes no choice."""
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        await _at_plan(seat)
        await seat.press("j", "1")
        await seat.sees("This comment is no conflict; n goes to the next one.")
        await seat.press("n")
        await seat.sees("There is no later conflict.")


async def test_a_viewer_sees_the_plan_and_why_nothing_can_be_written(
    machine: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is all there; the reason stands above it, and the key repeats it."""
    register = Workspace.register

    async def as_viewer(workspace: Workspace) -> object:
        await register(workspace)
        member = Member("m", ALICE.username, ALICE.hostname, "viewer")
        workspace.state = replace(workspace.state, member=member)
        return workspace.state

    monkeypatch.setattr(Workspace, "register", as_viewer)
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        await _at_plan(seat)
        await seat.sees("✗ You are a viewer; applying takes a writer or an admin.", "+ 2 to write")
        await seat.press("T", "a")
        assert isinstance(seat.app.screen, ApplyScreen)
        assert await comments_in(machine, *NAMES) == ["", "", "Typed by [hand]."]


async def test_a_profile_that_is_not_here_can_be_picked(machine: Workspace) -> None:
    """The failure names the next key; picking leads to the plan."""
    await machine.connect(prefer="local")
    run_id = await record(machine, accepted(NAMES[0], "Given name."), db_profile="elsewhere")
    await machine.close()
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        await seat.command(f"apply {run_id}")
        await seat.shows(ApplyScreen)
        await seat.sees("There is no profile 'elsewhere' here", "p picks the profile")
        await seat.press("a")
        await seat.sees("p picks the profile of the database first.")
        await seat.press("p", "1")
        await seat.sees("Writes comments into", "+ 1 to write")


async def test_a_run_without_decisions_says_what_comes_first(machine: Workspace) -> None:
    """An empty plan is no blank screen."""
    await machine.connect(prefer="local")
    drafted = accepted(NAMES[0], "Given name.", evaluation="pending", chosen_description=None)
    run_id = await record(machine, drafted)
    await machine.close()
    async with take_seat(machine.home, ALICE) as seat:
        await seat.command(f"apply {run_id}")
        await seat.shows(ApplyScreen)
        await seat.sees("Nothing of this run was decided yet.", "esc goes back")


async def test_the_run_screen_shows_who_applied_a_result(machine: Workspace) -> None:
    """The audit trail stands beside the result, and in the shell's answer."""
    async with take_seat(machine.home, ALICE, size=LARGE) as seat:
        await _at_plan(seat)
        await seat.press("T", "a", "y")
        await seat.sees("2 written")
        await seat.press("escape", "enter")
        await seat.shows(RunScreen)
        await seat.press("j", "enter")
        await seat.sees("Applications", "✓ written", f"by {ALICE}")


@SIZES
async def test_what_colleagues_decide_meanwhile_is_said_and_moves_nothing(
    machine: Workspace, size: tuple[int, int]
) -> None:
    """The plan stays under the fingers of who reads it; what is news of another run is passed over; r plans anew."""
    async with take_seat(machine.home, ALICE, size=size) as seat:
        screen = await _at_plan(seat)
        await seat.press("j")
        plan, row = screen.plan, seat.list.current_key
        news = (Notice("results", "", 0, "bob@acme.com", origin="elsewhere"),)
        seat.app.others_changed(news)
        await seat.settled()
        assert "changed meanwhile" not in seat.flat
        results = seat.app.workspace.store.tables.results
        skipped = sa.update(results).where(results.c.column_name == "c_last").values(evaluation="skipped")
        await seat.app.workspace.store.database.run(lambda each: each.execute(skipped), write=True)
        seat.app.others_changed(news)
        await seat.sees("⚠ changed meanwhile, r looks again")
        assert (screen.plan, seat.list.current_key) == (plan, row)
        await seat.press("r")
        await seat.misses("changed meanwhile")
        assert screen.plan is not None
        assert screen.plan.counts.total == 2
