"""What a drafting session hands over to be kept, before the store gives it ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from amx_tui.domain.results import Alternative, DecisionState
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.scope import Scope

__all__ = ["NewResult", "NewRun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to be recorded; who ran it is said beside it, and its results are counted when it is stored."""

    started_at: datetime
    run_id: str = ""
    """Empty to have the next free id of that member's day drawn."""
    ended_at: datetime | None = None
    duration_sec: float | None = None
    """None takes the time from start to end."""
    status: str = "success"
    scope: Scope = field(default_factory=Scope)
    command: str = "analyze.run"
    mode: str = "chat"
    db_backend: str = ""
    db_profile: str = ""
    llm_provider: str = ""
    llm_model: str = ""
    llm_profile: str = ""
    settings: JsonValue = None
    metrics: JsonValue = None
    tokens: JsonValue = None
    error_text: str = ""
    selected_count: int = 0
    planned_count: int | None = None
    """None takes the number of results."""
    review_strategy: str = ""
    client_version: str = ""
    local_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResult:
    """What a run drafted for one asset, with its decision and application where there are some already."""

    schema_name: str
    table_name: str = ""
    """Empty for a schema's own description."""
    column_name: str = ""
    """Empty for a schema's or table's own description."""
    result_id: str = ""
    """Empty to have one drawn."""
    asset_kind: str = ""
    """Empty takes schema, table or column, whichever the names say."""
    saved_at: datetime | None = None
    """None takes the run's end, else its start."""
    source: str = "combined"
    confidence: str = ""
    logprob_score: float | None = None
    reasoning: str = ""
    model_version: str = ""
    alternatives: tuple[Alternative, ...] = ()
    """Ranked, the best first; empty where nothing was drafted, which makes the result a failed one."""
    error_text: str = ""
    evaluation: DecisionState = "pending"
    chosen_description: str | None = None
    evaluated_at: datetime | None = None
    evaluated_by: str = ""
    rejection_reason: str = ""
    applied_at: datetime | None = None
    applied_by: str = ""
    applied_status: str = ""
    seen_comment: str | None = None
    previous_comment: str | None = None
    superseded_at: datetime | None = None
