"""The text in the editor: every sign of it stays as it is, whatever ends its lines."""

from __future__ import annotations

import re

from textual.document._document import Document, EditResult, Location

__all__ = ["TextDocument", "normalised", "shown_line"]

_UNDRAWABLE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060\u2066-\u2069\ud800-\udfff\ufeff]"
)


def shown_line(line: str) -> str:
    """A line as it is drawn: a sign that a terminal would act upon, or that has no width, is one that has one."""
    if line.isascii() and line.isprintable():
        return line
    return _UNDRAWABLE.sub(_picture, line)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"


def normalised(text: str) -> str:
    """A text from the clipboard or another program, with the line ends that the editor uses itself."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class TextDocument(Document):
    r"""A document whose lines end at `\n` and nowhere else.

    Textual's own takes a form feed or a Unicode separator for the end of a line, and writes one kind of line end for
    all: saving would change lines that nobody touched.
    """

    def __init__(self, text: str) -> None:
        super().__init__("")
        count = text.count("\n")
        self._newline = "\r\n" if count and text.count("\r\n") == count else "\n"
        self._lines = text.split(self._newline)

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace the text between two places.

        Returns:
            Where the new text ends, and what was there before.
        """
        top, bottom = sorted((start, end))
        replaced = self.get_text_range(top, bottom)
        lines = self._lines
        row = min(top[0], len(lines) - 1)
        last = min(bottom[0], len(lines) - 1)
        before, after = lines[row][: top[1]], lines[last][bottom[1] :]
        new = (text.replace("\r\n", "\n") if self._newline == "\r\n" else text).split("\n")
        column = len(new[-1]) + (len(before) if len(new) == 1 else 0)
        new[0] = before + new[0]
        new[-1] += after
        lines[row : last + 1] = new
        return EditResult((row + len(new) - 1, column), replaced)
