"""What a doctor asks a database besides the store's own tables: its clock, its search, its file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from amx_tui.domain.times import as_utc
from amx_tui.store.database import Database

__all__ = ["check_file", "has_trigrams", "server_time"]

_CLOCKS = {
    "postgresql": "SELECT clock_timestamp()",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
}
_PROBLEMS = 5


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
