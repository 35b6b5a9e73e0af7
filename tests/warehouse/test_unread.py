"""Databases whose catalogue is not read from here: a reason instead of a guess."""

from __future__ import annotations

from typing import cast

import pytest

from amx_tui.domain.assets import AssetName
from amx_tui.domain.errors import UnsupportedHostError
from amx_tui.store.database import Database
from amx_tui.warehouse import Warehouse
from tests.warehouse.described import change


class Elsewhere:
    """A database that must not be asked anything but by the work itself."""

    backend_name = "snowflake"
    host_label = "acme/analytics"

    async def run(self, work, **_options: object) -> object:  # type: ignore[no-untyped-def]
        """Run the work without a connection."""
        return work(None)


async def test_a_reason_and_statements_instead_of_writing() -> None:
    """Without reading what is there, nobody could tell what would be overwritten."""
    warehouse = Warehouse(cast(Database, Elsewhere()))
    assert "Snowflake" in warehouse.reason_against_writing()
    assert warehouse.reason_against("column")
    assert warehouse.place == "acme/analytics"
    with pytest.raises(UnsupportedHostError, match="Snowflake"):
        await warehouse.facts([AssetName("s", "t")])
    assert warehouse.script([change("s", "t", comment="it's")]) == (
        """COMMENT ON TABLE "s"."t" IS 'it''s'""",
    )
    (outcome,) = await warehouse.write([change("s", "t", comment="x")])
    assert not outcome.is_written
    assert "Snowflake" in outcome.error_text
