"""Somebody's seat at the app: it opens on an AMX home, is driven by keys, and is read off its screen."""

from __future__ import annotations

import asyncio
import os
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.worker import WorkerFailed

from amx_tui.domain.identity import Identity
from amx_tui.domain.runs import Run
from amx_tui.services.last_seen import load_last_seen
from amx_tui.services.workspace import Workspace
from amx_tui.ui.app import AmxApp
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.line.screen import LineScreen
from amx_tui.ui.widgets.row_list import RowList
from tests.ui.screen_text import screen_lines, screen_text

__all__ = ["ALICE", "BOB", "LARGE", "LOW", "NORMAL", "PATIENCE", "Seat", "load_home", "take_seat"]

ALICE = Identity("alice@acme.com", "alice-laptop")
BOB = Identity("bob@acme.com", "bob-thinkpad")

NORMAL = (80, 24)
LARGE = (120, 40)
LOW = (60, 15)
PATIENCE = 60.0
"""Seconds after which something that was awaited is taken to never come; a loaded machine needs far less."""

QUIET_ROUNDS = 4
"""How often nothing must be going on in a row: a message that is under way may begin new work."""

S = TypeVar("S", bound="Screen[Any]")


@dataclass(frozen=True)
class Seat:
    """The running app with its keyboard and mouse."""

    app: AmxApp
    pilot: Pilot[None]

    # ---- reading ---------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The whole screen."""
        return screen_text(self.app)

    @property
    def lines(self) -> list[str]:
        """The screen line by line."""
        return screen_lines(self.app)

    @property
    def flat(self) -> str:
        """The screen as running text, for what is wrapped somewhere."""
        return " ".join(self.text.split())

    @property
    def status(self) -> str:
        """The status line."""
        return self.lines[0]

    @property
    def title(self) -> str:
        """The line below it, which says what the screen shows."""
        return self.lines[1]

    @property
    def footer(self) -> str:
        """The line of keys."""
        return self.lines[-1]

    @property
    def cursor_row(self) -> int:
        """The number of the screen's line that carries the cursor's sign."""
        (row,) = [row for row, line in enumerate(self.lines) if line.lstrip().startswith("›")]
        return row

    @property
    def cursor_line(self) -> str:
        """The line of the screen that carries the cursor's sign."""
        return self.lines[self.cursor_row]

    @property
    def history(self) -> HistoryScreen:
        """The History screen, in front or not."""
        (screen,) = self.app.screens_of_kind(HistoryScreen)
        return screen

    @property
    def run(self) -> Run:
        """The run under the history's cursor."""
        run = self.history.runs.current
        assert run is not None, self.text
        return run

    @property
    def run_ids(self) -> list[str]:
        """The ids of the runs that the history has in memory."""
        return [run.run_id for run in self.history.runs.rows]

    @property
    def said(self) -> str:
        """Everything that was said in toasts or put into the message log."""
        return "\n".join(f"{each.severity}: {each.title}: {each.message}" for each in self.app.messages)

    @property
    def toasts(self) -> str:
        """What is said in toasts at the moment, unbroken."""
        return "\n".join(notification.message for notification in self.app._notifications)

    @property
    def list(self) -> RowList[Any]:
        """The list of the screen in front."""
        return self.app.screen.query_one(RowList)

    # ---- waiting ---------------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until something holds, however busy the machine is; fail with the screen where it never does."""
        end = monotonic() + PATIENCE
        while True:
            await self.pilot._wait_for_screen()
            if condition():
                return
            if self.app.failure is not None or monotonic() > end:
                raise AssertionError(f"never came: {what}\n{self.text}\n{self.said}")
            await asyncio.sleep(0.01)

    async def sees(self, *texts: str) -> None:
        """Wait until texts are on the screen, wherever its lines are broken."""

        def is_seen() -> bool:
            flat = self.flat
            return all(text in flat for text in texts)

        await self.until(is_seen, f"on the screen: {texts}")

    async def misses(self, text: str) -> None:
        """Wait until a text is no longer on the screen."""
        await self.until(lambda: text not in self.flat, f"the end of: {text}")

    async def shows(self, kind: type[S]) -> S:
        """Wait until a screen of a kind is in front, and has read what it shows."""
        await self.until(lambda: isinstance(self.app.screen, kind), f"in front: {kind.__name__}")
        await self.settled()
        screen = self.app.screen
        assert isinstance(screen, kind)
        return screen

    @property
    def _answers_awaited(self) -> int:
        """How many workers wait for nothing but a dialog's answer."""
        dialogs = (screen for screen in self.app.screen_stack if isinstance(screen, ModalScreen))
        callbacks = (callback for screen in dialogs for callback in screen._result_callbacks[-1:])
        return sum(1 for found in callbacks if found.callback is None)

    async def settled(self) -> None:
        """Wait until nothing is being read, opened or drawn any more."""
        end = monotonic() + PATIENCE
        quiet = 0
        while quiet < QUIET_ROUNDS:
            await self.pilot._wait_for_screen()
            is_busy = (
                len(self.app.workers) > self._answers_awaited
                or not all(screen.is_mounted for screen in self.app.screen_stack)
                or any(rows.is_restless for rows in self.app.screen.query(RowList))
            )
            quiet = 0 if is_busy else quiet + 1
            await asyncio.sleep(0.01 if is_busy else 0)
            if self.app.failure is not None or monotonic() > end:
                raise AssertionError(
                    f"no end of all work: {list(self.app.workers)}\n{self.text}\n{self.said}"
                )
        self.app.screen._on_timer_update()

    async def fresh(self) -> None:
        """Wait until the store's own rows are shown, or it is known that there are none."""
        await self.until(self.app.first_rows.is_set, "fresh rows")
        await self.settled()

    # ---- doing -----------------------------------------------------------------------------------------

    async def press(self, *keys: str) -> None:
        """Press keys, each when what the one before set off is done.

        `pilot.press` waits for an idle processor instead, which takes longer and knows nothing of work under way;
        it is for keys that are pressed while something is awaited.
        """
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(events.Key(name, _character(name)))
            await self.settled()

    async def enter_text(self, text: str) -> None:
        """Put a text into the line that has the focus, as a terminal pastes it."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def command(self, line: str) -> None:
        """Run a command line and wait for what it sets off."""
        await self.pilot.press(":")
        await self.shows(LineScreen)
        await self.enter_text(line)
        await self.press("enter")

    async def filter(self, line: str) -> None:
        """Open the filter line, put a text behind what stands there, and leave it with enter."""
        await self.pilot.press("/")
        await self.shows(LineScreen)
        await self.enter_text(line)
        await self.press("enter")


def _character(key: str) -> str | None:
    """What a key types, as a terminal says it; None for one that types nothing."""
    try:
        return unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        return key if len(key) == 1 else None


def load_home(home: Path, identity: Identity = ALICE) -> Workspace:
    """Load the workspace of an AMX home, as somebody on some machine."""
    environ = {**os.environ, "AMX_HOME": str(home), "AMX_USER": identity.username}
    workspace = Workspace.load(environ, home)
    workspace.identity = identity
    return workspace


@asynccontextmanager
async def take_seat(
    home: Path,
    identity: Identity = ALICE,
    *,
    size: tuple[int, int] = NORMAL,
    load: Callable[[], Workspace] | None = None,
    fresh: bool = True,
) -> AsyncIterator[Seat]:
    """Open the app on an AMX home as the command line does, and close it behind.

    Args:
        home: The AMX home.
        identity: Who sits there, on which machine.
        size: Columns and lines of the terminal.
        load: Loads the workspace; by default that of `home`.
        fresh: Whether to wait for the store's own rows.
    """
    app = AmxApp(
        load or (lambda: load_home(home, identity)),
        load_last_seen(home),
    )
    app.animation_level = "none"
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            seat = Seat(app, pilot)
            if fresh:
                await seat.fresh()
            yield seat
    except WorkerFailed as error:
        raise app.failure or error from error
