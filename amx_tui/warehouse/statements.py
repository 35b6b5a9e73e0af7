"""The statement that sets a comment, for databases that are not written to from here: pure text for a client of theirs.

Their drivers are not needed to print a statement, so each backend's quoting is a small table of facts here.
"""

from __future__ import annotations

from dataclasses import dataclass

from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.store.tables.types import storable
from amx_tui.warehouse.model import kind_of

__all__ = ["PRINTED", "comment_statement"]


@dataclass(frozen=True, slots=True)
class _Words:
    """How a backend writes names, texts and the kinds of relation."""

    quote: tuple[str, str]
    """What stands before and behind a name."""
    inner_quote: str
    """What the closing one becomes within a name."""
    escapes: tuple[tuple[str, str], ...]
    """What becomes of characters within a text, in this order."""
    prefix: str = ""
    """What stands in front of a text."""

    def path(self, name: AssetName, *, upto_table: bool = False) -> str:
        """Write a qualified name."""
        parts = (name.schema_name, name.table_name, "" if upto_table else name.column_name)
        return ".".join(self.name(part) for part in parts if part)

    def name(self, part: str) -> str:
        """Write one part of a name."""
        before, behind = self.quote
        return before + part.replace(behind, self.inner_quote) + behind

    def text(self, text: str) -> str:
        """Write a text as a literal."""
        for character, written in self.escapes:
            text = text.replace(character, written)
        return f"{self.prefix}'{text}'"


_DOUBLED = ("'", "''")
_BACKSLASH = ("\\", "\\\\")
_ESCAPED = ("'", "\\'")
_LINES = (("\n", "\\n"), ("\r", "\\r"))
_DOUBLE = ('"', '"')
_BACKTICK = ("`", "`")

_WORDS = {
    "snowflake": _Words(_DOUBLE, '""', (_BACKSLASH, _DOUBLED)),
    "redshift": _Words(_DOUBLE, '""', (_BACKSLASH, _DOUBLED)),
    "duckdb": _Words(_DOUBLE, '""', (_DOUBLED,)),
    "bigquery": _Words(_BACKTICK, "\\`", (_BACKSLASH, _ESCAPED, *_LINES)),
    "databricks": _Words(_BACKTICK, "``", (_BACKSLASH, _ESCAPED)),
    "clickhouse": _Words(_BACKTICK, "\\`", (_BACKSLASH, _ESCAPED)),
    "mssql": _Words(("[", "]"), "]]", (_DOUBLED,), prefix="N"),
}
_WITHOUT_SCHEMAS = frozenset({"redshift", "duckdb", "clickhouse"})
"""These have no comments of schemas."""
_RELATIONS = {"view": "VIEW", "materialized view": "MATERIALIZED VIEW"}

PRINTED = frozenset(_WORDS)
"""The backends whose statements are printed."""


def comment_statement(backend_name: str, change: CommentChange) -> str:
    """Return the statement that sets or removes a comment; the kind of relation is what `change` says.

    Raises:
        UnsupportedHostError: The backend has no such comment, or its statements are not known here.
    """
    words = _WORDS.get(backend_name)
    if words is None:
        raise UnsupportedHostError(f"The statements of {backend_name} are not known here.")
    kind = kind_of(change.name)
    if kind == "schema" and backend_name in _WITHOUT_SCHEMAS:
        raise UnsupportedHostError(f"There are no comments of schemas on {backend_name}.")
    text = storable(change.comment)
    match backend_name:
        case "bigquery":
            return _bigquery(words, change, text)
        case "databricks":
            return _databricks(words, change, text)
        case "clickhouse":
            return _clickhouse(words, change, text)
        case "mssql":
            return _mssql(words, change, text)
        case _:
            what = kind.upper() if kind != "table" else _RELATIONS.get(change.kind, "TABLE")
            if what == "MATERIALIZED VIEW":
                # Their COMMENT ON knows views only.
                what = "VIEW"
            return f"COMMENT ON {what} {words.path(change.name)} IS {words.text(text) if text else 'NULL'}"


def _bigquery(words: _Words, change: CommentChange, text: str) -> str:
    name = change.name
    what = "SCHEMA" if not name.table_name else _RELATIONS.get(change.kind, "TABLE")
    column = f" ALTER COLUMN {words.name(name.column_name)}" if name.column_name else ""
    description = words.text(text) if text else "NULL"
    return (
        f"ALTER {what} {words.path(name, upto_table=True)}{column} SET OPTIONS (description = {description})"
    )


def _databricks(words: _Words, change: CommentChange, text: str) -> str:
    name = change.name
    if name.column_name:
        table = words.path(name, upto_table=True)
        return f"ALTER TABLE {table} ALTER COLUMN {words.name(name.column_name)} COMMENT {words.text(text)}"
    what = "TABLE" if name.table_name else "SCHEMA"
    return f"COMMENT ON {what} {words.path(name)} IS {words.text(text) if text else 'NULL'}"


def _clickhouse(words: _Words, change: CommentChange, text: str) -> str:
    name = change.name
    table = words.path(name, upto_table=True)
    if name.column_name:
        return f"ALTER TABLE {table} COMMENT COLUMN {words.name(name.column_name)} {words.text(text)}"
    return f"ALTER TABLE {table} MODIFY COMMENT {words.text(text)}"


def _mssql(words: _Words, change: CommentChange, text: str) -> str:
    """Write the extended property that SQL Server's own tools show as the description."""
    name = change.name
    relation = "VIEW" if change.kind == "view" else "TABLE"
    levels = [("SCHEMA", name.schema_name), (relation, name.table_name), ("COLUMN", name.column_name)]
    given = [(kind, words.text(part)) for kind, part in levels if part]
    listed = [f"N'{kind}', {part}" for kind, part in given] + ["NULL, NULL"] * (3 - len(given))
    where = ", ".join(
        f"@level{number}type = N'{kind}', @level{number}name = {part}"
        for number, (kind, part) in enumerate(given)
    )
    exists = f"EXISTS (SELECT 1 FROM sys.fn_listextendedproperty(N'MS_Description', {', '.join(listed)}))"
    property_ = "@name = N'MS_Description'"
    if not text:
        return f"IF {exists} EXEC sys.sp_dropextendedproperty {property_}, {where}"
    value = f"@value = {words.text(text)}"
    return (
        f"IF {exists} EXEC sys.sp_updateextendedproperty {property_}, {value}, {where}"
        f" ELSE EXEC sys.sp_addextendedproperty {property_}, {value}, {where}"
    )
