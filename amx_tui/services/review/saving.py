"""Decisions go to the store behind the screen: in order, many at once, until the store has them all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amx_tui import __version__
from amx_tui.domain.decisions import DecisionBasis, DecisionChange, DecisionOutcome, predicted
from amx_tui.domain.errors import AmxError, DraftError, RoleError, StoreError
from amx_tui.domain.results import Result
from amx_tui.domain.review.review import Conflict, Review
from amx_tui.drafts.decisions import DecisionJournal, Entry

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.opening import Store

__all__ = ["DecisionSaver", "Saved", "StoreAwayError"]

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds between two attempts while the store does not answer; each wait is twice the one before."""
LINGER = 0.3
"""Seconds that a decision waits for others to travel with: storing takes time from the keys that come next."""
LONGEST_LINGER = 2.0
"""Seconds that the first one waits at most, however fast others follow."""


class StoreAwayError(StoreError):
    """The store that the decisions are for is not the one that is open."""

    title = "The store is away"


@dataclass(frozen=True, slots=True)
class Saved:
    """What changed behind the screen."""

    count: int = 0
    """Decisions that the store has now."""
    conflicts: tuple[Conflict, ...] = ()
    """Results that somebody else had decided meanwhile."""
    problem: AmxError | None = None
    """Why nothing can be stored at the moment."""


