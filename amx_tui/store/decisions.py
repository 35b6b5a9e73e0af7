"""Decisions on results, stored under optimistic concurrency, with the member's role checked where they are stored."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.decisions import (
    Decided,
    DecisionBasis,
    DecisionChange,
    DecisionOutcome,
    DecisionValues,
    predicted,
)
from amx_tui.domain.errors import (
    NotFoundError,
    ReadOnlyError,
    StaleVersionError,
    UnknownOutcomeError,
)
from amx_tui.domain.identity import Identity
from amx_tui.domain.results import Result, decision_state
from amx_tui.domain.text import one_line
from amx_tui.domain.times import iso_time
from amx_tui.store.bulk_audit import note_strategies
from amx_tui.store.comparisons.texts import exact, exact_value
from amx_tui.store.decision_rows import given_rows, update_many
from amx_tui.store.json_sql import json_text
from amx_tui.store.notices import Notice, announce
from amx_tui.store.permissions import require_permission
from amx_tui.store.result_pages import column_of
from amx_tui.store.results import ResultRepository
from amx_tui.store.rows import text_of
from amx_tui.store.tables.types import storable
from amx_tui.store.writing import WritingRepository

__all__ = ["AT_ONCE", "DECIDED", "EVENT", "DecisionRepository"]

AT_ONCE = 500
"""Decisions that one transaction stores at most."""
EVENT = "review.decision"
"""The `event_type` of the rows that say who decided, in the layout that has no column for it."""
DECIDED = ("accepted", "custom", "skipped")
"""The evaluations of a result that somebody has decided on."""


class DecisionRepository(WritingRepository):
    """Stores decisions on the results of one store."""

    async def decide(
        self, change: DecisionChange, *, identity: Identity, client_version: str = ""
    ) -> Decided:
        """Store one decision, if the result is still as it was when it was read.

        Args:
            change: The decision, and the state that it is based on.
            identity: Who decides; has to be a writer or admin of the store at this moment.
            client_version: The version of the program, for the event in a store that amx-cli made.

        Raises:
            StaleVersionError: Somebody else was first; carries the `Result` as it is now.
            NotFoundError: The result is not there any more.
            RoleError: The member may not decide: a viewer, revoked, or unknown here.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke, and nobody can say whether it was stored.
        """
        self._require_writable()
        decided = self._decided(change, identity, self._now())

        def work(connection: sa.Connection) -> bool:
            require_permission(connection, self._tables, identity, "edit", doing="deciding")
            is_stored = self._update(connection, decided)
            if is_stored:
                self._add_events(connection, [decided], change.is_restoring, identity, client_version)
                self._tell([decided], connection, identity)
            return is_stored

        try:
            is_stored = await self._database.run(work, write=True)
        except UnknownOutcomeError:
            if await self._is_there(decided):
                return decided
            raise
        if not is_stored:
            raise await self._stale(change.basis)
        return decided

    async def decide_many(
        self, changes: Sequence[DecisionChange], *, identity: Identity, client_version: str = ""
    ) -> DecisionOutcome:
        """Store decisions in one transaction; results that somebody else has changed are left as they are.

        What a strategy has decided is noted in the audit trail, by run, and the run says by which one.

        Args:
            changes: At most `AT_ONCE`, each of another result.

        Raises:
            RoleError: The member may not decide.
            ReadOnlyError: The store is open for reading only.
            UnknownOutcomeError: The connection broke, and nobody can say whether they were stored.
        """
        if len(changes) > AT_ONCE:
            raise ValueError(f"{len(changes)} decisions at once")
        self._require_writable()
        now = self._now()
        wanted = {change.basis.result_id: change for change in changes}

        def work(connection: sa.Connection) -> DecisionOutcome:
            require_permission(connection, self._tables, identity, "edit", doing="deciding")
            current = self._read(connection, list(wanted), is_locked=True)
            decided = [
                self._decided(change, identity, now)
                for result_id, change in wanted.items()
                if _is_basis(change.basis, current.get(result_id))
            ]
            if decided:
                self._update_many(connection, decided)
                for is_restoring in (False, True):
                    of_kind = [
                        one for one in decided if wanted[one.after.result_id].is_restoring == is_restoring
                    ]
                    self._add_events(connection, of_kind, is_restoring, identity, client_version)
                self._tell(decided, connection, identity)
                note_strategies(connection, self._tables, decided, wanted, identity=identity, now=now)
            stored = {one.after.result_id for one in decided}
            return DecisionOutcome(tuple(decided), tuple(each for each in wanted if each not in stored))

        try:
            return await self._database.run(work, write=True)
        except UnknownOutcomeError:
            sent = [self._decided(change, identity, now) for change in changes]
            stored = await self._database.run(lambda connection: self._read(connection, list(wanted)))
            # The version alone may be somebody else's, who was first.
            decided = tuple(one for one in sent if stored.get(one.after.result_id) == one.after)
            if not decided:
                raise
            known = {one.after.result_id for one in decided}
            return DecisionOutcome(decided, tuple(each for each in wanted if each not in known))

    async def deciders(self, results: Sequence[Result]) -> dict[str, str]:
        """Find who decided on results, by their ids, where the results themselves do not say it: in amx-cli's layout.

        Only decisions of this program are known there. Costs nothing elsewhere, or where nothing is decided.
        """
        events = self._tables.app_events
        decided = {each.result_id: each for each in results if each.evaluated_at and not each.evaluated_by}
        if events is None or not decided:
            return {}
        details = json_text(self._tables, events.c.details_json)
        if self._tables.backend_name == "mysql":
            details = sa.cast(details, sa.Text)
        statement = (
            sa.select(events.c.created_by, events.c.details_json)
            .where(
                events.c.event_type == EVENT,
                sa.or_(*(details.contains(result_id, autoescape=True) for result_id in decided)),
            )
            .order_by(events.c.status, events.c.created_at)
        )
        rows = await self._database.run(lambda connection: connection.execute(statement).all())
        found: dict[str, str] = {}
        for who, event in rows:
            values = event if isinstance(event, dict) else {}
            result = decided.get(text_of(values.get("result_id")))
            # Whoever decided since with another program left no event, but another time.
            if result is not None and values.get("evaluated_at") == iso_time(result.evaluated_at):
                found.setdefault(result.result_id, text_of(who))
        return found

    # ---- Who may -------------------------------------------------------------------------------------------

    def _require_writable(self) -> None:
        if self._read_only_reason:
            raise ReadOnlyError(self._read_only_reason)

    # ---- Storing -------------------------------------------------------------------------------------------

    def _decided(self, change: DecisionChange, identity: Identity, now: datetime) -> Decided:
        chosen = change.values.chosen_description
        values = replace(
            change.values,
            chosen_description=None if chosen is None else storable(chosen),
            rejection_reason=storable(change.values.rejection_reason),
        )
        return predicted(
            replace(change, values=values, decided_at=change.decided_at or now), identity.username
        )

    def _update(self, connection: sa.Connection, decided: Decided) -> bool:
        """Store a decision where its basis is still what is stored."""
        tables = self._tables
        statement = (
            sa.update(tables.results)
            .where(
                column_of(tables, "result_id") == decided.before.result_id, *self._is_still(decided.before)
            )
            .values(self._stored(decided.after))
        )
        return connection.execute(statement).rowcount > 0

    def _is_still(self, basis: DecisionBasis) -> list[sa.ColumnElement[bool]]:
        tables, results = self._tables, self._tables.results.c
        if tables.layout == "document":
            return [results.version == basis.version]
        evaluation = sa.func.coalesce(results.evaluation, "")
        values = basis.values
        is_pending = values.evaluation == "pending"
        chosen = values.chosen_description
        stored = exact(tables, results.chosen_description)
        # rejection_reason is not compared: applying keeps its errors there, and decides nothing.
        return [
            evaluation.not_in(DECIDED) if is_pending else evaluation == values.evaluation,
            stored.is_(None) if chosen is None else stored == exact_value(tables, chosen),
            results.evaluated_at.is_not_distinct_from(values.evaluated_at),
        ]

    def _stored(self, basis: DecisionBasis) -> dict[str, Any]:
        """The columns that a decision sets, as they are called here."""
        values = basis.values
        stored: dict[str, Any] = {
            "evaluation": None if values.evaluation == "pending" else values.evaluation,
            "chosen_description": values.chosen_description,
            "rejection_reason": values.rejection_reason,
            "evaluated_at": values.evaluated_at,
        }
        if self._tables.layout == "document":
            stored |= {"evaluated_by": values.evaluated_by or None, "version": basis.version}
        return stored

    def _read(
        self, connection: sa.Connection, result_ids: Sequence[str], *, is_locked: bool = False
    ) -> dict[str, DecisionBasis]:
        """Read what is stored about decisions; locked, it stays so until the transaction has ended."""
        tables = self._tables
        result_id = column_of(tables, "result_id")
        columns = [result_id.label("result_id"), *(tables.results.c[name] for name in self._stored(_NOTHING))]
        # In one order, so that two who lock the same rows wait for each other instead of deadlocking.
        rows = sa.select(*columns).where(result_id.in_(sorted(result_ids))).order_by(result_id)
        found = connection.execute(rows.with_for_update() if is_locked else rows).mappings()
        return {basis.result_id: basis for basis in map(_basis, found)}

    def _update_many(self, connection: sa.Connection, decided: Sequence[Decided]) -> None:
        """Store decisions on rows that are locked."""
        rows = [{"result_id": one.after.result_id, **self._stored(one.after)} for one in decided]
        statement = update_many(self._tables, list(self._stored(_NOTHING)))
        connection.execute(statement, {"given": given_rows(self._tables, rows)})

    def _tell(self, decided: Sequence[Decided], connection: sa.Connection, identity: Identity) -> None:
        """Tell those who have the store open; which of many results changed they read for themselves."""
        if len(decided) == 1:
            after = decided[0].after
            notice = Notice("result", after.result_id, after.version or 0, identity.username)
        else:
            notice = Notice("results", "", 0, identity.username)
        announce(connection, self._tables, notice)

    def _add_events(
        self,
        connection: sa.Connection,
        decided: Sequence[Decided],
        is_restoring: bool,
        identity: Identity,
        client_version: str,
    ) -> None:
        """Note who decided what, in a store whose results do not."""
        events = self._tables.app_events
        if events is None or not decided:
            return
        now = self._now()
        connection.execute(
            sa.insert(events),
            [
                {
                    "id": str(uuid.uuid4()),
                    "created_at": now,
                    "event_type": EVENT,
                    "status": "undone" if is_restoring else "success",
                    "command": "amx-tui",
                    "details_json": _details(one, identity),
                    "created_by": identity.username,
                    "hostname": identity.hostname,
                    "client_version": client_version[:40],
                }
                for one in decided
            ],
        )

    # ---- Refusals ------------------------------------------------------------------------------------------

    async def _is_there(self, decided: Decided) -> bool:
        """Whether what was sent is what is stored, after the connection broke."""
        result = await ResultRepository(self._database, self._tables).get(decided.after.result_id)
        return DecisionBasis.of(result) == decided.after

    async def _stale(self, basis: DecisionBasis) -> StaleVersionError:
        try:
            current = await ResultRepository(self._database, self._tables).get(basis.result_id)
        except NotFoundError as error:
            raise error from None
        who = one_line(current.evaluated_by, 60)
        return StaleVersionError(
            f"{one_line(current.target_qname, 120)} was decided by {who or 'somebody else'} meanwhile.",
            current=current,
            expected=basis.version or 0,
            hint="Look at it as it is now, then decide again.",
        )


_NOTHING = DecisionBasis("", 0, DecisionValues())


def _basis(row: sa.RowMapping) -> DecisionBasis:
    chosen = row["chosen_description"]
    return DecisionBasis(
        text_of(row["result_id"]),
        row.get("version"),
        DecisionValues(
            decision_state(text_of(row["evaluation"])),
            None if chosen is None else text_of(chosen),
            text_of(row["rejection_reason"]),
            text_of(row.get("evaluated_by")),
            row["evaluated_at"],
        ),
    )


def _is_basis(basis: DecisionBasis, stored: DecisionBasis | None) -> bool:
    """Whether a result is still what a decision was based on."""
    if stored is None:
        return False
    if stored.version is not None:
        return stored.version == basis.version
    one, other = stored.values, basis.values
    return (one.evaluation, one.chosen_description, one.evaluated_at) == (
        other.evaluation,
        other.chosen_description,
        other.evaluated_at,
    )


def _details(decided: Decided, identity: Identity) -> dict[str, object]:
    values = decided.after.values
    return {
        "result_id": decided.after.result_id,
        "decided_by": str(identity),
        "evaluation": values.evaluation,
        "chosen_description": values.chosen_description,
        "rejection_reason": values.rejection_reason,
        "evaluated_at": iso_time(values.evaluated_at),
    }
