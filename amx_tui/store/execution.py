"""One unit of work on one connection: begun, run, committed, and stopped when nobody waits for it any more.

Work is plain synchronous code over a `Connection`. Over an async driver it runs in a task of its own, so that
a caller who is cancelled can have the statement stopped on the server and the connection kept; over a
blocking driver it runs in a thread.
"""

from __future__ import annotations

import asyncio
import select
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

import sqlalchemy as sa
import sqlalchemy.exc as sa_errors

from amx_tui.domain.errors import UnknownOutcomeError, UnsupportedHostError
from amx_tui.store.driver_errors import FAILURES, is_disconnect
from amx_tui.store.engines import POOL_SIZE, AsyncLink, Statements, ThreadLink

__all__ = ["AsyncRunner", "Mode", "Runner", "ThreadRunner", "Unit"]

T = TypeVar("T")
Mode = Literal["read", "snapshot", "write", "single"]

_GRACE_SECONDS = 5.0
"""How long a statement that was asked to stop may take, before its connection is given up."""
_ASK_AGAIN_SECONDS = 0.25
_LISTENING_SECONDS = 60.0
"""How long one wait for notices takes; the next follows at once."""
_RESTED_SECONDS = 30.0
"""A connection that was idle for this long may have died unseen; a statement that is sent once is not sent over it
before it has answered."""
_USED_AT = "amx_used_at"


@dataclass
class Unit(Generic[T]):
    """One unit of work, and how far it is."""

    work: Callable[[sa.Connection], T]
    mode: Mode
    phase: Literal["connecting", "working", "committing", "done"] = "connecting"
    has_connected: bool = False
    has_begun: bool = False
    """Whether statements of the work may have reached the server."""
    driver_connection: Any = None
    is_stopped: bool = False
    interruption: asyncio.Task[None] | None = None
    """What is under way to stop the statement."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever stops a statement of a thread, so that the connection's next user is not hit."""

    def run(self, connection: sa.Connection, statements: Statements) -> T:
        """Do the work inside the transaction that its mode asks for.

        Raises:
            UnknownOutcomeError: The connection broke while it committed.
        """
        begin = {
            "read": (),
            "snapshot": statements.begin_snapshot,
            "write": statements.begin_write,
            "single": _waking(connection, self.driver_connection),
        }[self.mode]
        self.has_connected = True
        self.phase = "working"
        is_transaction = self.mode in {"snapshot", "write"}
        try:
            for statement in begin:
                connection.exec_driver_sql(statement)
            self.has_begun = True
            value = self.work(connection)
            if is_transaction:
                self._commit(connection, statements)
        except BaseException as error:
            if is_transaction and not connection.invalidated:
                _roll_back(connection, statements)
            if self.mode == "single" and self.has_begun and isinstance(error, Exception):
                _raise_unknown(error)
            raise
        connection.info[_USED_AT] = time.monotonic()
        return value

    def _commit(self, connection: sa.Connection, statements: Statements) -> None:
        if self.is_stopped:
            raise asyncio.CancelledError
        self.phase = "committing"
        try:
            connection.exec_driver_sql(statements.commit)
        except sa_errors.DBAPIError as error:
            if self.mode == "write":
                _raise_unknown(error)
            raise


def _waking(connection: sa.Connection, driver_connection: Any) -> tuple[str, ...]:
    """What a connection is asked before a statement is sent over it that must not be sent twice: nothing as a rule."""
    used_at = connection.info.get(_USED_AT)
    if used_at is None:
        return ()
    is_doubtful = time.monotonic() - used_at > _RESTED_SECONDS or _has_news(driver_connection)
    return ("SELECT 1",) if is_doubtful else ()


def _has_news(driver_connection: Any) -> bool:
    """Whether something has come over an idle connection unasked, as its end does; costs no round trip."""
    file_number = getattr(driver_connection, "fileno", None)
    if file_number is None:
        return False
    try:
        poll = select.poll()
        poll.register(file_number(), select.POLLIN)
        return bool(poll.poll(0))
    except Exception:  # noqa: BLE001 - the driver's own word for a connection that is closed
        return True


def _raise_unknown(error: Exception) -> None:
    """Say that nobody knows whether something was stored, where the connection broke on the way."""
    if is_disconnect(error):
        raise UnknownOutcomeError(
            "The connection broke while it was saved.",
            hint="Look whether it is there, then try again.",
        ) from error


def _roll_back(connection: sa.Connection, statements: Statements) -> None:
    try:
        connection.exec_driver_sql(statements.roll_back)
    except FAILURES:
        # A transaction that cannot be rolled back ends with its connection.
        if not connection.invalidated:
            connection.invalidate()


def _idle(pool: sa.Pool) -> int:
    return pool.checkedin() if isinstance(pool, sa.QueuePool) else 0


class Runner(Protocol):
    """Runs units of work on the connections of one database."""

    async def run(self, unit: Unit[T]) -> T:
        """Do one unit of work; to be run as a task of its own, and ended by `stop`."""

    @property
    def idle_connections(self) -> int:
        """How many connections are open and free."""

    async def stop(self, task: asyncio.Task[Any], unit: Unit[Any]) -> None:
        """End a unit that nobody waits for, leaving nothing that runs on the server if it can be helped."""

    def listen(self, channel: str) -> AsyncGenerator[str | None, None]:
        """Give what is told on a channel; first None, once listening has begun."""

    async def rest(self, *, keep: int = 0) -> None:
        """Close the connections that are free, all but so many."""

    async def close(self) -> None:
        """Close all connections."""


