"""Where the lines of a long text are broken on the screen, kept up to date key by key.

Textual's own counts all lines anew for every line that it draws, and moves every line below when one is broken
differently; with 5,000 lines that is most of what a key costs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, overload

from textual._wrap import compute_wrap_offsets
from textual.document._document import DocumentBase, Location
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths

from amx_tui.ui.widgets.editor.document import shown_line

__all__ = ["WrappedText"]


class WrappedText(WrappedDocument):
    """A text, broken at a width."""

    def __init__(self, document: DocumentBase, width: int = 0, tab_width: int = 4) -> None:
        self._starts: list[int] = [0]
        """The row of the screen at which each line begins, and that behind the last one."""
        super().__init__(document, width, tab_width)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Break all lines.

        Args:
            width: Cells; 0 breaks none.
            tab_width: Cells of a tab.
        """
        tab_width = tab_width or self._tab_width
        is_kept = len(self._wrap_offsets) == self.document.line_count
        if is_kept and (width, tab_width) == (self._width, self._tab_width):
            # Resizing asks for it several times; edits are followed by `wrap_range`.
            return
        self._width, self._tab_width = width, tab_width
        broken = [self._break(line) for line in self.document.lines]
        self._wrap_offsets = [offsets for offsets, _ in broken]
        self._tab_width_cache = [tabs for _, tabs in broken]
        self._count()

    def _break(self, line: str) -> tuple[list[int], list[int]]:
        """Where a line is broken, and the widths of its tabs."""
        width = self._width
        if line.isascii() and line.isprintable():
            return (_broken(line, width) if 0 < width < len(line) else []), []
        line = shown_line(line)
        sections = get_tab_widths(line, self._tab_width)
        offsets = (
            compute_wrap_offsets(line, width, self._tab_width, precomputed_tab_sections=sections)
            if width
            else []
        )
        return offsets, [cells for _, cells in sections]

    def _count(self) -> None:
        self._starts = [0, *accumulate(len(offsets) + 1 for offsets in self._wrap_offsets)]
        # What Textual's own methods look up in lists is worked out when they ask.
        self._offset_to_line_info = _Rows(self._starts)  # type: ignore[assignment]
        self._line_index_to_offsets = _RowsOfLines(self._starts)  # type: ignore[assignment]

    @property
    def height(self) -> int:
        """The rows of the screen that the text takes."""
        return self._starts[-1]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Break anew what an edit, which is done already, has changed.

        Args:
            start: Where it began.
            old_end: Where what it replaced ended.
            new_end: Where what it put there ends.
        """
        top = min(start[0], old_end[0])
        old_last = max(start[0], old_end[0])
        new_last = max(top, new_end[0])
        broken = [self._break(line) for line in self.document.lines[top : new_last + 1]]
        offsets = [each for each, _ in broken]
        is_moved = list(map(len, offsets)) != list(map(len, self._wrap_offsets[top : old_last + 1]))
        self._wrap_offsets[top : old_last + 1] = offsets
        self._tab_width_cache[top : old_last + 1] = [tabs for _, tabs in broken]
        if is_moved:
            self._count()

    def get_sections(self, line_index: int) -> list[str]:
        """A line as it is drawn, in the pieces in which it is broken."""
        line = shown_line(self.document[line_index])
        bounds = [0, *self._wrap_offsets[line_index], len(line)]
        return [line[start:end] for start, end in pairwise(bounds)]


def _broken(line: str, width: int) -> list[int]:
    """Break a line of plain signs behind its blanks, else where the width ends."""
    offsets = []
    start, end = 0, len(line)
    while end - start > width:
        cut = line.rfind(" ", start, start + width + 1) + 1
        start = cut if cut > start else start + width
        offsets.append(start)
    return offsets


class _Rows(Sequence[tuple[int, int]]):
    """For each row of the screen the line that it shows, and which of its pieces."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, index: int) -> tuple[int, int]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, int]]: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(index)
        line = bisect_right(self._starts, row) - 1
        return line, row - self._starts[line]


class _RowsOfLines(Sequence[range]):
    """For each line the rows of the screen that show it."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> range: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[range]: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        line = index + len(self) if index < 0 else index
        if not 0 <= line < len(self):
            raise IndexError(index)
        return range(self._starts[line], self._starts[line + 1])
