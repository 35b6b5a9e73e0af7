"""One of a few values, chosen on one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

__all__ = ["ChoiceLine", "Option"]

Option = tuple[str, str]
"""A value, and the words for it."""


class ChoiceLine(Widget, can_focus=True):
    """A value between two arrows; the arrow keys, space and the mouse go on to the next one."""

    ALLOW_SELECT = False
    BINDINGS = [
        Binding("right,l,space", "step(1)", "Next value", show=False),
        Binding("left,h", "step(-1)", "Value before", show=False),
    ]
    COMPONENT_CLASSES = {"choice-line--arrow"}
    DEFAULT_CSS = """
    ChoiceLine {
        height: 1;
        width: 1fr;
        & > .choice-line--arrow { color: $text-muted; }
        &:focus { background: $panel; text-style: bold; }
        &:focus > .choice-line--arrow { color: $accent; }
    }
    """

    index: reactive[int] = reactive(0, init=False)
    """Which of the options is chosen."""

    @dataclass
    class Changed(Message):
        """Another value was chosen."""

        choice_line: ChoiceLine
        value: str

        @property
        def control(self) -> ChoiceLine:
            """The line."""
            return self.choice_line

    def __init__(self, options: Sequence[Option], value: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._options: Sequence[Option] = options
        self.set_reactive(ChoiceLine.index, self._index_of(value))

    @property
    def value(self) -> str:
        """The value that is chosen."""
        return self._options[self.index][0] if self._options else ""

    @value.setter
    def value(self, value: str) -> None:
        self.index = self._index_of(value)

    def _index_of(self, value: str) -> int:
        return next((index for index, (each, _) in enumerate(self._options) if each == value), 0)

    def watch_index(self) -> None:
        """Tell of the change."""
        self.post_message(self.Changed(self, self.value))

    def render(self) -> Content:
        """Draw the value between its arrows."""
        arrow = self.get_visual_style("choice-line--arrow")
        words = self._options[self.index][1] if self._options else ""
        return Content.assemble(("‹ ", arrow), words, (" ›", arrow))

    def action_step(self, step: int) -> None:
        """Choose the next value."""
        if self._options:
            self.index = (self.index + step) % len(self._options)

    async def _on_click(self, event: events.Click) -> None:
        self.action_step(-1 if event.x < 2 else 1)
