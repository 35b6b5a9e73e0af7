"""Comparisons of many assets, of three runs, of odd pairs; and the ways into the screen and out of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.compare import reading
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.widgets.bars import KeyBar
from amx_tui.ui.widgets.row_list import RowList
from tests.ui.comparing import (
    Pair,
    ago,
    column,
    compared,
    detail,
    go_to,
    record_columns,
    row,
    shown_status,
)
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, take_seat
from tests.ui.stores import drafted, record, recorded_run

# ---- many assets -----------------------------------------------------------------------------------------


async def test_thousands_of_assets_are_paged_and_their_differences_reached(amx_home: Path) -> None:
    """Only pages are in memory; G, N and n go where the rows have not been read yet, with the right number."""
    bobs, alices = await record_columns(amx_home, 480)
    async with take_seat(amx_home) as seat:
        await compared(seat, bobs, alices)
        assert len(seat.list.rows) < 200
        assert "difference 1 of 160" in seat.title
        await seat.press("G")
        assert row(seat).column_name == "c_0479"
        await seat.press("N")
        assert row(seat).column_name == "c_0477"
        assert "difference 160 of 160" in seat.title
        await seat.press("g")
        assert row(seat).column_name == "c_0000"
        for _ in range(90):
            await seat.pilot.press("n")
        await seat.settled()
        assert row(seat).column_name == "c_0270"
        assert "difference 91 of 160" in seat.title


async def test_a_refresh_far_down_keeps_the_place(amx_home: Path) -> None:
    """Cursor and its line on the screen stay, whatever was read again."""
    bobs, alices = await record_columns(amx_home, 400)
    async with take_seat(amx_home) as seat:
        await compared(seat, bobs, alices)
        for _ in range(15):
            await seat.press("pagedown")
        await seat.press("k", "k")
        key, line = row(seat).key, seat.cursor_row
        assert row(seat).column_name > "c_0080"
        await seat.press("r")
        assert row(seat).key == key
        assert seat.cursor_row == line


# ---- other runs ------------------------------------------------------------------------------------------


async def test_three_runs_are_held_against_the_first(pair: Pair) -> None:
    """A pivot: a column each, what equals the baseline marked as that; the newest run is told apart."""
    thirds = [
        drafted("sales.customer", "One row per customer."),
        drafted(column("c_name"), "Given name of the customer."),
    ]
    await record(pair.home, [recorded_run(ago(hours=1))], thirds, identity=BOB)
    async with take_seat(pair.home, size=LARGE) as seat:
        await seat.press("space", "space", "space", "c")
        await seat.shows(CompareScreen)
        assert "1 bob (5 days ago)  2 alice (2 hr ago)  3 bob (1 hr ago)" in seat.title
        await go_to(seat, column("c_name"))
        assert "= Given name of the…" in seat.cursor_line
        assert "3 bob (1 hr ago) ● newer: decisions go here = Given name of the customer." in detail(seat)
        assert "[+First] name of the customer[+, as typed]." in detail(seat)
        assert shown_status(seat, "c_birth") == "+ 1 added"
        assert "others added" in seat.lines[2]
        await seat.press("2")
        assert f"Took alice (2 hr ago) for {column('c_name')}." in seat.said


async def test_three_runs_fit_into_narrow_terminals(pair: Pair) -> None:
    """One text a line: the baseline with the first that says something else woven in."""
    (third,) = await record(pair.home, [recorded_run(ago(hours=1))], [drafted("sales.customer", "X.")])
    for size in (NORMAL, LOW):
        async with take_seat(pair.home, size=size) as seat:
            await compared(seat, pair.bobs, pair.alices, third)
            await go_to(seat, "sales.customer")
            assert "[-One row per" in seat.cursor_line
            assert all(len(line) <= size[0] for line in seat.lines)


async def test_a_members_runs_on_two_machines_are_told_apart(amx_home: Path) -> None:
    """The same member twice: the machine, or the time, is part of the name, and the statuses say which side."""
    (first,) = await record(amx_home, [recorded_run(ago(days=5))], [drafted("a.b", "One.")], identity=ALICE)
    (second,) = await record(
        amx_home,
        [recorded_run(ago(days=5))],
        [drafted("a.c", "Two.")],
        identity=Identity(ALICE.username, "alice-desktop"),
    )
    async with take_seat(amx_home, size=LARGE) as seat:
        screen = await compared(seat, first, second)
        assert screen.comparison is not None
        left, right = screen.comparison.names
        assert left != right
        assert ALICE.hostname in left
        assert "alice-desktop" in right
        assert left in seat.text
        assert right in seat.text
        await seat.press("f", "f")
        assert "+ 1 added" in seat.text or f"{left} added" in seat.text


async def test_what_makes_runs_hard_to_compare_is_said(pair: Pair) -> None:
    """A run against itself, one that is still running: a line of warnings, in any size."""
    (running,) = await record(pair.home, [recorded_run(ago(hours=1), status="running")])
    for size in (LARGE, LOW):
        async with take_seat(pair.home, size=size) as seat:
            await compared(seat, pair.bobs, pair.bobs)
            assert "⚠ A run is compared with itself." in seat.text
            assert {line.status for line in seat.list.rows} == {"same", "neither"}
            await seat.press("n")
            assert "There is no later difference." in seat.said
            await seat.press("escape")
            await compared(seat, pair.bobs, running)
            assert "is still running" in seat.text


async def test_a_run_that_is_still_running_is_read_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it adds arrives by itself, and the cursor stays."""
    monkeypatch.setattr(reading, "WATCH_RUNNING", 0.05)
    (running,) = await record(
        pair.home, [recorded_run(ago(hours=1), status="running")], [drafted("sales.zoo", "Animals.")]
    )
    async with take_seat(pair.home, size=LARGE) as seat:
        seat.app.open_comparison((pair.bobs, running))
        await seat.sees("sales.zoo")
        seat.list.go_to(("sales", "zoo", ""))
        with closing(sqlite3.connect(pair.home / "history.db")) as connection, connection:
            connection.execute(
                "UPDATE amx_history_results SET column_name = 'z_late', target_qname = 'sales.zoo.z_late' "
                "WHERE run_id = ?",
                (running,),
            )
        await seat.sees("z_late")


