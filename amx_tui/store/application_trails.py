"""Where intents and outcomes are kept: a table of ours, or the events of a store that amx-cli made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from amx_tui.domain.applications import Application, Destination, Intent, IntentOutcome
from amx_tui.domain.assets import AssetName
from amx_tui.domain.identity import Identity
from amx_tui.store.application_events import EventTrail
from amx_tui.store.application_table import TableTrail
from amx_tui.store.tables import Tables

__all__ = ["Trail", "trail_of"]


class Trail(Protocol):
    """Where the applications of one store are kept; all of it runs within somebody's transaction."""

    table: sa.Table

    def add(
        self,
        connection: sa.Connection,
        intents: Sequence[Intent],
        destination: Destination,
        identity: Identity,
        client_version: str,
        now: datetime,
    ) -> None:
        """Store intents."""

    def finish(
        self,
        connection: sa.Connection,
        outcomes: Sequence[IntentOutcome],
        run_id: str,
        identity: Identity,
        now: datetime,
        *,
        is_settled: bool,
    ) -> Sequence[IntentOutcome]:
        """Store outcomes; those that settle what somebody else left, only of intents that are open still.

        Returns:
            The outcomes that count now.
        """

    def there(
        self, connection: sa.Connection, application_ids: Iterable[str], *, of: Identity | None = None
    ) -> frozenset[str]:
        """Return which of these intents are stored; with `of`, which of them are that member's own."""

    def has_begun(self, connection: sa.Connection, run_id: str, who: Identity) -> bool:
        """Say whether a member has stored intents of a run."""

    def busy(
        self, connection: sa.Connection, destination: Destination, since: datetime
    ) -> dict[AssetName, str]:
        """Return the comments that other sessions are about to write there, and who."""

    def of_run(
        self, connection: sa.Connection, run_id: str, *, result_id: str = ""
    ) -> tuple[Application, ...]:
        """Read all applications of a run, or those of one of its results, in the order they were intended."""

    def newest_of_profile(self, connection: sa.Connection, db_profile: str) -> Destination | None:
        """Return where the newest application through a profile of that name went."""


def trail_of(tables: Tables) -> Trail:
    """Return where the applications of a store are kept."""
    if tables.applications is not None:
        return TableTrail(tables, tables.applications)
    assert tables.app_events is not None
    return EventTrail(tables, tables.app_events)
