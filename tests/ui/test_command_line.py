"""The command line: completion, history, errors, and what its verbs do in the app."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.ui.screens.store.screen import StoreScreen
from tests.ui.seat import LARGE, LOW, Seat, take_seat


def line(seat: Seat) -> str:
    """What stands on the command line."""
    (typed,) = [each for each in seat.lines if each.startswith(" :")]
    return typed[2:]


async def test_tab_completes_verbs_options_and_values(demo_home: Path) -> None:
    """One match is taken, several are gone through; behind an option come the values that are known."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.pilot.press(":", *"doc")
        await seat.sees("Look for the usual faults")
        await seat.pilot.press("tab")
        assert line(seat).strip() == "doctor"
        await seat.pilot.press("ctrl+u", *"history list --wh", "tab")
        assert line(seat).strip() == "history list --who"
        await seat.pilot.press("space", *"bo", "tab")
        assert line(seat).strip() == "history list --who bob@acme.com"
        await seat.enter_text(" --status c")
        await seat.pilot.press("tab")
        await seat.press("enter")
        assert "filter who:bob@acme.com status:cancelled" in seat.title


async def test_tab_and_shift_tab_go_through_several_matches(demo_home: Path) -> None:
    """The one that is taken is marked by a sign, and each stands on the line as it would be run."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.pilot.press(":")
        await seat.enter_text("history ")
        await seat.pilot.press("tab")
        assert line(seat).strip() == "history list"
        await seat.sees("› list")
        await seat.pilot.press("tab")
        assert line(seat).strip() == "history show"
        await seat.pilot.press("shift+tab", "shift+tab", "shift+tab")
        first = line(seat)
        await seat.pilot.press("tab")
        assert line(seat) != first
        await seat.pilot.press("escape")


async def test_run_ids_are_offered_and_open_the_run(demo_home: Path) -> None:
    """The runs in sight can be completed, so that nobody types an id."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.pilot.press(":")
        await seat.enter_text("history show run_2026-05-03_13")
        await seat.pilot.press("tab")
        assert line(seat).strip() == "history show run_2026-05-03_13-43-002"
        await seat.press("enter")
        await seat.shows(RunScreen)
        assert "run_2026-05-03_13-43-002" in seat.title


