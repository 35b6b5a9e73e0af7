"""Logging in at PostgreSQL: our settings travel along, unless a pooler does not take them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from amx_tui.store.dialect_postgresql import PostgresLogin


async def test_a_pooler_that_takes_no_settings_is_logged_in_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pgbouncer refuses the settings once; from there on they are left out."""
    seen: list[dict[str, Any]] = []

    async def connect(**values: Any) -> str:
        seen.append(values)
        if "options" in values:
            raise psycopg.OperationalError("FATAL:  unsupported startup parameter: options")
        return "a connection"

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
    login = PostgresLogin()
    assert [await login(host="pooler"), await login(host="pooler")] == ["a connection"] * 2  # type: ignore[comparison-overlap]
    assert ["options" in values for values in seen] == [True, False, False]


async def test_other_refusals_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong password is sent once."""
    seen: list[dict[str, Any]] = []

    async def connect(**values: Any) -> None:
        seen.append(values)
        raise psycopg.OperationalError("FATAL:  password authentication failed")

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", connect)
    with pytest.raises(psycopg.OperationalError):
        await PostgresLogin()(host="prod")
    assert len(seen) == 1
