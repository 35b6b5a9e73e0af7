"""Reports as terminal text: aligned by the cells that characters take, safe to draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from amx_tui.domain.cells import cell_width, pad
from amx_tui.domain.report import Block, Check, Checks, Code, Facts, Grid, Paragraph, check_sign
from amx_tui.domain.text import one_line, visible

__all__ = ["Printer", "wants_colour"]

_GAP = "  "
_BOLD, _DIM, _GREEN, _YELLOW, _RED, _RESET = (
    "\x1b[1m",
    "\x1b[2m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[31m",
    "\x1b[0m",
)
_STATES = {"ok": _GREEN, "warning": _YELLOW, "failed": _RED, "skipped": _DIM}
_STATUSES = {"success": _GREEN, "failed": _RED, "cancelled": _DIM, "running": _YELLOW}


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether colours go to `stream`: only to a terminal that has some, and not under NO_COLOR."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM", "") not in {"", "dumb"}


class Printer:
    """Writes blocks to a stream, an empty line between any two.

    A grid without headings goes on with the one before it, so that a long list can be printed in pieces.

    Args:
        stream: Where to.
        has_colour: Whether the stream is a terminal that shows colours.
    """

    def __init__(self, stream: TextIO, *, has_colour: bool) -> None:
        self._stream = stream
        self._has_colour = has_colour
        self._is_first = True
        self._widths: list[int] = []
        self._status = -1

    def print(self, block: Block) -> None:
        """Write one block."""
        lines = list(self._lines(block))
        if not lines:
            return
        goes_on = isinstance(block, Grid) and not block.headings
        if not self._is_first and not goes_on:
            lines.insert(0, "")
        self._is_first = False
        self._stream.write("\n".join(lines) + "\n")
        self._stream.flush()

    def _lines(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph():
                yield from visible(block.text).splitlines()
            case Code():
                yield from visible(block.text).split("\n")
            case Facts():
                yield from self._titled(block.title)
                yield from self._facts(block.rows)
            case Grid():
                yield from self._titled(block.title)
                yield from self._grid(block)
            case Checks():
                yield from self._titled(block.title)
                for check in block.checks:
                    yield from self._check(check)

    def _titled(self, title: str) -> Iterator[str]:
        if title:
            yield self._styled(one_line(title), _BOLD)

    def _facts(self, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
        labels = [one_line(label) for label, _ in rows]
        width = max((cell_width(label) for label in labels), default=0)
        for label, (_, value) in zip(labels, rows, strict=True):
            first, *others = visible(value).split("\n")
            yield f"{self._styled(pad(label, width), _DIM)}{_GAP}{first}".rstrip()
            yield from (f"{' ' * width}{_GAP}{line}".rstrip() for line in others)

    def _grid(self, grid: Grid) -> Iterator[str]:
        if not grid.rows:
            if grid.empty:
                yield visible(grid.empty)
            return
        rows = [[one_line(cell) for cell in row] for row in grid.rows]
        headings = [one_line(heading) for heading in grid.headings]
        if headings:
            self._widths = [cell_width(heading) for heading in headings]
            self._status = headings.index("status") if "status" in headings else -1
        self._widths = [
            max(width, *(cell_width(row[column]) for row in rows))
            for column, width in enumerate(self._widths)
        ]
        if headings:
            yield self._styled(self._row(grid, headings), _BOLD)
        for row in rows:
            colour = _STATUSES.get(row[self._status], "") if self._status >= 0 else ""
            yield self._row(grid, row, colour)

    def _row(self, grid: Grid, cells: Sequence[str], colour: str = "") -> str:
        parts = [
            pad(cell, width, right=column in grid.right)
            for column, (cell, width) in enumerate(zip(cells, self._widths, strict=True))
        ]
        parts[-1] = parts[-1].rstrip()
        if colour:
            parts[self._status] = self._styled(parts[self._status], colour)
        return _GAP.join(parts).rstrip()

    def _check(self, check: Check) -> Iterator[str]:
        sign = self._styled(check_sign(check.state), _STATES[check.state])
        first, *others = visible(check.message).split("\n") or [""]
        yield f"{sign} {one_line(check.name)}: {first}".rstrip()
        yield from (f"  {line}" for line in others)
        yield from (f"  · {one_line(detail)}" for detail in check.details)
        if check.hint:
            yield from (f"  → {line}" if number == 0 else f"    {line}"
                        for number, line in enumerate(visible(check.hint).split("\n")))  # fmt: skip

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self._has_colour and text else text
