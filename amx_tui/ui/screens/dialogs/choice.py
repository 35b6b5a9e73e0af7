"""One of a few, by number; or none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from amx_tui.domain.text import one_line, visible

__all__ = ["ChoiceDialog"]


LOW_BELOW = 20
"""Lines of the terminal below which a dialog has no margins."""


class ChoiceDialog(ModalScreen[int | None]):
    """A question with a few answers, the last of which is Cancel and has the cursor.

    Dismissed with the answer's index, or None.

    Args:
        question: What is asked.
        choices: The answers, at most nine.
        facts: What the question is about, above the answers; its lines are kept as they are.
        details: What they lead to.
        denied: The indices of answers that cannot be given now.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS = [
        ("escape", "cancel", "Cancel"),
        ("j", "app.simulate_key('down')", "Down"),
        ("k", "app.simulate_key('up')", "Up"),
        *[(str(number), f"choose({number})", "Choose") for number in range(1, 10)],
    ]

    def __init__(
        self,
        question: str,
        choices: Sequence[str],
        *,
        facts: str = "",
        details: str = "",
        denied: Collection[int] = (),
    ) -> None:
        super().__init__()
        self._question = question
        self._choices = tuple(choices)
        self._facts = facts
        self._details = details
        self._denied = frozenset(denied)

    def compose(self) -> ComposeResult:
        """The question, its answers, the keys."""
        options = [
            Option(
                Content.assemble((f"{number} ", "bold $accent"), one_line(choice)),
                disabled=number - 1 in self._denied,
            )
            for number, choice in enumerate(self._choices, 1)
        ]
        with Vertical(classes="dialog"):
            yield Static(visible(self._question), classes="dialog-title", markup=False)
            if self._facts:
                yield Static(visible(self._facts), classes="dialog-facts", markup=False)
            yield OptionList(*options, Option("  Cancel"), compact=True)
            if self._details:
                yield Static(visible(self._details), classes="dialog-hint", markup=False)
            yield Static(
                "a number chooses, or ↑ and enter · esc cancels", classes="dialog-hint", markup=False
            )

    def on_resize(self, event: events.Resize) -> None:
        """Do without margins where there are few lines."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    def on_mount(self) -> None:
        """Put the cursor on Cancel."""
        options = self.query_one(OptionList)
        options.highlighted = len(self._choices)
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the option under the cursor."""
        self.dismiss(event.option_index if event.option_index < len(self._choices) else None)

    def action_choose(self, number: int) -> None:
        """Answer by number."""
        if number <= len(self._choices) and number - 1 not in self._denied:
            self.dismiss(number - 1)

    def action_cancel(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
