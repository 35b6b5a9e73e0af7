"""Every table and column name of the store, per layout, in one place.

Repositories are written against `Tables`; they ask it what is there and know no names of tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from amx_tui.store.tables import amx_cli, document
from amx_tui.store.tables.types import ColumnTypes, StoredJson, StoredText, UtcDateTime, dump_json, load_json

__all__ = [
    "Layout",
    "StoredJson",
    "StoredText",
    "Tables",
    "UtcDateTime",
    "build_tables",
    "dump_json",
    "known_version",
    "load_json",
]

Layout = Literal["document", "amx_cli"]


@dataclass(frozen=True)
class Tables:
    """The tables of one store; None where its layout has no such table."""

    layout: Layout
    schema: str | None
    is_local: bool
    backend_name: str
    metadata: sa.MetaData
    runs: sa.Table
    results: sa.Table
    catalog: sa.Table
    lineage_artifacts: sa.Table
    lineage_nodes: sa.Table
    lineage_edges: sa.Table
    pages: sa.Table
    page_sources: sa.Table
    page_assets: sa.Table
    page_versions: sa.Table
    users: sa.Table
    admin_audit: sa.Table
    sessions: sa.Table
    schema_meta: sa.Table
    applications: sa.Table | None = None
    shared_catalog: sa.Table | None = None
    app_events: sa.Table | None = None

    def run_column(self, name: str) -> sa.ColumnElement[Any] | None:
        """Return what a run's column of the layout `document` is here, or None where it is not."""
        other_name = amx_cli.RUN_COLUMNS.get(name, name) if self.layout == "amx_cli" else name
        return self.runs.c.get(other_name)

    def result_column(self, name: str) -> sa.ColumnElement[Any] | None:
        """Return what a result's column of the layout `document` is here, or None where it is not.

        A name that the layout `amx_cli` leaves NULL reads as empty, as it does here.
        """
        if self.layout == "document":
            return self.results.c.get(name)
        column = self.results.c.get(amx_cli.RESULT_COLUMNS.get(name, name))
        return sa.func.coalesce(column, "") if name == "column_name" else column


def build_tables(layout: Layout, *, backend_name: str, schema: str | None, is_local: bool = False) -> Tables:
    """Declare the tables of a store.

    Args:
        backend_name: The backend of the host; it decides column types and collations.
        schema: The schema's name, always quoted in statements; None for a backend without schemas.
        is_local: Whether it is the store of the member's own machine.
    """
    metadata = sa.MetaData(schema=sa.quoted_name(schema, quote=True) if schema is not None else None)
    types = ColumnTypes(backend_name, is_ours=layout == "document")
    if layout == "document":
        tables = document.build(metadata, types, is_local=is_local)
    else:
        tables = amx_cli.build(metadata, types)
    return Tables(layout, schema, is_local, backend_name, metadata, **tables)


def known_version(layout: Layout) -> int:
    """Return the schema version up to which this program writes to stores of `layout`."""
    return document.SCHEMA_VERSION if layout == "document" else amx_cli.SCHEMA_VERSION
