"""The audit trail and the session events: rows are added and read, never changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.audit import AuditCursor, AuditEvent, AuditFilter, AuditPage, SessionEvent, SessionPage
from amx_tui.domain.identity import Identity
from amx_tui.store.database import Database
from amx_tui.store.keyset import beyond, by_code_point, ordered
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["AuditRepository", "add_audit_row", "cursor_of", "is_audited"]

_NO_FILTER = AuditFilter()
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def add_audit_row(
    connection: sa.Connection,
    tables: Tables,
    *,
    actor: Identity,
    actor_id: str | None,
    action: str,
    now: datetime,
    target_user_id: str | None = None,
    target_resource: str | None = None,
    details: Mapping[str, object] | None = None,
    event_id: str = "",
) -> str:
    """Add a row to the audit trail, inside the transaction that does what it tells of; return its id."""
    event_id = event_id or str(uuid.uuid4())
    connection.execute(
        sa.insert(tables.admin_audit).values(
            id=event_id,
            event_at=now,
            actor_user_id=actor_id,
            actor_username=actor.username,
            actor_hostname=actor.hostname,
            action=action,
            target_user_id=target_user_id,
            target_resource=target_resource,
            details_json=None if details is None else dict(details),
        )
    )
    return event_id


async def is_audited(database: Database, tables: Tables, event_id: str) -> bool:
    """Say whether a row of the audit trail is stored, and with it what was written in its transaction.

    Raises:
        StoreError: The store does not answer.
    """
    audit = tables.admin_audit.c
    statement = sa.select(audit.id).where(audit.id == event_id)
    return await database.run(lambda connection: connection.execute(statement).first() is not None)


class AuditRepository:
    """Who changed members, overwrote what, decided or applied much at once; and who connected when.

    Every method is one round trip, and may raise `StoreError`.
    """

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    async def page(
        self, filter: AuditFilter = _NO_FILTER, *, cursor: AuditCursor | None = None, limit: int = 60
    ) -> AuditPage:
        """Read a page of the audit trail, newest first.

        Args:
            filter: Which events.
            cursor: The event that the page lies behind; None is the newest.
            limit: Events at most.
        """
        events, users = self._tables.admin_audit.c, self._tables.users.c
        statement = (
            sa.select(
                self._tables.admin_audit,
                users.username.label("target_username"),
                users.hostname.label("target_hostname"),
            )
            .select_from(
                self._tables.admin_audit.outerjoin(self._tables.users, users.id == events.target_user_id)
            )
            .where(*self._conditions(filter))
        )
        rows = await self._newest(statement, events.event_at, events.id, cursor, limit)
        return AuditPage(tuple(_event(row) for row in rows[:limit]), len(rows) > limit)

    async def sessions(
        self, who: str = "", *, cursor: AuditCursor | None = None, limit: int = 60
    ) -> SessionPage:
        """Read a page of the session events, newest first.

        Args:
            who: A username, or `user@host`; empty is everybody.
        """
        table = self._tables.sessions
        statement = sa.select(table).where(*_named(who, table.c.username, table.c.hostname))
        rows = await self._newest(statement, table.c.event_at, table.c.id, cursor, limit)
        return SessionPage(tuple(_session(row) for row in rows[:limit]), len(rows) > limit)

    async def _newest(
        self,
        statement: sa.Select[Any],
        event_at: sa.ColumnElement[Any],
        event_id: sa.ColumnElement[Any],
        cursor: AuditCursor | None,
        limit: int,
    ) -> list[sa.RowMapping]:
        """Read one row more than a page has, newest first."""
        key = (event_at, by_code_point(self._tables, event_id))
        if cursor is not None:
            values = (cursor.event_at, cursor.event_id)
            statement = statement.where(beyond(self._tables, key, values, ascending=False))
        statement = statement.order_by(*ordered(key, ascending=False)).limit(limit + 1)
        return await self._database.run(
            lambda connection: list(connection.execute(statement).mappings().all())
        )

    def _conditions(self, filter: AuditFilter) -> list[sa.ColumnElement[bool]]:
        events, users = self._tables.admin_audit.c, self._tables.users.c
        conditions = list(_named(filter.actor, events.actor_username, events.actor_hostname))
        if filter.action:
            conditions.append(events.action == filter.action)
        if filter.target:
            resource = events.target_resource.contains(filter.target, autoescape=True)
            conditions.append(
                sa.or_(sa.and_(*_named(filter.target, users.username, users.hostname)), resource)
            )
        if filter.since is not None:
            conditions.append(events.event_at >= filter.since)
        if filter.until is not None:
            conditions.append(events.event_at < filter.until)
        return conditions


def _named(
    who: str, username: sa.ColumnElement[Any], hostname: sa.ColumnElement[Any]
) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that a row is a person's, by the name alone or with the host behind the last @."""
    if not who:
        return ()
    name, _, host = who.rpartition("@")
    both = sa.and_(username == name, hostname == host)
    return (sa.or_(username == who, both),) if name else (username == who,)


def _event(row: sa.RowMapping) -> AuditEvent:
    return AuditEvent(
        event_id=text_of(row["id"]),
        event_at=row["event_at"],
        actor_username=text_of(row["actor_username"]),
        actor_hostname=text_of(row["actor_hostname"]),
        action=text_of(row["action"]),
        target_user_id=text_of(row["target_user_id"]),
        target_username=text_of(row["target_username"]),
        target_hostname=text_of(row["target_hostname"]),
        target_resource=text_of(row["target_resource"]),
        details=row["details_json"],
    )


def _session(row: sa.RowMapping) -> SessionEvent:
    return SessionEvent(
        event_id=text_of(row["id"]),
        event_at=row["event_at"],
        username=text_of(row["username"]),
        hostname=text_of(row["hostname"]),
        event_kind=text_of(row["event_kind"]),
        client_version=text_of(row["client_version"]),
        os_platform=text_of(row["os_platform"]),
    )


def cursor_of(event: AuditEvent | SessionEvent) -> AuditCursor:
    """Return the cursor that stands on an event."""
    return AuditCursor(event.event_at or _EVER, event.event_id)
