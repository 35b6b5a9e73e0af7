"""The faults of one store: what a look for them reads, and the mending of those that can be mended."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from amx_tui.domain.errors import ReadOnlyError, UnknownOutcomeError
from amx_tui.domain.faults import Repair, StoreFacts
from amx_tui.domain.identity import Identity
from amx_tui.store import fault_facts
from amx_tui.store.audit import add_audit_row, is_audited
from amx_tui.store.database import Database
from amx_tui.store.members import lock_members
from amx_tui.store.mending import make_repairs
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.tables import Tables
from amx_tui.store.unsigned import unsigned

__all__ = ["FaultRepository"]

_SECONDS = 600.0
_STEPS: tuple[tuple[str, Callable[[sa.Connection, Tables], fault_facts.Facts]], ...] = (
    ("members", fault_facts.members),
    ("runs stored twice", fault_facts.twins),
    ("results without a run", fault_facts.orphans),
    ("runs without an end", fault_facts.running),
    ("successes with an error", fault_facts.contradicting),
    ("numbers of runs", fault_facts.numbers),
    ("numbers of results", fault_facts.result_numbers),
    ("decisions without who", unsigned),
)


class FaultRepository:
    """The faults of one store.

    Args:
        read_only_reason: Why the store cannot be written to; empty where it can.
    """

    def __init__(self, database: Database, tables: Tables, *, read_only_reason: str = "") -> None:
        self._database = database
        self._tables = tables
        self._read_only_reason = read_only_reason

    async def look(self, on_step: Callable[[int, int, str], None] | None = None) -> StoreFacts:
        """Read what faults are seen by, one kind after the other, each as of one moment.

        Args:
            on_step: Called before each kind with its number, how many there are, and what is looked for.

        Raises:
            StoreError: The store does not answer.
        """
        cut: set[str] = set()
        found: fault_facts.Facts = {}
        for number, (what, read) in enumerate(_STEPS, 1):
            if on_step is not None:
                on_step(number, len(_STEPS), what)
            facts = await self._database.run(
                lambda connection, read=read: read(connection, self._tables),  # type: ignore[misc]
                snapshot=True,
                timeout=_SECONDS,
            )
            cut |= facts.pop("cut", set())
            found |= facts
        return StoreFacts(
            datetime.now(UTC), is_amx_cli=self._tables.layout == "amx_cli", cut=frozenset(cut), **found
        )

    async def mend(
        self, repairs: Sequence[Repair], *, identity: Identity, undo_file: str, is_undo: bool = False
    ) -> tuple[Repair, ...]:
        """Make repairs in one transaction, each where its row is still what it was seen to be; audited.

        Args:
            repairs: What is changed; with `is_undo`, repairs that take others back.
            undo_file: The name of the file by which they can be taken back, for the audit trail.

        Returns:
            Those that were made; rows that somebody has changed since are left as they are.

        Raises:
            RoleError: The member is no admin.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke while they were committed, and nothing can be read since.
        """
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)
        now, event_id = datetime.now(UTC), str(uuid.uuid4())
        made: tuple[Repair, ...] = ()

        def work(connection: sa.Connection) -> None:
            nonlocal made
            lock_members(connection, self._tables)
            actor = require_permission(
                connection, self._tables, identity, "administer", doing="mending the store"
            )
            made = make_repairs(connection, self._tables, repairs)
            if made:
                add_audit_row(
                    connection,
                    self._tables,
                    actor=identity,
                    actor_id=actor.member_id if actor else None,
                    action="store_mend_undo" if is_undo else "store_mend",
                    now=now,
                    details={"count": len(made), "undo": undo_file},
                    event_id=event_id,
                )
                announce(connection, self._tables, Notice("run", "", 0, identity.username))

        try:
            await self._database.run(work, write=True, timeout=_SECONDS)
        except UnknownOutcomeError:
            if not await is_audited(self._database, self._tables, event_id):
                raise
        return made
