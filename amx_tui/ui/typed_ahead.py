"""Keys that come faster than the screen that they are meant for."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.app import App
from textual.screen import Screen

from amx_tui.ui.widgets.busy_line import BusyLine

__all__ = ["PatientApp"]


class PatientApp(App[None]):
    """An app that keeps what is typed while a screen is being opened, and gives it to that screen.

    The screen in front would take the first words of a text for commands.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[events.Key | events.Paste] | None = None
        self._held_for = ""

    async def on_event(self, event: events.Event) -> None:
        """Keep keys and pastes while something is waited for; esc ends the waiting."""
        if self._held is None or not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif isinstance(event, events.Key) and event.key == "escape":
            self._held.clear()
            self.workers.cancel_group(self, self._held_for)
        else:
            self._held.append(event)

    @asynccontextmanager
    async def holding_keys(self, what: str, *, group: str) -> AsyncIterator[None]:
        """Keep what is typed until the block has opened a screen; where it opens none, forget it.

        Args:
            what: What is waited for, said once that takes noticeably long.
            group: The group of the app's workers that esc cancels.
        """
        self._held, self._held_for = deque(), group
        front = self.screen
        try:
            for line in self.screen.query(BusyLine):
                with line.waiting(what):
                    yield
                return
            yield
        finally:
            # Behind the new screen's own preparations, and behind the keys that are in the queue by now.
            self.call_later(self._release, front)

    async def _release(self, front: Screen[Any]) -> None:
        while self._held and self.screen is not front:
            await super().on_event(self._held.popleft())
        self._held = None
