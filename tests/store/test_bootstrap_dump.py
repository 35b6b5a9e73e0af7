"""The statements of a store for every backend that can host one, without a connection or a driver."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import sqlglot
from sqlglot import expressions

from amx_tui.backends import BACKENDS
from amx_tui.domain.errors import ConfigError, NotFoundError, UnsupportedHostError
from amx_tui.domain.identity import Identity
from amx_tui.store.bootstrap import dump_ddl, plan_store
from amx_tui.store.plans import Plan
from tests.servers import HostServer
from tests.store.hosts import ALICE, connected, qualified, tables_in

HOSTS = [name for name, backend in BACKENDS.items() if backend.can_host]
DIALECTS = {
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
    "redshift": "redshift",
}
EXPECTED_TABLES = 16


def _created(plan: Plan) -> list[str]:
    return [item.sql for item in plan.statements if re.search(r"\bCREATE TABLE\b", item.sql)]


def test_eight_backends_can_host() -> None:
    """The AMX documentation names seven; SQLite is ours."""
    assert sorted(HOSTS) == [
        "bigquery", "databricks", "mssql", "mysql", "postgresql", "redshift", "snowflake", "sqlite",
    ]  # fmt: skip


@pytest.mark.parametrize("backend", HOSTS)
def test_every_host_gets_every_table_under_the_quoted_schema(backend: str) -> None:
    """All tables, each column with its comment, and the row about the store, which comes last."""
    plan = dump_ddl(backend, schema="AMX", identity=ALICE, client_version="0.1.0")
    created = _created(plan)
    assert len(created) == EXPECTED_TABLES
    prefix = {
        "sqlite": "",
        "mysql": "`AMX`.",
        "bigquery": "`AMX`.",
        "databricks": "`AMX`.",
        "mssql": "[AMX].",
    }
    name = prefix.get(backend, '"AMX".')
    assert all(
        re.search(rf"CREATE TABLE (IF NOT EXISTS )?{re.escape(name)}`?_?[a-z]", sql) for sql in created
    )
    assert "one row per asset that a run described" in plan.script
    assert "UUID" in plan.script
    assert plan.statements[-1].sql.startswith("INSERT INTO")
    assert "alice@acme.com" in plan.statements[-1].sql
    assert plan.creates_schema == (backend != "sqlite")


@pytest.mark.parametrize("backend", sorted(DIALECTS))
def test_cloud_statements_parse_in_their_own_dialect(backend: str) -> None:
    """A parser of that dialect reads each statement as what it is meant to be, columns complete."""
    plan = dump_ddl(backend, schema="AMX", identity=Identity("O'Brien\\x", "h"))
    tables: dict[str, list[str]] = {}
    for item in plan.statements:
        for parsed in sqlglot.parse(item.sql, dialect=DIALECTS[backend]):
            assert not isinstance(parsed, expressions.Command), item.sql
            if isinstance(parsed, expressions.Create) and parsed.kind == "TABLE":
                columns = [column.name for column in parsed.find_all(expressions.ColumnDef)]
                table = parsed.find(expressions.Table)
                assert table is not None
                tables[table.name] = columns
    assert len(tables) == EXPECTED_TABLES
    assert {"run_id", "created_by", "started_at", "scope_json"} <= set(tables["amx_history_runs"])
    assert {"result_id", "target_qname", "alternatives_json", "version"} <= set(tables["amx_history_results"])
    row = sqlglot.parse_one(plan.statements[-1].sql, dialect=DIALECTS[backend])
    assert "O'Brien\\x" in {literal.this for literal in row.find_all(expressions.Literal)}


def test_tables_of_sql_server_parse() -> None:
    """The CREATE TABLE inside each guarded block is T-SQL; every index stands behind a guard too."""
    plan = dump_ddl("mssql", schema="AMX")
    for sql in _created(plan):
        table = re.search(r"CREATE TABLE .*?\n\)", sql, re.DOTALL)
        assert table is not None
        assert isinstance(sqlglot.parse_one(table.group(), dialect="tsql"), expressions.Create)
    for item in plan.statements[:-1]:
        assert item.sql.startswith("IF "), item.sql


@pytest.mark.parametrize("backend", ["snowflake", "bigquery", "databricks", "redshift"])
def test_backends_without_indexes_get_none_and_a_note(backend: str) -> None:
    """No statement that the backend would refuse; what is missing compared with PostgreSQL is said."""
    plan = dump_ddl(backend, schema="AMX")
    assert not any(re.search(r"CREATE (UNIQUE )?INDEX", item.sql) for item in plan.statements)
    assert any("index" in note for note in plan.notes)
    assert any("Primary keys" in note for note in plan.notes)


def test_sql_server_gets_no_index_that_would_refuse_long_names() -> None:
    """Its indexes hold 1,700 bytes; an index over a longer column would make inserting fail."""
    plan = dump_ddl("mssql", schema="AMX")
    assert not any("ix_amx_history_results_target" in item.sql for item in plan.statements)
    assert any("ix_amx_history_results_run_id" in item.sql for item in plan.statements)
    assert any("1,700" in note for note in plan.notes)


@pytest.mark.parametrize("backend", ["clickhouse", "duckdb"])
def test_backends_without_safe_updates_are_refused_with_the_reason(backend: str) -> None:
    """ClickHouse and DuckDB have no row-level UPDATE that concurrent members could rely on."""
    with pytest.raises(UnsupportedHostError, match="row-level UPDATE") as caught:
        dump_ddl(backend, schema="AMX")
    assert "PostgreSQL" in caught.value.hint


def test_an_unknown_backend_is_refused() -> None:
    """A name that is no backend is named in the error."""
    with pytest.raises(NotFoundError, match="nosuch"):
        dump_ddl("nosuch", schema="AMX")


@pytest.mark.parametrize(
    ("backend", "schema"),
    [
        ("bigquery", "a-b"),
        ("databricks", "a.b"),
        ("databricks", "a b"),
        ("redshift", "x" * 128),
        ("mssql", "sys"),
    ],
)
def test_a_name_that_the_backend_cannot_have_is_refused(backend: str, schema: str) -> None:
    """The rules for names are each backend's own."""
    with pytest.raises(ConfigError):
        dump_ddl(backend, schema=schema)


