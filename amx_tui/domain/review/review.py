"""The review of one run: its assets in order, what is decided about them by now, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from amx_tui.domain.decisions import Decided, DecisionBasis, DecisionChange, DecisionValues, predicted
from amx_tui.domain.results import DecisionState, Result, ResultCounts
from amx_tui.domain.review.rows import ReviewCounts, ReviewFilter, ReviewRow

__all__ = ["Conflict", "Keep", "Review", "Step"]

_NO_FILTER = ReviewFilter()

Keep = Callable[[Sequence[DecisionChange]], object]
"""Puts changes where they are safe, before they are in force; where it raises, nothing has changed."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one key did: undone by one key, too."""

    decided: tuple[Decided, ...]
    place: str = ""
    """The id of the result that the reviewer stood on."""

    @property
    def result_ids(self) -> tuple[str, ...]:
        """What was decided."""
        return tuple(one.after.result_id for one in self.decided)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two decisions on one result: somebody else was first, a 409."""

    result_id: str
    mine: DecisionValues
    theirs: Result | None
    """The result as it is stored now; None where it is not there any more."""
    is_bulk: bool = False
    """Whether mine was one of many that a strategy made."""


class Review:
    """The state of a review, without any reading or storing.

    A decision is in force here as soon as it is made. What it will be once it is stored is known beforehand, so
    that the next decision on the same result can be based on it: the changes that `decide`, `undo` and `redo` make
    can be stored one after the other, whenever the store answers.

    Args:
        who: The member's name, as a decision carries it.
    """

    def __init__(self, who: str) -> None:
        self.who = who
        self.rows: Sequence[ReviewRow] = ()
        self.is_whole = False
        """Whether all rows of the run are there."""
        self.conflicts: dict[str, Conflict] = {}
        self._places: dict[str, int] = {}
        self._states: dict[str, DecisionState] = {}
        self._bases: dict[str, DecisionBasis] = {}
        self._touched: set[str] = set()
        self._counts = dict.fromkeys(("accepted", "custom", "skipped", "pending"), 0)
        self._done: list[Step] = []
        self._undone: list[Step] = []

    # ---- What is there -----------------------------------------------------------------------------

    def begin(self, counts: ResultCounts, rows: Sequence[ReviewRow]) -> None:
        """Begin with the store's own counts and the first rows; all of them follow with `load`."""
        if not self.is_whole:
            known = self._states
            for state in ("accepted", "custom", "skipped", "pending"):
                self._counts[state] = getattr(counts, state)
            self._states = {}
            self._take(rows)
            for result_id, state in known.items():
                self._set_state(result_id, state)

    def load(self, rows: Sequence[ReviewRow]) -> None:
        """Take all rows of the run, in their order; what was decided here meanwhile stays decided."""
        states = {
            result_id: self._states[result_id] for result_id in self._touched if result_id in self._states
        }
        self._states = {}
        self._take(rows)
        self.is_whole = True
        self._counts = dict.fromkeys(self._counts, 0)
        for row in self.rows:
            self._counts[row.evaluation] += 1
        for result_id, state in states.items():
            self._set_state(result_id, state)

    def _take(self, rows: Sequence[ReviewRow]) -> None:
        self.rows = tuple(rows)
        self._places = {row.result_id: place for place, row in enumerate(self.rows)}

    def learn(self, results: Iterable[Result]) -> None:
        """Take over what was read of results in full; not of those decided here, for it may be from before."""
        for result in results:
            if result.result_id not in self._touched:
                self._bases[result.result_id] = DecisionBasis.of(result)
                self._set_state(result.result_id, result.evaluation)

    def forget(self, result_ids: Iterable[str]) -> None:
        """Drop what was learnt of results whose texts are dropped, too."""
        for result_id in result_ids:
            if result_id not in self._touched:
                self._bases.pop(result_id, None)

    def is_touched(self, result_id: str) -> bool:
        """Whether something was decided about a result here, or is in conflict."""
        return result_id in self._touched

    def place_of(self, result_id: str) -> int | None:
        """Where a result stands among the rows."""
        return self._places.get(result_id)

    def row_of(self, result_id: str) -> ReviewRow | None:
        """The row of a result."""
        place = self._places.get(result_id)
        return None if place is None else self.rows[place]

    def state_of(self, row: ReviewRow) -> DecisionState:
        """What is decided about a row by now."""
        return self._states.get(row.result_id, row.evaluation)

    def basis_of(self, result_id: str) -> DecisionBasis | None:
        """What a decision on a result would be based on; None where the result was not read yet."""
        return self._bases.get(result_id)

    @property
    def counts(self) -> ReviewCounts:
        """How far the review is."""
        counts = self._counts
        return ReviewCounts(counts["accepted"], counts["custom"], counts["skipped"], counts["pending"])

    def _set_state(self, result_id: str, state: DecisionState) -> None:
        place = self._places.get(result_id)
        before = self._states.get(result_id)
        if before is None and place is not None:
            before = self.rows[place].evaluation
        self._states[result_id] = state
        if before is not None and before != state:
            self._counts[before] -= 1
            self._counts[state] += 1

    # ---- Finding the way ---------------------------------------------------------------------------

    def next_place(
        self, after: int, shown: ReviewFilter = _NO_FILTER, *, step: int = 1, is_undecided: bool = False
    ) -> int | None:
        """Find the next row that the filter shows, behind a place or, with a `step` of -1, in front of it."""
        place = after + step
        while 0 <= place < len(self.rows):
            row = self.rows[place]
            state = self.state_of(row)
            if (not is_undecided or state == "pending") and shown.lets_through(row, state):
                return place
            place += step
        return None

    def first_undecided(self, shown: ReviewFilter = _NO_FILTER) -> int | None:
        """Where a review is taken up."""
        return self.next_place(-1, shown, is_undecided=True)

    def table_of(self, row: ReviewRow) -> ReviewRow | None:
        """The row of the table that a column belongs to."""
        if not row.column_name:
            return None
        place = self._places.get(row.result_id, -1)
        while place > 0:
            place -= 1
            other = self.rows[place]
            if (other.schema_name, other.table_name) != (row.schema_name, row.table_name):
                return None
            if not other.column_name:
                return other
        return None

    # ---- Deciding ----------------------------------------------------------------------------------

    def decide(
        self,
        wanted: Sequence[tuple[str, DecisionValues]],
        at: datetime,
        *,
        keep: Keep,
        place: str = "",
        joins: bool = False,
    ) -> int:
        """Decide on results that were read, as one step; say how many that changed.

        What is so already is not decided once more, and a result in conflict waits for that to be settled.

        Args:
            keep: Given the changes, which can be stored one after the other.
            joins: Whether this belongs to the step before, and is undone with it.
        """
        changes: list[DecisionChange] = []
        for result_id, values in wanted:
            basis = self._bases[result_id]
            if result_id not in self.conflicts and _says(basis.values) != _says(values):
                changes.append(DecisionChange(basis, values, decided_at=at))
        if changes:
            keep(changes)
            decided = tuple(self._apply(change) for change in changes)
            if joins and self._done:
                before = self._done.pop()
                decided, place = (*before.decided, *decided), before.place
            self._done.append(Step(decided, place))
            self._undone.clear()
        return len(changes)

    def _apply(self, change: DecisionChange) -> Decided:
        decided = predicted(change, self.who)
        result_id = change.basis.result_id
        self._bases[result_id] = decided.after
        self._touched.add(result_id)
        self._set_state(result_id, decided.after.values.evaluation)
        return decided

    def replay(self, change: DecisionChange) -> None:
        """Take over a decision that was made earlier and is not stored yet."""
        self._apply(change)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether an undone step can be done again."""
        return bool(self._undone)

    def undo(self, *, keep: Keep) -> tuple[Step, int]:
        """Take the last step back; what somebody else has changed since is left.

        Returns:
            The step, and how many results are as they were before it.

        Raises:
            IndexError: There is none.
        """
        step = self._done[-1]
        changes = [
            DecisionChange(basis, one.before.values, is_restoring=True)
            for one in step.decided
            if (basis := self._still(one.after)) is not None
        ]
        if changes:
            keep(changes)
        self._done.pop()
        restored = {self._apply(change).after.result_id for change in changes}
        undone = tuple(one for one in step.decided if one.after.result_id in restored)
        if undone:
            self._undone.append(Step(undone, step.place))
        return step, len(changes)

    def redo(self, at: datetime, *, keep: Keep) -> tuple[Step, int]:
        """Do the step again that was undone last.

        Returns:
            The step, and how many results are decided again.

        Raises:
            IndexError: There is none.
        """
        step = self._undone[-1]
        changes = [
            DecisionChange(basis, one.after.values, decided_at=at)
            for one in step.decided
            if (basis := self._still(one.before)) is not None
        ]
        if changes:
            keep(changes)
        self._undone.pop()
        decided = tuple(self._apply(change) for change in changes)
        if decided:
            self._done.append(Step(decided, step.place))
        return step, len(changes)

    def _still(self, basis: DecisionBasis) -> DecisionBasis | None:
        """The present basis, where the result says what it said then, by the same member.

        Undoing counts the version on, and redoing has a moment of its own.
        """
        now = self._bases.get(basis.result_id)
        is_so = (
            now is not None
            and basis.result_id not in self.conflicts
            and _says(now.values) == _says(basis.values)
            and now.values.evaluated_by == basis.values.evaluated_by
        )
        return now if is_so else None

    # ---- Conflicts ---------------------------------------------------------------------------------

    def refuse(self, result_id: str, theirs: Result | None, *, is_bulk: bool = False) -> Conflict:
        """Somebody else was first: what is stored is in force, and mine waits for a choice."""
        basis = self._bases.get(result_id)
        before = self.conflicts.get(result_id)
        mine = before.mine if before else basis.values if basis else DecisionValues()
        conflict = Conflict(result_id, mine, theirs, is_bulk)
        self.conflicts[result_id] = conflict
        self._touched.add(result_id)
        if theirs is not None:
            self._bases[result_id] = DecisionBasis.of(theirs)
            self._set_state(result_id, theirs.evaluation)
        return conflict

    def restate(self, result_id: str, values: DecisionValues) -> None:
        """Let other values stand for mine in a conflict that is not settled yet."""
        self.conflicts[result_id] = replace(self.conflicts[result_id], mine=values)

    def keep_theirs(self, result_id: str) -> None:
        """Settle a conflict by leaving what is stored."""
        del self.conflicts[result_id]

    def take_mine(self, result_id: str, at: datetime, *, keep: Keep) -> None:
        """Settle a conflict by deciding the same once more, on top of what is stored."""
        conflict = self.conflicts.pop(result_id)
        mine = replace(conflict.mine, evaluated_by="", evaluated_at=None)
        try:
            self.decide([(result_id, mine)], at, keep=keep, place=result_id)
        except BaseException:
            self.conflicts[result_id] = conflict
            raise

    def names(self, are_wanted: Callable[[str], bool], limit: int) -> list[ReviewRow]:
        """The first rows whose names are wanted."""
        found: list[ReviewRow] = []
        for row in self.rows:
            if are_wanted(row.name):
                found.append(row)
                if len(found) == limit:
                    break
        return found


def _says(values: DecisionValues) -> tuple[DecisionState, str | None, str]:
    return values.evaluation, values.chosen_description, values.rejection_reason
