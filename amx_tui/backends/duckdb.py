"""DuckDB and MotherDuck: can be described, cannot host the store."""

from __future__ import annotations

from amx_tui.backends.common import HOST_REASON
from amx_tui.backends.model import Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {}
    if parameters.get("read_only") is not None:
        arguments["read_only"] = parameters["read_only"]
    if parameters.get("motherduck_token") is not None:
        arguments["config"] = {"motherduck_token": parameters["motherduck_token"]}
    return arguments


BACKEND = Backend(
    name="duckdb",
    title="DuckDB",
    fields=(
        Field(
            "database",
            "File",
            "path",
            required=True,
            help="path of the database file, or md:NAME for MotherDuck",
        ),
        Field("read_only", "Read-only", "bool"),
        Field("motherduck_token", "MotherDuck token", "secret", help="typed, or env:NAME"),
    ),
    shape=UrlShape("duckdb", host="", port="", username="", password=""),
    driver_modules=("duckdb", "duckdb_engine"),
    extra="duckdb",
    can_host=False,
    host_refusal=f"DuckDB cannot host the shared store: {HOST_REASON}.",
    abilities=Abilities(has_transactional_ddl=True),
    arguments=_arguments,
)
