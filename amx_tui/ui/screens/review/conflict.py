"""The 409: two decisions on one result, and which of them holds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.results import decision_word
from amx_tui.domain.review.review import Conflict
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.times import relative_time
from amx_tui.ui.screens.dialogs.choice import LOW_BELOW
from amx_tui.ui.widgets.word_marks import marked_text

__all__ = ["ConflictChoice", "ConflictDialog"]

ConflictChoice = Literal["theirs", "mine"]
MUTED = "$foreground 60%"


class ConflictDialog(ModalScreen[ConflictChoice | None]):
    """Both decisions with the words marked that differ; dismissed with whose holds, or None for later.

    Args:
        name: The asset.
        conflict: The two decisions.
        now: What ages are counted from.
        number: Which conflict of how many this is.
    """

    CSS_PATH = ["../dialogs/dialogs.tcss", "screen.tcss"]
    BINDINGS = [
        ("1,t", "choose('theirs')", "Theirs"),
        ("2,m", "choose('mine')", "Mine"),
        ("escape,l", "later", "Later"),
        ("j", "app.simulate_key('down')", "Down"),
        ("k", "app.simulate_key('up')", "Up"),
    ]

    def __init__(self, name: str, conflict: Conflict, now: datetime, number: tuple[int, int]) -> None:
        super().__init__()
        self._asset = name
        self._conflict = conflict
        self._now = now
        self._number = number

    def compose(self) -> ComposeResult:
        """The title, both decisions, the choices."""
        place, count = self._number
        which = f"  ({place} of {count})" if count > 1 else ""
        with Vertical(classes="dialog"):
            yield Static(visible(f"409 Conflict: {self._asset}{which}"), classes="dialog-title", markup=False)
            with VerticalScroll(id="conflict-texts", can_focus=False):
                yield Static(Content("\n").join(self._texts()), markup=False)
            yield OptionList(
                Option(Content.assemble(("1 ", "bold $accent"), "Keep theirs; mine is forgotten")),
                Option(
                    Content.assemble(
                        ("2 ", "bold $accent"), "Take mine, as a newer version on top of theirs"
                    ),
                    disabled=self._conflict.theirs is None,
                ),
                Option("  Later"),
                compact=True,
            )
            yield Static("1 theirs · 2 mine · esc decides later", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        """Put the cursor on Later."""
        options = self.query_one(OptionList)
        options.highlighted = 2
        options.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Do without margins where there are few lines."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    def _texts(self) -> list[Content]:
        theirs, mine = self._conflict.theirs, self._conflict.mine
        if theirs is None:
            return [
                Content.styled("This result is not in the store any more.", "$text-warning"),
                *self._side("mine", "you", mine, ""),
            ]
        values = DecisionValues.of(theirs)
        who = one_line(theirs.evaluated_by, 60) or "somebody else"
        one, other = values.chosen_description or "", mine.chosen_description or ""
        return [
            *self._side("theirs", who, values, other),
            Content(""),
            *self._side("mine", "you", mine, one),
        ]

    def _side(self, whose: str, who: str, values: DecisionValues, against: str) -> list[Content]:
        """One decision: what, by whom, when, and its text with what the other lacks marked."""
        at = f", {relative_time(values.evaluated_at, self._now)}" if values.evaluated_at else ""
        word = decision_word(values.evaluation)
        lines = [Content.assemble((f"{whose:<8}", "bold $primary"), word, (f"  {who}{at}", MUTED))]
        text = values.chosen_description or ""
        if text and against:
            pair = (text, against) if whose == "theirs" else (against, text)
            lines.append(marked_text(*pair, "removed" if whose == "theirs" else "added"))
        elif text:
            lines.append(Content(visible(text)))
        if values.rejection_reason:
            lines.append(Content.styled(f"reason: {visible(values.rejection_reason)}", MUTED))
        return lines

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the option under the cursor."""
        self.dismiss(("theirs", "mine", None)[event.option_index])

    def action_choose(self, choice: ConflictChoice) -> None:
        """Answer by key."""
        if choice == "theirs" or self._conflict.theirs is not None:
            self.dismiss(choice)

    def action_later(self) -> None:
        """Leave both as they are."""
        self.dismiss(None)
