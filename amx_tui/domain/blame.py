"""Which version each line of a text came with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from amx_tui.domain.alignment import changes
from amx_tui.domain.pages import PageVersion

__all__ = ["Blame", "BlamedLine"]

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class BlamedLine:
    """A line, and the save that it came with."""

    text: str
    """With its line end."""
    version: PageVersion
    """Without its text."""


class Blame:
    """Follows the lines of a page from version to version.

    A line that was changed belongs to who changed it; one that was taken out and came back, to who brought it back.
    """

    def __init__(self) -> None:
        self._lines: list[BlamedLine] = []

    def add(self, versions: Iterable[tuple[PageVersion, str]]) -> None:
        """Go on with the next versions, oldest first: each without its text, and its text."""
        for version, body in versions:
            lines = _LINE.findall(body)
            before = self._lines
            after: list[BlamedLine] = []
            kept = 0
            for change in changes([line.text for line in before], lines, is_prose=True):
                after += before[kept : change.left_start]
                after += (BlamedLine(text, version) for text in lines[change.right_start : change.right_end])
                kept = change.left_end
            self._lines = after + before[kept:]

    @property
    def lines(self) -> tuple[BlamedLine, ...]:
        """The lines of the last version that was added."""
        return tuple(self._lines)
