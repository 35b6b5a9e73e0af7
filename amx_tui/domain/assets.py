"""Assets of a described database: their names, what its catalogue says of them, and comments to be written."""

from __future__ import annotations

from dataclasses import dataclass

from amx_tui.domain.names import join_name

__all__ = ["AssetFacts", "AssetName", "CommentChange", "CommentOutcome"]


@dataclass(frozen=True, slots=True, order=True)
class AssetName:
    """What a schema, table or column is called, part by part."""

    schema_name: str
    table_name: str = ""
    """Empty for a schema."""
    column_name: str = ""
    """Empty for a schema or table."""

    @property
    def qname(self) -> str:
        """The qualified name, such as `sales.customer.c_email`."""
        return join_name([self.schema_name, self.table_name, self.column_name])

    @property
    def table(self) -> AssetName:
        """The table that a column is part of; the table or schema itself otherwise."""
        return AssetName(self.schema_name, self.table_name)


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What a described database says of one asset."""

    name: AssetName
    """As the database spells it."""
    kind: str
    """`schema`, `column`, or the kind of relation: `table`, `view`, `materialized view`, `foreign table`."""
    dtype: str = ""
    is_nullable: bool | None = None
    is_primary_key: bool = False
    references: str = ""
    """The column that a foreign key leads to, as a qualified name."""
    comment: str = ""
    """Empty where there is none."""


@dataclass(frozen=True, slots=True)
class CommentChange:
    """A comment to be written."""

    name: AssetName
    kind: str
    comment: str
    """Empty to remove the comment."""


@dataclass(frozen=True, slots=True)
class CommentOutcome:
    """What became of one comment that was to be written."""

    name: AssetName
    """As it was asked for."""
    is_written: bool
    """Whether the database now holds the comment: it was written, or was there already."""
    error_text: str = ""
    """Why it was not written, in a sentence; where it was, what else changed with it, else empty."""
    hint: str = ""
    """What to do about that."""
    is_missing: bool = False
    """Whether the database has no such asset."""
    is_changed: bool = False
    """Whether it was left alone because its comment is no longer the expected one."""
    is_unknown: bool = False
    """Whether the connection broke at a moment that leaves open if it was written: the database must be asked."""
    previous_comment: str = ""
    """What was there right before."""
