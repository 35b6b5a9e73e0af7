"""Reviews while the host is away, in stores that let nobody write, and among colleagues who are quicker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from textual import events

from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.notices import Notice
from amx_tui.services.store_state import StoreState
from amx_tui.services.workspace import Workspace
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.review.screen import ReviewScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer, SqliteHost
from tests.services.conftest import on_servers
from tests.ui.comparing import Pair, Stored, column, stored
from tests.ui.reviewing import decide_elsewhere, reviewed, saved, set_role, shown
from tests.ui.seat import ALICE, LARGE, LOW, PATIENCE, Seat, take_seat
from tests.ui.stores import write_config
from tests.ui.test_foreign_text import MARKUP, NASTY, drawn, make_nasty

BOBS = DecisionValues("custom", "Where the customer's mail goes.")


@pytest.fixture
def proxy(host: HostServer, open_proxy: Callable[..., DelayingProxy]) -> DelayingProxy:
    """Return what lies between the member and the host."""
    return open_proxy(host.address)


def kept(pair: Pair, name: str) -> Stored:
    """What the local store holds of alice's result for an asset."""
    return stored(SqliteHost(pair.home / "history.db"), name, pair.alices)


async def told(seat: Seat) -> None:
    """Let the app be told that a colleague has decided something, as a host does."""
    (screen,) = seat.app.screens_of_kind(ReviewScreen)
    screen.others_changed((Notice("results", "", 0, "bob@acme.com", origin="elsewhere"),))
    await seat.settled()


@on_servers
async def test_the_host_goes_away_in_mid_review_and_comes_back(
    team: Pair, host: HostServer, proxy: DelayingProxy
) -> None:
    """Keys decide on, it is said that the decisions are kept here, and r has them stored once the host is back."""
    write_config(team.home, host, profile={"port": proxy.port})
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        proxy.refuse()
        await seat.press("a")
        await seat.sees("⚠ 1 not saved yet", "Kept here, not stored: ", "r tries again")
        await seat.press("X")
        await seat.sees("⚠ 2 not saved yet", "Rejected sales.customer.", "kept here; r tries to store it")
        await seat.press("u")
        assert shown(seat) == "sales.customer"
        proxy.accept()
        await seat.press("r")
        await saved(seat)
        await seat.sees("✓ saved")
        assert stored(host, "sales", team.alices).evaluation == "accepted"
        assert stored(host, "sales.customer", team.alices).evaluation is None


@on_servers
async def test_a_review_that_cannot_be_read_says_why_and_r_reads_it(
    team: Pair, host: HostServer, proxy: DelayingProxy
) -> None:
    """The reason and the next key are on the screen, at its smallest, too."""
    write_config(team.home, host, profile={"port": proxy.port})
    async with take_seat(team.home, size=LOW) as seat:
        proxy.refuse()
        seat.app.open_review(team.alices)
        await seat.sees("r tries again, esc goes back")
        await seat.press("a")
        await seat.sees("The review could not be opened; r tries again.")
        proxy.accept()
        await seat.press("r")
        await seat.sees("All that is sold.")


@on_servers
async def test_offline_it_is_said_that_the_run_is_looked_for_in_the_local_history(
    team: Pair, host: HostServer, proxy: DelayingProxy
) -> None:
    """The run is in the shared store; once that is back, r opens the review."""
    write_config(team.home, host, profile={"port": proxy.port})
    proxy.refuse()
    async with take_seat(team.home) as seat:
        seat.app.open_review(team.alices)
        await seat.sees("There is no run", "This is the local history", "r tries again, esc goes back")
        proxy.accept()
        await seat.press("r")
        await seat.sees("All that is sold.")


