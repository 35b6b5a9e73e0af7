"""The comparison of runs: opened, read, looked at from all sides."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.compare import reading
from amx_tui.ui.screens.compare.picker import RunPicker
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.ui.widgets.bars import KeyBar
from amx_tui.ui.widgets.row_list import RowList
from tests.ui.comparing import (
    Pair,
    ago,
    column,
    compared,
    detail,
    go_to,
    names,
    record_columns,
    row,
)
from tests.ui.seat import ALICE, BOB, LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import drafted, record, recorded_run

STATUSES = {
    "sales": "right_only",
    "sales.customer": "same",
    column("c_birth"): "left_only",
    column("c_email"): "diff",
    column("c_name"): "diff",
    column("c_nobody"): "neither",
    column("c_phone"): "diff",
    "sales.orders": "right_only",
}


def shown_status(seat: Seat, name: str) -> str:
    """What stands in the last column of an asset's line."""
    (line,) = [line for line in seat.lines if line.split()[:1] == [name] or line.split()[:2] == ["›", name]]
    return line.split("  ")[-1].strip()


# ---- opening ---------------------------------------------------------------------------------------------


async def test_two_marked_runs_are_compared(pair: Pair) -> None:
    """Two marks and c: the older run is on the left, both named by member and time; esc goes back to the list."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await seat.press("space", "space", "c")
        await seat.shows(CompareScreen)
        assert "1 bob (5 days ago)  2 alice (2 hr ago)" in seat.title
        assert seat.lines[4].split()[0] == "asset"
        assert "1 bob (5 days ago)" in seat.lines[4]
        assert "2 alice (2 hr ago)" in seat.lines[4]
        assert {line.target_qname: line.status for line in seat.list.rows} == STATUSES
        await seat.press("escape")
        await seat.shows(HistoryScreen)


async def test_from_a_run_the_other_one_is_picked_from_the_best(demo_home: Path) -> None:
    """The first candidates share most tables and are another member's; typing narrows them, enter compares."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.command("history show run_2026-05-03_13-43-002")
        await seat.shows(RunScreen)
        await seat.press("c")
        picker = await seat.shows(RunPicker)
        assert "Compare run_2026-05-03_13-43-002 with" in seat.text
        candidates = list(picker.candidates.rows)
        shared = [each.shared_tables for each in candidates]
        assert shared[0] >= 2
        best = [each for each in candidates if each.shared_tables]
        assert best[0].is_other_member
        assert [each.shared_tables for each in best if each.is_other_member] == sorted(
            (each.shared_tables for each in best if each.is_other_member), reverse=True
        )
        await seat.enter_text("04-28")
        await seat.until(lambda: len(picker.candidates.rows) == 1, "the one candidate")
        await seat.press("enter")
        await seat.shows(CompareScreen)
        assert "1 alice (" in seat.title
        assert "2 bob (" in seat.title
        await seat.press("escape")
        await seat.shows(RunScreen)


@pytest.mark.parametrize("size", [NORMAL, LOW])
async def test_the_picker_moves_while_typing_and_says_when_nothing_fits(
    demo_home: Path, size: tuple[int, int]
) -> None:
    """The arrow keys move in the list although the filter has the focus; esc leaves without a choice."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.press("j", "c")
        picker = await seat.shows(RunPicker)
        first = picker.candidates.current
        await seat.press("down")
        assert picker.candidates.current is not first
        assert "run_2026-" in seat.text
        await seat.enter_text("nobody has run this")
        await seat.sees("No run matches this.")
        await seat.press("enter")
        assert seat.app.screen is picker
        await seat.press("escape")
        await seat.shows(HistoryScreen)


async def test_a_command_line_opens_the_comparison_with_its_filter(pair: Pair) -> None:
    """`history compare` goes to the screen; --filter, --status and --loose are those of the screen."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await seat.command(
            f"history compare {pair.bobs} {pair.alices} --filter sales.customer --status diff --loose"
        )
        screen = await seat.shows(CompareScreen)
        assert names(seat) == [column("c_email"), column("c_name")]
        assert "▽ sales.customer status:diff  ≈" in seat.text
        assert screen.filter.is_loose
        await seat.press("escape", "escape")
        await seat.command(f"history compare {pair.bobs} {pair.alices} --format csv")
        assert not isinstance(seat.app.screen, CompareScreen)
        await seat.sees("sales.customer.c_email", "The e-mail address of the customer.")


# ---- looking ---------------------------------------------------------------------------------------------