# ---- the way in and out ----------------------------------------------------------------------------------


async def test_alt_and_a_number_go_to_other_screens(pair: Pair) -> None:
    """Bare numbers choose sides here: alt+6 goes to the profiles and back, alt+1 to the history."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.press("j", "6")
        assert "There are 2 sides here; alt+6 goes to another screen." in seat.said
        await seat.press("alt+6")
        await seat.shows(ProfilesScreen)
        await seat.press("1")
        await seat.shows(CompareScreen)
        assert row(seat).target_qname == "sales.customer"
        await seat.press("alt+1")
        await seat.shows(HistoryScreen)


async def test_escape_goes_back_one_step_at_a_time(pair: Pair) -> None:
    """From the text to the list, from the filtered list to the whole, from there to the history."""
    async with take_seat(pair.home, size=LOW) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.press("d", "enter")
        assert "▾" not in seat.text
        assert "sales + alice added" in seat.flat
        await seat.press("escape")
        assert "▽ status:differences" in seat.text
        await seat.press("escape")
        assert "▽" not in seat.text
        await seat.press("escape")
        await seat.shows(HistoryScreen)


async def test_a_run_that_is_not_there_is_said_with_the_next_key(pair: Pair) -> None:
    """The screen says which run is missing; keys that need a comparison say that there is none yet."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, "run_1999-01-01_00-00-001")
        await seat.sees("run_1999-01-01_00-00-001", "r tries again, esc goes back")
        await seat.press("1", "n", "a", "E", "z", "Z", "t", "f", "slash", "y", "enter", "G", "r")
        assert "The comparison has not been read yet." in seat.flat
        await seat.press("escape")
        await seat.shows(HistoryScreen)


