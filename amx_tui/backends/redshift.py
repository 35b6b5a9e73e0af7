"""Amazon Redshift."""

from __future__ import annotations

from amx_tui.backends.common import database, host, password, port, user
from amx_tui.backends.model import CONNECT_TIMEOUT, Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {"timeout": CONNECT_TIMEOUT, "application_name": "amx-tui"}
    if parameters.get("cluster_identifier") is not None:
        arguments["cluster_identifier"] = parameters["cluster_identifier"]
    return arguments


BACKEND = Backend(
    name="redshift",
    title="Redshift",
    fields=(
        host(help="e.g. team.abc123.eu-west-1.redshift.amazonaws.com"),
        port(5439),
        user(),
        password(),
        database("dev"),
        Field("cluster_identifier", "Cluster", is_bare=True),
    ),
    shape=UrlShape("redshift+redshift_connector"),
    driver_modules=("redshift_connector", "sqlalchemy_redshift"),
    extra="redshift",
    abilities=Abilities(has_transactional_ddl=True),
    arguments=_arguments,
    error_hints={
        "28000": "Check the user and the password of the profile.",
        "28P01": "Check the user and the password of the profile.",
        "3D000": "Check the database name of the profile.",
        "42501": "Ask the DBA for the rights that `amx-tui history-store grants` prints.",
    },
)
