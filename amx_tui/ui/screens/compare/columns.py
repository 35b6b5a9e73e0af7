"""The columns of a comparison: the asset, what each side says with its words marked, the status."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from amx_tui.domain.compare import (
    CompareRow,
    CompareStatus,
    Comparison,
    TableCounts,
    status_sign,
)
from amx_tui.domain.results import decision_word
from amx_tui.export.wording import status_text
from amx_tui.ui.screens.compare.lines import FoldedTable, Line, table_name
from amx_tui.ui.widgets.row_list import Column
from amx_tui.ui.widgets.word_marks import SideKind, cell_pieces, unblank, woven_pieces

__all__ = ["BESIDE_FROM", "STATUS_TONES", "assets", "compare_columns", "counts_text", "short_status"]

STATUS_TONES: dict[CompareStatus, str] = {
    "same": "muted",
    "diff": "warning",
    "left_only": "accent",
    "right_only": "accent",
    "neither": "muted",
}
BESIDE_FROM = 120
"""From this width of the terminal on the sides stand beside each other, in the list and below it."""
_MARGINS = 2
STATUS_CELLS = 18
SHORTEST_SIDE = 14
"""Cells of a side's column below which there are too many sides to stand beside each other."""
Piece = tuple[str, str]


def compare_columns(comparison: Comparison) -> tuple[Column[Line], ...]:
    """The columns for a comparison's sides: beside each other where there is room, else woven into one."""
    sides_from = max(BESIDE_FROM - _MARGINS, 54 + (SHORTEST_SIDE + 2) * len(comparison.sides))
    sides = [
        Column(
            f"{index + 1} {side.name}",
            _no_text,
            from_width=sides_from,
            pieces=partial(_side_pieces, comparison, index),
        )
        for index, side in enumerate(comparison.sides)
    ]
    return (
        Column("asset", _name, 28, from_width=90, tone=_name_tone),
        Column("asset", _name, 22, from_width=70, below_width=90, tone=_name_tone),
        Column("asset", _name, 16, below_width=70, tone=_name_tone),
        *sides,
        Column("description", _no_text, below_width=sides_from, pieces=partial(_either_pieces, comparison)),
        Column("status", partial(_status, comparison), STATUS_CELLS, tone=_status_tone),
    )


def counts_text(counts: TableCounts | None) -> str:
    """How the assets of a table divide: `≠ 3  + 1  = 14`."""
    if counts is None:
        return ""
    shown = (
        ("≠", counts.diff),
        ("+", counts.left_only + counts.right_only),
        ("=", counts.same),
        ("∅", counts.neither),
    )
    return "  ".join(f"{sign} {count:,}" for sign, count in shown if count)


def assets(count: int) -> str:
    """`1 asset`, `12 assets`."""
    return f"{count:,} asset{'' if count == 1 else 's'}"


def short_status(comparison: Comparison, row: CompareRow) -> str:
    """A row's status in the cells there are for it; sides with long names go by their number."""
    word = f"{status_sign(row.status)} {status_text(comparison, row)}"
    if len(word) <= STATUS_CELLS - 2:
        return word
    described = [str(index) for index, cell in enumerate(row.cells, 1) if cell.description]
    return f"{status_sign(row.status)} {','.join(described)} added"


def _no_text(line: Line) -> str:
    return ""


def _name(line: Line) -> str:
    if isinstance(line, FoldedTable):
        return f"▸ {table_name(line)}"
    return line.column_name or ("(table)" if line.table_name else "(schema)")


def _name_tone(line: Line) -> str:
    return "group" if isinstance(line, FoldedTable) else ""


def _side_pieces(comparison: Comparison, index: int, line: Line) -> Sequence[Piece]:
    """What one side says, with the words marked that its counterpart lacks: the baseline, or for it the second side."""
    if isinstance(line, FoldedTable):
        return [(counts_text(line.counts), "muted")] if index == 0 else []
    text = line.cells[index].description
    if text is None:
        return [(line.cells[index].placeholder, "muted")]
    if comparison.is_pivot and index and text == line.cells[0].description:
        return [("= ", "muted"), (unblank(text), "muted")]
    other = line.cells[0 if index else 1].description
    if line.status != "diff" or other is None or (comparison.is_pivot and not index):
        return [(unblank(text), "")]
    kind: SideKind = "added" if index else "removed"
    return cell_pieces(other, text, kind) if index else cell_pieces(text, other, kind)


def _either_pieces(comparison: Comparison, line: Line) -> Sequence[Piece]:
    """Where there is room for one text: the baseline and the first side that says something else, woven."""
    if isinstance(line, FoldedTable):
        return [(counts_text(line.counts), "muted")]
    texts = [cell.description for cell in line.cells]
    first = texts[0]
    other = next((text for text in texts[1:] if text and text != first), None)
    if first and other and line.status == "diff":
        return woven_pieces(first, other)
    text = first or other
    return [(unblank(text), "")] if text else [(line.cells[0].placeholder, "muted")]


def _status(comparison: Comparison, line: Line) -> str:
    if isinstance(line, FoldedTable):
        return assets(line.counts.total) if line.counts is not None else ""
    decision = line.cells[comparison.newer].evaluation
    sign = decision_word(decision)[0] if decision != "pending" else ""
    return f"{short_status(comparison, line)} {sign}"


def _status_tone(line: Line) -> str:
    return "muted" if isinstance(line, FoldedTable) else STATUS_TONES[line.status]
