"""`history review`: a run's descriptions decided by a strategy."""

from __future__ import annotations

from amx_tui.domain.errors import NotFoundError, ReadOnlyError, RoleError, StoreError, UsageError
from amx_tui.domain.names import split_name
from amx_tui.domain.report import Block, Grid, Paragraph, Report
from amx_tui.domain.results import decision_word
from amx_tui.domain.review.rows import ReviewFilter
from amx_tui.domain.review.strategy import BULK_STRATEGIES, Preview
from amx_tui.domain.runs import JsonValue
from amx_tui.domain.times import iso_time
from amx_tui.services.commands.asking import Dialogue
from amx_tui.services.commands.session import open_for_reading
from amx_tui.services.decisions import DECIDING
from amx_tui.services.grammar import Invocation
from amx_tui.services.review.session import ReviewSession
from amx_tui.services.rights import refusal
from amx_tui.services.workspace import Workspace

__all__ = ["review"]

_CONFLICT = 3


async def review(workspace: Workspace, invocation: Invocation, dialogue: Dialogue) -> Report:
    """Decide what is undecided of a run by a strategy, after showing how much that is.

    Raises:
        UsageError: No strategy is named, and nobody could decide one by one; or nobody is there to say yes.
        NotFoundError: There is no such run, or it has no such table.
        RoleError: The member may not decide.
        StoreError: The store does not answer; what was decided before is kept, and stored later.
    """
    strategy = next((each for each in BULK_STRATEGIES if each == invocation.text("strategy")), None)
    if strategy is None:
        raise UsageError(
            "Reviewing one by one takes a terminal.",
            hint=f"Name a strategy: --strategy {' or '.join(BULK_STRATEGIES)}.",
        )
    is_dry = invocation.flag("dry-run")
    if not (is_dry or invocation.flag("yes") or dialogue.is_interactive):
        raise UsageError(
            "Nobody is there to agree.", hint="Add --yes, or --dry-run to see what it would decide."
        )
    await open_for_reading(workspace)
    if not is_dry:
        await _require_editor(workspace)
    session = await workspace.reviews.open(invocation.argument)
    await session.load()
    wanted = session.preview(strategy, _scope(session, invocation.text("table")))
    title = f"Review {session.run_id}"
    said = Paragraph(f"{session.run_id}: {wanted.summary}.")
    if is_dry or not wanted.rows:
        return Report(title, (said,), _document(session, wanted, 0, is_dry=is_dry))
    blocks: tuple[Block, ...] = (said,)
    if dialogue.show:
        dialogue.show(blocks)
        blocks = ()
    if not invocation.flag("yes") and not await dialogue.confirm("Proceed?", otherwise="Add --yes."):
        return Report(title, (*blocks, Paragraph("Nothing was decided.")), exit_status=1)
    stored = await _decide(session, wanted, dialogue)
    done = "rejected" if wanted.strategy == "reject-all" else "accepted"
    return Report(
        title,
        (*blocks, Paragraph(f"{stored:,} {done}."), *_left_alone(session)),
        _document(session, wanted, stored, is_dry=False),
        _CONFLICT if session.left_alone else 0,
    )


async def _require_editor(workspace: Workspace) -> None:
    """Refuse before anything is decided; the store refuses once more, in its own transaction."""
    error = await refusal(workspace, "edit", doing=DECIDING)
    if error is not None:
        raise error


def _scope(session: ReviewSession, table: str) -> ReviewFilter:
    if not table:
        return ReviewFilter()
    shown = ReviewFilter(table=table)
    if not split_name(table) or session.review.next_place(-1, shown) is None:
        raise NotFoundError(f"{session.run_id} has no results of {table}.", hint="history show lists them.")
    return shown


async def _decide(session: ReviewSession, wanted: Preview, dialogue: Dialogue) -> int:
    """Decide, and wait until the store has it; say how many decisions it took."""

    def progress(done: int, total: int) -> None:
        if dialogue.on_progress:
            dialogue.on_progress(done, total, "decided")

    count = await session.bulk(wanted, on_progress=progress)
    await session.saver.attempted()
    problem, left = session.saver.problem, session.saver.unsaved
    if isinstance(problem, RoleError | ReadOnlyError):
        raise problem
    if problem is not None and left:
        raise StoreError(
            f"{left:,} of {count:,} decisions are not stored yet: {problem.message}",
            hint="They are kept on this machine; the next review of the run stores them.",
        ) from problem
    return count - len(session.refused)


def _left_alone(session: ReviewSession) -> tuple[Block, ...]:
    if not session.left_alone:
        return ()
    rows = tuple(
        (each.target_qname, decision_word(each.evaluation), each.evaluated_by, each.chosen_description or "")
        for each in session.left_alone
    )
    title = "409 Conflict: decided by somebody else meanwhile, and left as it is"
    return (Grid(("Asset", "Decision", "By", "Description"), rows, title=title),)


def _document(session: ReviewSession, wanted: Preview, stored: int, *, is_dry: bool) -> JsonValue:
    conflicts: list[JsonValue] = [
        {
            "target_qname": each.target_qname,
            "result_id": each.result_id,
            "evaluation": each.evaluation,
            "chosen_description": each.chosen_description,
            "evaluated_by": each.evaluated_by,
            "evaluated_at": iso_time(each.evaluated_at),
            "version": each.version,
        }
        for each in session.left_alone
    ]
    return {
        "run_id": session.run_id,
        "strategy": wanted.strategy,
        "dry_run": is_dry,
        "planned": len(wanted.rows),
        "decided": stored,
        "left_other_confidence": wanted.other_confidence,
        "left_without_draft": wanted.without_draft,
        "undecided": session.review.counts.left,
        "conflicts": conflicts,
    }
