"""The History screen on what a store holds: columns, sorting, preview, copying, and its empty states."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.domain.run_facts import run_facts
from tests.ui.conftest import NOW
from tests.ui.seat import BOB, LARGE, LOW, NORMAL, load_home, take_seat
from tests.ui.stores import record, recorded_run

WIDE = (170, 40)
RUN = "run_2026-05-03_13-43-002"
"""A run of alice's over the schema sales, the second in the demo's list."""


@pytest.mark.usefixtures("frozen_now")
async def test_columns_are_those_of_the_amx_documentation(demo_home: Path) -> None:
    """run_id, who, when, scope, ok, fail; where there is room every value is written out, and the status too."""
    async with take_seat(demo_home, size=WIDE) as seat:
        table = [line.partition("▏")[0] for line in seat.lines]
        assert table[2].split() == ["run_id", "who", "when", "scope", "ok", "fail", "status"]
        assert re.split(r"\s{2,}", table[4].strip()) == [
            RUN,
            "alice@acme.com",
            "2 hours ago",
            "sales",
            "114",
            "5",
            "? ready_for_review",
        ]
        assert "sales (1 t)" in table[6]
        for right in ("ok", "fail"):
            end = table[2].index(right) + len(right)
            assert all(line[end - 1].isdigit() and line[end] == " " for line in table[3:20])


@pytest.mark.usefixtures("frozen_now")
@pytest.mark.parametrize(
    ("size", "headings"),
    [
        (NORMAL, ["run_id", "who", "when", "scope", "ok", "fail"]),
        (LARGE, ["run_id", "who", "when", "scope", "ok", "fail"]),
        (LOW, ["run_id", "who", "ok", "fail"]),
    ],
)
async def test_narrow_terminals_keep_what_tells_runs_apart(
    demo_home: Path, size: tuple[int, int], headings: list[str]
) -> None:
    """Ids and counts are whole at every width; the status is a sign at least."""
    async with take_seat(demo_home, size=size) as seat:
        table = [line.partition("▏")[0] for line in seat.lines]
        assert table[2].split() == headings
        assert re.search(rf"{RUN} alice@acme.com .*114    5 \?", table[4])
        assert all(len(line) <= size[0] for line in seat.lines)


@pytest.mark.usefixtures("frozen_now")
async def test_preview_shows_the_run_under_the_cursor_where_there_is_room(demo_home: Path) -> None:
    """From 120 columns on there is a second pane, which follows the cursor; below there is one."""
    async with take_seat(demo_home, size=LARGE) as seat:
        for _ in range(3):
            preview = " ".join(line.partition("▏")[2].strip() for line in seat.lines)
            assert seat.run.run_id in preview
            for label, value in run_facts(seat.run):
                assert f"{label} {value}" in re.sub(r"\s+", " ", preview)
            await seat.press("j")
        await seat.pilot.resize_terminal(119, 40)
        await seat.settled()
        assert "▏" not in seat.text
        assert "took" not in seat.text
        await seat.pilot.resize_terminal(120, 40)
        await seat.sees("▏ took 3 min 0 s")


async def test_sorting_goes_through_newest_oldest_and_who(demo_home: Path) -> None:
    """The key s changes the order, the title names it, and the list begins at its first row again."""
    async with take_seat(demo_home) as seat:
        newest_first = seat.run_ids
        assert "newest first" in seat.title
        await seat.press("j", "j", "s")
        assert "oldest first" in seat.title
        assert seat.run_ids == newest_first[::-1]
        assert "row 1" in seat.title
        await seat.press("s")
        assert "by who" in seat.title
        members = [run.created_by for run in seat.history.runs.rows]
        assert members == sorted(members)
        assert len(set(members)) == 3
        await seat.press("s")
        assert "newest first" in seat.title
        assert seat.run_ids == newest_first


async def test_copying_takes_the_run_or_the_marked_ones(demo_home: Path) -> None:
    """The key y copies the id under the cursor; with marks, all of theirs, and it is said how many."""
    async with take_seat(demo_home) as seat:
        first, second, third = seat.run_ids[:3]
        await seat.press("y")
        assert seat.app.clipboard == first
        await seat.sees("1 run id")
        await seat.press("space", "j", "space", "y")
        assert seat.app.clipboard == f"{first}\n{third}"
        await seat.sees("2 run ids")
        assert "● 2 marked" in seat.title
        assert ["●" in line for line in seat.lines[3:6]] == [True, False, True]
        await seat.press("escape")
        assert "marked" not in seat.title
        await seat.press("y")
        assert seat.app.clipboard not in (first, second, third)


async def test_hash_is_the_one_that_every_member_gets(demo_home: Path) -> None:
    """H says and copies the SHA-256 that another workspace computes for the same run."""
    other = load_home(demo_home, BOB)
    await other.connect()
    expected = await other.history.hash(RUN)
    await other.close()
    async with take_seat(demo_home) as seat:
        await seat.press("j", "H")
        assert seat.app.clipboard == expected
        await seat.sees(f"SHA-256 of {RUN}:")
        assert expected in seat.said


async def test_refreshing_keeps_the_cursor_on_its_run(demo_home: Path) -> None:
    """Teammates have recorded runs meanwhile: they come in above, and the cursor stays on its run and line."""
    async with take_seat(demo_home) as seat:
        await seat.press(*"jjjj")
        run, row = seat.run, seat.cursor_row
        new = await record(demo_home, [recorded_run(NOW), recorded_run(NOW)])
        await seat.press("r")
        assert seat.run_ids[:2] == new[::-1]
        assert seat.run == run
        assert seat.cursor_row == row
        assert "40 runs" in seat.title
        assert "row 7" in seat.title


async def test_refreshing_at_the_top_shows_what_is_new(demo_home: Path) -> None:
    """From the first row the new runs are in sight at once; the cursor is still on the run it was on."""
    async with take_seat(demo_home) as seat:
        run = seat.run
        (new,) = await record(demo_home, [recorded_run(NOW)])
        await seat.press("r")
        assert new in seat.lines[3]
        assert seat.run == run
        assert run.run_id in seat.cursor_line


async def test_a_run_that_changed_is_shown_as_it_is_now(demo_home: Path) -> None:
    """A refresh brings the new status of a run that was running when it was seen last."""
    async with take_seat(demo_home, size=WIDE) as seat:
        assert "… running" in seat.cursor_line
        with closing(sqlite3.connect(demo_home / "history.db")) as connection, connection:
            connection.execute(
                "UPDATE amx_history_runs SET status = 'success' WHERE run_id = ?", (seat.run.run_id,)
            )
        await seat.press("r")
        assert "✓ success" in seat.cursor_line


async def test_empty_local_history_says_what_to_do_first(amx_home: Path) -> None:
    """On a new machine nothing is there: the screen names the next keys, and those that need a run say so."""
    async with take_seat(amx_home) as seat:
        await seat.sees("No runs yet in the local history.", "6 adds a database profile", "r looks again")
        assert "● local  local history.db" in seat.status
        await seat.press("enter", "y", "H", "space", "G", "g", "ctrl+d")
        await seat.sees("There is no run under the cursor.")
        assert seat.app.clipboard == ""
        (new,) = await record(amx_home, [recorded_run(NOW)])
        await seat.press("r")
        assert new in seat.cursor_line


async def test_a_damaged_local_history_is_said_and_tried_again(amx_home: Path) -> None:
    """The file is no database: the screen says so with its cure, and r works once the file is good."""
    amx_home.mkdir()
    broken = amx_home / "history.db"
    broken.write_bytes(b"this is no database, whatever its name says\n" * 100)
    async with take_seat(amx_home) as seat:
        assert "✗ no store" in seat.status
        await seat.sees("history.db", "r tries again")
        assert broken.read_bytes().startswith(b"this is no database")
        await seat.press("r")
        assert "✗ no store" in seat.status
        broken.unlink()
        await seat.press("r")
        await seat.sees("No runs yet in the local history.")
        assert "● local" in seat.status


async def test_a_tiny_terminal_does_not_break(demo_home: Path) -> None:
    """Whatever the size, keys work, and what was squeezed comes back when there is room again."""
    async with take_seat(demo_home, size=(20, 5)) as seat:
        await seat.press("j", "enter")
        await seat.press("j", "i", "escape", "escape", "question_mark", "escape", "/", "escape")
        for size in ((10, 3), (200, 60), LOW):
            await seat.pilot.resize_terminal(*size)
            await seat.settled()
        assert RUN in seat.cursor_line
