"""`history list`: the team's runs, read by pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from amx_tui.domain.report import Block, Grid, Paragraph
from amx_tui.domain.runs import JsonValue, Run, RunCursor, RunFilter, RunSort
from amx_tui.domain.text import one_line
from amx_tui.domain.times import parse_moment, relative_time
from amx_tui.services.commands.documents import run_row
from amx_tui.services.grammar import DEFAULT_LIMIT, Invocation
from amx_tui.services.workspace import Workspace

__all__ = ["list_blocks", "list_rows", "run_filter"]

_PAGE = 500
"""Rows that are read at once: few round trips, and little memory."""
_SCOPE_WIDTH = 48
_HEADINGS = ("run_id", "who", "when", "scope", "ok", "fail", "status")
_NUMBERED = ("run_id", "local_id", *_HEADINGS[1:])


def run_filter(invocation: Invocation, now: datetime) -> RunFilter:
    """What a `history list` asks for.

    Raises:
        UsageError: A time cannot be read.
    """
    since, until = invocation.text("since"), invocation.text("until")
    sort: RunSort = "who" if invocation.text("sort") == "who" else "started"
    return RunFilter(
        who=invocation.text("who"),
        scope=invocation.text("scope"),
        status=invocation.text("status"),
        since=parse_moment(since, now) if since else None,
        until=parse_moment(until, now) if until else None,
        text=invocation.text("text"),
        sort=sort,
        descending=sort == "started",
    )


class _Listing:
    """The runs that a `history list` asks for, and what is left out of them."""

    def __init__(self, workspace: Workspace, invocation: Invocation, now: datetime) -> None:
        self._history = workspace.history
        self._filter = run_filter(invocation, now)
        self._invocation = invocation
        limit = invocation.number("limit")
        self._limit = None if invocation.has("limit") and limit is None else limit or DEFAULT_LIMIT
        self.notes: list[str] = []
        self.is_unfiltered = (
            self._filter.is_empty and not invocation.has("after") and not invocation.has("before")
        )
        self.more_after = ""
        self.more_before = ""

    async def pages(self) -> AsyncIterator[Sequence[Run]]:
        """Read the runs, a page at a time."""
        before, after = self._invocation.text("before"), self._invocation.text("after")
        cursor = await self._cursor(after or before) if after or before else None
        if before:
            async for runs in self._in_front_of(cursor):
                yield runs
            return
        left = self._limit
        while left is None or left > 0:
            page = await self._history.list(
                self._filter, cursor=cursor, limit=_PAGE if left is None else min(left, _PAGE)
            )
            self._note(page.notes)
            if page.runs:
                yield page.runs
                cursor = _cursor_of(page.runs[-1])
            if not page.has_after or not page.runs:
                return
            left = None if left is None else left - len(page.runs)
        if cursor:
            self.more_after = cursor.run_id

    async def _in_front_of(self, cursor: RunCursor | None) -> AsyncIterator[Sequence[Run]]:
        """The last runs in front of a run, in the list's order; all of them are collected."""
        collected: list[Run] = []
        while self._limit is None or len(collected) < self._limit:
            wanted = _PAGE if self._limit is None else min(self._limit - len(collected), _PAGE)
            page = await self._history.list(self._filter, cursor=cursor, direction="backward", limit=wanted)
            self._note(page.notes)
            collected[:0] = page.runs
            if not page.has_before or not page.runs:
                break
            cursor = _cursor_of(page.runs[0])
        else:
            self.more_before = collected[0].run_id
        if collected:
            yield collected

    async def _cursor(self, reference: str) -> RunCursor:
        return _cursor_of((await self._history.detail(reference)).run)

    def _note(self, notes: Sequence[str]) -> None:
        self.notes += [note for note in notes if note not in self.notes]

    def remarks(self) -> list[str]:
        """What to know about the answer: its limits, and how to go on."""
        found = list(self.notes)
        if self.more_after:
            found.append(f"There are more: add `--after {self.more_after}`, or `--limit all`.")
        if self.more_before:
            found.append(f"There are more: add `--before {self.more_before}`, or `--limit all`.")
        return found


def _cursor_of(run: Run) -> RunCursor:
    return RunCursor(run.started_at, run.run_id, run.created_by)


async def list_blocks(workspace: Workspace, invocation: Invocation, now: datetime) -> AsyncIterator[Block]:
    """The list as people read it: one table, and below it how to go on.

    A grid without headings goes on with the one before it.
    """
    listing = _Listing(workspace, invocation, now)
    headings: tuple[str, ...] = ()
    has_numbers = False
    async for runs in listing.pages():
        if not headings:
            has_numbers = any(run.local_name for run in runs)
            headings = _NUMBERED if has_numbers else _HEADINGS
            yield Grid(headings, tuple(_row(run, now, has_numbers=has_numbers) for run in runs))
        else:
            yield Grid((), tuple(_row(run, now, has_numbers=has_numbers) for run in runs))
    if not headings:
        yield Paragraph(
            "There are no runs yet. They appear here as soon as somebody in the team runs AMX."
            if listing.is_unfiltered
            else "No run matches."
        )
    for remark in listing.remarks():
        yield Paragraph(remark)


def _row(run: Run, now: datetime, *, has_numbers: bool) -> tuple[str, ...]:
    return (
        run.run_id,
        *((run.local_name,) if has_numbers else ()),
        run.created_by,
        relative_time(run.started_at, now),
        one_line(run.scope.summary, _SCOPE_WIDTH),
        str(run.ok_count),
        str(run.fail_count),
        run.status,
    )


async def list_rows(
    workspace: Workspace, invocation: Invocation, now: datetime, remarks: list[str]
) -> AsyncIterator[dict[str, JsonValue]]:
    """The list as rows of a JSON document; `remarks` gets what to know about it."""
    listing = _Listing(workspace, invocation, now)
    async for page in listing.pages():
        for run in page:
            yield run_row(run)
    remarks += listing.remarks()
