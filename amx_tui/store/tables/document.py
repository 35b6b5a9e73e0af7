"""The layout `document`: the tables of the AMX documentation, which this program makes.

There are no foreign keys: some hosts have none, and where they are they lock the run of every result that
is written. The repositories write parents and children in one transaction.
"""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.store.tables import catalog, history, lineage, members, pages
from amx_tui.store.tables.types import ColumnTypes

__all__ = ["SCHEMA_VERSION", "build"]

SCHEMA_VERSION = 1
"""The schema version that this program writes; it opens a store of a higher one for reading only."""


def build(metadata: sa.MetaData, types: ColumnTypes, *, is_local: bool) -> dict[str, sa.Table]:
    """Declare the tables in `metadata` and return them by their name in `Tables`.

    Args:
        is_local: Whether it is the local store, whose `catalog_entities` is called `local_catalog_entities`.
    """
    catalog_name = "local_catalog_entities" if is_local else "catalog_entities"
    return {
        "runs": history.runs(metadata, types),
        "results": history.results(metadata, types),
        "applications": history.applications(metadata, types),
        "catalog": catalog.catalog(metadata, types, catalog_name),
        "shared_catalog": catalog.shared_catalog(metadata, types),
        "lineage_artifacts": lineage.artifacts(metadata, types),
        "lineage_nodes": lineage.nodes(metadata, types),
        "lineage_edges": lineage.edges(metadata, types),
        "pages": pages.pages(metadata, types),
        "page_sources": pages.sources(metadata, types),
        "page_assets": pages.assets(metadata, types),
        "page_versions": pages.versions(metadata, types),
        "users": members.users(metadata, types),
        "admin_audit": members.admin_audit(metadata, types),
        "sessions": members.sessions(metadata, types),
        "schema_meta": members.schema_meta(metadata, types),
    }
