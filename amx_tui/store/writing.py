"""What every repository that writes into a store is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from amx_tui.store.database import Database
from amx_tui.store.tables import Tables

__all__ = ["WritingRepository"]


def _now() -> datetime:
    return datetime.now(UTC)


class WritingRepository:
    """A repository that writes into one store.

    Args:
        read_only_reason: Why the store cannot be written to; empty where it can.
        now: Tells the present moment, which becomes the time of what is written.
    """

    def __init__(
        self,
        database: Database,
        tables: Tables,
        *,
        read_only_reason: str = "",
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._database = database
        self._tables = tables
        self._read_only_reason = read_only_reason
        self._now = now
