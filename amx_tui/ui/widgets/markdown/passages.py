"""Cutting a Markdown text into passages that can be read one by one.

Reading a long text as a whole takes seconds; cutting it takes milliseconds, and then only what is seen is read. A cut
lies where the blocks of Markdown end by themselves: in front of a heading, and in front of what begins at the left
edge behind an empty line, unless that goes on with a list. Inside of fenced code there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Heading", "Outline", "Passage", "cut"]

MOST_CHARACTERS = 60_000
"""A passage that is longer, which nobody writes by hand, is shown as the text that it is."""
LONG_LIST = 40
"""Lines of a list from which on it is cut between two of its points."""
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_LIST = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
_DEFINITION = re.compile(r" {0,3}\[[^\]]+\]:[ \t]*\S")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of a text that can be read without the others."""

    first_line: int
    """Counted from 0."""
    line_count: int
    text: str

    @property
    def is_plain(self) -> bool:
        """Whether it is shown as the text that it is."""
        return len(self.text) > MOST_CHARACTERS


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, for a table of contents."""

    level: int
    title: str
    passage: int
    """The index of the passage that it is in, most often at its beginning."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A text in passages."""

    passages: tuple[Passage, ...] = ()
    headings: tuple[Heading, ...] = ()
    definitions: str = ""
    """The targets of links that are named elsewhere in the text: lines of Markdown."""


@dataclass
class _Scissors:
    """What is known while going through a text line by line."""

    lines: Sequence[str]
    start: int = 0
    fence: str = ""
    is_list: bool = False
    is_behind_blank: bool = False
    passages: list[Passage] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)

    def cut(self, end: int) -> None:
        """End a passage in front of a line."""
        last = end
        while last > self.start and not self.lines[last - 1].strip():
            last -= 1
        if last > self.start:
            text = "\n".join(self.lines[self.start : last])
            self.passages.append(Passage(self.start, last - self.start, text))
        self.start, self.is_list = end, False

    def read(self, number: int, line: str) -> None:
        """Go on by one line."""
        stripped = line.lstrip(" \t")
        if self.fence:
            if stripped.startswith(self.fence) and not stripped.strip(self.fence[0] + " \t"):
                self.fence = ""
            return
        if not stripped:
            self.is_behind_blank = True
            return
        if stripped is line or line[0] not in " \t":
            self._read_edge(number, line)
        if stripped[0] in "`~" and (match := _FENCE.match(stripped)):
            self.fence = match[1] or match[2]
        elif line[0] in " [" and _DEFINITION.match(line):
            self.definitions.append(line)
        self.is_behind_blank = False

    def _read_edge(self, number: int, line: str) -> None:
        """Look at a line that begins at the left edge: a passage may begin with it."""
        sign = line[0]
        is_item = (sign in "-+*" or sign.isdigit()) and _LIST.match(line) is not None
        if sign == "#" and (match := _HEADING.match(line)):
            self.cut(number)
            self.headings.append(Heading(len(match[1]), _plain(match[2] or ""), len(self.passages)))
        elif self._is_edge(number, sign, is_item=is_item):
            self.cut(number)
        elif sign in "=-" and not self.is_behind_blank and number > self.start and _UNDERLINE.match(line):
            before = self.lines[number - 1]
            if before[:1] not in "#>|" and not _LIST.match(before):
                level = 1 if sign == "=" else 2
                self.headings.append(Heading(level, _plain(before), len(self.passages)))
        self.is_list = self.is_list or is_item

    def _is_edge(self, number: int, sign: str, *, is_item: bool) -> bool:
        if is_item and self.is_list:
            return sign in "-+*" and number - self.start >= LONG_LIST
        return self.is_behind_blank


def cut(text: str) -> Outline:
    """Cut a text into passages, and list its headings."""
    lines = text.replace("\r\n", "\n").split("\n")
    scissors = _Scissors(lines)
    for number, line in enumerate(lines):
        # Most lines of a long text go on with a paragraph.
        if scissors.is_behind_blank or scissors.fence or not line[:1].isalpha():
            scissors.read(number, line)
    scissors.cut(len(lines))
    return Outline(tuple(scissors.passages), tuple(scissors.headings), "\n\n".join(scissors.definitions))


def _plain(title: str) -> str:
    return _MARKUP.sub(lambda match: match[1] or "", title).strip()