async def test_runs_that_describe_nothing_say_so(pair: Pair) -> None:
    """No assets at all, and none under a filter, are told apart."""
    runs = await record(pair.home, [recorded_run(ago(days=1)), recorded_run(ago(days=2))])
    async with take_seat(pair.home) as seat:
        await compared(seat, *runs)
        await seat.sees("These runs describe nothing.", "esc goes back")
        await seat.press("n", "N", "1", "u", "a", "escape")
        await compared(seat, pair.bobs, pair.alices)
        await seat.filter("no_such_column")
        await seat.sees("No asset matches this filter.", "esc takes the filter away")


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW, (40, 10)])
async def test_every_state_fits_its_terminal(demo_home: Path, size: tuple[int, int]) -> None:
    """Lists, texts, folds and dialogs are drawn in any size, and no line is wider than the terminal."""
    async with take_seat(demo_home, size=size) as seat:
        await compared(seat, "run_2026-05-03_13-43-002", "run_2026-04-28_09-47-001")
        for keys in (
            ("n",),
            ("enter", "n"),
            ("escape",),
            ("Z",),
            ("z",),
            ("Z",),
            ("a",),
            ("escape",),
            ("e",),
        ):
            await seat.press(*keys)
            assert all(len(line) <= size[0] for line in seat.lines)
        await seat.press("escape")
        assert seat.cursor_line


async def test_the_footer_and_the_help_name_the_keys(pair: Pair) -> None:
    """Five keys and help in the footer; all others, filterable, in the help."""
    async with take_seat(pair.home, size=(120, 60)) as seat:
        await compared(seat, pair.bobs, pair.alices)
        assert seat.footer.strip() == "1 Take 1st   2 Take 2nd   n Next   d Only diffs   E Export   ? Help"
        await seat.press("?")
        await seat.sees(
            "Take all of one side's descriptions, after asking",
            "Fold or unfold all tables",
            "Overlook white space and letter case, or not",
            "Take the last settling back",
        )


async def test_y_copies_the_name(pair: Pair) -> None:
    """Of the asset, or of the folded table."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_email"))
        await seat.press("y")
        assert seat.app.clipboard == column("c_email")
        await seat.press("z", "y")
        assert seat.app.clipboard == "sales.customer"


async def test_rows_can_be_clicked_opened_and_settled_with_the_mouse(pair: Pair) -> None:
    """A click moves the cursor, a double click shows the texts, a click on the footer does what its key does."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        line = next(number for number, text in enumerate(seat.lines) if "c_email" in text)
        top = next(number for number, text in enumerate(seat.lines) if text.split()[:1] == ["asset"])
        await seat.pilot.click(RowList, offset=(10, line - top))
        await seat.settled()
        assert row(seat).target_qname == column("c_email")
        await seat.pilot.click(KeyBar, offset=(3, 0))
        await seat.settled()
        assert row(seat, column("c_email")).cells[1].evaluation == "custom"
        await seat.pilot.click(RowList, offset=(10, line - top), times=2)
        await seat.settled()
        assert seat.app.focused is seat.app.screen.query_one("#detail")
        await seat.press("escape")
        assert seat.app.focused is seat.list


async def test_the_text_in_full_scrolls_and_follows_the_differences(pair: Pair) -> None:
    """Where the text has taken the list's place n still goes on, and the keys that settle act on what is shown."""
    async with take_seat(pair.home, size=LOW) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_birth"))
        await seat.press("enter", "n")
        assert column("c_email") in seat.flat
        await seat.press("1")
        assert column("c_name") in seat.flat
        await seat.press("escape")
        assert row(seat, column("c_email")).status == "same"
