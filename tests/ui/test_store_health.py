"""The health of the store's rows on a screen: what is wrong, a dry run, mending after a question, taking it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amx_tui.domain.errors import StoreError
from amx_tui.domain.recording import NewRun
from amx_tui.services.doctor.health import Examination
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.report.content import plain_text
from amx_tui.ui.screens.report.health import DoctorScreen, HealthScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.store.screen import StoreScreen
from tests.servers import SqliteHost
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import drafted, make_store, record
from tests.ui.text_snapshots import assert_snapshot

LONG_AGO = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """Return alice's home at a shared store with a run that never ended; she is its admin."""
    home = tmp_path / "alice"
    await make_store(home, SqliteHost(tmp_path / "team.db"))
    await record(home, [NewRun(started_at=LONG_AGO, status="running")])
    return home


async def answer(seat: Seat) -> str:
    """The whole answer of the report in front, however much of it is on the screen."""
    screen = await seat.shows(ReportScreen)
    await seat.until(lambda: screen.report is not None, "the answer")
    assert screen.report is not None
    return plain_text(screen.report)


@pytest.mark.parametrize("size", [LARGE, NORMAL, LOW])
async def test_a_fault_is_shown_tried_and_mended_by_keys(home: Path, size: tuple[int, int]) -> None:
    """D shows what would change, m asks first and says how to take it back; then nothing is wrong any more."""
    async with take_seat(home, ALICE, size=size) as seat:
        await seat.command("doctor --store")
        await seat.shows(HealthScreen)
        await seat.sees("⚠ 1 kind of fault", "runs without an end", "Mend")
        await seat.press("d")
        assert "status running → cancelled" in await answer(seat)
        await seat.press("escape")
        await seat.pilot.press("m")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.sees("Mend 1 row of team.db?")
        await seat.pilot.press("y")
        await seat.until(lambda: isinstance(seat.app.screen, ReportScreen), "the answer")
        assert "✓ 1 row mended." in await answer(seat)
        await seat.press("escape")
        await seat.shows(HealthScreen)
        await seat.sees("✓ Nothing is wrong with the rows of team.db.")
        await seat.press("m")
        await seat.until(lambda: "Nothing can be mended." in seat.said + seat.toasts, "why not")
        await seat.pilot.press("U")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.sees("Take back the mending of 1 row of team.db?")
        await seat.pilot.press("y")
        await seat.until(lambda: isinstance(seat.app.screen, ReportScreen), "the answer")
        assert "✓ 1 row as before." in await answer(seat)
        await seat.press("escape")
        await seat.sees("⚠ 1 kind of fault", "runs without an end")
        await seat.press("U")
        await seat.until(lambda: "No mending of this store" in seat.said + seat.toasts, "nothing left")


async def test_a_viewer_sees_the_faults_and_why_they_cannot_be_mended(home: Path) -> None:
    """The key says that it takes an admin."""
    async with take_seat(home, BOB, size=NORMAL) as seat:
        await seat.command("doctor --store")
        await seat.shows(HealthScreen)
        await seat.sees("runs without an end")
        await seat.press("m")
        await seat.until(lambda: "mending the store takes an admin" in seat.said + seat.toasts, "why not")
        assert isinstance(seat.app.screen, HealthScreen)


