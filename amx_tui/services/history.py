"""The run history: lists, one run with its results, and the hash that two members compare."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from amx_tui.domain.digest import descriptions_hash
from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.results import Result, ResultCounts, ResultCursor, ResultFilter, ResultPage, RunOpening
from amx_tui.domain.runs import Direction, RunCursor, RunDetail, RunFilter, RunPage

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.opening import Store

__all__ = ["History", "Suggestions", "is_whole_id"]

T = TypeVar("T")

_FULL_ID = re.compile(
    r"run_\d{4}-\d\d-\d\d_\d\d-\d\d-\d{3,}\Z|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
)


def is_whole_id(reference: str) -> bool:
    """Say whether a reference looks like the whole id of a run, which needs no looking up."""
    return _FULL_ID.match(reference) is not None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the store holds that a filter can ask for."""

    members: tuple[str, ...]
    statuses: tuple[str, ...]


class History:
    """The history of the store that the workspace has open; each call is one round trip to it.

    Every method raises `StoreError` where the store does not answer, or where none is open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._full_names: dict[tuple[Store, str], str] = {}

    async def list(
        self,
        filter: RunFilter = RunFilter(),  # noqa: B008 - it is frozen
        *,
        cursor: RunCursor | None = None,
        direction: Direction = "forward",
        limit: int = 40,
        count: bool = False,
        around: RunCursor | None = None,
    ) -> RunPage:
        """Read a page of runs.

        Args:
            filter: Which runs, in which order.
            cursor: The run that the page lies behind (or in front of, backward); None is the list's beginning
                (or its end, backward).
            direction: Which way to read; the page is in the list's order either way.
            limit: How many runs at most.
            count: Whether to count how many runs the filter lets through.
            around: A run that the page is to begin at, instead of a cursor: a refresh that keeps its place.
        """
        runs = self._workspace.store.runs
        return await runs.page(
            await self._meant(filter),
            cursor=cursor,
            direction=direction,
            limit=limit,
            count=count,
            around=around,
        )

    async def _meant(self, filter: RunFilter) -> RunFilter:
        """Read `bob` as `bob@acme.com` where nobody is called just `bob`: what stands before the @ is enough.

        Costs one round trip, once, and only where such a short name was typed.
        """
        who = filter.who
        if not who or "*" in who or "@" in who:
            return filter
        store = self._workspace.store
        if (store, who) not in self._full_names:
            members, _ = await store.runs.members_and_statuses()
            longer = [member for member in members if member.partition("@")[0] == who]
            if not longer and who not in members:
                return filter
            meant = longer[0] if len(longer) == 1 else f"{who}@*"
            self._full_names[store, who] = who if who in members else meant
        return replace(filter, who=self._full_names[store, who])

    async def open(
        self,
        reference: str,
        *,
        result_filter: ResultFilter = ResultFilter(),  # noqa: B008 - it is frozen
        limit: int = 60,
    ) -> RunOpening:
        """Read a run's facts, its counts and the first page of its results.

        Args:
            reference: The run's id, a prefix that is its alone, `#7@host`, or `#7` where one run only has
                that number.
            result_filter: Which results.
            limit: How many results at most.

        Raises:
            NotFoundError: No run, or more than one, has that reference; the hint lists candidates.
        """
        runs = self._workspace.store.runs

        async def read(run_id: str) -> RunOpening:
            return await runs.open(run_id, result_filter=result_filter, limit=limit)

        return await self._by_reference(reference, read)

    async def detail(self, reference: str) -> RunDetail:
        """Read a run's facts without its results.

        Raises:
            NotFoundError: No run, or more than one, has that reference.
        """
        return await self._by_reference(reference, self._workspace.store.runs.detail)

    async def results(
        self,
        run_id: str,
        filter: ResultFilter = ResultFilter(),  # noqa: B008 - it is frozen
        *,
        cursor: ResultCursor | None = None,
        direction: Direction = "forward",
        limit: int = 60,
    ) -> ResultPage:
        """Read a page of a run's results, by schema, table (its own row first) and column."""
        return await self._workspace.store.results.page(
            run_id, filter, cursor=cursor, direction=direction, limit=limit
        )

    async def counts(self, run_id: str) -> ResultCounts:
        """Count all results of a run, where those of its opening are partial."""
        return await self._workspace.store.results.counts(run_id)

    async def tables(self, run_id: str) -> tuple[tuple[str, str, ResultCounts], ...]:
        """Read the tables of a run as (schema, table, counts of its results), sorted."""
        return await self._workspace.store.results.tables_of(run_id)

    async def result(self, result_id: str) -> Result:
        """Read one result in full.

        Raises:
            NotFoundError: There is no such result.
        """
        return await self._workspace.store.results.get(result_id)

    async def hash(self, reference: str) -> str:
        """Compute the SHA-256 of a run's descriptions, by which two members see that they look at the same.

        Raises:
            NotFoundError: No run, or more than one, has that reference.
        """
        runs = self._workspace.store.runs
        run_id = await runs.resolve(reference)
        return descriptions_hash(await self._workspace.store.results.descriptions(run_id))

    async def suggestions(self) -> Suggestions:
        """Read the members and statuses that occur, for completing a filter."""
        members, statuses = await self._workspace.store.runs.members_and_statuses()
        return Suggestions(tuple(members), tuple(statuses))

    async def _by_reference(self, reference: str, read: Callable[[str], Awaitable[T]]) -> T:
        """Read by an id where the reference looks like a whole one, else, or where it is none, resolve it first.

        A run that was picked from a list, the usual case, is one round trip so.
        """
        if is_whole_id(reference):
            with contextlib.suppress(NotFoundError):
                return await read(reference)
        return await read(await self._workspace.store.runs.resolve(reference))
