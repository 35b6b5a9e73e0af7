"""The health of the store's rows on a screen: what is wrong, a dry run, mending after a question."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.domain.recording import NewRun
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.report.content import plain_text
from amx_tui.ui.screens.report.health import HealthScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from tests.servers import SqliteHost
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import make_store, record


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """Return alice's home at a shared store with a run that never ended; she is its admin."""
    home = tmp_path / "alice"
    await make_store(home, SqliteHost(tmp_path / "team.db"))
    await record(home, [NewRun(started_at=datetime(2026, 5, 3, tzinfo=UTC), status="running")])
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


async def test_a_viewer_sees_the_faults_and_why_they_cannot_be_mended(home: Path) -> None:
    """The key says that it takes an admin."""
    async with take_seat(home, BOB, size=NORMAL) as seat:
        await seat.command("doctor --store")
        await seat.shows(HealthScreen)
        await seat.sees("runs without an end")
        await seat.press("m")
        await seat.until(lambda: "mending the store takes an admin" in seat.said + seat.toasts, "why not")
        assert isinstance(seat.app.screen, HealthScreen)
