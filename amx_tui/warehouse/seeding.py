"""Made-up tables in the schemas of a SQLite database: what a demo has to describe, and nobody else needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from amx_tui.store.database import Database

__all__ = ["MadeColumn", "MadeRelation", "make_relations"]


@dataclass(frozen=True, slots=True)
class MadeColumn:
    """A column to be made."""

    name: str
    dtype: str
    is_primary_key: bool = False
    is_nullable: bool = True
    references: tuple[str, str] | None = None
    """Table and column that a foreign key leads to."""


@dataclass(frozen=True, slots=True)
class MadeRelation:
    """A table or view to be made, without rows."""

    name: str
    columns: Sequence[MadeColumn]
    is_view: bool = False


async def make_relations(database: Database, schemas: Mapping[str, Sequence[MadeRelation]]) -> None:
    """Make tables and views in schemas that are there already, such as attached files.

    Raises:
        StoreError: The database refused.
    """

    def make(connection: sa.Connection) -> None:
        quoted = connection.dialect.identifier_preparer.quote_identifier
        for schema, relations in schemas.items():
            for relation in relations:
                place = f"{quoted(schema)}.{quoted(relation.name)}"
                if relation.is_view:
                    names = ", ".join(quoted(column.name) for column in relation.columns)
                    nothing = ", ".join("NULL" for _ in relation.columns)
                    connection.exec_driver_sql(f"CREATE VIEW {place} ({names}) AS SELECT {nothing} WHERE 0")
                else:
                    columns = ", ".join(_definition(column, connection) for column in relation.columns)
                    connection.exec_driver_sql(f"CREATE TABLE {place} ({columns})")

    await database.run(make, write=True)


def _definition(column: MadeColumn, connection: sa.Connection) -> str:
    quoted = connection.dialect.identifier_preparer.quote_identifier
    parts = [quoted(column.name), column.dtype]
    if not column.is_nullable:
        parts.append("NOT NULL")
    if column.is_primary_key:
        parts.append("PRIMARY KEY")
    if column.references is not None:
        table, target = column.references
        parts.append(f"REFERENCES {quoted(table)} ({quoted(target)})")
    return " ".join(parts)
