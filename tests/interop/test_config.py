"""One `config.yml` and one keyring for both programs: what either writes, the other reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from amx_tui.domain.identity import Identity
from tests.interop.client import RealClient
from tests.interop.filling import ALICE
from tests.interop.ours import home_of
from tests.servers import PostgresHost
from tests.ui.seat import load_home

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]


async def test_profiles_and_the_extra_keys_go_both_ways(
    team: PostgresHost, tmp_path: Path, start_client: Callable[..., RealClient]
) -> None:
    """A profile made here is read there, one made there is read here, and keys that only amx-cli uses stay."""
    home = home_of(tmp_path, team, ALICE)
    with start_client(home, team, *ALICE) as alice:
        workspace = load_home(home, Identity(*ALICE))
        values = {"host": "db.example.com", "port": 3307, "user": "u", "password": "p", "database": "shop"}
        await workspace.profiles.save("ours", "mysql", values)
        read = alice("here.config")
        assert (read["profile"], read["schema"], read["enabled"]) == ("team", "AMX", True)
        ours = read["profiles"]["ours"]
        assert {key: ours[key] for key in values} == values
        assert ours["backend"] == "mysql"
        theirs = {
            "backend": "postgresql",
            "host": "pg",
            "port": 5433,
            "user": "v",
            "password": "q",
            "database": "d",
        }
        alice(
            "here.add_profile",
            "theirs",
            theirs,
            {"history_store_profiles": ["ours"], "history_store_database": "other"},
        )
        workspace = load_home(home, Identity(*ALICE))
        assert workspace.config_error is None
        found = workspace.profiles.get("theirs")
        assert found.backend == "postgresql"
        assert (found.values["host"], found.values["port"], found.values["database"]) == ("pg", 5433, "d")
        assert workspace.config.history_store_database == "other"
        await workspace.profiles.remove("ours")
        stored = yaml.safe_load((home / "config.yml").read_text(encoding="utf-8"))
        assert (stored["history_store_profiles"], stored["history_store_database"]) == (["ours"], "other")
        again = alice("here.config")
        assert again["database"] == "other"
        assert "theirs" in again["profiles"]
        assert "ours" not in again["profiles"]
