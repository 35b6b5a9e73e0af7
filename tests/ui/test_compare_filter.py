"""Which part of a comparison is seen: by status, table and name, with keys, typing and the mouse; folded tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from amx_tui.domain.compare import DIFFERENCES, CompareFilter
from amx_tui.domain.errors import UsageError
from amx_tui.ui.screens.compare.query import format_compare_query, parse_compare_query
from amx_tui.ui.screens.line.screen import LineScreen
from tests.ui.comparing import (
    Pair,
    column,
    compared,
    detail,
    go_to,
    names,
    record_columns,
    row,
)
from tests.ui.seat import LARGE, LOW, NORMAL, Seat, take_seat

DIFFERENT = [
    "sales",
    column("c_birth"),
    column("c_email"),
    column("c_name"),
    column("c_phone"),
    "sales.orders",
]


async def click(seat: Seat, selector: str, label: str) -> None:
    """Click on a label of one of the lines of counts."""
    line = seat.lines[2 if selector == "#counts" else 3]
    assert label in line, line
    await seat.pilot.click(selector, offset=(cell_len(line.partition(label)[0]) + 1, 0))
    await seat.settled()


# ---- by status -------------------------------------------------------------------------------------------


async def test_d_shows_only_differences(pair: Pair) -> None:
    """And once more, everything; the filter is said on top."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.press("d")
        assert names(seat) == DIFFERENT
        assert "▽ status:differences" in seat.lines[3]
        await seat.press("d")
        assert len(names(seat)) == 8
        assert "▽" not in seat.text


async def test_f_goes_through_the_statuses_that_occur(pair: Pair) -> None:
    """Differences, diff, what one side alone has, same, missing, and everything again."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        for wanted in (
            DIFFERENT,
            [column("c_email"), column("c_name"), column("c_phone")],
            [column("c_birth")],
            ["sales", "sales.orders"],
            ["sales.customer"],
            [column("c_nobody")],
        ):
            await seat.press("f")
            assert names(seat) == wanted
        await seat.press("f")
        assert len(names(seat)) == 8


@pytest.mark.parametrize("size", [NORMAL, LARGE])
async def test_a_click_on_a_count_shows_only_that_status(pair: Pair, size: tuple[int, int]) -> None:
    """The same click again, or one on the sum, shows everything."""
    async with take_seat(pair.home, size=size) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await click(seat, "#counts", "≠ 3")
        assert names(seat) == [column("c_email"), column("c_name"), column("c_phone")]
        await click(seat, "#counts", "∅ 1")
        assert names(seat) == [column("c_nobody")]
        await click(seat, "#counts", "∅ 1")
        assert len(names(seat)) == 8
        await click(seat, "#counts", "+ 2")
        assert names(seat) == ["sales", "sales.orders"]
        await click(seat, "#counts", "Σ 8")
        assert len(names(seat)) == 8


# ---- by table and name -----------------------------------------------------------------------------------


async def test_t_shows_only_the_table_under_the_cursor(pair: Pair) -> None:
    """Counts and all; t again shows everything, with the cursor on the same asset."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_name"))
        await seat.press("t")
        assert {line.table_name for line in seat.list.rows} == {"customer"}
        assert "Σ 6" in seat.lines[2]
        assert row(seat).column_name == "c_name"
        await seat.press("t")
        assert len(names(seat)) == 8
        assert row(seat).column_name == "c_name"


async def test_a_click_on_a_table_shows_only_that(pair: Pair) -> None:
    """The tables with most differences come first; a click on the filter takes it away."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await click(seat, "#tables", "≠ 1 orders")
        assert names(seat) == ["sales.orders"]
        assert "▽ sales.orders" in seat.lines[3]
        await click(seat, "#tables", "▽ sales.orders")
        assert len(names(seat)) == 8


async def test_tables_for_which_there_is_no_room_are_counted(demo_home: Path) -> None:
    """A click on how many more there are folds all, so that each is a line with its counts."""
    async with take_seat(demo_home) as seat:
        await compared(seat, "run_2026-05-03_13-43-002", "run_2026-04-28_09-47-001")
        assert "more tables" in seat.lines[3]
        await click(seat, "#tables", "more tables")
        assert all(name.startswith("▸ ") for name in names(seat))
        assert len(names(seat)) == 12


TYPED = {
    "sales.customer.c_email": [column("c_email")],
    "sales.orders": ["sales.orders"],
    "email": [column("c_email")],
    "sales.*.c_n*": [column("c_name"), column("c_nobody")],
    "c_* status:added": [column("c_birth")],
    "status:added-2": ["sales", "sales.orders"],
    "status:missing": [column("c_nobody")],
    "CUSTOMER status:same": ["sales.customer"],
    '"sales" status:same': ["sales.customer"],
}
"""Filter lines, and which assets they let through."""


async def test_names_patterns_and_statuses_can_be_typed(pair: Pair) -> None:
    """Schema, table or column with all below, patterns, words of names, statuses, together too."""
    async with take_seat(pair.home, size=LARGE) as seat:
        await compared(seat, pair.bobs, pair.alices)
        for line, wanted in TYPED.items():
            await seat.pilot.press("/", "ctrl+u")
            await seat.enter_text(line)
            await seat.press("enter")
            assert names(seat) == wanted


async def test_the_list_follows_the_typing(pair: Pair) -> None:
    """Before enter is pressed; esc takes it back."""
    async with take_seat(pair.home) as seat:
        screen = await compared(seat, pair.bobs, pair.alices)
        await seat.pilot.press("/")
        await seat.enter_text("email")
        await seat.until(lambda: len(screen.lines.rows) == 1, "the one asset while typing")
        await seat.press("escape")
        assert len(names(seat)) == 8


async def test_a_status_that_nobody_knows_is_said_and_esc_restores(pair: Pair) -> None:
    """The line stays open with the reason; esc goes back to what was shown before."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.press("d")
        await seat.pilot.press("/")
        await seat.pilot.press("ctrl+u")
        await seat.enter_text("status:maybe")
        await seat.sees("“maybe” is not a status.")
        await seat.pilot.press("enter")
        assert isinstance(seat.app.screen, LineScreen)
        await seat.press("escape")
        assert names(seat) == DIFFERENT


