"""The statements that make a store on Snowflake, BigQuery, Databricks and Redshift.

Their SQLAlchemy dialects are packages that nobody needs who only prints statements, so this writes them from
the same tables with a small table of facts for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

__all__ = ["CLOUDS", "Cloud", "CloudDdl", "literals"]

Kind = Literal["text", "time", "integer", "big_integer", "double"]
_KEYS = "Primary keys and unique indexes are not enforced here: ids are drawn so that they do not collide."
_NO_INDEXES = "There are no secondary indexes here; long lists are scanned."


@dataclass(frozen=True, slots=True)
class Cloud:
    """How one backend writes what a table is made of."""

    types: dict[Kind, str]
    """The name of each kind of type; `text` is one without limit."""
    short_text: str
    """A text with a limit, `{length}` in it."""
    quote: str
    schema_options: str = ""
    longest: int = 0
    """The largest limit that a text may have; 0 where there is none."""
    bytes_per_character: int = 1
    """What a limit of one character takes where limits count bytes."""
    quotes_every_name: bool = False
    """Whether names other than the schema's are quoted too; unquoted ones fold as people expect."""
    default_before_null: bool = True
    """Whether DEFAULT stands in front of NOT NULL."""
    column_comment: str = ""
    """The comment of a column, `{comment}` in it; empty where COMMENT ON writes it."""
    table_comment: str = ""
    key: str = "PRIMARY KEY ({columns})"
    """The primary key, empty where none can be declared."""
    table_options: str = ""
    escaped_quote: str = "\\'"
    """A single quote within a literal; a backslash is doubled everywhere."""
    now: str = "CURRENT_TIMESTAMP()"
    notes: tuple[str, ...] = (_KEYS, _NO_INDEXES)


CLOUDS: dict[str, Cloud] = {
    "snowflake": Cloud(
        types={
            "text": "VARCHAR",
            "time": "TIMESTAMP_TZ(6)",
            "integer": "INTEGER",
            "big_integer": "BIGINT",
            "double": "DOUBLE",
        },
        short_text="VARCHAR({length})",
        quote='"',
        column_comment=" COMMENT {comment}",
        table_comment=" COMMENT = {comment}",
    ),
    "bigquery": Cloud(
        types={
            "text": "STRING",
            "time": "TIMESTAMP",
            "integer": "INT64",
            "big_integer": "INT64",
            "double": "FLOAT64",
        },
        short_text="STRING({length})",
        quote="`",
        quotes_every_name=True,
        column_comment=" OPTIONS (description = {comment})",
        table_comment=" OPTIONS (description = {comment})",
        key="PRIMARY KEY ({columns}) NOT ENFORCED",
    ),
    "databricks": Cloud(
        types={
            "text": "STRING",
            "time": "TIMESTAMP",
            "integer": "INT",
            "big_integer": "BIGINT",
            "double": "DOUBLE",
        },
        short_text="STRING",
        quote="`",
        quotes_every_name=True,
        default_before_null=False,
        column_comment=" COMMENT {comment}",
        table_comment=" COMMENT {comment}",
        key="",
        table_options="\nUSING DELTA",
        notes=(
            "Primary keys are not declared, as Databricks would not enforce them: ids are drawn so that they"
            " do not collide.",
            _NO_INDEXES,
            "Databricks keeps schema names in lower case.",
        ),
    ),
    "redshift": Cloud(
        types={
            "text": "VARCHAR(65535)",
            "time": "TIMESTAMPTZ",
            "integer": "INTEGER",
            "big_integer": "BIGINT",
            "double": "DOUBLE PRECISION",
        },
        short_text="VARCHAR({length})",
        quote='"',
        longest=65535,
        bytes_per_character=4,
        now="GETDATE()",
        escaped_quote="''",
        notes=(
            _KEYS,
            _NO_INDEXES,
            "Redshift folds even quoted names to lower case unless enable_case_sensitive_identifier is on.",
        ),
    ),
}

_DELTA_DEFAULTS = "\nTBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"


