"""The first frame: rows seen last, before anything else is read; fresh rows follow behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amx_tui.services.workspace import Workspace
from tests.ui.conftest import NOW
from tests.ui.seat import load_home, take_seat
from tests.ui.stores import record, recorded_run

ROOT = Path(__file__).parents[2]


class Gate:
    """Holds the reading of the configuration back until it is opened."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    def open(self) -> None:
        """Let what waits go on."""
        self._opened.set()

    def loading(self, home: Path) -> Callable[[], Workspace]:
        """Load the workspace of a home, once the gate is open."""

        def load() -> Workspace:
            assert self._opened.wait(60)
            return load_home(home)

        return load


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Return a gate, which does not outlive the test."""
    held = Gate()
    yield held
    held.open()


def seen_ago(home: Path, age: timedelta) -> None:
    """Make the rows seen last as old as that."""
    path = home / "last-seen.json"
    document = json.loads(path.read_text())
    document["saved_at"] = (datetime.now(UTC) - age).isoformat()
    path.write_text(json.dumps(document))


async def test_a_command_typed_ahead_waits_for_the_configuration(demo_home: Path, gate: Gate) -> None:
    """Its letters press no keys of the screen, and it is done once that can be."""
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        await seat.pilot.press(":", *"config", "space", *"path", "enter")
        assert seat.said == ""
        gate.open()
        await seat.sees("✓ Configuration")
    assert (demo_home / "command-history").read_text() == "config path\n"


async def test_rows_seen_last_are_there_with_their_age_before_anything_is_read(
    demo_home: Path, gate: Gate
) -> None:
    """Nothing is loaded yet, and the runs can be read already; the title says how old they are."""
    seen_ago(demo_home, timedelta(hours=2, minutes=1))
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        await seat.pilot.pause()
        assert "as seen 2 hours ago, reading…" in seat.title
        assert "run_2026-05-03_15-45-002 bob@acme.com" in seat.text
        assert "connecting…  local history.db" in seat.status
        assert "alice@acme.com (admin)" in seat.status
        gate.open()
        await seat.fresh()
        assert "as seen" not in seat.title
        assert "row 1" in seat.title
        assert "● local" in seat.status


async def test_fresh_rows_leave_the_cursor_on_its_run(demo_home: Path, gate: Gate) -> None:
    """The cursor was moved over old rows; new runs come in above, and it stays on its run and its line."""
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        await seat.pilot.press(*"jjjj")
        before, row = seat.run, seat.cursor_row
        new = await record(demo_home, [recorded_run(NOW), recorded_run(NOW + timedelta(minutes=1))])
        gate.open()
        await seat.fresh()
        assert seat.run_ids[:2] == new[::-1]
        assert seat.run == before
        assert seat.cursor_row == row
        assert before.run_id in seat.cursor_line


async def test_rows_seen_under_another_configuration_are_not_shown(demo_home: Path, gate: Gate) -> None:
    """`config.yml` has changed since: its rows could be those of another store."""
    with (demo_home / "config.yml").open("a") as file:
        file.write("history_store_profile: prod-pg\n")
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        await seat.pilot.pause()
        assert "run_2026" not in seat.text
        assert "Opening the history…" in seat.text
        await seat.pilot.press("j", "G", "enter", "space", "r")
        gate.open()
        await seat.fresh()
        assert "run_2026-05-03_15-45-002" in seat.text


async def test_next_start_has_the_rows_and_the_colours_of_this_one(demo_home: Path, gate: Gate) -> None:
    """What is on the screen is kept: new runs, and the theme, which needs no file of its own to be read."""
    (demo_home / "amx-tui.yml").write_text("theme: amx-light\nkeymap:\n  history.sort: t\n")
    (new,) = await record(demo_home, [recorded_run(NOW)])
    async with take_seat(demo_home) as seat:
        assert seat.app.theme == "amx-light"
        assert new in seat.text
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        await seat.pilot.pause()
        assert new in seat.text
        assert seat.app.theme == "amx-light"
        assert "t Sort" in seat.footer
        gate.open()


async def test_opening_a_run_while_the_store_is_being_opened_shows_it_once_it_is(
    demo_home: Path, gate: Gate
) -> None:
    """Enter on an old row works at once: what the list knew is shown, the rest follows by itself."""
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        await seat.pilot.press("j", "enter")
        await seat.sees("Reading the run…", "run_2026-05-03_13-43-002")
        gate.open()
        await seat.sees("▾ sales")
        await seat.settled()
        assert "119 results" in seat.text


async def test_a_name_that_cannot_be_used_is_said_and_read_again(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can act under it: the screen says so with the cure, and r reads the configuration again."""
    names = iter(("a\u202eb", "a\u202eb", "alice@acme.com"))

    def load() -> Workspace:
        return Workspace.load({**os.environ, "AMX_USER": next(names)}, demo_home)

    async with take_seat(demo_home, load=load, fresh=False) as seat:
        for _ in range(2):
            await seat.sees("✗ no store", "Set AMX_USER to a plain name, such as alice@acme.com.")
            assert seat.run_ids, "the rows seen last stay"
            await seat.press(":", "H", "6", "1", "r")
        await seat.fresh()
        assert "● local" in seat.status


async def test_no_key_breaks_the_app_while_the_configuration_is_read(demo_home: Path, gate: Gate) -> None:
    """What needs more than the rows says that it has to wait; the rest works."""
    async with take_seat(demo_home, load=gate.loading(demo_home), fresh=False) as seat:
        for key in (":", "H", "r", "s", "s", "s", "y", "space", "?", "ctrl+p", "L", "/", "6"):
            await seat.pilot.press(key)
            if key == "H":
                await seat.sees("The configuration is still being read.")
            if key in {":", "?", "ctrl+p", "L", "/"}:
                await seat.until(lambda: seat.app.screen is not seat.history, "another screen")
                await seat.pilot.press("escape")
                await seat.until(lambda: seat.app.screen is seat.history, "the history again")
        assert seat.app.clipboard == "run_2026-05-03_15-45-002"
        gate.open()
        await seat.fresh()
        await seat.press("1")
        assert "● local" in seat.status
        assert "row 2" in seat.title


def test_first_frame_needs_no_driver_no_yaml_and_no_keyring(demo_home: Path) -> None:
    """What takes long to import is imported behind the first frame, which has rows on it."""
    program = """
import json, sys
from amx_tui.cli import opening
from amx_tui.ui.app import AmxApp
from tests.ui.screen_text import screen_text

HEAVY = ("sqlalchemy", "aiosqlite", "sqlite3", "psycopg", "aiomysql", "pymysql", "greenlet", "yaml", "keyring")
seen = {}
begin = AmxApp._begin

def look(app):
    seen["heavy"] = [name for name in HEAVY if name in sys.modules]
    seen["text"] = screen_text(app)
    begin(app)

def run(app):
    import asyncio

    async def sit():
        async with app.run_test(size=(80, 24)) as pilot:
            while not app.first_rows.is_set() and app.failure is None:
                await pilot.pause()

    asyncio.run(sit())

AmxApp._begin = look
AmxApp.run = run
status = opening.open_app(dict(__import__("os").environ))
seen["behind"] = [name for name in HEAVY if name in sys.modules]
print(json.dumps(seen))
sys.exit(status)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "AMX_HOME": str(demo_home), "AMX_USER": "alice@acme.com"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["heavy"] == []
    assert "run_2026-05-03_15-45-002 bob@acme.com" in seen["text"]
    assert "as seen" in seen["text"]
    assert "sqlalchemy" in seen["behind"]
