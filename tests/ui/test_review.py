"""The Review screen: every key, what the store then holds, and what the reviewer is shown."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.errors import UnreachableError
from amx_tui.ui.screens.apply.screen import ApplyScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.line.screen import LineScreen
from amx_tui.ui.screens.review.conflict import ConflictDialog
from amx_tui.ui.screens.review.screen import ReviewScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.servers import HostServer, SqliteHost
from tests.ui.comparing import ALICES_EMAIL, BOBS_EMAIL, Pair, Stored, column, stored
from tests.ui.reviewing import decide_elsewhere, reviewed, saved, session_of, set_role, shown
from tests.ui.seat import ALICE, LARGE, LOW, NORMAL, load_home, take_seat
from tests.ui.stores import write_config

BOBS = DecisionValues("custom", "Where the customer's mail goes.")


def host_of(pair: Pair) -> HostServer:
    """The local store of a home, to look at its rows."""
    return SqliteHost(pair.home / "history.db")


def kept(pair: Pair, name: str) -> Stored:
    """What the local store holds of alice's result for an asset."""
    return stored(host_of(pair), name, pair.alices)


async def test_a_run_is_reviewed_from_the_history_and_from_itself(pair: Pair) -> None:
    """V opens it from both, at the first undecided asset; esc leads back."""
    async with take_seat(pair.home) as seat:
        await seat.press("v")
        await seat.shows(ReviewScreen)
        assert shown(seat) == "sales"
        await seat.press("escape")
        await seat.shows(HistoryScreen)
        await seat.press("enter")
        await seat.shows(RunScreen)
        await seat.press("v")
        await seat.shows(ReviewScreen)
        await seat.press("escape")
        await seat.shows(RunScreen)
        await seat.command(f"history review {pair.alices} --table sales.orders")
        await seat.shows(ReviewScreen)
        assert shown(seat) == "sales.orders"
        assert "filter table:sales.orders" in seat.title


async def test_one_key_decides_and_shows_the_next(pair: Pair) -> None:
    """A accepts the first, a number another one; the table stays in sight while its columns are reviewed."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("a")
        assert shown(seat) == "sales.customer"
        await seat.press("enter")
        assert shown(seat) == column("c_birth")
        await seat.press("n")
        assert shown(seat) == column("c_email")
        await seat.sees("in customer: One row per customer.")
        await seat.press("2")
        assert shown(seat) == column("c_name")
        await saved(seat)
        assert kept(pair, "sales") == Stored("accepted", "All that is sold.", ALICE.username, 2)
        assert kept(pair, column("c_email")) == Stored("accepted", "Where mail goes.", ALICE.username, 2)
        assert kept(pair, column("c_birth")).evaluation is None
        assert "✓ saved" in seat.title
        await seat.press("7")
        assert "There is 1 alternative here; alt+7 goes to another screen." in seat.said


async def test_what_others_wrote_and_the_reasoning_are_in_sight(pair: Pair) -> None:
    """Below the alternatives, or beside them where there is room."""
    for size in (NORMAL, LARGE):
        async with take_seat(pair.home, size=size) as seat:
            await reviewed(seat, pair.alices)
            await seat.press("ctrl+g")
            await seat.shows(LineScreen)
            await seat.enter_text("c_email")
            await seat.press("enter")
            assert shown(seat) == column("c_email")
            await seat.sees(ALICES_EMAIL, "high confidence", "The name sales.customer.c_email says so.")
            await seat.sees("bob@acme.com", "5 days ago", BOBS_EMAIL)


async def test_an_edited_text_becomes_the_decision(pair: Pair) -> None:
    """E begins with the first alternative; its draft goes once the decision is on the disk."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("e")
        await seat.enter_text(" Everything.")
        await seat.press("ctrl+s")
        assert shown(seat) == "sales.customer"
        await saved(seat)
        assert kept(pair, "sales") == Stored("custom", "All that is sold. Everything.", ALICE.username, 2)
        assert not list((pair.home / "drafts").glob("text-*"))


