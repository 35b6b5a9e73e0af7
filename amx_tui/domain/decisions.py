"""Decisions on results: their values, what one is based on, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from amx_tui.domain.results import DecisionState, Result

__all__ = [
    "Decided",
    "DecisionBasis",
    "DecisionChange",
    "DecisionOutcome",
    "DecisionValues",
    "in_bulk",
    "predicted",
    "taking",
]


@dataclass(frozen=True, slots=True)
class DecisionValues:
    """What a result's row holds about its decision."""

    evaluation: DecisionState = "pending"
    chosen_description: str | None = None
    """Empty where the result was rejected, None where nothing was decided."""
    rejection_reason: str = ""
    evaluated_by: str = ""
    """Empty in a layout that does not keep it."""
    evaluated_at: datetime | None = None

    @classmethod
    def of(cls, result: Result) -> DecisionValues:
        """What `result` holds; it must have been read in full."""
        return cls(
            result.evaluation,
            result.chosen_description,
            result.rejection_reason,
            result.evaluated_by,
            result.evaluated_at,
        )


@dataclass(frozen=True, slots=True)
class DecisionBasis:
    """The state of a result that a decision is based on: it is refused where the stored one is no longer this."""

    result_id: str
    version: int | None
    """None in a layout that keeps no versions; there the values decide."""
    values: DecisionValues

    @classmethod
    def of(cls, result: Result) -> DecisionBasis:
        """The state of `result`, which must have been read in full."""
        return cls(result.result_id, result.version, DecisionValues.of(result))


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """A decision to be made.

    Who and when in `values` are set when it is stored, unless it restores an earlier one, whose they then stay.
    """

    basis: DecisionBasis
    values: DecisionValues
    is_restoring: bool = False
    decided_at: datetime | None = None
    """When it was decided, where that is not the moment of storing: what it leads to is known beforehand then."""
    strategy: str = ""
    """What decided many at once, for the audit trail: "accept-all"; empty for a decision that was made by itself."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was stored."""

    before: DecisionBasis
    after: DecisionBasis

    def undoing(self) -> DecisionChange:
        """The change that restores what was before, as long as nobody has changed it since."""
        return DecisionChange(self.after, self.before.values, is_restoring=True)

    def redoing(self, restored: DecisionBasis) -> DecisionChange:
        """The change that decides the same once more, on top of what undoing has left."""
        return DecisionChange(restored, replace(self.after.values))


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What became of decisions that were made together."""

    decided: tuple[Decided, ...] = ()
    stale: tuple[str, ...] = ()
    """The ids of results that somebody else had changed, which were left as they are."""


def in_bulk(changes: Sequence[DecisionChange], strategy: str = "") -> list[DecisionChange]:
    """Mark decisions that are made at once by what makes them; a single one is marked by a strategy alone.

    Args:
        strategy: What decides; empty where they are undone, or made again after that.
    """
    if not strategy and len(changes) > 1:
        strategy = "undo" if changes[0].is_restoring else "redo"
    return [replace(change, strategy=strategy) for change in changes] if strategy else list(changes)


def predicted(change: DecisionChange, who: str) -> Decided:
    """What a change that carries its moment leads to once `who` has stored it: what the next one is based on."""
    values = change.values
    if not change.is_restoring:
        values = replace(values, evaluated_by=who, evaluated_at=change.decided_at)
    version = change.basis.version
    if version is None:
        return Decided(
            change.basis, DecisionBasis(change.basis.result_id, None, replace(values, evaluated_by=""))
        )
    return Decided(change.basis, DecisionBasis(change.basis.result_id, version + 1, values))


def taking(result: Result, text: str) -> DecisionValues:
    """The decision that takes `text` for a result: accepted where it is one of its alternatives, else edited."""
    is_drafted = any(alternative.text == text for alternative in result.alternatives)
    return DecisionValues("accepted" if is_drafted else "custom", text)
