"""The host is out of reach, goes away, or hangs: the local store is there, the reason is said, a key retries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.report.health import HealthScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer
from tests.services.conftest import on_servers
from tests.ui.conftest import NOW, Member
from tests.ui.seat import BOB, LARGE, LOW, take_seat
from tests.ui.stores import record, recorded_run

pytestmark = on_servers


@pytest.fixture
def proxy(host: HostServer, open_proxy: Callable[..., DelayingProxy]) -> DelayingProxy:
    """Return what lies between the member and the host."""
    return open_proxy(host.address)


async def test_a_refused_start_opens_the_local_store_and_r_retries(
    member: Member, proxy: DelayingProxy
) -> None:
    """Local rows, ⚠ offline with the reason; r fails as long as the host does, then shows the team's rows."""
    home = member("bob", port=proxy.port)
    proxy.refuse()
    async with take_seat(home, BOB, size=LARGE) as seat:
        assert "⚠ offline  local history.db" in seat.status
        assert seat.status.endswith("bob@acme.com (admin)")
        assert "⚠ this is the local history; r tries the host again" in seat.title
        await seat.sees("The shared history is out of reach, and this machine's own has no runs.")
        assert "warning: Offline: " in seat.said
        await seat.press("r")
        assert "⚠ offline" in seat.status
        proxy.accept()
        await seat.press("r")
        assert "● shared" in seat.status
        assert "offline" not in seat.title
        assert [run.created_by for run in seat.history.runs.rows] == ["alice@acme.com"]
        assert seat.status.endswith("bob@acme.com (viewer)")


async def test_offline_the_rows_seen_last_give_way_to_the_local_ones(
    member: Member, proxy: DelayingProxy
) -> None:
    """The first frame has the team's rows; then the host turns out to be away, and it is clear whose rows they are."""
    home = member("bob", port=proxy.port)
    async with take_seat(home, BOB) as seat:
        shared = seat.run_ids
    proxy.refuse()
    async with take_seat(home, BOB, fresh=False) as seat:
        assert seat.run_ids == shared
        await seat.fresh()
        assert "⚠ offline" in seat.status
        assert seat.run_ids == []
        await seat.sees("this machine's own has no runs", "r tries the host again")
    proxy.accept()
    async with take_seat(home, BOB, fresh=False) as seat:
        # The rows seen last are still those of the shared store: an hour offline has not replaced them.
        assert seat.run_ids == shared
        await seat.fresh()
        assert "● shared" in seat.status


