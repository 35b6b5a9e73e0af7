"""Columns that many tables of the layout `document` have, each with its comment."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amx_tui.store.tables.types import ColumnTypes

__all__ = ["RUN_ID_LENGTH", "column", "count", "edited_columns", "text", "version", "written_by"]

RUN_ID_LENGTH = 40
"""Characters of the longest run id."""


def column(name: str, kind: Any, comment: str, **options: Any) -> sa.Column[Any]:
    """A column that may be NULL unless `options` says otherwise."""
    return sa.Column(name, kind, comment=comment, **options)


def text(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    """A text that is never NULL, only empty."""
    return sa.Column(name, kind, nullable=False, server_default="", comment=comment)


def count(name: str, comment: str) -> sa.Column[Any]:
    """A number that is never NULL."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0", comment=comment)


def version() -> sa.Column[Any]:
    """The number that optimistic concurrency compares."""
    return sa.Column(
        "version",
        sa.Integer,
        nullable=False,
        server_default="1",
        comment="Counts the saves; every save names the version that it replaces",
    )


def written_by(types: ColumnTypes) -> tuple[sa.Column[Any], ...]:
    """Who made a row, where and with what."""
    return (
        text("created_by", types.name(), "Member who made the row"),
        text("hostname", types.name(), "Machine that the row was made on"),
        text("client_version", types.name(40), "Version of the program that made the row"),
    )


def edited_columns(types: ColumnTypes) -> tuple[sa.Column[Any], ...]:
    """What every row that people edit has: who, when, version."""
    return (
        *written_by(types),
        text("updated_by", types.name(), "Member who saved last"),
        column("created_at", types.time(), "When it was made, UTC", nullable=False),
        column("updated_at", types.time(), "When it was saved last, UTC", nullable=False),
        version(),
    )
