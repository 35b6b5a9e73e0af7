"""Taking a side's description in a comparison: only what the row showed, and only while it is still so."""

from __future__ import annotations

from collections.abc import Sequence

from amx_tui.domain.compare import CompareRow, Comparison
from amx_tui.domain.errors import StaleVersionError, UsageError
from amx_tui.domain.results import Result

__all__ = ["changed_meanwhile", "is_as_shown", "taken_text"]


def is_as_shown(row: CompareRow, side: int, current: Result) -> bool:
    """Say whether a result is still what a row says about its side."""
    cell = row.cells[side]
    if cell.version is not None:
        return current.version == cell.version
    text = current.description or None
    is_same_text = text == cell.description or bool(
        cell.is_cut and text and cell.description and text.startswith(cell.description)
    )
    return is_same_text and (current.evaluation, current.evaluated_at) == (cell.evaluation, cell.evaluated_at)


def taken_text(
    comparison: Comparison, row: CompareRow, results: Sequence[Result | None], side: int | None
) -> str:
    """Return the description of a side, as the row showed it.

    Args:
        results: The results behind the row in full, one a side.
        side: Counted from 0.

    Raises:
        UsageError: The side has no description, or it has changed since the row was read.
    """
    if side is None or not 0 <= side < len(row.cells):
        raise UsageError("Say which side's description is to be taken.")
    cell, result = row.cells[side], results[side]
    if cell.description is None:
        raise UsageError(f"{comparison.sides[side].name} has no description for {row.target_qname}.")
    if not cell.is_cut:
        return cell.description
    if result is None or not is_as_shown(row, side, result) or not result.description:
        raise UsageError(f"{comparison.sides[side].name} has changed; look at it again first.")
    return result.description


def changed_meanwhile(current: Result, expected: int | None) -> StaleVersionError:
    """Build the refusal of a decision on a result that somebody else has decided meanwhile."""
    who = current.evaluated_by or "somebody else"
    return StaleVersionError(
        f"{current.target_qname} was decided by {who} meanwhile.",
        current=current,
        expected=expected or 0,
        hint="Look at it as it is now, then decide again.",
    )
