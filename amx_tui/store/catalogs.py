"""The schemas that a database shows to this user, and the AMX stores among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.store.database import Database

__all__ = ["SchemaFacts", "find_schema_case", "list_schemas"]

_DOCUMENT_TABLES = frozenset({"_amx_schema_meta", "amx_history_runs", "amx_history_results"})
_AMX_CLI_TABLES = frozenset({"analysis_runs", "schema_meta"})
_MARKS = sorted(_DOCUMENT_TABLES | _AMX_CLI_TABLES)
_LISTED_TABLES = 200


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """One schema of a database."""

    name: str
    table_count: int
    """Its tables, views not counted."""
    is_amx: bool
    """Whether AMX tables lie in it, be it a whole store or a part of one."""
    tables: tuple[str, ...] = ()
    """The names of its tables in code-point order, at most 200; of an AMX schema only."""
    layout: str | None = None
    """The layout of the store in it; None where there is no whole store."""


_POSTGRESQL = """
WITH places AS (
  SELECT n.oid, n.nspname,
         EXISTS (SELECT 1 FROM pg_catalog.pg_class c
                  WHERE c.relnamespace = n.oid AND c.relname = ANY (:marks)) AS marked
    FROM pg_catalog.pg_namespace n
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
SELECT p.nspname AS name, count(c.oid) AS tables, '' AS table_name
  FROM places p LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = p.oid AND c.relkind IN ('r', 'p', 'f')
 WHERE p.marked OR pg_catalog.has_schema_privilege(p.oid, 'USAGE') GROUP BY p.nspname
UNION ALL
SELECT p.nspname, 0, c.relname
  FROM places p JOIN pg_catalog.pg_class c ON c.relnamespace = p.oid AND c.relkind IN ('r', 'p', 'f')
 WHERE p.marked
"""

# MySQL's catalogue compares names without case; as binary strings, AMX and amx stay two schemas.
_MYSQL_OWN = "('information_schema', 'performance_schema', 'mysql', 'sys')"
_MYSQL = f"""
SELECT CAST(schema_name AS BINARY) AS name, 0 AS tables, '' AS table_name
  FROM information_schema.schemata WHERE LOWER(schema_name) NOT IN {_MYSQL_OWN}
UNION ALL
SELECT CAST(table_schema AS BINARY), COUNT(*), ''
  FROM information_schema.tables
 WHERE table_type = 'BASE TABLE' AND LOWER(table_schema) NOT IN {_MYSQL_OWN}
 GROUP BY CAST(table_schema AS BINARY)
UNION ALL
SELECT CAST(t.table_schema AS BINARY), 0, t.table_name
  FROM information_schema.tables t
  JOIN (SELECT DISTINCT CAST(table_schema AS BINARY) AS name
          FROM information_schema.tables WHERE table_name IN :marks) m
    ON m.name = CAST(t.table_schema AS BINARY)
 WHERE t.table_type = 'BASE TABLE' AND LOWER(t.table_schema) NOT IN {_MYSQL_OWN}
"""

_SQLITE_TABLES = """
  FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
   AND NOT EXISTS (SELECT 1 FROM sqlite_master v
                    WHERE v.sql LIKE 'CREATE VIRTUAL%' AND substr(m.name, 1, length(v.name) + 1) = v.name || '_')"""
# What a full-text table keeps its content in looks like tables, and is none of anybody's business.
_SQLITE = f"""
SELECT 'main' AS name, count(*) AS tables, '' AS table_name {_SQLITE_TABLES}
UNION ALL
SELECT 'main', 0, m.name {_SQLITE_TABLES}
   AND EXISTS (SELECT 1 FROM sqlite_master WHERE name IN :marks)
"""

_SPELLINGS = {
    "postgresql": """
SELECT n.nspname AS name, EXISTS (
         SELECT 1 FROM pg_catalog.pg_class c
          WHERE c.relnamespace = n.oid AND c.relname = ANY (:marks)) AS marked
  FROM pg_catalog.pg_namespace n WHERE lower(n.nspname) = lower(:schema)""",
    "mysql": """
SELECT CAST(s.schema_name AS BINARY) AS name, m.name IS NOT NULL AS marked
  FROM information_schema.schemata s
  LEFT JOIN (SELECT DISTINCT CAST(table_schema AS BINARY) AS name
               FROM information_schema.tables
              WHERE table_name IN :marks AND LOWER(table_schema) = LOWER(:schema)) m
    ON m.name = CAST(s.schema_name AS BINARY)
 WHERE LOWER(s.schema_name) = LOWER(:schema)""",
}


async def list_schemas(database: Database) -> tuple[SchemaFacts, ...]:
    """List the schemas that this user can see, in code-point order; one round trip.

    A schema with AMX tables is listed even where the user may not look into it. SQLite has one: `main`.

    Raises:
        UnsupportedHostError: This backend's catalogue is not read here.
    """
    query = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "sqlite": _SQLITE}.get(database.backend_name)
    if query is None:
        raise UnsupportedHostError(f"The schemas of {database.backend_name} cannot be listed here yet.")

    def read(connection: Connection) -> list[tuple[str, int, str]]:
        rows = connection.execute(*_with_marks(query, database.backend_name))
        return [(_text(name), int(tables), _text(table)) for name, tables, table in rows]

    return _facts(await database.run(read))


async def find_schema_case(database: Database, schema: str) -> str | None:
    """Return how the schema that is called `schema`, but for case, is really spelled; one round trip.

    Where several are, the one with AMX tables in it comes first, then the one spelled exactly so. None where
    there is no such schema, and on backends without schemas.
    """
    query = _SPELLINGS.get(database.backend_name)
    if query is None:
        return None

    def read(connection: Connection) -> list[tuple[str, bool]]:
        statement, parameters = _with_marks(query, database.backend_name)
        rows = connection.execute(statement, parameters | {"schema": schema})
        return [(_text(name), bool(marked)) for name, marked in rows]

    found = await database.run(read)
    ranked = sorted(found, key=lambda item: (not item[1], item[0] != schema, item[0]))
    return ranked[0][0] if ranked else None


def _with_marks(query: str, backend_name: str) -> tuple[sa.TextClause, dict[str, Any]]:
    statement = sa.text(query)
    if backend_name != "postgresql":
        statement = statement.bindparams(sa.bindparam("marks", expanding=True))
    return statement, {"marks": _MARKS}


def _facts(rows: Iterable[tuple[str, int, str]]) -> tuple[SchemaFacts, ...]:
    counts: dict[str, int] = {}
    tables: dict[str, set[str]] = {}
    for name, count, table in rows:
        counts[name] = counts.get(name, 0) + count
        if table:
            tables.setdefault(name, set()).add(table)
    return tuple(_one(name, counts[name], tables.get(name, set())) for name in sorted(counts))


def _one(name: str, count: int, tables: set[str]) -> SchemaFacts:
    layout = None
    if "_amx_schema_meta" in tables:
        layout = "document"
    elif tables >= _AMX_CLI_TABLES:
        layout = "amx_cli"
    is_amx = layout is not None or bool(tables & _DOCUMENT_TABLES)
    listed = tuple(sorted(tables)[:_LISTED_TABLES]) if is_amx else ()
    return SchemaFacts(name, count, is_amx, listed, layout)


def _text(value: object) -> str:
    """Read a catalogue's text; MySQL's drivers give some of them as bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)
