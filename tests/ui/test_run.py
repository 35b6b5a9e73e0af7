"""The screen of a run: results by table, their full text, the run's facts, and the way back."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.domain.results import Result
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.ui.widgets.text_pane import TextPane
from tests.ui.conftest import NOW
from tests.ui.seat import LARGE, LOW, NORMAL, Seat, take_seat
from tests.ui.stores import drafted, record, recorded_run

RUN = "run_2026-05-03_13-43-002"
"""A run of alice's over the schema sales with 119 results, the second in the demo's list."""


def names(seat: Seat) -> list[str]:
    """The qualified names of the results in memory."""
    return [result.target_qname for result in seat.list.rows]


def current(seat: Seat) -> Result:
    """The result under the cursor."""
    result = seat.list.current
    assert isinstance(result, Result)
    return result


def pane(seat: Seat) -> str:
    """What stands in the right-hand pane, as running text."""
    return " ".join(" ".join(line.partition("▏")[2] for line in seat.lines[3:-1]).split())


async def open_run(seat: Seat, run_id: str = RUN) -> RunScreen:
    """Open a run by the command line."""
    await seat.command(f"history show {run_id}")
    return await seat.shows(RunScreen)


@pytest.mark.usefixtures("frozen_now")
@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_results_stand_below_their_table(demo_home: Path, size: tuple[int, int]) -> None:
    """Each table is a heading, its own row comes first, then its columns; the run and its counts are on top."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.press("j", "enter")
        await seat.shows(RunScreen)
        assert RUN in seat.title
        assert "alice@acme.com" in seat.title
        assert "119 results" in seat.lines[2]
        body = [line.partition("▏")[0].rstrip() for line in seat.lines[3:-1]]
        assert body[1] == " ▾ sales"
        assert re.match(r" › \(schema\) +(○|✓|✎|✗)", body[2])
        assert body[3] == " ▾ sales.cart"
        assert body[4].startswith("   (table) ")
        assert body[5].startswith("   c")
        assert sum(line.startswith(" ▾") for line in body) >= 2


async def test_counts_name_every_decision(demo_home: Path) -> None:
    """With room the title spells out how many are pending, accepted, edited, rejected, failed and applied."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await open_run(seat)
        with closing(sqlite3.connect(demo_home / "history.db")) as connection:
            rows = dict(
                connection.execute(
                    "SELECT COALESCE(evaluation, 'pending'), count(*) FROM amx_history_results "
                    "WHERE run_id = ? GROUP BY 1",
                    (RUN,),
                ).fetchall()
            )
        for stored, sign, word in (
            ("pending", "○", "pending"),
            ("accepted", "✓", "accepted"),
            ("custom", "✎", "edited"),
            ("skipped", "✗", "rejected"),
        ):
            if rows.get(stored):
                assert f"{rows[stored]} {sign} {word}" in seat.lines[2]
        assert rows.keys() > {"pending", "accepted"}
        assert "5 ⚠ failed" in seat.lines[2]


async def test_full_text_shows_alternatives_decision_and_reasoning(demo_home: Path) -> None:
    """Enter shows one result whole: what is in force, every alternative with its score, why, and by whom."""
    async with take_seat(demo_home) as seat:
        screen = await open_run(seat)
        for number, result in enumerate(seat.list.rows):
            if result.evaluation == "accepted" and len(result.alternatives) > 1:
                seat.list.action_move(number)
                break
        await seat.settled()
        full = await screen.workspace.history.result(current(seat).result_id)
        await seat.press("enter")
        shown = " ".join(str(screen.query_one(TextPane).query_one("Static").render()).split())
        assert full.target_qname in shown
        for alternative in full.alternatives:
            assert " ".join(alternative.text.split()) in shown
            assert alternative.score is None or f"({alternative.score:.3f})" in shown
        assert f"✓ {full.chosen_description}" in shown
        assert " ".join(full.reasoning.split()) in shown
        assert f"by {full.evaluated_by}" in shown
        assert full.model_version in shown
        assert full.target_qname in seat.text
        await seat.press("escape")
        assert current(seat).result_id == full.result_id
        assert isinstance(seat.app.screen, RunScreen)


async def test_wide_terminals_show_the_text_beside_the_list(demo_home: Path) -> None:
    """From 120 columns on the pane follows the cursor."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await open_run(seat)
        for _ in range(4):
            assert pane(seat).startswith(current(seat).target_qname)
            await seat.press("j")
        assert len(set(names(seat))) == len(names(seat))


