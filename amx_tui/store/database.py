"""A database as repositories use it: units of work in, values or the program's own errors out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar

import sqlalchemy as sa
import sqlalchemy.exc as sa_errors

from amx_tui.config.model import Profile
from amx_tui.config.secrets import Secret
from amx_tui.domain.errors import UnreachableError
from amx_tui.store.driver_errors import FAILURES, Translator, is_disconnect, is_interruption, is_victim
from amx_tui.store.engines import AsyncLink, open_link
from amx_tui.store.execution import AsyncRunner, Mode, Runner, ThreadRunner, Unit

__all__ = ["DEFAULT_TIMEOUT", "Database", "make_database"]

T = TypeVar("T")

DEFAULT_TIMEOUT = 60.0
"""Seconds that a unit of work may take, connecting included."""

LINGER = 30.0
"""Seconds after which connections that nobody used go back to the server."""
_KEPT = 1
"""Connections that stay open while the database is used: what takes turns needs no more."""
_ROOM_PATIENCE = 10.0
"""Seconds in which a full server is asked again: somebody's next connection to be given back is ours."""

_PATIENCE = 1.0
"""Seconds that a caller who was cancelled waits until the server has stopped the statement."""

_COUNTED = ("postgresql", "mysql")
"""The backends whose servers let in so many connections and no more, and that hosts of stores run on."""

_VERSIONS = {
    "postgresql": "SELECT 'PostgreSQL ' || current_setting('server_version')",
    "redshift": "SELECT version()",
    "mysql": "SELECT CONCAT(IF(VERSION() LIKE '%%MariaDB%%', 'MariaDB ', 'MySQL '), VERSION())",
    "sqlite": "SELECT 'SQLite ' || sqlite_version()",
    "mssql": "SELECT CONCAT('SQL Server ', CAST(SERVERPROPERTY('ProductVersion') AS VARCHAR(40)))",
    "snowflake": "SELECT 'Snowflake ' || CURRENT_VERSION()",
    "databricks": "SELECT current_version().dbsql_version",
    "duckdb": "SELECT 'DuckDB ' || version()",
    "clickhouse": "SELECT concat('ClickHouse ', version())",
}


