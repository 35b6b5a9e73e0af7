"""What drivers say becomes errors with a hint, and never repeats a secret."""

from __future__ import annotations

import socket
import sqlite3
import traceback
from contextlib import closing
from pathlib import Path

import psycopg
import pymysql
import pytest
import sqlalchemy.exc as sa_errors

from amx_tui.backends import registry
from amx_tui.config.secrets import Secret
from amx_tui.domain import errors
from amx_tui.store.driver_errors import Translator, is_victim

POSTGRESQL = Translator(registry.get("postgresql"), "prod/analytics", (Secret("open-sesame"),))
MYSQL = Translator(registry.get("mysql"), "prod/analytics", (Secret("open-sesame"),))
SQLITE = Translator(registry.get("sqlite"), "history.db")


def wrapped(error: Exception) -> sa_errors.DBAPIError:
    """Wrap a driver's error as SQLAlchemy does."""
    return sa_errors.OperationalError("SELECT 1", None, error)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("28P01", errors.AuthenticationError),
        ("42P01", errors.UndefinedSchemaError),
        ("3F000", errors.UndefinedSchemaError),
        ("42501", errors.PermissionDeniedError),
        ("25006", errors.ReadOnlyError),
        ("57014", errors.QueryTimeoutError),
        ("57P01", errors.UnreachableError),
        ("55P03", errors.LockedError),
        ("53100", errors.StoreError),
        ("22001", errors.StoreError),
    ],
)
def test_postgresql_states_have_errors_of_their_own(state: str, expected: type[Exception]) -> None:
    """A SQLSTATE that the user can act on is an error of its own, with a hint."""
    error = POSTGRESQL.translate(wrapped(psycopg.errors.lookup(state)("the server's words")))
    assert type(error) is expected
    assert error.hint


@pytest.mark.parametrize(
    ("words", "expected", "said"),
    [
        (
            'FATAL:  password authentication failed for user "al"',
            errors.AuthenticationError,
            "refused the login",
        ),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', errors.AuthenticationError, "refused the login"),
        ('FATAL:  database "dwh" does not exist', errors.UnreachableError, "no such database"),
        ("connection failed: Connection refused", errors.UnreachableError, "refuses connections"),
        ("failed to resolve host 'nowhere': Name or service not known", errors.UnreachableError, "resolved"),
        ("connection timeout expired", errors.UnreachableError, "does not answer"),
        ("FATAL:  sorry, too many clients already", errors.CrowdedError, "no more connections"),
        ("FATAL:  the database system is starting up", errors.UnreachableError, "starting"),
        ("SSL error: certificate verify failed", errors.UnreachableError, "TLS"),
    ],
)
def test_a_failed_login_at_postgresql_says_why(words: str, expected: type[Exception], said: str) -> None:
    """A login that fails has no code at libpq, only words, which are told apart."""
    error = POSTGRESQL.translate(wrapped(psycopg.OperationalError(words)))
    assert type(error) is expected
    assert said in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1045, errors.AuthenticationError),
        (1049, errors.UnreachableError),
        (1146, errors.UndefinedSchemaError),
        (1142, errors.PermissionDeniedError),
        (1044, errors.PermissionDeniedError),
        (1290, errors.ReadOnlyError),
        (1205, errors.LockedError),
        (1969, errors.QueryTimeoutError),
        (2013, errors.UnreachableError),
        (1114, errors.StoreError),
        (1406, errors.StoreError),
    ],
)
def test_mysql_numbers_have_errors_of_their_own(number: int, expected: type[Exception]) -> None:
    """An error number that the user can act on is an error of its own, with a hint."""
    error = MYSQL.translate(wrapped(pymysql.err.OperationalError(number, "the server's words")))
    assert type(error) is expected
    assert error.hint


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (ConnectionRefusedError(), "refuses connections"),
        (socket.gaierror(-2, "Name or service not known"), "resolved"),
        (TimeoutError(), "does not answer"),
        (ConnectionResetError(), "broke"),
    ],
)
def test_a_socket_at_mysql_says_why(cause: Exception, said: str) -> None:
    """The driver aiomysql has one number for everything; the cause tells what it was."""
    failure = pymysql.err.OperationalError(2003, "Can't connect to MySQL server on 'prod'")
    failure.__cause__ = cause
    error = MYSQL.translate(wrapped(failure))
    assert type(error) is errors.UnreachableError
    assert said in error.message


def sqlite_failure(path: Path, *statements: str) -> sqlite3.Error:
    """Return the error that SQLite raises for the last of the statements."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            for statement in statements:
                connection.execute(statement)
        except sqlite3.Error as error:
            return error
    raise AssertionError("nothing failed")


def test_a_file_that_somebody_holds_says_so(tmp_path: Path) -> None:
    """A lock that is not to be had names nothing lost."""
    path = tmp_path / "held.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        error = SQLITE.translate(wrapped(sqlite_failure(path, "BEGIN IMMEDIATE")))
    assert "holds" in error.message
    assert error.hint


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    """Another kind of file is not taken for a damaged one."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at closely by SQLite " * 20)
    error = SQLITE.translate(wrapped(sqlite_failure(path, "SELECT * FROM t")))
    assert "no SQLite database" in error.message


def test_a_file_that_only_reads_says_so(tmp_path: Path) -> None:
    """Writing to a read-only file is an error of its own."""
    failure = sqlite_failure(
        tmp_path / "read.db", "CREATE TABLE t (x)", "PRAGMA query_only = 1", "DROP TABLE t"
    )
    assert type(SQLITE.translate(wrapped(failure))) is errors.ReadOnlyError


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """No space left is said in so many words."""
    failure = sqlite_failure(
        tmp_path / "full.db",
        "PRAGMA max_page_count = 2",
        "CREATE TABLE t (x)",
        "INSERT INTO t VALUES (zeroblob(100000))",
    )
    assert "no space left" in SQLITE.translate(wrapped(failure)).message


def test_a_missing_driver_names_the_command() -> None:
    """The hint is the exact command that installs the driver."""
    error = MYSQL.translate(ModuleNotFoundError("No module named 'aiomysql'"))
    assert type(error) is errors.DriverMissingError
    assert error.hint == 'pip install "amx-tui[mysql]"'


def test_a_driver_that_repeats_the_password_is_not_kept_as_the_cause() -> None:
    """Neither the message nor a printed traceback holds the secret."""
    failure = wrapped(psycopg.OperationalError("cannot use postgresql://al:open-sesame@prod/analytics"))
    error = POSTGRESQL.translate(failure)
    printed = "".join(traceback.format_exception(error)) + repr(error)
    assert "open-sesame" not in printed
    assert error.__cause__ is None


def test_a_harmless_cause_is_kept() -> None:
    """Where nothing leaks, the log shows what the driver said."""
    failure = wrapped(psycopg.errors.UndefinedTable("no such thing"))
    assert POSTGRESQL.translate(failure).__cause__ is failure


def test_control_characters_of_a_server_are_shown_not_sent() -> None:
    """A server's words are foreign text like any other."""
    failure = wrapped(psycopg.errors.InsufficientPrivilege("denied \x1b[31mfor you\nand all"))
    assert "\x1b" not in POSTGRESQL.translate(failure).message


def test_victims_are_told_from_those_who_waited_too_long() -> None:
    """A deadlock's victim is tried again, a lock that was not to be had is not."""
    assert is_victim(wrapped(psycopg.errors.DeadlockDetected("deadlock")))
    assert is_victim(wrapped(pymysql.err.OperationalError(1213, "deadlock")))
    assert not is_victim(wrapped(pymysql.err.OperationalError(1205, "lock wait timeout")))
