"""The Profiles screen: what it lists and says, and what its keys do to config.yml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost, SqliteHost
from tests.ui.profile_homes import CLOUD, config_of, make_home, profile_of, told
from tests.ui.seat import LARGE, LOW, NORMAL, Seat, take_seat

SECRET = "hunter2-secret"


def remote(**changed: object) -> dict[str, object]:
    """A PostgreSQL profile that no test connects to."""
    return {
        "backend": "postgresql",
        "host": "db-prod.eu-west-1.rds.amazonaws.com",
        "port": 5432,
        "user": "amx",
        "password": SECRET,
        "database": "analytics",
        **changed,
    }


async def go(seat: Seat) -> ProfilesScreen:
    """Go to the profiles, with rows on the screen."""
    await seat.press("6")
    return await seat.shows(ProfilesScreen)


async def choose(seat: Seat, name: str) -> None:
    """Put the cursor on a profile."""
    await seat.press("home")
    while not seat.cursor_line.strip(" ›").startswith(f"{name} "):
        before = seat.cursor_line
        await seat.press("j")
        assert seat.cursor_line != before, f"no {name}\n{seat.text}"


async def test_the_list_says_where_each_profile_leads_and_what_it_is(amx_home: Path) -> None:
    """Name, backend, place, the active one and what keeps the others from being used; never a password."""
    old = {"backend": "oracle", "password": SECRET}
    make_home(amx_home, {"prod-pg": remote(), "events": CLOUD, "old": old}, active_db_profile="prod-pg")
    async with take_seat(amx_home) as seat:
        await go(seat)
        rows = seat.text
        assert "3 profiles" in rows
        assert "prod-pg" in seat.cursor_line
        assert "db-prod…/analytics" in seat.cursor_line
        assert "● active" in seat.cursor_line
        assert "⚠ driver missing" in rows
        assert "✗ cannot be used" in rows
        assert SECRET not in rows


async def test_a_wide_terminal_shows_the_facts_beside_the_list(amx_home: Path) -> None:
    """The whole host name, where the password is kept, and whether the store can be there."""
    make_home(amx_home, {"prod-pg": remote(), "events": CLOUD})
    async with take_seat(amx_home, size=LARGE) as seat:
        await go(seat)
        await choose(seat, "prod-pg")
        assert "db-prod.eu-west-1.rds.amazonaws.com" in seat.text
        assert "in config.yml" in seat.text
        assert "can host the shared history store" in seat.text
        assert SECRET not in seat.text
        await choose(seat, "events")
        assert 'pip install "amx-tui[clickhouse]"' in seat.text
        assert "cannot host the store" in seat.text


async def test_the_host_of_the_store_is_marked_and_stays(amx_home: Path, sqlite_host: SqliteHost) -> None:
    """Removing it is answered with the way to do that."""
    make_home(
        amx_home,
        {"prod": profile_of(sqlite_host)},
        history_store_enabled=True,
        history_store_profile="prod",
    )
    async with take_seat(amx_home) as seat:
        await go(seat)
        assert "● host" in seat.cursor_line
        await seat.press("d")
        await told(seat, "Disable that first")
        assert "prod" in config_of(amx_home)["db_profiles"]


async def test_without_profiles_the_screen_says_which_key_adds_one(amx_home: Path) -> None:
    """The first thing that anybody sees here names the next key; the other keys say why not."""
    async with take_seat(amx_home) as seat:
        await go(seat)
        assert "No database profiles yet." in seat.text
        assert "a adds one" in seat.text
        await seat.press("t")
        await told(seat, "There is no profile under the cursor.")


async def test_a_broken_file_is_shown_with_its_line_and_left_alone(amx_home: Path) -> None:
    """Nothing is saved on top of a file that cannot be read; mended, it is read again with r."""
    make_home(amx_home, {"prod-pg": remote()})
    path = amx_home / "config.yml"
    good = path.read_text()
    bad = good.replace("  prod-pg:", "  prod-pg: [")
    path.write_text(bad)
    async with take_seat(amx_home) as seat:
        await go(seat)
        assert "config.yml cannot be used" in seat.text
        assert "line" in seat.text
        assert "the file was left as it is" in seat.text
        await seat.press("a")
        await told(seat, "mend it")
        assert path.read_text() == bad
        path.write_text(good)
        await seat.press("r")
        await seat.sees("db-prod…/analytics")
        assert "cannot be used" not in "".join(seat.lines[1:3])


async def test_a_test_says_how_long_it_took_and_which_server_answered(
    amx_home: Path, host: HostServer
) -> None:
    """The row gets its time, and below the list stands the server's version."""
    host.sync_execute("CREATE TABLE somewhere (id INTEGER)")
    make_home(amx_home, {"prod": profile_of(host)})
    async with take_seat(amx_home) as seat:
        await go(seat)
        await seat.press("t")
        await seat.sees("✓ answered in")
        words = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": ("MariaDB", "MySQL")}[host.backend]
        assert any(word in seat.text for word in ([words] if isinstance(words, str) else words))
        assert "✓" in seat.cursor_line
        assert "active_db_profile" not in config_of(amx_home)


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_a_failed_test_says_why_and_what_to_do(
    amx_home: Path, postgres_host: PostgresHost, size: tuple[int, int]
) -> None:
    """The message and its cure are on the screen and can be copied; the password is in neither."""
    make_home(amx_home, {"prod": profile_of(postgres_host, password=SECRET)})
    async with take_seat(amx_home, size=size) as seat:
        await go(seat)
        await seat.press("t")
        await seat.sees("✗ failed", "refused the login", "Check the user")
        await seat.press("Y")
        assert "Check the user and the password of the profile." in seat.app.clipboard
        assert SECRET not in seat.app.clipboard + seat.text + seat.said


