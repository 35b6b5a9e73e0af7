"""The pane below a comparison's list: the texts in full, word by word, with all alternatives and who decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from amx_tui.domain.compare import NO_DESCRIPTION, CompareRow, Comparison
from amx_tui.domain.results import Result, decision_word
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.times import exact_time
from amx_tui.ui.screens.compare.columns import counts_text
from amx_tui.ui.screens.compare.lines import FoldedTable, Line, group_of
from amx_tui.ui.widgets.facts import LABEL_LOOK
from amx_tui.ui.widgets.word_marks import SideKind, below, beside, marked_text

__all__ = ["line_content"]

BESIDE_FROM = 100
"""From this width on two sides stand beside each other, below it one below the other."""

Results = Sequence[Result | None]


def line_content(comparison: Comparison, line: Line, results: Results, width: int) -> Content:
    """Everything about one line.

    Args:
        results: The results behind the row in full, one a side; empty while they are being read.
        width: Cells.
    """
    if isinstance(line, FoldedTable):
        name = group_of(line) or ".".join((line.schema_name, line.table_name))
        return Content.assemble(
            (visible(name), "bold $accent"), "\n", counts_text(line), "\n\nenter or z unfolds it"
        )
    lines = [_heading(comparison, line), Content("")]
    if len(line.cells) == 2 and width >= BESIDE_FROM:
        lines.extend(_two_columns(comparison, line, results, width))
    else:
        for index in range(len(line.cells)):
            lines.extend(_one_side(comparison, line, results, index, width))
    return Content("\n").join(lines)


def _heading(comparison: Comparison, row: CompareRow) -> Content:
    loose = "  ≈ equal but for white space and letter case" if row.is_loose else ""
    return Content.assemble(
        (visible(row.target_qname), "bold $accent"), (f"  {comparison.word(row)}{loose}", LABEL_LOOK)
    )


def _two_columns(comparison: Comparison, row: CompareRow, results: Results, width: int) -> Iterator[Content]:
    names = [_name(comparison, index) for index in range(2)]
    yield from beside(names[0], names[1], width)
    yield from beside(_text(row, results, 0), _text(row, results, 1), width)
    yield from beside(_about(results, 0), _about(results, 1), width)


def _one_side(
    comparison: Comparison, row: CompareRow, results: Results, index: int, width: int
) -> Iterator[Content]:
    kind: SideKind = "added" if index else "removed"
    yield from below(_name(comparison, index).plain, _text(row, results, index), kind, width)
    for line in _about(results, index).split(allow_blank=True):
        yield Content("  ") + line
    yield Content("")


def _name(comparison: Comparison, index: int) -> Content:
    newer = "  ● newer: decisions go here" if index == comparison.newer else ""
    return Content.assemble(
        (f"{index + 1} {one_line(comparison.sides[index].name)}", "bold $primary"), (newer, LABEL_LOOK)
    )


def _text(row: CompareRow, results: Results, index: int) -> Content:
    """A side's description in force, marked against the baseline (the baseline against the second side)."""
    texts = [_whole(row, results, side) for side in range(len(row.cells))]
    text, other = texts[index], texts[0 if index else 1]
    if text is None:
        return Content.styled(NO_DESCRIPTION, LABEL_LOOK)
    if other is None or row.status != "diff":
        return Content(visible(text))
    return marked_text(other, text, "added") if index else marked_text(text, other, "removed")


def _whole(row: CompareRow, results: Results, index: int) -> str | None:
    """The description in full once the results are read, till then as much of it as the list has."""
    result = results[index] if index < len(results) else None
    return (result.description or None) if result is not None else row.cells[index].description


def _about(results: Results, index: int) -> Content:
    """Who decided what when, how sure the model was, and all alternatives."""
    result = results[index] if index < len(results) else None
    if result is None:
        return Content("")
    decided = f" by {result.evaluated_by}" if result.evaluated_by else ""
    when = f", {exact_time(result.evaluated_at)}" if result.evaluated_at else ""
    lines = [
        Content(""),
        Content.styled(visible(f"{decision_word(result.evaluation)}{decided}{when}"), LABEL_LOOK),
        Content.styled(visible(f"confidence {result.confidence or 'unknown'}"), LABEL_LOOK),
    ]
    for number, alternative in enumerate(result.alternatives, 1):
        lines.append(Content.assemble((f"{number} ", LABEL_LOOK), visible(alternative.text)))
    return Content("\n").join(lines)