async def test_a_host_that_goes_away_is_said_in_the_status_line_until_it_answers(
    member: Member, proxy: DelayingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on screen stays, but nobody is told that it is shared and well."""
    monkeypatch.setattr("amx_tui.ui.app.LOOK_AROUND", 0.02)
    home = member("bob", port=proxy.port)
    async with take_seat(home, BOB, size=LARGE) as seat:
        assert "● shared" in seat.status
        shared = seat.run_ids
        proxy.refuse()
        await seat.press("r")
        await seat.until(lambda: "⚠ no answer  " in seat.status)
        assert seat.run_ids == shared
        proxy.accept()
        await seat.press("r")
        await seat.until(lambda: "● shared" in seat.status)


async def test_offline_from_a_run_r_retries_too(member: Member, proxy: DelayingProxy) -> None:
    """A local run is open; r on it tries the host again, and the history behind it is the team's then."""
    home = member("bob", port=proxy.port)
    proxy.refuse()
    (local,) = await record(home, [recorded_run(NOW)])
    async with take_seat(home, BOB, size=LOW) as seat:
        assert seat.run_ids == [local]
        await seat.press("enter")
        await seat.shows(RunScreen)
        proxy.accept()
        await seat.press("r")
        assert "● shared" in seat.status
        await seat.press("escape")
        await seat.shows(HistoryScreen)
        assert local not in seat.run_ids
        assert len(seat.run_ids) == 1


async def test_offline_the_stores_health_is_nobodys_and_r_retries(
    member: Member, proxy: DelayingProxy
) -> None:
    """The local rows are not judged in place of the team's; once the host is back, r looks at those."""
    home = member("bob", port=proxy.port)
    proxy.refuse()
    async with take_seat(home, BOB, size=LOW) as seat:
        await seat.command("doctor --store")
        await seat.shows(HealthScreen)
        await seat.sees("r tries again")
        await seat.press("r")
        await seat.sees("r tries again")
        assert "⚠ offline" in seat.status
        proxy.accept()
        await seat.press("r")
        assert "● shared" in seat.status
        screen = await seat.shows(HealthScreen)
        assert screen.report is not None


async def test_a_server_that_goes_away_in_mid_query_is_said_and_the_app_lives_on(
    member: Member, proxy: DelayingProxy
) -> None:
    """The rows stay on the screen; the next refresh connects anew."""
    home = member("bob", port=proxy.port)
    await record(home, [recorded_run(NOW - timedelta(days=number)) for number in range(2, 5)])
    async with take_seat(home, BOB) as seat:
        ids = seat.run_ids
        await seat.press("j")
        proxy.stall()
        await seat.pilot.press("r")
        await seat.sees("reading…")
        proxy.refuse()
        proxy.flow()
        await seat.settled()
        assert "error: Reading the runs: " in seat.said
        assert seat.run_ids == ids
        assert "row 2" in seat.title
        proxy.accept()
        await seat.press("r")
        assert seat.run_ids == ids
        assert seat.said.count("Reading the runs") == 1
        await seat.press("enter")
        await seat.sees("This run drafted nothing.")


async def test_a_connection_that_breaks_once_is_not_even_noticed(
    member: Member, proxy: DelayingProxy
) -> None:
    """Reading again over a new connection does no harm, so that nobody is bothered with it."""
    home = member("bob", port=proxy.port)
    async with take_seat(home, BOB) as seat:
        proxy.stall()
        await seat.pilot.press("r")
        await seat.sees("reading…")
        proxy.cut()
        proxy.flow()
        await seat.settled()
        assert seat.said == ""
        assert "row 1" in seat.title
        proxy.cut()
        await seat.press("enter")
        await seat.sees("▾ sales.customer")


async def test_a_host_that_stays_away_shows_what_failed_on_each_screen(
    member: Member, proxy: DelayingProxy
) -> None:
    """A run that cannot be read says why and how to go on, and can be read once the host is back."""
    home = member("bob", port=proxy.port)
    async with take_seat(home, BOB, size=LARGE) as seat:
        proxy.refuse()
        await seat.press("enter")
        await seat.sees("r tries again, esc goes back")
        assert "error" in seat.said
        await seat.press("H")
        assert seat.app.clipboard == ""
        proxy.accept()
        await seat.press("r")
        await seat.sees("▾ sales.customer", "One row per customer.")
        await seat.press("escape")
        proxy.refuse()
        await seat.press("r")
        assert len(seat.run_ids) == 1
        await seat.filter("status:failed")
        assert seat.app.is_running
        proxy.accept()
        await seat.press("r")
        await seat.sees("No run matches this filter.")


async def test_a_page_that_cannot_be_read_is_asked_for_again(member: Member, proxy: DelayingProxy) -> None:
    """The end of a long list is out of reach: that is said, the cursor stays, and the same key works later."""
    home = member("bob", port=proxy.port)
    await record(home, [recorded_run(NOW - timedelta(days=number)) for number in range(2, 142)])
    async with take_seat(home, BOB) as seat:
        assert "141 runs" in seat.title
        await seat.press("j", "j")
        run = seat.run
        proxy.refuse()
        await seat.press("G")
        assert "error: Reading more runs: " in seat.said
        assert seat.run == run
        proxy.accept()
        await seat.press("G")
        assert "row 141" in seat.title


async def test_a_hanging_host_does_not_hold_the_keys(member: Member, proxy: DelayingProxy) -> None:
    """While the store does not answer, cursor, help, command line and quitting work."""
    home = member("bob", port=proxy.port)
    await record(home, [recorded_run(NOW - timedelta(days=number)) for number in range(2, 5)])
    async with take_seat(home, BOB) as seat:
        proxy.stall()
        await seat.pilot.press("r", "j", "j")
        assert "reading…" in seat.title
        assert seat.run == seat.history.runs.rows[2]
        await seat.pilot.press("?")
        await seat.sees("Read the list again")
        await seat.pilot.press("escape", "/")
        await seat.enter_text("who:alice@acme.com")
        await seat.pilot.press("enter")
        await seat.sees("filter who:alice@acme.com")
        proxy.flow()
        await seat.settled()
        assert {run.created_by for run in seat.history.runs.rows} == {"alice@acme.com"}
        proxy.stall()
        await seat.pilot.press("r", "q")
        await seat.until(lambda: not seat.app.is_running, "the end")
        proxy.flow()
