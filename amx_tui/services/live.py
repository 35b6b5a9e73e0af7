"""Staying up to date with the open store: told by the host where it can, else by a cheap look now and then.

All of it rests while nobody looks: an idle program holds no connection and sends nothing. Whoever listens holds one
connection, and a default PostgreSQL has a hundred, for all who use it. So listeners give way: where more than half of
the connections are in use, a member looks now and then instead, over a connection that is given back at once, and
listens again when less than a quarter are. A hundred members who all work find room that way.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from amx_tui import __version__
from amx_tui.domain.errors import AmxError, CrowdedError, PermissionDeniedError, ReadOnlyError, RoleError
from amx_tui.domain.notices import PROCESS, Notice, Presence

if TYPE_CHECKING:
    from amx_tui.domain.members import Member
    from amx_tui.services.workspace import Workspace
    from amx_tui.store.live import Pulse
    from amx_tui.store.opening import Store

__all__ = ["Live"]

LOOK_EVERY = 5.0
"""Seconds between two looks at a store whose host tells nothing."""
LOOK_SELDOM = 15.0
"""Seconds between two looks of a listener that gives way."""
CROWDED, ROOMY = 0.5, 0.25
"""The share of the host's connections in use above which a listener gives way, and below which it listens again."""
BRIEFLY = 1.0
"""Seconds that connections are kept while listeners give way."""
BEAT_EVERY = 20.0
"""Seconds between two heartbeats."""
IDLE_AFTER = 120.0
"""Seconds without a key or click after which the program rests."""
GATHER = 0.25
"""Seconds in which notices are gathered behind one that was told: a bulk decision is not many pieces of news."""
LEAVING = 2.0
"""Seconds that saying goodbye may take; without it the heartbeats that stay away say the same."""
RETRY_AFTER = 15.0
"""Seconds until a store that stopped answering is asked again."""
_AGAIN = 0.25
"""Seconds after which a task that was cancelled and goes on is cancelled once more."""
_SHARE = 50
"""A look that takes long is taken more seldom: what it costs the host is at most this part of the time."""
_ANYTHING = tuple(Notice(kind, "", 0, "", origin="") for kind in ("run", "results", "page", "member"))
"""What is told after a time in which nobody watched: everything may have changed."""


