"""Applications in a store that amx-cli made: two events each, for it has no table of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.applications import Application, Destination, Intent, IntentOutcome
from amx_tui.domain.assets import AssetName
from amx_tui.domain.identity import Identity
from amx_tui.store.application_facts import (
    destination_facts,
    destination_of,
    intent_row,
    name_of,
    read_application,
)
from amx_tui.store.json_sql import json_text
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables, dump_json

__all__ = ["EventTrail"]

_INTENT, _OUTCOME = "apply.intent", "apply.outcome"
_NAMESPACE = uuid.UUID("0f2b3f0e-6b1d-5d0b-9a63-0d4b7b0a2f57")
_NEWEST = 20
"""Events that are looked through for the one that names a profile."""


class EventTrail:
    """The events of the layout `amx_cli`: an intent is one row, its outcome another; none is ever changed.

    `command` is `apply RUN APPLICATION` in both, so that SQL finds a run's rows, and an intent's outcome.
    """

    def __init__(self, tables: Tables, table: sa.Table) -> None:
        self._tables = tables
        self.table = table

    def add(
        self,
        connection: sa.Connection,
        intents: Sequence[Intent],
        destination: Destination,
        identity: Identity,
        client_version: str,
        now: datetime,
    ) -> None:
        """Store intents."""
        common = destination_facts(destination)
        rows = [
            self._event(
                intent.application_id,
                _INTENT,
                "intended",
                _command(intent.run_id, intent.application_id),
                intent_row(intent) | common,
                identity,
                now,
            )
            | {"client_version": client_version[:40]}
            for intent in intents
        ]
        connection.execute(sa.insert(self.table), rows)

    def finish(
        self,
        connection: sa.Connection,
        outcomes: Sequence[IntentOutcome],
        run_id: str,
        identity: Identity,
        now: datetime,
        *,
        is_settled: bool,
    ) -> Sequence[IntentOutcome]:
        """Store outcomes and return those that count now; see `Trail`."""
        events = self.table.c
        commands = {_command(run_id, each.application_id): each for each in outcomes}
        done = connection.execute(
            sa.select(events.command, events.id).where(
                events.event_type == _OUTCOME, events.command.in_(sorted(commands))
            )
        ).all()
        finished = {command for command, _ in done} if is_settled else set()
        there = {event_id for _, event_id in done}
        counting = [each for command, each in commands.items() if command not in finished]
        rows = [
            self._event(
                event_id,
                _OUTCOME,
                each.status,
                _command(run_id, each.application_id),
                {
                    "application_id": each.application_id,
                    "result_id": each.result_id,
                    "old_comment": each.old_comment,
                    "error_text": each.error_text,
                    "is_settled": is_settled,
                },
                identity,
                now,
            )
            for each in counting
            # Sent once more after a connection broke, an outcome is there already.
            if (event_id := _outcome_id(each.application_id, is_settled=is_settled)) not in there
        ]
        if rows:
            connection.execute(sa.insert(self.table), rows)
        return counting

    def there(
        self, connection: sa.Connection, application_ids: Iterable[str], *, of: Identity | None = None
    ) -> frozenset[str]:
        """Return which of these intents are stored; with `of`, which of them are that member's own."""
        column = self.table.c.id
        is_own = () if of is None else self._is_of(of)
        found = connection.execute(sa.select(column).where(column.in_(sorted(application_ids)), *is_own))
        return frozenset(found.scalars())

    def has_begun(self, connection: sa.Connection, run_id: str, who: Identity) -> bool:
        """Say whether a member has stored intents of a run."""
        events = self.table.c
        is_of_run = events.command.startswith(_command(run_id, ""), autoescape=True)
        own = sa.select(events.id).where(events.event_type == _INTENT, is_of_run, *self._is_of(who)).limit(1)
        return connection.execute(own).first() is not None

    def _is_of(self, who: Identity) -> tuple[sa.ColumnElement[bool], ...]:
        return self.table.c.created_by == who.username, self.table.c.hostname == who.hostname

    def busy(
        self, connection: sa.Connection, destination: Destination, since: datetime
    ) -> dict[AssetName, str]:
        """Return the comments that other sessions are about to write there, and who."""
        events, outcomes = self.table.c, self.table.alias("outcomes")
        is_finished = sa.exists().where(
            outcomes.c.event_type == _OUTCOME, outcomes.c.command == events.command
        )
        statement = sa.select(events.details_json, events.created_by, events.hostname).where(
            events.event_type == _INTENT, events.created_at >= since, ~is_finished
        )
        found: dict[AssetName, str] = {}
        for details, who, hostname in connection.execute(statement):
            facts = details if isinstance(details, dict) else {}
            there = destination_of(facts)
            if there.db_place == destination.db_place and there.session_id != destination.session_id:
                found[name_of(facts)] = f"{text_of(who)}@{text_of(hostname)}"
        return found

    def of_run(
        self, connection: sa.Connection, run_id: str, *, result_id: str = ""
    ) -> tuple[Application, ...]:
        """Read all applications of a run, or those of one of its results, in the order they were intended."""
        events = self.table.c
        statement = (
            sa.select(self.table)
            .where(
                events.event_type.in_((_INTENT, _OUTCOME)),
                events.command.startswith(_command(run_id, ""), autoescape=True),
            )
            .order_by(events.created_at, events.id)
        )
        rows = connection.execute(statement).mappings().all()
        outcomes: dict[str, sa.RowMapping] = {}
        for row in rows:
            known = outcomes.get(row["command"])
            if row["event_type"] == _OUTCOME and (known is None or _is_settled(known)):
                outcomes[row["command"]] = row
        found = (
            _read_event(row, outcomes.get(row["command"])) for row in rows if row["event_type"] == _INTENT
        )
        return tuple(each for each in found if result_id in {"", each.intent.result_id})

    def newest_of_profile(self, connection: sa.Connection, db_profile: str) -> Destination | None:
        """Return where the newest application through a profile of that name went."""
        events = self.table.c
        details = json_text(self._tables, events.details_json)
        if self._tables.backend_name == "mysql":
            details = sa.cast(events.details_json, sa.Text)
        statement = (
            sa.select(events.details_json)
            .where(events.event_type == _INTENT, details.contains(dump_json(db_profile), autoescape=True))
            .order_by(events.created_at.desc())
            .limit(_NEWEST)
        )
        for facts in connection.execute(statement).scalars():
            if isinstance(facts, dict) and facts.get("db_profile") == db_profile:
                return destination_of(facts)
        return None

    def _event(
        self,
        event_id: str,
        event_type: str,
        status: str,
        command: str,
        details: Mapping[str, object],
        identity: Identity,
        now: datetime,
    ) -> dict[str, object]:
        return {
            "id": event_id,
            "created_at": now,
            "event_type": event_type,
            "status": status,
            "command": command,
            "details_json": details,
            "created_by": identity.username,
            "hostname": identity.hostname,
        }


def _command(run_id: str, application_id: str) -> str:
    return f"apply {run_id} {application_id}"


def _outcome_id(application_id: str, *, is_settled: bool) -> str:
    """One id a writer's own outcome, and one for whoever settles, so that each is there once."""
    return str(uuid.uuid5(_NAMESPACE, f"{application_id} {'settled' if is_settled else 'own'}"))


def _is_settled(row: Mapping[Any, Any]) -> bool:
    details = row["details_json"]
    return isinstance(details, dict) and details.get("is_settled") is True


def _read_event(row: sa.RowMapping, outcome: sa.RowMapping | None) -> Application:
    facts = dict(row["details_json"]) if isinstance(row["details_json"], dict) else {}
    details = outcome["details_json"] if outcome is not None else {}
    details = details if isinstance(details, dict) else {}
    if "old_comment" in details:
        facts["old_comment"] = details["old_comment"]
    return read_application(
        facts,
        {
            "applied_by": row["created_by"],
            "hostname": row["hostname"],
            "client_version": row["client_version"],
            "intended_at": row["created_at"],
            "status": "intended" if outcome is None else outcome["status"],
            "finished_at": None if outcome is None else outcome["created_at"],
            "error_text": details.get("error_text"),
        },
    )
