"""A review that goes on: what is decided is in force at once, on disk before the next key, and stored behind that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionValues, in_bulk
from amx_tui.domain.errors import NotFoundError, StoreError
from amx_tui.domain.query import parse_result_query
from amx_tui.domain.results import Result, ResultFilter
from amx_tui.domain.review.pace import Pace
from amx_tui.domain.review.review import Conflict, Review, Step
from amx_tui.domain.review.rows import ReviewFilter, ReviewRow
from amx_tui.domain.review.strategy import BulkStrategy, Preview, preview, values_of
from amx_tui.domain.runs import RunDetail
from amx_tui.drafts.decisions import DecisionJournal, JournalKey
from amx_tui.services.review.reading import DescribedFacts, TextCache
from amx_tui.services.review.saving import DecisionSaver, Saved

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["BULK_PAGE", "ReviewSession"]

ROWS_AT_ONCE = 1_000
"""Rows of one page: many more hold up the keys while they are turned into rows."""
BULK_PAGE = 500
"""Decisions of a strategy that are made at once: what one transaction stores."""
READ_AHEAD = 24
READ_BEHIND = 6
_TICK = timedelta(microseconds=1)


def _now() -> datetime:
    return datetime.now(UTC)


class ReviewSession:
    """The review of one run by this member.

    Attributes:
        detail: The run.
        review: What is decided by now.
        texts: The texts around the cursor.
        facts: What the described database says.
        saver: What stores the decisions.
        pace: How fast it goes.
        left_alone: What strategies were to decide, and somebody else had decided.
        refused: The ids of those among them that were decided here first, and refused by the store.

    Args:
        place: Gives the place of the store that is open now.
        now: Tells the present moment.
    """

    def __init__(
        self,
        workspace: Workspace,
        detail: RunDetail,
        *,
        place: Callable[[], str],
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._workspace = workspace
        self._now = now
        self._listeners: list[Callable[[Saved], None]] = []
        self._last_moment = datetime.min.replace(tzinfo=UTC)
        self.detail = detail
        self.run_id = detail.run.run_id
        self.place = place()
        self.review = Review(workspace.identity.username)
        self.texts = TextCache(workspace, self.run_id, self.review)
        self.facts = DescribedFacts(workspace, detail)
        self.pace = Pace()
        self.left_alone: list[Result] = []
        self.refused: set[str] = set()
        key = JournalKey(self.place, str(workspace.identity), self.run_id)
        self.journal = DecisionJournal(workspace.home, key)
        self.saver = DecisionSaver(
            workspace,
            self.journal,
            self.review,
            place=place,
            home_place=self.place,
            on_change=self._saved,
        )

    # ---- Reading -----------------------------------------------------------------------------------

    async def recover(self) -> int:
        """Take over decisions that an earlier process left, which are stored then; say how many there were.

        Raises:
            DraftError: What was left cannot be read.
        """
        entries = await asyncio.to_thread(self.journal.adopt)
        for entry in entries:
            self.review.replay(entry.change)
        self.saver.recover(entries)
        return len(entries)

    async def begin(self) -> None:
        """Read the counts, and the first undecided results with their texts.

        Raises:
            StoreError: The store does not answer.
        """
        store = self._workspace.store
        pending = ResultFilter(decision="pending")
        opening = await store.runs.open(self.run_id, result_filter=pending, limit=READ_AHEAD)
        self.detail = opening.detail
        rows = [ReviewRow.of(result) for result in opening.page.results]
        self.review.begin(opening.counts, rows)
        self.texts.put([result for result in opening.page.results if not result.is_cut])

    async def load(self) -> None:
        """Read all rows of the run, page by page.

        Raises:
            StoreError: The store does not answer.
        """
        rows: list[ReviewRow] = []
        reviews = self._workspace.store.reviews
        while True:
            cursor = rows[-1].cursor if rows else None
            page = await reviews.rows(self.run_id, cursor=cursor, limit=ROWS_AT_ONCE)
            rows += page
            if len(page) < ROWS_AT_ONCE:
                break
        self.review.load(rows)

    async def freshen(self, result_ids: Sequence[str], *, seen: str) -> Result | None:
        """Read results again that somebody else may have decided.

        Args:
            seen: The id of the result that the reviewer looks at. What its next decision is based on stays what is
                seen: a key that is pressed at the very moment leads to the choice between both decisions.

        Returns:
            That result as it is now, where somebody else has decided it meanwhile.

        Raises:
            StoreError: The store does not answer.
        """
        results = await self._workspace.store.reviews.texts(result_ids)
        self.texts.put([result for result in results if result.result_id != seen])
        for result in results:
            basis = self.review.basis_of(result.result_id)
            if result.result_id == seen and basis is not None and not self.review.is_touched(seen):
                return result if DecisionBasis.of(result) != basis else None
        return None

    def around(self, place: int, shown: ReviewFilter) -> list[ReviewRow]:
        """The rows whose texts are wanted while the cursor is at a place: those that the next keys lead to."""
        review = self.review
        rows: list[ReviewRow] = []
        if 0 <= place < len(review.rows):
            rows.append(review.rows[place])
            table = review.table_of(review.rows[place])
            rows += [table] if table is not None else []
        for step, amount in ((1, READ_AHEAD), (-1, READ_BEHIND)):
            at = place
            for _ in range(amount):
                found = review.next_place(at, shown, step=step, is_undecided=step > 0)
                if found is None:
                    break
                rows.append(review.rows[found])
                at = found
        return rows

    def description_of(self, row: ReviewRow) -> str:
        """The description in force of a result whose texts are there, with what is decided by now."""
        basis, texts = self.review.basis_of(row.result_id), self.texts.get(row.result_id)
        if basis is None or texts is None:
            return ""
        values = basis.values
        decided = replace(
            texts.result, evaluation=values.evaluation, chosen_description=values.chosen_description
        )
        return decided.description or ""

    async def filter(self, line: str) -> ReviewFilter:
        """Read a filter line; a text in it is looked for in the store.

        Raises:
            UsageError: A word that nobody knows.
            StoreError: The store does not answer.
        """
        wanted = parse_result_query(line)
        matching: frozenset[str] | None = None
        if wanted.text or wanted.failed_only:
            sought = ResultFilter(text=wanted.text, failed_only=wanted.failed_only)
            matching = await self._workspace.store.reviews.matching(self.run_id, sought)
        return ReviewFilter(wanted.decision, wanted.confidence, wanted.table, matching, line.strip())

    # ---- Deciding ----------------------------------------------------------------------------------

    def decide(self, result_id: str, values: DecisionValues) -> bool:
        """Decide on one result; say whether that changed anything. What `syncing` gives is to be done afterwards.

        Raises:
            NotFoundError: The result was not read yet.
            DraftError: The decision cannot be kept on disk, so it is not made.
        """
        if self.review.basis_of(result_id) is None:
            raise NotFoundError("This result is still being read.", hint="Try again in a moment.")
        at = self._moment()
        count = self.review.decide([(result_id, _clean(values))], at, keep=self._keep, place=result_id)
        if count:
            self.pace.note(at)
        return bool(count)

    def undo(self) -> tuple[Step, int]:
        """Take the last step back; say what it was, and how many results are as they were before it.

        Raises:
            NotFoundError: There is none.
            DraftError: That cannot be kept on disk.
        """
        if not self.review.can_undo:
            raise NotFoundError("There is nothing to undo.")
        return self.review.undo(keep=self._keep)

    def redo(self) -> tuple[Step, int]:
        """Do the step again that was undone last; say what it was, and how many results are decided again.

        Raises:
            NotFoundError: There is none.
            DraftError: That cannot be kept on disk.
        """
        if not self.review.can_redo:
            raise NotFoundError("There is nothing to redo.")
        return self.review.redo(self._moment(), keep=self._keep)

    def preview(self, strategy: BulkStrategy, shown: ReviewFilter) -> Preview:
        """Say what a strategy would do with what a filter shows."""
        review = self.review
        return preview(strategy, review.rows, review.state_of, shown, busy=review.conflicts)

    async def bulk(
        self,
        wanted: Preview,
        *,
        on_progress: Callable[[int, int], None] = lambda done, count: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> int:
        """Do what was previewed, as one step; say how many results were decided.

        What somebody else has decided meanwhile is left alone, and listed in `left_alone`. What is decided is on
        disk, and is stored behind that.

        Args:
            on_progress: Told how many of how many are decided.
            is_stopped: Asked before each page; what is decided by then stays so.

        Raises:
            StoreError: The store does not answer; what was decided before stays so.
            DraftError: The decisions cannot be kept on disk.
        """
        count = 0
        for start in range(0, len(wanted.rows), BULK_PAGE):
            if is_stopped():
                break
            page = wanted.rows[start : start + BULK_PAGE]
            ids = [row.result_id for row in page if self.review.state_of(row) == "pending"]
            results = await self._workspace.store.reviews.texts(ids)
            self.review.learn(results)
            self.left_alone += [result for result in results if result.evaluation != "pending"]
            values = [(each, _clean(value)) for each, value in values_of(wanted.strategy, results)]
            count += self.review.decide(
                [pair for pair in values if self._is_pending(pair[0])],
                self._moment(),
                keep=partial(self._keep_bulk, wanted.strategy),
                place=page[0].result_id,
                joins=count > 0,
            )
            await asyncio.to_thread(self.syncing())
            on_progress(min(start + BULK_PAGE, len(wanted.rows)), len(wanted.rows))
        return count

    def _is_pending(self, result_id: str) -> bool:
        basis = self.review.basis_of(result_id)
        return basis is not None and basis.values.evaluation == "pending"

    def _moment(self) -> datetime:
        """The moment of a decision: no two are of the same, for it may be all that tells them apart."""
        moment = self._now()
        if moment <= self._last_moment:
            moment = self._last_moment + _TICK
        self._last_moment = moment
        return moment

    def _keep(self, changes: Sequence[DecisionChange]) -> None:
        self.saver.add(self.journal.append(in_bulk(changes)), is_bulk=len(changes) > 1)

    def _keep_bulk(self, strategy: BulkStrategy, changes: Sequence[DecisionChange]) -> None:
        self.saver.add(self.journal.append(in_bulk(changes, strategy)), is_bulk=True)

    def syncing(self) -> Callable[[], None]:
        """Give what puts the decisions on the disk itself: blocking, for a thread, before the next key."""
        return self.journal.syncing()

    # ---- Conflicts ---------------------------------------------------------------------------------

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What somebody else had decided meanwhile, and waits for a choice."""
        return tuple(self.review.conflicts.values())

    def keep_theirs(self, result_id: str) -> None:
        """Settle a conflict by leaving what is stored.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        self.review.keep_theirs(result_id)
        self.saver.release(result_id)

    def take_mine(self, result_id: str) -> None:
        """Settle a conflict by deciding the same again, on top of what is stored.

        Raises:
            StoreError: The result is not there any more.
            DraftError: That cannot be kept on disk.
        """
        if self.review.conflicts[result_id].theirs is None:
            raise StoreError("This result is not in the store any more.", hint="Let it go.")
        self.review.take_mine(result_id, self._moment(), keep=self._keep)
        self.saver.release(result_id)

    # ---- Listening and leaving ---------------------------------------------------------------------

    def listen(self, listener: Callable[[Saved], None]) -> Callable[[], None]:
        """Have somebody told of what changes behind the screen; the answer ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _saved(self, saved: Saved) -> None:
        theirs = [each.theirs for each in saved.conflicts if each.theirs is not None]
        if theirs:
            self.texts.put(theirs)
        for conflict in saved.conflicts:
            # A strategy defends nothing: what somebody decided by hand stays.
            if conflict.is_bulk and conflict.theirs is not None:
                self.left_alone.append(conflict.theirs)
                self.refused.add(conflict.result_id)
                self.keep_theirs(conflict.result_id)
        for listener in tuple(self._listeners):
            listener(saved)

    async def close(self) -> None:
        """Stop; what is not stored waits in the journal."""
        await self.saver.close()
        await self.facts.close()


def _clean(values: DecisionValues) -> DecisionValues:
    """The values as every store can hold them, so that what is stored is what was foreseen."""
    from amx_tui.store.tables.types import storable

    chosen = values.chosen_description
    return replace(
        values,
        chosen_description=None if chosen is None else storable(chosen),
        rejection_reason=storable(values.rejection_reason),
    )
