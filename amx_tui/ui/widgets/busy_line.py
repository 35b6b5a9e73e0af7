"""What is being waited for, said only once the wait is long enough to be noticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from amx_tui.domain.text import one_line

__all__ = ["BusyLine"]

NOTICED_AFTER = 0.15
"""Seconds of waiting that nobody notices."""
BEAT = 0.1
COUNTED_FROM = 2
"""Seconds from which on the wait is counted."""
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class BusyLine(Widget):
    """One line with a turning sign; away while nothing is waited for."""

    DEFAULT_CSS = """
    BusyLine { height: 1; width: 1fr; padding: 0 1; color: $text-accent; display: none; }
    BusyLine.-busy { display: block; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._hint = ""
        self._since = 0.0
        self._wait: object | None = None
        self._begins: Timer | None = None
        self._beats: Timer | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something is waited for, noticed or not."""
        return self._wait is not None

    @contextmanager
    def waiting(self, text: str, hint: str = "esc stops") -> Iterator[None]:
        """Wait for what is done inside.

        Args:
            text: What is waited for.
            hint: The key that ends the wait.
        """
        wait = object()
        self.stop()
        self._wait = wait
        self._text, self._hint = one_line(text), hint
        self._since = monotonic()
        self._begins = self.set_timer(NOTICED_AFTER, self._appear)
        try:
            yield
        finally:
            # What was stopped may end long after something else is waited for.
            if self._wait is wait:
                self.stop()

    def stop(self) -> None:
        """Go away, whatever is still being done."""
        self._wait = None
        for timer in (self._begins, self._beats):
            if timer is not None:
                timer.stop()
        self._begins = self._beats = None
        self.remove_class("-busy")

    def _appear(self) -> None:
        self.add_class("-busy")
        self._beats = self.set_interval(BEAT, self.refresh)

    def render(self) -> Content:
        """Draw the sign, the text and, after a while, the seconds."""
        waited = monotonic() - self._since
        seconds = f"  {int(waited)} s" if waited >= COUNTED_FROM else ""
        sign = _FRAMES[int(waited / BEAT) % len(_FRAMES)]
        return Content.assemble(f"{sign} {self._text}", (f"{seconds}  {self._hint}", "$foreground 60%"))
