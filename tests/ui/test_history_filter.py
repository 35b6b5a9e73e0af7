"""Filtering the history by a typed line and by the command line's flags."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from amx_tui.domain.runs import RUN_STATUSES, Run
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.line.screen import LineScreen
from tests.ui.seat import LARGE, LOW, take_seat


def covers(run: Run, schema: str, table: str = "") -> bool:
    """Whether a run's scope has a schema, or a table of it by name or with the whole schema."""
    tables = dict(run.scope.schemas).get(schema)
    return tables is not None and (not table or not tables or table in tables)


async def test_the_list_follows_what_is_typed(demo_home: Path) -> None:
    """Each pause in typing narrows the list behind the line; enter keeps the filter, the title names it."""
    async with take_seat(demo_home) as seat:
        every = seat.run_ids
        await seat.pilot.press("/", *"sta")
        await seat.sees("status:")
        await seat.pilot.press(*"tus:fai")
        await seat.until(lambda: {run.status for run in seat.history.runs.rows} == {"failed"}, "failed runs")
        assert seat.app.screen is not seat.history
        failed = seat.run_ids
        assert 0 < len(failed) < len(every)
        await seat.press("enter")
        assert isinstance(seat.app.screen, HistoryScreen)
        assert "filter status:failed" in seat.title
        assert f"{len(failed)} runs" in seat.title
        await seat.press("escape")
        assert "filter" not in seat.title
        assert seat.run_ids == every


async def test_a_line_that_cannot_be_read_says_why_and_stays_open(demo_home: Path) -> None:
    """Unknown words, statuses and times are named with what there is; esc leaves the list as it was."""
    async with take_seat(demo_home) as seat:
        await seat.filter("who:bob@acme.com")
        bobs = seat.run_ids
        for typed, said in (
            (" colour:red", "“colour:” is not a filter here."),
            (" status:nosuch", "“nosuch” is not a status."),
            (" since:tuesdayish", "“tuesdayish” is not a time."),
        ):
            await seat.press("/")
            await seat.enter_text(typed)
            await seat.sees(said)
            await seat.press("enter")
            assert isinstance(seat.app.screen, LineScreen)
            assert seat.run_ids == bobs
            await seat.press("escape")
            assert "filter who:bob@acme.com" in seat.title
        await seat.press("/")
        await seat.enter_text(" status:success")
        await seat.until(lambda: 0 < len(seat.run_ids) < len(bobs), "the narrower list")
        await seat.press("escape")
        assert seat.run_ids == bobs
        assert "filter who:bob@acme.com" in seat.title


FILTERS: dict[str, Callable[[Run], bool]] = {
    "who:carol@acme.com": lambda run: run.created_by == "carol@acme.com",
    "who:CAROL*": lambda run: run.created_by == "carol@acme.com",
    "who:carol@acme.com@carol-mac": lambda run: run.hostname == "carol-mac",
    "scope:finance": lambda run: covers(run, "finance"),
    "scope:sales.orders": lambda run: covers(run, "sales", "orders"),
    "status:cancelled": lambda run: run.status == "cancelled",
    "since:2026-05-01": lambda run: run.started_at >= datetime(2026, 5, 1, tzinfo=UTC),
    "until:2026-04-01T09:00": lambda run: run.started_at < datetime(2026, 4, 1, 9, tzinfo=UTC),
    "who:bob@acme.com scope:finance status:success": lambda run: (
        (run.created_by, run.status) == ("bob@acme.com", "success") and covers(run, "finance")
    ),
    "_07-": lambda run: "_07-" in run.run_id,
}
"""Filter lines, and which runs they let through."""


async def test_each_word_of_the_line_narrows_the_list(demo_home: Path) -> None:
    """By who, scope, status, time and text: the list holds exactly the runs that the words name."""
    async with take_seat(demo_home) as seat:
        everyone = list(seat.history.runs.rows)
        for line, is_wanted in FILTERS.items():
            await seat.filter(line)
            wanted = [run.run_id for run in everyone if is_wanted(run)]
            assert 0 < len(wanted) < len(everyone)
            assert seat.run_ids == wanted, line
            assert f"  {len(wanted)} run" in seat.title
            await seat.press("escape")
            assert len(seat.run_ids) == len(everyone)


