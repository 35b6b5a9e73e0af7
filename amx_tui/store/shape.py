"""How the tables that lie in a schema differ from those the program expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import sqlalchemy as sa

from amx_tui.store.contents import ColumnFacts, TableFacts
from amx_tui.store.tables import StoredJson, UtcDateTime

__all__ = ["column_problems", "extra_columns", "lacking_columns", "lacking_defaults", "lacking_indexes"]

Family = Literal["text", "integer", "double", "time", "json", "other"]

_FAMILIES: tuple[tuple[str, Family], ...] = (
    (r"json", "json"),
    (r"timestamp with time zone|datetime|timestamp(?! without)", "time"),
    (r"char|text|clob|string|enum", "text"),
    (r"(small|medium|big|tiny)?(int|serial)", "integer"),
    (r"double|real|float|numeric|decimal", "double"),
)
_LENGTH = re.compile(r"\((\d+)\)")


def lacking_columns(table: sa.Table, there: TableFacts) -> list[str]:
    """Return the columns of `table` that are not there, in the table's order."""
    return [column.name for column in table.columns if column.name not in there.columns]


def lacking_defaults(table: sa.Table, there: TableFacts) -> list[sa.Column[Any]]:
    """Return the columns that are there and have not the default that they should have, in the table's order."""
    found = ((column, there.columns.get(column.name)) for column in table.columns)
    return [
        column
        for column, facts in found
        if facts is not None and column.server_default is not None and not facts.has_default
    ]


def extra_columns(table: sa.Table, there: TableFacts) -> list[str]:
    """Return the columns that are there and not known, in code-point order."""
    return sorted(there.columns.keys() - set(table.columns.keys()))


def lacking_indexes(table: sa.Table, there: TableFacts) -> list[str]:
    """Return the indexes of `table` that are not there, in code-point order."""
    return sorted(str(index.name) for index in table.indexes if index.name not in there.indexes)


def column_problems(table: sa.Table, there: TableFacts, backend_name: str) -> Iterator[str]:
    """Say which columns cannot hold what they should, each a phrase."""
    for column in table.columns:
        found = there.columns.get(column.name)
        if found is not None:
            yield from _problems(f"{table.name}.{column.name}", column, found, backend_name)


def _problems(name: str, column: sa.Column[Any], found: ColumnFacts, backend_name: str) -> Iterator[str]:
    expected, actual = _expected_family(column), _family(found.type_name)
    if actual not in _accepted(expected, backend_name):
        yield f"{name} is {found.type_name or 'untyped'}, not a {expected}"
    length = getattr(getattr(column.type, "implementation", None), "length", None)
    written = _LENGTH.search(found.type_name)
    # SQLite does not enforce lengths.
    is_limited = actual == "text" == expected and backend_name != "sqlite"
    if is_limited and length and written and int(written[1]) < length:
        yield f"{name} holds {written[1]} characters, not {length}"


def _accepted(expected: Family, backend_name: str) -> set[Family]:
    """Which families hold what is expected: SQLite has neither times nor JSON, MariaDB's JSON is a text."""
    if expected == "json" and backend_name != "postgresql":
        return {"json", "text"}
    if expected == "time" and backend_name == "sqlite":
        return {"time", "text"}
    return {expected}


def _expected_family(column: sa.Column[Any]) -> Family:
    match column.type:
        case StoredJson():
            return "json"
        case UtcDateTime():
            return "time"
        case sa.Integer():
            return "integer"
        case sa.Float():
            return "double"
        case _:
            return "text"


def _family(type_name: str) -> Family:
    lowered = type_name.lower()
    return next((family for pattern, family in _FAMILIES if re.match(rf".*?(?:{pattern})", lowered)), "other")
