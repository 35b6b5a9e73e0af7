"""What kind of store lies in a schema, asked in as few round trips as the backend allows.

PostgreSQL answers in one: the catalogue says which tables are there, and a query in a text, which is only run
where the table is there and may be read, brings the schema version along.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.store.tables import Layout

__all__ = ["Found", "detect"]

_META = {"document": "_amx_schema_meta", "amx_cli": "schema_meta"}
_MARKS = ("_amx_schema_meta", "amx_history_runs", "analysis_runs", "schema_meta")
"""The tables that tell a store from another schema."""


@dataclass(slots=True)
class Found:
    """What lies in the schema that was asked for, and in those spelled the same but for case."""

    schema: str
    tables: dict[str, set[str]] = field(default_factory=dict)
    """Tables that mark a store, by the schema as it is spelled."""
    version: int | None = None
    """The schema version; None where it cannot be read."""
    may_use: bool = True
    """Whether this database user may look into the schema."""
    user: str = ""
    """The database user."""
    read_only_reason: str = ""
    """Why nobody can write there at the moment; empty where one can."""

    @property
    def layout(self) -> Layout | None:
        """The layout of the store in the schema; ours comes first where both are."""
        return _layout(self.tables.get(self.schema, set()))

    @property
    def other_layout(self) -> Layout | None:
        """The layout of a second store in the same schema."""
        here = self.tables.get(self.schema, set())
        return "amx_cli" if self.layout == "document" and _layout(here - {_META["document"]}) else None

    @property
    def is_half_made(self) -> bool:
        """Whether tables of ours are there, but not the one that is made last."""
        return self.layout is None and "amx_history_runs" in self.tables.get(self.schema, set())

    @property
    def spelled_otherwise(self) -> str | None:
        """A schema spelled otherwise that holds a store."""
        others = (name for name, tables in self.tables.items() if name != self.schema and _layout(tables))
        return min(others, default=None)


def _layout(tables: Iterable[str]) -> Layout | None:
    there = set(tables)
    if "_amx_schema_meta" in there:
        return "document"
    return "amx_cli" if there >= {"analysis_runs", "schema_meta"} else None


def detect(connection: sa.Connection, backend_name: str, schema: str) -> Found:
    """Say what lies in `schema`; one round trip on PostgreSQL, two on MySQL.

    Args:
        schema: The name, to the letter; without meaning on SQLite.

    Raises:
        UnsupportedHostError: This program does not open stores on that backend.
    """
    match backend_name:
        case "postgresql":
            return _postgresql(connection, schema)
        case "mysql":
            return _mysql(connection, schema)
        case "sqlite":
            return _sqlite(connection)
        case _:
            raise UnsupportedHostError(
                f"This version of amx-tui cannot open a history store on {backend_name}.",
                hint="PostgreSQL, MySQL, MariaDB and SQLite can host it.",
            )


# ts_stat counts words in the documents that the query of its argument returns; it is the one function of
# every server that runs a query given as text, so that the version of a table that may not be there comes along.
_POSTGRESQL = """
SELECT n.nspname, c.relname, current_user, current_setting('transaction_read_only') = 'on',
       pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       CASE WHEN n.nspname = :schema AND c.relname IN ('_amx_schema_meta', 'schema_meta')
                 AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                 AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                 AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a
                              WHERE a.attrelid = c.oid AND a.attname = 'schema_version' AND NOT a.attisdropped)
            THEN (SELECT pg_catalog.max(word) FROM pg_catalog.ts_stat(pg_catalog.format(
                    'SELECT pg_catalog.array_to_tsvector(ARRAY[coalesce(max(schema_version)::text, ''none'')])'
                    ' FROM %I.%I', n.nspname, c.relname)))
       END
  FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_class c
    ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'f') AND c.relname = ANY (:marks)
 WHERE lower(n.nspname) = lower(:schema)
"""


def _postgresql(connection: sa.Connection, schema: str) -> Found:
    found = Found(schema)
    versions: dict[str, int] = {}
    rows = connection.execute(sa.text(_POSTGRESQL), {"schema": schema, "marks": list(_MARKS)})
    for name, table, user, is_read_only, may_use, version in rows:
        found.tables.setdefault(name, set()).update({table} - {None})
        found.user = user
        if is_read_only:
            found.read_only_reason = "The server is a read-only replica, or read-only for this user."
        if name == schema:
            found.may_use = may_use
        if version is not None and version.isdigit():
            versions[table] = int(version)
    found.version = versions.get(_META.get(found.layout or "", ""))
    return found


# The catalogue compares names without case; BINARY keeps one schema from being given the tables of another.
_MYSQL = """
SELECT s.schema_name, t.table_name, CURRENT_USER(), @@lower_case_table_names <> 0, @@read_only
  FROM information_schema.schemata s
  LEFT JOIN information_schema.tables t
    ON t.table_schema = s.schema_name AND BINARY t.table_schema = BINARY s.schema_name AND t.table_name IN :marks
 WHERE LOWER(s.schema_name) = LOWER(:schema)
"""


def _mysql(connection: sa.Connection, schema: str) -> Found:
    found = Found(schema)
    statement = sa.text(_MYSQL).bindparams(sa.bindparam("marks", expanding=True))
    for name, table, user, folds_case, is_read_only in connection.execute(
        statement, {"schema": schema, "marks": _MARKS}
    ):
        # A server that folds case takes any spelling for the schema.
        place = schema if folds_case else _text(name)
        found.tables.setdefault(place, set()).update({_text(table)} - {""})
        found.user = _text(user)
        if is_read_only:
            found.read_only_reason = "The server is read-only."
    quote = connection.dialect.identifier_preparer.quote_identifier
    _read_version(connection, found, f"{quote(schema)}.")
    return found


def _sqlite(connection: sa.Connection) -> Found:
    found = Found("")
    statement = sa.text("SELECT name FROM sqlite_master WHERE type = 'table' AND name IN :marks")
    names = connection.execute(
        statement.bindparams(sa.bindparam("marks", expanding=True)), {"marks": _MARKS}
    ).scalars()
    found.tables[""] = set(names)
    file = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").scalar()
    if file and not os.access(file, os.W_OK):
        found.read_only_reason = "You may not write to the file."
    _read_version(connection, found, "")
    return found


def _read_version(connection: sa.Connection, found: Found, prefix: str) -> None:
    """Read the schema version by a statement of its own; it stays None where that is refused."""
    if found.layout is None:
        return
    statement = f"SELECT MAX(schema_version) FROM {prefix}{_META[found.layout]}"
    try:
        version = connection.execute(sa.text(statement)).scalar()
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        return
    found.version = int(version) if isinstance(version, int) else None


def _text(value: object) -> str:
    """Read a catalogue's text; MySQL's drivers give some of them as bytes."""
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
