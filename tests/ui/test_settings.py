"""Themes and the key map: chosen, wrong, or the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from amx_tui.config.themes import packaged_folder
from amx_tui.ui.screens.run.screen import RunScreen
from tests.ui.seat import LARGE, NORMAL, Seat, take_seat

THEMES = sorted(path.stem for path in packaged_folder().iterdir() if path.suffix == ".yml")


def settings(home: Path, **values: object) -> None:
    """Write `amx-tui.yml`."""
    (home / "amx-tui.yml").write_text(yaml.safe_dump(values))


def looks(seat: Seat, row: int) -> set[str]:
    """The looks of the cells of one line of the screen."""
    strip = seat.app.screen._compositor.render_strips()[row]
    return {str(segment.style) for segment in strip if segment.text.strip()}


def test_there_are_four_themes() -> None:
    """Dark, light, high contrast, and one for eyes that do not tell all colours apart."""
    assert THEMES == ["amx-colour-blind", "amx-dark", "amx-high-contrast", "amx-light"]


@pytest.mark.parametrize("no_color", ["", "1"])
async def test_nothing_is_said_by_colour_alone(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch, no_color: str
) -> None:
    """In each theme, and without colours, signs tell the cursor, marks, statuses and decisions."""
    monkeypatch.setenv("NO_COLOR", no_color)
    async with take_seat(demo_home, size=NORMAL) as seat:
        await seat.press("j", "space")
        for theme in THEMES:
            seat.app.theme = theme
            await seat.pilot.pause()
            assert seat.cursor_line.lstrip().startswith("› run_2026-05-03_11-45-001")
            assert seat.lines[4].lstrip().startswith("●run_2026-05-03_13-43-002")
            statuses = {line[-1] for line in seat.lines[3:-1]}
            assert statuses == {"…", "?", "✓", "–", "~", "✗"}
            if no_color:
                for row in range(len(seat.lines)):
                    for look in looks(seat, row):
                        assert_grey(look)
            else:
                assert looks(seat, seat.cursor_row) != looks(seat, seat.cursor_row + 1)
        await seat.press("k", "enter")
        await seat.shows(RunScreen)
        assert {"○", "✓"} <= set("".join(seat.lines[3:-1]))


def assert_grey(look: str) -> None:
    """Fail where a style has a colour that is no shade of grey."""
    for word in look.split():
        if word.startswith("#"):
            assert word[1:3] == word[3:5] == word[5:7], look


async def test_a_theme_is_chosen_from_a_list_and_kept(demo_home: Path) -> None:
    """The palette offers the themes by name; the choice is used at once and written down."""
    async with take_seat(demo_home) as seat:
        await seat.pilot.press("ctrl+p")
        await seat.enter_text("theme")
        await seat.sees("Choose the theme (colours)")
        await seat.press("enter")
        await seat.sees("amx-high-contrast", "in use", "light")
        await seat.enter_text("high")
        await seat.press("enter")
        await seat.until(lambda: seat.app.theme == "amx-high-contrast", "the theme")
        await seat.sees("The theme is amx-high-contrast.")
    assert yaml.safe_load((demo_home / "amx-tui.yml").read_text())["theme"] == "amx-high-contrast"
    async with take_seat(demo_home) as seat:
        assert seat.app.theme == "amx-high-contrast"


async def test_a_bad_theme_file_is_a_named_warning(demo_home: Path) -> None:
    """The user's good themes are there; the bad ones are named with what is wrong; nothing else suffers."""
    folder = demo_home / "themes"
    folder.mkdir()
    good = yaml.safe_load((packaged_folder() / "amx-dark.yml").read_text()) | {"name": "mine"}
    (folder / "mine.yml").write_text(yaml.safe_dump(good))
    (folder / "half.yml").write_text("name: half\nprimary: '#112233'\n")
    (folder / "broken.yml").write_text("name: [\n")
    settings(demo_home, theme="mine")
    async with take_seat(demo_home, size=LARGE) as seat:
        assert seat.app.theme == "mine"
        await seat.sees("Theme half.yml:", "Theme broken.yml:")
        assert "warning: Settings: Theme half.yml: secondary is missing." in seat.said
        assert len(seat.run_ids) == 38


async def test_an_unknown_theme_and_wrong_options_are_named(demo_home: Path) -> None:
    """The program starts with what can be used, and says what cannot."""
    settings(demo_home, theme="nosuch", colour="red", keymap={"history.sort": "ctrl+m", "no.such": "x"})
    async with take_seat(demo_home) as seat:
        assert "There is no theme “nosuch”" in seat.said
        assert "colour" in seat.said
        assert "ctrl+m" in seat.said
        assert "keymap.no.such: there is no command of that id" in seat.said
        assert "s Sort" in seat.footer
        assert len(seat.run_ids) == 38


async def test_a_key_that_was_moved_is_moved_everywhere(demo_home: Path) -> None:
    """Screen, list and app keys follow the user's key map; footer, help and palette name the new ones."""
    settings(
        demo_home,
        keymap={"history.sort": "t", "list.down": "n", "app.help": "f2", "app.command": "semicolon"},
    )
    async with take_seat(demo_home) as seat:
        assert "t Sort" in seat.footer
        assert "f2 Help" in seat.footer
        await seat.press("s")
        assert "newest first" in seat.title
        await seat.press("t")
        assert "oldest first" in seat.title
        await seat.press("j")
        assert "row 1" in seat.title
        await seat.press("n")
        assert "row 2" in seat.title
        await seat.press("?")
        assert seat.app.screen is seat.history
        await seat.press("f2")
        await seat.sees("t Sort: newest first, oldest first, by who")
        await seat.enter_text("down")
        await seat.sees("n Down")
        await seat.press("escape")
        await seat.press("ctrl+p")
        await seat.sees("Sort: newest first, oldest first, by who (t)")
        await seat.press("escape", "semicolon")
        await seat.sees("tab completes")


async def test_the_doctor_knows_the_ids_of_every_screen(demo_home: Path) -> None:
    """An id of any screen moves its key; a misspelled one is named with what was meant."""
    (demo_home / "amx-tui.yml").write_text(
        "keymap:\n  compare.next: n\n  run.hash: X\n  list.down: j\n  run.hahs: Y\n"
    )
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.command("doctor --offline")
        await seat.sees("There is no command keymap.run.hahs.", "If you mean run.hash, rename it.")
        assert seat.text.count("There is no command") == 1
