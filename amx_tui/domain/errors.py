"""Every failure that a user can meet, as one tree.

* AmxError
  x UsageError
  x ConfigError
  x NotFoundError
  x DraftError
  x ExportError
  x RoleError
  x StaleVersionError
  x StoreError
    + UnreachableError
      · QueryTimeoutError
    + DriverMissingError
    + AuthenticationError
    + PermissionDeniedError
    + UndefinedSchemaError
    + UnsupportedVersionError
    + UnsupportedHostError
    + ReadOnlyError
    + LockedError
    + QueryCancelledError
    + UnknownOutcomeError

`str(error)` is what happened, in one sentence; `hint` is what to do next. Neither ever holds a secret:
whoever builds an error from a driver's words redacts them first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AmxError",
    "AuthenticationError",
    "ConfigError",
    "DraftError",
    "DriverMissingError",
    "ExportError",
    "LockedError",
    "NotFoundError",
    "PermissionDeniedError",
    "QueryCancelledError",
    "QueryTimeoutError",
    "ReadOnlyError",
    "RoleError",
    "StaleVersionError",
    "StoreError",
    "UndefinedSchemaError",
    "UnknownOutcomeError",
    "UnreachableError",
    "UnsupportedHostError",
    "UnsupportedVersionError",
    "UsageError",
]


class AmxError(Exception):
    """The base of all errors that are shown to people.

    Args:
        message: What happened, one sentence.
        hint: What to do next; empty when there is nothing to do.
    """

    title: ClassVar[str] = "Something went wrong"
    """The heading of the dialog or toast that shows the error."""
    exit_status: ClassVar[int] = 1
    """The process' exit status when a verb ends with this error."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AmxError):
    """A command line that does not parse."""

    title = "That command does not work as typed"
    exit_status = 2


class ConfigError(AmxError):
    """A configuration file, or a value in it, that cannot be used.

    Args:
        path: The file.
        line: The line in it, counted from 1.
        key: The key, dotted for nested ones (`db_profiles.prod-pg.port`).
    """

    title = "The configuration needs a look"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        path: Path | None = None,
        line: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line
        self.key = key


class NotFoundError(AmxError):
    """A run, result, profile or member that does not exist."""

    title = "Not found"


class DraftError(AmxError):
    """A draft that could not be written or read back."""

    title = "The draft could not be kept"


class ExportError(AmxError):
    """A file that could not be written for people to take away."""

    title = "The file could not be written"


class RoleError(AmxError):
    """A member's role does not allow what was asked."""

    title = "Your role does not allow that"
    exit_status = 4


class StaleVersionError(AmxError):
    """A save whose expected version is no longer the stored one: a 409 conflict.

    Args:
        current: The row as it is stored now; its type is the repository's.
        expected: The version that the save was based on.
    """

    title = "409 Conflict"
    exit_status = 3

    def __init__(self, message: str, *, current: object, expected: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.current = current
        self.expected = expected


class StoreError(AmxError):
    """The store, or the database that hosts it, did not do what was asked."""

    title = "The store did not answer as expected"


class UnreachableError(StoreError):
    """The host does not answer, or the connection broke."""

    title = "The host cannot be reached"


class CrowdedError(UnreachableError):
    """The host takes no more connections at this moment."""

    title = "The host is full"


class QueryTimeoutError(UnreachableError):
    """The host took longer than the time allowed."""

    title = "The host took too long"


class DriverMissingError(StoreError):
    """The Python driver of a backend is not installed; the hint is the command that installs it."""

    title = "A database driver is missing"


class AuthenticationError(StoreError):
    """The host refused the user or the password."""

    title = "The host refused the login"


class PermissionDeniedError(StoreError):
    """The database user lacks a right; the hint names the GRANT where it is known."""

    title = "The database does not permit that"
    exit_status = 4


class UndefinedSchemaError(StoreError):
    """There are no AMX tables under the configured schema name."""

    title = "The history store is not there"


class UnsupportedVersionError(StoreError):
    """The store was made by a newer program than this one can write to."""

    title = "The store is newer than this program"
    exit_status = 4


class UnsupportedHostError(StoreError):
    """A backend that cannot host the shared store."""

    title = "This backend cannot host the history store"


class ReadOnlyError(StoreError):
    """The store is open for reading only."""

    title = "The store is read-only here"
    exit_status = 4


class LockedError(StoreError):
    """Somebody else held what was to be changed for longer than it was waited for."""

    title = "Somebody else holds it"


class QueryCancelledError(StoreError):
    """The user cancelled the query."""

    title = "Cancelled"


class UnknownOutcomeError(StoreError):
    """A write of which nobody can say whether it happened."""

    title = "It is unknown whether that was saved"
