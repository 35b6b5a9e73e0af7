"""Two texts with the words marked that differ: beside each other, woven into one, or in a list's cell.

A mark is a sign as well as a colour: changed words stand in brackets behind `-` or `+` where there is room to read,
and are underlined where there is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

from textual.content import Content

from amx_tui.domain.text import visible
from amx_tui.domain.words import Span, difference
from amx_tui.export.marks import trimmed, unified

__all__ = [
    "BULLET",
    "EASY",
    "SideKind",
    "beside",
    "cell_pieces",
    "marked_text",
    "prepare_marks",
    "unblank",
    "woven_pieces",
    "woven_text",
    "wrapped",
]

SideKind = Literal["removed", "added"]

EASY = 1000
"""Characters of two texts together up to which marking them takes no time that anybody notices."""
CELL_TEXT = 240
"""Characters of a text whose words are marked in a list's cell: more than a cell shows, and quickly compared."""
REMEMBERED = 500
"""Pairs whose difference is remembered: more than a tall terminal shows rows."""
BULLET = "• "
"""What a line of a list begins with."""
GAP = 3
_SIGNS: dict[SideKind, str] = {"removed": "-", "added": "+"}
_LOOKS: dict[SideKind, str] = {"removed": "bold $text-error", "added": "bold $text-success"}


@lru_cache(maxsize=REMEMBERED)
def _difference(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    return difference(left, right)


def prepare_marks(left: str, right: str) -> None:
    """Compare two texts, so that marking them takes no time afterwards; for long ones, in a thread."""
    _difference(left, right)


def cell_pieces(left: str, right: str, kind: SideKind) -> Sequence[tuple[str, str]]:
    """One side of a pair as the pieces of a list's cell: each with the tone of its mark, or none."""
    spans = _difference(_flat(left), _flat(right))[0 if kind == "removed" else 1]
    return [(span.text, kind if span.is_changed else "") for span in trimmed(spans)]


def woven_pieces(left: str, right: str) -> Sequence[tuple[str, str]]:
    """Both sides of a pair as the pieces of one cell of a list: `[-Given][+First] name`, and the tones."""
    return list(_woven(_flat(left), _flat(right)))


def _flat(text: str) -> str:
    """As much of a text as a cell may show, on one line, whose pieces then keep the blanks between them."""
    return " ".join(text[:CELL_TEXT].split())


def marked_text(left: str, right: str, kind: SideKind) -> Content:
    """One side of a pair with its changed words in brackets: `[-Given] name of the customer`."""
    spans = _difference(left, right)[0 if kind == "removed" else 1]
    pieces = (
        piece
        for span in spans
        for piece in (_bracketed(span.text, kind) if span.is_changed else ((span.text, ""),))
    )
    return _drawn(pieces)


def woven_text(left: str, right: str) -> Content:
    """Both sides of a pair in one text: `[-Given][+First] name of the customer`."""
    return _drawn(_woven(left, right))


def _woven(left: str, right: str) -> Iterator[tuple[str, str]]:
    for text, mark in unified(*_difference(left, right)):
        if mark:
            yield from _bracketed(text, "removed" if mark == "del" else "added")
        else:
            yield text, ""


def unblank(text: str) -> str:
    """Draw a text of nothing but white space, which nobody would see; leave others as they are."""
    return text if text.strip() else "".join("⏎" if each == "\n" else "␣" for each in text)


def _bracketed(text: str, kind: SideKind) -> Iterator[tuple[str, str]]:
    """A changed stretch between brackets, which stand close around its words; white space alone is drawn."""
    body = text.strip()
    if not body:
        yield f"[{_SIGNS[kind]}{unblank(text)}]", kind
        # A line that one side breaks stays broken, so that what follows is where it belongs.
        yield "\n" * text.count("\n"), ""
        return
    start = len(text) - len(text.lstrip())
    yield text[:start], ""
    yield f"[{_SIGNS[kind]}{body}]", kind
    yield text[start + len(body) :], ""


def _drawn(pieces: Iterable[tuple[str, str]]) -> Content:
    looks: dict[str, str] = {kind: _LOOKS[kind] for kind in _SIGNS}
    drawn = ((visible(text), looks.get(tone, "")) for text, tone in pieces if text)
    return Content.assemble(*((text, look) if look else text for text, look in drawn))


def beside(left: Content, right: Content, width: int) -> Iterator[Content]:
    """Two texts in two columns, wrapped in step: their lines begin beside each other.

    Args:
        width: Cells for both columns together.
    """
    column = max(8, (width - GAP) // 2)
    bar = Content.styled(" │ ", "$foreground 30%")
    nothing = Content("")
    for one, other in zip_longest(
        left.split(allow_blank=True), right.split(allow_blank=True), fillvalue=nothing
    ):
        for first, second in zip_longest(wrapped(one, column), wrapped(other, column), fillvalue=nothing):
            yield first + Content(" " * (column - first.cell_length)) + bar + second


def wrapped(text: Content, width: int) -> list[Content]:
    """The lines of a text in so many cells, at least one; what follows a bullet stays behind it."""
    lines = [row for line in text.split(allow_blank=True) for row in _rows(line, width)]
    return lines or [Content("")]


def _rows(line: Content, width: int) -> list[Content]:
    indent = len(BULLET)
    if not line.plain.startswith(BULLET) or width <= 2 * indent:
        return line.wrap(width)
    first, *others = line[indent:].wrap(width - indent) or [Content("")]
    return [line[:indent] + first, *(Content(" " * indent) + other for other in others)]
