"""How the app gets from the rows seen last to the store: behind the first frame, step by step, each one visible."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.members import may

if TYPE_CHECKING:
    from amx_tui.domain.report import Check
    from amx_tui.services.last_seen import LastSeen
    from amx_tui.services.workspace import StoreKind, StoreState, Workspace

__all__ = ["Session", "StoreView", "view_of"]

ROWS_FIRST = 10.0
"""Seconds that registering waits for the first rows: they matter more than our own entry in the member list."""


@dataclass(frozen=True, slots=True)
class StoreView:
    """What the status line says about the store."""

    kind: StoreKind = "connecting"
    label: str = ""
    who: str = ""
    role: str = ""
    is_read_only: bool = False
    reason: str = ""
    hint: str = ""


def view_of(workspace: Workspace) -> StoreView:
    """What the status line says about a workspace's store."""
    state = workspace.state
    role: str = (state.member.role or "no role") if state.member is not None else ""
    if state.member is not None and not state.member.is_active:
        role = "revoked"
    return StoreView(
        state.kind,
        state.label,
        workspace.identity.username,
        role,
        state.is_read_only,
        state.reason,
        state.hint,
    )


class Session:
    """The workspace of the running app, and the one task that opens its store.

    Args:
        load: Reads the configuration; called in a thread, once.
        on_loaded: Called when the configuration is there, before any store is.
        on_state: Called whenever the store's state has changed, and with whether another store was opened.
        on_shut_out: Called when the store may not be read by us: to have all of it taken off the screens, then `leave`.
        on_changes: Called with what a reload changed, each a sentence.
        on_notice: Called with what a member should know about the open store.
        on_error: Called with an error that stopped a step, and what was being done.
        on_failed: Called with the error that kept the configuration from being read at all.
    """

    def __init__(
        self,
        load: Callable[[], Workspace],
        *,
        on_loaded: Callable[[Workspace], None],
        on_state: Callable[[StoreState, bool], None],
        on_shut_out: Callable[[], None],
        on_changes: Callable[[tuple[str, ...]], None],
        on_notice: Callable[[Check], None],
        on_error: Callable[[AmxError, str], None],
        on_failed: Callable[[AmxError], None],
    ) -> None:
        self._load = load
        self._on_loaded = on_loaded
        self._tell_state = on_state
        self._on_shut_out = on_shut_out
        self._on_changes = on_changes
        self._on_notice = on_notice
        self._on_error = on_error
        self._on_failed = on_failed
        self.workspace: Workspace | None = None
        self._told: StoreState | None = None
        self.loaded = asyncio.Event()
        """Set when the configuration has been read, or could not be."""
        self.storing: set[asyncio.Task[None]] = set()
        """What is on its way to the store, whether the screen that began it is still open or not."""
        self.deleted_pages: list[str] = []
        """The ids of pages that were deleted here, the last one at the end: what undoing takes back."""
        self.first_rows = asyncio.Event()
        """Set by the first screen when it has rows, or knows that it gets none."""

    def first_view(self, seen: LastSeen | None) -> StoreView:
        """What the status line says before anything is loaded."""
        if seen is None:
            return StoreView()
        return StoreView(label=seen.store_label, who=seen.member.rpartition("@")[0], role=seen.role)

    async def start(self) -> None:
        """Load the configuration, open the store, then register in it."""
        try:
            self.workspace = await asyncio.to_thread(self._load)
        except AmxError as error:
            self._on_failed(error)
            return
        finally:
            self.loaded.set()
        self._on_loaded(self.workspace)
        await self.open()

    async def open(self) -> None:
        """Open the store that the configuration asks for, and register in it once the first rows are there."""
        workspace = self.workspace
        if workspace is None:
            await self.start()
            return
        await workspace.connect()
        await self._show_opened(workspace)

    async def _show_opened(self, workspace: Workspace) -> None:
        """Show the store that was opened and register in it; not one that we may not read, not for a moment."""
        if await self._is_shut_out(workspace):
            self._on_shut_out()
            return
        self._on_state(workspace.state, is_opened=True)
        await self._register(workspace)

    async def _is_shut_out(self, workspace: Workspace) -> bool:
        try:
            return await workspace.is_shut_out()
        except AmxError:
            # A store that stopped answering says so itself, to whatever reads next.
            return False

    async def leave(self) -> None:
        """Leave a store that we may not read any more for the local one; the screens show nothing of it by now."""
        workspace = self.workspace
        if self.storing:
            await asyncio.wait(self.storing)
        if workspace is not None and workspace.state.kind == "shared":
            self._on_state(await workspace.withdraw(), is_opened=True)
            await self._register(workspace)

    def _on_state(self, state: StoreState, *, is_opened: bool) -> None:
        self._told = state
        self._tell_state(state, is_opened)

    async def _register(self, workspace: Workspace) -> None:
        if not workspace.state.is_open:
            return
        try:
            await asyncio.wait_for(self.first_rows.wait(), ROWS_FIRST)
        except TimeoutError:
            return
        try:
            await workspace.register()
            self.show_state()
            if self._may_read(workspace):
                for notice in await workspace.notices():
                    self._on_notice(notice)
        except AmxError as error:
            self._on_error(error, "Registering in the store")

    async def reload(self) -> None:
        """Read the configuration again where it has changed on disk, and open the store anew where that asks for it."""
        workspace = self.workspace
        if workspace is None or not workspace.config_changed_on_disk():
            return
        before = workspace.state
        reloaded = await workspace.reload_config()
        if reloaded.error is not None:
            self._on_error(reloaded.error, "Reading config.yml again")
        if reloaded:
            self._on_loaded(workspace)
            self._on_changes(reloaded.changes)
            if workspace.state is not before:
                await self._show_opened(workspace)

    async def follow(self) -> None:
        """Show which store a command has opened: one that changes or reloads the configuration may do so."""
        workspace = self.workspace
        if workspace is not None and self._told is not None and workspace.state is not self._told:
            self._on_loaded(workspace)
            await self._show_opened(workspace)

    async def look_at_member(self) -> None:
        """Ask the store who we are in it now, and show that."""
        workspace = self.workspace
        if workspace is None or workspace.state.kind != "shared":
            return
        before = workspace.state.member
        try:
            state = await workspace.look_at_member()
        except AmxError:
            # Whatever reads next says what is the matter.
            return
        if state.member != before:
            self.show_state()

    def show_state(self) -> None:
        """Show what has become known of the open store, such as another role of ours; or that we may not read it."""
        workspace = self.workspace
        if workspace is None:
            return
        if self._may_read(workspace):
            self._on_state(workspace.state, is_opened=False)
        else:
            self._on_shut_out()

    @staticmethod
    def _may_read(workspace: Workspace) -> bool:
        member = workspace.state.member
        return member is None or may(member, "read")

    async def close(self) -> None:
        """Close the store, once nothing is being stored any more."""
        if self.storing:
            await asyncio.wait(self.storing)
        if self.workspace is not None:
            await self.workspace.close()
