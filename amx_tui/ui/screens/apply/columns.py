"""The columns of a plan: the asset, what becomes of it, and its comment now against what it would be."""

from __future__ import annotations

from collections.abc import Sequence

from amx_tui.domain.names import join_name
from amx_tui.ui.screens.apply.rows import ApplyRow
from amx_tui.ui.widgets.row_list import Column
from amx_tui.ui.widgets.word_marks import cell_pieces, woven_pieces

__all__ = ["BESIDE_FROM", "NO_COMMENT", "apply_columns", "table_of"]

BESIDE_FROM = 120
"""From this width of the terminal on the texts stand beside each other, in the list and below it."""
NO_COMMENT = "(no comment)"
_MARGINS = 2
Piece = tuple[str, str]


def table_of(row: ApplyRow) -> str:
    """The table that a comment belongs to, which is its group in the list."""
    return join_name([row.item.name.schema_name, row.item.name.table_name])


def apply_columns() -> tuple[Column[ApplyRow], ...]:
    """Name, state and texts, in wide and narrow forms."""
    beside = BESIDE_FROM - _MARGINS
    return (
        Column("asset", _name, 26, from_width=90),
        Column("asset", _name, 18, below_width=90),
        Column("state", lambda row: row.word, 20, tone=lambda row: row.tone, from_width=70),
        Column("", lambda row: row.word[:1], 1, tone=lambda row: row.tone, below_width=70),
        Column("comment now", _no_text, from_width=beside, pieces=_old_pieces),
        Column("would become", _no_text, from_width=beside, pieces=_new_pieces),
        Column("comment", _no_text, below_width=beside, pieces=_either_pieces),
    )


def _no_text(row: ApplyRow) -> str:
    return ""


def _name(row: ApplyRow) -> str:
    return row.item.name.column_name or ("(table)" if row.item.name.table_name else "(schema)")


def _is_same(row: ApplyRow) -> bool:
    return row.item.comment == row.item.new_comment


def _old_pieces(row: ApplyRow) -> Sequence[Piece]:
    old, new = row.item.comment, row.item.new_comment
    if not old or row.item.state == "missing":
        return [(NO_COMMENT if row.item.state != "missing" else "", "muted")]
    if _is_same(row):
        return [(old, "muted")]
    return cell_pieces(old, new, "removed") if new else [(old, "removed")]


def _new_pieces(row: ApplyRow) -> Sequence[Piece]:
    old, new = row.item.comment, row.item.new_comment
    if _is_same(row):
        return [("= the same", "muted")]
    if not new:
        return [(NO_COMMENT, "muted")]
    return cell_pieces(old, new, "added") if old else [(new, "")]


def _either_pieces(row: ApplyRow) -> Sequence[Piece]:
    old, new = row.item.comment, row.item.new_comment
    if _is_same(row):
        return [(new, "muted")]
    return woven_pieces(old, new) if old and new else [(new or old, "" if new else "removed")]
