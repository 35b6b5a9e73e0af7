"""One line of input over the screen below, which stays in sight and follows what is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from amx_tui.domain.text import one_line, visible

__all__ = ["LineScreen", "Question", "Suggestion"]

TYPING_PAUSE = 0.15
"""Seconds without a key until what was typed so far is tried."""
MOST_SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A way to go on from what was typed."""

    line: str
    """The whole line with the suggestion taken."""
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and who is told."""

    prompt: str
    value: str = ""
    hint: str = ""
    suggest: Callable[[str, int], Sequence[Suggestion]] = lambda line, cursor: ()
    on_change: Callable[[str], str] | None = None
    """Told what was typed after a short pause; answers what is wrong with it, or nothing."""
    history: Sequence[str] = field(default_factory=tuple)
    """Earlier lines, oldest first, for the arrow keys."""
    is_secret: bool = False
    """Whether what is typed is hidden."""


class LineScreen(ModalScreen[str | None]):
    """A line of input with suggestions and history; dismissed with the line, or None."""

    CSS_PATH = "screen.tcss"
    BINDINGS = [
        ("escape", "cancel", "Cancel"),
        ("tab", "complete(1)", "Complete"),
        ("shift+tab", "complete(-1)", "Complete backwards"),
        ("up,ctrl+p", "recall(-1)", "Earlier line"),
        ("down,ctrl+n", "recall(1)", "Later line"),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._suggestions: Sequence[Suggestion] = ()
        self._taken: int | None = None
        self._recalled = len(question.history)
        self._typed = question.value
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """Suggestions above, the line, and what is wrong or possible below it."""
        with Vertical(id="line-box"):
            yield Static(id="suggestions", markup=False)
            with Horizontal(id="line-row"):
                yield Static(self._question.prompt, id="prompt", markup=False)
                yield Input(
                    self._question.value,
                    compact=True,
                    select_on_focus=False,
                    password=self._question.is_secret,
                    id="line",
                )
            yield Static(visible(self._question.hint), id="line-hint", markup=False)

    def on_mount(self) -> None:
        """Put the cursor behind what is there already."""
        line = self.query_one(Input)
        line.cursor_position = len(line.value)
        line.focus()
        self._suggest()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        if self._taken is not None and event.value == self._suggestions[self._taken].line:
            return
        self._taken = None
        self._typed = event.value
        self._suggest()
        if self._pause is not None:
            self._pause.stop()
        if self._question.on_change is not None:
            self._pause = self.set_timer(TYPING_PAUSE, self._try_line)

    def _try_line(self) -> None:
        if self._question.on_change is not None:
            problem = self._question.on_change(self.query_one(Input).value)
            hint = self.query_one("#line-hint", Static)
            hint.update(visible(problem or self._question.hint))
            hint.set_class(bool(problem), "-problem")

    def _suggest(self) -> None:
        line = self.query_one(Input)
        self._suggestions = self._question.suggest(line.value, line.cursor_position)
        self._show_suggestions()

    def _show_suggestions(self) -> None:
        box = self.query_one("#suggestions", Static)
        box.display = bool(self._suggestions)
        first = max(0, (self._taken or 0) - MOST_SUGGESTIONS + 1)
        rows = []
        for index, suggestion in enumerate(self._suggestions[first : first + MOST_SUGGESTIONS], first):
            mark = "› " if index == self._taken else "  "
            look = "bold $accent" if index == self._taken else ""
            label = Content.styled(f"{mark}{one_line(suggestion.label, 40):<28}", look)
            rows.append(label + Content.styled(" " + one_line(suggestion.help, 200), "$foreground 60%"))
        left = len(self._suggestions) - first - MOST_SUGGESTIONS
        if left > 0:
            rows.append(Content.styled(f"  … {left} more", "$foreground 60%"))
        box.update(Content("\n").join(rows))

    def action_complete(self, step: int) -> None:
        """Take the next suggestion."""
        if not self._suggestions:
            return
        if len(self._suggestions) == 1:
            self._put(self._suggestions[0].line)
            self._suggest()
            return
        start = -1 if step > 0 else 0
        self._taken = ((start if self._taken is None else self._taken) + step) % len(self._suggestions)
        self._put(self._suggestions[self._taken].line)
        self._show_suggestions()

    def _put(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    def action_recall(self, step: int) -> None:
        """Go through the earlier lines."""
        lines = [*self._question.history, self._typed]
        self._recalled = max(0, min(len(lines) - 1, self._recalled + step))
        typed = self._typed
        with self.prevent(Input.Changed):
            self._put(lines[self._recalled])
        self._typed = typed
        self._suggest()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if self._question.on_change is not None and self._question.on_change(event.value):
            self._try_line()
            return
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click beside the line leaves it."""
        if event.widget is self:
            self.dismiss(None)