class Live:
    """Watches the open store of a workspace, for one app.

    Args:
        workspace: Whose store.
        on_changes: Told of what others have changed.
        on_presence: Told of who else is here, whenever that has changed.
        opens: Says what is open here, as others are told it.
        watched_runs: Gives the ids of the runs whose results are on show.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        on_changes: Callable[[tuple[Notice, ...]], None],
        on_presence: Callable[[tuple[Presence, ...]], None],
        opens: Callable[[], str] = str,
        watched_runs: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._workspace = workspace
        self._on_changes = on_changes
        self._on_presence = on_presence
        self._opens = opens
        self._watched_runs = watched_runs
        self._active_at = monotonic()
        self._woken = asyncio.Event()
        self._gathered: list[Notice] = []
        self._news = asyncio.Event()
        self._others: tuple[Presence, ...] = ()
        self._session: tuple[str, Member] | None = None
        """Which session beats, and whose it is; None where none does."""

    @property
    def is_awake(self) -> bool:
        """Whether somebody was there a moment ago."""
        return monotonic() - self._active_at < IDLE_AFTER

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
                self._show_others(())
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
        parts = [self._tell(), self._wait_until_idle(), self._follow(store)]
        if store.live.knows_presence:
            parts.append(self._beat(store))
        try:
            await _first_of(parts)
        finally:
            if self._session is not None:
                # Whoever leaves in good order is gone at once; others are gone when their heartbeats stay away.
                session, self._session = self._session, None
                await asyncio.shield(asyncio.create_task(_leave(store, *session)))

    async def _follow(self, store: Store) -> None:
        """Hear of changes: by listening where the host tells of them and has room for it, else by looks."""
        linger, gives_way = store.database.linger, False
        try:
            while store.live.can_listen:
                gives_way = await store.live.crowding() > (ROOMY if gives_way else CROWDED)
                store.database.linger = min(linger, BRIEFLY) if gives_way else linger
                if gives_way:
                    await self._look_now_and_then(store, gives_way=True)
                else:
                    await self._listen_while_there_is_room(store)
                    gives_way = True
            await self._look_now_and_then(store)
        finally:
            store.database.linger = linger

    async def _listen_while_there_is_room(self, store: Store) -> None:
        """Listen until the host is rather full."""
        parts = [self._listen(store), self._wait_until_crowded(store)]
        if not store.live.is_told_everything:
            parts.append(self._look_now_and_then(store))
        # Where there is no connection left to listen with, looks wait for one.
        with suppress(CrowdedError):
            await _first_of(parts)

    async def _wait_until_crowded(self, store: Store) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            if await store.live.crowding() > CROWDED:
                return

    async def _wait_until_idle(self) -> None:
        # Keys only move the end of it, so there is nothing to be woken by.
        while (left := self._active_at + IDLE_AFTER - monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)

    async def _listen(self, store: Store) -> None:
        async with aclosing(store.live.listen()) as told:
            async for notice in told:
                if notice is not None and notice.origin != PROCESS:
                    self._hear(notice)
                elif notice is None and store.live.is_told_everything:
                    # What happened before was told to nobody here; where there are looks, the first one says so.
                    self._hear(*_ANYTHING)

    async def _look_now_and_then(self, store: Store, *, gives_way: bool = False) -> None:
        """Compare what is there with the last look; what came before the first one is not known.

        Args:
            gives_way: Look more seldom, and only until there is room to listen.
        """
        before: Pulse | None = None
        while True:
            own = self._workspace.state.member
            began_at = monotonic()
            pulse = await store.live.pulse(self._watched_runs(), own.member_id if own else "")
            took = monotonic() - began_at
            self._hear(*(_ANYTHING if before is None else pulse.changes_since(before)))
            before = pulse
            if gives_way and pulse.crowding < ROOMY:
                return
            await asyncio.sleep(max(LOOK_SELDOM if gives_way else LOOK_EVERY, took * _SHARE))

    def _hear(self, *notices: Notice) -> None:
        self._gathered += notices
        if notices:
            self._news.set()

    async def _tell(self) -> None:
        """Tell what is heard: the first of it at once, what follows together."""
        while True:
            await self._news.wait()
            self._news.clear()
            told, self._gathered = tuple(self._gathered), []
            self._on_changes(told)
            await asyncio.sleep(GATHER)

    async def _beat(self, store: Store) -> None:
        member = self._workspace.state.member
        if member is None or store.info.is_read_only:
            await asyncio.Event().wait()
            return
        session_id = str(uuid.uuid4())
        self._session = session_id, member
        try:
            await store.live.arrive(member, __version__, sys.platform, session_id=session_id)
            while True:
                self._show_others(await store.live.beat(session_id, self._opens(), member))
                await asyncio.sleep(BEAT_EVERY)
        except RoleError:
            # Somebody has shut us out; whoever is told of it looks.
            self._hear(Notice("member", member.member_id, 0, "", origin=""))
        except (PermissionDeniedError, ReadOnlyError):
            # Whoever may not say that he is here still learns what others change.
            pass
        await asyncio.Event().wait()

    def _show_others(self, others: tuple[Presence, ...]) -> None:
        shown = [(each.username, each.hostname, each.opens) for each in self._others]
        if [(each.username, each.hostname, each.opens) for each in others] != shown:
            self._others = others
            self._on_presence(others)


async def _first_of(parts: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do several things at once until the first of them ends, and raise what it raises."""
    tasks = [asyncio.create_task(part, name="amx-live") for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        # A listening connection is given back only after its task has ended.
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until all have ended, even where whoever waits for that is cancelled meanwhile.

    One word may be lost: `asyncio.wait_for` of Python 3.11, in which psycopg waits for the host, goes on as if it had
    not been cancelled where what it waits for comes in the same moment.
    """
    is_cancelled = False
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=_AGAIN)
        except asyncio.CancelledError:
            is_cancelled = True
    for task in tasks:
        if not task.cancelled():
            task.exception()
    if is_cancelled:
        raise asyncio.CancelledError


async def _leave(store: Store, session_id: str, member: Member) -> None:
    with suppress(AmxError, TimeoutError):
        async with asyncio.timeout(LEAVING):
            await store.live.leave(session_id, member)
