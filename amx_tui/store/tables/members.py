"""Members, their audit trail and sessions, and the one row about the store, in the layout `document`.

The columns are named as amx-cli names them, so that one repository serves both layouts.
"""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.store.tables.columns import column, count, text, version
from amx_tui.store.tables.types import ColumnTypes

__all__ = ["NEWCOMER", "admin_audit", "schema_meta", "sessions", "users"]


NEWCOMER = "viewer"
"""The role of a member whose row names none: so a newcomer needs no right to write roles."""


def users(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a member: a name on a machine."""
    table = sa.Table(
        "_amx_users",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("username", types.name(), "AMX_USER, else the user of the operating system", nullable=False),
        column("hostname", types.name(), "Machine of the member", nullable=False),
        column("display_name", types.name(512), "Name to show"),
        column("email", types.name(), "Address of the member"),
        column("role", types.name(20), "viewer, writer or admin", nullable=False, server_default=NEWCOMER),
        column("first_seen_at", types.time(), "When the member connected first, UTC", nullable=False),
        column("last_seen_at", types.time(), "When the member connected last, UTC", nullable=False),
        column("client_version", types.name(40), "Version of the program the member used last"),
        column("created_by", types.id(), "Id of the member who made the row; NULL if it was the member"),
        column("revoked_at", types.time(), "When the member was shut out, UTC; NULL if not"),
        column("revoked_by", types.id(), "Id of the member who did so"),
        version(),
        comment="AMX: members and their roles",
    )
    sa.Index("uq_amx_users_username_hostname", table.c.username, table.c.hostname, unique=True)
    return table


def admin_audit(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a change of the members, and a forced overwrite."""
    table = sa.Table(
        "_amx_admin_audit",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("event_at", types.time(), "When it happened, UTC", nullable=False),
        column("actor_user_id", types.id(), "Id of the member who did it"),
        column("actor_username", types.name(), "Name of that member"),
        column("actor_hostname", types.name(), "Machine of that member"),
        column("action", types.name(40), "user_join, promote_admin, revoke and the like", nullable=False),
        column("target_user_id", types.id(), "Id of the member it was done to"),
        column("target_resource", types.name(1024), "Row it was done to"),
        column("details_json", types.json(), "What else is known"),
        comment="AMX: who changed members, and who overwrote what",
    )
    sa.Index("ix_amx_admin_audit_event_at", table.c.event_at, table.c.id)
    return table


def sessions(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a time that a member connected."""
    table = sa.Table(
        "_amx_sessions",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("event_at", types.time(), "When it happened, UTC", nullable=False),
        column("user_id", types.id(), "Id of the member"),
        column("username", types.name(), "Name of the member"),
        column("hostname", types.name(), "Machine of the member"),
        column("event_kind", types.name(40), "first_seen, connect or session", nullable=False),
        column("client_version", types.name(40), "Version of the program"),
        column("os_platform", types.name(40), "Operating system"),
        column("db_profiles_seen", types.json(), "Profiles that the member has"),
        column("heartbeat_at", types.time(), "When a session was last there, UTC; NULL once it has ended"),
        column("opens", types.name(512), "What a session has open"),
        comment="AMX: when members connected",
    )
    sa.Index("ix_amx_sessions_event_at", table.c.event_at, table.c.id)
    sa.Index("ix_amx_sessions_user_id", table.c.user_id, table.c.event_at)
    return table


def schema_meta(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """The one row about the store itself; locking it serialises changes of the members."""
    return sa.Table(
        "_amx_schema_meta",
        metadata,
        column("id", sa.Integer, "Always 1", primary_key=True, autoincrement=False),
        column("schema_version", sa.Integer, "Version of the tables", nullable=False),
        count("member_seq", "Counts changes of the members, which take turns on it"),
        column("created_at", types.time(), "When the store was made, UTC", nullable=False),
        text("created_by", types.name(), "Member who made it"),
        text("created_by_client_version", types.name(40), "Version of the program that made it"),
        comment="AMX: one row about the store itself",
    )
