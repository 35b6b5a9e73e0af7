"""Decisions on results: who may make them, and the undoing of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amx_tui import __version__
from amx_tui.domain.decisions import Decided, DecisionBasis, DecisionChange, DecisionOutcome, in_bulk
from amx_tui.domain.errors import NotFoundError
from amx_tui.services.rights import reason_against

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.opening import Store

__all__ = ["DECIDING", "Decisions"]

DECIDING = "deciding"
"""What a refusal calls it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Decisions that were made together, and are undone together."""

    place: str
    """The store that they were stored in; after a connection broke, another one to it does as well."""
    decided: tuple[Decided, ...]

    def moved(self, bases: Mapping[DecisionBasis, DecisionBasis]) -> _Step:
        """The same step, where what it began or ended with is stored again under another version."""
        return replace(
            self,
            decided=tuple(
                replace(one, before=bases.get(one.before, one.before), after=bases.get(one.after, one.after))
                for one in self.decided
            ),
        )


class Decisions:
    """The decisions that this program makes, with their undo and redo.

    What was decided by one key is undone by one. Undoing is another versioned decision: a result that somebody has
    changed since is left as it is, and listed.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    def reason_against(self) -> str:
        """Say why this member cannot decide here, as far as is known without asking the store; empty if it may."""
        return reason_against(self._workspace, "edit", doing=DECIDING)

    @property
    def can_undo(self) -> bool:
        """Whether a decision of this session can be undone in the open store."""
        return bool(self._of_this_store(self._done))

    @property
    def can_redo(self) -> bool:
        """Whether an undone decision can be made again."""
        return bool(self._of_this_store(self._undone))

    async def decide(self, change: DecisionChange) -> Decided:
        """Store one decision.

        Raises:
            StaleVersionError: Somebody else was first; carries the `Result` as it is now.
            NotFoundError: The result is not there any more.
            RoleError: The member may not decide.
            StoreError: The store is read-only, or does not answer.
        """
        store = self._workspace.store
        decided = await store.decisions.decide(
            change, identity=self._workspace.identity, client_version=__version__
        )
        self._remember((decided,))
        return decided

    async def decide_many(self, changes: Sequence[DecisionChange]) -> DecisionOutcome:
        """Store many decisions, which are undone together; results changed by others are left and listed.

        Raises:
            RoleError: The member may not decide.
            StoreError: The store is read-only, or does not answer.
        """
        store = self._workspace.store
        outcome = await self._store_many(store, changes)
        self._remember(outcome.decided)
        return outcome

    async def undo(self) -> DecisionOutcome:
        """Restore what was there before the last decision that was not undone yet.

        Raises:
            NotFoundError: There is none.
            RoleError: The member may not decide any more.
            StoreError: The store is read-only, or does not answer.
        """
        store = self._workspace.store
        step = self._last(self._done, "There is nothing to undo.")
        changes = in_bulk([decided.undoing() for decided in step.decided])
        outcome = await self._store_many(store, changes)
        self._done.remove(step)
        self._undone.append(_Step(step.place, _paired(step, outcome)))
        # What was decided before stands on the same results, which have another version now.
        before = {one.after.result_id: one.before for one in step.decided}
        moved = {before[one.after.result_id]: one.after for one in outcome.decided}
        self._done = [each.moved(moved) for each in self._done]
        return outcome

    async def redo(self) -> DecisionOutcome:
        """Make the decision again that was undone last.

        Raises:
            NotFoundError: There is none.
            RoleError: The member may not decide any more.
            StoreError: The store is read-only, or does not answer.
        """
        store = self._workspace.store
        step = self._last(self._undone, "There is nothing to redo.")
        changes = in_bulk([decided.redoing(decided.before) for decided in step.decided])
        outcome = await self._store_many(store, changes)
        self._undone.remove(step)
        if outcome.decided:
            self._done.append(_Step(step.place, outcome.decided))
        after = {one.after.result_id: one.after for one in step.decided}
        moved = {after[one.after.result_id]: one.after for one in outcome.decided}
        self._undone = [each.moved(moved) for each in self._undone]
        return outcome

    async def _store_many(self, store: Store, changes: Sequence[DecisionChange]) -> DecisionOutcome:
        """Store decisions, some hundred a transaction; what was stored before one fails can be undone."""
        from amx_tui.store.decisions import AT_ONCE

        decided: list[Decided] = []
        stale: list[str] = []
        try:
            for start in range(0, len(changes), AT_ONCE):
                outcome = await store.decisions.decide_many(
                    changes[start : start + AT_ONCE],
                    identity=self._workspace.identity,
                    client_version=__version__,
                )
                decided += outcome.decided
                stale += outcome.stale
        except BaseException:
            self._remember(tuple(decided))
            raise
        return DecisionOutcome(tuple(decided), tuple(stale))

    def _remember(self, decided: tuple[Decided, ...]) -> None:
        if decided:
            self._done.append(_Step(self._place, decided))
            self._undone.clear()

    @property
    def _place(self) -> str:
        state = self._workspace.state
        return f"{'shared' if state.kind == 'shared' else 'local'} {state.label}"

    def _of_this_store(self, steps: Sequence[_Step]) -> list[_Step]:
        if not self._workspace.state.is_open:
            return []
        return [step for step in steps if step.place == self._place]

    def _last(self, steps: Sequence[_Step], otherwise: str) -> _Step:
        found = self._of_this_store(steps)
        if not found:
            raise NotFoundError(otherwise)
        return found[-1]


def _paired(step: _Step, outcome: DecisionOutcome) -> tuple[Decided, ...]:
    """What an undone step would do again: the same decisions, based on what undoing has left."""
    restored = {one.after.result_id: one.after for one in outcome.decided}
    return tuple(
        replace(decided, before=restored[decided.after.result_id])
        for decided in step.decided
        if decided.after.result_id in restored
    )