async def test_a_store_that_is_read_only_is_looked_at(pair: Pair) -> None:
    """Going and copying work; deciding keys say why not."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        workspace = seat.app.workspace
        workspace.state = replace(workspace.state, is_read_only=True, reason="a newer program made it.")
        for key in ("a", "2", "e", "x", "X", "S"):
            await seat.press(key)
            await seat.sees("The store is read-only: a newer program made it.")
            assert shown(seat) == "sales"
        await seat.press("n", "y")
        assert seat.app.clipboard == "One row per customer."


@on_servers
async def test_whoever_is_demoted_in_mid_review_is_told_and_loses_nothing(
    team: Pair, host: HostServer
) -> None:
    """What was decided stays on this machine, and the next key says which role it takes."""
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        await set_role(seat.app.workspace, "viewer")
        await seat.press("a")
        await seat.sees("⚠ 1 not saved yet", "Kept here, not stored: ", "(viewer)")
        await seat.press("a")
        await seat.sees("You are a viewer; deciding takes a writer or an admin.")
        assert shown(seat) == "sales.customer"
        assert stored(host, "sales", team.alices).evaluation is None
        await set_role(seat.app.workspace, "writer")
        await seat.press("r")
        await saved(seat)
        assert stored(host, "sales", team.alices).evaluation == "accepted"


@on_servers
async def test_whoever_is_promoted_in_mid_review_may_decide(team: Pair, host: HostServer) -> None:
    """The host's word of it, or r, is enough; nobody has to start anew."""
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        workspace = seat.app.workspace
        await set_role(workspace, "viewer")
        await workspace.register()
        seat.app.session.show_state()
        await seat.press("a")
        await seat.sees("You are a viewer;", "(viewer)")
        await set_role(workspace, "writer")
        await seat.press("r")
        await seat.sees("(writer)")
        await set_role(workspace, "viewer")
        member = workspace.state.member
        assert member is not None
        seat.app.others_changed(
            (Notice("member", member.member_id, 9, "carol@acme.com", origin="elsewhere"),)
        )
        await seat.sees("(viewer)")
        await set_role(workspace, "writer")
        await seat.press("r", "a")
        await saved(seat)
        assert stored(host, "sales", team.alices).evaluation == "accepted"


@on_servers
async def test_whoever_is_revoked_in_mid_review_is_told(team: Pair, host: HostServer) -> None:
    """Nothing more is stored or seen of the store; what was decided and not stored stays on this machine."""
    async with take_seat(team.home, size=LARGE) as seat:
        await reviewed(seat, team.alices)
        users = seat.app.workspace.store.tables.users
        statement = sa.update(users).values(revoked_at=datetime.now(UTC))
        await seat.app.workspace.store.database.run(lambda each: each.execute(statement), write=True)
        await seat.press("a")
        await seat.shows(HistoryScreen)
        await seat.sees("alice-laptop was revoked, and may not read")
        assert "what you have not saved stays on this machine" in seat.said
        assert seat.run_ids == []
        assert list((team.home / "drafts").glob("decisions-*"))
        assert stored(host, "sales", team.alices).evaluation is None


