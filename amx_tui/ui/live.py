"""What others do while the app is open: screens freshen in place, and a quiet word says who did what."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, cast

from textual import events

from amx_tui.domain.errors import AmxError, RoleError
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.speaking import SpeakingApp

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


class LiveApp(SpeakingApp):
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
        self._is_leaving = False

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
        self._live = Live(
            workspace,
            on_changes=self.others_changed,
            on_presence=self._others_came_or_went,
            opens=self._opens,
            watched_runs=self._watched_runs,
        )
        self._live_task = asyncio.create_task(self._live.run(), name="amx-live")

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
        self._untold = []
        self._others_came_or_went(())

    @property
    def may_look(self) -> bool:
        """Whether a screen may look by itself at what it shows.

        In a shared store only while somebody is there, and unless the settings are against it.
        """
        return self._amx.store_view.kind != "shared" or (self._live is not None and self._live.is_awake)

    def shut_out(self) -> None:
        """Leave a store that we may not read any more; not as a screen's own work, for all screens of it are closed."""
        if not self._is_leaving:
            self._is_leaving = True
            self.run_worker(self._leave_store(), group="leaving", description="Leaving the store")

    async def _leave_store(self) -> None:
        try:
            await self.stop_live()
            # What colleagues did is of the store, too.
            self.clear_notifications()
            await self._amx.close_screens()
            await self._amx.session.leave()
        finally:
            self._is_leaving = False

    def _opens(self) -> str:
        """What colleagues are told is open here: what the uppermost screen that has anything open says."""
        screens = reversed(self.screen_stack) if self.is_running else ()
        return next(
            (screen.opens for screen in screens if isinstance(screen, BaseScreen) and screen.opens), ""
        )

    def _watched_runs(self) -> tuple[str, ...]:
        """The runs whose results are on any screen, in front or not: none of them is read again when it comes back."""
        screens = self._amx.screens_of_kind(BaseScreen)
        return tuple(sorted({run_id for screen in screens for run_id in screen.watched_runs}))

    def others_changed(self, notices: tuple[Notice, ...]) -> None:
        """Somebody else has changed the store: screens freshen in place, and it is said who did what."""
        own = self._amx.workspace.state.member
        if own is not None and any(
            each.kind == "member" and each.row_id in ("", own.member_id) for each in notices
        ):
            self.look_at_member()
        for screen in self._amx.screens_of_kind(BaseScreen):
            screen.others_changed(notices)
        self._untold += [notice for notice in notices if notice.who]
        if self._untold:
            self.set_timer(max(0.01, QUIET - (monotonic() - self._told_at)), self._tell)

    def report_error(self, error: AmxError, *, what: str, quietly: bool = False) -> None:
        """Log and say an error; one about our role means that somebody may have changed it."""
        super().report_error(error, what=what, quietly=quietly)
        if isinstance(error, RoleError):
            self.look_at_member()

    def look_at_member(self) -> None:
        """Ask the store who we are in it now: keys say so at once, and whoever was shut out leaves it."""
        work = self._amx.session.look_at_member()
        self.run_worker(work, group="member", exclusive=True, description="Asking for the role")

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
