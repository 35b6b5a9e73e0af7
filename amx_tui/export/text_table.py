"""A comparison as the AMX documentation prints it: columns of a fixed width, descriptions shortened and quoted."""

from __future__ import annotations

import unicodedata
from itertools import takewhile

from amx_tui.domain.cells import cell_width, pad, take_cells
from amx_tui.domain.compare import CompareCell, CompareRow, Comparison
from amx_tui.domain.text import one_line
from amx_tui.export.wording import NEARLY, status_text

__all__ = ["DESCRIPTION_CELLS", "TextTableWriter", "shorten"]

DESCRIPTION_CELLS = 20
"""How many cells of a description are shown, as in the documentation: `"Legacy status flag …"`."""

_GAP = "   "
_FEWEST_CELLS = 8
_BLOCK = 500
_MORE = " …"
_LEFT_TO_RIGHT = "\u200e"
_LOOKED_AT = 8
"""So many characters a cell are looked at in a long description: enough even where signs carry many marks."""


class TextTableWriter:
    """Writes a comparison as a table for a terminal.

    Columns are as wide as the rows need that are known when a line is written: the first 500, then the next.
    A later row that needs more widens the columns from there on.

    Args:
        comparison: Of what.
        description_cells: How many cells of each description to show, eight or more.
    """

    def __init__(self, comparison: Comparison, *, description_cells: int = DESCRIPTION_CELLS) -> None:
        self._comparison = comparison
        self._cells = max(_FEWEST_CELLS, description_cells)
        self._lines: list[tuple[str, ...]] = []
        self._name_width = 0
        # The heading of the first description stands one cell in, over the text and not over its quote.
        headings = [one_line(name) for name in comparison.names]
        self._heading = ("", " " + headings[0], *headings[1:], "status")
        self._side_width = max(cell_width(heading) for heading in self._heading[1:-1])
        self._is_begun = False

    def begin(self) -> str:
        """Nothing yet: the widths of the columns are not known."""
        return ""

    def row(self, row: CompareRow) -> str:
        """Take a row; returns the lines of the rows so far where they are enough, else nothing."""
        self._lines.append(
            (one_line(row.target_qname), *self._shown(row), one_line(status_text(self._comparison, row)))
        )
        return self._flush() if len(self._lines) >= _BLOCK else ""

    def end(self) -> str:
        """Return the remaining lines; without any row, the headings."""
        return self._flush() if self._lines or not self._is_begun else ""

    def _flush(self) -> str:
        for name, *sides, _ in self._lines:
            self._name_width = max(self._name_width, cell_width(name))
            self._side_width = max(self._side_width, *map(cell_width, sides))
        lines = self._lines if self._is_begun else [self._heading, *self._lines]
        self._lines, self._is_begun = [], True
        return "".join(map(self._line, lines))

    def _line(self, cells: tuple[str, ...]) -> str:
        name, *sides, status = cells
        columns = [pad(_kept_apart(name), self._name_width)]
        columns.extend(pad(_kept_apart(side), self._side_width) for side in sides)
        return _GAP.join([*columns, status]).rstrip() + "\n"

    def _shown(self, row: CompareRow) -> list[str]:
        texts = [cell.description for cell in row.cells]
        if len(texts) == 2:
            if row.status == "diff" and texts[0] and texts[1]:
                return [f'"{text}"' for text in self._told_apart(texts[0], texts[1])]
            return [self._quoted(cell) for cell in row.cells]
        return [self._quoted(row.cells[0]), *(self._against(cell, texts[0]) for cell in row.cells[1:])]

    def _against(self, cell: CompareCell, baseline: str | None) -> str:
        """A cell of a pivot: a sign where it says what the baseline says."""
        if cell.description and cell.is_same:
            return "=" if cell.description == baseline else NEARLY
        return self._quoted(cell)

    def _quoted(self, cell: CompareCell) -> str:
        text = cell.description
        return f'"{shorten(text, self._cells)}"' if text else cell.placeholder

    def _told_apart(self, left: str, right: str) -> tuple[str, str]:
        """Shorten two texts that differ; from where they do, if their beginnings look the same."""
        shown = shorten(left, self._cells), shorten(right, self._cells)
        if shown[0] != shown[1]:
            return shown
        flat = one_line(left), one_line(right)
        position = sum(1 for _ in takewhile(lambda signs: signs[0] == signs[1], zip(*flat, strict=False)))
        start = flat[0].rfind(" ", 0, position) + 1 or position
        if flat[0] == flat[1] or not start:
            return shown
        rest = self._cells - cell_width("… ")
        return f"… {shorten(flat[0][start:], rest)}", f"… {shorten(flat[1][start:], rest)}"


def shorten(text: str, cells: int) -> str:
    """Put a text on one line of at most `cells` cells: whole, else as many whole words as fit, and ` …`.

    A first word that does not fit is cut itself.
    """
    start = text.lstrip()
    flat = one_line(start[: cells * _LOOKED_AT])
    is_whole = len(start) <= cells * _LOOKED_AT
    if is_whole and cell_width(flat) <= cells:
        return flat
    kept = take_cells(flat, cells - cell_width(_MORE))
    if len(kept) < len(flat) and flat[len(kept)] != " ":
        words, blank, _ = kept.rpartition(" ")
        if not blank:
            return take_cells(flat, cells - 1) + "…"
        kept = words
    return kept.rstrip() + _MORE


def _kept_apart(cell: str) -> str:
    """End right-to-left text with an invisible mark, or terminals that reorder it would swap two such columns."""
    if cell.isascii() or not any(unicodedata.bidirectional(sign) in {"R", "AL", "AN"} for sign in cell):
        return cell
    return cell + _LEFT_TO_RIGHT
