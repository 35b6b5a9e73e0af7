"""What the program has said since it started, newest last."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from amx_tui.domain.text import visible
from amx_tui.ui.messages import LoggedMessage

__all__ = ["LogScreen"]

_LOOKS = {"warning": "$text-warning", "error": "$text-error"}


class LogScreen(ModalScreen[None]):
    """The message log."""

    CSS_PATH = "screen.tcss"
    BINDINGS = [
        ("escape,q,L", "dismiss", "Close"),
        ("y", "copy", "Copy all"),
        ("j", "scroll(1)", "Down"),
        ("k", "scroll(-1)", "Up"),
    ]

    def __init__(self, messages: Sequence[LoggedMessage]) -> None:
        super().__init__()
        self._messages = tuple(messages)

    def compose(self) -> ComposeResult:
        """The messages."""
        with Vertical(classes="dialog"):
            yield Static(
                Content.assemble("Messages", ("   esc closes · y copies", "not bold $foreground 60%")),
                classes="dialog-title",
            )
            with VerticalScroll(id="log-body"):
                yield Static(self._content(), id="log-messages")

    def on_mount(self) -> None:
        """Begin at the newest one."""
        body = self.query_one("#log-body")
        body.focus()
        body.scroll_end(animate=False)

    def _content(self) -> Content:
        if not self._messages:
            return Content.styled("Nothing has been said yet.", "$foreground 60%")
        return Content("\n").join(
            Content.assemble(
                (f"{message.at.astimezone():%H:%M:%S} ", "$foreground 60%"),
                (f"{message.sign} {visible(message.title)}", _LOOKS.get(message.severity, "")),
                (f"\n{visible(message.message)}" if message.message else "", "$foreground 60%"),
            )
            for message in self._messages
        )

    def action_copy(self) -> None:
        """Copy the messages."""
        self.app.copy_to_clipboard(
            "\n".join(
                f"{message.at.isoformat()} {message.severity}: {message.title}\n{message.message}"
                for message in self._messages
            )
        )
        self.app.notify("The messages are on the clipboard.", markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll the messages."""
        self.query_one("#log-body").scroll_relative(y=lines, animate=False)
