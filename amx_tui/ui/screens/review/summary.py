"""What stands behind the last asset: what was decided, what is left, and the next key."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from textual.content import Content

from amx_tui.domain.review.rows import ReviewCounts, ReviewFilter
from amx_tui.domain.text import one_line
from amx_tui.services.review.session import ReviewSession

__all__ = ["summary_lines"]

MUTED = "$foreground 60%"
MOST_NAMES = 8


def summary_lines(
    session: ReviewSession, shown: ReviewFilter, passed: Collection[str], *, is_low: bool = False
) -> list[Content]:
    """Draw the end of a review.

    Args:
        is_low: Whether there are few lines: the numbers, which the bar above has too, then give way to the keys.
    """
    counts = session.review.counts
    left = session.review.first_undecided(shown)
    if not counts.total:
        return [Content.styled("This run drafted nothing.", "bold"), Content.styled("esc goes back", MUTED)]
    if not shown.is_empty and session.review.next_place(-1, shown) is None:
        return [
            Content.styled("No asset matches this filter.", "bold"),
            Content.styled("esc takes the filter away", MUTED),
        ]
    where = " that the filter shows" if not shown.is_empty else ""
    title = f"Everything{where} is decided." if left is None else f"That was the last asset{where}."
    look = "bold $text-success" if left is None else "bold"
    lines = [Content.styled(title, look)]
    if not is_low:
        lines = [Content(""), *lines, Content(""), *_numbers(counts), Content("")]
    skipped = sum(1 for result_id in passed if _is_open(session, result_id))
    if skipped:
        lines.append(Content.styled(f"{skipped:,} of them passed over", MUTED))
    if session.conflicts:
        count = len(session.conflicts)
        was = "was" if count == 1 else "were"
        lines.append(
            Content.styled(
                f"⚠ {count:,} {was} decided by somebody else meanwhile: C shows both", "bold $text-warning"
            )
        )
    if session.left_alone:
        names = sorted({one_line(result.target_qname, 60) for result in session.left_alone})
        more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
        lines.append(
            Content.styled("Decided by others meanwhile, and left by the strategy as it is:", "$text-warning")
        )
        lines.append(Content(f"  {', '.join(names[:MOST_NAMES])}{more}"))
    if session.saver.unsaved:
        lines.append(Content(f"{session.saver.unsaved:,} not saved yet; they are kept on this machine"))
    lines.append(Content(""))
    lines += [Content.assemble((f" {key:<6}", "bold $accent"), words) for key, words in _keys(left, shown)]
    return lines


def _numbers(counts: ReviewCounts) -> Iterator[Content]:
    for count, sign, word in (
        (counts.accepted, "✓", "accepted"),
        (counts.edited, "✎", "edited"),
        (counts.rejected, "✗", "rejected"),
        (counts.left, "○", "left undecided"),
    ):
        yield Content(f"{count:>9,}  {sign} {word}")


def _is_open(session: ReviewSession, result_id: str) -> bool:
    row = session.review.row_of(result_id)
    return row is not None and session.review.state_of(row) == "pending"


def _keys(left: int | None, shown: ReviewFilter) -> list[tuple[str, str]]:
    keys = [("enter", "to the first undecided one")] if left is not None else []
    keys.append(("a", "apply what was decided to the database"))
    if not shown.is_empty:
        keys.append(("esc", "take the filter away"))
    keys += [("b", "back to the last asset"), ("u", "undo the last decision")]
    return [*keys, ("esc", "back to the history")] if shown.is_empty else keys
