"""The catalog in the layout `document`: what each member contributed, and the merged view."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amx_tui.store.tables.columns import column, text, written_by
from amx_tui.store.tables.types import ColumnTypes

__all__ = ["catalog", "shared_catalog"]


def _asset_columns(types: ColumnTypes) -> tuple[sa.Column[Any], ...]:
    return (
        text("db_profile", types.name(), "Profile of the described database"),
        text("db_backend", types.name(40), "Backend of the described database"),
        text("database_name", types.name(), "Database of the asset"),
        text("target_qname", types.name(1024), "Qualified name of the asset"),
        text("schema_name", types.asset_name(), "Schema of the asset"),
        text("table_name", types.asset_name(), "Table of the asset; empty for a schema"),
        text("column_name", types.asset_name(), "Column; empty for a table or schema"),
        text("entity_kind", types.name(20), "schema, table or column"),
        text("asset_kind", types.name(40), "table, view and the like"),
        text("dtype", types.name(), "Type of the column; empty where unknown"),
        column("nullable", sa.Integer, "1 if the column may be NULL, 0 if not"),
        column("pk_flag", sa.Integer, "1 if the column is part of the primary key"),
        column("fk_flag", sa.Integer, "1 if the column is part of a foreign key"),
        column("row_count", sa.BigInteger, "Rows of the table"),
        column("comment", types.text(), "Comment in the described database"),
        column("synced_at", types.time(), "When it was read there, UTC", nullable=False),
    )


def catalog(metadata: sa.MetaData, types: ColumnTypes, name: str) -> sa.Table:
    """One row an asset and member."""
    table = sa.Table(
        name,
        metadata,
        column("entity_id", types.id(), "UUID drawn from contributor, profile and asset", primary_key=True),
        text("contributor", types.id(), "Id of the member whose sync read it"),
        *_asset_columns(types),
        *written_by(types),
        comment="AMX: what each member's sync contributed to the catalog",
    )
    sa.Index(f"ix_{name}_contributor", table.c.contributor, table.c.db_profile)
    return table


def shared_catalog(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row an asset: the newest contribution."""
    table = sa.Table(
        "shared_catalog_entities",
        metadata,
        # The id stands in for the asset's name, which is too long for a unique key on MySQL.
        column("entity_id", types.id(), "UUID drawn from profile and asset", primary_key=True),
        text("contributor", types.id(), "Id of the member whose contribution this is"),
        *_asset_columns(types),
        *written_by(types),
        column("updated_at", types.time(), "When the newest contribution arrived, UTC", nullable=False),
        comment="AMX: the merged catalog, one row per asset, the newest contribution",
    )
    sa.Index(
        "ix_shared_catalog_entities_target", table.c.target_qname, **types.index_prefix(target_qname=700)
    )
    sa.Index("ix_shared_catalog_entities_synced_at", table.c.synced_at, table.c.entity_id)
    return table