async def test_facts_hold_settings_tokens_and_scope(demo_home: Path) -> None:
    """The key i shows what the run was made with, and i again goes back to the result."""
    async with take_seat(demo_home, size=(120, 50)) as seat:
        await open_run(seat)
        result = current(seat).target_qname
        await seat.press("i")
        facts = pane(seat)
        for fact in (
            "who alice@acme.com on alice-laptop",
            "status ? ready_for_review",
            "started 2026-05-03 13:43:",
            "database shop-dwh (sqlite)",
            "model openai gpt-4o (profile gpt4o)",
            "ok / fail 114 / 5",
            "Scope sales all tables",
            "Settings prompt_detail standard language english n_alternatives 3",
            "Tokens total_tokens",
        ):
            assert fact in facts
        await seat.press("r")
        assert pane(seat) == facts
        await seat.press("i")
        assert pane(seat).startswith(result)


async def test_escape_goes_back_one_step_at_a_time(demo_home: Path) -> None:
    """From the text to the list, from the filtered list to the whole, from there to the history."""
    async with take_seat(demo_home) as seat:
        await seat.press("j")
        run = seat.run
        await seat.press("enter")
        await seat.filter("is:pending")
        filtered = names(seat)
        await seat.press("j", "enter")
        assert "▾" not in seat.text
        await seat.press("escape")
        assert names(seat) == filtered
        assert "filter is:pending" in seat.text
        await seat.press("escape")
        assert "filter" not in seat.lines[2]
        assert len(names(seat)) > len(filtered) or len(filtered) == len(names(seat)) == 80
        assert isinstance(seat.app.screen, RunScreen)
        await seat.press("escape")
        await seat.shows(HistoryScreen)
        assert seat.run == run


async def test_results_are_filtered_by_what_is_typed(demo_home: Path) -> None:
    """By decision, confidence, table and text, together too; what cannot be read is said."""
    async with take_seat(demo_home, size=LARGE) as seat:
        screen = await open_run(seat)
        await seat.pilot.press("/")
        await seat.enter_text("is:failed")
        await seat.until(lambda: len(screen.results.rows) == 5, "the failed results, while typing")
        await seat.press("enter")
        assert all(not result.alternatives for result in seat.list.rows)
        await seat.press("escape")
        await seat.filter("table:sales.customer confidence:high")
        assert {(result.table_name, result.confidence) for result in seat.list.rows} == {("customer", "high")}
        await seat.press("escape")
        await seat.filter("email")
        assert any("c_email" in name for name in names(seat))
        assert 0 < len(names(seat)) < 30
        await seat.pilot.press("/")
        await seat.enter_text(" is:maybe")
        await seat.sees("“maybe” is not a state.")
        await seat.press("escape")
        await seat.filter(" and nothing like it")
        await seat.sees("No result matches this filter.", "esc takes the filter away")
        await seat.press("enter", "y")
        await seat.sees("There is no result under the cursor.")


async def test_braces_go_from_table_to_table(demo_home: Path) -> None:
    """The key } goes to the next table's first row; { to this one's, then to the one before it."""
    async with take_seat(demo_home) as seat:
        await open_run(seat)
        tables = []
        for _ in range(4):
            tables.append(current(seat).table_name)
            assert current(seat).column_name == ""
            await seat.press("}")
        assert len(set(tables)) == 4
        await seat.press("j", "j", "{")
        assert current(seat).column_name == ""
        for table in reversed(tables):
            await seat.press("{")
            assert current(seat).table_name == table


