"""Looking for a text in Markdown as it is read, without reading more of it than is needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from amx_tui.ui.widgets.markdown.layout import MarkdownReader
from amx_tui.ui.widgets.markdown.passages import Outline
from amx_tui.ui.widgets.markdown.wrapping import mark

__all__ = ["Finder", "Found"]

MOST = 999
"""Matches that are counted; what there is beyond them can be gone to all the same, by looking for more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A match: the passage that it is in, and which match of that it is."""

    passage: int
    number: int


class Finder:
    """What is looked for in a text, and which match is shown."""

    def __init__(self) -> None:
        self.pattern: re.Pattern[str] | None = None
        self._words: Sequence[str] = ()
        self._start = 0
        self._matches: list[Found] | None = None
        self._at = -1

    def look_for(self, text: str, start: int) -> None:
        """Look for a text in any case, from a passage on; empty looks for nothing."""
        self._words = text.casefold().split()
        pattern = r"\s+".join(map(re.escape, text.split()))
        self.pattern = re.compile(pattern, re.IGNORECASE) if pattern else None
        self._start = start
        self.forget()

    def forget(self) -> None:
        """The text has changed."""
        self._matches, self._at = None, -1

    @property
    def current(self) -> Found | None:
        """The match that is shown."""
        return self._matches[self._at] if self._matches and self._at >= 0 else None

    def describe(self) -> str:
        """Which match of how many is shown."""
        if self.pattern is None:
            return ""
        if not self._matches:
            return "no match"
        more = "+" if len(self._matches) >= MOST else ""
        return f"{self._at + 1} of {len(self._matches)}{more}"

    def step(self, step: int, outline: Outline, reader: MarkdownReader, width: int) -> Found | None:
        """Go to the next match, with -1 to the one before, with 0 to the first one from the start on."""
        if self.pattern is None:
            return None
        if self._matches is None:
            self._matches = self._search(self.pattern, outline, reader, width)
        if not self._matches:
            return None
        if self._at < 0 or not step:
            ahead = (index for index, found in enumerate(self._matches) if found.passage >= self._start)
            self._at = next(ahead, 0)
        else:
            self._at = (self._at + step) % len(self._matches)
        return self._matches[self._at]

    def _search(
        self, pattern: re.Pattern[str], outline: Outline, reader: MarkdownReader, width: int
    ) -> list[Found]:
        found: list[Found] = []
        for index, passage in enumerate(outline.passages):
            plain = passage.text.casefold()
            if not all(word in plain for word in self._words):
                continue
            _, count = mark(reader.rows(passage, width), pattern)
            found.extend(Found(index, number) for number in range(count))
            if len(found) >= MOST:
                break
        return found[:MOST]
