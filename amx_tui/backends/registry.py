"""All backends by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amx_tui.backends import (
    bigquery,
    clickhouse,
    databricks,
    duckdb,
    mssql,
    mysql,
    postgresql,
    redshift,
    snowflake,
    sqlite,
)
from amx_tui.backends.model import Backend
from amx_tui.domain.errors import NotFoundError
from amx_tui.domain.text import one_line

__all__ = ["BACKENDS", "KEPT_BACKENDS", "find", "get"]

BACKENDS: Mapping[str, Backend] = MappingProxyType(
    {
        backend.name: backend
        for backend in (
            postgresql.BACKEND,
            mysql.BACKEND,
            mssql.BACKEND,
            snowflake.BACKEND,
            bigquery.BACKEND,
            databricks.BACKEND,
            redshift.BACKEND,
            clickhouse.BACKEND,
            duckdb.BACKEND,
            sqlite.BACKEND,
        )
    }
)
"""Every backend we connect to, in the order in which a new profile's form offers them."""

KEPT_BACKENDS = frozenset({"oracle", "trino", "hive"})
"""Backends of amx-cli that we keep in the file and list, but do not connect to."""

_ALIASES = {"mariadb": "mysql", "postgres": "postgresql", "sqlserver": "mssql"}


def find(name: str) -> Backend | None:
    """Return the backend called `name`, None where there is none; forgives case and other usual names."""
    lowered = name.strip().lower()
    return BACKENDS.get(_ALIASES.get(lowered, lowered))


def get(name: str) -> Backend:
    """Return the backend called `name`.

    Raises:
        NotFoundError: There is no such backend; the hint lists those there are.
    """
    backend = find(name)
    if backend is None:
        raise NotFoundError(
            f"There is no backend called {one_line(name, 60)!r}.", hint=f"Backends are {', '.join(BACKENDS)}."
        )
    return backend
