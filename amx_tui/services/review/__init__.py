"""Reviews: opening the one of a run, and taking up what an earlier process could not store any more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amx_tui.drafts.decisions import find_leftovers
from amx_tui.services.review.session import ReviewSession

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["LeftOver", "ReviewSession", "Reviews"]

GRACE = 3.0
"""Seconds that closing waits for decisions which are on their way."""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Decisions on a run that an earlier process left, and that are being stored now."""

    session: ReviewSession
    count: int


class Reviews:
    """The reviews of this member in the stores that the workspace opens."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._sessions: dict[tuple[str, str], ReviewSession] = {}
        self._opening = asyncio.Lock()

    def reason_against(self) -> str:
        """Say why this member cannot decide here, as far as is known without asking the store; empty if it may."""
        return self._workspace.decisions.reason_against()

    async def open(self, reference: str) -> ReviewSession:
        """Open the review of a run: a new one, or the one that goes on behind the screen.

        Raises:
            NotFoundError: No run, or more than one, has that reference.
            StoreError: The store does not answer.
            DraftError: What an earlier process left cannot be read.
        """
        async with self._opening:
            detail = await self._workspace.history.detail(reference)
            key = (self._place(), detail.run.run_id)
            session = self._sessions.get(key)
            if session is None:
                await self._close_idle()
                session = ReviewSession(self._workspace, detail, place=self._place)
                await session.recover()
                self._sessions[key] = session
            else:
                session.saver.try_again()
            await session.begin()
            return session

    async def recover(self) -> tuple[LeftOver, ...]:
        """Take up all decisions that earlier processes left for the open store; they are stored behind this.

        Raises:
            StoreError: The store does not answer.
        """
        place = self._place()
        identity = str(self._workspace.identity)
        run_ids = await asyncio.to_thread(find_leftovers, self._workspace.home, place, identity)
        found: list[LeftOver] = []
        for run_id in run_ids:
            async with self._opening:
                key = (place, run_id)
                if key in self._sessions or self._place() != place:
                    continue
                detail = await self._workspace.history.detail(run_id)
                session = ReviewSession(self._workspace, detail, place=self._place)
                count = await session.recover()
                self._sessions[key] = session
            found.append(LeftOver(session, count))
        return tuple(found)

    @property
    def unsaved(self) -> int:
        """Decisions that are on this machine alone."""
        return sum(session.saver.unsaved for session in self._sessions.values())

    async def saved(self, seconds: float) -> bool:
        """Wait a while for what is on its way; say whether everything is stored, or in conflict, by then."""
        waits = [session.saver.attempted() for session in self._sessions.values() if session.saver.unsaved]
        if waits:
            tasks = [asyncio.ensure_future(each) for each in waits]
            await asyncio.wait(tasks, timeout=seconds)
            for task in tasks:
                task.cancel()
        return self.unsaved == 0

    async def close(self) -> None:
        """Stop all reviews; what is not stored waits for the next start."""
        await self.saved(GRACE)
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    async def _close_idle(self) -> None:
        """Let go of reviews that nothing is left to store of: their rows take memory."""
        for key, session in list(self._sessions.items()):
            if not session.saver.unsaved and not session.conflicts:
                del self._sessions[key]
                await session.close()

    def _place(self) -> str:
        return self._workspace.state.place