async def test_keys_before_the_role_is_known_wait_for_it(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two quick keys are two decisions, in their order, as soon as the store has said who the member is."""
    gate = asyncio.Event()
    register = Workspace.register

    async def slowly(workspace: Workspace) -> StoreState:
        await gate.wait()
        return await register(workspace)

    monkeypatch.setattr(Workspace, "register", slowly)
    async with take_seat(pair.home, fresh=False) as seat:
        await seat.until(seat.app.first_rows.is_set, "the first rows")
        seat.app.open_review(pair.alices)
        await seat.sees("All that is sold.")
        seat.app.post_message(events.Key("a", "a"))
        seat.app.post_message(events.Key("X", "X"))
        async with asyncio.timeout(PATIENCE):
            # The app takes no other message before the key is answered.
            while "Asking the store what your role is…" not in seat.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        gate.set()
        await seat.until(lambda: shown(seat) == column("c_birth"), "the third asset")
        await saved(seat)
        assert kept(pair, "sales").evaluation == "accepted"
        assert kept(pair, "sales.customer").evaluation == "skipped"


async def test_a_role_that_never_comes_is_said(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is answered with the reason, and nothing is decided."""
    never = asyncio.Event()
    monkeypatch.setattr("amx_tui.ui.screens.review.deciding.ROLE_WAIT", 0.01)

    async def silent(workspace: Workspace) -> StoreState:
        await never.wait()
        return workspace.state

    monkeypatch.setattr(Workspace, "register", silent)
    async with take_seat(pair.home, fresh=False) as seat:
        await seat.until(seat.app.first_rows.is_set, "the first rows")
        seat.app.open_review(pair.alices)
        await seat.sees("All that is sold.")
        seat.app.post_message(events.Key("1", "1"))
        await seat.sees("The store has not said yet what your role is.")
        assert shown(seat) == "sales"
        never.set()


async def test_what_a_colleague_decides_meanwhile_is_not_decided_again(pair: Pair) -> None:
    """Assets that are not looked at are passed over at once, and counted."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales.customer": BOBS})
        await told(seat)
        assert "1 of 8" in seat.lines[2]
        await seat.press("a")
        assert shown(seat) == column("c_birth")
        await saved(seat)
        assert "conflict" not in seat.title
        assert kept(pair, "sales.customer").evaluated_by == "bob@acme.com"


async def test_the_asset_in_sight_that_a_colleague_decides_is_announced(pair: Pair) -> None:
    """A key at the same moment leads to the choice, not over the colleague's decision; passing on is free."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales": BOBS})
        await told(seat)
        await seat.sees("bob@acme.com has just decided sales: ✎ edited.", "s passes on")
        await seat.press("a")
        await saved(seat)
        await seat.sees("409 Conflict: sales: bob@acme.com decided meanwhile.")
        assert kept(pair, "sales").evaluated_by == "bob@acme.com"
        await seat.press("C", "1", "b")
        assert shown(seat) == "sales"
        await seat.sees("✎ edited by bob@acme.com", "Where the customer's mail goes.")


async def test_an_asset_that_was_passed_on_shows_the_colleagues_decision_later(pair: Pair) -> None:
    """Going back reads it again, and a decision is then one on top of it."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await reviewed(seat, pair.alices)
        await decide_elsewhere(pair.home, pair.alices, {"sales": BOBS})
        await told(seat)
        await seat.press("s", "b")
        await seat.sees("✎ edited by bob@acme.com", "Where the customer's mail goes.")
        await seat.press("1")
        await saved(seat)
        assert kept(pair, "sales") == Stored("accepted", "All that is sold.", ALICE.username, 3)


async def test_a_click_on_an_alternative_takes_it(pair: Pair) -> None:
    """Anywhere on its text; the footer's keys can be clicked, too, and the wheel scrolls."""
    async with take_seat(pair.home) as seat:
        await reviewed(seat, pair.alices)
        await seat.filter("c_email")
        row = next(number for number, line in enumerate(seat.lines) if "Where mail goes." in line)
        assert not seat.app.screen.get_style_at(8, row).underline
        await seat.pilot.click(offset=(8, row))
        await saved(seat)
        assert kept(pair, column("c_email")).chosen == "Where mail goes."
        await seat.press("escape", "b")
        await seat.pilot.click(offset=(seat.footer.index("Undo"), len(seat.lines) - 1))
        await saved(seat)
        assert kept(pair, column("c_email")).evaluation is None


@pytest.mark.parametrize("size", [LOW, LARGE], ids=["60x15", "120x40"])
async def test_nasty_texts_are_reviewed_as_the_data_they_are(amx_home: Path, size: tuple[int, int]) -> None:
    """Control sequences, markup, wide and right-to-left text, 100 kB: drawn in line, decided to the byte."""
    run_id = await make_nasty(amx_home)
    async with take_seat(amx_home, size=size) as seat:
        await reviewed(seat, run_id)
        for _ in NASTY:
            drawn(seat)
            await seat.press("G")
            drawn(seat)
            await seat.press("e")
            drawn(seat)
            await seat.press("escape", "x")
            drawn(seat)
            await seat.press("escape", "2")
            drawn(seat)
        await saved(seat)
        await seat.press("S")
        drawn(seat)
        chosen = {
            each.chosen_description
            for each in (await seat.app.workspace.store.results.page(run_id, limit=100)).results
        }
        assert seat.app.is_running
        assert MARKUP in chosen
