"""What those who have the store open are told of, in the moment in which it is committed; on PostgreSQL alone."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

from amx_tui.domain.notices import Notice
from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import storable

__all__ = ["Notice", "announce", "channel", "notify"]

_LONGEST = 63
"""Bytes of the longest channel name."""


def channel(tables: Tables) -> str:
    """The channel of one store; stores in other schemas of the same database have their own."""
    name = f"amx_tui:{tables.schema or ''}"
    if len(name.encode()) > _LONGEST:
        name = f"amx_tui:{hashlib.sha256(name.encode()).hexdigest()[:40]}"
    return name


def notify(tables: Tables, notice: Notice) -> sa.ColumnElement[Any]:
    """The expression that tells, when the transaction around it is committed."""
    return sa.func.pg_notify(
        sa.literal(channel(tables), sa.Text), sa.literal(storable(notice.payload()), sa.Text), type_=sa.Text
    )


def announce(connection: sa.Connection, tables: Tables, notice: Notice) -> None:
    """Tell of a change inside the transaction that makes it; where the host cannot tell, others look by themselves."""
    if tables.backend_name == "postgresql":
        connection.execute(sa.select(notify(tables, notice)))
