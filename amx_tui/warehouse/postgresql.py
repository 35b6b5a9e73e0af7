"""Comments of PostgreSQL: `COMMENT ON`, many in one round trip, each table held while its comments are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.assets import AssetFacts, AssetName, CommentChange
from amx_tui.domain.errors import PermissionDeniedError, StoreError
from amx_tui.domain.names import join_name, quote_part
from amx_tui.warehouse.model import CatalogEntry, Found, Refusal, Target, folded

__all__ = ["PostgresComments"]

_CHUNK = 2000
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}

_READ = """
WITH wanted AS (
  SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:tables AS text[]), CAST(:columns AS text[]))
               AS w (schema_name, table_name, column_name)),
relations AS (
  SELECT DISTINCT n.oid AS schema_oid, n.nspname, n.nspowner, c.oid, c.relname, c.relkind, c.relowner
    FROM wanted w
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema_name
    LEFT JOIN pg_catalog.pg_class c
      ON c.relnamespace = n.oid AND c.relname = w.table_name AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
SELECT r.nspname, '' AS relname, '' AS attname, 's' AS relkind, '' AS dtype, false AS attnotnull,
       false AS is_key, '' AS refers, coalesce(obj_description(r.schema_oid, 'pg_namespace'), '') AS comment,
       r.nspowner::regrole::text AS owner, pg_has_role(r.nspowner, 'USAGE') AS owns, true AS enters,
       false AS may_lock
  FROM (SELECT DISTINCT schema_oid, nspname, nspowner FROM relations) r
  JOIN wanted w ON w.schema_name = r.nspname AND w.table_name = ''
UNION ALL
SELECT r.nspname, r.relname, '', r.relkind::text, '', false, false, '',
       {table_comment}, r.relowner::regrole::text, pg_has_role(r.relowner, 'USAGE'),
       has_schema_privilege(r.schema_oid, 'USAGE'),
       r.relkind IN ('r', 'p') AND has_table_privilege(r.oid, 'UPDATE, DELETE, TRUNCATE')
  FROM wanted w
  JOIN relations r ON r.nspname = w.schema_name AND r.relname = w.table_name
 WHERE w.column_name = ''
UNION ALL
SELECT r.nspname, r.relname, a.attname, r.relkind::text, {dtype}, a.attnotnull, {is_key}, {refers},
       {column_comment}, r.relowner::regrole::text, pg_has_role(r.relowner, 'USAGE'),
       has_schema_privilege(r.schema_oid, 'USAGE'), false
  FROM wanted w
  JOIN relations r ON r.nspname = w.schema_name AND r.relname = w.table_name
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid = r.oid AND a.attname = w.column_name AND a.attnum > 0 AND NOT a.attisdropped
"""
# A join would be planned for the few comments that a database had when it was last looked at, and compare every
# comment of a table with every column; this looks each up.
_COMMENT = """
       coalesce((SELECT d.description FROM pg_catalog.pg_description d
                  WHERE d.objoid = r.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = {}), '')"""
_COMMENTS = {"table_comment": _COMMENT.format("0"), "column_comment": _COMMENT.format("a.attnum")}
_DTYPE = "pg_catalog.format_type(a.atttypid, a.atttypmod)"
_IS_KEY = """
       EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
                WHERE k.conrelid = r.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey))"""
_REFERS = """
       coalesce((SELECT json_build_array(fn.nspname, fc.relname, fa.attname)::text
                   FROM pg_catalog.pg_constraint k
                   JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid
                   JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
                   JOIN pg_catalog.pg_attribute fa
                     ON fa.attrelid = fc.oid AND fa.attnum = k.confkey[array_position(k.conkey, a.attnum)]
                  WHERE k.conrelid = r.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)
                  ORDER BY cardinality(k.conkey), k.conname LIMIT 1), '')"""
_READ_ALL = sa.text(_READ.format(dtype=_DTYPE, is_key=_IS_KEY, refers=_REFERS, **_COMMENTS))
_READ_COMMENTS = sa.text(_READ.format(dtype="''", is_key="false", refers="''", **_COMMENTS))


class PostgresComments:
    """Reads and writes the comments of a PostgreSQL database."""

    batch_size = 1000
    locks_tables = True
    is_transactional = True
    note = ""

    def reason_against_writing(self) -> str:
        """Every comment can be written."""
        return ""

    def reason_against(self, kind: str) -> str:
        """Every kind can carry one."""
        return ""

    def too_long(self, change: CommentChange) -> Refusal | None:
        """No text is too long."""
        return None

    def read(
        self, connection: sa.Connection, names: Collection[AssetName], *, only_comments: bool = False
    ) -> Found:
        """Return what is there of `names`: spelled so, else in lower case, as names without quotes are read."""
        wanted = list(dict.fromkeys([*names, *map(_folded, names)]))
        statement = _READ_COMMENTS if only_comments else _READ_ALL
        found: Found = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            columns = {
                "schemas": [name.schema_name for name in chunk],
                "tables": [name.table_name for name in chunk],
                "columns": [name.column_name for name in chunk],
            }
            for row in connection.execute(statement, columns):
                entry = _entry(row)
                found[entry.facts.name] = entry
        matched = {name: found.get(name) or found.get(_folded(name)) for name in names}
        return {name: entry for name, entry in matched.items() if entry is not None}

    def lock(self, connection: sa.Connection, tables: Iterable[CatalogEntry], seconds: float) -> None:
        """Hold the tables as COMMENT itself does: others read and write rows, nobody alters or comments.

        Views and the like cannot be held without what lies beneath them; they are looked at right before.
        """
        identifier, _ = _quoting(connection)
        held = sorted(entry.facts.name for entry in tables if entry.may_lock)
        statements = [f"SET LOCAL lock_timeout = {int(seconds * 1000)}"]
        if held:
            named = ", ".join(
                f"ONLY {identifier(table.schema_name)}.{identifier(table.table_name)}" for table in held
            )
            statements.append(f"LOCK TABLE {named} IN SHARE UPDATE EXCLUSIVE MODE")
        _run(connection, statements)

    def unlock(self, connection: sa.Connection) -> None:
        """Nothing to do: the end of the transaction does it."""

    def write(self, connection: sa.Connection, targets: Sequence[Target]) -> str:
        """Send all statements at once, as a script; the first that fails fails all."""
        identifier, literal = _quoting(connection)
        _run(connection, [_statement(target, identifier, literal) for target in targets])
        return ""

    def cure(self, error: StoreError, target: Target) -> str:
        """Say which right is lacking."""
        if isinstance(error, PermissionDeniedError):
            return f"COMMENT needs ownership: let the owner of {target.name.table.qname} apply it."
        return ""


def _folded(name: AssetName) -> AssetName:
    return AssetName(folded(name.schema_name), folded(name.table_name), folded(name.column_name))


def _entry(row: Any) -> CatalogEntry:
    name = AssetName(row.nspname, row.relname, row.attname)
    relation = "schema" if row.relkind == "s" else _KINDS[row.relkind]
    is_column = bool(name.column_name)
    facts = AssetFacts(
        name,
        kind="column" if is_column else relation,
        dtype=row.dtype,
        is_nullable=not row.attnotnull if is_column else None,
        is_primary_key=row.is_key,
        references=join_name(json.loads(row.refers)) if row.refers else "",
        comment=row.comment,
    )
    return CatalogEntry(facts, relation, row.may_lock, _refusal(name, row))


def _refusal(name: AssetName, row: Any) -> Refusal | None:
    """Tell from the catalogue what COMMENT would refuse: whoever is not the owner may not."""
    if not row.owns:
        what = f"schema {quote_part(name.schema_name)}" if not name.table_name else name.table.qname
        return Refusal(
            f"COMMENT needs ownership, and this user does not own {what}.",
            f"Let its owner {row.owner} apply it, or ask for GRANT {row.owner} TO this user.",
        )
    if not row.enters:
        schema = quote_part(name.schema_name)
        return Refusal(
            f"This user may not look into schema {schema}.",
            f"Ask its owner for GRANT USAGE ON SCHEMA {schema} TO this user.",
        )
    return None


def _quoting(connection: sa.Connection) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """The driver's own quoting of identifiers and of texts, which knows how this session reads backslashes."""
    from psycopg.pq import Escaping

    driver: Any = connection.connection.driver_connection
    escaping = Escaping(driver.pgconn)

    def identifier(name: str) -> str:
        return bytes(escaping.escape_identifier(name.encode())).decode()

    def literal(text: str) -> str:
        return bytes(escaping.escape_literal(text.encode())).decode()

    return identifier, literal


def _statement(target: Target, identifier: Callable[[str], str], literal: Callable[[str], str]) -> str:
    name, facts = target.name, target.entry.facts
    parts = (name.schema_name, name.table_name, name.column_name)
    path = ".".join(identifier(part) for part in parts if part)
    text = literal(target.comment) if target.comment else "NULL"
    return f"COMMENT ON {facts.kind.upper()} {path} IS {text}"


def _run(connection: sa.Connection, statements: Sequence[str]) -> None:
    """Run statements in one round trip; a script takes no parameters, so that percent signs mean nothing."""
    if statements:
        connection.exec_driver_sql("; ".join(statements), execution_options={"no_parameters": True})
