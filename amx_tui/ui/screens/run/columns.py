"""The columns of a run's results."""

from __future__ import annotations

from amx_tui.domain.names import join_name
from amx_tui.domain.results import UNREADABLE, Result, decision_word
from amx_tui.ui.widgets.row_list import Column

__all__ = ["result_columns", "table_of"]

_DECISION_TONES = {"pending": "muted", "accepted": "success", "custom": "accent", "skipped": "error"}
_CONFIDENCE_TONES = {"high": "success", "low": "warning"}


def table_of(result: Result) -> str:
    """The table that a result belongs to, which is its group in the list."""
    return join_name([result.schema_name, result.table_name])


def _name(result: Result) -> str:
    return result.column_name or ("(table)" if result.table_name else "(schema)")


def _description(result: Result) -> str:
    if result.description is not None:
        return result.description
    if result.evaluation == "skipped":
        return f"rejected: {result.rejection_reason}" if result.rejection_reason else "rejected"
    if result.unreadable:
        return UNREADABLE
    return f"failed: {result.error_text}" if result.error_text else "nothing was drafted"


def result_columns() -> tuple[Column[Result], ...]:
    """Name, decision, confidence and description, in wide and narrow forms."""

    def decision_tone(result: Result) -> str:
        return _DECISION_TONES[result.evaluation]

    return (
        Column("name", _name, 26, from_width=90),
        Column("name", _name, 20, below_width=90),
        Column("", lambda result: decision_word(result.evaluation)[0], 1, tone=decision_tone, below_width=90),
        Column(
            "decision", lambda result: decision_word(result.evaluation), 10, tone=decision_tone, from_width=90
        ),
        Column(
            "conf.",
            lambda result: result.confidence or "–",
            6,
            tone=lambda result: _CONFIDENCE_TONES.get(result.confidence, ""),
        ),
        Column(
            "description",
            _description,
            tone=lambda result: (
                "muted" if result.is_superseded else "" if result.description is not None else "error"
            ),
        ),
    )
