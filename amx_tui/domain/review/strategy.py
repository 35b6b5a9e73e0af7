"""Strategies: deciding the rest of a run, a table or what a filter shows in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from amx_tui.domain.decisions import DecisionValues
from amx_tui.domain.results import DecisionState, Result
from amx_tui.domain.review.rows import ReviewFilter, ReviewRow

__all__ = ["BULK_STRATEGIES", "STRATEGIES", "BulkStrategy", "Preview", "Strategy", "preview", "values_of"]

Strategy = Literal["one-by-one", "accept-all-high", "accept-all", "reject-all"]
BulkStrategy = Literal["accept-all-high", "accept-all", "reject-all"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
BULK_STRATEGIES: tuple[BulkStrategy, ...] = get_args(BulkStrategy)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a strategy would do."""

    strategy: BulkStrategy
    rows: tuple[ReviewRow, ...]
    """What it would decide, in the order of the review."""
    without_draft: int = 0
    """Undecided results that have nothing to accept, and are left."""
    other_confidence: int = 0
    """Undecided results that are left because their confidence is not high."""

    @property
    def summary(self) -> str:
        """What would happen, as a sentence."""
        verb = "reject" if self.strategy == "reject-all" else "accept the first alternative of"
        count = len(self.rows)
        return (
            f"{verb} {count:,} undecided result{'' if count == 1 else 's'}{self._rest('; left undecided: ')}"
        )

    @property
    def amounts(self) -> str:
        """How many would be decided, and how many left: `412, leaves 38 of lower confidence`."""
        return f"{len(self.rows):,}{self._rest(', leaves ')}"

    def _rest(self, start: str) -> str:
        left = [
            f"{number:,} {why}"
            for number, why in (
                (self.other_confidence, "of lower confidence"),
                (self.without_draft, "without a draft"),
            )
            if number
        ]
        return start + ", ".join(left) if left else ""


def preview(
    strategy: BulkStrategy,
    rows: Iterable[ReviewRow],
    state_of: Callable[[ReviewRow], DecisionState],
    shown: ReviewFilter,
    busy: Iterable[str] = (),
) -> Preview:
    """Find what a strategy would decide: undecided results alone, as far as the filter shows them.

    Args:
        state_of: What is decided about a row by now.
        busy: Ids that are left alone, whatever they are.
    """
    wanted: list[ReviewRow] = []
    without_draft = other_confidence = 0
    kept = frozenset(busy)
    for row in rows:
        state = state_of(row)
        if state != "pending" or row.result_id in kept or not shown.lets_through(row, state):
            continue
        if strategy == "accept-all-high" and row.confidence != "high":
            other_confidence += 1
        elif strategy != "reject-all" and not row.has_draft:
            without_draft += 1
        else:
            wanted.append(row)
    return Preview(strategy, tuple(wanted), without_draft, other_confidence)


def values_of(strategy: BulkStrategy, results: Sequence[Result]) -> list[tuple[str, DecisionValues]]:
    """Give the decisions of a strategy on results that were read whole; one that is decided already is left."""
    wanted: list[tuple[str, DecisionValues]] = []
    for result in results:
        if result.evaluation != "pending":
            continue
        if strategy == "reject-all":
            wanted.append((result.result_id, DecisionValues("skipped", "")))
        elif result.alternatives:
            wanted.append((result.result_id, DecisionValues("accepted", result.alternatives[0].text)))
    return wanted
