"""The bars of one line: what is open and who one is, what a list shows, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from amx_tui.ui.widgets.cells import fit, keep_blanks
from amx_tui.ui.widgets.kept_lines import KeptLines

__all__ = [
    "Bar",
    "ChipBar",
    "HintBar",
    "KeyBar",
    "KeyHint",
    "Piece",
    "StatusBar",
    "TitleBar",
    "row_pieces",
]

Piece = tuple[str, str]
"""A text and its look: the name of a component class of the bar, or "" for the bar's own."""


def row_pieces(position: int | None) -> tuple[Piece, ...]:
    """At which place of its list the cursor stands, counted from 1; nothing where that is not known."""
    return () if position is None else ((f"row {position:,}", "muted"),)


class Bar(KeptLines):
    """One line: pieces from the left, and pieces that keep to the right and win where there is no room."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        "bar--strong",
        "bar--muted",
        "bar--accent",
        "bar--success",
        "bar--warning",
        "bar--error",
    }
    DEFAULT_CSS = """
    Bar {
        height: 1;
        width: 1fr;
        & > .bar--strong { text-style: bold; }
        & > .bar--muted { color: $text-muted; }
        & > .bar--accent { color: $accent; text-style: bold; }
        & > .bar--success { color: $text-success; }
        & > .bar--warning { color: $text-warning; text-style: bold; }
        & > .bar--error { color: $text-error; text-style: bold; }
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: Sequence[Piece] = ()
        self._right: Sequence[Piece] = ()

    def show(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        """Set what the bar says."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.content_size.width
        right = [Segment(keep_blanks(text), self._look(look)) for text, look in self._right if text]
        taken = sum(cell_len(segment.text) for segment in right)
        room = max(0, width - taken - (1 if right else 0)) if taken < width else 0
        segments: list[Segment] = []
        for text, look in self._left:
            text = keep_blanks(text)
            cells = cell_len(text)
            if cells > room:
                segments.append(Segment(fit(text, room), self._look(look)))
                room = 0
                break
            segments.append(Segment(text, self._look(look)))
            room -= cells
        segments.append(Segment(" " * (room + (1 if right and taken < width else 0)), self.rich_style))
        style = self.rich_style
        return self.between_sides(Strip(segments + right).adjust_cell_length(width, style), style)

    def _look(self, look: str) -> Style:
        return self.get_component_rich_style(f"bar--{look}") if look else self.rich_style


class StatusBar(Bar):
    """The top line: the store, whether it is live, the member and the role."""

    DEFAULT_CSS = """
    StatusBar { dock: top; background: $panel; padding: 0 1; }
    """


class TitleBar(Bar):
    """The line above a list: what it shows, how it is filtered and sorted, and where the cursor is."""

    DEFAULT_CSS = """
    TitleBar { padding: 0 1; }
    """


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key in the footer, or a count that can be clicked."""

    command_id: str
    key: str
    label: str
    is_denied: bool = False
    """Greyed; pressing it says why."""


class HintBar(Bar):
    """Keys or counts, each of which can be clicked."""

    @dataclass
    class Pressed(Message):
        """A key of the footer was clicked."""

        command_id: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: Sequence[KeyHint] = ()

    def show_keys(self, hints: Sequence[KeyHint]) -> None:
        """Set the keys."""
        self._hints = hints
        pieces: list[Piece] = []
        for number, hint in enumerate(hints, 1):
            pieces.append((hint.key, "muted" if hint.is_denied else "accent"))
            gap = "   " if number < len(hints) else ""
            pieces.append((f" {hint.label}{gap}", "muted" if hint.is_denied else ""))
        self.show(tuple(pieces))

    async def _on_click(self, event: events.Click) -> None:
        x = event.x - 1
        for hint in self._hints:
            x -= cell_len(hint.key) + cell_len(hint.label) + 4
            if x < 0:
                self.post_message(self.Pressed(hint.command_id))
                return


class KeyBar(HintBar):
    """The footer: the few keys that matter here. A click on one is as good as the key."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; background: $footer-background; color: $footer-foreground; padding: 0 1; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wanted: Sequence[KeyHint] = ()

    def show_keys(self, hints: Sequence[KeyHint]) -> None:
        """Set the keys; where there is no room for all, those in front of the last, which is help, are left out."""
        self._wanted = hints
        shown = list(hints)
        room = self.content_size.width
        while len(shown) > 1 and room and _cells(shown) > room:
            del shown[-2]
        super().show_keys(shown)

    def _on_resize(self, event: events.Resize) -> None:
        self.show_keys(self._wanted)


def _cells(hints: Sequence[KeyHint]) -> int:
    return sum(cell_len(hint.key) + cell_len(hint.label) + 4 for hint in hints) - 3


class ChipBar(HintBar):
    """Counts above a list, each a filter."""

    DEFAULT_CSS = """
    ChipBar { padding: 0 1; }
    """
