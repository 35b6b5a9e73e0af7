"""Lineage canvases in the layout `document`."""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.store.tables.columns import column, edited_columns, text
from amx_tui.store.tables.types import ColumnTypes

__all__ = ["artifacts", "edges", "nodes"]


def artifacts(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a canvas."""
    table = sa.Table(
        "shared_lineage_artifacts",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        text("name", types.name(512), "Name of the canvas"),
        text("db_profile", types.name(120), "Profile of the described database"),
        text("anchor_entity_ref", types.name(1024), "Asset that the canvas starts from"),
        column("depth_up", sa.Integer, "Steps followed upstream"),
        column("depth_down", sa.Integer, "Steps followed downstream"),
        text("format", types.name(20), "Form of the last export"),
        column("node_count", sa.Integer, "Nodes on the canvas"),
        column("edge_count", sa.Integer, "Edges on the canvas"),
        column("edge_set_hash", types.name(64), "Hash of the edges as they were generated"),
        column("generated_at", types.time(), "When the edges were generated, UTC"),
        column("extractors_used", types.json(), "What found the edges"),
        column("extractors_partial", sa.Integer, "1 if some of it failed"),
        column("canvas_meta", types.json(), "Look of the canvas"),
        *edited_columns(types),
        comment="AMX: saved lineage canvases",
    )
    sa.Index("ix_shared_lineage_artifacts_name", table.c.name, table.c.db_profile, unique=True)
    return table


def nodes(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row a node of a canvas."""
    table = sa.Table(
        "shared_lineage_nodes",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("artifact_id", types.id(), "Canvas that it stands on", nullable=False),
        text("entity_ref", types.name(1024), "Asset that it shows"),
        text("entity_kind", types.name(40), "table, view, column"),
        text("db_profile", types.name(120), "Profile of the described database"),
        column("x", sa.Double, "Position from the left"),
        column("y", sa.Double, "Position from the top"),
        column("width", sa.Double, "Width"),
        column("height", sa.Double, "Height"),
        column("z_index", sa.Integer, "Which of two that overlap lies on top"),
        column("display_label", types.name(512), "Label in place of the name"),
        column("column_list_json", types.json(), "Columns shown in it"),
        column("logo_key", types.name(120), "Picture shown in it"),
        column("custom_style_json", types.json(), "Look of the node"),
        *edited_columns(types),
        comment="AMX: nodes of the lineage canvases",
    )
    sa.Index("ix_shared_lineage_nodes_artifact_id", table.c.artifact_id)
    return table


def edges(metadata: sa.MetaData, types: ColumnTypes) -> sa.Table:
    """One row an edge of a canvas."""
    table = sa.Table(
        "shared_lineage_edges",
        metadata,
        column("id", types.id(), "UUID", primary_key=True),
        column("artifact_id", types.id(), "Canvas that it stands on", nullable=False),
        column("source_node_id", types.id(), "Node that it comes from", nullable=False),
        column("target_node_id", types.id(), "Node that it leads to", nullable=False),
        text("edge_kind", types.name(40), "What connects the two"),
        column("join_type", types.name(20), "Kind of join"),
        column("on_condition", types.text(), "Condition of the join"),
        column("where_clause", types.text(), "Filter on the way"),
        column("source_columns_json", types.json(), "Columns read"),
        column("target_columns_json", types.json(), "Columns written"),
        column("label", types.name(512), "Label of the edge"),
        column("style_json", types.json(), "Look of the edge"),
        column("waypoints_json", types.json(), "Points that it goes through"),
        *edited_columns(types),
        comment="AMX: edges of the lineage canvases",
    )
    sa.Index("ix_shared_lineage_edges_artifact_id", table.c.artifact_id)
    return table
