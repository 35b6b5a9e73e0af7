"""The steps that make, join and leave a shared store, and what they leave in the database and in config.yml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.profiles.form import ProfileForm
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.store.screen import StoreScreen
from tests.conftest import AMX_CLI_STORE
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost, SqliteHost
from tests.ui.profile_homes import CLOUD, config_of, make_home, profile_of, told
from tests.ui.seat import LARGE, LOW, NORMAL, Seat, take_seat


async def begin(seat: Seat, line: str = "history-store") -> StoreScreen:
    """Open the wizard by the command line."""
    await seat.command(line)
    return await seat.shows(StoreScreen)


async def agree(seat: Seat) -> None:
    """Go on from the statements, and say yes to the last question."""
    await seat.pilot.press("enter")
    await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
    await seat.press("y")


async def enable(seat: Seat, host: HostServer, profile: str = "prod") -> None:
    """Make or join the store of a host."""
    await begin(seat, f"history-store enable --profile {profile} --schema {host.schema or 'AMX'}")
    await seat.sees("About to create:")
    await agree(seat)
    await seat.sees("✓ History store")


def tables_in(host: HostServer) -> int:
    """How many AMX tables the host's schema has."""
    if host.backend == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE '%amx_%'"
        return int(host.sync_execute(query)[0][0])
    query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s AND table_name LIKE '%%amx_%%'"
    return int(host.sync_execute(query, [host.schema])[0][0])


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_a_lead_makes_the_store_step_by_step(
    amx_home: Path, postgres_host: PostgresHost, size: tuple[int, int]
) -> None:
    """Status, host, schema, statements, question, outcome: then the tables and the three keys are there."""
    make_home(amx_home, {"prod": profile_of(postgres_host), "events": CLOUD})
    async with take_seat(amx_home, size=size) as seat:
        await begin(seat)
        await seat.sees("History store currently: disabled")
        await seat.press("enter")
        await seat.sees("Schema name for the AMX tables")
        await seat.press("enter")
        await seat.sees("Will create AMX.amx_history_runs", "About to create:")
        assert 'CREATE SCHEMA IF NOT EXISTS "AMX"' in " ".join(seat.text.split())
        assert tables_in(postgres_host) == 0
        await agree(seat)
        await seat.sees("✓ History store enabled.", "history_store_profile: prod")
        await seat.until(lambda: "● shared" in seat.status, "the shared store in the status line")
        config = config_of(amx_home)
        assert config["history_store_enabled"] is True
        assert config["history_store_profile"] == "prod"
        assert config["history_store_schema"] == "AMX"
        assert tables_in(postgres_host) >= 5
        ((who, role),) = postgres_host.sync_execute('SELECT username, role FROM "AMX"._amx_users')
        assert (who, role) == ("alice@acme.com", "admin")
        await seat.press("enter")
        await seat.shows(HistoryScreen)
        await seat.sees("No runs yet.")


async def test_every_host_is_set_up_and_joined_without_creating_anything(
    amx_home: Path, host: HostServer, tmp_path: Path
) -> None:
    """The first one creates; the second one is told that nothing will be created, and is a member afterwards."""
    make_home(amx_home, {"prod": profile_of(host)})
    async with take_seat(amx_home) as seat:
        await enable(seat, host)
    before = tables_in(host)
    other = make_home(tmp_path / "bob", {"theirs": profile_of(host)})
    async with take_seat(other, Identity("bob", "bob-laptop")) as seat:
        await begin(seat, f"history-store enable --profile theirs --schema {host.schema or 'AMX'}")
        await seat.sees("The store is there:", "Nothing is created.")
        await agree(seat)
        await seat.sees("✓ History store now points at:", "viewer")
        await seat.until(lambda: "● shared" in seat.status, "the shared store in the status line")
    assert config_of(other)["history_store_profile"] == "theirs"
    assert tables_in(host) == before


