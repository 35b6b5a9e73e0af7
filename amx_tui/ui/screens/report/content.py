"""Drawing a report: its blocks as styled text, and as plain text for the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Block, Check, Checks, Code, Facts, Grid, Paragraph, Report, check_sign
from amx_tui.domain.text import one_line, visible
from amx_tui.ui.widgets.cells import fit

__all__ = ["error_content", "plain_text", "report_content"]

_LOOKS = {
    "ok": "$text-success",
    "warning": "$text-warning",
    "failed": "$text-error",
    "skipped": "$foreground 60%",
}
WIDEST_CELL = 60


def report_content(report: Report) -> Content:
    """All blocks of a report, one below the other."""
    blocks = [Content("\n").join(_block(block)) for block in report.blocks]
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


def _block(block: Block) -> Iterator[Content]:
    match block:
        case Paragraph(text):
            yield Content(visible(text))
        case Code(text):
            yield from (Content(visible(line)) for line in text.splitlines())
        case Facts(rows, title):
            yield from _title(title)
            widest = max((cell_len(label) for label, _ in rows), default=0)
            for label, value in rows:
                yield Content.assemble((fit(label, widest) + "  ", "$foreground 60%"), visible(value))
        case Grid():
            yield from _grid(block)
        case Checks(checks, title):
            yield from _title(title)
            for check in checks:
                yield from _check(check)


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


def _check(check: Check) -> Iterator[Content]:
    yield Content.assemble(
        (f"{check_sign(check.state)} ", f"bold {_LOOKS[check.state]}"),
        (fit(check.name, 18) + "  " if len(check.name) <= 18 else f"{check.name}  ", "bold"),
        visible(check.message),
    )
    for detail in check.details:
        yield Content.assemble((f"{'':<20}· ", "$foreground 60%"), visible(detail))
    if check.hint:
        yield from (
            Content.styled(f"{'':<22}{line}", "$text-accent") for line in visible(check.hint).splitlines()
        )
