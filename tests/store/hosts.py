"""Databases of the program over the hosts of the tests, closed after the test."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pymysql
import sqlalchemy as sa

from amx_tui.config.model import Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.identity import Identity
from amx_tui.store.bootstrap import execute_plan, plan_store
from amx_tui.store.database import Database, make_database
from amx_tui.store.plans import Plan, Statement
from amx_tui.store.recording import RunRecorder
from amx_tui.store.tables import Tables
from tests.servers import HostServer

__all__ = [
    "ALICE",
    "connected",
    "enable",
    "enroll",
    "free_recorder",
    "is_denied",
    "profile_of",
    "qualified",
    "tables_in",
]

ALICE = Identity("alice@acme.com", "lead-laptop")


def profile_of(host: HostServer) -> Profile:
    """The profile by which a member would reach `host`."""
    values = {
        name: Secret(str(value)) if name == "password" else value for name, value in host.values.items()
    }
    return Profile("team", host.backend, values)


@asynccontextmanager
async def connected(host: HostServer) -> AsyncIterator[Database]:
    """Give a database over `host`, with connections of its own."""
    profile = profile_of(host)
    database = make_database(profile, profile.resolve_secrets({}))
    try:
        yield database
    finally:
        await database.close()


async def enable(
    database: Database,
    schema: str,
    *,
    identity: Identity = ALICE,
    on_progress: Callable[[int, int, Statement], None] | None = None,
) -> Plan:
    """Plan a store and make it, as `history-store enable` does; return the plan."""
    plan = await plan_store(database, schema=schema, identity=identity)
    await execute_plan(database, plan, on_progress=on_progress)
    return plan


def free_recorder(database: Database, tables: Tables) -> RunRecorder:
    """A recorder for a history that a test needs: it asks for nobody's role, as in a store that has one user."""
    return RunRecorder(database, replace(tables, is_local=True))


async def enroll(
    database: Database, tables: Tables, *identities: Identity, role: str = "writer", is_revoked: bool = False
) -> None:
    """Make people members with a role, whatever they were, behind the program's back."""
    users, now = tables.users, datetime.now(UTC)
    values = {"role": role, "revoked_at": now if is_revoked else None}

    def work(connection: sa.Connection) -> None:
        for who in identities:
            is_who = (users.c.username == who.username, users.c.hostname == who.hostname)
            if connection.execute(sa.update(users).where(*is_who).values(values)).rowcount:
                continue
            row = {"id": str(uuid.uuid4()), "username": who.username, "hostname": who.hostname}
            moments = {"first_seen_at": now, "last_seen_at": now}
            connection.execute(sa.insert(users).values({**row, **moments, **values}))

    await database.run(work, write=True)


def tables_in(host: HostServer, schema: str) -> set[str]:
    """The tables that lie in a schema of `host`, asked over a plain driver."""
    if host.backend == "sqlite":
        rows = host.sync_execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%fts5%'"
        )
        return {name for (name,) in rows if not name.startswith(("sqlite_", "amx_search_"))}
    comparison = "BINARY table_schema = %s" if host.backend == "mysql" else "table_schema = %s"
    rows = host.sync_execute(f"SELECT table_name FROM information_schema.tables WHERE {comparison}", [schema])
    return {name for (name,) in rows}


def qualified(host: HostServer, table: str, schema: str | None = None) -> str:
    """A table of the test's schema as SQL writes it."""
    if host.backend == "sqlite":
        return table
    quote = "`" if host.backend == "mysql" else '"'
    return f"{quote}{host.schema if schema is None else schema}{quote}.{table}"


def is_denied(host: HostServer, sql: str) -> bool:
    """Whether the server refuses a statement for want of a right."""
    try:
        host.sync_execute(sql)
    except (psycopg.Error, pymysql.MySQLError) as error:
        words = str(error)
        assert re.search("permission denied|command denied|denied to user|must be owner", words), words
        return True
    return False
