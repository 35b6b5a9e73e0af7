"""A few lines of text to write or change."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from amx_tui.domain.text import visible
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog

__all__ = ["TextDialog"]


class TextDialog(ModalScreen[str | None]):
    """A text area; dismissed with the text, or None.

    Args:
        title: What the text is.
        text: What is there already.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS = [("ctrl+s,f2", "save", "Take"), ("escape", "cancel", "Cancel")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The title, the text, the keys."""
        with Vertical(classes="dialog"):
            yield Static(visible(self._title), classes="dialog-title", markup=False)
            yield TextArea(self._text, soft_wrap=True, tab_behavior="focus", id="text-area")
            yield Static("^s or f2 takes it · esc cancels", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Put the cursor behind the text."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def action_save(self) -> None:
        """Leave with the text."""
        self.dismiss(self.query_one(TextArea).text)

    @work(exclusive=True)
    async def action_cancel(self) -> None:
        """Leave without it; asks where something was typed."""
        is_changed = self.query_one(TextArea).text != self._text
        if not is_changed or await self.app.push_screen_wait(
            ConfirmDialog("Discard what you typed?", confirm="Discard")
        ):
            self.dismiss(None)
