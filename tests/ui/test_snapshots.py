"""What the main screens look like, on the demo's data with the clock standing still."""

from __future__ import annotations

from pathlib import Path

import pytest

from amx_tui.ui.screens.run.screen import RunScreen
from tests.ui.seat import LARGE, LOW, NORMAL, take_seat
from tests.ui.text_snapshots import assert_snapshot

pytestmark = pytest.mark.usefixtures("frozen_now")

RUN = "run_2026-04-28_09-47-001"
"""A run of bob's over two tables, decided and half applied."""

on_sizes = pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}")


@on_sizes
async def test_history(demo_home: Path, size: tuple[int, int]) -> None:
    """The newest run is on top, and the cursor on it."""
    async with take_seat(demo_home, size=size) as seat:
        assert seat.cursor_row == 3
        assert "run_2026-05-03_15-45-002" in seat.cursor_line
        await assert_snapshot(seat, f"history-{size[0]}x{size[1]}")


@on_sizes
async def test_run(demo_home: Path, size: tuple[int, int]) -> None:
    """The results of a run by table; on a wide screen the first one in full beside them."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.command(f"history show {RUN}")
        await seat.shows(RunScreen)
        await seat.press("j", "j")
        assert RUN in seat.title
        assert "▾ sales.customer" in seat.text
        await assert_snapshot(seat, f"run-{size[0]}x{size[1]}")


@on_sizes
async def test_result(demo_home: Path, size: tuple[int, int]) -> None:
    """One result in full."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.command(f"history show {RUN}")
        await seat.shows(RunScreen)
        await seat.press("j", "j", "enter")
        assert "Alternatives" in seat.text
        await assert_snapshot(seat, f"result-{size[0]}x{size[1]}")


async def test_empty_history(amx_home: Path) -> None:
    """What a new user sees first."""
    async with take_seat(amx_home, size=NORMAL) as seat:
        assert "No runs yet in the local history." in seat.text
        await assert_snapshot(seat, "empty-80x24")
