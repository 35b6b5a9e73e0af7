"""Asking before something happens. The focus is on Cancel, and the question names the object."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from amx_tui.domain.text import visible

__all__ = ["ConfirmDialog"]


class ConfirmDialog(ModalScreen[bool]):
    """A question with yes and no.

    Args:
        question: Names what will happen, and to what.
        details: What stands below it, to the letter (statements, a list of names).
        confirm: The word on the button that does it.
    """

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "#cancel"
    BINDINGS = [
        ("y", "answer(True)", "Yes"),
        ("n,escape", "answer(False)", "No"),
        ("left,h", "app.focus_previous", "Left"),
        ("right,l", "app.focus_next", "Right"),
        ("j,down", "scroll(1)", "Down"),
        ("k,up", "scroll(-1)", "Up"),
    ]

    def __init__(self, question: str, *, details: str = "", confirm: str = "Yes") -> None:
        super().__init__()
        self._question = question
        self._details = details
        self._confirm = confirm

    def compose(self) -> ComposeResult:
        """The question, the details, two buttons."""
        with Vertical(classes="dialog"):
            yield Static(visible(self._question), classes="dialog-title", markup=False)
            if self._details:
                with VerticalScroll(id="confirm-details", can_focus=False):
                    yield Static(visible(self._details), markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(self._confirm, id="confirm", variant="warning", compact=True)
            yield Static(f"y {self._confirm.lower()} · n or esc cancels", classes="dialog-hint", markup=False)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "confirm")

    def action_answer(self, answer: bool) -> None:
        """Answer by key."""
        self.dismiss(answer)

    def action_scroll(self, lines: int) -> None:
        """Scroll the details."""
        for body in self.query("#confirm-details"):
            body.scroll_relative(y=lines, animate=False)
