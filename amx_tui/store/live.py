"""What others change while the store is open, and who is here: listening, a cheap look, and heartbeats."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import sqlalchemy as sa

from amx_tui.domain.identity import Identity
from amx_tui.domain.members import ROLES, Member
from amx_tui.domain.notices import Notice, Presence, read_notice
from amx_tui.domain.runs import RUN_STATUSES
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
_ONE: sa.ColumnElement[int] = sa.literal_column("1").label("one")
"""By which parts of a look, each one row, stand beside each other."""
_USED = """(SELECT greatest(
    (SELECT sum(numbackends) FROM pg_catalog.pg_stat_database)
        / (current_setting('max_connections')::float - current_setting('superuser_reserved_connections')::float),
    (SELECT numbackends / nullif(greatest(datconnlimit, 0), 0)::float
        FROM pg_catalog.pg_stat_database JOIN pg_catalog.pg_database USING (datname)
        WHERE datname = current_database()),
    (SELECT count(*) / nullif(greatest(rolconnlimit, 0), 0)::float
        FROM pg_catalog.pg_stat_activity JOIN pg_catalog.pg_roles ON rolname = usename
        WHERE usename = current_user GROUP BY rolconnlimit)
))"""
"""The share of PostgreSQL's connections that are in use; everybody may ask."""
_RECENT = 50
"""The newest runs whose state a look takes in: older ones hardly ever change."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a look at the store has found; a mark that differs from the last one's means that something changed."""

    runs: tuple[object, ...]
    results: tuple[object, ...]
    """Of the runs that were looked at; where those are others, that differs too."""
    pages: tuple[object, ...]
    members: tuple[object, ...]
    crowding: float = 0.0
    """How much of the host's connections were in use, from 0 to 1; 0 where the host does not say."""

    def changes_since(self, before: Pulse) -> tuple[Notice, ...]:
        """Name the kinds of rows that have changed since another look; who changed them is not known."""
        names = (("runs", "run"), ("results", "results"), ("pages", "page"), ("members", "member"))
        return tuple(
            Notice(kind, "", 0, "", origin="")
            for mark, kind in names
            if getattr(self, mark) != getattr(before, mark)
        )


def _times(column: sa.ColumnElement[Any], name: str) -> tuple[sa.ColumnElement[Any], ...]:
    """How many rows have a time, which it is that tells of one taken back, and the latest."""
    return sa.func.count(column).label(name), sa.func.max(column).label(f"{name}_at")


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

    async def listen(self) -> AsyncGenerator[Notice | None, None]:
        """Give the changes that others tell of, as they are committed; first None, once listening has begun.

        Holds a connection until it is closed.
        """
        async with aclosing(self._database.listen(channel(self._tables))) as told:
            async for payload in told:
                if payload is None:
                    yield None
                else:
                    notice = read_notice(payload)
                    if notice is not None:
                        yield notice

    async def crowding(self) -> float:
        """Ask how much of the host's connections are in use, from 0 to 1, in one round trip."""
        statement = sa.select(self._crowding())
        return float(await self._database.run(lambda connection: connection.execute(statement).scalar_one()))

    def _crowding(self) -> sa.ColumnElement[Any]:
        """The share of connections in use: of the server, of the database, or of the user, whichever is the largest."""
        return sa.literal_column(_USED if self.can_listen else "0", sa.Float)

    async def pulse(self, run_ids: Sequence[str] = (), member_id: str = "") -> Pulse:
        """Take a look, in one round trip, each part of it answered by an index or a small table.

        Args:
            run_ids: The runs whose results are looked at.
            member_id: The member whose own role is looked at; a change of it is not missed, whatever else changes.
        """
        looks = (
            self._run_marks(),
            self._result_marks(run_ids),
            self._page_marks(),
            self._member_marks(member_id),
            sa.select(_ONE, self._crowding().label("used")).subquery("room"),
        )
        together: sa.FromClause = looks[0]
        for look in looks[1:]:
            together = together.join(look, looks[0].c.one == look.c.one)
        statement = sa.select(*(column for look in looks for column in look.c)).select_from(together)
        row = await self._database.run(lambda connection: connection.execute(statement).one())
        values = iter(row)
        runs, results, pages, members, (_, used) = (tuple(next(values) for _ in look.c) for look in looks)
        return Pulse(runs, (*run_ids, *results), pages, members, float(used))

    def _run_marks(self) -> sa.Subquery:
        runs = self._tables.runs.c
        newest = (
            sa.select(runs.status, runs.ended_at, runs.started_at, runs.applied_count)
            .order_by(runs.started_at.desc())
            .limit(_RECENT)
            .subquery("newest")
            .c
        )
        states = sa.case(
            {name: number for number, name in enumerate(RUN_STATUSES, 1)}, value=newest.status, else_=0
        )
        return sa.select(
            _ONE,
            sa.func.max(newest.started_at).label("run_started"),
            sa.func.max(newest.ended_at).label("run_ended"),
            sa.func.sum(states).label("run_states"),
            sa.func.sum(newest.applied_count).label("runs_applied"),
        ).subquery("run_marks")

    def _result_marks(self, run_ids: Sequence[str]) -> sa.Subquery:
        results = self._tables.results.c
        marks: list[sa.ColumnElement[Any]] = [
            _ONE,
            sa.func.count().label("drafted"),
            sa.func.count(results.superseded_at).label("superseded"),
            *_times(results.evaluated_at, "decided"),
            *_times(results.applied_at, "applied"),
        ]
        if "version" in results:
            marks.append(sa.func.sum(results.version).label("result_versions"))
        watched = column_of(self._tables, "run_id").in_(list(run_ids))
        return sa.select(*marks).where(watched).subquery("result_marks")

    def _page_marks(self) -> sa.Subquery:
        pages = self._tables.pages.c
        return sa.select(
            _ONE,
            sa.func.count().label("pages"),
            sa.func.max(pages.updated_at).label("page_saved"),
            sa.func.sum(pages.version).label("page_versions"),
        ).subquery("page_marks")

    def _member_marks(self, member_id: str) -> sa.Subquery:
        users = self._tables.users.c
        own = users.id == member_id
        marks: list[sa.ColumnElement[Any]] = [
            _ONE,
            sa.func.count().label("members"),
            *(sa.func.count(sa.case((users.role == role, 1))).label(f"members_{role}") for role in ROLES),
            *_times(users.revoked_at, "members_revoked"),
            sa.func.max(sa.case((own, users.role))).label("own_role"),
            sa.func.max(sa.case((own, users.revoked_at))).label("own_revoked"),
        ]
        if "version" in users:
            marks.append(sa.func.sum(users.version).label("member_versions"))
        return sa.select(*marks).subquery("member_marks")

    # ---- Presence ------------------------------------------------------------------------------------------

    async def arrive(
        self, member: Member, client_version: str, platform: str, *, session_id: str = ""
    ) -> str:
        """Begin a session of an active member, and return its id for the heartbeats; one round trip.

        Args:
            session_id: The id, for whoever may be cancelled before it is returned and wants to leave all the same.

        Raises:
            RoleError: The member is revoked, unknown here, or has a role that nobody knows.
        """
        sessions, who = self._tables.sessions, Identity(member.username, member.hostname)
        session_id = session_id or str(uuid.uuid4())
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