async def test_saying_no_changes_nothing(amx_home: Path, postgres_host: PostgresHost) -> None:
    """Enter on the question is no, and the statements are still there to be copied."""
    make_home(amx_home, {"prod": profile_of(postgres_host)})
    before = (amx_home / "config.yml").read_text()
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile prod --schema AMX")
        await seat.sees("About to create:")
        await seat.pilot.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.sees("statements shown, in 127.0.0.1/")
        await seat.press("enter")
        await seat.shows(StoreScreen)
        await seat.press("y")
        assert 'CREATE TABLE IF NOT EXISTS "AMX".amx_history_runs' in seat.app.clipboard
        assert (amx_home / "config.yml").read_text() == before
        assert tables_in(postgres_host) == 0


async def test_without_the_right_to_create_a_schema_the_cure_is_shown_and_can_be_copied(
    amx_home: Path, postgres_host: PostgresHost
) -> None:
    """The statement for the DBA stands there; once it was run, the same steps succeed without CREATE SCHEMA."""
    weak = postgres_host.login()
    make_home(amx_home, {"prod": profile_of(weak)})
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile prod --schema AMX")
        await seat.sees("may not create schemas")
        await agree(seat)
        await seat.sees("✗ The database does not permit that", "Have the DBA run:", "AUTHORIZATION")
        await seat.press("y")
        assert f'CREATE SCHEMA "AMX" AUTHORIZATION "{weak.values["user"]}"' in seat.app.clipboard
        assert "history_store_enabled" not in config_of(amx_home)
        postgres_host.admin_execute(f'CREATE SCHEMA "AMX" AUTHORIZATION "{weak.values["user"]}"')
        await seat.press("r")
        await seat.sees("About to create:")
        assert "CREATE SCHEMA" not in seat.text
        await agree(seat)
        await seat.sees("✓ History store enabled.")


async def test_a_host_that_cannot_be_one_is_grey_and_says_why(
    amx_home: Path, sqlite_host: SqliteHost
) -> None:
    """ClickHouse stands in the list with its reason, and choosing it goes nowhere."""
    make_home(amx_home, {"events": CLOUD, "shop": profile_of(sqlite_host)})
    async with take_seat(amx_home) as seat:
        await begin(seat)
        await seat.sees("events", "shop")
        await seat.press("home")
        flat = " ".join(seat.text.split())
        assert "ClickHouse cannot host the shared store" in flat
        await seat.press("enter")
        await told(seat, "no row-level UPDATE")
        assert "History store currently" in seat.text


async def test_a_missing_driver_is_answered_by_the_command_that_installs_it(amx_home: Path) -> None:
    """The pip command is on the screen and on the clipboard."""
    make_home(amx_home, {"dev": {"backend": "snowflake", "account": "xy1", "user": "u", "password": "p"}})
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile dev")
        await seat.sees("✗ A database driver is missing", 'pip install "amx-tui[snowflake]"')
        await seat.press("y")
        assert 'pip install "amx-tui[snowflake]"' in seat.app.clipboard


async def test_disabling_asks_and_leaves_the_data(amx_home: Path, sqlite_host: SqliteHost) -> None:
    """No is the default; yes goes back to the local history and touches no table."""
    make_home(amx_home, {"shop": profile_of(sqlite_host)})
    async with take_seat(amx_home) as seat:
        await enable(seat, sqlite_host, "shop")
        await seat.until(lambda: "● shared" in seat.status)
        before = tables_in(sqlite_host)
        await seat.press("escape")
        await seat.sees("History store currently: enabled", "● the host now")
        await seat.pilot.press("d")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.press("enter")
        assert config_of(amx_home)["history_store_enabled"] is True
        await seat.pilot.press("d")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.press("y")
        await seat.sees("✓ History store disabled.")
        await seat.until(lambda: "● local" in seat.status, "the local store in the status line")
        assert config_of(amx_home)["history_store_enabled"] is False
        assert tables_in(sqlite_host) == before


async def test_what_is_not_possible_explains_itself(amx_home: Path, sqlite_host: SqliteHost) -> None:
    """Verifying and disabling want a store; copying wants something to copy."""
    make_home(amx_home, {"shop": profile_of(sqlite_host)})
    async with take_seat(amx_home) as seat:
        await begin(seat)
        await seat.press("v")
        await told(seat, "choose a profile to enable it")
        await seat.press("y")
        await told(seat, "There is nothing to copy yet.")


