"""The names of the assets that a store knows, for completing them while somebody writes."""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.domain.names import join_name
from amx_tui.store.database import Database
from amx_tui.store.result_pages import column_of
from amx_tui.store.rows import text_of
from amx_tui.store.tables import Tables

__all__ = ["AssetNameRepository"]

_NEWEST_RUNS = 30
"""The runs whose assets are known besides the catalog's: not every team syncs one."""


class AssetNameRepository:
    """The names of assets in one store's catalog, and of what its newest runs described."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    async def list(self, *, limit: int = 20_000) -> tuple[str, ...]:
        """Read qualified names, sorted, each once, in one round trip.

        Args:
            limit: Names of the catalog, and of results, at most.

        Raises:
            StoreError: The store does not answer.
        """
        tables = self._tables
        catalog = (tables.catalog if tables.shared_catalog is None else tables.shared_catalog).c
        results, runs = tables.results.c, tables.runs.c
        run_id = runs.run_id if tables.layout == "document" else runs.id
        newest = sa.select(run_id).order_by(runs.started_at.desc()).limit(_NEWEST_RUNS).subquery("newest")
        parts = ("schema_name", "table_name", "column_name")
        catalogued = sa.select(*(sa.func.coalesce(catalog[part], "").label(part) for part in parts))
        described = sa.select(
            *(sa.func.coalesce(column_of(tables, part), "").label(part) for part in parts)
        ).where(results.run_id.in_(sa.select(newest)))
        both = sa.union_all(
            sa.select(catalogued.limit(limit).subquery("catalogued")),
            sa.select(described.limit(limit).subquery("described")),
        )

        def work(connection: sa.Connection) -> tuple[str, ...]:
            names: set[str] = set()
            for row in connection.execute(both):
                schema, table, column = map(text_of, row)
                # What is below an asset makes the asset known too.
                names.update(
                    join_name(name) for name in ((schema,), (schema, table), (schema, table, column))
                )
            return tuple(sorted(name for name in names if name))

        return await self._database.run(work)
