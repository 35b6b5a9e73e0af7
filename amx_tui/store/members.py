"""The members of a store: who they are, and how one registers."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.errors import PermissionDeniedError, StoreError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member, Role, may, read_role
from amx_tui.store.database import Database
from amx_tui.store.driver_errors import lacks_value
from amx_tui.store.notices import Notice, announce
from amx_tui.store.tables import Tables
from amx_tui.store.tables.members import NEWCOMER

__all__ = ["MemberRepository", "lock_members"]

_SAVEPOINT = "amx_member"
_PAUSE = timedelta(minutes=5)
"""A member's next connection is an event of its own only after this long."""


class MemberRepository:
    """The members of one store."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    async def register(self, identity: Identity, client_version: str) -> Member:
        """Note that `identity` has connected, and return the member, who is new or known.

        A known member costs one read, and a write without a lock once in five minutes. A new one is added
        under the lock that all changes of members take: the first of a shared store becomes admin, later ones
        viewers, and who is revoked under every other host registers as revoked. In the local store everybody
        is admin.

        Raises:
            PermissionDeniedError: The database user may not write here. The store can still be read.
            ReadOnlyError: The host is read-only; the store can still be read.
            StoreError: The store has no row about itself, or does not answer.
        """
        now = datetime.now(UTC)
        found = await self._database.run(lambda connection: self._look(connection, identity))
        if found is None:
            return await self._database.run(
                lambda connection: self._join(connection, identity, client_version, now), write=True
            )
        member, last_event_at = found
        is_fresh = last_event_at is not None and now - last_event_at < _PAUSE
        if not is_fresh or member.client_version != client_version:
            await self._database.run(
                lambda connection: self._come_back(connection, member, client_version, now), write=True
            )
            member = replace(member, last_seen_at=now, client_version=client_version)
        return member

    async def get(self, identity: Identity) -> Member | None:
        """Return the member, None where there is none, or where the database user may not read members."""
        try:
            return await self._database.run(lambda connection: self._find(connection, identity))
        except PermissionDeniedError:
            return None

    async def is_shut_out(self, identity: Identity) -> bool:
        """Say whether `identity` may not read the store: revoked, without a known role, or new under a revoked name.

        One round trip. Where the database user may not look at the members, nothing is held against anybody.
        """
        users = self._tables.users
        named = sa.select(users).where(users.c.username == identity.username)

        def read(connection: sa.Connection) -> Sequence[Member]:
            return [read_member(row) for row in connection.execute(named).mappings()]

        try:
            namesakes = await self._database.run(read)
        except PermissionDeniedError:
            return False
        for known in namesakes:
            if known.hostname == identity.hostname:
                return not may(known, "read")
        return _is_revoked_everywhere(namesakes)

    async def list(self) -> tuple[Member, ...]:
        """Return all members by name and host."""
        users = self._tables.users
        statement = sa.select(users).order_by(users.c.username, users.c.hostname)

        def read(connection: sa.Connection) -> tuple[Member, ...]:
            return tuple(read_member(row) for row in connection.execute(statement).mappings())

        return await self._database.run(read)

    def _is(self, identity: Identity) -> sa.ColumnElement[bool]:
        users = self._tables.users.c
        return sa.and_(users.username == identity.username, users.hostname == identity.hostname)

    def _find(self, connection: sa.Connection, identity: Identity) -> Member | None:
        row = connection.execute(sa.select(self._tables.users).where(self._is(identity))).mappings().first()
        return None if row is None else read_member(row)

    def _look(self, connection: sa.Connection, identity: Identity) -> tuple[Member, datetime | None] | None:
        """Find a member, and when it connected last, in one round trip."""
        users, sessions = self._tables.users, self._tables.sessions
        last = sa.select(sa.func.max(sessions.c.event_at)).where(sessions.c.user_id == users.c.id)
        statement = sa.select(users, last.scalar_subquery().label("last_event_at")).where(self._is(identity))
        row = connection.execute(statement).mappings().first()
        return None if row is None else (read_member(row), row["last_event_at"])

    def _come_back(
        self, connection: sa.Connection, member: Member, client_version: str, now: datetime
    ) -> None:
        """Note a connection. The member's row is locked first, so two at once make one event."""
        users, sessions = self._tables.users, self._tables.sessions
        connection.execute(
            sa.update(users)
            .where(users.c.id == member.member_id)
            .values(last_seen_at=now, client_version=client_version)
        )
        recent = sa.select(sessions.c.id).where(
            sessions.c.user_id == member.member_id, sessions.c.event_at > now - _PAUSE
        )
        if connection.execute(recent.limit(1)).first() is None:
            identity = Identity(member.username, member.hostname)
            self._add_event(connection, "connect", member.member_id, identity, client_version, now)

    def _join(
        self, connection: sa.Connection, identity: Identity, client_version: str, now: datetime
    ) -> Member:
        """Add a member, under the lock that decides who is the first."""
        lock_members(connection, self._tables)
        users = self._tables.users
        named = sa.select(users).where(users.c.username == identity.username)
        namesakes = [read_member(row) for row in connection.execute(named).mappings()]
        for known in namesakes:
            if known.hostname == identity.hostname:
                return known
        is_first = not namesakes and connection.execute(sa.select(users.c.id).limit(1)).first() is None
        is_revoked = _is_revoked_everywhere(namesakes)
        role: Role = "admin" if is_first or self._tables.is_local else "viewer"
        joined = Member(
            member_id=str(uuid.uuid4()),
            username=identity.username,
            hostname=identity.hostname,
            role=role,
            first_seen_at=now,
            last_seen_at=now,
            revoked_at=now if is_revoked else None,
            client_version=client_version,
            version=1 if "version" in users.c else None,
        )
        self._add_member(connection, joined)
        details = {"role": role, "bootstrap": is_first} | ({"revoked": True} if is_revoked else {})
        self._add_audit(connection, joined.member_id, identity, details, now)
        self._add_event(connection, "first_seen", joined.member_id, identity, client_version, now)
        # Nobody changed a member, so nobody is named: lists of members are read again, and that is all.
        announce(connection, self._tables, Notice("member", joined.member_id, 1, ""))
        return joined

    def _add_member(self, connection: sa.Connection, joined: Member) -> None:
        """Add the row of a member; a newcomer's role is left to its default, where there is one."""
        users = self._tables.users
        values = {
            "id": joined.member_id,
            "username": joined.username,
            "hostname": joined.hostname,
            "first_seen_at": joined.first_seen_at,
            "last_seen_at": joined.last_seen_at,
            "client_version": joined.client_version,
        }
        if joined.revoked_at is not None:
            values["revoked_at"] = joined.revoked_at
        if joined.role == NEWCOMER and users.c.role.server_default is not None:
            connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
            try:
                connection.execute(sa.insert(users).values(values))
            except sa.exc.DBAPIError as error:
                if not lacks_value(error):
                    raise
                # The store was made before the column had a default.
                connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            else:
                return
        connection.execute(sa.insert(users).values({**values, "role": joined.role}))

    def _add_audit(
        self,
        connection: sa.Connection,
        member_id: str,
        identity: Identity,
        details: Mapping[str, object],
        now: datetime,
    ) -> None:
        connection.execute(
            sa.insert(self._tables.admin_audit).values(
                id=str(uuid.uuid4()),
                event_at=now,
                actor_user_id=member_id,
                actor_username=identity.username,
                actor_hostname=identity.hostname,
                action="user_join",
                details_json=details,
            )
        )

    def _add_event(
        self,
        connection: sa.Connection,
        kind: str,
        member_id: str,
        identity: Identity,
        client_version: str,
        now: datetime,
    ) -> None:
        connection.execute(
            sa.insert(self._tables.sessions).values(
                id=str(uuid.uuid4()),
                event_at=now,
                user_id=member_id,
                username=identity.username,
                hostname=identity.hostname,
                event_kind=kind,
                client_version=client_version,
                os_platform=sys.platform,
                db_profiles_seen=[],
            )
        )