def test_a_line_break_in_a_note_stays_inside_its_comment() -> None:
    """A name out of the database must not become a statement of the script."""
    plan = Plan((), "AMX", "postgresql", notes=("The user x\nDROP TABLE y; may not create tables.",))
    assert all(line.startswith("--") for line in plan.script.splitlines())


async def test_a_dump_run_by_hand_is_a_whole_store(host: HostServer) -> None:
    """A DBA runs the script with a client of the database; enabling then finds nothing missing."""
    script = dump_ddl(host.backend, schema=host.schema).script
    host.sync_execute(script)
    async with connected(host) as database:
        plan = await plan_store(database, schema=host.schema, identity=ALICE)
    assert plan.is_empty, plan.script
    assert len(tables_in(host, host.schema)) == EXPECTED_TABLES


def test_a_dump_run_twice_changes_nothing(host: HostServer) -> None:
    """Everything in the script asks whether it is there, so a second run of it is harmless."""
    script = dump_ddl(host.backend, schema=host.schema).script
    host.sync_execute(script)
    host.sync_execute(script)
    assert host.sync_execute(f"SELECT COUNT(*) FROM {qualified(host, '_amx_schema_meta')}")[0][0] == 1


def test_dumping_imports_no_driver() -> None:
    """Whoever has only the wheel can print the statements of every backend."""
    code = (
        "import sys\n"
        "from amx_tui.store.bootstrap import dump_ddl\n"
        f"for backend in {HOSTS!r}: dump_ddl(backend, schema='AMX')\n"
        "drivers = ('psycopg', 'aiomysql', 'pymysql', 'aiosqlite', 'pyodbc', 'snowflake', 'databricks', 'google')\n"
        "print([name for name in drivers if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
