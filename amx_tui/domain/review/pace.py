"""How fast a review goes, and when it will be done at that pace."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from amx_tui.domain.times import duration_text

__all__ = ["Pace"]

COUNTED = 30
"""Decisions that the pace is taken of: what one did an hour ago says nothing about now."""
PAUSE = timedelta(minutes=3)
"""Without a key for so long the reviewer was somewhere else, which is no pace."""
LEAST = 5


class Pace:
    """The pace of the last decisions made one by one."""

    def __init__(self) -> None:
        self._steps: deque[timedelta] = deque(maxlen=COUNTED)
        self._last: datetime | None = None

    def note(self, at: datetime) -> None:
        """A decision was made at that moment."""
        if self._last is not None and timedelta(0) <= at - self._last < PAUSE:
            self._steps.append(at - self._last)
        self._last = at

    @property
    def per_minute(self) -> float | None:
        """Decisions a minute; None while there are too few to say."""
        spent = sum(self._steps, timedelta()).total_seconds()
        if len(self._steps) < LEAST or spent <= 0:
            return None
        return len(self._steps) * 60 / spent

    def text(self, left: int) -> str:
        """The pace and what is left at it: `14/min, 41 min left`; empty while there is none."""
        pace = self.per_minute
        if pace is None:
            return ""
        rate = f"{pace:.0f}/min" if pace >= 1 else "under 1/min"
        return f"{rate}, {duration_text(left / pace * 60)} left" if left else rate