class Database:
    """One database, with a small pool of connections to it.

    Attributes:
        backend_name: The kind of database ("sqlite", "postgresql", "mysql", …).
        host_label: How it is called on screens; never holds a secret.
        answers: Whether it answered when it was last asked.
    """

    def __init__(self, backend_name: str, host_label: str, runner: Runner, translator: Translator) -> None:
        self.backend_name = backend_name
        self.host_label = host_label
        self.answers = True
        self._runner = runner
        self._translator = translator
        self._stopping: set[asyncio.Task[None]] = set()
        self._linger = LINGER
        self._running = 0
        self._uses = 0
        self._giving_back: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"Database({self.backend_name!r}, {self.host_label!r})"

    @property
    def idle_connections(self) -> int:
        """How many connections are open and free: what can be asked at once without connecting first."""
        return self._runner.idle_connections

    async def run(
        self,
        work: Callable[[sa.Connection], T],
        *,
        write: bool = False,
        single: bool = False,
        snapshot: bool = False,
        timeout: float | None = None,
    ) -> T:
        """Run `work` over a connection and return what it returns.

        A read commits each statement by itself and is one round trip a statement. It is tried once more when
        its connection turns out to be broken, which is how a pooled connection that died is found out. A
        write is one transaction; it is tried again only where it is known not to have happened (a deadlock or
        serialisation victim, a connection that broke before it began), so `work` must not have effects of
        its own. When the awaiting task is cancelled, the statement is cancelled on the server.

        Args:
            work: Plain SQLAlchemy Core code. It fetches what it needs: a result is dead when it returns.
            write: Run it in one transaction, committed when `work` returns.
            single: It is one statement that writes, a transaction by itself; like a write, it is not tried again
                once it was sent.
            snapshot: Let several reads see one state of the data.
            timeout: Seconds that all of it may take; None is `DEFAULT_TIMEOUT`.

        Raises:
            StoreError: What went wrong at the database, as a class of its own where the user can act on it.
            UnknownOutcomeError: The connection broke while a write was committed.
        """
        mode: Mode = "single" if single else "write" if write else "snapshot" if snapshot else "read"
        loop = asyncio.get_running_loop()
        seconds = DEFAULT_TIMEOUT if timeout is None else timeout
        deadline = loop.time() + seconds
        full_until = min(deadline, loop.time() + _ROOM_PATIENCE)
        attempt = 0
        while True:
            attempt += 1
            unit = Unit(work, mode)
            self._running += 1
            try:
                return await self._attempt(unit, deadline - loop.time())
            except FAILURES as error:
                failure = error
            finally:
                self._running -= 1
                self._note_use()
            if not unit.has_connected and self._translator.is_full(failure) and loop.time() < full_until:
                attempt -= 1
                await asyncio.sleep(random.uniform(0.1, 0.5))
                continue
            if unit.has_connected and isinstance(failure, RuntimeError | ValueError):
                raise failure
            if not _may_try_again(failure, unit, attempt):
                shown = self._translator.translate(failure, is_login=not unit.has_connected)
                self.answers = not isinstance(shown, UnreachableError)
                del failure
                raise shown
            if is_victim(failure):
                # Two who collided must not collide again at once.
                await asyncio.sleep(random.uniform(0.01, 0.05) * attempt)

    async def _attempt(self, unit: Unit[T], seconds: float) -> T:
        task = asyncio.create_task(self._runner.run(unit), name="amx-database")
        try:
            await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            await self._abandon(task, unit)
            raise
        if task.done():
            result = task.result()
            self.answers = True
            return result
        self.answers = False
        await self._abandon(task, unit)
        raise self._translator.timed_out()

    async def _abandon(self, task: asyncio.Task[Any], unit: Unit[Any]) -> None:
        """Have a unit stopped that nobody waits for; a server that hangs is not waited for either."""
        # Nobody asks for the outcome any more; asyncio would complain about that at exit.
        task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        stopping = asyncio.create_task(self._runner.stop(task, unit), name="amx-database-stop")
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)
        await asyncio.wait({stopping}, timeout=_PATIENCE)

    async def listen(self, channel: str) -> AsyncGenerator[str | None, None]:
        """Give what is told on a channel, as it is committed; first None, once listening has begun.

        Holds one connection until the iterator is closed.

        Raises:
            StoreError: The host cannot be reached, or the connection broke.
            UnsupportedHostError: The backend cannot tell.
        """
        try:
            async with aclosing(self._runner.listen(channel)) as told:
                async for payload in told:
                    yield payload
        except FAILURES as error:
            shown = self._translator.translate(error, is_login=False)
        else:
            return
        raise shown

    @property
    def linger(self) -> float:
        """Seconds after which connections that nobody used are given back; less where the server is rather full."""
        return self._linger

    @linger.setter
    def linger(self, seconds: float) -> None:
        if seconds != self._linger:
            self._linger = seconds
            if self._giving_back is not None and not self._giving_back.done():
                # It sleeps for as long as was right before.
                self._giving_back.cancel()
                self._giving_back = None
                self._note_use()

    def _note_use(self) -> None:
        """Have connections given back once they have not been used for a while: a server has not many."""
        self._uses += 1
        is_planned = self._giving_back is not None and not self._giving_back.done()
        if not is_planned and self.backend_name in _COUNTED:
            self._giving_back = asyncio.create_task(self._give_back(), name="amx-database-rest")

    async def _give_back(self) -> None:
        """Close what a burst of work has left open, and all of it where no work follows."""
        uses = -1
        # Whoever asks next learns what is the matter with the host.
        with suppress(*FAILURES):
            while self._running or uses != self._uses:
                uses = self._uses
                await asyncio.sleep(self._linger)
                if not self._running:
                    await self._runner.rest(keep=_KEPT if uses != self._uses else 0)

    async def rest(self) -> None:
        """Give the idle connections back to the server; whatever is asked next connects again."""
        await self._runner.rest()

    async def server_version(self) -> str:
        """Return name and version of the server, asked over a connection.

        Raises:
            StoreError: The server cannot be reached, refuses the login, or does not answer.
        """
        statement = _VERSIONS.get(self.backend_name, "SELECT 1")
        found = await self.run(lambda connection: connection.exec_driver_sql(statement).scalar())
        return str(found)

    async def close(self) -> None:
        """Close all connections; a database that is used again connects again."""
        ending = [*self._stopping, *([self._giving_back] if self._giving_back else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await self._runner.close()


def _may_try_again(failure: Exception, unit: Unit[Any], attempt: int) -> bool:
    if is_victim(failure):
        return attempt < 4
    if attempt > 1:
        return False
    is_write = unit.mode in {"write", "single"}
    if is_disconnect(failure):
        return not is_write or not unit.has_begun
    return not is_write and is_interruption(failure)


def make_database(
    profile: Profile,
    secrets: Mapping[str, Secret],
    *,
    database: str | None = None,
    may_create: bool = True,
) -> Database:
    """Make the database of a profile. Nothing is connected, but the driver is imported: keep it off the loop.

    Args:
        profile: Where the database is.
        secrets: The profile's secrets, resolved (`Profile.resolve_secrets`).
        database: Overrides the profile's database.
        may_create: Whether a SQLite file that is not there is made on first use.

    Raises:
        ConfigError: A value of the profile is missing or cannot be used.
        DriverMissingError: The driver is not installed; the hint is the command that installs it.
    """
    backend = profile.require_backend()
    values = backend.with_database(profile.values, database)
    label = backend.describe(values) or backend.title
    translator = Translator(backend, label, tuple(secrets.values()))
    try:
        link = open_link(backend, values, secrets, may_create=may_create)
    except (ImportError, sa_errors.NoSuchModuleError) as error:
        shown = translator.translate(error, is_login=True)
    else:
        runner: Runner = AsyncRunner(link) if isinstance(link, AsyncLink) else ThreadRunner(link)
        return Database(backend.name, label, runner, translator)
    raise shown
