"""Questions to JSON columns, answered in the database; a value that is no JSON answers no, and fails nothing."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from amx_tui.store.tables import Tables

__all__ = ["has_items", "json_text", "names_in_scope"]

# What a `json` column holds and `jsonb` cannot: NULs, halves of surrogate pairs, numbers beyond measure.
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_NOT_BINARY = r"\\u0000|\\u[dD][89a-fA-F]|[0-9][eE][+-]?[0-9]{3}"


def json_text(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return a JSON column as the text that is stored."""
    if tables.backend_name == "postgresql":
        return sa.cast(column, sa.Text)
    return sa.type_coerce(column, sa.Text)


def has_items(tables: Tables, column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Return 1 where the column holds a list that is not empty, else 0."""
    match tables.backend_name:
        case "postgresql":
            prefix = "jsonb" if tables.layout == "document" else "json"
            is_list = getattr(sa.func, f"{prefix}_typeof")(column) == "array"
            length = getattr(sa.func, f"{prefix}_array_length")(column)
        case "mysql":
            is_list = sa.func.if_(sa.func.json_valid(column), sa.func.json_type(column), "") == "ARRAY"
            length = sa.func.json_length(column)
        case _:
            text = json_text(tables, column)
            is_list = sa.case((sa.func.json_valid(text) == 1, sa.func.json_type(text)), else_="") == "array"
            length = sa.func.json_array_length(text)
    # The length is asked for where it is a list alone: elsewhere some backends raise.
    return sa.case((sa.case((is_list, length), else_=0) > 0, 1), else_=0)


def names_in_scope(
    tables: Tables, scope: sa.ColumnElement[Any], schema: str, table: str
) -> sa.ColumnElement[bool]:
    """Return the condition that a scope has `schema`, and `table` in it where that is not empty.

    A schema that names no tables is all of it, so it has every table.
    """
    match tables.backend_name:
        case "postgresql":
            return _names_postgresql(tables, scope, schema, table)
        case "mysql":
            return _names_mysql(scope, schema, table)
        case _:
            return _names_sqlite(tables, scope, schema, table)


def _names_postgresql(
    tables: Tables, scope: sa.ColumnElement[Any], schema: str, table: str
) -> sa.ColumnElement[bool]:
    # The dialect takes longer to import than a local store takes to open.
    from sqlalchemy.dialects.postgresql import JSONB

    binary: sa.ColumnElement[Any] = sa.type_coerce(scope, JSONB)
    if tables.layout != "document":
        text = sa.cast(scope, sa.Text)
        is_safe = sa.func.regexp_replace(text, _PAIR, "", "g").op("!~")(_NOT_BINARY)
        binary = sa.case((is_safe, sa.cast(text, JSONB)))
    # The operator finds a text in a text too, which is no scope.
    is_scope = sa.func.jsonb_typeof(binary).in_(("object", "array"))
    has_schema = sa.and_(is_scope, binary.op("?", is_comparison=True)(schema))
    if not table:
        return has_schema
    below = binary.op("->")(sa.cast(schema, sa.Text))
    has_table = sa.case(
        (sa.func.jsonb_typeof(below) != "array", True),
        (sa.func.jsonb_array_length(below) == 0, True),
        else_=below.op("?", is_comparison=True)(table),
    )
    # A list of schemas has nothing below them.
    return sa.and_(has_schema, sa.or_(below.is_(None), has_table))


def _names_mysql(scope: sa.ColumnElement[Any], schema: str, table: str) -> sa.ColumnElement[bool]:
    quoted = json.dumps(schema, ensure_ascii=False)
    is_list = sa.func.json_type(scope) == "ARRAY"
    keys = sa.case((is_list, scope), else_=sa.func.json_keys(scope))
    condition = sa.func.json_contains(keys, quoted) == 1
    if table:
        below = sa.func.json_extract(scope, f"$.{quoted}")
        has_table = sa.case(
            (is_list, True),
            (sa.func.json_type(below) != "ARRAY", True),
            (sa.func.json_length(below) == 0, True),
            else_=sa.func.json_contains(below, json.dumps(table, ensure_ascii=False)) == 1,
        )
        condition = condition & has_table
    return sa.case((sa.func.json_valid(scope) == 1, condition), else_=False) == sa.true()


def _names_sqlite(
    tables: Tables, scope: sa.ColumnElement[Any], schema: str, table: str
) -> sa.ColumnElement[bool]:
    text = json_text(tables, scope)
    safe = sa.case((sa.func.json_valid(text) == 1, text), else_="{}")
    entries = sa.func.json_each(safe).table_valued("key", "value", "type", name="entry")
    is_key = sa.and_(entries.c.key == schema, sa.func.typeof(entries.c.key) == "text")
    if table:
        items = sa.func.json_each(
            sa.case((entries.c.type == "array", entries.c.value), else_="[]")
        ).table_valued("value", "type", name="item")
        has_table = sa.exists().select_from(items).where(items.c.value == table, items.c.type == "text")
        is_all = sa.case(
            (entries.c.type == "array", sa.func.json_array_length(entries.c.value) == 0), else_=True
        )
        is_key = sa.and_(is_key, sa.or_(has_table.correlate(entries), is_all))
    in_list = sa.and_(sa.func.typeof(entries.c.key) == "integer", entries.c.value == schema)
    return sa.exists().select_from(entries).where(sa.or_(is_key, in_list)).correlate_except(entries)