async def test_a_rejection_may_say_why(pair: Pair) -> None:
    """X asks for a reason, X does not, esc rejects nothing."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("x", "escape")
        assert shown(seat) == "sales"
        await seat.press("x")
        await seat.enter_text("too vague")
        await seat.press("enter")
        assert shown(seat) == "sales.customer"
        await seat.press("X")
        await saved(seat)
        assert kept(pair, "sales").evaluation == "skipped"
        assert kept(pair, "sales.customer") == Stored("skipped", "", ALICE.username, 2)
        await seat.press("b", "b")
        assert shown(seat) == "sales"
        await seat.sees("✗ rejected by alice@acme.com", "reason: too vague")


async def test_passing_stores_nothing_and_the_summary_leads_back(pair: Pair) -> None:
    """Behind the last asset it is said what is left, and enter goes there."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.press(*"ssssssss")
        await seat.sees("That was the last asset.", "8 ○ left undecided", "8 of them passed over")
        assert kept(pair, "sales") == Stored(None, None, None, 1)
        await seat.press("enter")
        assert shown(seat) == "sales"


async def test_undo_and_redo_over_the_whole_session(pair: Pair) -> None:
    """Each goes where it happened; decisions on one result are stored in their order, each a version."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("u")
        assert "There is nothing to undo." in seat.flat
        await seat.press("a", "X", "u", "u")
        assert shown(seat) == "sales"
        await seat.press("ctrl+r")
        await saved(seat)
        assert kept(pair, "sales") == Stored("accepted", "All that is sold.", ALICE.username, 4)
        assert kept(pair, "sales.customer") == Stored(None, None, None, 3)
        await seat.press("ctrl+r", "ctrl+r")
        assert "There is nothing to redo." in seat.flat
        await saved(seat)
        assert kept(pair, "sales.customer").evaluation == "skipped"


async def test_a_review_is_taken_up_where_it_stopped(pair: Pair) -> None:
    """At the first undecided asset, with what was decided counted."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("a", "a", "X")
        await saved(seat)
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        assert shown(seat) == column("c_email")
        assert "3 of 8  2 ✓ accepted  0 ✎ edited  1 ✗ rejected  5 ○ left" in seat.lines[2]


async def test_a_filter_leads_through_some_assets_only(pair: Pair) -> None:
    """A table, a text in the descriptions, undecided ones; esc takes it away again."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.filter("table:sales.customer is:pending")
        assert shown(seat) == "sales.customer"
        await seat.press("escape")
        assert "filter" not in seat.title
        await seat.filter("First name")
        assert shown(seat) == column("c_name")
        await seat.press("a")
        await seat.sees("Everything that the filter shows is decided.")
        await seat.press("escape")
        await seat.filter("confidence:low")
        await seat.sees("No asset matches this filter.", "esc takes the filter away")


async def test_a_strategy_decides_the_rest_and_one_undo_takes_it_back(pair: Pair) -> None:
    """It says beforehand how many of what; what is decided already, or has no draft, stays."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("X", "S")
        await seat.sees(
            "Accept all of the run: 5, leaves 2 without a draft", "Reject all of sales.customer: 6"
        )
        await seat.press("2")
        await saved(seat)
        await seat.sees("Accepted 5.")
        assert "6 of 8  5 ✓ accepted  0 ✎ edited  1 ✗ rejected  2 ○ left" in seat.lines[2]
        assert kept(pair, "sales.orders").evaluation == "accepted"
        detail = await seat.app.workspace.history.detail(pair.alices)
        assert detail.run.review_strategy == "accept-all"
        await seat.press("u")
        await saved(seat)
        assert "1 of 8" in seat.lines[2]
        assert kept(pair, "sales.orders") == Stored(None, None, None, 3)
        assert kept(pair, "sales").evaluation == "skipped"


