"""The comparison of runs: opened, read, looked at from all sides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amx_tui.ui.screens.compare.picker import RunPicker
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.ui.comparing import (
    Pair,
    column,
    compared,
    detail,
    go_to,
    names,
    row,
    shown_status,
)
from tests.ui.seat import LARGE, LOW, NORMAL, take_seat

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
    async with take_seat(pair.home, size=(120, 30)) as seat:
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


@pytest.mark.parametrize("size", [NORMAL, (119, 50)])
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