async def test_earlier_lines_come_back_in_the_next_session_too(demo_home: Path) -> None:
    """Up and down go through them, the newest first and each once; what was being typed is not lost."""
    async with take_seat(demo_home) as seat:
        for typed in ("config path", "doctor --offline", "config path"):
            await seat.command(typed)
            await seat.press("escape")
    kept = demo_home / "command-history"
    assert kept.read_text().splitlines() == ["doctor --offline", "config path"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    async with take_seat(demo_home) as seat:
        await seat.pilot.press(":", *"hist", "up")
        assert line(seat).strip() == "config path"
        await seat.pilot.press("up", "up")
        assert line(seat).strip() == "doctor --offline"
        await seat.pilot.press("down", "down")
        assert line(seat).strip() == "hist"
        await seat.pilot.press("up")
        await seat.press("enter")
        await seat.sees("✓ Configuration")
        # However long the path is, and wherever it is broken.
        await seat.until(lambda: "/demo/config.yml" in "".join(seat.text.split()), "the path")


async def test_a_home_that_cannot_be_written_costs_only_the_history(demo_home: Path) -> None:
    """The line is run all the same."""
    (demo_home / "command-history").mkdir()
    async with take_seat(demo_home) as seat:
        await seat.command("config path")
        await seat.shows(ReportScreen)
        await seat.sees("config.yml")


async def test_passwords_on_the_line_are_not_written_down(demo_home: Path) -> None:
    """A secret that somebody types into a command is neither kept nor shown again."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.command("edit-db-profile prod-pg --set password=hunter2-secret")
        await seat.press("escape", "escape")
        await seat.press("L")
        assert "hunter2" not in seat.text
    for path in demo_home.rglob("*"):
        if path.is_file() and path.name != "config.yml":
            assert b"hunter2" not in path.read_bytes(), path


async def test_what_does_not_parse_is_said_with_a_suggestion(demo_home: Path) -> None:
    """Unknown verbs and options, missing and superfluous words: one message each, and the screen stays."""
    async with take_seat(demo_home, size=LARGE) as seat:
        for typed, said in (
            ("histroy list", "history"),
            ("docter", "doctor"),
            ("history list --whoo bob", "--who"),
            ("history list --since someday", "“someday” is not a time."),
            ("history list --status nosuch", "status"),
            ("history show", "RUN"),
            ("doctor now", "now"),
            ("review", "review"),
        ):
            await seat.command(typed)
            assert isinstance(seat.app.screen, HistoryScreen), typed
            assert "error" in seat.said.splitlines()[-1] or "error" in seat.said
            assert said in seat.said
            seat.app.clear_notifications()
            seat.app.messages.clear()
        assert "38 runs" in seat.title


async def test_leaving_the_line_does_nothing(demo_home: Path) -> None:
    """Esc, an empty line, and a click beside it close it; nothing is run or kept."""
    async with take_seat(demo_home, size=LOW) as seat:
        await seat.pilot.press(":", *"doctor")
        await seat.press("escape")
        assert isinstance(seat.app.screen, HistoryScreen)
        await seat.pilot.press(":", "space")
        await seat.press("enter")
        assert isinstance(seat.app.screen, HistoryScreen)
        await seat.pilot.press(":", *"q")
        await seat.pilot.click(offset=(5, 3))
        await seat.shows(HistoryScreen)
        assert not (demo_home / "command-history").exists()
        assert seat.said == ""


@pytest.mark.parametrize("typed", ["q", "quit", "wq", ":q!"])
async def test_quitting_is_typed_as_elsewhere(demo_home: Path, typed: str) -> None:
    """Whoever comes from an editor gets out."""
    async with take_seat(demo_home) as seat:
        await seat.command(typed)
        await seat.until(lambda: not seat.app.is_running, "the end")


async def test_ctrl_c_says_how_to_quit(demo_home: Path) -> None:
    """It ends nothing, and names the key that does, as the user's key map has it."""
    (demo_home / "amx-tui.yml").write_text("keymap:\n  app.quit: ctrl+x\n")
    async with take_seat(demo_home) as seat:
        await seat.press("ctrl+c")
        await seat.sees("^x quits.")


async def test_the_programs_own_words_are_completed_and_done(demo_home: Path) -> None:
    """Those that mean nothing in a shell stand beside the verbs."""
    async with take_seat(demo_home) as seat:
        await seat.pilot.press(":", *"the")
        await seat.sees("Choose the theme")
        await seat.pilot.press("tab")
        await seat.press("enter")
        await seat.sees("amx-high-contrast")
        await seat.press("escape")
        await seat.command("profiles")
        await seat.shows(ProfilesScreen)
        await seat.command("history")
        await seat.shows(HistoryScreen)


async def test_verbs_with_a_screen_of_their_own_go_there(demo_home: Path) -> None:
    """Profiles, the steps of a shared store and runs are screens; everything else answers with a report."""
    async with take_seat(demo_home) as seat:
        await seat.command("db-profiles")
        await seat.shows(ProfilesScreen)
        await seat.command("history-store")
        await seat.shows(StoreScreen)
        await seat.press("escape")
        await seat.command("history list")
        await seat.shows(HistoryScreen)
        await seat.command("/history show run_2026-05-03_13-43-002 --hash")
        await seat.shows(ReportScreen)
        await seat.sees("✓ history show run_2026-05-03_13-43-002")
        await seat.press("escape")
        await seat.command("help history list")
        await seat.shows(ReportScreen)
        await seat.sees("--who", "--since")


async def test_a_limited_list_is_shown_with_exactly_so_many_runs(demo_home: Path) -> None:
    """The screen scrolls through all runs, so a limit is answered as the shell answers it; `all` is the screen."""
    async with take_seat(demo_home, size=LARGE) as seat:
        newest = seat.run_ids[:4]
        await seat.command("history list --limit 3")
        await seat.shows(ReportScreen)
        assert [each in seat.text for each in newest] == [True, True, True, False]
        await seat.sees(f"add `--after {newest[2]}`")
        await seat.press("escape")
        await seat.command("history list --limit all")
        await seat.shows(HistoryScreen)


async def test_the_list_goes_to_the_page_behind_or_in_front_of_a_run(demo_home: Path) -> None:
    """The cursor stands beside that run in the list's order, and the rest of the list is around it."""
    async with take_seat(demo_home, size=LARGE) as seat:
        ids = seat.run_ids
        await seat.command(f"history list --after {ids[9]}")
        assert seat.run.run_id == ids[10]
        await seat.press("k")
        assert seat.run.run_id == ids[9]
        await seat.command(f"history list --before {ids[20]}")
        assert seat.run.run_id == ids[19]
        await seat.press("j")
        assert seat.run.run_id == ids[20]
        bobs = [run.run_id for run in seat.history.runs.rows if run.created_by == "bob@acme.com"]
        await seat.command(f"history list --who bob@acme.com --after {bobs[1]}")
        assert seat.run.run_id == bobs[2]
        assert "filter who:bob@acme.com" in seat.title


async def test_a_page_beside_a_run_that_is_not_there_is_the_first(demo_home: Path) -> None:
    """Behind the last run there is nothing, and an unknown run is an error; the list stays useful either way."""
    async with take_seat(demo_home, size=LARGE) as seat:
        newest, oldest = seat.run_ids[0], seat.run_ids[-1]
        await seat.command(f"history list --after {oldest}")
        assert f"No run of this list stands behind {oldest}." in seat.said
        await seat.command("history list --before run_1999-01-01_00-00-001")
        assert "error: Looking for run_1999-01-01_00-00-001" in seat.said
        assert seat.run.run_id == newest


async def test_a_run_is_shown_with_the_results_that_were_asked_for(demo_home: Path) -> None:
    """`--table` and `--status` become the screen's filter, which can be taken away; `--full` is a text."""
    run = "run_2026-05-03_13-43-002"
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.command(f"history show {run}")
        screen = await seat.shows(RunScreen)
        everything = len(screen.results.rows)
        await seat.press("escape")
        await seat.command(f"history show {run} --status accepted")
        screen = await seat.shows(RunScreen)
        await seat.sees("filter is:accepted")
        assert {result.evaluation for result in screen.results.rows} == {"accepted"}
        await seat.press("escape")
        assert len(screen.results.rows) == everything
        await seat.press("escape")
        await seat.command(f"history show {run} --full")
        await seat.shows(ReportScreen)