class DecisionSaver:
    """Stores the decisions of one journal, one batch after the other.

    Two decisions on one result never travel together, and after one was refused those that were based on it are
    not sent. Where it is unknown what became of a batch (the connection broke, the process died), what is stored is
    looked at first: it is ours, which is acknowledged, or what ours is based on, which is sent, or somebody else's.

    Args:
        workspace: Whose store and identity.
        journal: Where the decisions are until they are stored.
        review: Told of refusals.
        place: Gives the place of the store that is open now, which must be `home_place`.
        home_place: The place of the store that the decisions are for.
        on_change: Told what changed, each time.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        workspace: Workspace,
        journal: DecisionJournal,
        review: Review,
        *,
        place: Callable[[], str],
        home_place: str,
        on_change: Callable[[Saved], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._review = review
        self._place = place
        self._home_place = home_place
        self._on_change = on_change
        self._sleep = sleep
        self._queue: deque[Entry] = deque()
        self._doubtful: set[str] = set()
        self._held: dict[str, list[Entry]] = {}
        """Entries of results in conflict, in the journal until that is settled."""
        self._bulk: set[int] = set()
        self._wake = asyncio.Event()
        self._again = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.problem: AmxError | None = None
        """Why nothing can be stored at the moment."""

    @property
    def unsaved(self) -> int:
        """Decisions that the store does not have yet; those in conflict are counted elsewhere."""
        return len(self._queue)

    def recover(self, entries: Sequence[Entry]) -> None:
        """Take over what an earlier process left; what became of it is found out first."""
        self._doubtful.update(entry.change.basis.result_id for entry in entries)
        self.add(entries)

    def add(self, entries: Sequence[Entry], *, is_bulk: bool = False) -> None:
        """Have decisions stored, behind those that wait already."""
        if not entries:
            return
        if is_bulk:
            self._bulk.update(entry.number for entry in entries)
        self._queue.extend(entries)
        self._idle.clear()
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="amx-review-saver")
            self._task.add_done_callback(self._ended)

    def release(self, result_id: str) -> None:
        """Forget the decisions of a conflict that is settled.

        Raises:
            DraftError: The AMX home cannot be written.
        """
        self._acknowledge(self._held.pop(result_id, ()))

    def try_again(self) -> None:
        """Do not wait any longer for the next attempt."""
        self._again.set()

    async def drained(self) -> None:
        """Wait until everything is stored, or in conflict."""
        await self._idle.wait()

    async def attempted(self) -> None:
        """Wait until everything is stored or in conflict, or a problem keeps it from being so."""
        while self._queue and self.problem is None:
            self._news.clear()
            await self._news.wait()

    async def close(self) -> None:
        """Stop; what is not stored stays in the journal."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._journal.close()

    # ---- The task ----------------------------------------------------------------------------------

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Say what ended the task unforeseen; the next decision begins it anew."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            problem = StoreError(
                f"Storing decisions ended with {type(error).__name__}.", hint="They are kept on this machine."
            )
            problem.__cause__ = error
            self._tell(Saved(problem=problem))

    async def _run(self) -> None:
        wait = FIRST_WAIT
        while True:
            if not self._queue:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
                await self._gather_company()
            try:
                await self._store_batch()
            except AmxError as error:
                self._tell(Saved(problem=error))
                await self._pause(wait)
                wait = min(LONGEST_WAIT, wait * 2)
            else:
                wait = FIRST_WAIT

    async def _gather_company(self) -> None:
        """Wait for a pause between the keys."""
        waited, count = 0.0, 0
        while waited < LONGEST_LINGER and len(self._queue) != count:
            count = len(self._queue)
            await asyncio.sleep(LINGER)
            waited += LINGER or LONGEST_LINGER

    async def _pause(self, seconds: float) -> None:
        """Wait, unless somebody wants it tried again before."""
        self._again.clear()
        waits = {
            asyncio.ensure_future(self._sleep(seconds)),
            asyncio.ensure_future(self._again.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _store_batch(self) -> None:
        from amx_tui.store.decisions import AT_ONCE

        store = self._store()
        if self._doubtful:
            await self._look(store)
        batch = _batch(self._queue, AT_ONCE)
        if not batch:
            self._tell(Saved())
            return
        ids = [entry.change.basis.result_id for entry in batch]
        try:
            outcome = await store.decisions.decide_many(
                [entry.change for entry in batch],
                identity=self._workspace.identity,
                client_version=__version__,
            )
        except RoleError:
            raise
        except StoreError:
            self._doubtful.update(ids)
            raise
        except asyncio.CancelledError:
            self._doubtful.update(ids)
            raise
        conflicts = await self._refused(store, outcome)
        done = {one.after.result_id for one in outcome.decided}
        stored = [entry for entry in batch if entry.change.basis.result_id in done]
        self._drop(stored)
        self._tell(Saved(len(stored), conflicts))

    def _store(self) -> Store:
        if self._place() != self._home_place:
            raise StoreAwayError(
                "The store that these decisions are for is not open.",
                hint="They wait on this machine for it.",
            )
        return self._workspace.store

    async def _refused(self, store: Store, outcome: DecisionOutcome) -> tuple[Conflict, ...]:
        """Read what others have decided, and hold back all that was based on what they replaced."""
        if not outcome.stale:
            return ()
        current = {result.result_id: result for result in await self._read(store, outcome.stale)}
        return tuple(self._hold(result_id, current.get(result_id)) for result_id in outcome.stale)

    async def _read(self, store: Store, result_ids: Sequence[str]) -> tuple[Result, ...]:
        """Read results in full, and who decided on them where the results themselves do not say it."""
        results = await store.reviews.texts(result_ids)
        deciders = await store.decisions.deciders(results)
        return tuple(
            replace(each, evaluated_by=each.evaluated_by or deciders.get(each.result_id, ""))
            for each in results
        )

    def _hold(self, result_id: str, theirs: Result | None) -> Conflict:
        held = [entry for entry in self._queue if entry.change.basis.result_id == result_id]
        self._queue = deque(entry for entry in self._queue if entry.change.basis.result_id != result_id)
        self._held.setdefault(result_id, []).extend(held)
        is_bulk = all(entry.number in self._bulk for entry in held)
        return self._review.refuse(result_id, theirs, is_bulk=is_bulk)

    async def _look(self, store: Store) -> None:
        """Find out what became of decisions that were sent, or may have been."""
        from amx_tui.store.decisions import AT_ONCE

        doubtful = sorted(self._doubtful)[:AT_ONCE]
        found = {result.result_id: result for result in await self._read(store, doubtful)}
        chains: dict[str, list[Entry]] = {result_id: [] for result_id in doubtful}
        for entry in self._queue:
            if entry.change.basis.result_id in chains:
                chains[entry.change.basis.result_id].append(entry)
        stored: list[Entry] = []
        conflicts: list[Conflict] = []
        for result_id, chain in chains.items():
            result = found.get(result_id)
            known = _stored_of([entry.change for entry in chain], result, self._review.who)
            if known is None:
                conflicts.append(self._hold(result_id, result))
            else:
                stored += chain[:known]
        self._drop(stored)
        self._doubtful.difference_update(doubtful)
        if stored or conflicts:
            self._tell(Saved(len(stored), tuple(conflicts)))
        if self._doubtful:
            await self._look(store)

    def _drop(self, entries: Sequence[Entry]) -> None:
        """Take entries that the store has out of the queue and the journal."""
        gone = {entry.number for entry in entries}
        if gone:
            self._queue = deque(entry for entry in self._queue if entry.number not in gone)
            self._acknowledge(entries)

    def _acknowledge(self, entries: Iterable[Entry]) -> None:
        # A journal that cannot be written any more has them still, and will find them stored.
        with suppress(DraftError):
            self._journal.acknowledge(entry.number for entry in entries)

    def _tell(self, saved: Saved) -> None:
        self.problem = saved.problem
        self._news.set()
        if not self._queue:
            self._idle.set()
        self._on_change(saved)


def _batch(queue: Iterable[Entry], limit: int) -> list[Entry]:
    """What can be stored together: the first entries, up to the second one of any result."""
    batch: list[Entry] = []
    ids: set[str] = set()
    for entry in queue:
        if len(batch) == limit or entry.change.basis.result_id in ids:
            break
        ids.add(entry.change.basis.result_id)
        batch.append(entry)
    return batch


def _stored_of(chain: Sequence[DecisionChange], result: Result | None, who: str) -> int | None:
    """Say how many decisions of a chain on one result are stored; None where it is somebody else's by now."""
    if not chain:
        return 0
    if result is None:
        return None
    current = DecisionBasis.of(result)
    if current.version is None:
        # Who decided was added to what such a store keeps.
        current = replace(current, values=replace(current.values, evaluated_by=""))
    for number in range(len(chain), 0, -1):
        if _same(predicted(chain[number - 1], who).after, current):
            return number
        # Where a conflict was settled by taking mine, the later decision is based on theirs.
        if _same(chain[number - 1].basis, current):
            return number - 1
    return None


def _same(one: DecisionBasis, other: DecisionBasis) -> bool:
    if one.version != other.version:
        return False
    if one.version is not None:
        return one.values == other.values
    first, second = one.values, other.values
    return (first.evaluation, first.chosen_description, first.evaluated_at) == (
        second.evaluation,
        second.chosen_description,
        second.evaluated_at,
    )
