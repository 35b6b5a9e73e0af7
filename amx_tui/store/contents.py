"""What a schema holds, read from the backend's catalogue in one round trip.

Everything that makes, completes or checks a store looks here first. Only the catalogue is read, so it works
for a user who may not read the tables, and whatever the schema is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from amx_tui.domain.errors import UnsupportedHostError

__all__ = ["READABLE_BACKENDS", "ColumnFacts", "SchemaContents", "TableFacts", "read_contents"]

READABLE_BACKENDS = ("sqlite", "postgresql", "mysql")
"""The backends whose catalogue is read here."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column as the catalogue describes it."""

    name: str
    type_name: str
    """The backend's own spelling, with length: `character varying(40)`."""
    is_nullable: bool
    has_default: bool = False


@dataclass(slots=True)
class TableFacts:
    """A table or view as the catalogue describes it."""

    name: str
    engine: str = ""
    """MySQL's storage engine; empty elsewhere."""
    columns: dict[str, ColumnFacts] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class SchemaContents:
    """A schema's tables, and what this user may add to it."""

    exists: bool = False
    tables: dict[str, TableFacts] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """Every table, view, index and trigger of the schema."""
    spellings: set[str] = field(default_factory=set)
    """The schemas whose names are the same but for case."""
    facts: dict[str, str] = field(default_factory=dict)
    """What else was asked, by name; `fact` reads it."""

    @property
    def layout(self) -> str | None:
        """The layout of the store that lies here (design, section 4); None where there is none."""
        if "_amx_schema_meta" in self.tables:
            return "document"
        if self.tables.keys() >= {"analysis_runs", "schema_meta"}:
            return "amx_cli"
        return None

    def fact(self, name: str) -> str:
        """Return a fact by its name, empty where the backend has no such thing."""
        return self.facts.get(name, "")

    @property
    def has_full_text(self) -> bool:
        """Whether SQLite has the full-text tables of trigrams that searching uses, from version 3.34 on."""
        version = tuple(int(part) for part in self.fact("version").split(".")[:2] if part.isdigit())
        return self.is_true("fts5") and version >= (3, 34)

    def is_true(self, name: str) -> bool:
        """Say whether a fact holds."""
        return self.fact(name) in {"true", "t", "1"}


_POSTGRESQL = """
SELECT 'schema' AS kind, n.nspname AS name, '' AS part, '' AS detail, '' AS extra
  FROM pg_catalog.pg_namespace n WHERE lower(n.nspname) = lower(:schema)
UNION ALL
SELECT CASE WHEN c.relkind IN ('i', 'I') THEN 'name' ELSE 'table' END, c.relname, '', '', ''
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I')
UNION ALL
SELECT 'column', c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN '' ELSE 'nullable' END || CASE WHEN a.atthasdef THEN ' default' ELSE '' END
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT 'index', c.relname, i.relname, '', ''
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND x.indisvalid
UNION ALL
SELECT 'fact', 'user', current_user, '', ''
UNION ALL
SELECT 'fact', 'database', current_database(), '', ''
UNION ALL
SELECT 'fact', 'may_create_schema',
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::text, '', ''
UNION ALL
SELECT 'fact', 'may_create_tables', pg_catalog.has_schema_privilege(n.oid, 'CREATE')::text, '', ''
  FROM pg_catalog.pg_namespace n WHERE n.nspname = :schema
UNION ALL
SELECT 'fact', 'may_use_schema', pg_catalog.has_schema_privilege(n.oid, 'USAGE')::text, '', ''
  FROM pg_catalog.pg_namespace n WHERE n.nspname = :schema
UNION ALL
SELECT 'fact', 'trgm_schema', n.nspname, '', ''
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_trgm'
UNION ALL
SELECT 'fact', 'trgm_visible', 'true', '', ''
  FROM pg_catalog.pg_opclass o WHERE o.opcname = 'gin_trgm_ops' AND pg_catalog.pg_opclass_is_visible(o.oid)
UNION ALL
SELECT 'fact', 'trgm_available', 'true', '', ''
  FROM pg_catalog.pg_available_extensions e WHERE e.name = 'pg_trgm'
UNION ALL
SELECT 'fact', 'trgm_creatable', 'true', '', ''
  FROM pg_catalog.pg_roles r
 WHERE r.rolname = current_user AND r.rolsuper
    OR r.rolname = current_user
   AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
   AND pg_catalog.has_schema_privilege(pg_catalog.current_schema(), 'CREATE')
   AND EXISTS (SELECT 1 FROM pg_catalog.pg_available_extension_versions v
                WHERE v.name = 'pg_trgm' AND pg_catalog.to_jsonb(v) ->> 'trusted' = 'true')
"""
# `trusted` is read through JSON because servers before version 13 have no such column.

