"""Comparing runs side by side, and settling differences where they are seen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from amx_tui.domain.compare import (
    DIFFERENCES,
    AssetKey,
    CompareCounts,
    CompareCursor,
    CompareFilter,
    ComparePage,
    CompareRow,
    CompareStatus,
    Comparison,
)
from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionOutcome, in_bulk, taking
from amx_tui.domain.errors import NotFoundError, UsageError
from amx_tui.domain.results import Result
from amx_tui.domain.runs import Direction, Run
from amx_tui.domain.sides import make_sides, newest_side, warnings_of
from amx_tui.domain.taking import changed_meanwhile, is_as_shown, taken_text
from amx_tui.services.history import is_whole_id

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.comparisons import ComparisonRepository

__all__ = ["MOST_SIDES", "Candidate", "Compare", "Difference", "Settled"]

MOST_SIDES = 8
"""Runs that are compared at once at most."""
_STREAMED = 500
_TAKE_ALL = "take-all"
_NO_FILTER = CompareFilter()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that another one can be compared with."""

    run: Run
    shared_tables: int
    """Tables that both runs have results of."""
    is_other_member: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference that was looked for, and where it stands among all."""

    row: CompareRow
    number: int
    """Counted from 1."""
    total: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of settling, undoing or redoing."""

    count: int
    """Decisions that were stored."""
    stale: tuple[str, ...] = ()
    """The ids of results that somebody else had changed, which were left as they are."""
    text: str = ""
    """What was taken, where it was one description."""


def _now() -> datetime:
    return datetime.now(UTC)


