"""MySQL and MariaDB over aiomysql, without the round trips that SQLAlchemy spends on a first connection.

The server names its version in its greeting; character set, SQL mode and isolation level are what the one SET
of a new connection makes them.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Self

import aiomysql
from pymysql.constants import CLIENT, CR
from sqlalchemy.dialects.mysql.aiomysql import MySQLDialect_aiomysql
from sqlalchemy.engine import URL, Connection

__all__ = ["MysqlDialect", "MysqlLogin"]

_SQL_MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_SETTINGS = f"SET SESSION time_zone = '+00:00', sql_mode = '{_SQL_MODE}', innodb_lock_wait_timeout = 20"
# Guards for the server, should this program vanish; what people wait for is bounded by `Database.run`.
_MARIADB = ", tx_isolation = 'READ-COMMITTED', max_statement_time = 600, idle_transaction_timeout = 60"
_MYSQL = ", transaction_isolation = 'READ-COMMITTED', max_execution_time = 600000"


class MysqlDialect(MySQLDialect_aiomysql):
    """aiomysql's dialect, told by the connection what it would otherwise ask the server."""

    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type[Self]:
        """Return this class, not the stock one that it is made from."""
        return cls

    def on_connect(self) -> Callable[[Any], None]:
        """Return what sets a new connection up, in one round trip."""

        def set_up(connection: Any) -> None:
            version: str = connection.driver_connection.server_version
            cursor = connection.cursor()
            cursor.execute(_SETTINGS + (_MARIADB if "MariaDB" in version else _MYSQL))
            cursor.close()

        return set_up

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        """Return what `on_connect` has set."""
        return "READ COMMITTED"

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        greeting: str = connection.connection.driver_connection.server_version  # type: ignore[union-attr]
        # MariaDB up to version 10 greets as 5.5.5-10.11.2-MariaDB, for the sake of old replicas.
        return self._parse_server_version(greeting.removeprefix("5.5.5-"))

    def _get_default_schema_name(self, connection: Connection) -> str:
        name: str | None = connection.connection.driver_connection.db  # type: ignore[union-attr]
        return name or ""

    def _detect_sql_mode(self, connection: Connection) -> None:
        self._sql_mode = _SQL_MODE

    def _detect_casing(self, connection: Connection) -> int:
        # Only reflection would use it, which this program does by statements of its own.
        self._casing = 0
        return 0


class _GuardedConnection(aiomysql.Connection):  # type: ignore[misc]  # aiomysql carries no types
    """A connection that logs in over TLS, or not at all, where the profile verifies the server."""

    async def _request_authentication(self) -> None:
        # aiomysql goes on without TLS where the greeting does not offer it, and whoever sits between
        # the two can take that offer out of the greeting.
        context: ssl.SSLContext | None = self._ssl_context
        offers_tls = self.server_capabilities & CLIENT.SSL
        if context is not None and context.verify_mode != ssl.CERT_NONE and not offers_tls:
            raise aiomysql.OperationalError(
                CR.CR_SSL_CONNECTION_ERROR, "The server offers no TLS, and ssl_ca asks for it"
            )
        await super()._request_authentication()


async def _log_in(values: dict[str, Any]) -> aiomysql.Connection:
    connection = _GuardedConnection(**values)
    await connection._connect()
    return connection


class MysqlLogin:
    """Connects, and remembers how, since a running statement is killed over a second connection."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    async def __call__(self, **values: Any) -> aiomysql.Connection:
        """Connect; the arguments are those of `aiomysql.connect`."""
        self._values = {**values, "autocommit": True, "program_name": "amx-tui"}
        return await _log_in(self._values)

    async def interrupt(self, connection: aiomysql.Connection) -> None:
        """Kill the statement that runs on `connection`; the connection stays usable."""
        killer = await _log_in(self._values)
        try:
            await killer.query(f"KILL QUERY {connection.thread_id()}")
        finally:
            killer.close()