async def test_of_two_decisions_the_reviewer_chooses(pair: Pair) -> None:
    """Both are shown with who made the other; theirs stays, or mine goes on top of it, one version up."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales": BOBS, "sales.customer": BOBS})
        await seat.press("a", "a")
        await saved(seat)
        await seat.sees("409 Conflict", "bob@acme.com decided meanwhile.")
        assert "⚠ 2 conflicts" in seat.title
        assert kept(pair, "sales").evaluated_by == "bob@acme.com"
        await seat.press("C")
        await seat.shows(ConflictDialog)
        await seat.sees("409 Conflict: sales (1 of 2)", "✎ edited bob@acme.com", "✓ accepted you")
        await seat.press("2")
        await seat.sees("409 Conflict: sales.customer ")
        await seat.press("1")
        await saved(seat)
        assert "conflict" not in seat.title
        assert kept(pair, "sales") == Stored("accepted", "All that is sold.", ALICE.username, 3)
        assert kept(pair, "sales.customer")[:3] == ("custom", BOBS.chosen_description, "bob@acme.com")
        assert (
            not list((pair.home / "drafts").glob("decisions-*.jsonl")) or not session_of(seat).journal.entries
        )


async def test_a_conflict_may_wait_and_is_there_again(pair: Pair) -> None:
    """Later leaves both as they are, also over the end of the program."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales": BOBS})
        await seat.press("a")
        await saved(seat)
        await seat.press("C", "escape")
        assert "⚠ 1 conflict " in seat.title
    async with take_seat(pair.home) as seat:
        await seat.until(lambda: "decided by somebody else" in seat.said, "the notice")
        await reviewed(seat, pair.alices)
        await seat.until(lambda: "⚠ 1 conflict " in seat.title, "the conflict")
        await seat.press("C", "2")
        await saved(seat)
        assert kept(pair, "sales") == Stored("accepted", "All that is sold.", ALICE.username, 3)


async def test_a_conflict_does_not_take_the_keys(pair: Pair) -> None:
    """It comes while the reviewer types: the text and the dialog stay, and it is said behind them."""
    async with take_seat(pair.home) as seat:
        screen = await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales": BOBS})
        await seat.pilot.press("a", "e")
        await saved(seat)
        await seat.sees("Description of sales.customer")
        await seat.enter_text(" Typed.")
        await seat.press("ctrl+s")
        await saved(seat)
        assert kept(pair, "sales.customer").chosen == "One row per customer. Typed."
        assert len(screen.session.conflicts if screen.session else ()) == 1


async def test_a_strategy_leaves_what_others_decide(pair: Pair) -> None:
    """And lists it, without asking about every one."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales.orders": BOBS})
        await seat.press("S", "2")
        await saved(seat)
        assert kept(pair, "sales.orders")[:3] == ("custom", BOBS.chosen_description, "bob@acme.com")
        assert not session_of(seat).conflicts
        await seat.press(*"ss")
        await seat.sees("Decided by others meanwhile, and left by the strategy as it is:", "sales.orders")


@pytest.mark.parametrize("size", [LOW, NORMAL, LARGE], ids=["60x15", "80x24", "120x40"])
async def test_it_fits_every_terminal(pair: Pair, size: tuple[int, int]) -> None:
    """The asset, its first alternative, the progress and the keys are in sight."""
    async with take_seat(pair.home, size=size) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("a")
        assert shown(seat) == "sales.customer"
        await seat.sees("sales.customer", "One row per customer.", "1 of 8", "1 ✓", "? Help", "a Accept")
        await seat.press("S")
        await seat.sees("Cancel")
        await seat.press("escape", "j", "k", "G", "g", "ctrl+d", "ctrl+u")
        assert shown(seat) == "sales.customer"


async def test_names_and_texts_are_copied(pair: Pair) -> None:
    """Y copies the description in force, Y the name."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("y")
        assert seat.app.clipboard == "All that is sold."
        await seat.press("Y")
        assert seat.app.clipboard == "sales"