async def test_reports_open_over_the_steps_and_esc_comes_back(
    amx_home: Path, sqlite_host: SqliteHost, postgres_host: PostgresHost
) -> None:
    """The full DDL needs no connection, the GRANTs are those of the profile, and verify checks the store."""
    make_home(amx_home, {"shop": profile_of(sqlite_host), "prod": profile_of(postgres_host)})
    async with take_seat(amx_home) as seat:
        await enable(seat, sqlite_host, "shop")
        await seat.press("v")
        await seat.shows(ReportScreen)
        await seat.sees("✓")
        await seat.press("escape")
        await seat.shows(StoreScreen)
        await seat.press("escape")
        await seat.press("end")
        await seat.press("g")
        await seat.shows(ReportScreen)
        await seat.sees("GRANT")
        await seat.press("escape")
        await seat.press("D")
        await seat.shows(ReportScreen)
        await seat.sees("CREATE SCHEMA")
        await seat.press("escape")
        await seat.shows(StoreScreen)


@pytest.mark.postgresql
async def test_looking_at_a_distant_host_shows_that_it_waits_and_stops_with_esc(
    amx_home: Path, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """One step back is the schema's name, as it was typed."""
    proxy = open_proxy(postgres_host.address, delay=20.0)
    make_home(amx_home, {"far": profile_of(postgres_host, host=proxy.address[0], port=proxy.address[1])})
    async with take_seat(amx_home) as seat:
        await begin(seat)
        await seat.press("enter")
        await seat.pilot.press("enter")
        await seat.sees("Looking at what is there in far…", "esc stops")
        await seat.pilot.press("escape")
        await seat.sees("Schema name for the AMX tables")
        assert "Looking at what is there" not in seat.text


@pytest.mark.postgresql
async def test_stopped_between_two_statements_nothing_is_half_made(
    amx_home: Path, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """The statements are counted while they run; after esc the plan is what it was, and the file too."""
    proxy = open_proxy(postgres_host.address, delay=0.05)
    make_home(amx_home, {"far": profile_of(postgres_host, host=proxy.address[0], port=proxy.address[1])})
    before = (amx_home / "config.yml").read_text()
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile far --schema AMX")
        await seat.sees("About to create:")
        await seat.pilot.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.pilot.press("y")
        await seat.sees("statement 3 of")
        await seat.pilot.press("escape")
        await seat.sees("About to create:", "Will create AMX.amx_history_runs")
        await seat.settled()
        assert tables_in(postgres_host) == 0
        assert (amx_home / "config.yml").read_text() == before


@pytest.mark.postgresql
async def test_a_store_that_amx_cli_made_is_joined_as_it_is(
    amx_home: Path, amx_cli_store: PostgresHost
) -> None:
    """Nothing is created in it, and its runs are what the history shows afterwards."""
    make_home(amx_home, {"prod": profile_of(amx_cli_store)})
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile prod --schema AMX")
        await seat.sees("Nothing is created.", "amx-cli")
        await agree(seat)
        await seat.sees("✓ History store now points at:")
        await seat.press("enter")
        await seat.shows(HistoryScreen)
        await seat.sees("20 runs")


@pytest.mark.postgresql
@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_the_layout_of_amx_cli_is_waited_for_and_never_made(
    amx_home: Path, postgres_host: PostgresHost, size: tuple[int, int]
) -> None:
    """Where it is missing, it is said how amx-cli makes it; once it is there, the same step joins it."""
    make_home(amx_home, {"prod": profile_of(postgres_host)})
    async with take_seat(amx_home, size=size) as seat:
        await begin(seat, "history-store enable --layout amx-cli")
        await seat.press("enter")
        await seat.sees("Join amx-cli's history store", "Schema name for the AMX tables")
        await seat.press("enter")
        await seat.sees("There is no schema AMX", "amx-cli makes that layout: run /history-store enable")
        await seat.press("enter")
        assert not isinstance(seat.app.screen, ConfirmDialog)
        assert postgres_host.sync_execute("SELECT 1 FROM pg_namespace WHERE nspname = 'AMX'") == []
        assert "history_store_enabled" not in config_of(amx_home)
        postgres_host.sync_execute(AMX_CLI_STORE.read_text(encoding="utf-8"))
        await seat.press("r")
        await seat.sees("The store is there: AMX.analysis_runs / run_results", "Nothing is created.")
        assert "Full DDL" not in seat.footer
        await agree(seat)
        await seat.sees("✓ History store now points at: AMX.analysis_runs / run_results")
        assert config_of(amx_home)["history_store_profile"] == "prod"


@pytest.mark.postgresql
async def test_our_own_store_is_not_taken_for_one_of_amx_cli(
    amx_home: Path, postgres_host: PostgresHost, tmp_path: Path
) -> None:
    """Whoever asks for amx-cli's layout is told that members find another one there, and nothing is changed."""
    make_home(amx_home, {"prod": profile_of(postgres_host)})
    async with take_seat(amx_home) as seat:
        await enable(seat, postgres_host)
    other = make_home(tmp_path / "bob", {"theirs": profile_of(postgres_host)})
    async with take_seat(other, Identity("bob", "bob-laptop")) as seat:
        await begin(seat, "history-store enable --layout amx-cli --profile theirs --schema AMX")
        await seat.sees("was made by amx-tui", "Join it without --layout")
    assert "history_store_enabled" not in config_of(other)


@pytest.mark.postgresql
async def test_a_schema_in_another_case_is_named_before_a_second_one_is_made(
    amx_home: Path, postgres_host: PostgresHost
) -> None:
    """Whoever types amx where the team has AMX is told so, and can go back one step."""
    make_home(amx_home, {"prod": profile_of(postgres_host)})
    async with take_seat(amx_home) as seat:
        await enable(seat, postgres_host)
        await begin(seat, "history-store enable --profile prod --schema amx")
        await seat.sees("There is a schema AMX")
        await seat.press("escape")
        await seat.sees("Schema name for the AMX tables")


async def test_without_profiles_the_wizard_leads_to_the_form(amx_home: Path) -> None:
    """The list says which key adds a profile, and that key opens the form."""
    async with take_seat(amx_home) as seat:
        await begin(seat)
        await seat.sees("No database profiles yet.", "a adds one")
        await seat.press("a")
        await seat.shows(ProfileForm)
        await seat.press("escape")
        await seat.shows(StoreScreen)


async def test_a_host_that_cannot_be_reached_is_an_error_with_a_way_on(amx_home: Path) -> None:
    """The message is shown in place, and esc goes back step by step; the password is nowhere."""
    nobody = {
        "backend": "postgresql",
        "host": "127.0.0.1",
        "port": 1,
        "user": "u",
        "password": "hunter2-secret",
    }
    make_home(amx_home, {"prod": nobody})
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile prod --schema AMX")
        await seat.sees("✗ The host cannot be reached", "tries again")
        assert "hunter2-secret" not in seat.text + seat.said
        await seat.press("escape")
        await seat.sees("Schema name for the AMX tables")
        await seat.press("escape")
        await seat.sees("History store currently: disabled")
        await seat.press("escape")
        await seat.shows(HistoryScreen)


@pytest.mark.postgresql
async def test_a_connection_that_breaks_half_way_leaves_nothing_half_made(
    amx_home: Path, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """The error says so in place; r looks again, and the same steps then succeed."""
    proxy = open_proxy(postgres_host.address, delay=0.05)
    make_home(amx_home, {"far": profile_of(postgres_host, host=proxy.address[0], port=proxy.address[1])})
    async with take_seat(amx_home) as seat:
        await begin(seat, "history-store enable --profile far --schema AMX")
        await seat.sees("About to create:")
        await seat.pilot.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "the question")
        await seat.pilot.press("y")
        await seat.sees("statement 3 of")
        proxy.cut()
        await seat.sees("Nothing was made", "tries again")
        assert "history_store_enabled" not in config_of(amx_home)
        assert tables_in(postgres_host) == 0
        proxy.delay = 0.0
        await seat.press("r")
        await seat.sees("About to create:")
        await agree(seat)
        await seat.sees("✓ History store enabled.")
