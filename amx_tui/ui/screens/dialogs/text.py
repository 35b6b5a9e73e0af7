"""A few lines of text to write or change."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static, TextArea

from amx_tui.domain.errors import AmxError
from amx_tui.domain.text import visible
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["TextDialog"]

KEEP_AFTER = 1.0
"""Seconds without a key until what was typed is on disk."""


class TextDialog(ModalScreen[str | None]):
    """A text area; dismissed with the text, or None.

    Args:
        title: What the text is.
        text: What is there already.
        typed: What was typed earlier and not saved; it is shown instead of `text`, and said to be that.
        keep: Keeps what is typed on disk; blocking, called in a thread.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS = [("ctrl+s,f2", "save", "Take"), ("escape", "cancel", "Cancel")]

    def __init__(
        self, title: str, text: str, *, typed: str | None = None, keep: Callable[[str], None] | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._typed = typed
        self._keep = keep
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """The title, the text, the keys."""
        is_draft = self._typed is not None and self._typed != self._text
        with Vertical(classes="dialog"):
            yield Static(visible(self._title), classes="dialog-title", markup=False)
            yield TextArea(self._typed or self._text, soft_wrap=True, tab_behavior="focus", id="text-area")
            hint = "^s or f2 takes it · esc cancels" + (
                " · this is your draft of last time" if is_draft else ""
            )
            yield Static(hint, classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Put the cursor behind the text."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    @on(TextArea.Changed)
    def _changed(self) -> None:
        if self._keep is not None:
            if self._pause is not None:
                self._pause.stop()
            self._pause = self.set_timer(KEEP_AFTER, self._keep_typed)

    @work(exclusive=True, group="draft", exit_on_error=False)
    async def _keep_typed(self) -> None:
        """Put on disk what is typed so far."""
        if self._keep is None:
            return
        try:
            await to_thread(self._keep, self.query_one(TextArea).text)
        except AmxError as error:
            cast("AmxApp", self.app).report_error(error, what="Keeping the draft")

    def action_save(self) -> None:
        """Leave with the text."""
        self.dismiss(self.query_one(TextArea).text)

    @work(exclusive=True)
    async def action_cancel(self) -> None:
        """Leave without it; asks where something was typed."""
        is_changed = self.query_one(TextArea).text != self._text
        question = ConfirmDialog("Discard what you typed?", confirm="Discard")
        if not is_changed or await self.app.push_screen_wait(question):
            self.dismiss(None)
