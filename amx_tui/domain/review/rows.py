"""What a review knows of every result of a run, however long the run: no texts, only what orders and filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from amx_tui.domain.names import join_name, split_name
from amx_tui.domain.results import DecisionState, Result, ResultCursor

__all__ = ["Elsewhere", "ReviewCounts", "ReviewFilter", "ReviewRow"]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A result of the run as far as finding one's way needs it."""

    result_id: str
    schema_name: str
    table_name: str
    column_name: str
    asset_kind: str
    confidence: str
    evaluation: DecisionState
    has_draft: bool
    """Whether there is an alternative to accept."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the asset's qualified name."""
        return tuple(filter(None, (self.schema_name, self.table_name, self.column_name)))

    @property
    def name(self) -> str:
        """The asset's qualified name."""
        return join_name((self.schema_name, self.table_name, self.column_name))

    @property
    def table_qname(self) -> str:
        """The qualified name of the table that it is, or is part of."""
        return join_name((self.schema_name, self.table_name))

    @property
    def cursor(self) -> ResultCursor:
        """Where the row stands in the run."""
        return ResultCursor(self.schema_name, self.table_name, self.column_name, self.result_id)

    @classmethod
    def of(cls, result: Result) -> ReviewRow:
        """The row of a result that was read whole."""
        return cls(
            result.result_id,
            result.schema_name,
            result.table_name,
            result.column_name,
            result.asset_kind,
            result.confidence,
            result.evaluation,
            result.is_ok,
        )


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which assets a review goes through. Empty fields do not filter."""

    decision: DecisionState | str = ""
    confidence: str = ""
    table: str = ""
    """A qualified name; that asset and all below it."""
    matching: frozenset[str] | None = None
    """The ids that a text was found in, where one was looked for."""
    line: str = ""
    """The filter as it was typed."""
    _above: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Read once: a key may look through a hundred thousand rows for the next one of a table.
        object.__setattr__(self, "_above", split_name(self.table))

    @property
    def is_empty(self) -> bool:
        """Whether every asset is gone through."""
        return not (self.decision or self.confidence or self.table) and self.matching is None

    def lets_through(self, row: ReviewRow, state: DecisionState) -> bool:
        """Whether a row, whose decision is `state` by now, is gone through."""
        return (
            (not self.decision or state == self.decision)
            and (not self.confidence or row.confidence == self.confidence)
            and (self.matching is None or row.result_id in self.matching)
            and (not self.table or row.parts[: len(self._above)] == self._above)
        )


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How far a review is."""

    accepted: int = 0
    edited: int = 0
    rejected: int = 0
    left: int = 0

    @property
    def decided(self) -> int:
        """Results with a decision."""
        return self.accepted + self.edited + self.rejected

    @property
    def total(self) -> int:
        """All results."""
        return self.decided + self.left


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another run wrote for the same asset."""

    run_id: str
    who: str
    at: datetime | None
    description: str | None
    evaluation: DecisionState
    evaluated_by: str
    is_applied: bool
    db_profile: str = ""
    is_superseded: bool = False
