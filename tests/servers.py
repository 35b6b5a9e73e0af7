"""The databases that tests run against: SQLite files, an embedded PostgreSQL, a MySQL or MariaDB.

Every test gets a database of its own, which goes away after it. Set-up runs over plain synchronous drivers,
so that a test never prepares its facts with the code it is about.
"""

from __future__ import annotations

import itertools
import os
import secrets
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

from tests.embedded import SUPERUSER, Cluster

OWNER = "amx_owner"
MYSQL_SOCKETS = ("/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/tmp/mysql.sock")

Row = tuple[Any, ...]


class HostServer(ABC):
    """One fresh database, reached as a profile reaches it.

    Attributes:
        backend: "sqlite", "postgresql" or "mysql", the `backend` of a profile.
        values: the profile's other values (see `amx_cli_layout`: host, port, user, password, database, ...).
        schema: the store schema a test should use here; "" on SQLite, which has none. On MySQL a schema is a
            database of the whole server, so its name is unique there, and it is dropped after the test.
    """

    backend: str
    schema: str

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.values.get('database')!r})"

    @abstractmethod
    def sync_execute(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run SQL as the profile's user, committed at once, and return the last statement's rows.

        Several statements may stand in one text when there are no params. Params are `%s` on every backend.
        """

    @abstractmethod
    def admin_execute(self, sql: str) -> list[Row]:
        """Run SQL in this database with every right, for set-up that the profile's user may not do."""

    @abstractmethod
    def login(self, *grants: str) -> Self:
        """Return this database seen by a new user who may log in, and has only the given grants.

        Args:
            grants: GRANT statements, run with every right, in which `{user}`, `{database}` and `{schema}` are
                replaced: `GRANT USAGE ON SCHEMA "{schema}" TO {user}`.
        """

    @abstractmethod
    def close(self) -> None:
        """Delete the database and every user that `login` made."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for a proxy in between."""
        host, port = self.values["host"], self.values["port"]
        assert isinstance(host, str)
        assert isinstance(port, int)
        return host, port


class SqliteHost(HostServer):
    """A SQLite file that does not exist yet."""

    backend = "sqlite"
    schema = ""

    def __init__(self, path: Path) -> None:
        super().__init__({"database": str(path)})

    def sync_execute(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run SQL on the file; see `HostServer.sync_execute`."""
        with closing(sqlite3.connect(str(self.values["database"]), isolation_level=None)) as connection:
            try:
                rows: list[Row] = connection.execute(sql.replace("%s", "?"), tuple(params)).fetchall()
            except (sqlite3.Warning, sqlite3.ProgrammingError):  # several statements; 3.11 only warns
                connection.executescript(sql)
                return []
            return rows

    def admin_execute(self, sql: str) -> list[Row]:
        """Run SQL on the file: SQLite knows no users."""
        return self.sync_execute(sql)

    def login(self, *grants: str) -> Self:
        """SQLite knows no users, so a test of rights cannot run on it."""
        raise NotImplementedError("SQLite has no users")

    def close(self) -> None:
        """Nothing to do: the file lies in the test's own folder."""


class PostgresHost(HostServer):
    """A database of the embedded PostgreSQL, owned by the profile's user, who is no superuser."""

    backend = "postgresql"
    schema = "AMX"

    def __init__(self, server: PostgresServer, values: dict[str, object]) -> None:
        super().__init__(values)
        self._server = server
        self._roles: list[str] = []

    @property
    def url(self) -> str:
        """The database as libpq writes it: postgresql://user:password@host:port/database."""
        v = self.values
        return f"postgresql://{v['user']}:{quote(str(v['password']))}@{v['host']}:{v['port']}/{v['database']}"

    def sync_execute(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run SQL over psycopg; see `HostServer.sync_execute`."""
        return self._server.execute(self.values, sql, params)

    def admin_execute(self, sql: str) -> list[Row]:
        """Run SQL in this database as the superuser."""
        return self._server.execute(self.values | self._server.superuser, sql)

    def login(self, *grants: str) -> Self:
        """Return this database seen by a new role; see `HostServer.login`."""
        role, password = f"amx_user_{secrets.token_hex(4)}", secrets.token_urlsafe(8)
        self._roles.append(role)
        self.admin_execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        for grant in grants:
            self.admin_execute(_filled(grant, role, str(self.values["database"]), self.schema))
        return type(self)(self._server, self.values | {"user": role, "password": password})

    def close(self) -> None:
        """Drop the database, whoever is still connected, then the roles, which own nothing any more."""
        self._server.drop(str(self.values["database"]), self._roles)


class PostgresServer:
    """One worker's access to the run's embedded PostgreSQL."""

    def __init__(self, cluster: Cluster) -> None:
        import psycopg

        self.cluster = cluster
        self.superuser: dict[str, object] = {"user": SUPERUSER, "password": cluster.password}
        self._names = (f"amx_{os.getpid()}_{number}" for number in itertools.count())
        self._admin = psycopg.connect(
            **self._arguments(self._values("postgres") | self.superuser), autocommit=True
        )
        # Any worker may come first, and a role is made once for all of them.
        self._admin.execute("SELECT pg_advisory_lock(19)")
        if not self._admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            self._admin.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{OWNER}'")
        self._admin.execute("SELECT pg_advisory_unlock(19)")

    def host(self, template: str = "template0") -> PostgresHost:
        """Return a fresh database, empty or as the template database is."""
        name = next(self._names)
        self._admin.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy")
        return PostgresHost(self, self._values(name))

    def template(self, name: str, sql: str) -> str:
        """Make a database for `host` to copy, unless it is there; callers hold a lock of the run."""
        if not self._admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            self._admin.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 STRATEGY file_copy")
            self.execute(self._values(name), sql)
        return name

    def execute(self, values: dict[str, object], sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run SQL over a connection of its own and return the last statement's rows."""
        import psycopg

        # LiteralString is a guard against injection; these statements are the tests' own.
        text: Any = sql
        with psycopg.connect(**self._arguments(values), autocommit=True) as connection:
            cursor = connection.execute(text, tuple(params) or None)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def drop(self, database: str, roles: Sequence[str]) -> None:
        """Drop a database whoever is connected, and roles that have rights in it alone."""
        self._admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        for role in roles:
            self._admin.execute(f"DROP ROLE IF EXISTS {role}")

    def close(self) -> None:
        """Close the worker's own connection; the server goes on for the other workers."""
        self._admin.close()

    def _values(self, database: str) -> dict[str, object]:
        return {
            "host": self.cluster.host,
            "port": self.cluster.port,
            "user": OWNER,
            "password": OWNER,
            "database": database,
            "sslmode": "disable",
        }

    def _arguments(self, values: dict[str, object]) -> dict[str, Any]:
        named = {key: value for key, value in values.items() if key != "database"}
        return named | {"dbname": values["database"]}


class MysqlHost(HostServer):
    """A database of a MySQL or MariaDB server; the profile's user sees only what belongs to this test."""

    backend = "mysql"

    def __init__(self, server: MysqlServer, values: dict[str, object], token: str) -> None:
        super().__init__(values)
        self.schema = f"AMX_{token}"
        self._server = server
        self._token = token
        self._users: list[str] = [str(values["user"])]

    def sync_execute(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run SQL over PyMySQL; see `HostServer.sync_execute`."""
        return self._server.execute(self.values, sql, params)

    def admin_execute(self, sql: str) -> list[Row]:
        """Run SQL in this database with the rights that the tests have on the server."""
        return self._server.execute(self._server.admin | {"database": self.values["database"]}, sql)

    def login(self, *grants: str) -> Self:
        """Return this database seen by a new user; see `HostServer.login`."""
        user, password = self._server.make_user()
        self._users.append(user)
        for grant in grants:
            account = f"'{user}'@'{self._server.user_host}'"
            self.admin_execute(_filled(grant, account, str(self.values["database"]), self.schema))
        return type(self)(self._server, self.values | {"user": user, "password": password}, self._token)

    def close(self) -> None:
        """Drop this test's databases (its schemas are databases too) and users."""
        self._server.drop(self._token, self._users)


class MysqlServer:
    """A MySQL or MariaDB server on which the tests may make databases and users."""

    def __init__(self, admin: dict[str, object]) -> None:
        self.admin = admin
        self._endpoint, self.user_host = self._reachable()

    @classmethod
    def find(cls) -> MysqlServer | str:
        """Return the server at $AMX_TEST_MYSQL_URL or at the standard places, or say what was lacking."""
        try:
            import pymysql
        except ModuleNotFoundError:
            return "the package aiomysql (with PyMySQL) is not installed"
        missed: list[str] = []
        for place, admin in _mysql_places():
            if "unix_socket" in admin and not Path(str(admin["unix_socket"])).exists():
                missed.append(f"{place}: no such socket")
                continue
            try:
                return cls(admin)
            except pymysql.MySQLError as error:
                missed.append(f"{place}: {error.args[-1]}")
        return "no MySQL or MariaDB to test with: " + "; ".join(missed)

    def host(self) -> MysqlHost:
        """Return a fresh database with a user of its own, who may make more of this test's name."""
        token = secrets.token_hex(4)
        user, password = self.make_user()
        database = f"amx_{token}"
        account = f"'{user}'@'{self.user_host}'"
        self.execute(
            self.admin,
            f"CREATE DATABASE {database} CHARACTER SET utf8mb4; GRANT ALL ON `%{token}%`.* TO {account}",
        )
        login: dict[str, object] = {"user": user, "password": password, "database": database}
        return MysqlHost(self, self._endpoint | login, token)

    def make_user(self, user_host: str | None = None) -> tuple[str, str]:
        """Make a user without rights and return name and password."""
        user, password = f"amx_{secrets.token_hex(4)}", secrets.token_hex(8)
        self.execute(
            self.admin, f"CREATE USER '{user}'@'{user_host or self.user_host}' IDENTIFIED BY '{password}'"
        )
        return user, password

    def drop(self, token: str, users: Sequence[str]) -> None:
        """Drop every database with the token in its name, in either case, and the users."""
        names = self.execute(
            self.admin,
            "SELECT schema_name FROM information_schema.schemata WHERE LOWER(schema_name) LIKE %s",
            [f"%{token}%"],
        )
        statements = [f"DROP DATABASE `{name}`" for (name,) in names]
        statements += [f"DROP USER IF EXISTS '{user}'@'{self.user_host}'" for user in users]
        self.execute(self.admin, "; ".join(statements))

    def execute(self, values: dict[str, object], sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run SQL over a connection of its own and return the last statement's rows."""
        import pymysql
        from pymysql.constants import CLIENT

        arguments: dict[str, Any] = dict(values)
        with (
            closing(
                pymysql.connect(
                    **arguments,
                    autocommit=True,
                    charset="utf8mb4",
                    connect_timeout=10,
                    client_flag=CLIENT.MULTI_STATEMENTS,
                )
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, tuple(params) or None)
            rows = cursor.fetchall()
            while cursor.nextset():
                rows = cursor.fetchall()
            return list(rows)

    def _reachable(self) -> tuple[dict[str, object], str]:
        """Return how a new user gets in, and the host part of such a user's name.

        TCP before the socket, as profiles of other machines do; '%' before 'localhost', which is needed only
        where a server's anonymous users go before ours.
        """
        import pymysql

        if "unix_socket" in self.admin:
            ((port,),) = self.execute(self.admin, "SELECT @@port")
            ways: list[dict[str, object]] = [
                {"host": "127.0.0.1", "port": port},
                {"unix_socket": self.admin["unix_socket"]},
            ]
        else:
            ways = [{"host": self.admin["host"], "port": self.admin["port"]}]
        for way, user_host in itertools.product(ways, ("%", "localhost")):
            user, password = self.make_user(user_host)
            try:
                self.execute(way | {"user": user, "password": password}, "SELECT 1")
            except pymysql.OperationalError as error:
                refusal = error
            else:
                return way, user_host
            finally:
                self.execute(self.admin, f"DROP USER '{user}'@'{user_host}'")
        raise refusal


def _mysql_places() -> list[tuple[str, dict[str, object]]]:
    """Where to look for a server, and as whom: root without a password, as a fresh install has it."""
    url = os.environ.get("AMX_TEST_MYSQL_URL")
    if url:
        parts = urlsplit(url)
        return [
            (
                f"$AMX_TEST_MYSQL_URL at {parts.hostname}:{parts.port or 3306}",
                {
                    "host": parts.hostname or "127.0.0.1",
                    "port": parts.port or 3306,
                    "user": unquote(parts.username or "root"),
                    "password": unquote(parts.password or ""),
                },
            )
        ]
    places: list[tuple[str, dict[str, object]]] = []
    for user in dict.fromkeys(("root", os.environ.get("USER") or "root")):
        places += [
            (f"{path} as {user}", {"unix_socket": path, "user": user, "password": ""})
            for path in MYSQL_SOCKETS
        ]
        tcp: dict[str, object] = {"host": "127.0.0.1", "port": 3306, "user": user, "password": ""}
        places.append((f"127.0.0.1:3306 as {user}", tcp))
    return places


def _filled(grant: str, user: str, database: str, schema: str) -> str:
    return grant.replace("{user}", user).replace("{database}", database).replace("{schema}", schema)
