"""One of a few, by number."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from amx_tui.domain.text import one_line, visible

__all__ = ["ChoiceDialog"]


class ChoiceDialog(ModalScreen[int | None]):
    """A question with a few answers; dismissed with the answer's index, or None.

    Args:
        question: What is asked.
        choices: The answers, at most nine.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS = [
        ("escape", "cancel", "Cancel"),
        ("j", "app.simulate_key('down')", "Down"),
        ("k", "app.simulate_key('up')", "Up"),
        *[(str(number), f"choose({number})", "Choose") for number in range(1, 10)],
    ]

    def __init__(self, question: str, choices: Sequence[str]) -> None:
        super().__init__()
        self._question = question
        self._choices = tuple(choices)

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Vertical(classes="dialog"):
            yield Static(visible(self._question), classes="dialog-title", markup=False)
            yield OptionList(
                *(
                    Content.assemble((f"{number} ", "bold $accent"), one_line(choice))
                    for number, choice in enumerate(self._choices, 1)
                ),
                compact=True,
            )
            yield Static("a number or enter chooses · esc cancels", classes="dialog-hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the option under the cursor."""
        self.dismiss(event.option_index)

    def action_choose(self, number: int) -> None:
        """Answer by number."""
        if number <= len(self._choices):
            self.dismiss(number - 1)

    def action_cancel(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
