"""Names that fit what is being typed, offered below the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from amx_tui.domain.text import one_line
from amx_tui.ui.widgets.cells import fit
from amx_tui.ui.widgets.editor.area import MarkdownArea

__all__ = ["Completions"]

MOST = 6
FROM = 3
"""Signs of a name from which on names are offered without asking; one with a dot in it is offered at once."""
_WORD = re.compile(r"[\w$.]+\Z")


class Completions(Widget):
    """A few lines below the text; away while nothing fits.

    Args:
        area: The text.
        names: All names that there are.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"completions--chosen", "completions--muted"}
    DEFAULT_CSS = """
    Completions {
        height: auto;
        max-height: 7;
        display: none;
        background: $panel;
        padding: 0 1;
        &.-open { display: block; }
        & > .completions--chosen { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .completions--muted { color: $text-muted; }
    }
    """

    def __init__(self, area: MarkdownArea, names: Callable[[], Sequence[str]], id: str | None = None) -> None:
        super().__init__(id=id)
        self._area = area
        self._names = names
        self._offered: Sequence[str] = ()
        self._chosen = 0
        self._typed = ""
        area.intercept = self._key

    @property
    def is_open(self) -> bool:
        """Whether names are offered."""
        return bool(self._offered)

    def follow(self, *, asked: bool = False) -> None:
        """Offer what fits the name in front of the cursor.

        Args:
            asked: By a key, so that a short beginning is enough.
        """
        row, column = self._area.cursor_location
        match = _WORD.search(self._area.document.get_line(row), max(0, column - 200), column)
        typed = match[0].casefold() if match is not None else ""
        self._typed = match[0] if match is not None else ""
        if not (asked or len(typed) >= FROM or "." in typed.strip(".")):
            self._offer(())
            return
        fitting = [name for name in self._names() if _fits(name.casefold(), typed)]
        self._offer(() if len(fitting) == 1 and fitting[0].casefold() == typed else fitting[:MOST])

    def close(self) -> None:
        """Offer nothing."""
        self._offer(())

    def _offer(self, names: Sequence[str]) -> None:
        if names != self._offered:
            self._offered, self._chosen = names, 0
            self.set_class(bool(names), "-open")
            self.styles.height = len(names) + 1
            self.refresh(layout=True)

    def _key(self, key: str) -> bool:
        """Take the keys that choose among what is offered."""
        if not self._offered:
            return False
        if key in {"down", "up"}:
            self._chosen = (self._chosen + (1 if key == "down" else -1)) % len(self._offered)
            self.refresh()
        elif key == "tab":
            self._take(self._offered[self._chosen])
        elif key == "escape":
            self.close()
        else:
            return False
        return True

    def _take(self, name: str) -> None:
        row, column = self._area.cursor_location
        self._area.replace(
            name, (row, column - len(self._typed)), (row, column), maintain_selection_offset=False
        )
        self._area.move_cursor((row, column - len(self._typed) + len(name)))
        self.close()

    def render_line(self, y: int) -> Strip:
        """Draw a name, or the keys."""
        width = self.content_size.width
        if y < len(self._offered):
            is_chosen = y == self._chosen
            look = self.get_component_rich_style("completions--chosen") if is_chosen else self.rich_style
            sign = "› " if is_chosen else "  "
            return Strip([Segment(fit(sign + one_line(self._offered[y], width), width), look)], width)
        look = self.get_component_rich_style("completions--muted")
        return Strip([Segment(fit("tab takes it · ↓ ↑ choose · esc closes", width), look)], width)

    async def _on_click(self, event: events.Click) -> None:
        if event.y < len(self._offered):
            self._take(self._offered[event.y])


def _fits(name: str, typed: str) -> bool:
    """Whether a name, or a part of it, begins so."""
    return name.startswith(typed) or f".{typed}" in name
