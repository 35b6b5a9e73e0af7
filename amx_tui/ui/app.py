"""The application: which screens there are, how it starts and stops, and what screens ask of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from amx_tui.domain.errors import AmxError, StoreError
from amx_tui.ui.global_commands import GlobalCommands
from amx_tui.ui.live import LiveApp
from amx_tui.ui.modes import MODES
from amx_tui.ui.navigation import Navigation
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.session import Session, view_of
from amx_tui.ui.theme import remembered_theme
from amx_tui.ui.typed_ahead import PatientApp

if TYPE_CHECKING:
    from amx_tui.config.themes import ThemeSpec
    from amx_tui.domain.report import Check
    from amx_tui.domain.runs import RunPage
    from amx_tui.services.last_seen import LastSeen
    from amx_tui.services.workspace import StoreState, Workspace

__all__ = ["AmxApp"]

Kind = TypeVar("Kind")

LOOK_AROUND = 2.0
"""Seconds between two looks at whether `config.yml` has changed on disk, and whether the host still answers."""


def _palette() -> Any:
    """The palette's provider, imported when the palette is first opened."""
    from amx_tui.ui.palette import CommandProvider

    return CommandProvider


class AmxApp(GlobalCommands, Navigation, LiveApp, PatientApp):
    """The full-screen program.

    Args:
        load: Reads the configuration; called behind the first frame, in a thread.
        last_seen: What the first frame shows; None where nothing was seen yet.
        line: A command line to begin with.
    """

    TITLE = "AMX"
    # Styles that a screen brings along make Textual read all others again, so the first screen's are read with them.
    CSS_PATH = ["styles/base.tcss", "screens/history/screen.tcss"]
    COMMANDS = {_palette}
    DEFAULT_MODE = "history"
    MODES: ClassVar[dict[str, Any]] = dict(MODES)
    is_host_away = False
    """Whether the status line says that the host gives no answer."""

    def __init__(
        self, load: Callable[[], Workspace], last_seen: LastSeen | None = None, line: str = ""
    ) -> None:
        super().__init__()
        self._line = line
        self.last_seen = last_seen
        self.themes: dict[str, ThemeSpec] = {}
        if last_seen is not None:
            self.user_keys.update(last_seen.keymap)
        self.session = Session(
            load,
            on_loaded=self._loaded,
            on_state=self._state_changed,
            on_shut_out=self.shut_out,
            on_changes=lambda changes: self.say("\n".join(changes), title="Read again"),
            on_notice=self._notice,
            on_error=lambda error, what: self.report_error(error, what=what),
            on_failed=self._load_failed,
        )
        self.store_view = self.session.first_view(last_seen)
        theme = remembered_theme(last_seen.theme_values) if last_seen else None
        if theme is not None:
            self.register_theme(theme)
            self.theme = theme.name
        if self.user_keys:
            self.set_keymap(self.user_keys)

    def get_default_screen(self) -> HistoryScreen:
        """Make the first screen; as one of `MODES` it would have every style read twice before the first frame."""
        return HistoryScreen()

    def on_mount(self) -> None:
        """Begin with the first frame; all else waits for it."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        # A start makes no garbage worth collecting, so the entry point switches the collector off until here.
        gc.enable()
        gc.freeze()
        self.add_mode("history", HistoryScreen)
        self.run_worker(
            self.session.start(), group="session", exclusive=True, description="Opening the store"
        )
        self.set_interval(LOOK_AROUND, self._look_around)
        if self._line:
            from amx_tui.ui.line_input import answer_when_loaded

            self.run_worker(answer_when_loaded(self, self._line), description="The command line")

    def _look_around(self) -> None:
        workspace = self.session.workspace
        if workspace is None:
            return
        if workspace.is_host_away != self.is_host_away:
            self.is_host_away = workspace.is_host_away
            self._refresh_bars()
        if workspace.config_changed_on_disk():
            self.run_worker(self.session.reload(), group="session", exclusive=True)

    def _fatal_error(self) -> None:
        """End without Textual's report, which would print local variables; `failure` says what broke."""
        self.bell()
        self._close_messages_no_wait()

    @property
    def failure(self) -> BaseException | None:
        """What ended the app, where it did not end by itself; whoever ran it says so."""
        from textual.worker import WorkerFailed

        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    async def on_unmount(self) -> None:
        """Close the store with the app."""
        await self.stop_live()
        await self.session.close()

    @property
    def workspace(self) -> Workspace:
        """The workspace.

        Raises:
            StoreError: It is not loaded yet.
        """
        if self.session.workspace is None:
            raise StoreError(
                self.store_view.reason or "The configuration is still being read.",
                hint=self.store_view.hint or "Try again in a moment.",
            )
        return self.session.workspace

    @property
    def first_rows(self) -> asyncio.Event:
        """Set by the history once it has rows, or knows that it gets none."""
        return self.session.first_rows

    def remember(self, page: RunPage) -> None:
        """Keep the newest runs for the next start's first frame."""
        from amx_tui.ui.appearance import values_of_current

        self.workspace.remember(page, theme=values_of_current(self), keymap=self.user_keys)

    def retry_store(self) -> None:
        """Try the configured store again."""
        self.store_view = replace(self.store_view, kind="connecting", reason="", hint="")
        self.forget_reason()
        self._refresh_bars()
        self.run_worker(self.session.open(), group="session", exclusive=True)

    def _loaded(self, workspace: Workspace) -> None:
        from amx_tui.ui.appearance import apply_settings

        apply_settings(self, workspace)
        self.store_view = view_of(workspace)
        self._refresh_bars()

    def _state_changed(self, state: StoreState, is_opened: bool) -> None:
        self.store_view = view_of(self.workspace)
        self.explain(state, home=self.workspace.home)
        for screen in self.screens_of_kind(BaseScreen):
            if is_opened:
                screen.store_changed(state)
            else:
                screen.show_bars()
        self.call_later(self.follow_store, state)
        if not is_opened and state.member is not None:
            from amx_tui.ui.leftovers import take_up_leftovers

            take_up_leftovers(self)

    def screens_of_kind(self, kind: type[Kind]) -> list[Kind]:
        """The open screens of a kind, whether in front or not; none once the app is closing them."""
        if not self.is_running:
            return []
        return [
            screen for stack in self._screen_stacks.values() for screen in stack if isinstance(screen, kind)
        ]

    def _refresh_bars(self) -> None:
        for screen in self.screens_of_kind(BaseScreen):
            screen.show_bars()

    def _load_failed(self, error: AmxError) -> None:
        """Nothing can be opened, since not even who acts is known."""
        self.report_error(error, what="Reading the configuration")
        self.store_view = replace(self.store_view, kind="failed", reason=error.message, hint=error.hint)
        self._refresh_bars()
        for screen in self.screens_of_kind(HistoryScreen):
            screen.show_failure(error.message, error.hint)

    def _notice(self, check: Check) -> None:
        """Say something that a member should know about the open store."""
        self.advise(check, home=self.workspace.home, about=self.store_view.label)