async def test_an_editor_of_the_members_own_may_write_it(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """F4 gives the text to $EDITOR; where there is none, that is said."""
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nprintf "From outside.\\n" > "$1"\n')
    script.chmod(0o755)
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        monkeypatch.setattr(seat.app, "suspend", nullcontext)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.delenv("EDITOR", raising=False)
        await seat.press("e", "f4")
        assert "No editor is named." in seat.said
        monkeypatch.setenv("EDITOR", str(script))
        await seat.press("f4", "ctrl+s")
        await saved(seat)
        assert kept(pair, "sales") == Stored("custom", "From outside.", ALICE.username, 2)


async def test_quitting_asks_only_while_something_is_unsaved(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store does not take it: q says how many, and that they are kept; the next start stores them."""
    monkeypatch.setattr("amx_tui.ui.leaving.GRACE", 0.05)
    monkeypatch.setattr("amx_tui.services.review.GRACE", 0.05)
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        repository = seat.app.workspace.store.decisions

        async def refuse(*_: object, **__: object) -> None:
            raise UnreachableError("The host does not answer.")

        monkeypatch.setattr(repository, "decide_many", refuse)
        await seat.press("a")
        await seat.sees("⚠ 1 not saved yet", "The host does not answer.")
        await seat.press("q")
        await seat.sees("Quit while 1 decision is not saved yet?", "It is kept on this machine")
        await seat.press("n", "q")
        await seat.sees("Quit while 1 decision")
        await seat.pilot.press("y")
        await seat.until(lambda: not seat.app.is_running, "the end")
    assert kept(pair, "sales").evaluation is None
    async with take_seat(pair.home) as seat:
        await seat.until(lambda: "is stored now" in seat.said, "the notice")
        assert kept(pair, "sales") == Stored("accepted", "All that is sold.", ALICE.username, 2)
        await seat.pilot.press("q")
        await seat.until(lambda: not seat.app.is_running, "the end")


async def test_a_viewer_sees_everything_and_is_told_why_not(team: Pair) -> None:
    """Looking, filtering and copying work; each deciding key says what it takes."""
    workspace = load_home(team.home)
    await workspace.connect()
    await workspace.register()
    await set_role(workspace, "viewer")
    await workspace.close()
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        await seat.until(lambda: "(viewer)" in seat.status, "the role")
        await seat.sees("All that is sold.")
        for key in ("a", "1", "e", "x", "X", "S"):
            await seat.press(key)
            await seat.sees("You are a viewer; deciding takes a writer or an admin.")
            assert shown(seat) == "sales"
        await seat.press("s")
        assert shown(seat) == "sales.customer"
        await seat.press("y")
        assert seat.app.clipboard == "One row per customer."


async def test_amx_clis_store_is_reviewed_with_the_same_keys(
    amx_cli_store: HostServer, tmp_path: Path
) -> None:
    """Who decided is kept as an event there, and a decision can be taken back."""
    home = write_config(tmp_path / "home", amx_cli_store)
    workspace = load_home(home)
    await workspace.connect()
    await workspace.register()
    await set_role(workspace, "writer")
    await workspace.close()
    async with take_seat(home, size=LARGE) as seat:
        ids = [run.run_id for run in seat.history.runs.rows if run.ok_count > 3]
        await reviewed(seat, ids[0])
        session = session_of(seat)
        if not shown(seat):
            await seat.press("b")
        before = session.review.counts
        await seat.press("X", "b", "x")
        await seat.enter_text("no")
        await seat.press("enter", "u", "u")
        await saved(seat)
        assert not session.conflicts
        assert session.review.counts == before
        events = amx_cli_store.sync_execute(
            'SELECT status FROM "AMX".app_events WHERE event_type = %s', ["review.decision"]
        )
        assert sorted(status for (status,) in events) == ["success", "success", "undone", "undone"]


async def test_what_was_decided_is_applied_from_the_summary(pair: Pair) -> None:
    """A, behind the last asset, goes on with the applying."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await seat.press("S", "3")
        await saved(seat)
        await seat.sees("Everything is decided.", "apply what was decided to the database")
        await seat.press("a")
        await seat.shows(ApplyScreen)
