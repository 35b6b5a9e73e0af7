"""What a backend's way with comments consists of, and what is common to all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from amx_tui.domain.assets import AssetFacts, AssetName, CommentChange
from amx_tui.domain.errors import StoreError

__all__ = ["CatalogEntry", "Comments", "Found", "Refusal", "Target", "folded", "kind_of"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a comment cannot be written, known before it is tried."""

    error_text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """An asset as a catalogue lists it, with what only writing needs to know."""

    facts: AssetFacts
    relation: str = ""
    """The kind of relation that a column is part of; of others their own kind."""
    may_lock: bool = False
    """Whether this user may hold it as a table of its own."""
    refusal: Refusal | None = None
    """What stands against writing its comment: a right that this user lacks."""


Found = dict[AssetName, CatalogEntry]
"""What there is of the wanted names, by the wanted name."""


@dataclass(frozen=True, slots=True)
class Target:
    """A comment to be written, and the asset that it is about."""

    entry: CatalogEntry
    comment: str

    @property
    def name(self) -> AssetName:
        """The asset as the database spells it."""
        return self.entry.facts.name


class Comments(Protocol):
    """How one backend reads and writes comments, over a connection."""

    batch_size: int
    """How many comments are written in one transaction at most."""
    locks_tables: bool
    """Whether others hold single tables; else whoever holds something holds the whole database."""
    is_transactional: bool
    """Whether a transaction holds comments of several tables; else each table is a batch of its own."""
    note: str
    """What people should know about comments there before the first is written; empty where nothing."""

    def reason_against_writing(self) -> str:
        """Why no comment can be written there; empty where they can."""

    def reason_against(self, kind: str) -> str:
        """Why assets of a kind can carry no comment there; empty where they can."""

    def too_long(self, change: CommentChange) -> Refusal | None:
        """Say how much too long a text is for the backend; None where it is not."""

    def read(
        self, connection: sa.Connection, names: Collection[AssetName], *, only_comments: bool = False
    ) -> Found:
        """Return what is there of `names`: those spelled so, else those that the backend takes for the same.

        Args:
            connection: A connection, in a transaction or not.
            names: The names wanted.
            only_comments: Leave out what writing needs not: types and keys.
        """

    def lock(self, connection: sa.Connection, tables: Iterable[CatalogEntry], seconds: float) -> None:
        """Keep others from changing comments of these until the transaction ends, where the backend can.

        Args:
            connection: A connection in a transaction that has written nothing yet.
            tables: Tables, other relations and schemas.
            seconds: How long each is waited for that somebody else holds.
        """

    def unlock(self, connection: sa.Connection) -> None:
        """Let go of what `lock` holds, where the end of the transaction does not."""

    def write(self, connection: sa.Connection, targets: Sequence[Target]) -> str:
        """Write comments of assets without a refusal: all or none.

        Returns:
            What else has changed with them, for people; empty where nothing did.
        """

    def cure(self, error: StoreError, target: Target) -> str:
        """What to do about an error, where more is known than the error says; else empty."""


_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def folded(name: str) -> str:
    """Return a name as databases fold it: ASCII letters lower, others as they are."""
    return name.translate(_LOWER)


def kind_of(name: AssetName) -> str:
    """The kind of an asset as far as its name tells it."""
    return "column" if name.column_name else "table" if name.table_name else "schema"
