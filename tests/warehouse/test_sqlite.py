"""SQLite's comments lie in a table of their file, and its schemas are attached files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from amx_tui.config.model import Profile
from amx_tui.domain.assets import AssetName
from amx_tui.domain.errors import ConfigError
from amx_tui.services.described import open_warehouse
from tests.servers import SqliteHost
from tests.warehouse.described import change, warehouse_of


def run(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Run SQL on a file by a connection of the test's own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


async def test_attached_files_are_schemas(tmp_path: Path, sqlite_host: SqliteHost) -> None:
    """Each file keeps the comments of its own tables; relative paths are seen from the main file's folder."""
    run(
        tmp_path / "sales.db",
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, up INT REFERENCES customer (id))",
    )
    run(tmp_path / "fin.db", "CREATE TABLE invoice (id INT)")
    sqlite_host.sync_execute("CREATE TABLE t (a INT)")
    changes = [
        change("sales", comment="the schema"),
        change("sales", "customer", "name", comment="their name"),
        change("a b", "invoice", comment="an invoice"),
        change("main", "t", "a", comment="in the main file"),
    ]
    attached = f"sales=sales.db, a b={tmp_path / 'fin.db'}"
    async with warehouse_of(sqlite_host, attached=attached) as warehouse:
        assert "amx_comments" in warehouse.note
        assert warehouse.place == str(tmp_path / "host.db")
        assert run(tmp_path / "sales.db", "SELECT count(*) FROM sqlite_master") == [(1,)]
        outcomes = await warehouse.write(changes)
        assert all(outcome.is_written for outcome in outcomes)
        facts = await warehouse.facts(
            [*(each.name for each in changes), AssetName("sales", "customer", "up")]
        )
    assert [facts[each.name].comment for each in changes] == [each.comment for each in changes]
    assert facts[AssetName("sales", "customer", "up")].references == "sales.customer.id"
    assert facts[AssetName("sales", "customer", "name")].is_nullable is False
    assert run(tmp_path / "sales.db", "SELECT * FROM amx_comments ORDER BY 1, 2") == [
        ("", "", "the schema"),
        ("customer", "name", "their name"),
    ]
    assert run(tmp_path / "fin.db", "SELECT * FROM amx_comments") == [("invoice", "", "an invoice")]


async def test_a_file_that_is_not_there_is_named(sqlite_host: SqliteHost) -> None:
    """It is not made by the way: a mistyped path would be described as an empty database."""
    sqlite_host.sync_execute("CREATE TABLE t (a INT)")
    async with warehouse_of(sqlite_host, attached="sales=nowhere.db") as warehouse:
        with pytest.raises(ConfigError, match=r"nowhere\.db"):
            await warehouse.facts([AssetName("sales", "t")])
    assert not (Path(str(sqlite_host.values["database"])).parent / "nowhere.db").exists()


async def test_a_file_that_can_only_be_read_does_not_stop_the_others(
    tmp_path: Path, sqlite_host: SqliteHost
) -> None:
    """Its comments are told as refused; those of the other files are written."""
    sqlite_host.sync_execute("CREATE TABLE t (a INT)")
    locked = tmp_path / "locked.db"
    run(locked, "CREATE TABLE t (a INT)")
    with closing(sqlite3.connect(locked, isolation_level=None)) as holder:
        # Whoever runs the tests may write anywhere, so a trigger of the file itself refuses.
        holder.execute(
            "CREATE TABLE amx_comments (table_name, column_name, comment, PRIMARY KEY (table_name, column_name))"
        )
        holder.execute(
            "CREATE TRIGGER no BEFORE INSERT ON amx_comments BEGIN SELECT RAISE(ABORT, 'no comments here'); END"
        )
    async with warehouse_of(sqlite_host, attached="locked=locked.db") as warehouse:
        refused, written = await warehouse.write(
            [change("locked", "t", "a", comment="x"), change("main", "t", "a", comment="y")]
        )
    assert (refused.is_written, written.is_written) == (False, True)
    assert "no comments here" in refused.error_text


async def test_a_view_over_what_is_gone_hides_nothing(sqlite_host: SqliteHost) -> None:
    """It has no columns any more; those of other tables are read all the same."""
    sqlite_host.sync_execute(
        "CREATE TABLE t (a INT); CREATE TABLE u (b INT); CREATE VIEW v AS SELECT b FROM u; DROP TABLE u"
    )
    names = [AssetName("main", "v", "b"), AssetName("main", "v"), AssetName("main", "t", "a")]
    async with warehouse_of(sqlite_host) as warehouse:
        facts = await warehouse.facts(names)
    assert list(facts) == names[1:]


async def test_other_databases_are_refused_with_a_reason_and_their_statements(tmp_path: Path) -> None:
    """DuckDB has comments, but its catalogue is not read from here; its statements are printed."""
    pytest.importorskip("duckdb_engine")
    warehouse = await open_warehouse(Profile("d", "duckdb", {"database": str(tmp_path / "x.duckdb")}), {})
    try:
        assert "DuckDB" in warehouse.reason_against_writing()
        assert warehouse.script([change("s", "t", comment="x"), change("s", comment="x")]) == (
            """COMMENT ON TABLE "s"."t" IS 'x'""",
        )
    finally:
        await warehouse.close()


@pytest.mark.parametrize(
    ("attached", "problem"),
    [
        ("sales=a.db, fin=b.db", ""),
        ("sales", "name=path"),
        ("sales=", "name=path"),
        ("sales=a, Sales=b", "name of its own"),
        ("main=a", "main"),
        (", ".join(f"s{number}=x" for number in range(11)), "10 files"),
    ],
)
def test_the_form_checks_attached_files(attached: str, problem: str) -> None:
    """A mistake is said while it is typed."""
    problems = Profile("p", "sqlite", {"database": "x.db", "attached": attached}).problems()
    assert problem in problems.get("attached", "")
    assert bool(problems) == bool(problem)
