"""What drivers say went wrong, turned into the errors that people are shown.

This is the only place that knows SQLSTATEs, error numbers and the words of servers.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy.exc as sa_errors

from amx_tui.backends import Backend
from amx_tui.config.secrets import Secret, redact
from amx_tui.domain.errors import (
    AmxError,
    AuthenticationError,
    CrowdedError,
    DriverMissingError,
    LockedError,
    PermissionDeniedError,
    QueryCancelledError,
    QueryTimeoutError,
    ReadOnlyError,
    StoreError,
    UndefinedSchemaError,
    UnreachableError,
)
from amx_tui.domain.text import one_line

__all__ = ["FAILURES", "Translator", "is_disconnect", "is_interruption", "is_victim", "lacks_value"]

FAILURES: tuple[type[Exception], ...] = (
    sa_errors.SQLAlchemyError,
    OSError,
    asyncio.TimeoutError,
    RuntimeError,
    ValueError,
    ImportError,
)
"""What a driver or SQLAlchemy may raise; RuntimeError and ValueError only while it connects."""

_LONGEST = 300


@dataclass(frozen=True)
class _Kind:
    """What a failure is called: `message` is a sentence with `{host}` and `{said}` to fill."""

    error: type[StoreError]
    message: str
    hint: str = ""


_REFUSED = _Kind(
    UnreachableError,
    "{host} refuses connections.",
    "Check host and port, and that the server runs and accepts connections from this machine.",
)
_NO_NAME = _Kind(
    UnreachableError,
    "The name of {host} cannot be resolved.",
    "Check the host name, the network and the VPN.",
)
_CONNECT_TIMEOUT = _Kind(
    UnreachableError, "{host} does not answer.", "Check host, port, firewall and VPN, then try again."
)
_LOST = _Kind(UnreachableError, "The connection to {host} broke.", "Try again.")
_FULL = _Kind(CrowdedError, "{host} takes no more connections.", "Try again in a moment.")
_STARTING = _Kind(UnreachableError, "{host} is starting or stopping.", "Try again in a moment.")
_TLS = _Kind(
    UnreachableError,
    "{host} and this machine agree on no TLS: {said}.",
    "Check the TLS fields of the profile.",
)
_LOGIN = _Kind(
    AuthenticationError,
    "{host} refused the login: {said}.",
    "Check the user and the password of the profile.",
)
_NO_DATABASE = _Kind(
    UnreachableError, "There is no such database on {host}: {said}.", "Check the database of the profile."
)
_NO_TABLE = _Kind(
    UndefinedSchemaError,
    "{host} has no such table: {said}.",
    "Check history_store_schema; names keep their case, so AMX and amx are two schemas.",
)
_OLD_TABLE = _Kind(
    StoreError,
    "The tables on {host} are not what was expected: {said}.",
    "Run `amx-tui history-store verify`.",
)
_DENIED = _Kind(
    PermissionDeniedError,
    "The database user lacks a right on {host}: {said}.",
    "Ask the DBA for the rights that `amx-tui history-store grants` prints.",
)
_READ_ONLY = _Kind(
    ReadOnlyError, "{host} can only be read: {said}.", "Use the primary server, or a writable file."
)
_LOCKED = _Kind(
    LockedError, "Somebody else holds what was to be changed on {host}.", "Nothing was changed; try again."
)
_VICTIM = _Kind(
    StoreError, "Others changed the same rows on {host} at once.", "Nothing was changed; try again."
)
_TOO_SLOW = _Kind(QueryTimeoutError, "{host} took too long.", "Narrow the filter, or try again.")
_CANCELLED = _Kind(QueryCancelledError, "{host} was told to stop the query.", "Try again.")
_DISK = _Kind(StoreError, "{host} has no space left: {said}.", "Make room there; nothing was changed.")
_TOO_LONG = _Kind(StoreError, "A value is too long for {host}: {said}.", "Nothing was changed.")
_NOT_SQLITE = _Kind(StoreError, "{host} is no SQLite database.", "Check the path of the profile.")
_DAMAGED = _Kind(StoreError, "{host} is damaged: {said}.", "Restore a copy of the file.")
_NO_FILE = _Kind(
    UnreachableError, "{host} cannot be opened.", "Check that the file is there and that you may open it."
)
_UNKNOWN = _Kind(StoreError, "{host} answered with an error: {said}.", "")

_POSTGRESQL: Mapping[str, _Kind] = {
    "28000": _LOGIN, "28P01": _LOGIN, "3D000": _NO_DATABASE, "3F000": _NO_TABLE, "42P01": _NO_TABLE,
    "42703": _OLD_TABLE, "42501": _DENIED, "25006": _READ_ONLY, "55P03": _LOCKED, "40001": _VICTIM,
    "40P01": _VICTIM, "57014": _TOO_SLOW, "57P01": _LOST, "57P02": _LOST, "57P03": _STARTING,
    "53100": _DISK, "53200": _DISK, "53300": _FULL, "22001": _TOO_LONG, "54000": _TOO_LONG,
    "25P03": _TOO_SLOW,
}  # fmt: skip
_MYSQL: Mapping[int, _Kind] = {
    1045: _LOGIN, 1698: _LOGIN, 1130: _LOGIN, 1251: _LOGIN, 2059: _LOGIN, 1862: _LOGIN, 3118: _LOGIN,
    1049: _NO_DATABASE, 1146: _NO_TABLE, 1054: _OLD_TABLE, 1044: _DENIED, 1142: _DENIED, 1143: _DENIED,
    1227: _DENIED, 1370: _DENIED, 1290: _READ_ONLY, 1792: _READ_ONLY, 1836: _READ_ONLY, 1205: _LOCKED,
    1213: _VICTIM, 1020: _VICTIM, 1969: _TOO_SLOW, 3024: _TOO_SLOW, 1317: _CANCELLED, 1021: _DISK,
    1114: _DISK, 1040: _FULL, 1203: _FULL, 1226: _FULL, 1053: _STARTING, 2006: _LOST, 2013: _LOST, 2014: _LOST,
    2055: _LOST, 1927: _LOST, 4031: _LOST, 2002: _REFUSED, 2003: _REFUSED, 2005: _NO_NAME, 2026: _TLS,
    1406: _TOO_LONG, 1153: _TOO_LONG,
}  # fmt: skip
_SQLITE: Mapping[int, _Kind] = {
    3: _DENIED, 5: _LOCKED, 6: _LOCKED, 8: _READ_ONLY, 9: _CANCELLED, 11: _DAMAGED, 13: _DISK, 14: _NO_FILE,
    18: _TOO_LONG, 23: _DENIED, 26: _NOT_SQLITE,
}  # fmt: skip
# libpq gives no SQLSTATE for a login that failed, only the server's words.
_LOGIN_WORDS: tuple[tuple[str, _Kind], ...] = (
    (r"failed to resolve|could not translate host name|name or service not known", _NO_NAME),
    (r"password authentication failed|no pg_hba\.conf entry|role .* does not exist|no password supplied"
     r"|authentication failed|is not permitted to log in|peer authentication", _LOGIN),
    (r"database .* does not exist|permission denied for database", _NO_DATABASE),
    (r"too many (clients|connections)|remaining connection slots", _FULL),
    (r"is starting up|is shutting down|recovery mode|not yet accepting", _STARTING),
    (r"SSL|certificate|TLS", _TLS),
    (r"connection refused|no such file or directory", _REFUSED),
    (r"timeout expired|timed out|no route to host|network is unreachable", _CONNECT_TIMEOUT),
    (r"server closed the connection|connection reset|broken pipe|terminating connection"
     r"|connection .*lost", _LOST),
)  # fmt: skip


@dataclass(frozen=True)
class Translator:
    """Turns failures at one database into errors of the program.

    Args:
        backend: The kind of database.
        host_label: How the database is called on screens.
        secrets: What must not be repeated.
    """

    backend: Backend
    host_label: str
    secrets: tuple[Secret, ...] = ()

    def translate(self, failure: Exception, *, is_login: bool = False) -> AmxError:
        """Return the error to show; its cause is the failure, unless that would repeat a secret.

        Args:
            failure: What the driver raised.
            is_login: Whether it was connecting. The frames of a login hold the password in their variables,
                which a traceback may show, so they are dropped.
        """
        if isinstance(failure, AmxError):
            return failure
        error = self._named(failure)
        if is_login:
            for cause in _chain(failure):
                cause.__traceback__ = None
        if not self._leaks(failure):
            error.__cause__ = failure
        error.__suppress_context__ = True
        return error

    @staticmethod
    def is_full(failure: Exception) -> bool:
        """Say whether the host had no room for one more connection."""
        original = failure.orig if isinstance(failure, sa_errors.DBAPIError) else failure
        return _kind(failure, original or failure) is _FULL

    def timed_out(self) -> QueryTimeoutError:
        """Return the error for a host that did not answer in the time allowed."""
        return QueryTimeoutError(_TOO_SLOW.message.format(host=self.host_label), hint=_TOO_SLOW.hint)

    def _named(self, failure: Exception) -> StoreError:
        original = failure.orig if isinstance(failure, sa_errors.DBAPIError) else failure
        if isinstance(original, ImportError | sa_errors.NoSuchModuleError):
            return DriverMissingError(
                f"The driver for {self.backend.title} is not installed.", hint=self.backend.install_command
            )
        if isinstance(original, RuntimeError) and "cryptography" in str(original):
            # PyMySQL's word for a login by SHA-256 that it has no cipher for.
            return DriverMissingError(
                "The server's way to log in needs a further package.", hint="pip install cryptography"
            )
        if isinstance(failure, sa_errors.TimeoutError):
            return self.timed_out()
        kind = _kind(failure, original or failure)
        code = _code(original or failure)
        message = kind.message.format(host=self.host_label, said=self._said(original or failure))
        return kind.error(message, hint=self.backend.hint_for(code) or kind.hint)

    def _said(self, error: BaseException) -> str:
        """Return the driver's own words, on one line, without secrets and without a full stop."""
        diagnosis = getattr(error, "diag", None)
        words = getattr(diagnosis, "message_primary", None)
        if not words:
            arguments = error.args
            has_number = len(arguments) > 1 and isinstance(arguments[0], int)
            words = str(arguments[1]) if has_number else str(error)
        fatal = words.rpartition("FATAL:")[2] or words
        return one_line(redact(fatal, self.secrets), _LONGEST).rstrip(".") or type(error).__name__

    def _leaks(self, failure: BaseException) -> bool:
        return any(redact(text, self.secrets) != text for text in _texts(failure))


