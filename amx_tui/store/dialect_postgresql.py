"""PostgreSQL over psycopg, without the round trips that SQLAlchemy spends on a first connection.

A stock engine asks the server for its version, schema, isolation level, hstore and string syntax before the
first statement: six round trips to a distant host. All of it is in what the server says on its own while it
logs a client in, or is not needed here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from psycopg import AsyncConnection, DataError, OperationalError, adapters
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.engine import URL, Connection

__all__ = ["PostgresDialect", "PostgresLogin", "drop", "interrupt"]

_OPTIONS = {
    # Guards for the server, should this program vanish; what people wait for is bounded by `Database.run`.
    "statement_timeout": "600000",
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "20000",
    # Compiling a comparison's expressions takes longer than running them does.
    "jit": "off",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
}
_CANCEL_SECONDS = 5.0


class _TolerantTimestamp(Loader):
    """Reads a timestamptz; what Python's datetime cannot hold (infinity, year 12000) reads as None."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        exact = adapters.get_loader(oid, Format.TEXT)
        assert exact is not None
        self._load = exact(oid, context).load

    def load(self, data: Buffer) -> datetime | None:
        try:
            moment: datetime = self._load(data)
        except DataError:
            return None
        return moment


class PostgresDialect(PGDialectAsync_psycopg):
    """psycopg's dialect, told by the connection what it would otherwise ask the server."""

    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(use_native_hstore=False, **options)  # type: ignore[no-untyped-call]
        self._psycopg_adapters_map.register_loader("timestamptz", _TolerantTimestamp)  # type: ignore[union-attr]

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type[Self]:
        """Return this class, not the stock one that it is made from."""
        return cls

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        """Return PostgreSQL's default; every transaction here names its level anyway."""
        return "READ COMMITTED"

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        number = _info(connection).server_version
        return number // 10000, number % 10000

    def _get_default_schema_name(self, connection: Connection) -> str:
        # Every statement names its schema; this is only what SQLAlchemy compares reflected tables with.
        return "public"

    def _set_backslash_escapes(self, connection: Connection) -> None:
        self._backslash_escapes = _info(connection).parameter_status("standard_conforming_strings") == "off"


def _info(connection: Connection) -> Any:
    return connection.connection.dbapi_connection.info  # type: ignore[union-attr]  # it is connected


class PostgresLogin:
    """Connects with our session settings, which travel with the login and cost no round trip.

    A pooler such as pgbouncer may refuse settings in a login; then they are left out from there on, since a
    SET would stay behind on a server connection that others share.
    """

    def __init__(self) -> None:
        self._takes_options = True

    async def __call__(self, *arguments: Any, **values: Any) -> AsyncConnection[Any]:
        """Connect; the arguments are those of `psycopg.AsyncConnection.connect`."""
        # A plan made once for all values of a prepared statement walks a million rows where the right one
        # looks up three; and a pooler may give the statement's next use another server connection.
        values.setdefault("prepare_threshold", None)
        if self._takes_options:
            options = " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items())
            try:
                return await AsyncConnection.connect(*arguments, options=options, autocommit=True, **values)
            except OperationalError as error:
                refusals = ("unsupported startup parameter", "unrecognized configuration parameter")
                if not any(refusal in str(error) for refusal in refusals):
                    raise
                self._takes_options = False
        return await AsyncConnection.connect(*arguments, autocommit=True, **values)


async def interrupt(connection: AsyncConnection[Any]) -> None:
    """Cancel the statement that runs on `connection`; the connection stays usable."""
    await connection.cancel_safe(timeout=_CANCEL_SECONDS)


def drop(connection: AsyncConnection[Any]) -> None:
    """Close the socket of `connection`; psycopg's own way first waits for a server that may hang."""
    connection.pgconn.finish()