class Compare:
    """The comparison of runs of the store that the workspace has open.

    Every method raises `StoreError` where the store does not answer, or where none is open.

    Args:
        now: Tells the present moment, which the sides' names are relative to.
    """

    def __init__(self, workspace: Workspace, *, now: Callable[[], datetime] = _now) -> None:
        self._workspace = workspace
        self._now = now

    # ---- Reading -------------------------------------------------------------------------------------------

    async def open(
        self, references: Sequence[str], filter: CompareFilter = _NO_FILTER, *, limit: int = 60
    ) -> Comparison:
        """Read the sides of a comparison, all its counts and its first page, in two round trips.

        Args:
            references: Two runs or more, the baseline first: ids, beginnings that are one run's alone, `#7@host`.
            filter: Which assets; the counts heed its name, not its statuses.
            limit: Rows of the first page at most.

        Raises:
            UsageError: Fewer than two runs, or more than eight.
            NotFoundError: No run, or more than one, has such a reference; the hint lists candidates.
        """
        if not 2 <= len(references) <= MOST_SIDES:
            raise UsageError(f"A comparison takes 2 to {MOST_SIDES} runs, not {len(references)}.")
        store = self._workspace.store
        start = await store.comparisons.open(references, filter, limit=limit)
        if start is None:
            run_ids = [await store.runs.resolve(reference) for reference in references]
            start = await store.comparisons.open(run_ids, filter, limit=limit)
        if start is None:
            raise NotFoundError("A run that was to be compared is not there any more.")
        sides = make_sides(start.runs, self._now(), backends=start.backends)
        return Comparison(
            sides=sides,
            filter=filter,
            counts=start.counts,
            page=start.page,
            newer=newest_side(sides),
            warnings=warnings_of(sides),
        )

    async def again(
        self, comparison: Comparison, filter: CompareFilter | None = None, *, limit: int = 60
    ) -> Comparison:
        """Read a comparison again, under another filter if one is given: sides, counts and first page."""
        return await self.open(_run_ids(comparison), filter or comparison.filter, limit=limit)

    async def page(
        self,
        comparison: Comparison,
        *,
        cursor: CompareCursor | None = None,
        direction: Direction = "forward",
        limit: int = 60,
        around: CompareCursor | None = None,
    ) -> ComparePage:
        """Read a page under the comparison's filter, in one round trip; long descriptions are cut (`is_cut`).

        Args:
            cursor: The asset that the page lies behind (or in front of, backward); None is the beginning (or the
                end, backward).
            direction: Which way to read; the page is in the list's order either way.
            limit: Rows at most.
            around: The asset that the page begins with, instead of a cursor: a refresh that keeps its place, or a
                jump to a table (`CompareCursor(schema, table)`).
        """
        return await self._comparisons.page(
            _run_ids(comparison),
            comparison.filter,
            cursor=cursor,
            direction=direction,
            limit=limit,
            around=around,
        )

    async def counts(self, comparison: Comparison) -> CompareCounts:
        """Count again, in one round trip: after a decision, or while a run is still running."""
        return await self._comparisons.counts(_run_ids(comparison), comparison.filter)

    async def row(self, comparison: Comparison, key: AssetKey) -> CompareRow | None:
        """Read one asset again, whatever the filter's statuses say; None where no side has it any more."""
        unfiltered = replace(comparison.filter, statuses=frozenset())
        page = await self._comparisons.page(
            _run_ids(comparison), unfiltered, around=CompareCursor(*key), limit=1
        )
        return next((row for row in page.rows if row.key == key), None)

    async def next_difference(
        self, comparison: Comparison, cursor: CompareCursor | None, direction: Direction = "forward"
    ) -> Difference | None:
        """Find the difference behind an asset (or in front of it, backward) under the filter; None is the end.

        A few round trips, for the difference and its number among all.
        """
        wanted = _differences(comparison.filter)
        if not wanted:
            return None
        found = await self._comparisons.neighbour(
            _run_ids(comparison), replace(comparison.filter, statuses=wanted), cursor, direction
        )
        return None if found is None else Difference(*found, comparison.counts.of(wanted))

    async def detail(self, row: CompareRow) -> tuple[Result | None, ...]:
        """Read the results behind a row in full, one a side: alternatives, reasoning, who decided.

        One round trip; in a store that amx-cli made a second one says who decided with this program.
        """
        ids = [cell.result_id for cell in row.cells]
        store = self._workspace.store
        found = await store.comparisons.results([result_id for result_id in ids if result_id])
        for result_id, who in (await store.decisions.deciders(tuple(found.values()))).items():
            found[result_id] = replace(found[result_id], evaluated_by=who)
        return tuple(found.get(result_id) if result_id else None for result_id in ids)

    async def rows(self, comparison: Comparison) -> AsyncIterator[CompareRow]:
        """Give all rows under the filter, descriptions in full, a page in memory at a time; for exports."""
        async for rows in self._pages(comparison, comparison.filter):
            for row in rows:
                yield row

    async def candidates(self, reference: str, text: str = "", *, limit: int = 60) -> tuple[Candidate, ...]:
        """Find the runs best compared with one: over the same tables, of these another member's, the most tables first.

        Args:
            reference: The run; it is not among them.
            text: Looked for, in any case, in ids, members and scopes.
            limit: Runs at most.

        Raises:
            NotFoundError: No run, or more than one, has that reference.
        """
        store = self._workspace.store
        run_id = reference if is_whole_id(reference) else await store.runs.resolve(reference)
        found = await store.comparisons.candidates(run_id, text, limit=limit)
        return tuple(Candidate(*each) for each in found)

    @property
    def _comparisons(self) -> ComparisonRepository:
        return self._workspace.store.comparisons

    # ---- Settling ------------------------------------------------------------------------------------------

    def reason_against_settling(self, comparison: Comparison, row: CompareRow | None = None) -> str:
        """Say why a difference cannot be settled, as far as is known without asking the store; empty if it can.

        Args:
            row: The asset; without one only what holds for every asset is said.
        """
        reason = self._workspace.decisions.reason_against()
        if reason or row is None:
            return reason
        if row.cells[comparison.newer].result_id is None:
            newer = comparison.sides[comparison.newer].name
            return f"The newer run, {newer}, has no result for {row.target_qname} that could be decided."
        return ""

    async def settle(
        self, comparison: Comparison, row: CompareRow, *, side: int | None = None, text: str | None = None
    ) -> Settled:
        """Take a description as the decision for the newer run's result.

        Args:
            row: The asset, as it was shown: where its result has changed since, nothing is stored.
            side: The side whose description is taken, counted from 0.
            text: The description to take instead, where it was edited.

        Raises:
            StaleVersionError: Somebody decided meanwhile; carries the newer run's `Result` as it is now.
            UsageError: There is no description to take, or no result to decide.
            RoleError: The member may not decide.
        """
        cell = row.cells[comparison.newer]
        if cell.result_id is None:
            raise UsageError(self.reason_against_settling(comparison, row) or "There is no result to decide.")
        results = await self.detail(row)
        current = results[comparison.newer]
        if current is None:
            raise NotFoundError(f"The result for {row.target_qname} is not there any more.")
        if not is_as_shown(row, comparison.newer, current):
            raise changed_meanwhile(current, cell.version)
        if text is None:
            text = taken_text(comparison, row, results, side)
        if not text:
            raise UsageError("An empty text is no description.", hint="Type one, or take a side's.")
        change = DecisionChange(DecisionBasis.of(current), taking(current, text))
        decided = await self._workspace.decisions.decide(change)
        return Settled(1, text=decided.after.values.chosen_description or "")

    async def settle_preview(self, comparison: Comparison, side: int) -> int:
        """Count the differences under the filter that `settle_all` would settle, in one round trip."""
        return await self._comparisons.count_settling(
            _run_ids(comparison), comparison.filter, side, comparison.newer
        )

    async def settle_all(self, comparison: Comparison, side: int) -> Settled:
        """Take a side's description for every difference under the filter, as decisions that are undone together.

        Left alone are assets that this side does not describe, that the newer run has no result for, that are
        decided so already, and that somebody else changes meanwhile, which are listed.

        Raises:
            RoleError: The member may not decide.
        """
        statuses = _differences(comparison.filter)
        if not statuses:
            return Settled(0)
        wanted = replace(comparison.filter, statuses=statuses)
        changes: list[DecisionChange] = []
        async for rows in self._pages(comparison, wanted):
            changes += await self._changes(comparison, rows, side)
        outcome = await self._workspace.decisions.decide_many(in_bulk(changes, _TAKE_ALL))
        return Settled(len(outcome.decided), outcome.stale)

    @property
    def can_undo(self) -> bool:
        """Whether a decision of this session can be undone."""
        return self._workspace.decisions.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether an undone decision can be made again."""
        return self._workspace.decisions.can_redo

    async def undo(self) -> Settled:
        """Restore what was there before the last settling; results changed by others since are left and listed.

        Raises:
            NotFoundError: There is nothing to undo.
        """
        return _settled(await self._workspace.decisions.undo())

    async def redo(self) -> Settled:
        """Settle again what was undone last.

        Raises:
            NotFoundError: There is nothing to redo.
        """
        return _settled(await self._workspace.decisions.redo())

    async def _pages(
        self, comparison: Comparison, wanted: CompareFilter
    ) -> AsyncIterator[tuple[CompareRow, ...]]:
        cursor: CompareCursor | None = None
        while True:
            page = await self._comparisons.page(
                _run_ids(comparison), wanted, cursor=cursor, limit=_STREAMED, is_full=True
            )
            if page.rows:
                yield page.rows
            if not page.has_after or not page.rows:
                return
            cursor = CompareCursor.of(page.rows[-1])

    async def _changes(
        self, comparison: Comparison, rows: Sequence[CompareRow], side: int
    ) -> list[DecisionChange]:
        """The decisions that take a side's descriptions for some rows."""
        newer = comparison.newer
        ids = [row.cells[newer].result_id for row in rows if row.cells[side].description]
        results = await self._comparisons.results([result_id for result_id in ids if result_id])
        changes: list[DecisionChange] = []
        for row in rows:
            text, result = row.cells[side].description, results.get(row.cells[newer].result_id or "")
            if text is None or result is None:
                continue
            is_settled = result.evaluation in {"accepted", "custom"} and result.chosen_description == text
            if not is_settled:
                changes.append(DecisionChange(DecisionBasis.of(result), taking(result, text)))
        return changes


def _run_ids(comparison: Comparison) -> tuple[str, ...]:
    return tuple(side.run.run_id for side in comparison.sides)


def _differences(wanted: CompareFilter) -> frozenset[CompareStatus]:
    """The statuses of differences that a filter lets through; none where it shows other assets only."""
    return wanted.statuses & DIFFERENCES if wanted.statuses else DIFFERENCES


def _settled(outcome: DecisionOutcome) -> Settled:
    texts = {one.after.values.chosen_description or "" for one in outcome.decided}
    return Settled(len(outcome.decided), outcome.stale, text=texts.pop() if len(outcome.decided) == 1 else "")
