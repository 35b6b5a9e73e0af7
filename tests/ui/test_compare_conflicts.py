"""Deciding beside others: conflicts, rights, hosts that go away; and nothing typed or decided is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Static

from amx_tui.domain.identity import Identity
from amx_tui.services.compare import Compare
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import on_servers
from tests.ui.comparing import (
    ALICES_EMAIL,
    BOBS_EMAIL,
    Pair,
    Stored,
    column,
    compared,
    detail,
    go_to,
    make_writer,
    names,
    open_workspace,
    press_on,
    row,
    stored,
)
from tests.ui.seat import ALICE, BOB, LARGE, LOW, take_seat
from tests.ui.stores import write_config

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
