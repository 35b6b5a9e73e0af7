"""Staying up to date with the open store: told by the host where it can, else by a cheap look now and then.

All of it rests while nobody looks: an idle program holds no connection and sends nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from amx_tui import __version__
from amx_tui.domain.errors import AmxError, PermissionDeniedError, ReadOnlyError, RoleError
from amx_tui.domain.notices import PROCESS, Notice, Presence

if TYPE_CHECKING:
    from amx_tui.domain.members import Member
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.live import Pulse
    from amx_tui.store.opening import Store

__all__ = ["Live"]

LOOK_EVERY = 5.0
"""Seconds between two looks at a store whose host tells nothing."""
BEAT_EVERY = 20.0
"""Seconds between two heartbeats."""
IDLE_AFTER = 120.0
"""Seconds without a key or click after which the program rests."""
GATHER = 0.25
"""Seconds in which notices are gathered before they are told, so that a bulk decision is one piece of news."""
LEAVING = 2.0
"""Seconds that saying goodbye may take; without it the heartbeats that stay away say the same."""
RETRY_AFTER = 15.0
"""Seconds until a store that stopped answering is asked again."""


class Live:
    """Watches the open store of a workspace, for one app.

    Args:
        workspace: Whose store.
        on_changes: Told of what others have changed.
        on_presence: Told of who else is here, whenever that has changed.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        on_changes: Callable[[tuple[Notice, ...]], None],
        on_presence: Callable[[tuple[Presence, ...]], None],
    ) -> None:
        self._workspace = workspace
        self._on_changes = on_changes
        self._on_presence = on_presence
        self._active_at = monotonic()
        self._woken = asyncio.Event()
        self._gathered: list[Notice] = []
        self._pulse: Pulse | None = None
        self._others: tuple[Presence, ...] = ()
        self.opens = ""
        """What is open here, as others are told it."""
        self.run_ids: tuple[str, ...] = ()
        """The runs whose results are looked at."""

    def touch(self) -> None:
        """Note that somebody is there; costs nothing that a key would notice."""
        self._active_at = monotonic()
        if not self._woken.is_set():
            self._woken.set()

    async def run(self) -> None:
        """Watch the store until cancelled; nothing is raised: what does not answer is asked again later."""
        store = self._workspace.store
        if self._workspace.state.kind != "shared" or store.info.is_local:
            return
        while True:
            self._woken.set()
            try:
                await self._watch(store)
            except AmxError:
                await asyncio.sleep(RETRY_AFTER)
                continue
            self._show_others(())
            await store.database.rest()
            self._woken.clear()
            await self._woken.wait()

    async def _watch(self, store: Store) -> None:
        """Watch until nobody is there any more.

        Raises:
            StoreError: The store does not answer.
        """
        parts = [self._look_now_and_then(store), self._tell(), self._wait_until_idle()]
        if store.live.can_listen:
            parts.append(self._listen(store))
        if store.live.knows_presence:
            parts.append(self._beat(store))
        tasks = [asyncio.create_task(part, name="amx-live") for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            # A listening connection is given back only after its task has ended.
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_until_idle(self) -> None:
        # Keys only move the end of it, so there is nothing to be woken by.
        while (left := self._active_at + IDLE_AFTER - monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def _listen(self, store: Store) -> None:
        async for notice in store.live.listen():
            if notice is not None and notice.origin != PROCESS:
                self._gathered.append(notice)

    async def _look_now_and_then(self, store: Store) -> None:
        """Compare what is there with the last look; where the host tells everything, once after a rest."""
        watched: tuple[str, ...] | None = None
        while True:
            pulse = await store.live.pulse(self.run_ids)
            if self._pulse is not None:
                before = (
                    self._pulse if watched in (None, self.run_ids) else _without_results(self._pulse, pulse)
                )
                self._gathered += pulse.changes_since(before)
            self._pulse, watched = pulse, self.run_ids
            if store.live.is_told_everything:
                await asyncio.Event().wait()
            await asyncio.sleep(LOOK_EVERY)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(GATHER)
            if self._gathered:
                told, self._gathered = tuple(self._gathered), []
                self._on_changes(told)

    async def _beat(self, store: Store) -> None:
        member = self._workspace.state.member
        if member is None or store.info.is_read_only:
            await asyncio.Event().wait()
            return
        try:
            session_id = await store.live.arrive(member, __version__, sys.platform)
        except (PermissionDeniedError, ReadOnlyError, RoleError):
            # Whoever may not say that he is here still learns what others change.
            await asyncio.Event().wait()
            return
        try:
            while True:
                self._show_others(await store.live.beat(session_id, self.opens, member))
                await asyncio.sleep(BEAT_EVERY)
        finally:
            # Whoever leaves in good order is gone at once; others are gone when their heartbeats stay away.
            await asyncio.shield(asyncio.create_task(_leave(store, session_id, member)))

    def _show_others(self, others: tuple[Presence, ...]) -> None:
        shown = [(each.username, each.hostname, each.opens) for each in self._others]
        if [(each.username, each.hostname, each.opens) for each in others] != shown:
            self._others = others
            self._on_presence(others)


def _without_results(before: Pulse, now: Pulse) -> Pulse:
    """A look at other runs than now: what is known of results cannot be compared."""
    return replace(before, results=now.results)


async def _leave(store: Store, session_id: str, member: Member) -> None:
    with suppress(AmxError, TimeoutError):
        async with asyncio.timeout(LEAVING):
            await store.live.leave(session_id, member)
