"""Keys and the mouse that work everywhere: going between screens, the footer, the palette, help, the log, quitting."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.command import CommandPalette
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widgets import Input

from amx_tui.ui.commands import Performer
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.help.screen import HelpScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.line.screen import LineScreen
from amx_tui.ui.screens.log.screen import LogScreen
from amx_tui.ui.screens.members.screen import MembersScreen
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.ui.widgets.bars import KeyBar
from amx_tui.ui.widgets.row_list import RowList
from tests.ui.seat import LARGE, LOW, NORMAL, Seat, take_seat


async def click_footer(seat: Seat, label: str) -> None:
    """Click on a label of the footer."""
    x = cell_len(seat.footer.partition(f" {label} ")[0] if f" {label} " in seat.footer else seat.footer[:-1])
    await seat.pilot.click(KeyBar, offset=(x, 0))
    await seat.settled()


async def test_numbers_go_from_screen_to_screen(demo_home: Path) -> None:
    """With alt and without: 6 the profiles, 5 the members, 1 the history, whose cursor has not moved meanwhile."""
    async with take_seat(demo_home) as seat:
        await seat.press("j", "j")
        run = seat.run
        for profiles, history in (("6", "1"), ("alt+6", "alt+1")):
            await seat.press(profiles)
            await seat.shows(ProfilesScreen)
            assert "prod-pg" in seat.text
            await seat.press(history)
            await seat.shows(HistoryScreen)
            assert seat.run == run
            assert run.run_id in seat.cursor_line
        await seat.press("5")
        await seat.shows(MembersScreen)
        await seat.press("alt+1")
        for key in ("3", "4"):
            await seat.press(key)
            assert isinstance(seat.app.screen, HistoryScreen)


async def test_a_run_that_is_open_is_still_there_after_a_look_elsewhere(demo_home: Path) -> None:
    """From a run to the profiles and back to the same result of it; 1 once more goes to the list."""
    async with take_seat(demo_home) as seat:
        await seat.press("j", "enter", "j", "j")
        await seat.shows(RunScreen)
        result = seat.list.current_key
        await seat.press("6")
        await seat.shows(ProfilesScreen)
        await seat.press("1")
        await seat.shows(RunScreen)
        assert seat.list.current_key == result
        await seat.press("1")
        await seat.shows(HistoryScreen)


@pytest.mark.parametrize("keys", [(), ("enter",), ("6",), ("enter", "i")])
async def test_q_quits_from_every_screen(demo_home: Path, keys: tuple[str, ...]) -> None:
    """Nothing is unsaved, so nothing is asked; the app ends well."""
    async with take_seat(demo_home) as seat:
        await seat.press(*keys)
        await seat.pilot.press("q")
        await seat.until(lambda: not seat.app.is_running, "the end")
    assert seat.app.return_code == 0
    assert seat.app.failure is None


async def test_quitting_while_a_line_is_typed_types(demo_home: Path) -> None:
    """In an input a letter is a letter; numbers too."""
    async with take_seat(demo_home) as seat:
        await seat.pilot.press("/", *"q16")
        await seat.until(lambda: "q16" in seat.lines[-2], "the typed letters")
        assert seat.app.is_running
        assert isinstance(seat.app.screen, LineScreen)
        await seat.press("escape")


async def test_footer_keys_can_be_clicked(demo_home: Path) -> None:
    """Each label does what its key does."""
    async with take_seat(demo_home) as seat:
        await click_footer(seat, "Sort")
        assert "oldest first" in seat.title
        await click_footer(seat, "Open")
        await seat.shows(RunScreen)
        await click_footer(seat, "Facts")
        assert "Settings" in seat.text or "Scope" in seat.text
        await seat.press("escape", "escape")
        await click_footer(seat, "Filter")
        await seat.shows(LineScreen)
        await seat.press("escape")
        await click_footer(seat, "Help")
        await seat.shows(HelpScreen)


@pytest.mark.parametrize("size", [NORMAL, LOW])
async def test_footers_hold_five_keys_and_help(demo_home: Path, size: tuple[int, int]) -> None:
    """No screen has more than five labels besides help, and all of them fit in."""
    async with take_seat(demo_home, size=size) as seat:
        for keys in ((), ("enter",), ("6",)):
            await seat.press(*keys)
            labels = [each for each in seat.footer.strip().split("   ") if each]
            assert labels[-1] == "? Help"
            assert 2 <= len(labels) <= 6


async def test_rows_can_be_clicked_opened_and_scrolled(demo_home: Path) -> None:
    """A click moves the cursor, a double click opens, the wheel scrolls without losing the cursor from sight."""
    async with take_seat(demo_home) as seat:
        third = seat.run_ids[2]
        await seat.pilot.click(RowList, offset=(10, 3))
        assert seat.run.run_id == third
        await seat.pilot._post_mouse_events([MouseScrollDown] * 3, RowList)
        await seat.settled()
        assert seat.run.run_id in seat.cursor_line
        assert third not in seat.text
        await seat.pilot._post_mouse_events([MouseScrollUp] * 3, RowList)
        await seat.pilot.click(RowList, offset=(10, 5), times=2)
        await seat.shows(RunScreen)
        assert seat.run_ids[4] in seat.title


async def test_the_palette_lists_and_does_what_the_screen_can(demo_home: Path) -> None:
    """Every command of the screen and of the app is there with its key, and is done by choosing it."""
    async with take_seat(demo_home, size=(120, 80)) as seat:
        await seat.pilot.press("ctrl+p")
        await seat.sees(
            "Open the run (enter)",
            "Filter by who, scope, status, time and text (/)",
            "Show the hash of the run's descriptions (H)",
            "Go to the database profiles (6)",
            "Look for the usual faults",
            "Set up or join a shared history store",
            "Quit (q)",
        )
        assert isinstance(seat.app.screen, CommandPalette)
        await seat.enter_text("newest")
        await seat.sees("Sort: newest first, oldest first, by who (s)")
        await seat.press("enter")
        await seat.shows(HistoryScreen)
        assert "oldest first" in seat.title
        await seat.pilot.press("ctrl+p")
        await seat.enter_text("usual faults")
        await seat.sees("Look for the usual faults")
        await seat.pilot.press("enter")
        await seat.sees("config.yml")


async def test_what_is_not_possible_now_says_why(amx_home: Path) -> None:
    """Without runs, opening one is greyed in the footer, explained in help and palette, and by pressing the key."""
    why = "There is no run under the cursor."
    async with take_seat(amx_home, size=LARGE) as seat:
        await seat.press("o")
        await seat.sees("Open the run", why)
        seat.app.clear_notifications()
        await seat.misses(why)
        await seat.press("?")
        await seat.sees("enter o Open the run", f"not now: {why}")
        await seat.press("escape")
        await seat.pilot.press("ctrl+p")
        await seat.sees("Open the run (enter)", why)
        await seat.enter_text("open the run")
        await seat.pilot.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, HistoryScreen), "the history")
        await seat.sees(why)
        seat.app.clear_notifications()
        await seat.misses(why)
        await click_footer(seat, "Open")
        await seat.sees(why)


async def test_a_key_of_the_house_that_has_no_use_here_says_so(demo_home: Path) -> None:
    """What works on one screen is tried on all; where a line is typed, letters stay letters."""
    async with take_seat(demo_home) as seat:
        for key, said in (
            ("E", "nothing to export"),
            ("n", "nothing to step through"),
            ("u", "nothing to undo"),
        ):
            await seat.press(key)
            assert said in seat.toasts
        await seat.press("6", "space")
        assert "Nothing is marked here" in seat.toasts
        await seat.press("colon", "E", "n")
        assert isinstance(seat.app.screen, LineScreen)
        assert seat.app.screen.query_one(Input).value == "En"


async def test_help_shows_every_key_and_filters(demo_home: Path) -> None:
    """Those of the screen, of lists, and those that work everywhere; typing narrows them."""
    async with take_seat(demo_home, size=(120, 80)) as seat:
        await seat.press("?")
        await seat.shows(HelpScreen)
        await seat.sees(
            "This screen", "Lists", "Everywhere", "s Sort", "j ↓ Down", "q Quit", "^p Open the palette"
        )
        await seat.enter_text("hash")
        await seat.sees("H Show the hash of the run's descriptions")
        assert "Sort: newest" not in seat.text
        await seat.enter_text(" nothing of the kind")
        await seat.sees("No key does “hash nothing of the kind”.")
        await seat.press("escape")
        await seat.shows(HistoryScreen)
        await seat.press("enter", "?")
        await seat.sees("} To the next table")


async def test_every_key_in_help_belongs_to_a_command_that_exists(demo_home: Path) -> None:
    """A verb that is declared can be done: no key in help or palette leads nowhere."""
    async with take_seat(demo_home) as seat:
        for keys in ((), ("enter",), ("6",)):
            await seat.press(*keys)
            screen = seat.app.screen
            assert isinstance(screen, BaseScreen)
            performers: tuple[Performer, ...] = (screen, seat.app)
            for performer in performers:
                for command in performer.VERBS:
                    assert callable(getattr(performer, f"action_{command.verb}", None)), command
                    keys_of_command = {key for key in command.keys.split(",") if key}
                    assert keys_of_command <= screen.active_bindings.keys(), command


async def test_the_message_log_holds_what_was_said(demo_home: Path) -> None:
    """Toasts go away, the log does not: with time and sign, in order, and it can be copied."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.press("L")
        await seat.sees("Nothing has been said yet.")
        await seat.press("escape")
        await seat.press("y")
        await seat.command("nosuch verb")
        await seat.press("L")
        await seat.shows(LogScreen)
        text = seat.flat
        assert text.index("1 run id") < text.index("✗ :nosuch verb")
        await seat.press("y")
        assert "error: :nosuch verb" in seat.app.clipboard
        await seat.press("j", "k", "escape")
        await seat.shows(HistoryScreen)


async def test_tab_goes_from_pane_to_pane(demo_home: Path) -> None:
    """On a wide run screen tab goes to the text and back; arrows then scroll it, not the list."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.press("j", "enter")
        await seat.shows(RunScreen)
        result = seat.list.current_key
        await seat.press("tab", "j", "j")
        assert seat.list.current_key == result
        await seat.press("tab", "j")
        assert seat.list.current_key != result
