"""The columns of a comparison: the asset, what each side says with its words marked, the status."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from amx_tui.domain.compare import NO_DESCRIPTION, Comparison, status_sign
from amx_tui.domain.names import join_name
from amx_tui.export.wording import status_text
from amx_tui.ui.screens.compare.lines import FoldedTable, Line
from amx_tui.ui.widgets.row_list import Column
from amx_tui.ui.widgets.word_marks import SideKind, cell_pieces

__all__ = ["STATUS_TONES", "compare_columns", "counts_text"]

STATUS_TONES = {
    "same": "muted",
    "diff": "warning",
    "left_only": "accent",
    "right_only": "accent",
    "neither": "muted",
}
BESIDE_FROM = 110
"""From this width of the list on the sides stand beside each other."""


def compare_columns(comparison: Comparison) -> tuple[Column[Line], ...]:
    """The columns for a comparison's sides: beside each other where there is room, else one text with the marks."""
    sides = [
        Column(
            side.name,
            _no_text,
            from_width=BESIDE_FROM,
            pieces=partial(_side_pieces, index),
        )
        for index, side in enumerate(comparison.sides)
    ]
    return (
        Column("asset", _name, 28, from_width=90, tone=_name_tone),
        Column("asset", _name, 22, below_width=90, tone=_name_tone),
        *sides,
        Column("description", _no_text, below_width=BESIDE_FROM, pieces=_either_pieces),
        Column("status", partial(_status, comparison), 16, tone=_status_tone),
    )


def counts_text(line: FoldedTable) -> str:
    """How the assets of a folded table divide."""
    counts = line.counts
    if counts is None:
        return ""
    shown = (
        ("≠", counts.diff),
        ("+", counts.left_only + counts.right_only),
        ("=", counts.same),
        ("∅", counts.neither),
    )
    return "  ".join(f"{sign} {count}" for sign, count in shown if count)


def _no_text(line: Line) -> str:
    return ""


def _name(line: Line) -> str:
    if isinstance(line, FoldedTable):
        return f"▸ {join_name((line.schema_name, line.table_name))}"
    return line.column_name or ("(table)" if line.table_name else "(schema)")


def _name_tone(line: Line) -> str:
    return "group" if isinstance(line, FoldedTable) else ""


def _side_pieces(index: int, line: Line) -> Sequence[tuple[str, str]]:
    """What one side says, with the words marked that its counterpart lacks: the baseline, or for it the second side."""
    if isinstance(line, FoldedTable):
        return [(counts_text(line), "muted")] if index == 0 else []
    text = line.cells[index].description
    if text is None:
        return [(NO_DESCRIPTION, "muted")]
    kind: SideKind = "added" if index else "removed"
    other = line.cells[0 if index else 1].description
    if line.status != "diff" or other is None:
        return [(text, "")]
    return cell_pieces(other, text, kind) if index else cell_pieces(text, other, kind)


def _either_pieces(line: Line) -> Sequence[tuple[str, str]]:
    """Where there is room for one text only: the last side that says something, marked against the baseline."""
    if isinstance(line, FoldedTable):
        return [(counts_text(line), "muted")]
    index = next(
        (index for index in range(len(line.cells) - 1, -1, -1) if line.cells[index].description), None
    )
    return [(NO_DESCRIPTION, "muted")] if index is None else _side_pieces(index, line)


def _status(comparison: Comparison, line: Line) -> str:
    if isinstance(line, FoldedTable):
        return f"{line.counts.total} assets" if line.counts is not None else ""
    return f"{status_sign(line.status)} {status_text(comparison, line)}"


def _status_tone(line: Line) -> str:
    return "muted" if isinstance(line, FoldedTable) else STATUS_TONES[line.status]
