"""What those who have the store open are told of, in the moment in which it is committed; on PostgreSQL alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amx_tui.store.tables import Tables
from amx_tui.store.tables.types import dump_json

__all__ = ["Notice", "channel", "notify"]

_LONGEST = 63
"""Bytes of the longest channel name."""


@dataclass(frozen=True, slots=True)
class Notice:
    """That a row was saved, by whom, and which version it has now."""

    kind: str
    """`page` and the like."""
    row_id: str
    version: int
    who: str

    def payload(self) -> str:
        """The notice as it travels: short, for PostgreSQL takes 8,000 bytes at most."""
        return dump_json({"kind": self.kind, "id": self.row_id, "version": self.version, "who": self.who})


def channel(tables: Tables) -> str:
    """The channel of one store; stores in other schemas of the same database have their own."""
    name = f"amx_tui:{tables.schema or ''}"
    if len(name.encode()) > _LONGEST:
        name = f"amx_tui:{hashlib.sha256(name.encode()).hexdigest()[:40]}"
    return name


def notify(tables: Tables, notice: Notice) -> sa.ColumnElement[Any]:
    """The expression that tells, when the transaction around it is committed."""
    return sa.func.pg_notify(
        sa.literal(channel(tables), sa.Text), sa.literal(notice.payload(), sa.Text), type_=sa.Text
    )
