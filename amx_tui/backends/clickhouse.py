"""ClickHouse: can be described, cannot host the store."""

from __future__ import annotations

from amx_tui.backends.common import HOST_REASON, database, host, password, port, user
from amx_tui.backends.model import CONNECT_TIMEOUT, Abilities, Backend, Field, Parameters, UrlShape

__all__ = ["BACKEND"]


def _arguments(parameters: Parameters) -> dict[str, object]:
    arguments: dict[str, object] = {"connect_timeout": CONNECT_TIMEOUT}
    for name in ("secure", "verify", "ca_cert"):
        if parameters.get(name) is not None:
            arguments[name] = parameters[name]
    return arguments


BACKEND = Backend(
    name="clickhouse",
    title="ClickHouse",
    fields=(
        host("localhost"),
        port(8123, required=False),
        user("default", required=False),
        password(required=False),
        database("default"),
        Field("secure", "TLS", "bool"),
        Field("ca_cert", "TLS root certificate", "path"),
        Field("verify", "Check certificates", "bool", default=True),
    ),
    shape=UrlShape("clickhousedb"),
    driver_modules=("clickhouse_connect",),
    extra="clickhouse",
    can_host=False,
    host_refusal=f"ClickHouse cannot host the shared store: {HOST_REASON}.",
    abilities=Abilities(),
    arguments=_arguments,
)