def lock_members(connection: sa.Connection, tables: Tables) -> None:
    """Wait for everybody else who changes members; to be the first statement of such a transaction.

    In the layout `document` the lock is an update of the store's row about itself; where amx-cli made the
    store, that row is locked as it is, and on SQLite the transaction itself is the lock.

    Raises:
        StoreError: The store has no row about itself, so nobody could be made to wait.
    """
    meta = tables.schema_meta
    if tables.layout == "document":
        taken = connection.execute(sa.update(meta).values(member_seq=meta.c.member_seq + 1)).rowcount
    else:
        taken = len(connection.execute(sa.select(meta.c.id).with_for_update()).all())
    if not taken:
        raise StoreError(
            f"The table {meta.name} of the store is empty, so no member can be added safely.",
            hint="Run history-store enable again: it adds what is missing.",
        )


def _is_revoked_everywhere(namesakes: Sequence[Member]) -> bool:
    """Whether somebody who is new on this host was shut out on every other one."""
    return bool(namesakes) and not any(namesake.is_active for namesake in namesakes)


def read_member(row: Mapping[Any, Any]) -> Member:
    return Member(
        member_id=row["id"],
        username=row["username"],
        hostname=row["hostname"],
        role=read_role(row["role"]),
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        revoked_at=row["revoked_at"],
        client_version=row["client_version"] or "",
        display_name=row["display_name"] or "",
        version=row.get("version"),
    )
