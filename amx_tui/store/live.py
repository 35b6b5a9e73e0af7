"""What others change while the store is open, and who is here: listening, a cheap look, and heartbeats."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.notices import Notice, Presence, read_notice
from amx_tui.store.database import Database
from amx_tui.store.notices import channel
from amx_tui.store.permissions import explain_refusal, select_permitted
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["LiveRepository", "Pulse"]

GONE_AFTER = 50
"""Seconds without a heartbeat after which a member is taken to be gone; heartbeats come every twenty."""
_RECENT = 50
"""The newest runs whose state a look takes in: older ones hardly ever change."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a look at the store has found; a mark that differs from the last one's means that something changed."""

    runs: tuple[object, ...]
    results: tuple[object, ...]
    pages: tuple[object, ...]
    members: tuple[object, ...]

    def changes_since(self, before: Pulse) -> tuple[Notice, ...]:
        """Name the kinds of rows that have changed since another look; who changed them is not known."""
        names = (("runs", "run"), ("results", "results"), ("pages", "page"), ("members", "member"))
        return tuple(
            Notice(kind, "", 0, "", origin="")
            for mark, kind in names
            if getattr(self, mark) != getattr(before, mark)
        )


class LiveRepository:
    """Watches one store. Every method may raise `StoreError`."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    @property
    def can_listen(self) -> bool:
        """Whether the host tells of changes by itself."""
        return self._tables.backend_name == "postgresql"

    @property
    def is_told_everything(self) -> bool:
        """Whether all who write here tell of it; amx-cli writes without a word."""
        return self.can_listen and self._tables.layout == "document"

    @property
    def knows_presence(self) -> bool:
        """Whether the store can hold who is here."""
        return self._tables.layout == "document" and not self._tables.is_local

    async def listen(self) -> AsyncIterator[Notice | None]:
        """Give the changes that others tell of, as they are committed; first None, once listening has begun.

        Holds a connection until it is closed.
        """
        async for payload in self._database.listen(channel(self._tables)):
            if payload is None:
                yield None
            else:
                notice = read_notice(payload)
                if notice is not None:
                    yield notice

    async def pulse(self, run_ids: Sequence[str] = ()) -> Pulse:
        """Take a look, in one round trip, each part of it answered by an index or a small table.

        Args:
            run_ids: The runs whose results are looked at.
        """
        marks = (self._run_marks(), self._result_marks(run_ids), self._page_marks(), self._member_marks())
        statement = sa.select(*(mark for part in marks for mark in part))
        row = await self._database.run(lambda connection: connection.execute(statement).one())
        values = iter(row)
        return Pulse(*(tuple(next(values) for _ in part) for part in marks))

    def _run_marks(self) -> list[sa.ColumnElement[Any]]:
        runs = self._tables.runs.c
        newest = (
            sa.select(runs.status, runs.ended_at, runs.started_at)
            .order_by(runs.started_at.desc())
            .limit(_RECENT)
            .subquery("newest")
        )
        is_over = sa.case((newest.c.status == "running", 0), else_=1)
        return [
            sa.select(sa.func.max(newest.c.started_at)).scalar_subquery().label("run_started"),
            sa.select(sa.func.max(newest.c.ended_at)).scalar_subquery().label("run_ended"),
            sa.select(sa.func.sum(is_over)).scalar_subquery().label("runs_over"),
        ]

    def _result_marks(self, run_ids: Sequence[str]) -> list[sa.ColumnElement[Any]]:
        if not run_ids:
            return []
        results = self._tables.results.c
        is_watched = column_of(self._tables, "run_id").in_(list(run_ids))
        return [
            sa.select(value).where(is_watched).scalar_subquery().label(name)
            for name, value in (
                ("decided", sa.func.max(results.evaluated_at)),
                ("applied", sa.func.max(results.applied_at)),
                ("drafted", sa.func.count()),
            )
        ]

    def _page_marks(self) -> list[sa.ColumnElement[Any]]:
        pages = self._tables.pages
        return [
            sa.select(sa.func.max(pages.c.updated_at)).scalar_subquery().label("page_saved"),
            sa.select(sa.func.count()).select_from(pages).scalar_subquery().label("pages"),
        ]

    def _member_marks(self) -> list[sa.ColumnElement[Any]]:
        users = self._tables.users
        is_special = sa.case((users.c.role != "viewer", 1), (users.c.revoked_at.is_not(None), 1))
        changed = sa.func.sum(users.c.version) if "version" in users.c else sa.func.count(is_special)
        return [
            sa.select(sa.func.count()).select_from(users).scalar_subquery().label("members"),
            sa.select(changed).scalar_subquery().label("members_changed"),
        ]

    # ---- Presence ------------------------------------------------------------------------------------------

    async def arrive(self, member: Member, client_version: str, platform: str) -> str:
        """Begin a session of an active member, and return its id for the heartbeats; one round trip.

        Raises:
            RoleError: The member is revoked, unknown here, or has a role that nobody knows.
        """
        sessions, who = self._tables.sessions, Identity(member.username, member.hostname)
        session_id = str(uuid.uuid4())
        values = {
            "id": session_id,
            "username": who.username,
            "hostname": who.hostname,
            "event_kind": "session",
            "client_version": client_version,
            "os_platform": platform,
            "db_profiles_seen": [],
            "opens": "",
        }
        permitted = select_permitted(self._tables, who, "read")
        columns = [sa.literal(value, sessions.c[name].type) for name, value in values.items()]
        row = permitted.with_only_columns(self._tables.users.c.id, self._now(), self._now(), *columns)
        statement = sa.insert(sessions).from_select(["user_id", "event_at", "heartbeat_at", *values], row)
        # Of an INSERT the number of rows is not kept unless it is asked for.
        counted = statement.execution_options(preserve_rowcount=True)
        added = await self._database.run(lambda connection: connection.execute(counted).rowcount, single=True)
        if not added:
            await self._database.run(lambda connection: self._refuse(connection, who))
        return session_id

    async def beat(self, session_id: str, opens: str, member: Member) -> tuple[Presence, ...]:
        """Say that a member's session is still there and what it has open, and read who else is.

        Returns:
            Everybody else who is here, by name; one entry a member and machine.

        Raises:
            RoleError: The member was revoked, or the session is not one of this member's.
        """
        who = Identity(member.username, member.hostname)
        update = self._own(session_id, who).values(heartbeat_at=self._now(), opens=storable(opens)[:512])
        others = self._others(session_id)

        def work(connection: sa.Connection) -> list[sa.RowMapping]:
            if not connection.execute(update).rowcount:
                self._refuse(connection, who)
            return list(connection.execute(others).mappings())

        rows = await self._database.run(work)
        found: dict[tuple[str, str], Presence] = {}
        for row in rows:
            one = Presence(
                text_of(row["username"]), text_of(row["hostname"]), text_of(row["opens"]), row["heartbeat_at"]
            )
            # Of several sessions on one machine the one that was seen last counts.
            found[one.username, one.hostname] = one
        # Nobody is his own colleague, in another terminal or after a crash.
        found.pop((member.username, member.hostname), None)
        return tuple(found.values())

    async def leave(self, session_id: str, member: Member) -> None:
        """End a member's session: nobody sees it any more.

        Raises:
            RoleError: The member was revoked, or the session is not one of this member's.
        """
        who = Identity(member.username, member.hostname)
        statement = self._own(session_id, who).values(heartbeat_at=None, opens="")

        def work(connection: sa.Connection) -> None:
            if not connection.execute(statement).rowcount:
                self._refuse(connection, who)

        await self._database.run(work)

    def _own(self, session_id: str, who: Identity) -> sa.Update:
        """Update a session, if it is one of an active member's own."""
        sessions = self._tables.sessions
        permitted = select_permitted(self._tables, who, "read")
        return sa.update(sessions).where(
            sessions.c.id == session_id, sessions.c.user_id == permitted.scalar_subquery()
        )

    def _others(self, session_id: str) -> sa.Select[Any]:
        """Select the other sessions that are here; those of revoked members are gone at once."""
        sessions, users = self._tables.sessions, self._tables.users
        active = sa.select(users.c.id).where(users.c.revoked_at.is_(None))
        return (
            sa.select(sessions.c.username, sessions.c.hostname, sessions.c.opens, sessions.c.heartbeat_at)
            .where(
                sessions.c.heartbeat_at > self._now(-GONE_AFTER),
                # Sessions of the last days alone: the index of their beginnings leads to them.
                sessions.c.event_at > self._now(-7 * 86400),
                sessions.c.id != session_id,
                sessions.c.user_id.in_(active),
            )
            .order_by(sessions.c.username, sessions.c.hostname, sessions.c.heartbeat_at)
        )

    def _refuse(self, connection: sa.Connection, who: Identity) -> NoReturn:
        explain_refusal(connection, self._tables, who, "read", doing="being here")

    def _now(self, seconds: int = 0) -> sa.ColumnElement[datetime]:
        """The server's own time, for the clocks of members differ; some seconds earlier where that is negative."""
        match self._tables.backend_name:
            case "postgresql":
                written = f"(clock_timestamp() + interval '{seconds} seconds')"
            case "mysql":
                written = f"(UTC_TIMESTAMP(6) + INTERVAL {seconds} SECOND)"
            case _:
                written = f"(strftime('%Y-%m-%dT%H:%M:%f', 'now', '{seconds} seconds') || '000Z')"
        return sa.literal_column(written, self._tables.sessions.c.event_at.type)