def is_disconnect(failure: Exception) -> bool:
    """Say whether the connection broke, so that a read may be tried again on another one."""
    return isinstance(failure, sa_errors.DBAPIError) and failure.connection_invalidated


def is_interruption(failure: Exception) -> bool:
    """Say whether a statement was stopped by somebody else than the server's own clock."""
    original = getattr(failure, "orig", None)
    return _number(original) == 1317 or _sqlite_code(original) == 9


def is_victim(failure: Exception) -> bool:
    """Say whether a transaction lost against another and is known not to have happened."""
    original = getattr(failure, "orig", None)
    return getattr(original, "sqlstate", None) in {"40001", "40P01"} or _number(original) in {1213, 1020}


def lacks_value(failure: Exception) -> bool:
    """Say whether a row was refused because a column that must be filled has no default."""
    original = getattr(failure, "orig", None)
    name = getattr(original, "sqlite_errorname", None)
    is_null = getattr(original, "sqlstate", None) == "23502" or name == "SQLITE_CONSTRAINT_NOTNULL"
    return is_null or _number(original) == 1364


def _kind(failure: Exception, original: BaseException) -> _Kind:
    state = getattr(original, "sqlstate", None)
    if _sqlite_code(original) is not None:
        return _sqlite_kind(original)
    if isinstance(state, str) and state in _POSTGRESQL:
        return _POSTGRESQL[state]
    number = _number(original)
    if number == 2003:
        return _socket_kind(original)
    if number is not None and number in _MYSQL:
        return _MYSQL[number]
    if isinstance(original, OSError | asyncio.TimeoutError):
        return _socket_kind(original)
    if state is None and not isinstance(original, ValueError):
        words = str(original)
        for pattern, kind in _LOGIN_WORDS:
            if re.search(pattern, words, re.IGNORECASE):
                return kind
    return _LOST if is_disconnect(failure) else _UNKNOWN


