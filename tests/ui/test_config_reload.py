"""`config.yml` and the settings, read again while the app is running."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.ui import app as app_module
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.run.screen import RunScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer
from tests.services.conftest import on_servers
from tests.ui.conftest import Member
from tests.ui.seat import BOB, LARGE, take_seat
from tests.ui.stores import write_config


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app notice a changed file at once instead of within two seconds."""
    monkeypatch.setattr(app_module, "LOOK_AROUND", 0.02)


async def test_a_change_on_disk_is_read_without_losing_the_place(demo_home: Path) -> None:
    """Another program adds a profile: it is said and known, and cursor, filter and marks stay where they are."""
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.filter("who:bob@acme.com")
        await seat.press("j", "space", "j")
        run, ids = seat.run, seat.run_ids
        config = demo_home / "config.yml"
        config.write_text(
            config.read_text().replace(
                "db_profiles:\n", "db_profiles:\n  extra:\n    backend: sqlite\n    database: /tmp/x.db\n"
            )
        )
        await seat.sees("Profile extra is new.")
        await seat.settled()
        assert (seat.run, seat.run_ids) == (run, ids)
        assert "filter who:bob@acme.com" in seat.title
        assert "● 1 marked" in seat.title
        await seat.command("db-profiles")
        await seat.sees("extra")


async def test_a_broken_file_is_said_once_and_the_old_one_stays_in_force(demo_home: Path) -> None:
    """The message names file and line; the store stays open; mended, it is read again."""
    config = demo_home / "config.yml"
    good = config.read_text()
    async with take_seat(demo_home, size=LARGE) as seat:
        ids = seat.run_ids
        config.write_text(good + "history_store_enabled: [true\n")
        await seat.sees("config.yml")
        await seat.press("j", "r", "r")
        assert seat.said.count("Reading config.yml again") == 1
        assert "line" in seat.said
        assert "● local" in seat.status
        assert seat.run_ids == ids
        assert config.read_text().endswith("[true\n")
        config.write_text(good.replace("active_db_profile: shop-dwh", "active_db_profile: sandbox"))
        await seat.sees("The active profile is sandbox now.")


async def test_a_store_that_is_switched_on_elsewhere_is_opened(
    lead_home: Path, host: HostServer, amx_home: Path
) -> None:
    """A member edits config.yml as the lead says: the running app goes over to the team's store, and back."""
    amx_home.mkdir()
    async with take_seat(amx_home, BOB, size=LARGE) as seat:
        assert "● local" in seat.status
        write_config(amx_home, host)
        await seat.until(lambda: "● shared" in seat.status and bool(seat.run_ids), "the team's rows")
        await seat.settled()
        assert [run.created_by for run in seat.history.runs.rows] == ["alice@acme.com"]
        assert seat.status.endswith("bob@acme.com (viewer)")
        assert "The shared history store is enabled now." in seat.said
        await seat.command("history-store disable")
        await seat.sees("✓ History store disabled.")
        await seat.settled()
        assert "● local" in seat.status
        await seat.press("escape")
        assert seat.run_ids == []
        await seat.sees("No runs yet in the local history.")


@on_servers
async def test_a_host_that_is_changed_to_a_dead_one_is_said(
    member: Member, host: HostServer, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """The new port does not answer: offline, with the reason; the old one again: the team's rows."""
    dead = open_proxy(host.address)
    dead.refuse()
    home = member("bob")
    async with take_seat(home, BOB, size=LARGE) as seat:
        ids = seat.run_ids
        write_config(home, host, profile={"port": dead.port})
        await seat.until(lambda: "⚠ offline" in seat.status, "offline")
        await seat.settled()
        assert "warning: Offline: " in seat.said
        assert seat.run_ids == []
        write_config(home, host)
        await seat.until(lambda: "● shared" in seat.status and seat.run_ids == ids, "the team's rows")


async def test_reloading_by_command_says_what_changed(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`config reload` reads the file at once; the run that is open stays open."""
    monkeypatch.setattr(app_module, "LOOK_AROUND", 3600)
    async with take_seat(demo_home, size=LARGE) as seat:
        await seat.press("j", "enter")
        await seat.shows(RunScreen)
        config = demo_home / "config.yml"
        config.write_text(
            config.read_text().replace("active_db_profile: shop-dwh", "active_db_profile: sandbox")
        )
        await seat.command("config reload")
        await seat.shows(ReportScreen)
        await seat.sees("The active profile is sandbox now.")
        config.write_text("\x00\x01")
        await seat.press("r")
        await seat.sees("config.yml", "r tries again, esc goes back")
        await seat.press("escape")
        assert isinstance(seat.app.screen, RunScreen)
        assert "119 results" in seat.text


async def test_settings_that_change_on_disk_are_used_at_once(demo_home: Path) -> None:
    """Theme and key map of a running app follow amx-tui.yml."""
    async with take_seat(demo_home) as seat:
        assert seat.app.theme == "amx-dark"
        (demo_home / "amx-tui.yml").write_text("theme: amx-light\nkeymap:\n  history.sort: t\n")
        await seat.until(lambda: seat.app.theme == "amx-light", "the theme")
        await seat.settled()
        assert "t Sort" in seat.footer
        await seat.press("t")
        assert "oldest first" in seat.title


async def test_a_broken_file_at_the_start_leaves_the_local_history(demo_home: Path) -> None:
    """The fault is said with its line; mending the file brings the configuration back without a restart."""
    config = demo_home / "config.yml"
    good = config.read_text()
    config.write_text("db_profiles:\n  prod: [\n")
    async with take_seat(demo_home) as seat:
        assert "● local" in seat.status
        assert "warning: The store: config.yml" in seat.said or "config.yml" in seat.said
        assert len(seat.run_ids) == 38
        config.write_text(good)
        await seat.until(lambda: "Profile sandbox is new." in seat.said, "the good file")