async def test_a_long_run_is_paged_and_refreshed_in_place(demo_home: Path) -> None:
    """Every result is reached; a refresh far down keeps the cursor on its result and line."""
    async with take_seat(demo_home) as seat:
        await open_run(seat)
        reached: list[str] = []
        while not reached or reached[-1] != current(seat).result_id:
            reached.append(current(seat).result_id)
            seat.list.action_move(1)
            if len(reached) % 20 == 0:
                await seat.settled()
        await seat.settled()
        assert len(reached) == len(set(reached)) == 119
        assert "row 119" in seat.title
        await seat.press(*"kkkkk")
        result, row = current(seat), seat.cursor_row
        await seat.press("r")
        assert current(seat).result_id == result.result_id
        assert seat.cursor_row == row
        await seat.press("g")
        assert current(seat).result_id == reached[0]
        await seat.press("G")
        assert current(seat).result_id == reached[-1]


async def test_copying_takes_the_whole_description(amx_home: Path) -> None:
    """The list holds only the beginning of a long text; y copies all of it, Y the name, H the hash."""
    text = "A description that goes on " * 4000
    (run_id,) = await record(amx_home, [recorded_run(NOW)], [drafted("sales.customer", text)])
    async with take_seat(amx_home) as seat:
        screen = await open_run(seat, run_id)
        await seat.pilot.press("y")
        await seat.settled()
        assert seat.app.clipboard == text
        await seat.press("Y")
        assert seat.app.clipboard == "sales.customer"
        await seat.press("H")
        assert seat.app.clipboard == await screen.workspace.history.hash(run_id)
        await seat.sees("SHA-256 of run_")


async def test_nothing_to_copy_is_said(amx_home: Path) -> None:
    """A result that failed has no description in force: the footer greys the key, and pressing it says why."""
    (run_id,) = await record(amx_home, [recorded_run(NOW)], [drafted("sales.customer")])
    async with take_seat(amx_home) as seat:
        await open_run(seat, run_id)
        assert "failed: the model answered nothing" in seat.text
        await seat.press("y")
        await seat.sees("This result has no description in force.")
        assert seat.app.clipboard == ""


async def test_a_run_without_results_says_so(amx_home: Path) -> None:
    """It has facts all the same."""
    (run_id,) = await record(amx_home, [recorded_run(NOW, status="cancelled")])
    async with take_seat(amx_home) as seat:
        await open_run(seat, run_id)
        await seat.sees("This run drafted nothing.", "i shows its facts, esc goes back")
        await seat.press("i")
        await seat.sees("status – cancelled")
        await seat.press("escape", "escape")
        await seat.shows(HistoryScreen)


@pytest.mark.parametrize("size", [NORMAL, LOW])
async def test_an_unknown_run_is_said_with_what_there_is(demo_home: Path, size: tuple[int, int]) -> None:
    """The screen says that there is none and names near ones; r tries again, esc goes back."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.command("history show run_2026-05-03_99")
        await seat.sees("run_2026-05-03_99", "r tries again, esc goes back")
        assert "error" in seat.said
        await seat.press("enter", "y", "i", "H", "G", "}")
        await seat.press("r")
        await seat.press("escape")
        await seat.shows(HistoryScreen)
        assert seat.run.run_id == "run_2026-05-03_15-45-002"


async def test_a_beginning_of_an_id_is_enough(demo_home: Path) -> None:
    """A prefix that one run only has opens it; one that several have names them."""
    async with take_seat(demo_home) as seat:
        await open_run(seat, "run_2026-05-03_13")
        assert RUN in seat.title
        await seat.press("escape")
        await seat.command("history show run_2026-05-03")
        await seat.sees("run_2026-05-03")
        assert "run_2026-05-03_15-45-002" in seat.said
