"""The pane below a comparison's list: the texts in full, word by word, with all alternatives and who decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from amx_tui.domain.compare import CompareCell, CompareRow, Comparison, status_sign
from amx_tui.domain.results import Result, decision_word
from amx_tui.domain.text import one_line, visible
from amx_tui.domain.times import exact_time
from amx_tui.export.wording import status_text
from amx_tui.ui.screens.compare.columns import assets, counts_text
from amx_tui.ui.screens.compare.lines import FoldedTable, Line, table_name
from amx_tui.ui.widgets.facts import LABEL_LOOK
from amx_tui.ui.widgets.word_marks import BULLET, EASY, beside, marked_text, unblank, woven_text, wrapped

__all__ = ["line_content"]

Results = Sequence[Result | None]


def line_content(
    comparison: Comparison, line: Line, results: Results, width: int, *, is_beside: bool
) -> Content:
    """Everything about one line.

    Args:
        results: The results behind the row in full, one a side; empty while they are being read.
        width: Cells.
        is_beside: Whether two sides stand beside each other; else they are woven into one text.
    """
    if isinstance(line, FoldedTable):
        total = assets(line.counts.total) if line.counts is not None else ""
        return Content.assemble(
            (visible(table_name(line)), "bold $accent"),
            (f"  {total}  {counts_text(line.counts)}", LABEL_LOOK),
            "\n\nenter or z unfolds it",
        )
    lines = [_heading(comparison, line), Content("")]
    if len(line.cells) > 2:
        for index in range(len(line.cells)):
            lines.extend(_one_side(comparison, line, results, index, width))
    elif is_beside:
        lines.extend(_two_columns(comparison, line, results, width))
    else:
        lines.extend(_woven(comparison, line, results, width))
    return Content("\n").join(lines)


def _heading(comparison: Comparison, row: CompareRow) -> Content:
    loose = "  ≈ equal but for white space and letter case" if row.is_loose else ""
    status = f"{status_sign(row.status)} {status_text(comparison, row)}"
    return Content.assemble(
        (visible(row.target_qname), "bold $accent"), (f"  {one_line(status)}{loose}", LABEL_LOOK)
    )


def _two_columns(comparison: Comparison, row: CompareRow, results: Results, width: int) -> Iterator[Content]:
    yield from beside(_name(comparison, 0), _name(comparison, 1), width)
    yield from beside(_text(row, results, 0), _text(row, results, 1), width)
    yield from beside(Content(""), Content(""), width)
    yield from beside(_about(results, 0), _about(results, 1), width)


def _woven(comparison: Comparison, row: CompareRow, results: Results, width: int) -> Iterator[Content]:
    """Both texts in one, then what is known of each."""
    left, right = (_whole(row, results, side) for side in range(2))
    if left and right:
        is_marked = left != right and _is_quick(left, right, results)
        yield from wrapped(woven_text(left, right) if is_marked else _plain(right, row.cells[1]), width)
    else:
        yield from wrapped(_plain(left or right, row.cells[0]), width)
    for index in range(2):
        yield Content("")
        yield from wrapped(_name(comparison, index), width)
        if row.cells[index].description is None:
            yield _plain(None, row.cells[index])
        yield from wrapped(_about(results, index), width)


def _one_side(
    comparison: Comparison, row: CompareRow, results: Results, index: int, width: int
) -> Iterator[Content]:
    yield from wrapped(_name(comparison, index), width)
    same = index > 0 and row.cells[index].description is not None and row.cells[index].is_same
    for part in (_text(row, results, index), _about(results, index)):
        for number, line in enumerate(wrapped(part, max(8, width - 2))):
            sign = "= " if same and number == 0 and part.plain else "  "
            yield Content.styled(sign, LABEL_LOOK) + line
        same = False
    yield Content("")


def _name(comparison: Comparison, index: int) -> Content:
    newer = "  ● newer: decisions go here" if index == comparison.newer else ""
    return Content.assemble(
        (f"{index + 1} {one_line(comparison.sides[index].name)}", "bold $primary"), (newer, LABEL_LOOK)
    )


def _text(row: CompareRow, results: Results, index: int) -> Content:
    """A side's description in force, marked against the baseline (the baseline against the second side)."""
    text = _whole(row, results, index)
    other = _whole(row, results, 0 if index else 1)
    is_baseline_of_many = len(row.cells) > 2 and not index
    if not text or not other or text == other or is_baseline_of_many or not _is_quick(text, other, results):
        return _plain(text, row.cells[index])
    return marked_text(other, text, "added") if index else marked_text(text, other, "removed")


def _plain(text: str | None, cell: CompareCell) -> Content:
    return Content(visible(unblank(text))) if text else Content.styled(cell.placeholder, LABEL_LOOK)


def _is_quick(left: str, right: str, results: Results) -> bool:
    """Whether the words are marked at once: long texts have been compared once their results are here, not before."""
    return bool(results) or len(left) + len(right) <= EASY


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
    why = f": {result.rejection_reason}" if result.rejection_reason else ""
    failed = f"  failed: {result.error_text}" if result.error_text else ""
    facts = (
        f"{decision_word(result.evaluation)}{decided}{when}{why}",
        f"confidence {result.confidence or 'unknown'}{failed}",
    )
    lines = [Content.styled(visible(fact), LABEL_LOOK) for fact in facts]
    for alternative in result.alternatives:
        # No numbers: those are keys here, which take a side.
        score = f"  ({alternative.score:.3f})" if alternative.score is not None else ""
        lines.append(Content.assemble((BULLET, LABEL_LOOK), visible(alternative.text), (score, LABEL_LOOK)))
    return Content("\n").join(lines)
