"""Writing comments a batch at a time: looked at once more, intended, written, and accounted for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from amx_tui.domain.applications import Destination, Intent, IntentOutcome, Refusal
from amx_tui.domain.applying import PlannedComment
from amx_tui.domain.assets import AssetFacts, CommentChange, CommentOutcome
from amx_tui.domain.errors import AmxError
from amx_tui.domain.identity import Identity
from amx_tui.services.apply_plans import CommentResult

if TYPE_CHECKING:
    from amx_tui.store.applications import ApplicationRepository
    from amx_tui.warehouse import Warehouse

__all__ = ["BATCH", "Batches"]

BATCH = 500
"""Comments that are written between two looks at whether to go on."""

_CHANGED = "Its comment in the database is no longer what it was."
_MISSING = "The database has no such asset any more."


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

    async def write(self, items: Sequence[PlannedComment], results: list[CommentResult]) -> AmxError | None:
        """Write one batch.

        Args:
            items: At most `BATCH`, each of another asset.
            results: Gets what became of each, even where this raises.

        Returns:
            What keeps the next batch from being written; None where nothing does.

        Raises:
            AmxError: The batch was not begun.
        """
        facts = await self._warehouse.facts([item.name for item in items])
        wanted = [item for item in items if not self._is_told(item, facts.get(item.name), results)]
        intents = {item.result_id: self._intent(item) for item in wanted}
        if not wanted:
            return None
        begun = await self._trail.begin(
            list(intents.values()),
            self._destination,
            identity=self._identity,
            client_version=self._client_version,
        )
        refusals = {refusal.result_id: refusal for refusal in begun.refused}
        kept: list[PlannedComment] = []
        for item in wanted:
            if intents[item.result_id].application_id in begun.application_ids:
                kept.append(item)
            else:
                results.append(_refused(item, refusals.get(item.result_id)))
        outcomes = await self._warehouse.write(
            [CommentChange(item.name, item.kind, item.new_comment) for item in kept],
            expected={item.name: item.comment for item in kept},
        )
        told = list(zip(kept, outcomes, strict=True))
        results.extend(_result(item, outcome) for item, outcome in told)
        known = [
            _settled(intents[item.result_id], outcome) for item, outcome in told if not outcome.is_unknown
        ]
        return await self._finish(known)

    async def _finish(self, outcomes: Sequence[IntentOutcome]) -> AmxError | None:
        try:
            await self._trail.finish(outcomes, run_id=self._run_id, identity=self._identity)
        except AmxError as error:
            # The intents stay open, so nothing is lost: whoever applies next settles them.
            message = f"What was written last could not be noted in the store: {error.message}"
            return AmxError(message, hint="Apply again: the open intents are settled by the database then.")
        return None

    def _is_told(self, item: PlannedComment, facts: AssetFacts | None, results: list[CommentResult]) -> bool:
        """Say what became of an asset that is no longer as it was planned; False where it still is."""
        if facts is None:
            results.append(CommentResult(item.result_id, item.name, "missing", _MISSING))
        elif facts.comment == item.new_comment:
            results.append(CommentResult(item.result_id, item.name, "unchanged", comment=facts.comment))
        elif facts.comment != item.comment:
            results.append(_changed(item, facts.comment))
        else:
            return False
        return True

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
