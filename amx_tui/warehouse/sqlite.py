"""Comments of SQLite, which knows none: kept in a table beside what they describe, in the same file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
import sqlalchemy.exc as sa_errors

from amx_tui.domain.assets import AssetFacts, AssetName, CommentChange
from amx_tui.domain.errors import StoreError
from amx_tui.domain.names import join_name
from amx_tui.warehouse.model import CatalogEntry, Found, Refusal, Target, folded

__all__ = ["TABLE", "SqliteComments"]

TABLE = "amx_comments"
"""Where the comments of a file are kept; a schema's own has neither table nor column, a table's no column."""

_CREATE = """
CREATE TABLE IF NOT EXISTS {schema}.{table} (
  table_name TEXT NOT NULL COLLATE NOCASE,
  column_name TEXT NOT NULL COLLATE NOCASE,
  comment TEXT NOT NULL,
  PRIMARY KEY (table_name, column_name)
) WITHOUT ROWID"""
_RELATIONS = """
SELECT name, type FROM {schema}.sqlite_master
 WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> '{table}'"""
_COLUMNS = """
SELECT m.name, p.name, p.type, p."notnull", p.pk, f."table", f."to"
  FROM {schema}.sqlite_master m
  JOIN pragma_table_xinfo(m.name, ?) p
  LEFT JOIN pragma_foreign_key_list(m.name, ?) f ON f."from" = p.name COLLATE NOCASE
 WHERE m.type IN ('table', 'view') AND lower(m.name) IN (SELECT value FROM json_each(?))"""


class SqliteComments:
    """Reads and writes the comments that are kept in the files of a SQLite database."""

    batch_size = 5000
    locks_tables = False
    is_transactional = True
    note = f"SQLite has no comments of its own; they are kept in a table {TABLE} in the same file."

    def reason_against_writing(self) -> str:
        """Every comment can be kept."""
        return ""

    def reason_against(self, kind: str) -> str:
        """Every kind can have one."""
        return ""

    def too_long(self, change: CommentChange) -> Refusal | None:
        """No text is too long."""
        return None

    def read(
        self, connection: sa.Connection, names: Collection[AssetName], *, only_comments: bool = False
    ) -> Found:
        """Return what is there of `names`, whose case SQLite does not tell apart."""
        wanted: dict[str, list[AssetName]] = defaultdict(list)
        for name in names:
            wanted[folded(name.schema_name)].append(name)
        rows = connection.exec_driver_sql("SELECT name FROM pragma_database_list WHERE name <> 'temp'")
        schemas = {folded(str(name)): str(name) for (name,) in rows}
        found: Found = {}
        for schema, asked in wanted.items():
            if schema in schemas:
                found |= _read_schema(connection, schemas[schema], asked)
        return found

    def lock(self, connection: sa.Connection, tables: Iterable[CatalogEntry], seconds: float) -> None:
        """Nothing to do: a transaction that writes holds the files from its beginning."""

    def unlock(self, connection: sa.Connection) -> None:
        """Nothing to do: the end of the transaction does it."""

    def write(self, connection: sa.Connection, targets: Sequence[Target]) -> str:
        """Write into each file's own table, made with its first comment."""
        by_schema: dict[str, list[Target]] = defaultdict(list)
        for target in targets:
            by_schema[target.name.schema_name].append(target)
        for schema, chosen in by_schema.items():
            place = {"schema": _quoted(connection, schema), "table": TABLE}
            connection.exec_driver_sql(_CREATE.format(**place))
            kept = [(*_key(target), target.comment) for target in chosen if target.comment]
            removed = [_key(target) for target in chosen if not target.comment]
            if kept:
                insert = "INSERT OR REPLACE INTO {schema}.{table} (table_name, column_name, comment) VALUES (?, ?, ?)"
                connection.exec_driver_sql(insert.format(**place), kept)
            if removed:
                delete = "DELETE FROM {schema}.{table} WHERE table_name = ? AND column_name = ?"
                connection.exec_driver_sql(delete.format(**place), removed)
        return ""

    def cure(self, error: StoreError, target: Target) -> str:
        """The error's own hint says it."""
        return ""


def _key(target: Target) -> tuple[str, str]:
    return target.name.table_name, target.name.column_name


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _read_schema(connection: sa.Connection, schema: str, names: Sequence[AssetName]) -> Found:
    place = {"schema": _quoted(connection, schema), "table": TABLE}
    there = connection.exec_driver_sql(_RELATIONS.format(**place)).all()
    relations = {folded(str(name)): (str(name), str(kind)) for name, kind in there}
    comments = _read_comments(connection, place)
    asked = {folded(name.table_name) for name in names if name.column_name}
    columns = _read_columns(connection, place, schema, asked)
    found: Found = {}
    for name in names:
        table, column = folded(name.table_name), folded(name.column_name)
        comment = comments.get((table, column), "")
        if not table:
            found[name] = CatalogEntry(AssetFacts(AssetName(schema), "schema", comment=comment), "schema")
        elif table in relations and not column:
            spelled, kind = relations[table]
            found[name] = CatalogEntry(AssetFacts(AssetName(schema, spelled), kind, comment=comment), kind)
        elif table in relations and (table, column) in columns:
            found[name] = _column(columns[table, column], relations[table], comment)
    return found


def _read_comments(connection: sa.Connection, place: dict[str, str]) -> dict[tuple[str, str], str]:
    exists = "SELECT 1 FROM {schema}.sqlite_master WHERE type = 'table' AND name = '{table}'"
    if connection.exec_driver_sql(exists.format(**place)).first() is None:
        return {}
    rows = connection.exec_driver_sql(
        "SELECT table_name, column_name, comment FROM {schema}.{table}".format(**place)
    )
    return {(folded(str(table)), folded(str(column))): str(comment) for table, column, comment in rows}


def _read_columns(
    connection: sa.Connection, place: dict[str, str], schema: str, tables: Collection[str]
) -> dict[tuple[str, str], AssetFacts]:
    try:
        return _list_columns(connection, place, schema, tables) if tables else {}
    except sa_errors.DBAPIError:
        # A view over something that is gone has no columns, and must not hide those of others.
        found: dict[tuple[str, str], AssetFacts] = {}
        for table in tables if len(tables) > 1 else ():
            found |= _read_columns(connection, place, schema, [table])
        return found


def _list_columns(
    connection: sa.Connection, place: dict[str, str], schema: str, tables: Collection[str]
) -> dict[tuple[str, str], AssetFacts]:
    found: dict[tuple[str, str], AssetFacts] = {}
    parameters = (schema, schema, json.dumps(sorted(tables)))
    for table, column, dtype, is_not_null, key, to_table, to_column in connection.exec_driver_sql(
        _COLUMNS.format(**place), parameters
    ):
        found[folded(str(table)), folded(str(column))] = AssetFacts(
            AssetName(schema, str(table), str(column)),
            "column",
            dtype=str(dtype or ""),
            is_nullable=not (is_not_null or key),
            is_primary_key=bool(key),
            references=join_name([schema, to_table, to_column]) if to_table else "",
        )
    return found


def _column(facts: AssetFacts, relation: tuple[str, str], comment: str) -> CatalogEntry:
    return CatalogEntry(replace(facts, comment=comment), relation[1])
