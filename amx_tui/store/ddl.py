"""The statements that make a store, written for one backend, without a connection.

SQLAlchemy's own dialects write them for PostgreSQL, MySQL, SQLite and SQL Server; `ddl_clouds` writes them
for the backends whose dialects are packages of their own. Every statement does nothing where its object is
there already, as far as the backend can say so, so that two people may run the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from amx_tui.domain.errors import ConfigError, UnsupportedHostError
from amx_tui.domain.text import one_line
from amx_tui.store.ddl_clouds import CLOUDS, CloudDdl, literals

__all__ = ["Ddl", "ddl_for", "require_usable_schema"]

_LIMITS = {"postgresql": 63, "redshift": 127, "mysql": 64, "mssql": 128, "snowflake": 255, "databricks": 255}
_RESERVED = {
    "postgresql": {"information_schema"},
    "redshift": {"information_schema"},
    "mysql": {"information_schema", "mysql", "performance_schema", "sys"},
    "mssql": {"information_schema", "sys", "guest"},
    "snowflake": {"information_schema"},
    "bigquery": {"information_schema"},
    "databricks": {"information_schema"},
}
_MSSQL_INDEX_BYTES = 1700


class Ddl(Protocol):
    """Writes statements for one backend."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the backend does otherwise than PostgreSQL, each a sentence."""

    @property
    def has_indexes_inside(self) -> bool:
        """Whether CREATE TABLE makes the indexes of the table too."""

    def quoted(self, name: str) -> str:
        """Write a name so that it is taken to the letter."""

    def create_schema(self, schema: str) -> str | None:
        """Write the statement that makes a schema; None on a backend without schemas."""

    def create_table(self, table: sa.Table) -> str:
        """Write the statement that makes a table, with its comments where they belong into it."""

    def create_index(self, index: sa.Index) -> str | None:
        """Write the statement that makes an index; None on a backend without indexes."""

    def add_column(self, column: sa.Column[Any]) -> str:
        """Write the statement that adds a column to its table."""

    def set_default(self, column: sa.Column[Any]) -> str | None:
        """Write the statement that gives a column its default; None where the backend cannot, or there is none."""

    def comments(self, table: sa.Table) -> str | None:
        """Write the comments of a table and its columns; None where they stand in its CREATE TABLE."""

    def insert_once(self, table: sa.Table, values: Mapping[str, str | int | None], unless: str = "") -> str:
        """Write the statement that adds a row, unless there is one that the condition `unless` holds for, or any.

        Args:
            values: By column; None is the present moment.
        """

    def literal(self, text: str) -> str:
        """Write a text as a literal."""


def ddl_for(backend_name: str) -> Ddl:
    """Return the writer for a backend.

    Raises:
        UnsupportedHostError: No statements are known for it.
    """
    if backend_name in CLOUDS:
        return CloudDdl(CLOUDS[backend_name])
    match backend_name:
        case "postgresql":
            return PostgresqlDdl()
        case "mysql":
            return MysqlDdl()
        case "sqlite":
            return SqliteDdl()
        case "mssql":
            return MssqlDdl()
        case _:
            raise UnsupportedHostError(f"No statements are known that would make a store on {backend_name}.")


def require_usable_schema(backend_name: str, schema: str) -> None:
    """Check that a schema can be called so on this backend.

    Any name that the database itself accepts is fine, however odd: it is quoted everywhere.

    Raises:
        ConfigError: It cannot; the message says why.
    """
    if backend_name == "sqlite":
        return
    problem = _schema_problem(backend_name, schema)
    if problem:
        raise ConfigError(
            f"The schema cannot be called “{one_line(schema, 80)}”: {problem}.",
            key="history_store_schema",
            hint="AMX is the usual name.",
        )


def _schema_problem(backend_name: str, schema: str) -> str:
    if not schema.strip():
        return "it needs a name"
    if schema != schema.strip():
        return "it begins or ends with a space"
    if any(
        ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or 0xD800 <= ord(character) < 0xE000
        for character in schema
    ):
        return "it contains a character that cannot be shown"
    limit = _LIMITS.get(backend_name, 1024)
    length = len(schema.encode()) if backend_name in {"postgresql", "redshift"} else len(schema)
    if length > limit:
        unit = "bytes" if backend_name in {"postgresql", "redshift"} else "characters"
        return f"{length} {unit} are more than the {limit} that a name may have there"
    if schema.lower() in _RESERVED.get(backend_name, set()):
        return "the database keeps that name for itself"
    if backend_name in {"postgresql", "redshift"} and schema.startswith("pg_"):
        return "the database keeps names with pg_ in front for itself"
    if backend_name == "mysql" and (max(schema) > "\uffff" or set(schema) & set("/\\")):
        return "MySQL allows neither slashes nor characters beyond U+FFFF there"
    if backend_name == "bigquery" and not (schema.isascii() and schema.replace("_", "a").isalnum()):
        return "BigQuery allows letters, digits and _ only"
    if backend_name == "databricks" and set(schema) & set(" ./"):
        return "Databricks allows neither spaces nor dots nor slashes"
    return ""


