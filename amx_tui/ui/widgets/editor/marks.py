"""What is marked in a line of Markdown while it is typed: quickly, and never wrong by more than a colour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

__all__ = ["FenceMap", "Mark", "line_marks"]

Mark = tuple[int, int, str]
"""Start, end and the name of a look."""

_BLOCKS = (
    (re.compile(r"#{1,6}(?:[ \t].*)?$"), "heading"),
    (re.compile(r"[ \t]*(?:-[ \t]*){3,}$|[ \t]*(?:\*[ \t]*){3,}$|[ \t]*(?:_[ \t]*){3,}$"), "rule"),
    (re.compile(r"[ \t]*>+"), "quote"),
    (re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?=[ \t])(?:[ \t]+\[[ xX]\])?"), "bullet"),
)
_INLINE = re.compile(
    r"(?P<code>(`+)(?!`).+?(?<!`)\2(?!`))"
    r"|(?P<link>!?\[[^\[\]]*\](?:\([^()\s]*(?:[ \t]+\"[^\"]*\")?\)|\[[^\[\]]*\]|:(?=[ \t])))"
    r"|(?P<url><[a-z][a-z0-9+.-]*:[^<>\s]*>)"
    r"|(?P<strong>\*\*(?=\S).+?(?<=\S)\*\*|(?<!\w)__(?=\S).+?(?<=\S)__(?!\w))"
    r"|(?P<em>\*(?=[^\s*])[^*]+?(?<=\S)\*|(?<!\w)_(?=[^\s_])[^_]+?(?<=\S)_(?!\w))"
    r"|(?P<struck>~~(?=\S).+?(?<=\S)~~)"
    r"|(?P<pipe>\|)"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
LONGEST = 4_000
"""Signs of a line beyond which only its beginning is looked at."""


def line_marks(line: str, *, is_code: bool) -> Iterator[Mark]:
    """Find what is marked in a line.

    Args:
        is_code: Whether it stands in fenced code.
    """
    if is_code:
        if line:
            yield 0, len(line), "code"
        return
    for pattern, look in _BLOCKS:
        match = pattern.match(line)
        if match is not None and match.end():
            yield match.start(), match.end(), look
            if look in {"heading", "rule"}:
                return
    for match in _INLINE.finditer(line, 0, LONGEST):
        if match.lastgroup is not None:
            yield match.start(), match.end(), match.lastgroup


class FenceMap:
    """Which lines of a text stand in fenced code."""

    def __init__(self) -> None:
        self._flags: list[bool] | None = None

    def forget(self) -> None:
        """The text has changed in a line that has a fence, or in how many lines it has."""
        self._flags = None

    def is_code(self, lines: Sequence[str], index: int) -> bool:
        """Say whether a line stands in fenced code, or is a fence."""
        if self._flags is None:
            self._flags = list(_fenced(lines))
        return index < len(self._flags) and self._flags[index]

    @staticmethod
    def concerns(line: str) -> bool:
        """Say whether a line has a fence."""
        return "```" in line or "~~~" in line


def _fenced(lines: Sequence[str]) -> Iterator[bool]:
    fence = ""
    for line in lines:
        if not FenceMap.concerns(line):
            yield bool(fence)
            continue
        match = _FENCE.match(line)
        if not fence:
            fence = match[1] if match is not None and "`" not in line[match.end() :] else ""
            yield bool(fence)
            continue
        yield True
        if match is not None and match[1].startswith(fence) and not line[match.end() :].strip():
            fence = ""
