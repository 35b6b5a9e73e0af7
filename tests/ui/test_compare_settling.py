"""Settling differences in the comparison: what the member sees, and what the store then holds."""

from __future__ import annotations

from amx_tui.domain.notices import Notice
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.dialogs.choice import ChoiceDialog
from tests.servers import HostServer
from tests.ui.comparing import (
    ALICES_EMAIL,
    BOBS_EMAIL,
    Pair,
    Stored,
    ago,
    column,
    compared,
    go_to,
    names,
    press_on,
    row,
    stored,
)
from tests.ui.seat import ALICE, LARGE, load_home, take_seat
from tests.ui.stores import drafted, record, recorded_run

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
    """There is no result to decide: the keys are greyed, and say so when pressed."""
    (older,) = await record(pair.home, [recorded_run(ago(days=9))], [drafted("sales.old", "Gone since.")])
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, older, pair.alices)
        await go_to(seat, "sales.old")
        for key in ("1", "2", "e"):
            await seat.press(key)
            await seat.sees("The newer run, alice (2 hr ago), has no result")
            seat.app.clear_notifications()
        assert row(seat, "sales.old").status == "left_only"


async def test_the_newer_run_is_decided_on_whichever_side_it_stands(pair: Pair) -> None:
    """Marked on the left, it still is the one that decisions go to."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.alices, pair.bobs)
        await press_on(seat, column("c_email"), "2")
        newer = row(seat, column("c_email")).cells[0]
        assert (newer.description, newer.evaluation) == (BOBS_EMAIL, "custom")


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


async def test_what_a_colleague_decides_shows_by_itself(team: Pair, host: HostServer) -> None:
    """The comparison is read again where a notice says so, and the cursor stays on its asset."""
    async with take_seat(team.home, size=LARGE) as seat:
        screen = await compared(seat, team.bobs, team.alices)
        await go_to(seat, column("c_name"))
        workspace = load_home(team.home)
        await workspace.connect()
        await workspace.register()
        try:
            comparison = await workspace.compare.open((team.bobs, team.alices))
            email = next(each for each in comparison.page.rows if each.column_name == "c_email")
            await workspace.compare.settle(comparison, email, side=0)
        finally:
            await workspace.close()
        screen.others_changed((Notice("results", "", 0, "bob@acme.com", origin="elsewhere"),))
        await seat.settled()
        assert row(seat, column("c_email")).status == "same"
        assert row(seat).target_qname == column("c_name")
