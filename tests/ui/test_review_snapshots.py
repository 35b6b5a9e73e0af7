"""What a review looks like, on the demo's data with the clock standing still."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.reviewing import reviewed, shown
from tests.ui.seat import LARGE, LOW, NORMAL, take_seat
from tests.ui.text_snapshots import assert_snapshot

pytestmark = pytest.mark.usefixtures("frozen_now")

RUN = "run_2026-05-03_13-43-002"
"""A run of alice's over all of sales, of which a good third is decided."""

on_sizes = pytest.mark.parametrize("size", [NORMAL, LARGE, LOW], ids=lambda size: f"{size[0]}x{size[1]}")


@on_sizes
async def test_an_asset(demo_home: Path, size: tuple[int, int]) -> None:
    """A column with its table, the comment in the database, alternatives, reasoning and what others wrote."""
    async with take_seat(demo_home, size=size) as seat:
        await reviewed(seat, RUN)
        await seat.press("n", "n", "n", "n", "n")
        assert shown(seat).startswith("sales.cart.")
        assert "in cart: " in seat.text
        await assert_snapshot(seat, f"review-{size[0]}x{size[1]}")


@on_sizes
async def test_the_end(demo_home: Path, size: tuple[int, int]) -> None:
    """What is left behind the last asset, and where the next keys lead."""
    async with take_seat(demo_home, size=size) as seat:
        await reviewed(seat, RUN)
        await seat.filter("table:sales.cart")
        for _ in range(10):
            await seat.press("s")
        assert not shown(seat)
        await assert_snapshot(seat, f"review-end-{size[0]}x{size[1]}")


@on_sizes
async def test_the_strategies(demo_home: Path, size: tuple[int, int]) -> None:
    """How many of what each would decide, for the run and for the table."""
    async with take_seat(demo_home, size=size) as seat:
        await reviewed(seat, RUN)
        await seat.press("S")
        assert "Reject all of sales.cart" in seat.flat
        await assert_snapshot(seat, f"review-strategies-{size[0]}x{size[1]}")
