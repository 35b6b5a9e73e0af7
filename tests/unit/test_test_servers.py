"""The databases that the other tests rely on are what they say."""

from __future__ import annotations

import pytest

from tests.servers import HostServer, MysqlHost, PostgresHost, SqliteHost


def test_a_host_runs_statements_and_returns_rows(host: HostServer) -> None:
    """Several statements in one text run all, and params reach the rows on every backend."""
    host.sync_execute("CREATE TABLE t (a INTEGER, b VARCHAR(20)); INSERT INTO t VALUES (1, 'one')")
    host.sync_execute("INSERT INTO t VALUES (%s, %s)", [2, "zwölf; 'x'"])
    rows = host.sync_execute("SELECT a, b FROM t ORDER BY a")
    assert [tuple(row) for row in rows] == [(1, "one"), (2, "zwölf; 'x'")]


@pytest.mark.parametrize("round_number", [1, 2])
def test_every_test_gets_an_empty_database(host: HostServer, round_number: int) -> None:
    """What one test makes is not there for the next."""
    host.sync_execute(f"CREATE TABLE only_mine (a INTEGER); INSERT INTO only_mine VALUES ({round_number})")
    assert [tuple(row) for row in host.sync_execute("SELECT a FROM only_mine")] == [(round_number,)]


@pytest.mark.postgresql
def test_a_postgresql_login_has_its_grants_and_no_more(postgres_host: PostgresHost) -> None:
    """A role made for a test may read where it was told so, and cannot write; its password is checked."""
    import psycopg

    schema = postgres_host.schema
    postgres_host.sync_execute(f'CREATE SCHEMA "{schema}"; CREATE TABLE "{schema}".t (a INTEGER)')
    reader = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}', 'GRANT SELECT ON "{schema}".t TO {user}'
    )
    assert reader.sync_execute(f'SELECT * FROM "{schema}".t') == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.sync_execute(f'INSERT INTO "{schema}".t VALUES (1)')
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(reader.url.replace(str(reader.values["password"]), "wrong"))


@pytest.mark.mysql
def test_a_mysql_login_has_its_grants_and_no_more(mysql_host: MysqlHost) -> None:
    """A user made for a test may read where it was told so, and cannot write."""
    import pymysql

    schema = mysql_host.schema
    mysql_host.sync_execute(f"CREATE DATABASE `{schema}`; CREATE TABLE `{schema}`.t (a INTEGER)")
    reader = mysql_host.login(
        "GRANT SELECT ON `{schema}`.* TO {user}", "GRANT SELECT ON `{database}`.* TO {user}"
    )
    assert reader.sync_execute(f"SELECT * FROM `{schema}`.t") == []
    with pytest.raises(pymysql.OperationalError, match="INSERT command denied"):
        reader.sync_execute(f"INSERT INTO `{schema}`.t VALUES (1)")


@pytest.mark.mysql
def test_a_mysql_test_leaves_no_database_and_no_user(mysql_host: MysqlHost) -> None:
    """Closing a host drops its database, its schemas and its users from the server they share."""
    mysql_host.sync_execute(f"CREATE DATABASE `{mysql_host.schema}`")
    other = mysql_host.login()
    names = f"('{mysql_host.values['user']}', '{other.values['user']}')"
    mysql_host.close()
    server = mysql_host._server
    left = server.execute(server.admin, f"SELECT user FROM mysql.user WHERE user IN {names}")
    token = mysql_host.schema.removeprefix("AMX_")
    left += server.execute(server.admin, f"SHOW DATABASES LIKE '%{token}%'")
    assert left == []


@pytest.mark.postgresql
@pytest.mark.parametrize("round_number", [1, 2])
def test_the_amx_cli_store_comes_fresh_and_whole(amx_cli_store: PostgresHost, round_number: int) -> None:
    """Each test gets the twenty runs and 573 results again, in tables that the profile's user owns."""
    counts = amx_cli_store.sync_execute(
        'SELECT (SELECT count(*) FROM "AMX".analysis_runs), (SELECT count(*) FROM "AMX".run_results)'
    )
    assert counts == [(20, 573)]
    amx_cli_store.sync_execute('DELETE FROM "AMX".run_results')


def test_a_sqlite_host_is_a_file_that_is_not_there_yet(sqlite_host: SqliteHost) -> None:
    """The program, not the fixture, makes the file."""
    from pathlib import Path

    assert not Path(str(sqlite_host.values["database"])).exists()