class AsyncRunner:
    """Runs units of work over an async driver."""

    def __init__(self, link: AsyncLink) -> None:
        self._link = link

    @property
    def idle_connections(self) -> int:
        """How many connections are open and free."""
        return _idle(self._link.engine.pool)

    async def run(self, unit: Unit[T]) -> T:
        """Do one unit of work."""
        async with self._link.engine.connect() as connection:
            unit.driver_connection = (await connection.get_raw_connection()).driver_connection
            try:
                return await connection.run_sync(unit.run, self._link.statements)
            finally:
                unit.phase, unit.driver_connection = "done", None
                if unit.interruption is not None:
                    # Its signal must not hit whoever is given the connection next.
                    await asyncio.wait({unit.interruption})

    async def stop(self, task: asyncio.Task[Any], unit: Unit[Any]) -> None:
        """End a unit: ask the server to stop its statement, and give the connection up if that fails."""
        unit.is_stopped = True
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _GRACE_SECONDS
        try:
            while not task.done() and unit.phase != "connecting" and loop.time() < give_up_at:
                if unit.phase == "working":
                    unit.interruption = asyncio.create_task(self._interrupt(unit.driver_connection))
                    await asyncio.wait({unit.interruption})
                await asyncio.wait({task}, timeout=_ASK_AGAIN_SECONDS)
        finally:
            if not task.done() and unit.driver_connection is not None:
                self._link.drop(unit.driver_connection)
            task.cancel()
        await asyncio.wait({task}, timeout=_GRACE_SECONDS)

    async def _interrupt(self, driver_connection: Any) -> None:
        with suppress(Exception):
            await self._link.interrupt(driver_connection)

    async def listen(self, channel: str) -> AsyncGenerator[str | None, None]:
        """Give what is told on a channel; first None, once listening has begun.

        Raises:
            UnsupportedHostError: The backend cannot tell.
        """
        if self._link.engine.dialect.name != "postgresql":
            raise UnsupportedHostError("This backend does not tell of changes.")
        async with self._link.engine.connect() as connection:
            quoted = self._link.engine.dialect.identifier_preparer.quote_identifier(channel)
            await connection.exec_driver_sql(f"LISTEN {quoted}")
            driver: Any = (await connection.get_raw_connection()).driver_connection
            try:
                yield None
                while True:
                    async with aclosing(driver.notifies(timeout=_LISTENING_SECONDS)) as heard:
                        async for told in heard:
                            yield told.payload
            except _driver_error() as error:
                # The driver is asked without SQLAlchemy, which else wraps what it raises.
                raise ConnectionResetError("the connection that listened broke") from error
            finally:
                # A connection that still listens must not be given to somebody else.
                await connection.invalidate()

    async def rest(self, *, keep: int = 0) -> None:
        """Close the connections that are free, all but so many."""
        engine = self._link.engine
        if self.idle_connections > keep:
            await engine.dispose()
            # The pool gives none of its own back while it has room for them; a new one waits for the next work.
            connections = [engine.connect() for _ in range(keep)]
            for connection in connections:
                async with connection:
                    pass

    async def close(self) -> None:
        """Close all connections."""
        await self._link.engine.dispose()


def _driver_error() -> type[Exception]:
    from psycopg import Error

    return Error


class ThreadRunner:
    """Runs units of work over a blocking driver, each in a thread of its own, a few at once.

    The threads are daemons: a driver that cannot be stopped must not keep the program from ending.
    """

    def __init__(self, link: ThreadLink) -> None:
        self._link = link
        self._free = asyncio.Semaphore(POOL_SIZE)

    @property
    def idle_connections(self) -> int:
        """How many connections are open and free."""
        return _idle(self._link.engine.pool)

    async def run(self, unit: Unit[T]) -> T:
        """Do one unit of work."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def report(value: T | None, failure: BaseException | None) -> None:
            self._free.release()
            if outcome.done():
                return
            if failure is None:
                outcome.set_result(value)  # type: ignore[arg-type]  # it is what the work returned
            else:
                outcome.set_exception(failure)

        def work() -> None:
            value, failure = None, None
            try:
                value = self._run(unit)
            except BaseException as error:  # noqa: BLE001  # it is raised where the unit is awaited
                failure = error
            with suppress(RuntimeError):  # the program has ended meanwhile
                loop.call_soon_threadsafe(report, value, failure)

        threading.Thread(target=work, name="amx-database", daemon=True).start()
        return await outcome

    def _run(self, unit: Unit[T]) -> T:
        with self._link.engine.connect() as connection:
            unit.driver_connection = connection.connection.driver_connection
            try:
                return unit.run(connection, self._link.statements)
            finally:
                with unit.lock:
                    unit.phase = "done"

    async def stop(self, task: asyncio.Task[Any], unit: Unit[Any]) -> None:
        """End a unit: ask the driver to stop its statement, and leave the thread to itself if that fails."""
        unit.is_stopped = True
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _GRACE_SECONDS
        try:
            while not task.done() and unit.phase != "connecting" and loop.time() < give_up_at:
                with unit.lock, suppress(Exception):
                    if unit.phase == "working":
                        self._link.interrupt(unit.driver_connection)
                await asyncio.wait({task}, timeout=_ASK_AGAIN_SECONDS)
        finally:
            task.cancel()

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._link.engine.dispose)

    def listen(self, channel: str) -> AsyncGenerator[str | None, None]:
        """Refuse: a blocking driver would hold a thread.

        Raises:
            UnsupportedHostError: Always.
        """
        raise UnsupportedHostError("This backend does not tell of changes.")

    async def rest(self, *, keep: int = 0) -> None:
        """Close the connections that are free."""
        if not keep:
            await self.close()