_MYSQL = """
SELECT 'schema' AS kind, schema_name AS name, '' AS part, '' AS detail, '' AS extra, '' AS place
  FROM information_schema.schemata WHERE LOWER(schema_name) = LOWER(:schema)
UNION ALL
SELECT 'table', table_name, '', IFNULL(engine, ''), '', table_schema
  FROM information_schema.tables WHERE table_schema = :schema
UNION ALL
SELECT 'column', table_name, column_name, column_type,
       CONCAT(IF(is_nullable = 'YES', 'nullable', ''), IF(column_default IS NULL, '', ' default')), table_schema
  FROM information_schema.columns WHERE table_schema = :schema
UNION ALL
SELECT DISTINCT 'index', table_name, index_name, '', '', table_schema
  FROM information_schema.statistics WHERE table_schema = :schema
UNION ALL
SELECT 'fact', 'user', CURRENT_USER(), '', '', ''
UNION ALL
SELECT 'fact', 'folds_case', IF(@@lower_case_table_names = 0, '', 'true'), '', '', ''
UNION ALL
SELECT 'fact', 'server', VERSION(), '', '', ''
"""

_SQLITE = """
SELECT 'schema' AS kind, '' AS name, '' AS part, '' AS detail, '' AS extra
UNION ALL
SELECT CASE WHEN type IN ('table', 'view') THEN 'table' ELSE 'name' END, name, '', '', '' FROM sqlite_master
UNION ALL
SELECT 'column', m.name, p.name, p.type,
       CASE p."notnull" WHEN 0 THEN 'nullable' ELSE '' END
       || CASE WHEN p.dflt_value IS NULL THEN '' ELSE ' default' END
  FROM sqlite_master m JOIN pragma_table_info(m.name) p
 WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'
UNION ALL
SELECT 'index', tbl_name, name, '', '' FROM sqlite_master WHERE type = 'index'
UNION ALL
SELECT 'fact', 'fts5', sqlite_compileoption_used('ENABLE_FTS5'), '', ''
UNION ALL
SELECT 'fact', 'version', sqlite_version(), '', ''
"""

_KEYS = ("kind", "name", "part", "detail", "extra", "place")
_ORDER = {"table": 0, "name": 0, "column": 1, "index": 1}
_QUERIES = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "sqlite": _SQLITE}


def read_contents(connection: Connection, backend_name: str, schema: str) -> SchemaContents:
    """Read what lies in `schema`; one round trip.

    Raises:
        UnsupportedHostError: This backend's catalogue is not read here.
    """
    if backend_name not in _QUERIES:
        raise UnsupportedHostError(
            f"The store cannot be made or checked on {backend_name} from here.",
            hint="history-store dump-ddl prints its statements, for somebody with a client of that database.",
        )
    rows = connection.execute(sa.text(_QUERIES[backend_name]), {"schema": schema})
    return _gather(rows.mappings().all(), "" if backend_name == "sqlite" else schema)


def _gather(rows: Iterable[RowMapping], schema: str) -> SchemaContents:
    contents = SchemaContents()
    found = [tuple(_text(row.get(key)) for key in _KEYS) for row in rows]
    for kind, name, part, *_ in found:
        if kind == "schema":
            contents.spellings.add(name)
        elif kind == "fact":
            contents.facts[name] = part
    folds = contents.is_true("folds_case")
    contents.exists = bool(contents.spellings) if folds else schema in contents.spellings
    # MySQL's catalogue compares names without case, so it answers for other spellings too.
    wanted = {"", schema} | (contents.spellings if folds else set())
    placed = [row for row in found if row[0] in _ORDER and row[5] in wanted]
    for kind, name, part, detail, extra, _ in sorted(placed, key=lambda row: _ORDER[row[0]]):
        _place(contents, kind, name, part, detail, extra)
    return contents


def _place(contents: SchemaContents, kind: str, name: str, part: str, detail: str, extra: str) -> None:
    contents.names.add(part if kind == "index" else name)
    if kind == "table":
        contents.tables[name] = TableFacts(name, engine=detail)
    elif kind == "column" and name in contents.tables:
        contents.tables[name].columns[part] = ColumnFacts(
            part, detail, "nullable" in extra, "default" in extra
        )
    elif kind == "index" and name in contents.tables:
        contents.tables[name].indexes.add(part)


def _text(value: object) -> str:
    """Read a catalogue's text; MySQL's drivers give some of them as bytes."""
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
