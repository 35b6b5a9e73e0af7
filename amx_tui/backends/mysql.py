"""MySQL and MariaDB, where a schema is a database."""

from __future__ import annotations

from pathlib import Path

from amx_tui.backends.common import database, host, password, port, user
from amx_tui.backends.model import CONNECT_TIMEOUT, Abilities, Backend, Field, Parameters, UrlShape
from amx_tui.domain.errors import ConfigError

__all__ = ["BACKEND"]


def _socket(parameters: Parameters) -> str | None:
    """Return the path of a local socket: a host that is a path, or the driver's own `unix_socket`."""
    for name in ("unix_socket", "host"):
        if str(parameters.get(name, "")).startswith("/"):
            return str(parameters[name])
    return None


def _rewrite(parameters: Parameters) -> Parameters:
    """Leave host and port out of the URL where a local socket is used."""
    if _socket(parameters) is None:
        return parameters
    return {name: value for name, value in parameters.items() if name not in {"host", "port"}}


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {"connect_timeout": CONNECT_TIMEOUT, "charset": "utf8mb4"}
    socket = _socket(parameters)
    if socket is not None:
        arguments["unix_socket"] = socket
    elif not parameters.get("ssl_disabled"):
        arguments["ssl"] = _tls(parameters.get("ssl_ca"))
    return arguments


def _tls(authority: object) -> object:
    """Make the TLS settings: verified against `authority` where that is given, else encrypted only.

    The driver uses them when the server offers TLS, so a server without it can still be reached.
    """
    import ssl

    if authority is None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        return ssl.create_default_context(cafile=str(authority))
    except OSError as error:
        raise ConfigError(
            "The certificate file of the MySQL profile cannot be read.",
            hint="Check the path under ssl_ca; it must be a PEM file.",
            path=Path(str(authority)),
            key="ssl_ca",
        ) from error


BACKEND = Backend(
    name="mysql",
    title="MySQL / MariaDB",
    fields=(
        host("localhost", help="e.g. db.example.com, or the path of a local socket"),
        port(3306),
        user("root"),
        password(required=False),
        database(help="the default database; the AMX schema is a database of its own"),
        Field(
            "ssl_disabled",
            "Without TLS",
            "bool",
            help="TLS is used where the server offers it, unless this is set",
        ),
        Field("ssl_ca", "TLS root certificate", "path", help="a PEM file; the server is verified against it"),
    ),
    shape=UrlShape("mysql+aiomysql"),
    driver_modules=("aiomysql",),
    extra="mysql",
    abilities=Abilities(is_async=True, is_proven=True),
    arguments=_arguments,
    rewrite=_rewrite,
    error_hints={
        "1040": "The server has no free connection; close some or raise max_connections.",
        "1044": "Ask the DBA for the rights that `amx-tui history-store grants` prints.",
        "1045": "Check the user and the password of the profile.",
        "1049": "Check the database name of the profile; databases are listed by SHOW DATABASES.",
        "1142": "Ask the DBA for the rights that `amx-tui history-store grants` prints.",
        "1146": "Check history_store_schema; names keep their case on most servers.",
        "1290": "The server runs read-only; use the primary server.",
        "2003": "Check host and port, and that the server accepts connections from this machine.",
        "2013": "The connection broke; try again.",
    },
)
