"""How pages name assets where another program reads the names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amx_tui.config.model import Config, Profile
from amx_tui.domain.errors import UsageError
from amx_tui.services.page_assets import page_asset


def test_where_amx_cli_made_the_store_an_asset_is_named_as_it_takes_it_apart() -> None:
    """By profile and database too: the page's, else the active one's, else the only one's; never a half one."""
    profiles = {
        "prod": Profile("prod", "postgresql", {"database": "db"}),
        "lake": Profile("lake", "bigquery", {"project": "acme"}),
        "bare": Profile("bare", "postgresql", {}),
    }
    several = Config(Path("config.yml"), profiles)

    def ref(name: str, profile: str = "", config: Config = several) -> tuple[str, str]:
        asset = page_asset(config, "amx_cli", profile, name)
        return asset.kind, asset.ref

    assert ref("sales.customer.c_id", "prod") == ("db_column", "prod/db/sales/customer.c_id")
    assert ref("sales.customer", "lake") == ("db_table", "lake/acme/sales/customer")
    assert ref("sales", config=replace(several, active_db_profile="prod")) == ("db_schema", "prod/db/sales")
    only = Config(Path("config.yml"), {"prod": profiles["prod"]})
    assert ref("sales", config=only) == ("db_schema", "prod/db/sales")
    for name, profile in (
        ("sales", ""),
        ("sales", "bare"),
        ("sales", "gone"),
        ("a/b", "prod"),
        ('s."t.u"', "prod"),
    ):
        with pytest.raises(UsageError, match="amx-cli"):
            ref(name, profile)
