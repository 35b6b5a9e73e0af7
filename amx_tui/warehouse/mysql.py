"""Comments of MySQL and MariaDB, which are part of a column's definition and written with the whole of it.

The definition is what SHOW CREATE TABLE prints. The table is held while it is read, altered and compared with
what it was before. Nothing but the comment changes, so that the server does it in place; a large table that
it would rebuild for that is left alone, and people are given the statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc as sa_errors

from amx_tui.domain.assets import AssetFacts, AssetName, CommentChange
from amx_tui.domain.errors import PermissionDeniedError, StoreError
from amx_tui.domain.names import join_name
from amx_tui.warehouse.model import CatalogEntry, Found, Refusal, Target, folded, kind_of
from amx_tui.warehouse.mysql_tables import TableState, read_state

__all__ = ["MysqlComments"]

_TABLES_AT_ONCE = 40
_LIMITS = {"column": 1024, "schema": 1024, "table": 2048}
_REBUILD_BYTES = 16 * 1024 * 1024
"""How large a table may be to be rebuilt for a comment, where the server knows no other way."""
_DENIED = frozenset({1044, 1142, 1227})
_NOT_LOCKED = 1100
_NOT_IN_PLACE = frozenset({1845, 1846})
_LAST_OF_BMP = "\uffff"
_KINDS = {"BASE TABLE": "table", "SYSTEM VERSIONED": "table", "VIEW": "view", "SEQUENCE": "sequence"}
_WITHOUT = {
    "view": "MySQL and MariaDB keep no comments of views and their columns.",
    "schema": "This server keeps no comments of schemas; MariaDB does from version 10.5.",
    "sequence": "Comments of sequences are not written from here.",
}

_COLUMNS = """
SELECT 'column', table_schema, table_name, column_name, column_type, is_nullable, column_key, column_comment
  FROM information_schema.columns WHERE table_schema = :s{0} AND table_name = :t{0}"""
_TABLE = """
SELECT 'table', table_schema, table_name, '', table_type, '', '', table_comment
  FROM information_schema.tables WHERE table_schema = :s{0} AND table_name = :t{0}"""
_KEYS = """
SELECT 'key', table_schema, table_name, column_name, referenced_table_schema, referenced_table_name,
       referenced_column_name, ''
  FROM information_schema.key_column_usage
 WHERE table_schema = :s{0} AND table_name = :t{0} AND referenced_table_name IS NOT NULL"""
_SCHEMAS = """
SELECT CAST(schema_name AS BINARY), {comment}, @@lower_case_table_names
  FROM information_schema.schemata WHERE schema_name IN :names"""


class MysqlComments:
    """Reads and writes the comments of a MySQL or MariaDB server."""

    batch_size = 500
    locks_tables = True
    is_transactional = False
    note = ""

    def __init__(self) -> None:
        self._has_schema_comments = True

    def reason_against_writing(self) -> str:
        """Comments can be written."""
        return ""

    def reason_against(self, kind: str) -> str:
        """Views have none; schemas do on newer MariaDB, which is known once the server was asked something."""
        if kind == "schema" and self._has_schema_comments:
            return ""
        return _WITHOUT.get(kind, "")

    def too_long(self, change: CommentChange) -> Refusal | None:
        """Name the limit of the server, in characters and in what characters there may be."""
        limit = _LIMITS[kind_of(change.name)]
        if len(change.comment) > limit:
            return Refusal(
                f"The text has {len(change.comment):,} characters; MySQL and MariaDB keep {limit:,} here.",
                "Shorten it; nothing was cut.",
            )
        odd = next((character for character in change.comment if character > _LAST_OF_BMP), "")
        if odd:
            return Refusal(
                f"MySQL and MariaDB keep no {odd} (U+{ord(odd):X}) in comments: nothing beyond U+FFFF.",
                "Edit the text; nothing was replaced.",
            )
        return None

    def read(
        self, connection: sa.Connection, names: Collection[AssetName], *, only_comments: bool = False
    ) -> Found:
        """Return what is there of `names`; columns in any case, tables in theirs unless the server ignores it."""
        self._has_schema_comments = _has_schema_comments(connection)
        schemas, ignores_case = self._schemas(connection, {name.schema_name for name in names})
        found: Found = {}
        wanted: dict[AssetName, list[AssetName]] = defaultdict(list)
        for name in names:
            if name.table_name:
                wanted[name.table].append(name)
            elif (spelled := _spelled(name.schema_name, schemas, ignores_case)) is not None:
                facts = AssetFacts(AssetName(spelled), "schema", comment=schemas[spelled])
                found[name] = CatalogEntry(facts, "schema")
        tables = sorted(wanted)
        for start in range(0, len(tables), _TABLES_AT_ONCE):
            chunk = tables[start : start + _TABLES_AT_ONCE]
            for table, entries in _read_tables(connection, chunk, ignores_case, only_comments).items():
                for name in wanted[table]:
                    if (entry := entries.get(folded(name.column_name))) is not None:
                        found[name] = entry
        return found

    def _schemas(self, connection: sa.Connection, names: Collection[str]) -> tuple[dict[str, str], bool]:
        """Return the schemas of these names with their comments, and whether names of tables ignore case."""
        comment = "schema_comment" if self._has_schema_comments else "''"
        statement = sa.text(_SCHEMAS.format(comment=comment)).bindparams(
            sa.bindparam("names", expanding=True)
        )
        rows = connection.execute(statement, {"names": sorted(names)}).all()
        return {_text(row[0]): _text(row[1]) for row in rows}, any(int(row[2]) for row in rows)

    def lock(self, connection: sa.Connection, tables: Iterable[CatalogEntry], seconds: float) -> None:
        """Hold a table for writing, where this user may; without that, what it was before still tells a change."""
        settings = f"lock_wait_timeout = {max(1, round(seconds))}"
        if _is_mariadb(connection):
            # A comment changes nothing that history rows would have to follow.
            settings += ", system_versioning_alter_history = KEEP"
        connection.exec_driver_sql(f"SET SESSION {settings}")
        held = [entry.facts.name for entry in tables if entry.relation == "table"]
        if not held:
            return
        named = ", ".join(f"{_path(connection, table)} WRITE" for table in sorted(held))
        try:
            _execute(connection, f"LOCK TABLES {named}")
        except sa_errors.DBAPIError as error:
            if _number(error) not in _DENIED:
                raise

    def unlock(self, connection: sa.Connection) -> None:
        """Let go of what `lock` holds: here it would outlive the transaction."""
        try:
            connection.exec_driver_sql("UNLOCK TABLES")
        except sa_errors.DBAPIError:
            # It goes with its connection.
            if not connection.invalidated:
                connection.invalidate()

    def write(self, connection: sa.Connection, targets: Sequence[Target]) -> str:
        """Write the comments of one table in one statement, or that of a schema.

        Returns:
            What else has changed of the table meanwhile; empty where nothing did.

        Raises:
            StoreError: The server would have to rebuild a large table.
        """
        if not targets:
            return ""
        table = targets[0].name.table
        if not table.table_name:
            path, literal = (
                _identifier(connection, table.schema_name),
                _literal(connection, targets[0].comment),
            )
            _execute(connection, f"ALTER DATABASE {path} COMMENT = {literal}")
            return ""
        before = read_state(connection, _path(connection, table), table)
        clauses = [_clause(connection, target, before) for target in targets]
        self._alter(connection, table, before, clauses)
        after = read_state(connection, _path(connection, table), table)
        return before.difference(after)

    def _alter(
        self, connection: sa.Connection, table: AssetName, before: TableState, clauses: Sequence[str]
    ) -> None:
        statement = f"ALTER TABLE {_path(connection, table)} {', '.join(clauses)}"
        in_place = "NOCOPY" if _is_mariadb(connection) else "INPLACE"
        for way in ("ALGORITHM=INSTANT", f"ALGORITHM={in_place}, LOCK=NONE"):
            try:
                self._alter_unless_held(connection, f"{statement}, {way}")
                return
            except sa_errors.DBAPIError as error:
                if _number(error) not in _NOT_IN_PLACE:
                    raise
        if len(clauses) == 1 and before.may_be_rebuilt(_REBUILD_BYTES):
            self._alter_unless_held(connection, f"{statement}, ALGORITHM=COPY")
            return
        raise StoreError(
            f"The server would rebuild the whole of {table.qname} to change this comment.",
            hint=f"Have it done in a quiet hour: {statement}",
        )

    def _alter_unless_held(self, connection: sa.Connection, statement: str) -> None:
        try:
            _execute(connection, statement)
        except sa_errors.DBAPIError as error:
            if _number(error) != _NOT_LOCKED:
                raise
            # A default out of a sequence, say, wants that held too; without any hold the server holds what it needs.
            self.unlock(connection)
            _execute(connection, statement)

    def cure(self, error: StoreError, target: Target) -> str:
        """Name the right that is lacking."""
        if isinstance(error, PermissionDeniedError):
            name = target.name
            on = join_name([name.schema_name, name.table_name]) if name.table_name else f"{name.qname}.*"
            return f"Comments need the right to alter: ask for GRANT ALTER ON {on} TO this user."
        return ""


def _clause(connection: sa.Connection, target: Target, state: TableState) -> str:
    literal = _literal(connection, target.comment)
    if not target.name.column_name:
        return f"COMMENT = {literal}"
    definition = state.definition(target.name.column_name)
    if definition is None:
        raise StoreError(f"The definition of {target.name.qname} cannot be read.")
    return f"MODIFY COLUMN {definition.with_comment(literal)}"


def _read_tables(
    connection: sa.Connection, tables: Sequence[AssetName], ignores_case: bool, only_comments: bool
) -> dict[AssetName, dict[str, CatalogEntry]]:
    """Read tables with their columns, by the folded name of the column; the table itself has the empty one."""
    parts = (_TABLE, _COLUMNS) if only_comments else (_TABLE, _COLUMNS, _KEYS)
    selects = [part.format(number) for number in range(len(tables)) for part in parts]
    parameters: dict[str, str] = {}
    for number, table in enumerate(tables):
        parameters |= {f"s{number}": table.schema_name, f"t{number}": table.table_name}
    rows = [
        tuple(map(_text, row)) for row in connection.execute(sa.text(" UNION ALL ".join(selects)), parameters)
    ]
    asked = {_fold(table, ignores_case): table for table in tables}
    references: dict[AssetName, str] = {}
    kinds: dict[AssetName, str] = {}
    for what, schema, relation, column, first, second, third, _ in rows:
        if what == "key":
            references[AssetName(schema, relation, column)] = join_name([first, second, third])
        elif what == "table":
            kinds[AssetName(schema, relation)] = _KINDS.get(first, first.lower())
    found: dict[AssetName, dict[str, CatalogEntry]] = defaultdict(dict)
    for what, schema, relation, column, first, second, third, comment in rows:
        name = AssetName(schema, relation, column)
        wanted = asked.get(_fold(name.table, ignores_case))
        kind = kinds.get(name.table, "table")
        if wanted is None or what == "key":
            continue
        if what == "table":
            facts = AssetFacts(name, kind, comment="" if kind == "view" else comment)
        else:
            facts = AssetFacts(
                name, "column", first, second == "YES", third == "PRI", references.get(name, ""), comment
            )
        found[wanted][folded(column)] = CatalogEntry(facts, kind)
    return found


def _fold(name: AssetName, ignores_case: bool) -> AssetName:
    return AssetName(folded(name.schema_name), folded(name.table_name)) if ignores_case else name


def _spelled(name: str, there: Collection[str], ignores_case: bool) -> str | None:
    if name in there:
        return name
    return next((each for each in there if folded(each) == folded(name)), None) if ignores_case else None


def _is_mariadb(connection: sa.Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _has_schema_comments(connection: sa.Connection) -> bool:
    version = connection.dialect.server_version_info or ()
    return _is_mariadb(connection) and tuple(version[:2]) >= (10, 5)


def _identifier(connection: sa.Connection, name: str) -> str:
    # The dialect doubles percent signs for statements with parameters, which these have not.
    return connection.dialect.identifier_preparer.quote_identifier(name).replace("%%", "%")


def _path(connection: sa.Connection, table: AssetName) -> str:
    return f"{_identifier(connection, table.schema_name)}.{_identifier(connection, table.table_name)}"


def _literal(connection: sa.Connection, text: str) -> str:
    driver: Any = connection.connection.driver_connection
    return str(driver.escape(text))


def _execute(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _number(error: sa_errors.DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _text(value: object) -> str:
    """Read a catalogue's text; the drivers give some of them as bytes."""
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
