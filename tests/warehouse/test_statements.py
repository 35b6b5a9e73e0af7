"""The statements for databases that are not written to from here, read by a parser of each dialect."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import expressions
from sqlglot.errors import ParseError

from amx_tui.backends import BACKENDS
from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.warehouse.statements import PRINTED, comment_statement
from tests.warehouse.described import TEXTS

SCHEMA, TABLE = AssetName("sales"), AssetName("sales", "customer")
COLUMN, ODD = AssetName("sales", "customer", "c_email"), AssetName('a"b`c]d', "select", "it's")
DIALECTS = {"snowflake": "snowflake", "redshift": "redshift", "duckdb": "duckdb", "databricks": "databricks",
            "bigquery": "bigquery", "clickhouse": "clickhouse", "mssql": "tsql"}  # fmt: skip


def statement(backend: str, name: AssetName, comment: str = "it's", kind: str = "table") -> str:
    """The statement for one asset."""
    return comment_statement(backend, CommentChange(name, kind, comment))


def test_every_backend_is_written_to_or_printed() -> None:
    """No backend is without a way."""
    assert set(BACKENDS) - PRINTED == {"sqlite", "postgresql", "mysql"}
    assert set(DIALECTS) == PRINTED
    with pytest.raises(UnsupportedHostError):
        statement("oracle", TABLE)


@pytest.mark.parametrize(
    ("backend", "schema", "table", "column"),
    [
        (
            "snowflake",
            """COMMENT ON SCHEMA "sales" IS 'it''s'""",
            """COMMENT ON TABLE "sales"."customer" IS 'it''s'""",
            """COMMENT ON COLUMN "sales"."customer"."c_email" IS 'it''s'""",
        ),
        (
            "redshift",
            "",
            """COMMENT ON TABLE "sales"."customer" IS 'it''s'""",
            """COMMENT ON COLUMN "sales"."customer"."c_email" IS 'it''s'""",
        ),
        (
            "duckdb",
            "",
            """COMMENT ON TABLE "sales"."customer" IS 'it''s'""",
            """COMMENT ON COLUMN "sales"."customer"."c_email" IS 'it''s'""",
        ),
        (
            "bigquery",
            """ALTER SCHEMA `sales` SET OPTIONS (description = 'it\\'s')""",
            """ALTER TABLE `sales`.`customer` SET OPTIONS (description = 'it\\'s')""",
            """ALTER TABLE `sales`.`customer` ALTER COLUMN `c_email` SET OPTIONS (description = 'it\\'s')""",
        ),
        (
            "databricks",
            """COMMENT ON SCHEMA `sales` IS 'it\\'s'""",
            """COMMENT ON TABLE `sales`.`customer` IS 'it\\'s'""",
            """ALTER TABLE `sales`.`customer` ALTER COLUMN `c_email` COMMENT 'it\\'s'""",
        ),
        (
            "clickhouse",
            "",
            """ALTER TABLE `sales`.`customer` MODIFY COMMENT 'it\\'s'""",
            """ALTER TABLE `sales`.`customer` COMMENT COLUMN `c_email` 'it\\'s'""",
        ),
    ],
)
def test_each_dialect_has_its_own_way(backend: str, schema: str, table: str, column: str) -> None:
    """Schemas, tables and columns; where there are no comments of schemas, that is said."""
    if schema:
        assert statement(backend, SCHEMA) == schema
    else:
        with pytest.raises(UnsupportedHostError, match="schemas"):
            statement(backend, SCHEMA)
    assert statement(backend, TABLE) == table
    assert statement(backend, COLUMN) == column
    # The parser knows no MODIFY COMMENT and no description of a column; it must not choke on texts and names.
    for text in (table, column):
        try:
            parsed = sqlglot.parse(text, dialect=DIALECTS[backend])
        except ParseError:
            assert backend in {"bigquery", "clickhouse"}
        else:
            assert len(parsed) == 1


def test_sql_server_has_extended_properties() -> None:
    """Its own tools show MS_Description; it is added, updated or dropped, whichever fits what is there."""
    levels = (
        "@level0type = N'SCHEMA', @level0name = N'sales', @level1type = N'TABLE', @level1name = N'customer'"
    )
    exists = (
        "IF EXISTS (SELECT 1 FROM sys.fn_listextendedproperty(N'MS_Description', N'SCHEMA', N'sales',"
        " N'TABLE', N'customer', NULL, NULL))"
    )
    assert statement("mssql", TABLE) == (
        f"{exists} EXEC sys.sp_updateextendedproperty @name = N'MS_Description', @value = N'it''s', {levels}"
        f" ELSE EXEC sys.sp_addextendedproperty @name = N'MS_Description', @value = N'it''s', {levels}"
    )
    assert statement("mssql", TABLE, "") == (
        f"{exists} EXEC sys.sp_dropextendedproperty @name = N'MS_Description', {levels}"
    )
    assert "@level2type = N'COLUMN', @level2name = N'it''s'" in statement("mssql", ODD)
    assert "N'VIEW', N'customer'" in statement("mssql", TABLE, kind="view")


@pytest.mark.parametrize(("backend", "kind", "words"), [
    ("snowflake", "view", "COMMENT ON VIEW"), ("bigquery", "materialized view", "ALTER MATERIALIZED VIEW"),
    ("duckdb", "materialized view", "COMMENT ON VIEW"), ("databricks", "view", "COMMENT ON TABLE"),
])  # fmt: skip
def test_relations_are_called_by_their_kind(backend: str, kind: str, words: str) -> None:
    """A view is no table to every dialect."""
    assert statement(backend, TABLE, kind=kind).startswith(words)


@pytest.mark.parametrize("backend", ["snowflake", "redshift", "duckdb", "databricks"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_parser_reads_the_very_text_and_names(backend: str, text: str) -> None:
    """Quotes, backslashes, semicolons and line ends stay inside the literal, odd characters inside the name."""
    table = AssetName(ODD.schema_name, ODD.table_name)
    (parsed,) = sqlglot.parse(statement(backend, table, text), dialect=DIALECTS[backend])
    assert isinstance(parsed, expressions.Comment)
    assert parsed.expression.this == text
    found = parsed.find(expressions.Table)
    assert found is not None
    assert (found.db, found.name) == (table.schema_name, table.table_name)


@pytest.mark.parametrize("backend", ["bigquery", "clickhouse"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_literal_of_the_dialect_reads_back(backend: str, text: str) -> None:
    """The same where the parser does not know the statement around the literal."""
    written = statement(backend, TABLE, text)
    literal = written.partition("description = " if backend == "bigquery" else "MODIFY COMMENT ")[2]
    literal = literal.removesuffix(")") if backend == "bigquery" else literal
    parsed = sqlglot.parse_one(f"SELECT {literal}", dialect=DIALECTS[backend])
    assert [each.this for each in parsed.find_all(expressions.Literal)] == [text]


@pytest.mark.parametrize("backend", sorted(PRINTED - {"mssql"}))
def test_an_empty_text_removes_the_comment(backend: str) -> None:
    """NULL where the dialect has it, else an empty text."""
    assert statement(backend, TABLE, "").endswith(("NULL", "NULL)", "''"))
