"""The audit trail of comments in one store: intents before anything is written, outcomes after.

Applying leaves a result's `version` as it is. The version guards the decision, and writing a comment decides nothing:
if it counted on, a reviewer who has the result open would be told that somebody else had decided. What an
application must not pass by, a decision that changed meanwhile, is compared by its values when its intent is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

import sqlalchemy as sa

from amx_tui.domain.applications import (
    Application,
    Begun,
    Destination,
    Intent,
    IntentOutcome,
    Refusal,
    RefusalKind,
)
from amx_tui.domain.applying import Description
from amx_tui.domain.assets import AssetName
from amx_tui.domain.errors import PermissionDeniedError, ReadOnlyError, UnknownOutcomeError
from amx_tui.domain.identity import Identity
from amx_tui.domain.results import decision_state
from amx_tui.store.application_notes import ApplicationNotes
from amx_tui.store.application_trails import Trail, trail_of
from amx_tui.store.bulk_audit import audit_applications
from amx_tui.store.decision_rows import given_rows, unpacked
from amx_tui.store.members import lock_members
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.proofs import prove_rights
from amx_tui.store.result_pages import column_of
from amx_tui.store.rights import needs_of
from amx_tui.store.rows import text_of
from amx_tui.store.writing import WritingRepository

__all__ = ["AT_ONCE", "LEASE", "ApplicationRepository"]

AT_ONCE = 1_000
"""Intents that one transaction stores at most."""

LEASE = timedelta(minutes=5)
"""How long an open intent keeps others from writing the same comment: longer than any batch takes."""

_DOING = "applying"
_CHOSEN = ("accepted", "custom")


class ApplicationRepository(WritingRepository):
    """The applications of one store."""

    @cached_property
    def _trail(self) -> Trail:
        return trail_of(self._tables)

    @cached_property
    def _notes(self) -> ApplicationNotes:
        return ApplicationNotes(self._tables)

    # ---- Reading -------------------------------------------------------------------------------------------

    async def of_run(self, run_id: str) -> tuple[Application, ...]:
        """Read all applications of a run, undone and failed ones included, in the order they were intended."""
        return await self._database.run(lambda connection: self._trail.of_run(connection, run_id))

    async def of_result(self, run_id: str, result_id: str) -> tuple[Application, ...]:
        """Read the applications of one result of a run, in the order they were intended."""
        return await self._database.run(
            lambda connection: self._trail.of_run(connection, run_id, result_id=result_id)
        )

    async def descriptions(self, run_id: str) -> list[Description]:
        """Read what a run says about its assets and what was decided, replaced results left out."""
        tables, results = self._tables, self._tables.results.c
        seen = tables.result_column("seen_comment")
        decider = tables.result_column("evaluated_by")
        names = ("result_id", "schema_name", "table_name", "column_name")
        statement = sa.select(
            *(column_of(tables, name).label(name) for name in names),
            results.asset_kind,
            results.evaluation,
            results.chosen_description,
            results.saved_at,
            (sa.null() if seen is None else seen).label("seen_comment"),
            (sa.null() if decider is None else decider).label("evaluated_by"),
        ).where(results.run_id == run_id, results.superseded_at.is_(None))

        def read(connection: sa.Connection) -> list[Description]:
            return [_description(row) for row in connection.execute(statement).mappings()]

        return await self._database.run(read)

    async def newest_of_profile(self, db_profile: str) -> Destination | None:
        """Return where the newest application through a profile of that name went; None where there is none."""
        return await self._database.run(
            lambda connection: self._trail.newest_of_profile(connection, db_profile)
        )

    async def lacking_rights(self) -> dict[str, tuple[str, ...]]:
        """Try what applying does to the store's tables, in a transaction that is rolled back.

        Returns:
            The privileges that this database user lacks, by the table's name.

        Raises:
            ReadOnlyError: The host takes no writes at all.
            StoreError: The host went away.
        """
        tables = self._tables
        used = (self._trail.table, tables.results, tables.runs, tables.schema_meta)
        needs = tuple(each for each in needs_of(tables) if any(each.table is table for table in used))
        lacking: dict[str, list[str]] = {}
        for proof in await prove_rights(self._database, needs):
            if isinstance(proof.error, ReadOnlyError):
                raise proof.error
            if isinstance(proof.error, PermissionDeniedError) and proof.role != "admin":
                lacking.setdefault(proof.table, []).append(proof.privilege)
        return {table: tuple(dict.fromkeys(privileges)) for table, privileges in lacking.items()}

    # ---- Intents -------------------------------------------------------------------------------------------

    async def begin(
        self,
        intents: Sequence[Intent],
        destination: Destination,
        *,
        identity: Identity,
        client_version: str = "",
    ) -> Begun:
        """Store that comments are about to be written, in one transaction; what must not be written is refused.

        Whoever begins waits for everybody else who does, so that of two who mean the same comment one is told
        of the other.

        Args:
            intents: At most `AT_ONCE`, each of another asset.

        Raises:
            RoleError: The member may not write.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke, and nobody can say whether they were stored; nothing may be
                written then.
        """
        if len(intents) > AT_ONCE:
            raise ValueError(f"{len(intents)} intents at once")
        self._require_writable()
        now = self._now()

        def work(connection: sa.Connection) -> Begun:
            lock_members(connection, self._tables)
            require_permission(connection, self._tables, identity, "edit", doing=_DOING)
            refused = self._refused(connection, intents, destination, now)
            kept = [intent for intent in intents if intent.application_id not in refused]
            if kept:
                self._trail.add(connection, kept, destination, identity, client_version, now)
            return Begun(frozenset(each.application_id for each in kept), tuple(refused.values()))

        try:
            return await self._database.run(work, write=True)
        except UnknownOutcomeError:
            ids = [intent.application_id for intent in intents]
            there = await self._database.run(lambda connection: self._trail.there(connection, ids))
            if not there:
                raise
            return Begun(there)

    def _refused(
        self, connection: sa.Connection, intents: Sequence[Intent], destination: Destination, now: datetime
    ) -> dict[str, Refusal]:
        """Lock the results, and say which intents are out of date, or somebody else's right now."""
        tables, results = self._tables, self._tables.results.c
        result_id = column_of(tables, "result_id")
        # In one order, so that two who lock the same rows wait for each other instead of deadlocking.
        statement = (
            sa.select(
                result_id.label("result_id"),
                results.evaluation,
                results.chosen_description,
                results.superseded_at,
            )
            .where(result_id.in_(sa.select(unpacked(tables, ["result_id"])("result_id"))))
            .order_by(result_id)
            .with_for_update()
        )
        given = given_rows(tables, [{"result_id": intent.result_id} for intent in intents])
        stored = {row["result_id"]: row for row in connection.execute(statement, {"given": given}).mappings()}
        busy = self._trail.busy(connection, destination, now - LEASE)
        refused: dict[str, Refusal] = {}
        for intent in intents:
            kind = _refusal(intent, stored.get(intent.result_id))
            who = busy.get(intent.name, "")
            if kind is None and who:
                kind = "busy"
            if kind is not None:
                refused[intent.application_id] = Refusal(
                    intent.result_id, kind, who if kind == "busy" else ""
                )
        return refused

    # ---- Outcomes ------------------------------------------------------------------------------------------

    async def finish(
        self,
        outcomes: Sequence[IntentOutcome],
        *,
        run_id: str,
        identity: Identity,
        place: str = "",
        is_counted: bool = True,
    ) -> None:
        """Store what became of this session's own intents, which are of one run.

        The writer knows best: these outcomes take the place of what anybody else has settled meanwhile. The role
        is not asked again, because what was written was written, and must not be missing in the trail; but only what
        has an intent of the same member counts, for which it was asked.

        Args:
            outcomes: One an intent.
            run_id: Their run.
            identity: Who wrote.
            place: Where, for the audit trail.
            is_counted: Whether the run's count and status are brought up to date too; `count` does that later.

        Raises:
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke twice; sending them again does no harm.
        """
        try:
            await self._finish(outcomes, run_id, identity, place, is_counted=is_counted)
        except UnknownOutcomeError:
            await self._finish(outcomes, run_id, identity, place, is_counted=is_counted)

    async def count(self, run_id: str, *, identity: Identity) -> None:
        """Bring up to date what a run says of its applications: how many there are, and its status.

        Like outcomes, it is for whoever had the role when the comments were begun; nothing is done for others.

        Args:
            run_id: The run.
            identity: Who wrote comments of it.

        Raises:
            ReadOnlyError: The store is open for reading only.
        """
        self._require_writable()

        def work(connection: sa.Connection) -> None:
            if not self._trail.has_begun(connection, run_id, identity):
                return
            self._notes.count(connection, run_id, self._notes.locked_status(connection, run_id))
            # Who applied was told with the outcomes.
            announce(connection, self._tables, Notice("application", run_id, 0, ""))

        await self._database.run(work, write=True)

    async def settle(
        self, outcomes: Sequence[IntentOutcome], *, run_id: str, identity: Identity, place: str = ""
    ) -> tuple[str, ...]:
        """Store what the database says about intents that were left open.

        Args:
            outcomes: One an intent.
            run_id: Their run.
            identity: Who settles.
            place: Where the comments are, for the audit trail.

        Returns:
            The ids of those that were open still.

        Raises:
            RoleError: The member may not write.
            ReadOnlyError: The store is open for reading only.
        """
        counting = await self._finish(outcomes, run_id, identity, place, is_settled=True)
        return tuple(each.application_id for each in counting)

    async def _finish(
        self,
        outcomes: Sequence[IntentOutcome],
        run_id: str,
        identity: Identity,
        place: str,
        *,
        is_settled: bool = False,
        is_counted: bool = True,
    ) -> Sequence[IntentOutcome]:
        self._require_writable()
        if not outcomes:
            return ()
        now = self._now()

        def work(connection: sa.Connection) -> Sequence[IntentOutcome]:
            if is_settled:
                lock_members(connection, self._tables)
                require_permission(connection, self._tables, identity, "edit", doing=_DOING)
            ids = (each.application_id for each in outcomes)
            there = self._trail.there(connection, ids, of=None if is_settled else identity)
            known = [each for each in outcomes if each.application_id in there]
            if not known:
                return ()
            status = self._notes.locked_status(connection, run_id) if is_counted else ""
            counting = self._trail.finish(connection, known, run_id, identity, now, is_settled=is_settled)
            self._notes.write(connection, counting, identity, now)
            if is_counted:
                self._notes.count(connection, run_id, status)
            audit_applications(
                connection, self._tables, counting, run_id=run_id, place=place, identity=identity, now=now
            )
            announce(connection, self._tables, Notice("application", run_id, 0, identity.username))
            return counting

        return await self._database.run(work, write=True)

    def _require_writable(self) -> None:
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)


def _refusal(intent: Intent, row: sa.RowMapping | None) -> RefusalKind | None:
    """Why an intent is out of date; None where it is not. Undoing does not ask what is decided by now."""
    if row is None:
        return "gone"
    if intent.action == "undo":
        return None
    if row["superseded_at"] is not None:
        return "superseded"
    is_chosen = text_of(row["evaluation"]) in _CHOSEN
    if not is_chosen or text_of(row["chosen_description"]) != intent.new_comment:
        return "decided"
    return None


def _description(row: sa.RowMapping) -> Description:
    evaluation = decision_state(text_of(row["evaluation"]))
    seen = row["seen_comment"]
    return Description(
        result_id=text_of(row["result_id"]),
        name=AssetName(*(text_of(row[part]) for part in ("schema_name", "table_name", "column_name"))),
        asset_kind=text_of(row["asset_kind"]),
        evaluation=evaluation,
        text=text_of(row["chosen_description"]) if evaluation in _CHOSEN else "",
        seen_comment=None if seen is None else text_of(seen),
        saved_at=row["saved_at"],
        decided_by=text_of(row["evaluated_by"]),
    )
