"""The health of the open store's rows: faults found and explained, and mended where whoever asks agrees."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.errors import UsageError
from amx_tui.domain.faults import Fault, Repair, find_faults
from amx_tui.services.rights import reason_against

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["Examination", "Mended", "StoreHealth"]


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in a store."""

    store: str
    faults: tuple[Fault, ...]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What could be mended; of two faults of one row the first is, and the other at the next look."""
        found: dict[tuple[str, str], Repair] = {}
        for fault in self.faults:
            for repair in fault.repairs:
                found.setdefault((repair.table, repair.row_id), repair)
        return tuple(found.values())


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
        return reason_against(self._workspace, "administer", doing="mending the store")

    async def examine(self) -> Examination:
        """Look for faults.

        Raises:
            StoreError: The store does not answer, or none is open.
        """
        facts = await self._workspace.store.faults.look()
        return Examination(self._workspace.state.label, find_faults(facts))

    async def mend(self, examination: Examination) -> Mended:
        """Make the repairs of an examination, after the file that takes them back is on the disk.

        Raises:
            RoleError: The member is no admin.
            DraftError: The undo file cannot be written; nothing was changed.
            StoreError: Nothing was changed.
        """
        from amx_tui.drafts.undo import UndoFile, keep_undo

        repairs, store = examination.repairs, self._workspace.store
        home, now = self._workspace.home, datetime.now(UTC)
        path = await asyncio.to_thread(keep_undo, home, UndoFile(examination.store, repairs), now=now)
        made = await store.faults.mend(repairs, identity=self._workspace.identity, undo_file=path.name)
        return Mended(made, len(repairs) - len(made), path)

    async def undo(self, path: Path) -> Mended:
        """Take repairs back, each where its row is still as it was made.

        Raises:
            DraftError: It is no undo file.
            UsageError: It is of another store.
            RoleError: The member is no admin.
        """
        from amx_tui.drafts.undo import read_undo

        kept = await asyncio.to_thread(lambda: read_undo(path.expanduser()))
        label = self._workspace.state.label
        if kept.store != label:
            raise UsageError(f"{path.name} is of another store: {kept.store}.", hint=f"Open here is {label}.")
        repairs = tuple(repair.reversed() for repair in kept.repairs)
        made = await self._workspace.store.faults.mend(
            repairs, identity=self._workspace.identity, undo_file=path.name, is_undo=True
        )
        return Mended(made, len(repairs) - len(made), path)
