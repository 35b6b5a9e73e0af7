"""Fields that several backends share."""

from __future__ import annotations

from amx_tui.backends.model import Field

__all__ = ["HOST_REASON", "database", "host", "password", "port", "user"]

HOST_REASON = "it has no row-level UPDATE that concurrent members could rely on"
"""Why ClickHouse and DuckDB cannot host the shared store."""


def host(default: str | None = None, *, help: str = "") -> Field:
    """The server's name or address."""
    return Field(
        "host", "Host", required=True, default=default, is_bare=True, help=help or "e.g. db.example.com"
    )


def port(default: int, *, required: bool = True) -> Field:
    """The server's TCP port."""
    return Field("port", "Port", "int", required=required, default=default, bounds=(1, 65535))


def user(default: str | None = None, *, required: bool = True) -> Field:
    """The database user."""
    return Field("user", "User", required=required, default=default)


def password(*, required: bool = True) -> Field:
    """The database user's password."""
    return Field(
        "password",
        "Password",
        "secret",
        required=required,
        help="typed, or env:NAME to read it from the environment"
        + ("" if required else "; empty where the server asks for none"),
    )


def database(default: str | None = None, *, help: str = "") -> Field:
    """The database on the server."""
    return Field("database", "Database", default=default, help=help)
