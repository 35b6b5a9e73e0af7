"""Verbs that answer with a report: shown, copied, repeated, and stopped while they take long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer
from tests.services.conftest import on_servers
from tests.ui.seat import BOB, LARGE, LOW, NORMAL, take_seat
from tests.ui.stores import write_config


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_doctor_lists_its_checks_and_their_cures(demo_home: Path, size: tuple[int, int]) -> None:
    """Each check is a sign, a name and a sentence; the report scrolls, is copied and done again."""
    async with take_seat(demo_home, size=size) as seat:
        await seat.command("doctor --offline")
        await seat.shows(ReportScreen)
        await seat.sees("config.yml")
        assert "✓" in seat.text
        await seat.press("y")
        copied = seat.app.clipboard
        assert "config.yml" in copied
        assert "✓" in copied
        await seat.press("G", "g", "j", "k", "r")
        await seat.shows(ReportScreen)
        await seat.press("escape")
        await seat.shows(HistoryScreen)


async def test_inspecting_a_profile_shows_its_abilities_and_schemas(demo_home: Path) -> None:
    """The demo's sandbox is a SQLite file that can be looked into."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.command("inspect sandbox")
        await seat.shows(ReportScreen)
        await seat.sees("✓", "SQLite")
        await seat.press("escape")
        await seat.command("inspect nosuch")
        await seat.sees("✗ inspect", "nosuch", "r tries again, esc goes back")
        await seat.press("y")
        await seat.sees("There is nothing to copy yet.")


async def test_the_configuration_is_shown_without_secrets(demo_home: Path) -> None:
    """Where a password stands in the file, stars stand on the screen and in what is copied."""
    config = demo_home / "config.yml"
    config.write_text(config.read_text().replace("env:ACME_DB_PASSWORD", "hunter2-plain"))
    async with take_seat(demo_home, size=(120, 60)) as seat:
        await seat.command("config show")
        await seat.shows(ReportScreen)
        await seat.sees("db-prod.acme.example", "active_db_profile: shop-dwh", "alice@acme.com@alice-laptop")
        await seat.press("y")
        assert "prod-pg" in seat.app.clipboard
        assert "hunter2" not in seat.app.clipboard + seat.text


async def test_a_listing_as_json_can_be_copied(demo_home: Path) -> None:
    """What the shell prints with --json is a report here."""
    import json

    async with take_seat(demo_home) as seat:
        await seat.command("history list --limit 3 --json")
        await seat.shows(ReportScreen)
        await seat.press("y")
        text = seat.app.clipboard
        rows = json.loads(text[text.index("[") :])
        assert [row["run_id"] for row in rows] == seat.run_ids[:3]


@on_servers
async def test_a_long_verb_is_stopped_by_esc(
    host: HostServer, amx_home: Path, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """The host hangs: the screen says that it works and how to stop it; stopped, it can be begun again."""
    proxy = open_proxy(host.address)
    home = write_config(amx_home, host, profile={"port": proxy.port})
    config = home / "config.yml"
    config.write_text(
        config.read_text().replace("history_store_enabled: true", "history_store_enabled: false")
    )
    async with take_seat(home, BOB) as seat:
        proxy.stall()
        await seat.pilot.press(":")
        await seat.enter_text("inspect team")
        await seat.pilot.press("enter")
        await seat.sees("◌ inspect…", "esc stops")
        await seat.pilot.press("r")
        await seat.sees("◌ inspect…")
        await seat.press("escape")
        await seat.sees("– inspect: stopped", "r starts again")
        assert isinstance(seat.app.screen, ReportScreen)
        proxy.flow()
        await seat.press("r")
        await seat.sees("✓")
        await seat.press("escape")
        await seat.shows(HistoryScreen)


@on_servers
async def test_leaving_by_number_stops_what_runs(
    host: HostServer, amx_home: Path, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """A verb that hangs does not outlive its screen."""
    proxy = open_proxy(host.address)
    home = write_config(amx_home, host, profile={"port": proxy.port})
    config = home / "config.yml"
    config.write_text(
        config.read_text().replace("history_store_enabled: true", "history_store_enabled: false")
    )
    async with take_seat(home, BOB) as seat:
        proxy.stall()
        await seat.pilot.press(":")
        await seat.enter_text("inspect team")
        await seat.pilot.press("enter")
        await seat.sees("◌ inspect…")
        await seat.press("1")
        await seat.shows(HistoryScreen)
        assert "● local" in seat.status
        proxy.flow()
