"""Two texts side by side, or one woven into the other; and a text with who wrote each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar

from amx_tui.domain.line_diff import DiffLine, DiffRow
from amx_tui.domain.text import visible
from amx_tui.domain.words import Span
from amx_tui.ui.widgets.cells import fit
from amx_tui.ui.widgets.markdown.wrapping import Piece, Pieces, cells_of, wrap
from amx_tui.ui.widgets.pieces_view import Drawing

__all__ = ["beside_drawing", "blame_drawing", "is_changed", "span_pieces", "woven_drawing"]

Line = TypeVar("Line")
SAME_AROUND = 3
"""Lines that are the same on both sides and are shown around a difference."""
_SIGNS = {"removed": "-", "added": "+"}
_WORDS = {"removed": "cut", "added": "put"}


def is_changed(row: DiffRow) -> bool:
    """Say whether a row is a difference."""
    return row.kind != "same"


def beside_drawing(rows: Sequence[DiffRow], width: int, *, only_changes: bool) -> Drawing:
    """Two texts in two columns, with the words marked that differ."""
    digits = _digits(rows)
    left = (width - 3) // 2
    right = width - 3 - left

    def draw(row: DiffRow) -> Iterator[Pieces]:
        sides = (
            _side(row, "removed", digits, left),
            _side(row, "added", digits, right),
        )
        for one, other in zip_longest(*sides, fillvalue=()):
            rest = left - sum(cells_of(text) for text, _ in one)
            yield [*one, (" " * rest, ""), (" │ ", "rule"), *other]

    return _drawing(rows, draw, width, only_changes=only_changes)


def woven_drawing(rows: Sequence[DiffRow], width: int, *, only_changes: bool) -> Drawing:
    """Two texts in one column: what was removed above what was added."""
    digits = _digits(rows)

    def draw(row: DiffRow) -> Iterator[Pieces]:
        if row.kind == "same":
            yield from _side(row, "added", digits, width)
            return
        yield from _side(row, "removed", digits, width)
        yield from _side(row, "added", digits, width)

    return _drawing(rows, draw, width, only_changes=only_changes)


def _digits(rows: Sequence[DiffRow]) -> int:
    last = max((side.number for row in rows[-2:] for side in (row.left, row.right) if side), default=1)
    return len(str(max(last, len(rows))))


def _drawing(
    rows: Sequence[DiffRow], draw: Callable[[DiffRow], Iterator[Pieces]], width: int, *, only_changes: bool
) -> Drawing:
    drawn: list[Pieces] = []
    stops: list[int] = []
    was_changed = False
    for item in _folded(rows) if only_changes else rows:
        if isinstance(item, int):
            lines = f"{item:,} line{'' if item == 1 else 's'} the same"
            drawn.append([(fit(f"┈┈ {lines} ".ljust(width, "┈"), width), "rule")])
            was_changed = False
            continue
        if is_changed(item) and not was_changed:
            stops.append(len(drawn))
        was_changed = is_changed(item)
        drawn.extend(draw(item))
    return Drawing(drawn, stops)


def _folded(rows: Sequence[DiffRow]) -> Iterator[DiffRow | int]:
    """The differences with some lines around each; a number stands for so many lines that are left out."""
    shown: set[int] = set()
    for index, row in enumerate(rows):
        if is_changed(row):
            shown.update(range(index - SAME_AROUND, index + SAME_AROUND + 1))
    left_out = 0
    for index, row in enumerate(rows):
        if index in shown:
            if left_out:
                yield left_out
                left_out = 0
            yield row
        else:
            left_out += 1
    if left_out:
        yield left_out


def _side(row: DiffRow, side: str, digits: int, width: int) -> list[Pieces]:
    """One side of a row: number, sign, text."""
    line = row.left if side == "removed" else row.right
    if line is None:
        return [[]]
    is_same = row.kind == "same"
    look = "" if is_same else side
    pieces = span_pieces(line.spans, look, _WORDS[side] if row.kind == "changed" else look)
    if row.kind == "changed" and not _has_marks(row.left) and not _has_marks(row.right):
        ends = {"\r\n": " ␍␊", "\n": " ␊"}
        pieces.append((ends.get(line.end, " (no line end)"), _WORDS[side]))
    sign = " " if is_same else _SIGNS[side]
    room = max(8, width - digits - 3)
    drawn: list[Pieces] = []
    for index, part in enumerate(wrap(pieces, room) or [()]):
        number = f"{line.number:>{digits}} " if index == 0 else " " * (digits + 1)
        drawn.append([(number, "number"), (f"{sign} ", look), *part])
    return drawn


def _has_marks(line: DiffLine | None) -> bool:
    return line is not None and any(span.is_changed for span in line.spans)


def span_pieces(spans: Sequence[Span], look: str, changed: str) -> list[Piece]:
    """Spans of a text as pieces; what is changed has a look of its own, as far as there are words."""
    pieces: list[Piece] = []
    for span in spans:
        text = visible(span.text).replace("\t", "    ")
        if not span.is_changed:
            pieces.append((text, look))
            continue
        body = text.strip()
        if not body:
            pieces.append((text.replace(" ", "␣") if changed != look else text, changed))
            continue
        start = len(text) - len(text.lstrip())
        pieces += [(text[:start], look), (body, changed), (text[start + len(body) :], look)]
    return [piece for piece in pieces if piece[0]]


def blame_drawing(
    lines: Sequence[tuple[str, Line]], describe: Callable[[Line], str], gutter: int, width: int
) -> Drawing:
    """A text with who wrote each line beside it; what came in together is said once.

    Args:
        lines: Each line with what it is from.
        describe: The words for that.
        gutter: Cells for them.
    """
    room = max(8, width - gutter - 3)
    drawn: list[Pieces] = []
    stops: list[int] = []
    before: Line | None = None
    for text, source in lines:
        is_new = before is None or source != before
        if is_new:
            stops.append(len(drawn))
        before = source
        shown = visible(text).rstrip("\n").expandtabs(4)
        for index, part in enumerate(wrap([(shown, "")], room) or [()]):
            label = fit(describe(source), gutter) if is_new and index == 0 else " " * gutter
            drawn.append([(label, "muted"), (" ┃ " if is_new and index == 0 else " │ ", "rule"), *part])
    return Drawing(drawn, stops)
