"""Applications in the layout `document`: a row each, which gets its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from amx_tui.store.decision_rows import given_rows, unpacked
from amx_tui.store.tables import Tables

__all__ = ["TableTrail"]


class TableTrail:
    """The table of the layout `document`: an intent's row gets its outcome."""

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
        """Store intents, in one statement."""
        rows = [intent_row(intent) for intent in intents]
        of = unpacked(self._tables, list(rows[0]))
        values: dict[str, Any] = {name: of(name) for name in rows[0]}
        values |= {
            **destination_facts(destination),
            "intended_at": now,
            "applied_by": identity.username,
            "hostname": identity.hostname,
            "client_version": client_version[:40],
            "status": "intended",
        }
        columns = self.table.c
        selected = sa.select(
            *(
                value
                if isinstance(value, sa.ColumnElement)
                else sa.literal(value, columns[name].type).label(name)
                for name, value in values.items()
            )
        )
        statement = sa.insert(self.table).from_select(list(values), selected, include_defaults=False)
        connection.execute(statement, {"given": given_rows(self._tables, rows)})

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
        columns = self.table.c
        if is_settled:
            wanted = [each.application_id for each in outcomes]
            still = sa.select(columns.application_id).where(
                columns.application_id.in_(sorted(wanted)), columns.status == "intended"
            )
            locked = connection.execute(still.order_by(columns.application_id).with_for_update()).scalars()
            is_open = set(locked)
            outcomes = [each for each in outcomes if each.application_id in is_open]
        if outcomes:
            names = ["application_id", "status", "old_comment", "error_text"]
            of = unpacked(self._tables, names)
            statement = (
                sa.update(self.table)
                .where(columns.application_id == of("application_id"))
                .values({name: of(name) for name in names[1:]} | {"finished_at": now})
            )
            rows = [{name: getattr(each, name) for name in names} for each in outcomes]
            connection.execute(statement, {"given": given_rows(self._tables, rows)})
        return outcomes

    def there(
        self, connection: sa.Connection, application_ids: Iterable[str], *, of: Identity | None = None
    ) -> frozenset[str]:
        """Return which of these intents are stored; with `of`, which of them are that member's own."""
        column = self.table.c.application_id
        is_own = () if of is None else self._is_of(of)
        found = connection.execute(sa.select(column).where(column.in_(sorted(application_ids)), *is_own))
        return frozenset(found.scalars())

    def has_begun(self, connection: sa.Connection, run_id: str, who: Identity) -> bool:
        """Say whether a member has stored intents of a run."""
        columns = self.table.c
        own = sa.select(columns.application_id).where(columns.run_id == run_id, *self._is_of(who)).limit(1)
        return connection.execute(own).first() is not None

    def _is_of(self, who: Identity) -> tuple[sa.ColumnElement[bool], ...]:
        return self.table.c.applied_by == who.username, self.table.c.hostname == who.hostname

    def busy(
        self, connection: sa.Connection, destination: Destination, since: datetime
    ) -> dict[AssetName, str]:
        """Return the comments that other sessions are about to write there, and who."""
        columns = self.table.c
        statement = sa.select(
            columns.schema_name, columns.table_name, columns.column_name, columns.applied_by, columns.hostname
        ).where(
            columns.intended_at >= since,
            columns.status == "intended",
            columns.db_place == destination.db_place,
            columns.session_id != destination.session_id,
        )
        rows = (dict(row) for row in connection.execute(statement).mappings())
        return {name_of(row): f"{row['applied_by']}@{row['hostname']}" for row in rows}

    def of_run(
        self, connection: sa.Connection, run_id: str, *, result_id: str = ""
    ) -> tuple[Application, ...]:
        """Read all applications of a run, or those of one of its results, in the order they were intended."""
        columns = self.table.c
        statement = (
            sa.select(self.table)
            .where(columns.run_id == run_id, *([columns.result_id == result_id] if result_id else ()))
            .order_by(columns.intended_at, columns.target_qname, columns.application_id)
        )
        result = connection.execute(statement)
        names = tuple(result.keys())
        # A run may have tens of thousands, and plain dictionaries are read much quicker than row mappings.
        facts = (dict(zip(names, row, strict=True)) for row in result.all())
        return tuple(read_application(each, each) for each in facts)

    def newest_of_profile(self, connection: sa.Connection, db_profile: str) -> Destination | None:
        """Return where the newest application through a profile of that name went."""
        columns = self.table.c
        statement = (
            sa.select(columns.db_profile, columns.db_backend, columns.db_place, columns.session_id)
            .where(columns.db_profile == db_profile)
            .order_by(columns.intended_at.desc())
            .limit(1)
        )
        row = connection.execute(statement).mappings().first()
        return None if row is None else destination_of(dict(row))
