"""Microsoft SQL Server and Azure SQL."""

from __future__ import annotations

from amx_tui.backends.common import database, host, password, port, user
from amx_tui.backends.model import CONNECT_TIMEOUT, Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]


def _arguments(_parameters: Parameters) -> dict[str, object]:
    return {"timeout": CONNECT_TIMEOUT}


BACKEND = Backend(
    name="mssql",
    title="SQL Server",
    fields=(
        host("localhost"),
        port(1433),
        user("sa"),
        password(),
        database(),
        Field(
            "driver",
            "ODBC driver",
            default="ODBC Driver 18 for SQL Server",
            help="as `odbcinst -q -d` lists it",
        ),
        Field("encrypt", "Encrypt", "bool", default=True),
        Field("trust_server_certificate", "Trust any certificate", "bool", default=False),
    ),
    shape=UrlShape(
        "mssql+pyodbc",
        query={
            "driver": "driver",
            "encrypt": "Encrypt",
            "trust_server_certificate": "TrustServerCertificate",
        },
        booleans=("yes", "no"),
    ),
    driver_modules=("pyodbc",),
    extra="mssql",
    abilities=Abilities(has_transactional_ddl=True),
    arguments=_arguments,
    error_hints={
        "08001": "Check host and port, and that the server accepts connections from this machine.",
        "28000": "Check the user and the password of the profile.",
        "IM002": "Install Microsoft's ODBC driver, or name the installed one under driver.",
    },
)
