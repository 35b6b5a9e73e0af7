"""Drawing a report: its blocks as styled text, and as plain text for the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Block, Check, Checks, Code, Facts, Grid, Paragraph, Report, check_sign
from amx_tui.domain.text import one_line, visible
from amx_tui.ui.widgets.cells import fit
from amx_tui.ui.widgets.facts import LEAST_VALUE_CELLS, fact_lines

__all__ = ["error_content", "plain_text", "report_content"]

_LOOKS = {
    "ok": "$text-success",
    "warning": "$text-warning",
    "failed": "$text-error",
    "skipped": "$foreground 60%",
}
WIDEST_CELL = 60
_NAME_CELLS = 18
_ROOMY = 70
"""Cells from which on the texts of checks stand beside their names."""
_ENDLESS = 1_000_000


def report_content(report: Report, width: int = 0) -> Content:
    """All blocks of a report, one below the other.

    Args:
        width: Cells of a line; what is longer goes on below its beginning. 0 breaks nothing.
    """
    blocks = [Content("\n").join(_block(block, width)) for block in report.blocks]
    return Content("\n\n").join(blocks)


def plain_text(report: Report) -> str:
    """A report without its looks."""
    return f"{report.title}\n\n{report_content(report).plain}\n"


def error_content(error: AmxError) -> Content:
    """An error with what to do next."""
    lines = [Content.styled(error.title, "bold $text-error"), Content(""), Content(visible(error.message))]
    if error.hint:
        lines.extend((Content(""), Content.styled(visible(error.hint), "$text-accent")))
    lines.extend((Content(""), Content.styled("r tries again, esc goes back", "$foreground 60%")))
    return Content("\n").join(lines)


def _block(block: Block, width: int) -> Iterator[Content]:
    match block:
        case Paragraph(text):
            yield Content(visible(text))
        case Code(text):
            yield from (Content(visible(line)) for line in text.splitlines())
        case Facts(rows, title):
            yield from _title(title)
            widest = max((cell_len(label) for label, _ in rows), default=0)
            for label, value in rows:
                yield from fact_lines(label, value, widest + 1, width or _ENDLESS)
        case Grid():
            yield from _grid(block)
        case Checks(checks, title):
            yield from _title(title)
            for check in checks:
                yield from _check(check, width)


def _title(title: str) -> Iterator[Content]:
    if title:
        yield Content.styled(title, "bold $primary")


def _grid(grid: Grid) -> Iterator[Content]:
    yield from _title(grid.title)
    if not grid.rows:
        yield Content.styled(grid.empty or "nothing", "$foreground 60%")
        return
    table = [[one_line(cell) for cell in row] for row in grid.rows]
    widths = [
        min(WIDEST_CELL, max(cell_len(heading), *(cell_len(row[index]) for row in table)))
        for index, heading in enumerate(grid.headings)
    ]
    aligns = ["right" if index in grid.right else "left" for index in range(len(grid.headings))]
    yield Content.styled(
        "  ".join(
            fit(heading, width, "right" if align == "right" else "left")
            for heading, width, align in zip(grid.headings, widths, aligns, strict=True)
        ),
        "bold $foreground 60%",
    )
    for row in table:
        yield Content(
            "  ".join(
                fit(cell, width, "right" if align == "right" else "left")
                for cell, width, align in zip(row, widths, aligns, strict=True)
            ).rstrip()
        )


def _check(check: Check, width: int) -> Iterator[Content]:
    name = fit(check.name, _NAME_CELLS) if len(check.name) <= _NAME_CELLS else check.name
    head = Content.assemble(
        (f"{check_sign(check.state)} ", f"bold {_LOOKS[check.state]}"), (f"{name}  ", "bold")
    )
    # Where there is little room, the texts stand below the name.
    indent = _NAME_CELLS + 4 if not width or width >= _ROOMY else 2
    beside = max(head.cell_length, indent)
    message = Content(visible(check.message))
    if not width or beside + message.cell_length <= width:
        yield head + message
    elif head.cell_length <= indent:
        first, *others = _broken(message, width - indent)
        yield head + first
        yield from (Content(" " * indent) + line for line in others)
    else:
        yield head.rstrip()
        yield from (Content(" " * indent) + line for line in _broken(message, width - indent))
    for detail in check.details:
        first, *others = _broken(Content(visible(detail)), width and width - indent - 2)
        yield Content.assemble(" " * indent, ("· ", "$foreground 60%")) + first
        yield from (Content(" " * (indent + 2)) + line for line in others)
    if check.hint:
        hint = Content.styled(visible(check.hint), "$text-accent")
        yield from (Content(" " * indent) + line for line in _broken(hint, width and width - indent))


def _broken(text: Content, room: int) -> list[Content]:
    """Break a text to lines of so many cells; 0 breaks it only where it is broken."""
    room = max(LEAST_VALUE_CELLS, room) if room else _ENDLESS
    return [row for line in text.split(allow_blank=True) for row in line.wrap(room)] or [Content("")]