async def test_connecting_makes_the_profile_the_active_one(
    amx_home: Path, postgres_host: PostgresHost
) -> None:
    """The file names it, its comment survives, and the connection was tried."""
    make_home(amx_home, {"other": remote(), "prod": profile_of(postgres_host)}, active_db_profile="other")
    async with take_seat(amx_home) as seat:
        await go(seat)
        await choose(seat, "prod")
        await seat.press("enter")
        await seat.sees("✓ answered in", "● active")
        assert config_of(amx_home)["active_db_profile"] == "prod"
        assert (amx_home / "config.yml").read_text().startswith("# kept by hand\n")


@pytest.mark.postgresql
async def test_a_slow_test_shows_that_it_waits_and_stops_with_esc(
    amx_home: Path, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """Nobody has to wait for a host that is far away, and nothing is said of it afterwards."""
    proxy = open_proxy(postgres_host.address, delay=20.0)
    far = profile_of(postgres_host, host=proxy.address[0], port=proxy.address[1])
    make_home(amx_home, {"far": far})
    async with take_seat(amx_home) as seat:
        await go(seat)
        await seat.pilot.press("t")
        await seat.sees("Testing far…", "esc stops")
        await seat.press("escape")
        assert "Testing far…" not in seat.text
        assert "The test of far was stopped." in seat.said
        assert "answered" not in seat.text
        assert "✗ failed" not in seat.text


async def test_removing_asks_by_name_and_no_is_the_default(amx_home: Path) -> None:
    """Enter on the question keeps the profile; y removes its block and nothing else."""
    make_home(amx_home, {"keep": remote(), "gone": remote()}, active_db_profile="keep")
    async with take_seat(amx_home) as seat:
        await go(seat)
        await choose(seat, "gone")
        await seat.pilot.press("d")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog))
        await seat.sees("Remove the profile gone?")
        await seat.press("enter")
        assert set(config_of(amx_home)["db_profiles"]) == {"keep", "gone"}
        await seat.pilot.press("d")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog))
        await seat.press("y")
        assert set(config_of(amx_home)["db_profiles"]) == {"keep"}
        assert (amx_home / "config.yml").read_text().startswith("# kept by hand\n")
        assert "1 profile" in seat.text


async def test_a_backend_that_cannot_host_says_so(amx_home: Path) -> None:
    """Sharing with ClickHouse is answered with the reason."""
    make_home(amx_home, {"events": CLOUD})
    async with take_seat(amx_home) as seat:
        await go(seat)
        await seat.press("s")
        await told(seat, "no row-level UPDATE")
        assert isinstance(seat.app.screen, ProfilesScreen)


async def test_names_from_the_file_are_data(amx_home: Path) -> None:
    """Markup is shown as it is, and a control character as its picture."""
    make_home(amx_home, {"[b]x\x1b[2J[/b]": remote()})
    async with take_seat(amx_home, size=LARGE) as seat:
        await go(seat)
        assert "[b]x␛[2J[/b]" in seat.cursor_line
        assert "\x1b" not in seat.text


async def test_the_name_can_be_copied_and_the_database_inspected(
    amx_home: Path, sqlite_host: SqliteHost
) -> None:
    """With y it is copied; i opens the report of the profile."""
    sqlite_host.sync_execute("CREATE TABLE orders (id INTEGER)")
    make_home(amx_home, {"shop db": profile_of(sqlite_host)})
    async with take_seat(amx_home) as seat:
        await go(seat)
        await seat.press("y")
        assert seat.app.clipboard == "shop db"
        await seat.press("i")
        await seat.shows(ReportScreen)
        await seat.sees("SQLite")
        await seat.press("escape")
        assert isinstance(seat.app.screen, ProfilesScreen)


async def test_a_change_on_disk_shows_up_and_the_cursor_stays(amx_home: Path) -> None:
    """Another program's profile appears with r, and the cursor is on the same one as before."""
    make_home(amx_home, {"alpha": remote(), "omega": remote()})
    async with take_seat(amx_home) as seat:
        await go(seat)
        await choose(seat, "omega")
        make_home(amx_home, {"first": remote(), "alpha": remote(), "omega": remote()})
        await seat.press("r")
        await seat.sees("3 profiles")
        assert "omega" in seat.cursor_line
