"""What a page reads of each side's result, beside the description that is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.compare import CompareCell
from amx_tui.domain.results import decision_state
from amx_tui.store.comparisons.texts import alternatives_count, as_text, stored_drafts
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["CELL_TEXT", "Cells"]

CELL_TEXT = 4_000
"""Characters of a description that a page carries; rows read one by one, and exports, have all of it."""
_NO_DRAFTS = frozenset({"", "[]", "{}", "null", '""'})
"""What is stored where nothing was drafted."""
_ENOUGH = 16
"""Characters of what is stored in place of the drafts, by which to tell."""
_NAMES = ("confidence", "evaluation", "evaluated_by", "evaluated_at", "version", "target_qname")


@dataclass(frozen=True)
class Cells:
    """The columns of the cells of a comparison's pages.

    Attributes:
        is_full: Whether long descriptions are read in full.
    """

    tables: Tables
    is_full: bool = False

    def facts(self, tables: Tables) -> list[tuple[str, sa.ColumnElement[Any]]]:
        """Return the columns by their names; `tables` has the side's results, which may be an alias."""
        columns = [(name, tables.result_column(name)) for name in _NAMES]
        known = [(name, sa.null() if column is None else column) for name, column in columns]
        drafts = sa.func.substr(stored_drafts(tables), 1, _ENOUGH, type_=sa.Text)
        return [("alternatives", alternatives_count(tables)), ("drafts", drafts), *known]

    def shown(self, description: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return a description as far as a page carries it; one character more says whether there is more."""
        if self.tables.backend_name == "mysql":
            description = as_text(description)
        return description if self.is_full else sa.func.substr(description, 1, CELL_TEXT + 1, type_=sa.Text)

    def read(self, row: sa.RowMapping, side: int) -> CompareCell:
        """Read a side's cell from the columns `description_0`, `id_0`, `same_0` and the facts, numbered likewise."""
        result_id, text = row[f"id_{side}"], row[f"description_{side}"]
        if result_id is None:
            return CompareCell(is_same=bool(row[f"same_{side}"]))
        description = None if text is None else text_of(text)
        amount = row[f"alternatives_{side}"] or 0
        is_cut = not self.is_full and description is not None and len(description) > CELL_TEXT
        return CompareCell(
            result_id=text_of(result_id),
            description=description[:CELL_TEXT] if is_cut and description else description,
            alternatives_count=amount,
            confidence=text_of(row[f"confidence_{side}"]),
            evaluation=decision_state(text_of(row[f"evaluation_{side}"])),
            evaluated_by=text_of(row[f"evaluated_by_{side}"]),
            evaluated_at=row[f"evaluated_at_{side}"],
            version=row[f"version_{side}"],
            is_same=bool(row[f"same_{side}"]),
            is_cut=is_cut,
            is_unreadable=not amount and "".join(text_of(row[f"drafts_{side}"]).split()) not in _NO_DRAFTS,
        )