@pytest.mark.parametrize("size", [LARGE, NORMAL, LOW], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_many_faults(home: Path, size: tuple[int, int]) -> None:
    """The first few of each kind and how many more; enter lists all of them, and folds them again."""
    hours = (LONG_AGO + timedelta(hours=number) for number in range(1, 245))
    await record(home, [NewRun(started_at=hour, status="running") for hour in hours])
    odd = LONG_AGO + timedelta(minutes=5)
    await record(
        home,
        [
            NewRun(
                started_at=odd, status="success", error_text="429 Too Many Requests\n[bold]x[/bold] \x1b[31m"
            )
        ],
        [drafted("sales.customer.c_id", "An id.")],
    )
    anew = (LONG_AGO + timedelta(minutes=minute) for minute in (3, 9))
    await record(home, [NewRun(started_at=moment, local_id=7) for moment in anew])
    async with take_seat(home, ALICE, size=size) as seat:
        await seat.command("doctor --store")
        screen = await seat.shows(HealthScreen)
        assert "3 kinds of fault, 246 rows to mend" in seat.title
        assert "and 240 more" in await answer(seat)
        assert "[bold]x[/bold] ␛[31m" in await answer(seat)
        await assert_snapshot(seat, f"store-health-{size[0]}x{size[1]}")
        await seat.press("enter")
        assert (await answer(seat)).count(", analyze.run\n") == 245
        assert screen is seat.app.screen
        await seat.press("enter")
        assert "and 240 more" in await answer(seat)


async def test_looking_shows_how_far_it_is_and_esc_stops_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a large store nobody waits without knowing for what; m and d say that it is not done yet."""
    async with take_seat(home, ALICE, size=NORMAL) as seat:
        health = seat.app.workspace.health
        whole = health.examine

        async def endless(on_step: Callable[[int, int, str], None]) -> None:
            on_step(3, 8, "results without a run")
            await asyncio.Event().wait()

        monkeypatch.setattr(health, "examine", endless)
        await seat.pilot.press(":")
        await seat.enter_text("doctor --store")
        await seat.pilot.press("enter")
        await seat.sees("doctor 3 of 8: results without a run", "esc stops")
        await seat.pilot.press("m")
        await seat.until(lambda: "still being looked at" in seat.said + seat.toasts, "not yet")
        await seat.pilot.press("escape")
        await seat.sees("stopped", "r starts again")
        monkeypatch.setattr(health, "examine", whole)
        await seat.press("r")
        await seat.sees("runs without an end")


async def test_a_look_that_failed_says_why_and_how_to_go_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error with its cure, in the place of the answer."""

    async def broken(on_step: object) -> Examination:
        raise StoreError("The host went away.", hint="Is the VPN on?")

    async with take_seat(home, ALICE, size=LOW) as seat:
        monkeypatch.setattr(seat.app.workspace.health, "examine", broken)
        await seat.command("doctor --store")
        await seat.shows(HealthScreen)
        await seat.sees("The host went away.", "Is the VPN on?", "r tries again")
        await seat.press("d")
        await seat.until(lambda: "r looks again" in seat.said + seat.toasts, "why not")


async def test_a_store_that_is_only_read_is_looked_at_and_not_mended(home: Path, tmp_path: Path) -> None:
    """Made by a newer program: the faults are shown, and m says why nothing is changed."""
    SqliteHost(tmp_path / "team.db").sync_execute("UPDATE _amx_schema_meta SET schema_version = 99")
    async with take_seat(home, ALICE, size=NORMAL) as seat:
        await seat.command("doctor --store")
        await seat.shows(HealthScreen)
        await seat.sees("runs without an end")
        await seat.press("m")
        await seat.until(lambda: "version 99" in seat.said + seat.toasts, "why not")
        assert isinstance(seat.app.screen, HealthScreen)


async def test_it_is_a_key_away_from_the_doctor_the_profiles_and_the_store(home: Path) -> None:
    """And a click on the footer is as good as the key."""
    async with take_seat(home, ALICE, size=NORMAL) as seat:
        for line, kind in (
            ("doctor --offline", DoctorScreen),
            ("db-profiles", ProfilesScreen),
            ("history-store", StoreScreen),
        ):
            await seat.command(line)
            await seat.shows(kind)
            await seat.press("h")
            await seat.shows(HealthScreen)
            await seat.press("escape")
            await seat.shows(kind)
        await seat.app.action_perform("app.health")
        await seat.shows(HealthScreen)
        await seat.pilot.click(offset=(seat.footer.index("d Dry run") + 1, 23))
        await seat.until(lambda: type(seat.app.screen) is ReportScreen, "the dry run")
