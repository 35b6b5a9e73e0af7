"""What a doctor asks a database besides the store's own tables: its clock, its search, its file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from amx_tui.domain.times import as_utc
from amx_tui.store.database import Database
from amx_tui.store.ddl import ddl_for
from amx_tui.store.detection import detect
from amx_tui.store.grants import quoted_account
from amx_tui.store.tables import Layout

__all__ = ["check_file", "creation_cure", "has_trigrams", "layout_of", "server_time"]

_CLOCKS = {
    "postgresql": "SELECT clock_timestamp()",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
}
_PROBLEMS = 5
_MAY_CREATE = """
SELECT n.oid IS NOT NULL,
       CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
            ELSE has_schema_privilege(n.oid, 'CREATE') END,
       current_user
  FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = :schema
"""
_MYSQL_GRANT = re.compile(r"GRANT (.+?) ON (\*|`(?:[^`]|``)*`)\.\*? ?", re.IGNORECASE | re.DOTALL)


async def server_time(database: Database) -> datetime | None:
    """Read the host's clock in one statement; None where it has none of its own, or its reading is unknown.

    Raises:
        StoreError: The host does not answer.
    """
    query = _CLOCKS.get(database.backend_name)
    if query is None:
        return None
    found = await database.run(lambda connection: _scalar(connection, query))
    return as_utc(found) if isinstance(found, datetime) else None


async def has_trigrams(database: Database) -> bool | None:
    """Say whether PostgreSQL has the extension pg_trgm in this database; None on other backends.

    Raises:
        StoreError: The host does not answer.
    """
    if database.backend_name != "postgresql":
        return None
    query = "SELECT count(*) FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm'"
    return bool(await database.run(lambda connection: _scalar(connection, query)))


async def layout_of(database: Database, schema: str) -> Layout | None:
    """Say which layout the store in `schema` has; None where there is none.

    Raises:
        StoreError: The host does not answer.
    """
    return await database.run(lambda connection: detect(connection, database.backend_name, schema).layout)


async def creation_cure(database: Database, schema: str) -> str:
    """Say what the DBA has to run before this user can make a store in `schema`; empty where nothing is in the way.

    Where a MySQL user has rights by roles, which are not followed, it is empty too.

    Raises:
        StoreError: The host does not answer.
    """
    query = {"postgresql": _MAY_CREATE, "mysql": "SHOW GRANTS"}.get(database.backend_name)
    if query is None:
        return ""

    def look(connection: Connection) -> str:
        if database.backend_name == "mysql":
            user = str(_scalar(connection, "SELECT CURRENT_USER()"))
            grants = [str(row[0]) for row in connection.exec_driver_sql(query)]
            return "" if _may_make_database(grants, schema) else _mysql_cure(schema, user)
        row = connection.execute(sa.text(query), {"schema": schema}).one()
        is_there, may_create, user = row
        if may_create:
            return ""
        quoted, name = ddl_for("postgresql").quoted(schema), quoted_account("postgresql", user)
        if is_there:
            return f"GRANT USAGE, CREATE ON SCHEMA {quoted} TO {name};"
        return f"CREATE SCHEMA {quoted} AUTHORIZATION {name};"

    return await database.run(look)


def _mysql_cure(schema: str, user: str) -> str:
    quoted = ddl_for("mysql").quoted(schema)
    return (
        f"CREATE DATABASE IF NOT EXISTS {quoted}; GRANT ALL ON {quoted}.* TO {quoted_account('mysql', user)};"
    )


def _may_make_database(grants: Iterable[str], schema: str) -> bool:
    """Read MySQL's own GRANT statements: whether one of them, or a role, may let its user CREATE in `schema`."""
    for grant in grants:
        match = _MYSQL_GRANT.match(grant)
        if match is None:
            return True  # a role is granted, which may bring anything
        privileges = {word.strip() for word in match.group(1).upper().split(",")}
        if {"ALL PRIVILEGES", "ALL", "CREATE"} & privileges and _matches(match.group(2), schema):
            return True
    return False


def _matches(pattern: str, schema: str) -> bool:
    """Match a GRANT's database name: % is any text, _ any character, both to the letter behind a backslash."""
    if pattern == "*":
        return True
    name = pattern.strip("`").replace("``", "`")
    parts = re.split(r"(\\.|%|_)", name)
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(part) or re.escape(part.removeprefix("\\")) for part in parts)
    return re.fullmatch(regex, schema, re.DOTALL) is not None


async def check_file(database: Database) -> tuple[str, ...]:
    """Check a SQLite file as `PRAGMA quick_check` does.

    Returns:
        What is wrong with it, at most five sentences; nothing for a sound file.

    Raises:
        StoreError: The file cannot be read at all.
    """

    def look(connection: Connection) -> list[str]:
        rows = connection.exec_driver_sql(f"PRAGMA quick_check({_PROBLEMS})").fetchall()
        return [str(row[0]) for row in rows]

    found = await database.run(look)
    return tuple(problem for problem in found if problem != "ok")


def _scalar(connection: Connection, query: str) -> Any:
    return connection.exec_driver_sql(query).scalar()
