"""PostgreSQL, the recommended host."""

from __future__ import annotations

from amx_tui.backends.common import database, host, password, port, user
from amx_tui.backends.model import CONNECT_TIMEOUT, Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": "amx-tui",
        # Probing for GSS encryption costs a round trip on every connection, and no profile can ask for it.
        "gssencmode": "disable",
        # A host that vanishes in mid-query is noticed within a minute, not after the system's two hours.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    for name in ("sslmode", "sslrootcert"):
        if parameters.get(name) is not None:
            arguments[name] = parameters[name]
    return arguments


BACKEND = Backend(
    name="postgresql",
    title="PostgreSQL",
    fields=(
        host("localhost", help="e.g. db.example.com, or the folder of a local socket"),
        port(5432),
        user("postgres"),
        password(required=False),
        database("postgres"),
        Field(
            "sslmode", "TLS mode", "choice", choices=_SSL_MODES, help="the server's own choice when left open"
        ),
        Field(
            "sslrootcert", "TLS root certificate", "path", help="a PEM file, for verify-ca and verify-full"
        ),
    ),
    shape=UrlShape("postgresql+psycopg"),
    driver_modules=("psycopg",),
    extra="postgresql",
    abilities=Abilities(has_transactional_ddl=True, has_notifications=True, is_async=True, is_proven=True),
    arguments=_arguments,
    error_hints={
        "28000": "Check the user and what pg_hba.conf allows from this machine.",
        "28P01": "Check the user and the password of the profile.",
        "3D000": "Check the database name of the profile; databases are listed by `psql -l`.",
        "3F000": "Check history_store_schema; names keep their case, so AMX and amx are two schemas.",
        "42501": "Ask the DBA for the rights that `amx-tui history-store grants` prints.",
        "42P01": "Check history_store_schema; names keep their case, so AMX and amx are two schemas.",
        "53300": "The server has no free connection; close some or raise max_connections.",
        "57P03": "The server is starting or stopping; try again in a moment.",
    },
)
