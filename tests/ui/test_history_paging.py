"""A history longer than the screen and than one page: paged by key in both directions, whatever is going on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.ui.conftest import LONG, NOW
from tests.ui.seat import NORMAL, Seat, take_seat
from tests.ui.stores import record, recorded_run


def seen_runs(seat: Seat) -> list[str]:
    """The ids of the runs on the screen, from top to bottom."""
    return [line.lstrip(" ›●").split()[0] for line in seat.lines[3:-1]]


async def test_every_run_is_reached_downwards_and_back(long_home: Path) -> None:
    """Page by page to the end and back: each run is seen once, in order, and the row number is right."""
    async with take_seat(long_home, size=NORMAL) as seat:
        assert f"{LONG} runs" in seat.title
        order: list[str] = []
        while not order or f"row {LONG}" not in seat.title:
            order += [each for each in seen_runs(seat) if each not in order]
            await seat.press("pagedown")
        order += [each for each in seen_runs(seat) if each not in order]
        assert len(order) == LONG
        assert seat.run.run_id == order[-1]
        back: list[str] = []
        while "row 1 " not in f"{seat.title} ":
            back += [each for each in reversed(seen_runs(seat)) if each not in back]
            await seat.press("pageup")
        back += [each for each in reversed(seen_runs(seat)) if each not in back]
        assert back == order[::-1]


async def test_the_ends_are_one_key_away(long_home: Path) -> None:
    """G shows the oldest run without reading those between, g the newest again; from the end, k goes on."""
    async with take_seat(long_home) as seat:
        newest = seat.run.run_id
        await seat.press("G")
        assert f"row {LONG}" in seat.title
        oldest = seat.run
        assert oldest.started_at == NOW - timedelta(hours=LONG - 1)
        assert len(seat.run_ids) < LONG
        await seat.press(*"kk")
        assert seat.run.started_at == oldest.started_at + timedelta(hours=2)
        assert f"row {LONG - 2}" in seat.title
        await seat.press("g")
        assert seat.run.run_id == newest
        assert "row 1" in seat.title


async def test_refreshing_far_down_keeps_the_place(long_home: Path) -> None:
    """The cursor is on a run of a later page and new runs come in: it stays there, on its line of the screen."""
    async with take_seat(long_home) as seat:
        for _ in range(7):
            await seat.press("pagedown")
        await seat.press("k", "k")
        run, row = seat.run, seat.cursor_row
        await record(long_home, [recorded_run(NOW + timedelta(minutes=number)) for number in range(3)])
        await seat.press("r")
        assert seat.run == run
        assert seat.cursor_row == row
        assert f"{LONG + 3} runs" in seat.title
        await seat.press("k")
        assert seat.run.started_at == run.started_at + timedelta(hours=1)
        await seat.press("g")
        assert seat.run.started_at == NOW + timedelta(minutes=2)


async def test_refreshing_at_the_end_keeps_the_place(long_home: Path) -> None:
    """On the oldest run a refresh changes nothing but the count."""
    async with take_seat(long_home) as seat:
        await seat.press("G")
        run = seat.run
        await seat.press("r")
        assert seat.run == run
        assert f"row {LONG}" in seat.title
        await seat.press("pageup")
        assert seat.run.started_at > run.started_at


async def test_filtered_and_sorted_pages_go_on_where_they_ended(long_home: Path) -> None:
    """With a filter and the oldest first, paging crosses pages without a gap or a repeat."""
    async with take_seat(long_home) as seat:
        await seat.filter("who:bob@acme.com until:2026-05-01")
        shown = int(seat.title.split()[1])
        assert 200 < shown < LONG
        await seat.press("s", "G")
        assert f"row {shown}" in seat.title
        await seat.press("g")
        times = []
        for _ in range(shown):
            times.append(seat.run.started_at)
            seat.list.action_move(1)
            if len(times) % 15 == 0:
                await seat.settled()
        assert times == sorted(times)
        assert len(set(times)) == shown


async def test_marks_outlive_paging(long_home: Path) -> None:
    """Runs that were marked pages ago are still marked, and are copied."""
    async with take_seat(long_home) as seat:
        first = seat.run.run_id
        await seat.press("space", "G")
        last = seat.run.run_id
        await seat.press("space", "y")
        assert seat.app.clipboard == f"{first}\n{last}"
        assert "● 2 marked" in seat.title