class _SqlalchemyDdl:
    """What the four dialects have in common."""

    notes: tuple[str, ...] = ()
    has_indexes_inside = False
    now = "CURRENT_TIMESTAMP"
    if_not_exists = "IF NOT EXISTS "
    add = "ADD COLUMN"

    def __init__(self, dialect: sa.Dialect) -> None:
        # A comment is text of ours without a backslash, and no driver interpolates into these statements.
        self._dialect = dialect
        self._compiler = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]  # as SQLAlchemy's own tools do
        self._preparer = dialect.identifier_preparer

    def quoted(self, name: str) -> str:
        """Write a name so that it is taken to the letter."""
        return self._preparer.quote_identifier(name)

    def create_schema(self, schema: str) -> str | None:
        """Write CREATE SCHEMA."""
        return f"CREATE SCHEMA IF NOT EXISTS {self.quoted(schema)}"

    def create_table(self, table: sa.Table) -> str:
        """Write CREATE TABLE, one line a column."""
        lines = [self._column(column) for column in table.columns]
        lines += [text for text in self._constraints(table) if text]
        body = ",\n    ".join(lines)
        name = self._preparer.format_table(table)
        return f"CREATE TABLE {self.if_not_exists}{name} (\n    {body}\n){self._table_options(table)}"

    def create_index(self, index: sa.Index) -> str | None:
        """Write CREATE INDEX."""
        return self._compiler.process(CreateIndex(index, if_not_exists=bool(self.if_not_exists)))

    def add_column(self, column: sa.Column[Any]) -> str:
        """Write ALTER TABLE."""
        name = self._preparer.format_table(column.table)
        return f"ALTER TABLE {name} {self.add} {self._column(column)}"

    def set_default(self, column: sa.Column[Any]) -> str | None:
        """Write ALTER TABLE."""
        default = column.server_default
        if not isinstance(default, sa.DefaultClause):
            return None
        name, of = self._preparer.format_table(column.table), self._preparer.format_column(column)
        return f"ALTER TABLE {name} ALTER COLUMN {of} SET DEFAULT {self.literal(str(default.arg))}"

    def comments(self, table: sa.Table) -> str | None:
        """Write nothing: most backends have them in CREATE TABLE."""
        return None

    def insert_once(self, table: sa.Table, values: Mapping[str, str | int | None], unless: str = "") -> str:
        """Write the INSERT of a row, unless there is one that the condition holds for, or any."""
        name = self._preparer.format_table(table)
        return (
            f"INSERT INTO {name}\n    ({', '.join(values)})\n"
            f"SELECT {literals(values, self.literal, self.now)}{self._from_nothing}\n"
            f"WHERE NOT EXISTS (SELECT 1 FROM {name}{f' WHERE {unless}' if unless else ''})"
        )

    _from_nothing = ""

    def literal(self, text: str) -> str:
        """Write a text as a literal."""
        return "'" + text.replace("'", "''") + "'"

    def _column(self, column: sa.Column[Any]) -> str:
        return self._compiler.get_column_specification(column)

    def _constraints(self, table: sa.Table) -> list[str]:
        return [self._compiler.process(table.primary_key)] if table.primary_key.columns else []

    def _table_options(self, table: sa.Table) -> str:
        return ""


class PostgresqlDdl(_SqlalchemyDdl):
    """Statements for PostgreSQL."""

    def __init__(self) -> None:
        dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        super().__init__(dialect)

    def comments(self, table: sa.Table) -> str | None:
        """Write the comments as one block, which is one round trip instead of one a column."""
        name = self._preparer.format_table(table)
        lines = [f"COMMENT ON TABLE {name} IS {self.literal(table.comment or '')}"]
        for column in table.columns:
            place = f"{name}.{self._preparer.format_column(column)}"
            lines.append(f"COMMENT ON COLUMN {place} IS {self.literal(column.comment or '')}")
        return ";\n".join(lines)


