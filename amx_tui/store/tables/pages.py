"""Documentation pages in the layout `document`."""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.store.tables.columns import column, edited_columns, text
from amx_tui.store.tables.types import ColumnTypes

__all__ = ["assets", "pages", "sources", "versions"]


def pages(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a page, with its text as it was saved last."""
    table = sa.Table(
        "shared_documentation_pages",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        text("title", types.name(512), "Title of the page"),
        column("slug", types.name(512), "Title as an address writes it", nullable=False),
        column("markdown_body", types.text(), "Text of the page, Markdown", nullable=False),
        text("status", types.name(40), "draft, published or deleted"),
        column("generation_prompt", types.text(), "What the language model was asked"),
        column("model_used", types.name(120), "Language model that drafted it"),
        column("db_profile", types.name(120), "Profile of the described database"),
        *edited_columns(types),
        comment="AMX: documentation pages",
    )
    sa.Index("ix_shared_documentation_pages_slug", table.c.slug, unique=True)
    sa.Index("ix_shared_documentation_pages_updated_at", table.c.updated_at, table.c.id)
    return table


def sources(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a file that a page was made from."""
    table = sa.Table(
        "shared_documentation_pages_sources",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("page_id", types.id(), "Page that it belongs to", nullable=False),
        text("source_kind", types.name(40), "Kind of the source"),
        text("source_path", types.name(1024), "Where it was found"),
        text("original_name", types.name(512), "Name of the file"),
        column("created_at", types.time(), "When it was added, UTC", nullable=False),
        comment="AMX: what the documentation pages were made from",
    )
    sa.Index("ix_shared_documentation_pages_sources_page_id", table.c.page_id)
    return table


def assets(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row an asset that a page is about."""
    table = sa.Table(
        "shared_documentation_pages_assets",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("page_id", types.id(), "Page that it belongs to", nullable=False),
        text("asset_kind", types.name(40), "schema, table, column"),
        text("asset_ref", types.name(1024), "Asset that the page is about"),
        column("included", sa.Integer, "1 if it was left in, 0 if not", nullable=False),
        comment="AMX: what the documentation pages are about",
    )
    sa.Index("ix_shared_documentation_pages_assets_page_id", table.c.page_id)
    return table


def versions(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a saved state of a page."""
    return sa.Table(
        "shared_documentation_pages_versions",
        metadata,
        column("page_id", types.id(), "Page that was saved", primary_key=True),
        column(
            "version_no",
            sa.Integer,
            "Version that the save made",
            primary_key=True,
            autoincrement=False,
        ),
        text("title", types.name(512), "Title as saved"),
        text("status", types.name(40), "Status as saved"),
        column("markdown_body", types.text(), "Text as saved, Markdown", nullable=False),
        column("saved_at", types.time(), "When it was saved, UTC", nullable=False),
        text("saved_by", types.name(), "Member who saved"),
        column("note", types.text(), "What the member said about the save"),
        column("save_id", types.id(), "UUID that the client drew for the save"),
        comment="AMX: every saved state of the documentation pages",
    )
