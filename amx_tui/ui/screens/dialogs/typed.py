"""Asking before something that is meant seriously: the object's name has to be typed."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from amx_tui.domain.text import visible

__all__ = ["TypedConfirmDialog"]

LOW_BELOW = 20
"""Lines of the terminal below which a dialog has no margins."""


class TypedConfirmDialog(ModalScreen[bool]):
    """A question that is answered yes by typing a name.

    Args:
        question: Names what will happen, and to whom.
        name: What has to be typed, to the letter.
        details: What it leads to.
        confirm: The word on the button that does it.
    """

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS = [("escape", "cancel", "Cancel")]

    def __init__(self, question: str, name: str, *, details: str = "", confirm: str = "Yes") -> None:
        super().__init__()
        self._question = question
        self._expected = name
        self._details = details
        self._confirm = confirm

    def compose(self) -> ComposeResult:
        """The question, the details, the line to type in, two buttons."""
        with Vertical(classes="dialog"):
            yield Static(visible(self._question), classes="dialog-title", markup=False)
            if self._details:
                yield Static(visible(self._details), markup=False)
            yield Static(f"Type {visible(self._expected)} to confirm:", classes="dialog-hint", markup=False)
            yield Input(compact=True, id="typed-name")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(self._confirm, id="confirm", variant="warning", compact=True, disabled=True)
            yield Static("esc cancels", classes="dialog-hint", markup=False)

    def on_resize(self) -> None:
        """Do without margins where there are few lines."""
        self.set_class(self.size.height < LOW_BELOW, "-low")

    @property
    def _is_typed(self) -> bool:
        return self.query_one(Input).value.strip() == self._expected.strip()

    @on(Input.Changed)
    def _changed(self) -> None:
        self.query_one("#confirm", Button).disabled = not self._is_typed

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self._is_typed:
            self.dismiss(True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "confirm" and self._is_typed)

    def action_cancel(self) -> None:
        """Leave without doing it."""
        self.dismiss(False)