class MysqlDdl(_SqlalchemyDdl):
    """Statements for MySQL and MariaDB, where a schema is a database.

    Indexes are made with their table, because MySQL knows no CREATE INDEX IF NOT EXISTS.
    """

    has_indexes_inside = True
    now = "UTC_TIMESTAMP(6)"
    _from_nothing = "\nFROM DUAL"

    def __init__(self) -> None:
        super().__init__(mysql.dialect(paramstyle="named"))

    def create_schema(self, schema: str) -> str | None:
        """Write CREATE DATABASE."""
        return (
            f"CREATE DATABASE IF NOT EXISTS {self.quoted(schema)}\n"
            "    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        )

    def create_index(self, index: sa.Index) -> str | None:
        """Write CREATE INDEX, for a table that has lost it."""
        return self._compiler.process(CreateIndex(index))

    def _constraints(self, table: sa.Table) -> list[str]:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        return [*super()._constraints(table), *map(self._key, indexes)]

    def _key(self, index: sa.Index) -> str:
        lengths = index.dialect_options["mysql"]["length"] or {}
        names = (
            self._preparer.format_column(column)
            + (f"({lengths[column.name]})" if column.name in lengths else "")
            for column in index.columns
        )
        return f"{'UNIQUE ' if index.unique else ''}KEY {index.name} ({', '.join(names)})"

    def literal(self, text: str) -> str:
        """Write a text as a literal that means the same whether or not backslashes escape."""
        return super().literal(text.replace("\\", "\\\\"))

    def _table_options(self, table: sa.Table) -> str:
        # Rights, rollbacks and row locks all rest on InnoDB, which need not be the server's default.
        comment = self.literal(table.comment or "")
        return f" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT={comment}"


class SqliteDdl(_SqlalchemyDdl):
    """Statements for SQLite, which keeps the text of CREATE TABLE and so our comments in it."""

    now = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"

    def __init__(self) -> None:
        super().__init__(sqlite.dialect(paramstyle="named"))

    def create_schema(self, schema: str) -> str | None:
        """Write nothing: a SQLite file is the schema."""
        return None

    def set_default(self, column: sa.Column[Any]) -> str | None:
        """Write nothing: SQLite changes no column."""
        return None

    def create_table(self, table: sa.Table) -> str:
        """Write CREATE TABLE with SQL comments for the table and each column."""
        lines = [(self._column(column), column.comment or "") for column in table.columns]
        lines += [(text, "") for text in self._constraints(table) if text]
        last = len(lines) - 1
        body = "\n".join(
            f"    {text}{'' if number == last else ','}{_remark(comment)}"
            for number, (text, comment) in enumerate(lines)
        )
        name = self._preparer.format_table(table)
        return f"CREATE TABLE IF NOT EXISTS {name} ({_remark(table.comment or '')}\n{body}\n)"


class MssqlDdl(_SqlalchemyDdl):
    """Statements for SQL Server, whose comments are extended properties."""

    if_not_exists = ""
    add = "ADD"
    now = "SYSUTCDATETIME()"
    notes = (
        "SQL Server indexes at most 1,700 bytes, and refuses rows that are longer there: qualified names"
        " have no index.",
    )

    def __init__(self) -> None:
        dialect = mssql.dialect(paramstyle="named", deprecate_large_types=True)  # type: ignore[no-untyped-call]
        super().__init__(dialect)

    def create_schema(self, schema: str) -> str | None:
        """Write CREATE SCHEMA, which must be alone in its batch."""
        statement = f"CREATE SCHEMA {self.quoted(schema)}"
        return f"IF SCHEMA_ID({self.literal(schema)}) IS NULL EXEC({self.literal(statement)})"

    def create_table(self, table: sa.Table) -> str:
        """Write CREATE TABLE and its comments as one block that does nothing where the table is there."""
        statements = [super().create_table(table), self._property(table, None, table.comment or "")]
        statements += [self._property(table, column.name, column.comment or "") for column in table.columns]
        body = ";\n".join(statements)
        return f"IF OBJECT_ID({self._object(table)}, N'U') IS NULL\nBEGIN\n{body};\nEND"

    def create_index(self, index: sa.Index) -> str | None:
        """Write CREATE INDEX behind the question whether it is there; None where a row might not fit in."""
        lengths = [getattr(column.type, "length", None) or 4 for column in index.columns]
        if 2 * sum(lengths) > _MSSQL_INDEX_BYTES:
            return None
        table = index.table
        assert isinstance(table, sa.Table)
        return (
            f"IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = {self.literal(str(index.name))}"
            f" AND object_id = OBJECT_ID({self._object(table)}))\n{super().create_index(index)}"
        )

    def set_default(self, column: sa.Column[Any]) -> str | None:
        """Write nothing: a default is a constraint there, and stores are not completed from here."""
        return None

    def literal(self, text: str) -> str:
        """Write a text as a literal of Unicode."""
        return "N" + super().literal(text)

    def _object(self, table: sa.Table) -> str:
        return self.literal(self._preparer.format_table(table))

    def _property(self, table: sa.Table, column: str | None, comment: str) -> str:
        levels = f"N'SCHEMA', {self.literal(str(table.schema))}, N'TABLE', {self.literal(table.name)}"
        if column is not None:
            levels += f", N'COLUMN', {self.literal(column)}"
        return f"EXEC sys.sp_addextendedproperty N'MS_Description', {self.literal(comment)}, {levels}"


def _remark(comment: str) -> str:
    return f"  -- {one_line(comment, 200)}" if comment else ""
