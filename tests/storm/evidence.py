"""What a store holds when a storm is over."""

from __future__ import annotations

import sqlalchemy as sa

from amx_tui.store.database import Database
from amx_tui.store.tables import Tables
from tests.storm.record import Acknowledged, Overwritten, Record, Sent, StoredPage, StoredVersion

__all__ = ["gather"]


async def gather(
    database: Database, tables: Tables, sent: list[Sent], acknowledged: list[Acknowledged]
) -> Record:
    """Read pages, versions and audit trail of one moment, and put what the clients wrote down beside them."""
    pages, versions, audit = tables.pages.c, tables.page_versions.c, tables.admin_audit.c

    def read(connection: sa.Connection) -> Record:
        stored = connection.execute(sa.select(pages.id, pages.version, pages.markdown_body))
        found = [StoredPage(*row) for row in stored]
        kept = connection.execute(
            sa.select(versions.page_id, versions.version_no, versions.save_id, versions.markdown_body)
        )
        states = [
            StoredVersion(page_id, number, save_id or "", body) for page_id, number, save_id, body in kept
        ]
        forced = connection.execute(
            sa.select(audit.target_resource, audit.details_json).where(audit.action == "forced_overwrite")
        )
        noted = [
            Overwritten(resource.partition(":")[2], details["new_version"]) for resource, details in forced
        ]
        return Record(sent, acknowledged, found, states, noted)

    return await database.run(read, snapshot=True)