async def test_every_status_is_a_sign_and_a_word(pair: Pair) -> None:
    """Same, diff, who added, both missing: in the list, and counted on top, all in all and per table."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, pair.bobs, pair.alices)
        assert shown_status(seat, "c_birth") == "+ bob added"
        assert shown_status(seat, "c_email") == "≠ diff"
        assert shown_status(seat, "c_nobody") == "∅ both missing"
        assert shown_status(seat, "(schema)") == "+ alice added"
        assert "(no description)" in seat.text
        assert seat.lines[2].split("   ") == [
            " Σ 8 assets",
            "= 1 same",
            "≠ 3 diff",
            "+ 1 bob added",
            "+ 2 alice added",
            "∅ 1 both missing",
        ]
        assert seat.lines[3].split("   ") == [" ≠ 4 customer", "≠ 1 sales", "≠ 1 orders"]
        assert "▾ sales.customer   ≠ 3  + 1  = 1  ∅ 1" in seat.text


async def test_wide_terminals_show_the_sides_beside_each_other_with_their_words_marked(
    pair: Pair,
) -> None:
    """What only one side says is in brackets behind its sign; shared words never are; the texts are wrapped in step."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_name"))
        left, right = (
            r"\[-Given\] name of the customer\.",
            r"\[\+First\] name of the customer\[\+, as typed\]\.",
        )
        assert re.search(rf"{left} +│ {right}", seat.text)
        assert "● newer: decisions go here" in seat.text
        line = next(line for line in seat.lines if line.lstrip().startswith("› c_name"))
        assert "Given name of the customer." in line
        assert "First name of the customer, as" in line


@pytest.mark.parametrize("size", [NORMAL, (100, 30)])
async def test_narrow_terminals_weave_both_texts_into_one(pair: Pair, size: tuple[int, int]) -> None:
    """Below 120 columns list and pane show one text with what is gone and what came for it."""
    async with take_seat(pair.home, size=size) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_name"))
        woven = "[-Given] [+First] name of the customer[+, as typed]."
        assert woven in detail(seat) or woven.replace("] [", "][") in detail(seat)
        assert "[-Given][+First] name" in seat.cursor_line
        await go_to(seat, column("c_birth"))
        assert "Birthday of the customer." in detail(seat)
        assert "[" not in detail(seat)


async def test_the_pane_shows_alternatives_confidence_and_who_decided(pair: Pair) -> None:
    """Of both runs, with the time of the decision."""
    async with take_seat(pair.home, size=(120, 50)) as seat:
        screen = await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_email"))
        for text in (
            "• The customer's e-mail address. (-0.250)",
            "• E-mail. (-0.500)",
            "• Where mail goes. (-0.500)",
            "○ pending",
            "confidence high",
        ):
            assert text in detail(seat).replace("│ ", "")
        await seat.press("1")
        await go_to(seat, column("c_email"))
        result = (await screen.workspace.compare.detail(row(seat)))[1]
        assert result is not None
        assert result.evaluated_at is not None
        when = result.evaluated_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        assert f"edited by alice@acme.com, {when}" in detail(seat)
        await go_to(seat, column("c_nobody"))
        assert "failed: the model answered nothing" in detail(seat)


async def test_space_and_case_are_overlooked_by_a_switch(pair: Pair) -> None:
    """With w such texts are the same, with a mark, in the counts too; w again, and they differ."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, pair.bobs, pair.alices)
        assert row(seat, column("c_phone")).status == "diff"
        await seat.press("w")
        assert row(seat, column("c_phone")).status == "same"
        assert shown_status(seat, "c_phone") == "= same ≈"
        assert "= 2 same (≈ 1)" in seat.lines[2]
        assert "≈ space and case overlooked" in seat.lines[3]
        await go_to(seat, column("c_phone"))
        assert "≈ equal but for white space and letter case" in detail(seat)
        await seat.press("w")
        assert row(seat, column("c_phone")).status == "diff"
        assert "≈" not in seat.lines[3]


async def test_n_goes_from_difference_to_difference_and_counts(pair: Pair) -> None:
    """Forward and back, with the number of each; at the ends it says that there is none."""
    differences = [name for name, status in STATUSES.items() if status not in {"same", "neither"}]
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        for number, name in enumerate(differences, 1):
            assert row(seat).target_qname == name
            assert f"difference {number} of 6" in seat.title
            await seat.press("n")
        assert "There is no later difference." in seat.said
        for name in differences[-2::-1]:
            await seat.press("N")
            assert row(seat).target_qname == name
        await seat.press("N")
        assert "There is no earlier difference." in seat.said
        await go_to(seat, "sales.customer")
        assert "6 differences" in seat.title


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
