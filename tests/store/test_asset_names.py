"""The names of assets that a store knows: its catalog's, and those of what its newest runs described."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from amx_tui.domain.recording import NewResult, NewRun
from amx_tui.domain.results import Alternative
from amx_tui.store.opening import open_store
from tests.servers import HostServer, PostgresHost
from tests.store.hosts import ALICE, connected, enable, enroll

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


async def test_catalog_and_runs_give_names_each_once(host: HostServer) -> None:
    """With what they lie in, and quoted where a name needs it."""
    async with connected(host) as database:
        await enable(database, host.schema)
        store = await open_store(database, schema=host.schema or None)
        assert await store.asset_names.list() == ()
        column = NewResult(
            schema_name="sales",
            table_name="orders",
            column_name="Größe €",
            alternatives=(Alternative("Size."),),
        )
        await enroll(database, store.tables, ALICE)
        await store.recorder.record(NewRun(started_at=NOW), [column], identity=ALICE)
        catalog = store.tables.shared_catalog
        assert catalog is not None
        row = {
            "entity_id": "1",
            "schema_name": "sales",
            "table_name": "customer",
            "synced_at": NOW,
            "updated_at": NOW,
        }
        await database.run(lambda connection: connection.execute(sa.insert(catalog).values(row)), write=True)
        assert await store.asset_names.list() == (
            "sales",
            "sales.customer",
            "sales.orders",
            'sales.orders."Größe €"',
        )


@pytest.mark.postgresql
async def test_a_catalog_that_amx_cli_made_is_read(amx_cli_store: PostgresHost) -> None:
    """Its schemas, tables and columns."""
    async with connected(amx_cli_store) as database:
        store = await open_store(database, schema="AMX")
        names = await store.asset_names.list()
    assert {"sales", "sales.customer"} <= set(names)
    assert len(set(names)) == len(names)
