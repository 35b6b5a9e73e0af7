"""The health of the open store's rows: faults found and explained, and mended where whoever asks agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.errors import DraftError, ReadOnlyError, RoleError, UnknownOutcomeError, UsageError
from amx_tui.domain.faults import Fault, Repair, find_faults, merged_repairs
from amx_tui.domain.text import one_line
from amx_tui.services.rights import reason_against

if TYPE_CHECKING:
    from amx_tui.drafts.undo import UndoEntry
    from amx_tui.services.workspace import Workspace

__all__ = ["MENDING", "Examination", "Mended", "StoreHealth"]

MENDING = "mending the store"
"""What a refusal calls it."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in a store."""

    store: str
    faults: tuple[Fault, ...]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What could be mended, one repair a row."""
        return merged_repairs(self.faults)


@dataclass(frozen=True, slots=True)
class Mended:
    """What was mended, or taken back."""

    made: tuple[Repair, ...]
    left: int
    """Rows that somebody has changed meanwhile."""
    undo: Path
    """The file that takes it back."""


class StoreHealth:
    """Looks at the rows of the open store; changes nothing unless it is told to."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def reason_against_mending(self) -> str:
        """Say why this member cannot mend, as far as is known; else empty."""
        return reason_against(self._workspace, "administer", doing=MENDING)

    async def examine(self, on_step: Callable[[int, int, str], None] | None = None) -> Examination:
        """Look for faults.

        Args:
            on_step: Called before each kind of fault with its number, how many there are, and what is looked for.

        Raises:
            StoreError: The store does not answer, or none is open.
        """
        facts = await self._workspace.store.faults.look(on_step)
        return Examination(self._workspace.state.label, find_faults(facts))

    async def mend(self, examination: Examination) -> Mended:
        """Make the repairs of an examination, after the file that takes them back is on the disk.

        A program that is killed meanwhile leaves a file of repairs that were made all or not at all; taking back
        what was not made changes nothing.

        Raises:
            RoleError: The member is no admin.
            DraftError: The undo file cannot be written; nothing was changed.
            UnknownOutcomeError: The connection broke while it was stored; the undo file is there.
            StoreError: The store did not answer, or went away.
        """
        from amx_tui.drafts.undo import UndoFile, drop_undo, keep_undo

        repairs, store = examination.repairs, self._workspace.store
        home, now = self._workspace.home, datetime.now(UTC)
        path = await asyncio.to_thread(keep_undo, home, UndoFile(examination.store, repairs), now=now)
        try:
            made = await store.faults.mend(repairs, identity=self._workspace.identity, undo_file=path.name)
        except UnknownOutcomeError as error:
            hint = f"Look again: doctor --store. If it was mended, this takes it back: --undo {path}"
            raise UnknownOutcomeError(error.message, hint=hint) from error
        except (RoleError, ReadOnlyError):
            await asyncio.to_thread(drop_undo, path)
            raise
        if not made:
            await asyncio.to_thread(drop_undo, path)
        elif len(made) < len(repairs):
            # The file that is there would do: what was not made is not taken back where its row is otherwise.
            with suppress(DraftError):
                kept = UndoFile(examination.store, made)
                await asyncio.to_thread(keep_undo, home, kept, now=now, path=path)
        return Mended(made, len(repairs) - len(made), path)

    async def last_undo(self) -> UndoEntry | None:
        """Find the newest mending of the open store that was made from this AMX home and not taken back."""
        from amx_tui.drafts.undo import newest_undo

        return await asyncio.to_thread(newest_undo, self._workspace.home, self._workspace.state.label)

    async def read_undo(self, path: Path) -> UndoEntry:
        """Read an undo file.

        Raises:
            DraftError: It is no undo file.
            UsageError: It is of another store.
        """
        from amx_tui.drafts.undo import read_undo

        entry = await asyncio.to_thread(lambda: read_undo(path.expanduser()))
        label = self._workspace.state.label
        if entry.file.store != label:
            store = one_line(entry.file.store, 160)
            raise UsageError(f"{path.name} is of another store: {store}.", hint=f"Open here is {label}.")
        return entry

    async def undo(self, entry: UndoEntry) -> Mended:
        """Take repairs back, each where its row is still as it was made; a file that is done with is renamed.

        Raises:
            RoleError: The member is no admin.
            StoreError: Nothing was changed.
        """
        from amx_tui.drafts.undo import retire_undo

        repairs = tuple(repair.reversed() for repair in entry.file.repairs)
        made = await self._workspace.store.faults.mend(
            repairs, identity=self._workspace.identity, undo_file=entry.path.name, is_undo=True
        )
        if len(made) == len(repairs):
            await asyncio.to_thread(retire_undo, self._workspace.home, entry.path)
        return Mended(made, len(repairs) - len(made), entry.path)
