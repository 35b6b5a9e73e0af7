"""Settling differences in the comparison: what the member sees, and what the store then holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Static

from amx_tui.domain.identity import Identity
from amx_tui.services.compare import Compare
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from amx_tui.ui.screens.history.screen import HistoryScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import on_servers
from tests.ui.comparing import (
    Pair,
    Stored,
    column,
    compared,
    detail,
    go_to,
    make_writer,
    names,
    open_workspace,
    record_pair,
    row,
    stored,
)
from tests.ui.seat import ALICE, BOB, LARGE, LOW, Seat, take_seat
from tests.ui.stores import make_store, write_config

BOBS_EMAIL = "The customer's e-mail address."
ALICES_EMAIL = "The e-mail address of the customer."


@pytest.fixture
async def team(host: HostServer, tmp_path: Path) -> Pair:
    """Return alice's home, whose shared store on the host has both runs."""
    home = tmp_path / "lead"
    await make_store(home, host)
    return Pair(home, *await record_pair(home))


async def press_on(seat: Seat, name: str, *keys: str) -> None:
    """Put the cursor on an asset and press keys."""
    await go_to(seat, name)
    await seat.press(*keys)


# ---- one difference --------------------------------------------------------------------------------------


async def test_a_side_is_taken_by_its_number(team: Pair, host: HostServer) -> None:
    """The newer run's result is decided, by whom it says, one version up; the cursor goes on; both runs agree then."""
    async with take_seat(team.home, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        before = stored(host, column("c_email"), team.alices)
        assert before == Stored(None, None, None, before.version)
        await press_on(seat, column("c_email"), "1")
        assert stored(host, column("c_email"), team.alices) == Stored(
            "custom", BOBS_EMAIL, ALICE.username, before.version + 1
        )
        assert stored(host, column("c_email"), team.bobs).evaluation is None
        assert row(seat).target_qname == column("c_name")
        assert row(seat, column("c_email")).status == "same"
        assert "= 2 same" in seat.lines[2]
        said = f"Took bob (5 days ago) for {column('c_email')}. u takes it back."
        assert seat.lines[-2] == f" ✓ Settled: {said}"
        assert said in seat.said
        await seat.press("2")
        settled = stored(host, column("c_name"), team.alices)
        assert (settled.evaluation, settled.chosen) == ("accepted", "First name of the customer, as typed.")
        assert row(seat, column("c_name")).status == "diff"
        assert [line for line in seat.lines if "c_name" in line and "≠ diff ✓" in line]


async def test_undo_and_redo_go_where_it_happened(team: Pair, host: HostServer) -> None:
    """U restores what was there before, ctrl+r decides it again; each is a version of its own."""
    async with take_seat(team.home) as seat:
        await compared(seat, team.bobs, team.alices)
        before = stored(host, column("c_email"), team.alices)
        await seat.press("u")
        assert "There is nothing to take back." in seat.flat
        await press_on(seat, column("c_email"), "1")
        await go_to(seat, "sales.orders")
        await seat.press("u")
        assert stored(host, column("c_email"), team.alices) == Stored(None, None, None, before.version + 2)
        assert row(seat).target_qname == column("c_email")
        assert row(seat).status == "diff"
        await seat.press("g", "ctrl+r")
        assert stored(host, column("c_email"), team.alices) == Stored(
            "custom", BOBS_EMAIL, ALICE.username, before.version + 3
        )
        assert row(seat).target_qname == column("c_email")
        await seat.press("ctrl+r")
        assert "There is nothing to settle again." in seat.flat


async def test_an_edited_text_becomes_the_decision(team: Pair, host: HostServer) -> None:
    """E begins with the newer run's text; taken, it is stored as edited, and its draft goes."""
    async with take_seat(team.home) as seat:
        await compared(seat, team.bobs, team.alices)
        await press_on(seat, column("c_email"), "e")
        assert ALICES_EMAIL in seat.flat
        assert f"Description of {column('c_email')}" in seat.flat
        await seat.enter_text(" Never shared.")
        await seat.press("ctrl+s")
        settled = stored(host, column("c_email"), team.alices)
        assert settled[:3] == ("custom", f"{ALICES_EMAIL} Never shared.", ALICE.username)
        assert "Took the edited text" in seat.said
        assert not list((team.home / "drafts").glob("text-*"))
        await press_on(seat, column("c_email"), "e")
        assert "last time" not in seat.flat
        await seat.press("ctrl+u", "f2")
        assert "There is nothing to take: an empty text is no description." in seat.said
        assert stored(host, column("c_email"), team.alices) == settled


async def test_what_one_side_alone_describes_can_be_taken(pair: Pair) -> None:
    """Where the newer run has a result without a description; where it has none at all, that is said."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await press_on(seat, column("c_birth"), "1")
        assert row(seat, column("c_birth")).status == "same"
        await press_on(seat, "sales.orders", "1")
        assert "bob (5 days ago) has no description to take." in seat.said
        await press_on(seat, column("c_email"), "7")
        assert "There are 2 sides here; alt+7 goes to another screen." in seat.said


async def test_an_asset_that_the_newer_run_lacks_cannot_be_decided(pair: Pair) -> None:
    """The keys are greyed and say why."""
    async with take_seat(pair.home) as seat:
        screen = await compared(seat, pair.alices, pair.bobs)
        assert screen.comparison is not None
        assert screen.comparison.newer == 0
        await press_on(seat, "sales.orders", "1")
        assert row(seat, "sales.orders").cells[0].evaluation == "accepted"
        assert "for sales.orders" in seat.said


async def test_fast_keys_settle_one_asset_each(team: Pair, host: HostServer) -> None:
    """Each key acts on what the cursor shows at that moment, however long the store takes for the one before."""
    async with take_seat(team.home) as seat:
        await compared(seat, team.bobs, team.alices)
        await go_to(seat, column("c_email"))
        await seat.pilot.press("1", "2", "1")
        await seat.settled()
        assert stored(host, column("c_email"), team.alices).chosen == BOBS_EMAIL
        assert stored(host, column("c_name"), team.alices).chosen == "First name of the customer, as typed."
        assert stored(host, column("c_phone"), team.alices).chosen == "phone number"
        assert "409" not in seat.said
        for _ in range(3):
            await seat.press("u")
        for name in ("c_email", "c_name", "c_phone"):
            assert stored(host, column(name), team.alices).evaluation is None


# ---- all that are shown ----------------------------------------------------------------------------------


async def test_all_of_a_sides_are_taken_after_asking_once(team: Pair, host: HostServer) -> None:
    """Only what the filter shows; Cancel has the cursor; all of it goes back with one key."""
    async with take_seat(team.home, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        await seat.press("f", "f", "a")
        dialog = await seat.shows(ChoiceDialog)
        assert "Take whose descriptions for all differences shown (diff)?" in seat.flat
        assert "1 bob (5 days ago) 3 decisions" in seat.flat
        assert "They become decisions of the newer run, alice (2 hr ago)." in seat.flat
        await seat.press("enter")
        assert seat.app.screen is not dialog
        assert stored(host, column("c_email"), team.alices).evaluation is None
        await seat.press("a", "1")
        for name in ("c_email", "c_name", "c_phone"):
            assert stored(host, column(name), team.alices).evaluated_by == ALICE.username
        assert stored(host, column("c_email"), team.alices).chosen == BOBS_EMAIL
        assert stored(host, column("c_birth"), team.alices).evaluation is None
        assert "Settled: 3 decisions. u takes them back." in seat.said
        await seat.sees("No asset matches this filter.")
        await seat.press("u")
        assert "Taken back: 3 decisions." in seat.said
        assert names(seat) == [column("c_email"), column("c_name"), column("c_phone")]
        assert stored(host, column("c_email"), team.alices).evaluation is None


async def test_nothing_left_to_take_is_said(pair: Pair) -> None:
    """No dialog opens where no side has a decision to give."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.filter("status:missing")
        await seat.press("a")
        assert "There is no difference here that is not settled already." in seat.said
        assert isinstance(seat.app.screen, CompareScreen)


# ---- others decide too -----------------------------------------------------------------------------------


async def teammate(team: Pair, host: HostServer, tmp_path: Path) -> Path:
    """The home of bob, who may write."""
    home = write_config(tmp_path / "bob", host)
    workspace = await open_workspace(home, BOB)
    await workspace.close()
    make_writer(host, BOB)
    return home


async def decide_meanwhile(home: Path, team: Pair, name: str, side: int) -> None:
    """Settle a difference in another program, as bob."""
    workspace = await open_workspace(home, BOB)
    try:
        comparison = await workspace.compare.open((team.bobs, team.alices))
        (found,) = [each for each in comparison.page.rows if each.target_qname == name]
        await workspace.compare.settle(comparison, found, side=side)
    finally:
        await workspace.close()


async def test_who_is_late_gets_a_conflict_and_sees_the_row_as_it_is(
    team: Pair, host: HostServer, tmp_path: Path
) -> None:
    """409, by whom; the cursor is back on the asset, which shows the other's decision; then it can be decided."""
    home = await teammate(team, host, tmp_path)
    async with take_seat(team.home, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        await decide_meanwhile(home, team, column("c_email"), 1)
        theirs = stored(host, column("c_email"), team.alices)
        await press_on(seat, column("c_email"), "1")
        await seat.sees("409 Conflict", "was decided by bob@acme.com")
        assert stored(host, column("c_email"), team.alices) == theirs
        assert theirs.evaluated_by == BOB.username
        assert row(seat).target_qname == column("c_email")
        assert "≠ diff ✓" in seat.cursor_line
        assert "✓ accepted by bob@acme.com" in detail(seat)
        await seat.press("1")
        ours = stored(host, column("c_email"), team.alices)
        assert ours == Stored("custom", BOBS_EMAIL, ALICE.username, theirs.version + 1)
        await seat.press("u")
        assert stored(host, column("c_email"), team.alices)[:3] == theirs[:3]


async def test_a_text_that_met_a_conflict_is_offered_again(
    team: Pair, host: HostServer, tmp_path: Path
) -> None:
    """What was typed while somebody else decided is kept, beside what is stored now."""
    home = await teammate(team, host, tmp_path)
    async with take_seat(team.home, size=LARGE) as seat:
        await compared(seat, team.bobs, team.alices)
        await press_on(seat, column("c_email"), "e")
        await seat.enter_text(" Typed for an hour.")
        await decide_meanwhile(home, team, column("c_email"), 0)
        await seat.press("ctrl+s")
        await seat.sees("409 Conflict", "What you typed is kept")
        assert stored(host, column("c_email"), team.alices).chosen == BOBS_EMAIL
        await press_on(seat, column("c_email"), "e")
        assert f"{ALICES_EMAIL} Typed for an hour." in seat.flat
        stored_text = str(seat.app.screen.query_one("#text-stored", Static).render())
        assert stored_text == f"This is what you typed last time. Stored is: {BOBS_EMAIL}"
        await seat.press("ctrl+s")
        assert stored(host, column("c_email"), team.alices)[1:3] == (
            f"{ALICES_EMAIL} Typed for an hour.",
            ALICE.username,
        )
        assert not list((team.home / "drafts").glob("text-*"))


async def test_undoing_leaves_what_others_have_decided_since(
    team: Pair, host: HostServer, tmp_path: Path
) -> None:
    """Their decision stays, and how many were left is said."""
    home = await teammate(team, host, tmp_path)
    async with take_seat(team.home) as seat:
        await compared(seat, team.bobs, team.alices)
        await press_on(seat, column("c_email"), "1")
        await decide_meanwhile(home, team, column("c_email"), 0)
        theirs = stored(host, column("c_email"), team.alices)
        await seat.press("u")
        assert "warning: Taken back: nothing. 1 changed by others meanwhile" in seat.said
        assert stored(host, column("c_email"), team.alices) == theirs


async def test_a_viewer_is_refused_with_the_reason(team: Pair, host: HostServer, tmp_path: Path) -> None:
    """The keys are greyed, say why, and nothing is stored; looking and exporting is not refused."""
    async with take_seat(write_config(tmp_path / "bob", host), BOB) as seat:
        assert seat.status.endswith("(viewer)")
        await compared(seat, team.bobs, team.alices)
        await go_to(seat, column("c_email"))
        for key in ("1", "2", "e", "a"):
            await seat.press(key)
            await seat.sees("You are a viewer; deciding takes a writer or an admin.")
            seat.app.clear_notifications()
        assert stored(host, column("c_email"), team.alices).evaluation is None
        await seat.press("d")
        assert len(names(seat)) == 6


# ---- nothing is lost -------------------------------------------------------------------------------------


@pytest.mark.parametrize("leave", ["ctrl+q", "close"])
async def test_a_text_in_the_making_outlives_the_app(pair: Pair, leave: str) -> None:
    """The app ends in mid-edit: what was typed is on disk, and offered the next time."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await press_on(seat, column("c_name"), "e")
        await seat.enter_text(" Half a sen")
        if leave == "ctrl+q":
            await seat.pilot.press("ctrl+q")
            await seat.until(lambda: not seat.app.is_running, "the end")
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await press_on(seat, column("c_name"), "e")
        assert "First name of the customer, as typed. Half a sen" in seat.flat
        assert "This is what you typed last time." in seat.flat
        await seat.press("escape")
        await seat.sees("Discard what you typed?")
        await seat.press("escape")
        assert "Half a sen" in seat.flat
        await seat.press("escape", "y")
        assert isinstance(seat.app.screen, CompareScreen)
        await seat.press("e")
        assert "Half a sen" not in seat.flat


async def test_a_text_is_on_disk_while_it_is_typed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the program then: the draft does not wait for a pause of the keys."""
    monkeypatch.setattr("amx_tui.ui.screens.dialogs.text.KEEP_AFTER", 0.01)
    async with take_seat(pair.home, size=LOW) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await press_on(seat, column("c_name"), "e")
        await seat.enter_text(" Kept.")

        def kept() -> bool:
            drafts = list((pair.home / "drafts").glob("text-*.txt"))
            return [draft.read_text(encoding="utf-8") for draft in drafts] == [
                "First name of the customer, as typed. Kept."
            ]

        await seat.until(kept, "the draft on disk")


@pytest.mark.parametrize("leave", ["escape", "alt+1", "ctrl+q"])
async def test_a_decision_under_way_is_stored_although_the_screen_is_left(
    team: Pair, host: HostServer, leave: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left, or the app quit, while the store still takes its time."""
    settle, may_go_on = Compare.settle, asyncio.Event()

    async def slowly(self: Compare, *args: object, **options: object) -> object:
        await may_go_on.wait()
        return await settle(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Compare, "settle", slowly)
    async with take_seat(team.home) as seat:
        await compared(seat, team.bobs, team.alices)
        await go_to(seat, column("c_email"))
        await seat.pilot.press("1", leave)
        if leave == "ctrl+q":
            may_go_on.set()
            await seat.until(lambda: not seat.app.is_running, "the end")
        else:
            await seat.until(lambda: isinstance(seat.app.screen, HistoryScreen), "the history")
            assert "Settled" not in seat.said
            may_go_on.set()
            await seat.until(lambda: "Settled" in seat.said, "the settling")
    assert stored(host, column("c_email"), team.alices).chosen == BOBS_EMAIL


# ---- other stores ----------------------------------------------------------------------------------------


@on_servers
async def test_a_host_that_goes_away_stores_nothing_and_says_so(
    team: Pair, host: HostServer, open_proxy: Callable[..., DelayingProxy], tmp_path: Path
) -> None:
    """The rows stay; the decision is refused with the reason; once the host is back it can be made."""
    proxy = open_proxy(host.address)
    home = write_config(tmp_path / "far", host, profile={"port": proxy.port})
    async with take_seat(home, ALICE) as seat:
        await compared(seat, team.bobs, team.alices)
        proxy.refuse()
        await press_on(seat, column("c_email"), "1")
        assert "error: Settling sales.customer.c_email: " in seat.said
        assert row(seat).target_qname == column("c_email")
        assert len(names(seat)) == 8
        proxy.accept()
        assert stored(host, column("c_email"), team.alices).evaluation is None
        await seat.press("1")
        assert stored(host, column("c_email"), team.alices).chosen == BOBS_EMAIL


@pytest.mark.postgresql
async def test_a_store_that_amx_cli_made_is_compared_and_settled(
    amx_cli_store: PostgresHost, tmp_path: Path
) -> None:
    """Without versions in it: the decision is stored, a concurrent one is a conflict, and undo restores."""
    home = write_config(tmp_path / "bob", amx_cli_store)
    bob = Identity("bob", "bob-mac")
    async with take_seat(home, bob, size=LARGE) as seat:
        history = [run for run in seat.history.runs.rows if run.ok_count]
        best = None
        for run in history:
            found = await seat.app.workspace.compare.candidates(run.run_id)
            if found and found[0].shared_tables:
                best = run.run_id, found[0].run.run_id
                break
        assert best is not None
        screen = await compared(seat, *best)
        await seat.press("f", "f")
        assert "≠ diff" in seat.cursor_line
        target, cells = row(seat), row(seat).cells
        assert screen.comparison is not None
        newer = screen.comparison.newer
        await seat.press("2" if newer == 0 else "1")
        other = cells[1 - newer].description
        fresh = await screen.workspace.compare.row(screen.comparison, target.key)
        assert fresh is not None
        assert fresh.cells[newer].description == other
        assert fresh.cells[newer].evaluation in {"accepted", "custom"}
        await seat.press("u")
        fresh = await screen.workspace.compare.row(screen.comparison, target.key)
        assert fresh is not None
        assert fresh.cells[newer].description == cells[newer].description
        workspace = await open_workspace(home, bob)
        try:
            await workspace.compare.settle(screen.comparison, fresh, side=1 - newer)
        finally:
            await workspace.close()
        await go_to(seat, target.target_qname)
        await seat.press("1" if newer == 0 else "2")
        await seat.sees("409 Conflict")
