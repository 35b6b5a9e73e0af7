"""The lines around the asset: the run, how far the review is, and what is not stored yet."""

from __future__ import annotations

from amx_tui.domain.review.rows import ReviewCounts
from amx_tui.services.review.session import ReviewSession
from amx_tui.ui.widgets.bars import Piece

__all__ = ["progress_pieces", "saving_pieces"]

BAR_CELLS = 20
ROOM_FOR_WORDS = 100


def progress_pieces(counts: ReviewCounts, width: int) -> list[Piece]:
    """Draw a bar and the counts: `━━━━──── 412 of 1,000  ✓ 380 …  588 left`."""
    cells = BAR_CELLS if width >= 80 else 8
    full = round(cells * counts.decided / counts.total) if counts.total else 0
    pieces: list[Piece] = [("━" * full, "success"), ("─" * (cells - full), "muted")]
    pieces.append((f" {counts.decided:,} of {counts.total:,}", "strong"))
    has_words = width >= ROOM_FOR_WORDS
    for count, sign, word, look in (
        (counts.accepted, "✓", "accepted", "success"),
        (counts.edited, "✎", "edited", "accent"),
        (counts.rejected, "✗", "rejected", "error"),
        (counts.left, "○", "left", "muted"),
    ):
        pieces.append((f"  {count:,} {sign}" + (f" {word}" if has_words else ""), look if count else "muted"))
    return pieces


def saving_pieces(session: ReviewSession) -> list[Piece]:
    """Say what is on this machine alone, and what waits for a choice."""
    pieces: list[Piece] = []
    conflicts = len(session.conflicts)
    if conflicts:
        pieces.append((f"⚠ {conflicts:,} conflict{'' if conflicts == 1 else 's'} ", "warning"))
    unsaved = session.saver.unsaved
    if unsaved and session.saver.problem is not None:
        pieces.append((f"⚠ {unsaved:,} not saved yet", "warning"))
    elif unsaved:
        pieces.append((f"{unsaved:,} not saved yet", "muted"))
    else:
        pieces.append(("✓ saved", "muted"))
    return pieces
