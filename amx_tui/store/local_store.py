"""The store of one machine alone: which file it is, and how it is made."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from amx_tui import __version__
from amx_tui.domain.errors import StoreError
from amx_tui.store.database import Database
from amx_tui.store.tables import build_tables

__all__ = ["create_local_store", "local_file"]

_FILE = "history.db"
_OTHER_FILE = "amx-tui.db"
"""Where the store goes when amx-cli has made a `history.db` of its own."""


def local_file(home: Path) -> tuple[Path, str]:
    """Return the local store's file, and a sentence to be said once about it; blocking.

    The folder and the file are made, for this user alone, where they are not there.

    Raises:
        StoreError: They cannot be made.
    """
    path, note = home / _FILE, ""
    if _is_foreign(path):
        path = home / _OTHER_FILE
        note = f"{home / _FILE} was made by amx-cli and stays as it is; this program keeps its own {path}."
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"The local store {path} cannot be opened: {error.strerror}.",
            hint="Check the rights of that folder, or set AMX_HOME to another one.",
        ) from error
    return path, note


def _is_foreign(path: Path) -> bool:
    """Whether somebody else's tables are in the file. What is no database is found out by opening it."""
    if not path.is_file():
        return False
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error:
        return False
    return bool(names) and "_amx_schema_meta" not in names


async def create_local_store(database: Database) -> None:
    """Make what is missing to a local store, in one transaction.

    Raises:
        StoreError: The file cannot be written, is no SQLite database, or is damaged.
    """
    # What writes DDL imports every dialect; a store that is there already, the usual case, needs none of it.
    from amx_tui.store.contents import read_contents
    from amx_tui.store.ddl import ddl_for
    from amx_tui.store.missing import MissingParts

    tables = build_tables("document", backend_name="sqlite", schema=None, is_local=True)

    def work(connection: sa.Connection) -> None:
        contents = read_contents(connection, "sqlite", "")
        if contents.layout is not None:
            # Another process was quicker.
            return
        missing = MissingParts(ddl_for("sqlite"), tables, contents, None, __version__)
        for statement in missing.statements(has_meta_row=False):
            connection.exec_driver_sql(statement.sql, execution_options={"no_parameters": True})

    await database.run(work, write=True)
