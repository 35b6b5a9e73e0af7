"""Everything that a MySQL or MariaDB catalogue says of one table, to be compared before and after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.assets import AssetName
from amx_tui.warehouse.mysql_definitions import ColumnDefinition, parse_columns, without_comments

__all__ = ["TableState", "read_state"]

_IGNORED = frozenset({"column_comment", "privileges"})
_COLUMNS = sa.text(
    "SELECT * FROM information_schema.columns WHERE table_schema = :schema AND table_name = :table"
)
_SIZE = sa.text(
    "SELECT coalesce(data_length, 0) + coalesce(index_length, 0), table_type"
    " FROM information_schema.tables WHERE table_schema = :schema AND table_name = :table"
)
_SYSTEMS = sa.text(
    "SELECT g_geometry_column, srid FROM information_schema.geometry_columns"
    " WHERE f_table_schema = :schema AND f_table_name = :table"
)
_JSON_TYPE = re.compile(
    r"\A(`(?:[^`]|``)*`) longtext(?: CHARACTER SET utf8mb4)?(?: COLLATE utf8mb4_bin)?(?= |\Z)"
)
_POINT_TYPE = re.compile(r"\A(`(?:[^`]|``)*` \w+)(?= |\Z)")


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as the catalogue has it."""

    statement: str
    """What SHOW CREATE TABLE prints."""
    definitions: Mapping[str, ColumnDefinition]
    """The columns in that statement by name."""
    columns: Mapping[str, Mapping[str, str]]
    """The rows of information_schema.columns by name, what a comment may change left out."""
    reference_systems: Mapping[str, int]
    """MariaDB's spatial reference systems by column, which SHOW CREATE TABLE does not print."""
    bytes: int
    is_plain: bool
    """Whether it is an ordinary table, without versions of its rows."""
    is_mariadb: bool

    def definition(self, column: str) -> ColumnDefinition | None:
        """Return a column's definition, whole enough to be given back to this server; None where there is none."""
        found = self.definitions.get(column)
        if found is None or not self.is_mariadb:
            return found
        if system := self.reference_systems.get(column):
            return replace(found, head=_POINT_TYPE.sub(rf"\1 REF_SYSTEM_ID={system}", found.head))
        collation = self.columns[column].get("collation_name")
        check = found.tail.strip().lower()
        name = found.head[: found.head.index("` ") + 1].lower()
        if collation == "utf8mb4_bin" and check == f"check (json_valid({name}))":
            # Spelled out as it is printed, the server takes it for another type, and rebuilds the table.
            return replace(found, head=_JSON_TYPE.sub(r"\1 json", found.head), tail="")
        return found

    def may_be_rebuilt(self, most: int) -> bool:
        """Say whether copying the table for a comment is quick, and leaves everything as it is."""
        # Old temporal formats are printed as a remark; a copy would silently make them new ones.
        return self.is_plain and self.bytes <= most and "/* " not in self.statement

    def difference(self, after: TableState) -> str:
        """Say in a sentence what of the table is no longer what it was, comments aside; empty where nothing is."""
        changed = sorted(
            name
            for name in {*self.columns, *after.columns}
            if self.columns.get(name) != after.columns.get(name)
            or self.reference_systems.get(name) != after.reference_systems.get(name)
        )
        if changed:
            return f"The definition of {', '.join(changed)} is no longer what it was before the comment."
        if without_comments(self.statement) != without_comments(after.statement):
            return "The definition of the table is no longer what it was before the comment."
        return ""


def read_state(connection: sa.Connection, path: str, table: AssetName) -> TableState:
    """Read what the catalogue says of a table.

    Args:
        connection: A connection, best with the table locked.
        path: The table's name, quoted.
        table: The same, unquoted.
    """
    names = {"schema": table.schema_name, "table": table.table_name}
    shown = connection.exec_driver_sql(
        f"SHOW CREATE TABLE {path}", execution_options={"no_parameters": True}
    ).one()
    columns = {
        str(row["column_name"]): {key: value for key, value in row.items() if key not in _IGNORED}
        for row in (_lowered(dict(found)) for found in connection.execute(_COLUMNS, names).mappings())
    }
    size, kind = connection.execute(_SIZE, names).one()
    is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
    systems = (
        {str(column): int(system) for column, system in connection.execute(_SYSTEMS, names)}
        if is_mariadb
        else {}
    )
    statement = str(shown[1])
    definitions = parse_columns(statement)
    return TableState(
        statement, definitions, columns, systems, int(size), str(kind) == "BASE TABLE", is_mariadb
    )


def _lowered(row: Mapping[Any, object]) -> dict[str, str]:
    return {str(key).lower(): repr(value) if value is None else str(value) for key, value in row.items()}
