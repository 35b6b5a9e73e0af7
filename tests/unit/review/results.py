"""Results for tests of reviews, called like their assets."""

from __future__ import annotations

from datetime import UTC, datetime

from amx_tui.domain.names import split_name
from amx_tui.domain.results import Alternative, DecisionState, Result

__all__ = ["NOON", "result"]

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def result(
    name: str,
    *,
    version: int | None = 1,
    evaluation: DecisionState = "pending",
    chosen: str | None = None,
    evaluated_by: str = "",
    evaluated_at: datetime | None = None,
    alternatives: tuple[str, ...] = ("draft",),
    confidence: str = "high",
) -> Result:
    """Make a result whose id is its name."""
    parts = (*split_name(name), "", "", "")
    return Result(
        result_id=name, run_id="run", target_qname=name, schema_name=parts[0], table_name=parts[1],
        column_name=parts[2], asset_kind="column", saved_at=NOON, source="llm", confidence=confidence,
        logprob_score=None, reasoning="", model_version="", alternatives=tuple(map(Alternative, alternatives)),
        evaluation=evaluation, chosen_description=chosen, evaluated_at=evaluated_at, evaluated_by=evaluated_by,
        rejection_reason="", applied_at=None, applied_by="", applied_status="", seen_comment=None,
        previous_comment=None, error_text="", superseded_at=None, version=version,
    )  # fmt: skip
