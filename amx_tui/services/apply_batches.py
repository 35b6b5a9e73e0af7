"""Writing comments a batch at a time: intended, looked at once more, written, and accounted for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from amx_tui.domain.applications import Destination, Intent, IntentOutcome, Refusal
from amx_tui.domain.applying import PlannedComment
from amx_tui.domain.assets import CommentChange, CommentOutcome
from amx_tui.domain.errors import AmxError, UnreachableError
from amx_tui.domain.identity import Identity
from amx_tui.services.apply_plans import CommentResult

if TYPE_CHECKING:
    from amx_tui.store.applications import ApplicationRepository
    from amx_tui.warehouse import Warehouse

__all__ = ["Batches", "Progress"]

FIRST, LEAST, MOST = 250, 25, 1_000
"""Comments of the first batch, and of the smallest and largest one."""
QUICK = 0.4
"""Seconds in which a batch is to be written, so that a cancel is heeded soon."""
_NOT_REACHED = "Writing was stopped before it was reached."
_CHANGED = "Its comment in the database is no longer what it was."


@dataclass(frozen=True, slots=True)
class _Batch:
    """Comments whose intents are stored."""

    items: Sequence[PlannedComment]
    intents: Sequence[Intent]


@dataclass(slots=True)
class Progress:
    """How far the writing is."""

    results: list[CommentResult] = field(default_factory=list)
    """In the order in which they became known."""
    error: AmxError | None = None
    """What stopped it."""
    is_cancelled: bool = False


class Batches:
    """Writes comments of one run into one database, each under an intent of its own.

    Args:
        warehouse: The database.
        trail: Where intents and outcomes are stored.
        destination: The database and the session, as the trail names them.
        run_id: The run.
        identity: Who writes.
        client_version: The version of the program.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        trail: ApplicationRepository,
        destination: Destination,
        *,
        run_id: str,
        identity: Identity,
        client_version: str,
    ) -> None:
        self._warehouse = warehouse
        self._trail = trail
        self._destination = destination
        self._run_id = run_id
        self._identity = identity
        self._client_version = client_version

    async def run(
        self,
        wanted: Sequence[PlannedComment],
        *,
        on_batch: Callable[[int, PlannedComment], None],
        is_cancelled: Callable[[], bool],
    ) -> Progress:
        """Write comments, batch by batch: intents before, outcomes after.

        While one batch is written, the outcomes of the one before and the intents of the next one are stored. That
        a comment is still what was planned is looked at where it is written, in the same transaction.

        Args:
            wanted: Each of another asset.
            on_batch: Told how many are done, and which one is next.
            is_cancelled: Asked before the intents of a batch are stored; what has intents is written.
        """
        progress = Progress()
        finishing: asyncio.Task[AmxError | None] | None = None
        size = FIRST
        position = size
        upcoming = self._upcoming(wanted[:size], progress, is_cancelled)
        while upcoming is not None:
            try:
                batch = await upcoming
            except AmxError as error:
                progress.error = progress.error or error
                break
            if progress.error is not None:
                await self._leave(batch)
                break
            on_batch(len(progress.results), (batch.items or wanted)[0])
            upcoming = self._upcoming(wanted[position : position + size], progress, is_cancelled)
            position += size
            begun = monotonic()
            outcomes = await self._write(batch, progress)
            size = min(MOST, size * 2) if monotonic() - begun < QUICK else max(LEAST, size // 2)
            if finishing is not None:
                progress.error = await finishing or progress.error
            finishing = asyncio.ensure_future(self._finish(outcomes))
        if finishing is not None:
            progress.error = await finishing or progress.error
            progress.error = progress.error or await self._count()
        return progress

    async def _count(self) -> AmxError | None:
        """Let the run say how many of its descriptions are in the database."""
        try:
            await self._trail.count(self._run_id, identity=self._identity)
        except AmxError as error:
            return error
        return None

    def _upcoming(
        self, items: Sequence[PlannedComment], progress: Progress, is_cancelled: Callable[[], bool]
    ) -> asyncio.Task[_Batch] | None:
        """Begin to store the intents of a batch; None where there is none, or no more are wanted."""
        if not items:
            return None
        progress.is_cancelled = is_cancelled()
        return None if progress.is_cancelled else asyncio.ensure_future(self._begin(items, progress))

    async def _begin(self, items: Sequence[PlannedComment], progress: Progress) -> _Batch:
        intents = [self._intent(item) for item in items]
        begun = await self._trail.begin(
            intents, self._destination, identity=self._identity, client_version=self._client_version
        )
        refusals = {refusal.result_id: refusal for refusal in begun.refused}
        kept = [
            (item, intent)
            for item, intent in zip(items, intents, strict=True)
            if intent.application_id in begun.application_ids
        ]
        known = {item.result_id for item, _ in kept}
        progress.results += [
            _refused(item, refusals.get(item.result_id)) for item in items if item.result_id not in known
        ]
        return _Batch([item for item, _ in kept], [intent for _, intent in kept])

    async def _write(self, batch: _Batch, progress: Progress) -> list[IntentOutcome]:
        """Write a batch; what may have been written, for all that is known, stays open until it is settled."""
        outcomes = await self._warehouse.write(
            [CommentChange(item.name, item.kind, item.new_comment) for item in batch.items],
            expected={item.name: item.comment for item in batch.items},
        )
        told = list(zip(batch.items, batch.intents, outcomes, strict=True))
        progress.results += [_result(item, outcome) for item, _, outcome in told]
        if outcomes and all(outcome.is_unknown for outcome in outcomes):
            progress.error = UnreachableError(outcomes[0].error_text, hint=outcomes[0].hint)
        return [_settled(intent, outcome) for _, intent, outcome in told if not outcome.is_unknown]

    async def _leave(self, batch: _Batch) -> None:
        """Say of intents that nothing will come of them."""
        await self._finish(
            [
                IntentOutcome(
                    intent.application_id,
                    intent.result_id,
                    "skipped",
                    intent.old_comment,
                    _NOT_REACHED,
                    intent.action,
                )
                for intent in batch.intents
            ]
        )

    async def _finish(self, outcomes: Sequence[IntentOutcome]) -> AmxError | None:
        """Store outcomes; what keeps that from being done keeps the next batch from being written."""
        try:
            await self._trail.finish(
                outcomes,
                run_id=self._run_id,
                identity=self._identity,
                place=self._destination.db_place,
                is_counted=False,
            )
        except AmxError as error:
            # The intents stay open, so nothing is lost: whoever applies next settles them.
            message = f"What was written last could not be noted in the store: {error.message}"
            return AmxError(message, hint="Apply again: the open intents are settled by the database then.")
        return None

    def _intent(self, item: PlannedComment) -> Intent:
        return Intent(
            str(uuid.uuid4()),
            item.result_id,
            self._run_id,
            item.name,
            item.kind,
            item.comment,
            item.new_comment,
            item.action,
            item.undoes_id,
        )


def _changed(item: PlannedComment, comment: str) -> CommentResult:
    return CommentResult(item.result_id, item.name, "changed", _CHANGED, "Look at both, and choose.", comment)


def _refused(item: PlannedComment, refusal: Refusal | None) -> CommentResult:
    reason = refusal.reason if refusal is not None else "It could not be noted before it was written."
    hint = "Plan again to see it as it is now."
    return CommentResult(item.result_id, item.name, "refused", reason, hint, item.comment)


def _result(item: PlannedComment, outcome: CommentOutcome) -> CommentResult:
    """What became of a comment, for people."""
    if outcome.is_written:
        was_there = outcome.previous_comment == item.new_comment
        status = "unchanged" if was_there else "written"
        return CommentResult(
            item.result_id,
            item.name,
            status,  # type: ignore[arg-type]  # both are statuses
            comment=item.new_comment,
        )
    if outcome.is_changed:
        return _changed(item, outcome.previous_comment)
    status = "missing" if outcome.is_missing else "unknown" if outcome.is_unknown else "failed"
    return CommentResult(
        item.result_id,
        item.name,
        status,  # type: ignore[arg-type]  # each of them is a status
        outcome.error_text,
        outcome.hint,
        item.comment,
    )


def _settled(intent: Intent, outcome: CommentOutcome) -> IntentOutcome:
    """What became of an intent, for the audit trail."""
    status, error, old = "failed", outcome.error_text, outcome.previous_comment or intent.old_comment
    if outcome.is_written:
        old, error = outcome.previous_comment, ""
        status = "applied"
        if old == intent.new_comment:
            status, error = "skipped", "It was there already."
    elif outcome.is_changed:
        status, old = "skipped", outcome.previous_comment
    return IntentOutcome(
        intent.application_id,
        intent.result_id,
        status,  # type: ignore[arg-type]  # each of them is a status
        old,
        error,
        intent.action,
    )
