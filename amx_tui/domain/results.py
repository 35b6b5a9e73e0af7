"""Results: what a run drafted for one asset, and what was decided about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from amx_tui.domain.runs import RunDetail

__all__ = [
    "CONFIDENCES",
    "DECISIONS",
    "Alternative",
    "DecisionState",
    "Result",
    "ResultCounts",
    "ResultCursor",
    "ResultFilter",
    "ResultPage",
    "RunOpening",
    "decision_state",
    "decision_word",
    "parse_alternatives",
]

UNREADABLE = "(unreadable)"
"""What is shown for drafts in whose place the store holds something else."""

DecisionState = Literal["pending", "accepted", "custom", "skipped"]
DECISIONS: tuple[DecisionState, ...] = ("pending", "accepted", "custom", "skipped")
CONFIDENCES = ("high", "medium", "low")

_WORDS = {"pending": "○ pending", "accepted": "✓ accepted", "custom": "✎ edited", "skipped": "✗ rejected"}


def decision_state(evaluation: str | None) -> DecisionState:
    """Read the stored `evaluation`; NULL, '' and values that nobody knows are pending."""
    match evaluation:
        case "accepted" | "custom" | "skipped":
            return evaluation
        case _:
            return "pending"


def decision_word(state: DecisionState) -> str:
    """A decision as it is shown: a sign and a word."""
    return _WORDS[state]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One drafted description."""

    text: str
    score: float | None = None


def parse_alternatives(value: object) -> tuple[Alternative, ...]:
    """Read `alternatives_json`: a list of strings, or of objects with `text`; anything else holds none."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return ()
    found: list[Alternative] = []
    for item in value:
        if isinstance(item, str):
            found.append(Alternative(item))
        elif isinstance(item, Mapping) and isinstance(item.get("text"), str):
            score = item.get("score", item.get("logprob_score"))
            found.append(Alternative(item["text"], _number(score)))
    return tuple(found)


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Result:
    """What one run drafted for one asset: ranked alternatives, then the decision and the application."""

    result_id: str
    run_id: str
    target_qname: str
    schema_name: str
    table_name: str
    """Empty for a schema's own description."""
    column_name: str
    """Empty for a schema's or table's own description."""
    asset_kind: str
    saved_at: datetime | None
    source: str
    confidence: str
    logprob_score: float | None
    reasoning: str
    model_version: str
    alternatives: tuple[Alternative, ...]
    evaluation: DecisionState
    chosen_description: str | None
    evaluated_at: datetime | None
    evaluated_by: str
    rejection_reason: str
    applied_at: datetime | None
    applied_by: str
    applied_status: str
    seen_comment: str | None
    previous_comment: str | None
    error_text: str
    superseded_at: datetime | None
    version: int | None
    """None in a layout that keeps no versions of results."""
    is_cut: bool = False
    """Whether long texts (descriptions, reasoning, comments, errors) are cut, as in lists."""
    stored_alternatives: object = field(default=None, compare=False, repr=False)
    """`alternatives_json` as it was stored, for documents that give it as it is."""

    @property
    def description(self) -> str | None:
        """What is in force: the chosen one if accepted or edited, none if rejected, else the first draft."""
        match self.evaluation:
            case "accepted" | "custom":
                return self.chosen_description
            case "skipped":
                return None
            case _:
                return self.alternatives[0].text if self.alternatives else None

    @property
    def is_ok(self) -> bool:
        """Whether anything was drafted."""
        return bool(self.alternatives)

    @property
    def unreadable(self) -> str:
        """What stands in the alternatives' place where none of it is an alternative; empty where nothing does."""
        stored = self.stored_alternatives
        if self.alternatives or stored in (None, "", [], {}):
            return ""
        return stored if isinstance(stored, str) else json.dumps(stored, ensure_ascii=False, default=str)

    @property
    def is_superseded(self) -> bool:
        """Whether a later run replaced this result."""
        return self.superseded_at is not None


@dataclass(frozen=True, slots=True)
class ResultCursor:
    """Where a page of results begins or ends; the row itself is not part of the page."""

    schema_name: str
    table_name: str
    column_name: str
    result_id: str

    @classmethod
    def of(cls, result: Result) -> ResultCursor:
        """The cursor that stands on `result`."""
        return cls(result.schema_name, result.table_name, result.column_name, result.result_id)


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which results of a run are shown. Empty fields do not filter."""

    decision: DecisionState | Literal[""] = ""
    confidence: str = ""
    table: str = ""
    """A qualified name; that asset and all below it."""
    text: str = ""
    """Looked for, in any case, in qualified names and descriptions."""
    failed_only: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether every result is shown."""
        return not (self.decision or self.confidence or self.table or self.text or self.failed_only)


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """How the results of a run divide, superseded ones included."""

    total: int = 0
    pending: int = 0
    accepted: int = 0
    custom: int = 0
    skipped: int = 0
    failed: int = 0
    """Results without any alternative."""
    applied: int = 0
    is_partial: bool = False
    """Whether decisions were counted in the first results of a very long run only; a read of its own has all."""


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A stretch of a run's results, by schema, table (its own row first) and column."""

    results: tuple[Result, ...]
    has_before: bool
    has_after: bool


@dataclass(frozen=True, slots=True)
class RunOpening:
    """What the run screen needs first, read in one round trip."""

    detail: RunDetail
    counts: ResultCounts
    page: ResultPage
