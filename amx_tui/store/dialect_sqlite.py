"""SQLite's driver where it needs help: a connection that is stopped while it closes."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import aiosqlite

__all__ = ["SqliteConnection", "open_sqlite"]

_ROWS_AT_ONCE = 64
"""Rows that a cursor fetches in one turn of the thread, as the driver has it."""


class SqliteConnection(aiosqlite.Connection):
    """A connection that can be stopped more than once.

    The driver's thread ends with the first word to stop, and reads no second one. SQLAlchemy stops a connection whose
    closing was cancelled, and that closing, which goes on behind it, would wait for an answer without end: a program
    that is left at such a moment would not end either.
    """

    _ending: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Stop the thread; what is returned ends when it has, whoever told it first."""
        if self._running:
            self._ending = super().stop()
        return self._ending


def open_sqlite(database: str, **options: Any) -> SqliteConnection:
    """Begin a connection, which is open once it was awaited.

    Args:
        database: As `sqlite3.connect` takes it.
        options: The others of its arguments.
    """
    connection = SqliteConnection(lambda: sqlite3.connect(database, **options), _ROWS_AT_ONCE)
    # A thread that waits for SQLite keeps no process from ending.
    connection._thread.daemon = True
    return connection