def _sqlite_kind(original: BaseException) -> _Kind:
    code = _sqlite_code(original)
    words = str(original)
    if code == 1 and "no such table" in words:
        return _NO_TABLE
    if code == 1 and "no such column" in words:
        return _OLD_TABLE
    return _SQLITE.get(code or 0, _UNKNOWN)


def _socket_kind(error: BaseException) -> _Kind:
    """Tell what a socket's error means; aiomysql keeps it as the cause of its own."""
    for cause in _chain(error):
        if isinstance(cause, socket.gaierror):
            return _NO_NAME
        if isinstance(cause, ConnectionRefusedError | FileNotFoundError):
            return _REFUSED
        if isinstance(cause, TimeoutError):
            return _CONNECT_TIMEOUT
        if type(cause).__module__ == "ssl":
            return _TLS
        if isinstance(cause, ConnectionError):
            return _LOST
    return _CONNECT_TIMEOUT


def _code(original: BaseException) -> str | int | None:
    """Return the code that a backend's own hints are filed under."""
    state = getattr(original, "sqlstate", None)
    sqlite_code = _sqlite_code(original)
    number = _number(original)
    return sqlite_code if sqlite_code is not None else number if number is not None else state


def _sqlite_code(error: object) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _number(error: object) -> int | None:
    """Return a MySQL driver's error number."""
    arguments = getattr(error, "args", ())
    is_numbered = type(error).__module__.startswith(("pymysql", "aiomysql"))
    return arguments[0] if is_numbered and arguments and isinstance(arguments[0], int) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _texts(failure: BaseException) -> Iterator[str]:
    """Give everything that a traceback of `failure` would print."""
    for error in _chain(failure):
        yield str(error)
        yield repr(error)
        yield from getattr(error, "__notes__", ())
