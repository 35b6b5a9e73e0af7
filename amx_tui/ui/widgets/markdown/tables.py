"""Tables: columns as wide as what is in them, narrower where there is no room for that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from amx_tui.ui.widgets.markdown.wrapping import Piece, Pieces, cells_of, wrap

__all__ = ["Cell", "table_rows"]

GAP = " │ "
LEAST = 3
_LONGEST_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    pieces: Pieces
    align: str = ""
    """`left`, `right`, `center`, or empty."""


def table_rows(head: Sequence[Cell], body: Sequence[Sequence[Cell]], width: int) -> list[Pieces]:
    """Draw a table in so many cells; its first row is the head."""
    widths = _widths((head, *body), width)
    rows = _row(head, widths)
    rows.append([("─┼─".join("─" * cells for cells in widths), "rule")])
    for line in body:
        rows.extend(_row(line, widths))
    return rows


def _widths(lines: Sequence[Sequence[Cell]], width: int) -> list[int]:
    """Share the width: columns that are wider than an equal share give way, down to their longest word if they can."""
    natural = [
        max(LEAST, *(sum(cells_of(text) for text, _ in cell.pieces) for cell in column))
        for column in zip(*lines, strict=True)
    ]
    room = max(len(natural) * LEAST, width - len(GAP) * (len(natural) - 1))
    left, todo = room, sorted(range(len(natural)), key=natural.__getitem__)
    widths = list(natural)
    for position, column in enumerate(todo):
        share = left // (len(todo) - position)
        widths[column] = min(natural[column], max(LEAST, share))
        left -= widths[column]
    return widths


def _row(cells: Sequence[Cell], widths: Sequence[int]) -> list[Pieces]:
    columns = [wrap(cell.pieces, cells_) for cell, cells_ in zip(cells, widths, strict=True)]
    rows: list[Pieces] = []
    nothing: Pieces = ()
    for parts in zip_longest(*columns, fillvalue=nothing):
        row: list[Piece] = []
        for number, (part, cell, room) in enumerate(zip(parts, cells, widths, strict=True)):
            if number:
                row.append((GAP, "rule"))
            row.extend(_aligned(part, cell.align, room))
        rows.append(row)
    return rows


def _aligned(pieces: Pieces, align: str, width: int) -> list[Piece]:
    rest = width - sum(cells_of(text) for text, _ in pieces)
    left = {"right": rest, "center": rest // 2}.get(align, 0)
    blanks = [(" " * count, "") for count in (left, rest - left)]
    return [piece for piece in (blanks[0], *pieces, blanks[1]) if piece[0]]
