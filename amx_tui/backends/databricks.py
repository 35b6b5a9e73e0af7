"""Databricks SQL warehouses."""

from __future__ import annotations

from amx_tui.backends.common import host
from amx_tui.backends.model import Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {"user_agent_entry": "amx-tui"}
    for name in ("tls_trusted_ca_file", "tls_no_verify"):
        if parameters.get(name) is not None:
            # The driver spells its TLS arguments with an underscore in front.
            arguments[f"_{name}"] = parameters[name]
    return arguments


BACKEND = Backend(
    name="databricks",
    title="Databricks",
    fields=(
        host(help="e.g. dbc-a1b2345c-d6e7.cloud.databricks.com"),
        Field("http_path", "HTTP path", required=True, help="e.g. /sql/1.0/warehouses/abc123"),
        Field("access_token", "Access token", "secret", required=True, help="typed, or env:NAME"),
        Field("catalog", "Catalog", required=True, default="main"),
        Field("database", "Schema"),
        Field("tls_trusted_ca_file", "TLS root certificate", "path"),
        Field("tls_no_verify", "Without certificate checks", "bool"),
    ),
    shape=UrlShape(
        "databricks",
        port="",
        password="access_token",
        database="",
        fixed_username="token",
        query={"http_path": "http_path", "catalog": "catalog", "database": "schema"},
    ),
    driver_modules=("databricks.sqlalchemy", "databricks.sql"),
    extra="databricks",
    database_field="catalog",
    arguments=_arguments,
    abilities=Abilities(),
)
