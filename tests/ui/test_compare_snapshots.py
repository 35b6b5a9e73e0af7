"""What a comparison looks like, on the demo's data with the clock standing still."""

from __future__ import annotations

from pathlib import Path

import pytest

from amx_tui.services.compare import Compare
from amx_tui.ui.screens.compare.screen import CompareScreen
from tests.ui.conftest import NOW
from tests.ui.seat import LARGE, LOW, NORMAL, take_seat
from tests.ui.text_snapshots import assert_snapshot

pytestmark = pytest.mark.usefixtures("frozen_now")

RUNS = "run_2026-05-03_13-43-002 run_2026-04-28_09-47-001"
"""A run of alice's over all of sales, and one of bob's over two of its tables."""

on_sizes = pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _frozen_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ages in the names of the sides stand still, too."""
    defaults: dict[str, object] = Compare.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "now", lambda: NOW)


@on_sizes
async def test_comparison(demo_home: Path, size: tuple[int, int]) -> None:
    """The differences of one table, with the words marked."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.command(f"history compare {RUNS} --filter sales.customer --status diff")
        await seat.shows(CompareScreen)
        await seat.press("n", "n", "n", "n")
        assert "[-Given]" in seat.text
        assert "5" in seat.title
        await assert_snapshot(seat, f"compare-{size[0]}x{size[1]}")


@on_sizes
async def test_pivot(demo_home: Path, size: tuple[int, int]) -> None:
    """Three runs, all tables."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.command(f"history compare {RUNS} run_2026-04-12_08-15-001")
        await seat.shows(CompareScreen)
        await seat.press("f", "f", "n", "n")
        assert "\u2260 diff" in seat.text
        await assert_snapshot(seat, f"pivot-{size[0]}x{size[1]}")
