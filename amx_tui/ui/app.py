"""The application: which screens there are, the theme, and the keys that work everywhere."""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import App
from textual.binding import BindingType

from amx_tui.domain.errors import AmxError, StoreError
from amx_tui.ui.commands import Command, Performer, bindings_of, key_label
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.session import Session, view_of
from amx_tui.ui.theme import remembered_theme

if TYPE_CHECKING:
    from amx_tui.config.themes import ThemeSpec
    from amx_tui.domain.runs import Run, RunPage
    from amx_tui.services.last_seen import LastSeen
    from amx_tui.services.workspace import StoreState, Workspace
    from amx_tui.ui.messages import LoggedMessage

__all__ = ["AmxApp"]

Kind = TypeVar("Kind")

LOOK_AT_CONFIG = 2.0
"""Seconds between two looks at whether `config.yml` has changed on disk."""


def _palette() -> Any:
    """The palette's provider, imported when the palette is first opened."""
    from amx_tui.ui.palette import CommandProvider

    return CommandProvider


def _profiles() -> BaseScreen:
    """The profiles' screen, imported when it is first shown."""
    from amx_tui.ui.screens.profiles.screen import ProfilesScreen

    return ProfilesScreen()


class AmxApp(Performer, App[None]):
    """The full-screen program.

    Args:
        load: Reads the configuration; called behind the first frame, in a thread.
        last_seen: What the first frame shows; None where nothing was seen yet.
    """

    TITLE = "AMX"
    # Styles that a screen brings along make Textual read all others again, so the first screen's are read with them.
    CSS_PATH = ["styles/base.tcss", "screens/history/screen.tcss"]
    COMMANDS = {_palette}
    DEFAULT_MODE = "history"
    MODES: ClassVar[dict[str, Any]] = {"profiles": _profiles}
    VERBS = (
        Command("app.history", "1,alt+1", "Go to the history of runs"),
        Command("app.profiles", "6,alt+6", "Go to the database profiles"),
        Command("app.command", "colon", "Open the command line"),
        Command("app.help", "question_mark,f1", "Show the keys of this screen"),
        Command("app.log", "L", "Show the messages so far"),
        Command("app.theme", "", "Choose the colours"),
        Command("app.store", "", "Set up or join a shared history store"),
        Command("app.doctor", "", "Look for the usual faults"),
        Command("app.reload", "", "Read config.yml again"),
        Command("app.quit", "q", "Quit"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(VERBS)

    def __init__(self, load: Callable[[], Workspace], last_seen: LastSeen | None = None) -> None:
        super().__init__()
        self.last_seen = last_seen
        self.messages: deque[LoggedMessage] = deque(maxlen=500)
        self.themes: dict[str, ThemeSpec] = {}
        self.user_keys: dict[str, str] = dict(last_seen.keymap) if last_seen else {}
        self.session = Session(
            load,
            on_loaded=self._loaded,
            on_state=self._state_changed,
            on_error=lambda error, what: self.report_error(error, what=what),
        )
        self.store_view = self.session.first_view(last_seen)
        theme = remembered_theme(last_seen.theme_values) if last_seen else None
        if theme is not None:
            self.register_theme(theme)
            self.theme = theme.name
        if self.user_keys:
            self.set_keymap(self.user_keys)

    # ---- starting and stopping -----------------------------------------------------------------------

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
        self.set_interval(LOOK_AT_CONFIG, self._look_at_config)

    def _look_at_config(self) -> None:
        if self.session.workspace is not None and self.session.workspace.config_changed_on_disk():
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
        await self.session.close()

    # ---- what screens use ------------------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace:
        """The workspace.

        Raises:
            StoreError: It is not loaded yet.
        """
        if self.session.workspace is None:
            raise StoreError("The configuration is still being read.", hint="Try again in a moment.")
        return self.session.workspace

    @property
    def first_rows(self) -> asyncio.Event:
        """Set by the history once it has rows, or knows that it gets none."""
        return self.session.first_rows

    @staticmethod
    def now() -> datetime:
        """The time that ages are counted from."""
        return datetime.now(UTC)

    def key_of(self, command: Command) -> str:
        """The first key of a command as people read it, after their own key map."""
        return key_label(self.user_keys.get(command.id, command.keys).partition(",")[0])

    def log_message(self, title: str, message: str = "", severity: str = "information") -> None:
        """Add to the message log."""
        from amx_tui.ui.messages import LoggedMessage

        self.messages.append(LoggedMessage(self.now(), title, message, severity))

    def say(self, message: str, *, title: str = "", severity: Any = "information") -> None:
        """Show a toast, and keep it in the message log."""
        self.log_message(title or message, message if title else "", severity)
        self.notify(message, title=title, severity=severity, markup=False)

    def report_error(self, error: AmxError, *, what: str, quietly: bool = False) -> None:
        """Log an error and, unless the screen itself shows it, say it in a toast."""
        text = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.log_message(f"{what}: {error.title}", text, "error")
        if not quietly:
            self.notify(text, title=error.title, severity="error", markup=False, timeout=8)

    def copy(self, text: str, *, what: str) -> None:
        """Copy to the terminal's clipboard (OSC 52)."""
        self.copy_to_clipboard(text)
        self.say(what, title="Copied")

    def remember(self, page: RunPage) -> None:
        """Keep the newest runs for the next start's first frame."""
        from amx_tui.ui.appearance import values_of_current

        self.workspace.remember(page, theme=values_of_current(self), keymap=self.user_keys)

    def open_run(self, reference: str, run: Run | None = None) -> None:
        """Open the screen of a run."""
        from amx_tui.ui.screens.run.screen import RunScreen

        self.push_screen(RunScreen(reference, run))

    def retry_store(self) -> None:
        """Try the configured store again."""
        self.store_view = replace(self.store_view, kind="connecting", reason="", hint="")
        self._refresh_bars()
        self.run_worker(self.session.open(), group="session", exclusive=True)

    def ask_line(self, **question: Any) -> None:
        """Open the input line; see `ui.line_input.ask_line`."""
        from amx_tui.ui.line_input import ask_line

        ask_line(self, **question)

    # ---- what happens ------------------------------------------------------------------------------------

    def _loaded(self, workspace: Workspace) -> None:
        from amx_tui.ui.appearance import apply_settings

        apply_settings(self, workspace)
        self.store_view = view_of(workspace)
        self._refresh_bars()

    def _state_changed(self, state: StoreState) -> None:
        before = self.store_view
        self.store_view = view_of(self.workspace)
        if state.reason and state.reason != before.reason:
            self.say(f"{state.reason}\n{state.hint}".strip(), title=_heading(state), severity="warning")
        is_same_store = (before.kind, before.label) == (self.store_view.kind, self.store_view.label)
        for screen in self.screens_of_kind(BaseScreen):
            if is_same_store:
                screen.show_bars()
            else:
                screen.store_changed(state)

    def screens_of_kind(self, kind: type[Kind]) -> list[Kind]:
        """The open screens of a kind, whether in front or not."""
        return [
            screen for stack in self._screen_stacks.values() for screen in stack if isinstance(screen, kind)
        ]

    def _refresh_bars(self) -> None:
        for screen in self.screens_of_kind(BaseScreen):
            screen.show_bars()

    # ---- commands that work everywhere ---------------------------------------------------------------------

    def action_history(self) -> None:
        """Go to the history."""
        self.switch_mode("history")

    def action_profiles(self) -> None:
        """Go to the profiles."""
        self.switch_mode("profiles")

    def action_command(self) -> None:
        """Open the command line."""
        from amx_tui.ui.line_input import ask_command

        ask_command(self)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from amx_tui.ui.screens.help.screen import HelpScreen

        self.push_screen(HelpScreen(self.screen, self))

    def action_log(self) -> None:
        """Show the messages so far."""
        from amx_tui.ui.screens.log.screen import LogScreen

        self.push_screen(LogScreen(self.messages))

    def action_theme(self) -> None:
        """Choose the colours."""
        from amx_tui.ui.appearance import choose_theme

        choose_theme(self)

    def action_store(self) -> None:
        """Set up or join a shared history store."""
        self.run_line("history-store")

    def action_doctor(self) -> None:
        """Look for the usual faults."""
        self.run_line("doctor")

    def action_reload(self) -> None:
        """Read config.yml again."""
        self.run_line("config reload")

    def run_line(self, line: str) -> None:
        """Do what a command line says."""
        from amx_tui.ui.line_input import run_line

        run_line(self, line)


def _heading(state: StoreState) -> str:
    return {"offline": "Offline", "failed": "No store"}.get(state.kind, "The store")
