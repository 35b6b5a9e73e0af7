"""The two lines above a run's results: the run, and how its results were decided."""

from __future__ import annotations

from datetime import datetime

from amx_tui.domain.results import ResultCounts
from amx_tui.domain.runs import Run, status_sign
from amx_tui.domain.times import relative_time
from amx_tui.ui.widgets.bars import Piece

__all__ = ["count_pieces", "run_pieces"]

ROOM_FOR_WORDS = 100
"""From this width on the counts are written with their words; the signs are those of the results below."""


def run_pieces(run: Run, now: datetime) -> tuple[Piece, ...]:
    """Who ran it, when, over what, and how it ended."""
    pieces: list[Piece] = [(run.run_id, "strong")]
    if run.local_name:
        pieces.append((f" {run.local_name}", "muted"))
    pieces.append((f"  {run.created_by}  {relative_time(run.started_at, now)}", ""))
    pieces.append((f"  {run.scope.summary}", "muted"))
    look = {"success": "success", "failed": "error"}.get(run.status, "warning")
    pieces.append((f"  {status_sign(run.status)} {run.status}", look))
    return tuple(pieces)


def count_pieces(counts: ResultCounts | None, query: str, width: int) -> tuple[Piece, ...]:
    """How many results are in which state, and the filter.

    Args:
        width: Cells of the line.
    """
    if counts is None:
        return ()
    pieces: list[Piece] = [(f"{counts.total:,} results ", "")]
    for count, sign, word, look in (
        (counts.pending, "○", "pending", "muted"),
        (counts.accepted, "✓", "accepted", "success"),
        (counts.custom, "✎", "edited", "accent"),
        (counts.skipped, "✗", "rejected", "error"),
        (counts.failed, "⚠", "failed", "warning"),
        (counts.applied, "→", "applied", "muted"),
    ):
        if count:
            pieces.append((f"  {count:,} {sign}" + (f" {word}" if width >= ROOM_FOR_WORDS else ""), look))
    if query:
        pieces.append((f"   filter {query}", "accent"))
    return tuple(pieces)
