"""Snowflake."""

from __future__ import annotations

from amx_tui.backends.common import database, password, user
from amx_tui.backends.model import CONNECT_TIMEOUT, Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]

_SUFFIX = ".snowflakecomputing.com"


def _rewrite(parameters: Parameters) -> Parameters:
    """Take the account alone, also where the whole host name was pasted; the dialect adds the rest."""
    return {**parameters, "account": str(parameters["account"]).removesuffix(_SUFFIX)}


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {"login_timeout": CONNECT_TIMEOUT, "application": "amx-tui"}
    for name in ("insecure_mode", "ocsp_fail_open"):
        if parameters.get(name) is not None:
            arguments[name] = parameters[name]
    return arguments


BACKEND = Backend(
    name="snowflake",
    title="Snowflake",
    fields=(
        Field("account", "Account", required=True, is_bare=True, help="e.g. xy12345.eu-west-1"),
        user(),
        password(),
        database(),
        Field("warehouse", "Warehouse"),
        Field("role", "Role"),
        Field("insecure_mode", "Without certificate checks", "bool"),
        Field("ocsp_fail_open", "Accept when OCSP does not answer", "bool"),
    ),
    shape=UrlShape("snowflake", host="account", port="", query={"warehouse": "warehouse", "role": "role"}),
    driver_modules=("snowflake.sqlalchemy",),
    extra="snowflake",
    rewrite=_rewrite,
    arguments=_arguments,
    abilities=Abilities(),
    error_hints={
        "250001": "Check account, user and password of the profile.",
        "2003": "Check database, schema and role of the profile.",
        "3001": "Ask for the rights that `amx-tui history-store grants` prints.",
    },
)