class CloudDdl:
    """Writes statements by the facts of a `Cloud`."""

    has_indexes_inside = False

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    @property
    def notes(self) -> tuple[str, ...]:
        """What the backend does otherwise than PostgreSQL, each a sentence."""
        return self._cloud.notes

    def quoted(self, name: str) -> str:
        """Write a name so that it is taken to the letter."""
        quote = self._cloud.quote
        return quote + name.replace(quote, quote * 2) + quote

    def create_schema(self, schema: str) -> str | None:
        """Write CREATE SCHEMA."""
        return f"CREATE SCHEMA IF NOT EXISTS {self.quoted(schema)}"

    def create_table(self, table: sa.Table) -> str:
        """Write CREATE TABLE, one line a column, with comments where the backend has them there."""
        cloud = self._cloud
        lines = [self._column(column) for column in table.columns]
        if cloud.key:
            keys = ", ".join(self._name(column.name) for column in table.primary_key)
            lines.append(cloud.key.format(columns=keys))
        body = ",\n    ".join(lines)
        options = cloud.table_options
        options += cloud.table_comment.replace("{comment}", self.literal(table.comment or ""))
        if cloud.table_options and any(column.server_default is not None for column in table.columns):
            options += _DELTA_DEFAULTS
        return f"CREATE TABLE IF NOT EXISTS {self._table(table)} (\n    {body}\n){options}"

    def create_index(self, index: sa.Index) -> str | None:
        """Write nothing: none of them has indexes."""
        return None

    def add_column(self, column: sa.Column[Any]) -> str:
        """Write ALTER TABLE."""
        return f"ALTER TABLE {self._table(column.table)} ADD COLUMN {self._column(column)}"

    def set_default(self, column: sa.Column[Any]) -> str | None:
        """Write nothing: stores are not completed from here."""
        return None

    def comments(self, table: sa.Table) -> str | None:
        """Write COMMENT ON where comments do not stand in CREATE TABLE."""
        if self._cloud.column_comment:
            return None
        name = self._table(table)
        lines = [f"COMMENT ON TABLE {name} IS {self.literal(table.comment or '')}"]
        lines += [
            f"COMMENT ON COLUMN {name}.{self._name(column.name)} IS {self.literal(column.comment or '')}"
            for column in table.columns
        ]
        return ";\n".join(lines)

    def insert_once(self, table: sa.Table, values: Mapping[str, str | int | None], unless: str = "") -> str:
        """Write the INSERT of a row, unless there is such a one; BigQuery wants a FROM before a WHERE."""
        name = self._table(table)
        listed = literals(values, self.literal, self._cloud.now)
        return (
            f"INSERT INTO {name}\n    ({', '.join(values)})\nSELECT {listed}\n"
            "FROM (SELECT 1 AS one) AS anchor\n"
            f"WHERE NOT EXISTS (SELECT 1 FROM {name}{f' WHERE {unless}' if unless else ''})"
        )

    def literal(self, text: str) -> str:
        """Write a text as a literal."""
        return "'" + text.replace("\\", "\\\\").replace("'", self._cloud.escaped_quote) + "'"

    def _table(self, table: sa.Table) -> str:
        return f"{self.quoted(str(table.schema))}.{self._name(table.name)}"

    def _name(self, name: str) -> str:
        return self.quoted(name) if self._cloud.quotes_every_name else name

    def _column(self, column: sa.Column[Any]) -> str:
        cloud = self._cloud
        default = self._default(column)
        null = "" if column.nullable else " NOT NULL"
        rules = default + null if cloud.default_before_null else null + default
        comment = cloud.column_comment.replace("{comment}", self.literal(column.comment or ""))
        return f"{self._name(column.name)} {self._type(column)}{rules}{comment}"

    def _type(self, column: sa.Column[Any]) -> str:
        cloud = self._cloud
        kind: object = column.type
        if isinstance(kind, sa.types.TypeDecorator):
            kind = getattr(kind, "implementation", kind.impl_instance)
        match kind:
            case sa.BigInteger():
                return cloud.types["big_integer"]
            case sa.Integer():
                return cloud.types["integer"]
            case sa.Double() | sa.Float():
                return cloud.types["double"]
            case sa.DateTime():
                return cloud.types["time"]
            case sa.String(length=int(length)):
                bytes_or_characters = length * cloud.bytes_per_character
                limit = min(bytes_or_characters, cloud.longest) if cloud.longest else bytes_or_characters
                return cloud.short_text.format(length=limit)
            case _:
                return cloud.types["text"]

    def _default(self, column: sa.Column[Any]) -> str:
        default = column.server_default
        if not isinstance(default, sa.DefaultClause):
            return ""
        value = str(default.arg)
        return f" DEFAULT {value if isinstance(column.type, sa.Integer) else self.literal(value)}"


def literals(values: Mapping[str, str | int | None], literal: Callable[[str], str], now: str) -> str:
    """Write the values of a row in a list; None is the present moment."""
    return ", ".join(
        now if value is None else str(value) if isinstance(value, int) else literal(value)
        for value in values.values()
    )