async def test_text_finds_runs_by_the_assets_they_drafted(demo_home: Path) -> None:
    """A column's name finds every run with a result for it, although no list shows that name."""
    async with take_seat(demo_home) as seat:
        await seat.filter("c_email")
        with closing(sqlite3.connect(demo_home / "history.db")) as connection:
            rows = connection.execute(
                "SELECT DISTINCT run_id FROM amx_history_results WHERE target_qname LIKE '%c_email%'"
            ).fetchall()
        assert len(rows) > 1
        assert sorted(seat.run_ids) == sorted(run_id for (run_id,) in rows)


async def test_tab_completes_words_members_and_statuses(demo_home: Path) -> None:
    """The line offers the words, then what the store holds behind them; tab takes it."""
    async with take_seat(demo_home) as seat:
        await seat.pilot.press("/")
        await seat.sees("who:", "scope:", "status:", "since:", "until:")
        await seat.pilot.press("w", "tab")
        await seat.sees("who:alice@acme.com", "who:bob@acme.com", "who:carol@acme.com")
        await seat.pilot.press("c", "tab", "space")
        await seat.enter_text("status:")
        await seat.sees(*(f"status:{status}" for status in RUN_STATUSES))
        await seat.pilot.press("c", "tab")
        await seat.press("enter")
        assert "filter who:carol@acme.com status:cancelled" in seat.title
        assert [run.created_by for run in seat.history.runs.rows] == ["carol@acme.com"]


async def test_a_filter_that_nothing_meets_says_so(demo_home: Path) -> None:
    """The list is not just empty: it says what to press."""
    async with take_seat(demo_home, size=LOW) as seat:
        await seat.filter("no run is called like this")
        await seat.sees("No run matches this filter.", "esc takes the filter away, / changes it")
        assert "0 runs" in seat.title
        await seat.press("escape")
        assert "38 runs" in seat.title


async def test_sorting_and_refreshing_keep_the_filter(demo_home: Path) -> None:
    """The three work together, and a filter that was changed keeps the sorting."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.filter("who:bob@acme.com")
        bobs = seat.run_ids
        await seat.press("s")
        assert seat.run_ids == bobs[::-1]
        await seat.press("j", "r")
        assert seat.run_ids == bobs[::-1]
        assert "filter who:bob@acme.com  oldest first" in seat.title
        assert "row 2" in seat.title
        await seat.filter(" status:failed")
        assert "filter who:bob@acme.com status:failed  oldest first" in seat.title
        assert set(seat.run_ids) < set(bobs)


async def test_a_command_line_from_the_documentation_filters_the_list(demo_home: Path) -> None:
    """`history list --who …` does what the same words do in a shell, with a leading slash or without."""
    async with take_seat(demo_home, size=LARGE) as seat:
        for slash in ("", "/", ":"):
            await seat.command(f"{slash}history list --who bob@acme.com --status success --since 2026-04-20")
            runs = seat.history.runs.rows
            assert {(run.created_by, run.status) for run in runs} == {("bob@acme.com", "success")}
            assert len(runs) == 2
            assert "filter who:bob@acme.com status:success since:2026-04-20" in seat.title
            await seat.command(f"{slash}history list")
            assert "38 runs" in seat.title
        await seat.command("/history list --sort who")
        assert "by who" in seat.title


async def test_a_list_asked_for_from_a_run_is_shown(demo_home: Path) -> None:
    """`:history list` goes to the list wherever one is; so does the screen's number."""
    async with take_seat(demo_home) as seat:
        await seat.press("enter")
        await seat.command("history list --who carol@acme.com")
        await seat.shows(HistoryScreen)
        assert "filter who:carol@acme.com" in seat.title
        await seat.press("enter", "1")
        await seat.shows(HistoryScreen)
        assert "filter who:carol@acme.com" in seat.title
        await seat.press("enter", "6")
        await seat.command("history list")
        await seat.shows(HistoryScreen)
        assert "38 runs" in seat.title
