"""What others do while the app is open: screens freshen in place, and a quiet word says who did what."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import App

from amx_tui.ui.screens.base import BaseScreen

if TYPE_CHECKING:
    from amx_tui.domain.notices import Notice, Presence
    from amx_tui.services.live import Live
    from amx_tui.services.workspace import StoreState
    from amx_tui.ui.app import AmxApp

__all__ = ["LiveApp"]

STOPPING, STOPPING_TRIES = 2.0, 3
"""Seconds that the end of the watching is waited for, and how often it is asked for."""
QUIET = 8.0
"""Seconds between two messages about what others did; what happens in between is told together."""


class LiveApp(App[None]):
    """An app that stays up to date with its store.

    The watching is a task of its own, not a worker: it never ends by itself, and nobody waits for it.
    """

    others: tuple[Presence, ...] = ()
    """Who else has the store open."""

    def __init__(self) -> None:
        super().__init__()
        self._live: Live | None = None
        self._live_task: asyncio.Task[None] | None = None
        self._live_store: object = None
        self._untold: list[Notice] = []
        self._told_at = 0.0

    @property
    def _amx(self) -> AmxApp:
        return cast("AmxApp", self)

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there."""
        if self._live is not None and isinstance(event, events.Key | events.MouseEvent):
            self._live.touch()
        await super().on_event(event)

    async def follow_store(self, state: StoreState) -> None:
        """Watch the shared store once this member is known in it, unless the settings are against it."""
        workspace = self._amx.session.workspace
        wanted = workspace is not None and state.kind == "shared" and state.member is not None
        if workspace is None or not wanted or not workspace.settings.live:
            await self.stop_live()
            return
        if self._live_store is workspace.store:
            return
        await self.stop_live()
        from amx_tui.services.live import Live

        self._live_store = workspace.store
        self._live = Live(workspace, on_changes=self._others_changed, on_presence=self._others_came_or_went)
        self._live_task = asyncio.create_task(self._live.run(), name="amx-live")
        self.show_opens(self.screen)

    async def stop_live(self) -> None:
        """Watch no longer; a connection that listens is given back before this returns."""
        task, self._live_task, self._live, self._live_store = self._live_task, None, None, None
        if task is not None:
            # Once more where the first word came while something else was just ending; leaving waits for no host.
            for _ in range(STOPPING_TRIES):
                task.cancel()
                done, _pending = await asyncio.wait({task}, timeout=STOPPING)
                if done:
                    break
        self._others_came_or_went(())

    def show_opens(self, screen: object) -> None:
        """Tell others what is open here, and look at what it shows."""
        if self._live is not None and isinstance(screen, BaseScreen):
            self._live.opens = screen.opens
            self._live.run_ids = screen.watched_runs

    def _others_changed(self, notices: tuple[Notice, ...]) -> None:
        for screen in self._amx.screens_of_kind(BaseScreen):
            screen.others_changed(notices)
        self._untold += [notice for notice in notices if notice.who]
        if self._untold:
            self.set_timer(max(0.01, QUIET - (monotonic() - self._told_at)), self._tell)

    def _tell(self) -> None:
        if self._untold and monotonic() - self._told_at >= QUIET * 0.9:
            from amx_tui.domain.notices import notice_sentence

            said, self._untold, self._told_at = notice_sentence(self._untold), [], monotonic()
            self._amx.say(f"{said[:200]}.", title="")

    def _others_came_or_went(self, others: tuple[Presence, ...]) -> None:
        if others != self.others:
            self.others = others
            for screen in self._amx.screens_of_kind(BaseScreen):
                screen.show_bars()