@pytest.mark.parametrize(
    "shown",
    [
        CompareFilter(),
        CompareFilter('"sales"'),
        CompareFilter("sales.customer"),
        CompareFilter("*mail*"),
        CompareFilter("c_*"),
        CompareFilter('"my schema"."a.b"', DIFFERENCES),
        CompareFilter("x.y", frozenset({"left_only"})),
        CompareFilter("", frozenset({"right_only"}), is_loose=True),
    ],
)
def test_a_filter_is_written_as_it_is_read(shown: CompareFilter) -> None:
    """The line of a filter gives that filter, whatever asked for it first."""
    assert parse_compare_query(format_compare_query(shown), CompareFilter(is_loose=shown.is_loose)) == shown


def test_beginnings_of_statuses_are_enough() -> None:
    """While somebody is still typing; what begins like none is an error with all that there are."""
    assert parse_compare_query("status:di", CompareFilter()).statuses == {"diff"}
    assert parse_compare_query("status:", CompareFilter()).statuses == frozenset()
    with pytest.raises(UsageError) as error:
        parse_compare_query("status:x", CompareFilter())
    assert "missing" in error.value.hint


# ---- folding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_z_folds_a_table_into_a_line_with_its_counts(pair: Pair, size: tuple[int, int]) -> None:
    """From any of its assets; z or enter unfolds it again."""
    async with take_seat(pair.home, size=size) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_email"))
        await seat.press("z")
        assert names(seat) == ["sales", "▸ sales.customer", "sales.orders"]
        assert "▸ sales.customer" in seat.cursor_line or "▸ sales.custome" in seat.cursor_line
        assert "≠ 3  + 1" in seat.cursor_line
        await seat.press("enter")
        assert len(names(seat)) == 8
        assert row(seat).target_qname == "sales.customer"


async def test_capital_z_folds_all_tables_and_unfolds_them(pair: Pair) -> None:
    """An overview of the tables; what folded lines stand for is said, and keys for assets say that there is none."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await go_to(seat, column("c_name"))
        await seat.press("Z")
        assert names(seat) == ["▸ sales", "▸ sales.customer", "▸ sales.orders"]
        assert "▸ sales.customer" in seat.cursor_line
        assert "enter or z unfolds it" in detail(seat)
        assert "1 asset" in seat.text
        await seat.press("1", "e")
        assert "There is no asset under the cursor." in seat.flat
        await seat.press("r")
        assert names(seat) == ["▸ sales", "▸ sales.customer", "▸ sales.orders"]
        await seat.press("d")
        assert names(seat) == ["▸ sales", "▸ sales.customer", "▸ sales.orders"]
        await seat.press("Z")
        assert names(seat) == DIFFERENT


async def test_n_unfolds_the_table_that_hides_the_next_difference(pair: Pair) -> None:
    """Forward into a folded table and on; back into one, to its last difference."""
    async with take_seat(pair.home) as seat:
        await compared(seat, pair.bobs, pair.alices)
        await seat.press("Z", "n")
        assert row(seat).target_qname == "sales"
        await seat.press("n")
        assert row(seat).target_qname == column("c_birth")
        await seat.press("z", "G", "N")
        assert row(seat).target_qname == column("c_phone")
        assert "difference 5 of 6" in seat.title


async def test_a_folded_table_of_many_assets_does_not_hide_those_behind_it(amx_home: Path) -> None:
    """Folded, the first table's pages are passed over: the list goes on with the next table."""
    bobs, alices = await record_columns(amx_home, 500)
    async with take_seat(amx_home, size=LARGE) as seat:
        await compared(seat, bobs, alices)
        await seat.press("z")
        assert names(seat)[0] == "▸ big.wide"
        await seat.until(lambda: "big.wider.c_0250" in names(seat), "the table behind")
        await seat.press("j")
        assert row(seat).target_qname == "big.wider.c_0250"
        await seat.press("k", "enter")
        assert row(seat).target_qname == "big.wide.c_0000"
