"""How the app speaks: on which terminal, toasts, the message log, the clipboard, the time, the names of keys."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.worker import Worker, WorkerState

from amx_tui.domain.errors import AmxError
from amx_tui.ui.commands import Command, key_label
from amx_tui.ui.messages import LoggedMessage

if TYPE_CHECKING:
    from pathlib import Path

    from textual.driver import Driver

    from amx_tui.domain.report import Check
    from amx_tui.services.store_state import StoreState

__all__ = ["SpeakingApp"]

KEPT_MESSAGES = 500
_HEADINGS = {"offline": "Offline", "failed": "No store"}


class SpeakingApp(App[None]):
    """An app that keeps what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: deque[LoggedMessage] = deque(maxlen=KEPT_MESSAGES)
        self.user_keys: dict[str, str] = {}
        """The user's key map: command id to keys."""
        self._said_reason = ""

    def get_driver_class(self) -> type[Driver]:
        """Run on a terminal that may go away, where Textual would run on one of its own kind."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from amx_tui.ui.terminal import TerminalDriver

        return TerminalDriver

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

    def advise(self, check: Check, *, home: Path, about: str) -> None:
        """Say what a check found; the second time, and ever after, it only goes to the message log."""
        from amx_tui.services.said import is_new

        text = f"{check.message}\n{check.hint}".strip()
        if is_new(home, f"{about}\n{text}"):
            self.say(text, title=check.name, severity="warning")
        else:
            self.log_message(check.name, text, "warning")

    def explain(self, state: StoreState, *, home: Path) -> None:
        """Say why the store is not what was asked for, or takes no writes; what lasts is said in full only once.

        That a host is out of reach, or a file broken, is news at every start. That one may only read a store, or
        that it is another program's, is not: the status line goes on showing it.
        """
        said, self._said_reason = self._said_reason, state.reason
        if not state.reason or state.reason == said:
            return
        is_lasting = state.is_read_only or state.error is None
        if state.kind in {"local", "shared"} and is_lasting:
            from amx_tui.domain.report import Check

            name = "Read-only" if state.is_read_only else "The store"
            self.advise(Check(name, "warning", state.reason, state.hint), home=home, about=state.label)
        else:
            text = f"{state.reason}\n{state.hint}".strip()
            self.say(text, title=_HEADINGS.get(state.kind, "The store"), severity="warning")

    def forget_reason(self) -> None:
        """Say the reason again if it is still the same: the user asked for another try."""
        self._said_reason = ""

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

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what ended a piece of work that nobody foresaw; it must not look as if it were still going on."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            what = event.worker.description or event.worker.name
            self.log_message(f"{what}: something unforeseen happened", repr(error), "error")
            self.notify(
                f"{type(error).__name__} in {event.worker.name}. L shows the message log.",
                title="Something unforeseen happened",
                severity="error",
                markup=False,
            )
