"""Databases that are not read from here: their comments are left alone, and people are told why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NoReturn

import sqlalchemy as sa

from amx_tui.backends import find
from amx_tui.domain.assets import AssetName, CommentChange
from amx_tui.domain.errors import StoreError, UnsupportedHostError
from amx_tui.warehouse.model import CatalogEntry, Found, Refusal, Target

__all__ = ["UnreadComments"]


class UnreadComments:
    """The comments of a kind of database that this program cannot read back, so that it writes none either."""

    batch_size = 1
    locks_tables = False
    is_transactional = True
    note = ""

    def __init__(self, backend_name: str) -> None:
        backend = find(backend_name)
        self._title = backend.title if backend is not None else backend_name

    def reason_against_writing(self) -> str:
        """Without reading what is there, nobody could tell what is overwritten."""
        return f"amx-tui does not read the catalogue of {self._title} yet, so it writes no comments there."

    def reason_against(self, kind: str) -> str:
        """The same for every kind."""
        return self.reason_against_writing()

    def too_long(self, change: CommentChange) -> Refusal | None:
        """Nothing is written anyway."""
        return None

    def read(
        self, connection: sa.Connection, names: Collection[AssetName], *, only_comments: bool = False
    ) -> Found:
        """Refuse.

        Raises:
            UnsupportedHostError: Always.
        """
        self._refuse()

    def lock(self, connection: sa.Connection, tables: Iterable[CatalogEntry], seconds: float) -> None:
        """Refuse.

        Raises:
            UnsupportedHostError: Always.
        """
        self._refuse()

    def unlock(self, connection: sa.Connection) -> None:
        """Nothing to do: nothing is held."""

    def write(self, connection: sa.Connection, targets: Sequence[Target]) -> str:
        """Refuse.

        Raises:
            UnsupportedHostError: Always.
        """
        self._refuse()

    def cure(self, error: StoreError, target: Target) -> str:
        """The reason says it all."""
        return ""

    def _refuse(self) -> NoReturn:
        raise UnsupportedHostError(
            self.reason_against_writing(),
            hint="Comments can be written to PostgreSQL, MySQL, MariaDB and SQLite.",
        )
