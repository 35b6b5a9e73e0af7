from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from amx_tui.domain.errors import ConfigError, DriverMissingError, NotFoundError, UnreachableError
from amx_tui.services.workspace import Workspace
from tests.keyrings import MemoryKeyring
from tests.proxy import DelayingProxy
from tests.servers import HostServer, PostgresHost
from tests.services.conftest import Machine

PG = {"host": "db.example.com", "port": "5432", "user": "alice", "password": "hunter2-secret"}


async def test_a_typed_password_goes_into_the_keyring(
    machine: Machine, memory_keyring: MemoryKeyring
) -> None:
    """The file holds a reference only, and the note says where the password is."""
    alice = await machine("alice")
    saved = await alice.profiles.save("prod-pg", "postgresql", PG)
    assert memory_keyring.passwords["amx", "db_profiles/prod-pg/password"] == "hunter2-secret"
    text = alice.config.path.read_text()
    assert "keyring:db_profiles/prod-pg/password" in text
    assert "hunter2" not in text
    assert any("keyring" in note for note in saved.notes)
    resolved = saved.profile.resolve_secrets(alice.environ)
    assert resolved["password"].reveal() == "hunter2-secret"


async def test_without_a_keyring_the_password_is_in_the_private_file(machine: Machine) -> None:
    """The note says so, and the file is readable for its owner alone."""
    alice = await machine("alice")
    assert alice.profiles.keyring_problem()
    saved = await alice.profiles.save("prod-pg", "postgresql", PG)
    assert "hunter2-secret" in alice.config.path.read_text()
    assert stat.S_IMODE(alice.config.path.stat().st_mode) == 0o600
    assert any("config.yml" in note for note in saved.notes)
    assert "hunter2" not in f"{saved!r} {alice.profiles.list()!r}"


async def test_a_password_may_stay_in_the_environment(
    machine: Machine, memory_keyring: MemoryKeyring
) -> None:
    """A reference is kept as it is, and nothing goes into the keyring."""
    alice = await machine("alice", None, PGPASS="from-environment")
    saved = await alice.profiles.save("prod-pg", "postgresql", PG | {"password": "env:PGPASS"})
    assert memory_keyring.passwords == {}
    assert "env:PGPASS" in alice.config.path.read_text()
    assert saved.profile.resolve_secrets(alice.environ)["password"].reveal() == "from-environment"


async def test_the_caller_may_choose_the_file(machine: Machine, memory_keyring: MemoryKeyring) -> None:
    """Whoever does not want the keyring gets the password into the file."""
    alice = await machine("alice")
    await alice.profiles.save("prod-pg", "postgresql", PG, secrets_in="file")
    assert memory_keyring.passwords == {}
    assert "hunter2-secret" in alice.config.path.read_text()


async def test_editing_keeps_what_is_not_named(machine: Machine, memory_keyring: MemoryKeyring) -> None:
    """A blank password is left as it was; a blank field goes; the rest stays."""
    alice = await machine("alice")
    await alice.profiles.save("prod-pg", "postgresql", PG | {"database": "analytics", "sslmode": "require"})
    await alice.profiles.save("prod-pg", "postgresql", {"password": "", "database": "", "user": "bob"})
    values = alice.profiles.get("prod-pg").values
    assert "database" not in values
    assert values["user"] == "bob"
    assert values["sslmode"] == "require"
    assert "keyring:db_profiles/prod-pg/password" in alice.config.path.read_text()
    assert memory_keyring.passwords["amx", "db_profiles/prod-pg/password"] == "hunter2-secret"


async def test_a_bad_value_is_refused_by_its_field(machine: Machine) -> None:
    """Nothing is written, and the error's key is the form's field."""
    alice = await machine("alice")
    bad = PG | {"port": "70000"}
    assert "port" in alice.profiles.validate("postgresql", bad)
    with pytest.raises(ConfigError) as caught:
        await alice.profiles.save("prod-pg", "postgresql", bad)
    assert caught.value.key == "port"
    assert not alice.config.path.exists()


async def test_a_taken_name_is_refused(machine: Machine) -> None:
    """Adding never overwrites."""
    alice = await machine("alice")
    await alice.profiles.save("p", "sqlite", {"database": "a.db"}, is_new=True)
    with pytest.raises(ConfigError, match="already"):
        await alice.profiles.save("p", "sqlite", {"database": "b.db"}, is_new=True)
    assert alice.profiles.get("p").values["database"] == "a.db"


async def test_changing_the_backend_drops_the_old_ones_fields(machine: Machine) -> None:
    """What belonged to the old kind of database is gone; amx-cli's own keys of the profile stay."""
    alice = await machine("alice")
    await alice.profiles.save("p", "postgresql", PG | {"profiling_mode": "full"})
    await alice.profiles.save("p", "sqlite", {"database": "a.db"})
    values = alice.profiles.get("p").values
    assert set(values) == {"database", "profiling_mode"}


async def test_the_list_shows_what_matters(lead: Workspace, host: HostServer) -> None:
    """Which is active, which is the host, where each leads."""
    await lead.profiles.save("lake", "duckdb", {"database": "/data/lake.duckdb"})
    await lead.profiles.set_active("lake")
    entries = {entry.name: entry for entry in lead.profiles.list()}
    assert entries["prod"].is_host
    assert not entries["prod"].is_active
    assert entries["lake"].is_active
    assert not entries["lake"].can_host
    assert entries["lake"].place == "lake.duckdb"


async def test_an_unknown_backend_in_the_file_is_listed_with_its_problem(machine: Machine) -> None:
    """Profiles that amx-cli alone can use are there, and say why they cannot be used."""
    alice = await machine("alice")
    alice.config.path.parent.mkdir(parents=True)
    alice.config.path.write_text("db_profiles:\n  old:\n    backend: oracle\n    host: db\n")
    await alice.reload_config()
    (entry,) = alice.profiles.list()
    assert entry.problems
    assert "oracle" in entry.problems[0]


async def test_the_host_of_the_store_is_not_removed(lead: Workspace, host: HostServer) -> None:
    """Removing it would cut the team's history off; the hint says what to do first."""
    with pytest.raises(ConfigError) as caught:
        await lead.profiles.remove("prod")
    assert "history-store disable" in caught.value.hint
    assert "prod" in lead.config.profiles


async def test_making_a_profile_the_active_one_heads_amx_clis_list_too(lead: Workspace) -> None:
    """Else amx-cli, and after it this program, would go on with the one before."""
    text = lead.config.path.read_text()
    lead.config.path.write_text(f"{text}active_db_profile: prod\nactive_db_profiles: [prod]\n")
    await lead.reload_config()
    await lead.profiles.save("lake", "duckdb", {"database": "lake.duckdb"})
    await lead.profiles.set_active("lake")
    assert lead.config.active_db_profile == "lake"
    assert lead.config.document["active_db_profiles"] == ["lake"]
    await lead.profiles.remove("lake")
    assert lead.config.active_db_profile is None


async def test_removing_forgets_the_secret_and_the_active_profile(
    machine: Machine, memory_keyring: MemoryKeyring
) -> None:
    """No orphan stays behind: neither in the keyring nor as the active profile's name."""
    alice = await machine("alice")
    await alice.profiles.save("prod-pg", "postgresql", PG)
    await alice.profiles.set_active("prod-pg")
    notes = await alice.profiles.remove("prod-pg")
    assert memory_keyring.passwords == {}
    assert alice.config.active_db_profile is None
    assert alice.config.warnings == ()
    assert any("keyring" in note for note in notes)
    with pytest.raises(NotFoundError):
        await alice.profiles.remove("prod-pg")


async def test_a_connection_is_tested(lead: Workspace, host: HostServer) -> None:
    """Time and server version of a profile that works."""
    outcome = await lead.profiles.test("prod")
    assert outcome.ok
    assert outcome.error is None
    assert outcome.milliseconds > 0
    names = {"sqlite": ("SQLite",), "postgresql": ("PostgreSQL",), "mysql": ("MariaDB", "MySQL")}
    assert outcome.server_version.startswith(names[host.backend])


async def test_a_form_is_tested_before_it_is_saved(machine: Machine, postgres_host: PostgresHost) -> None:
    """What is typed is tried as it stands; a blank password means the one that is stored."""
    alice = await machine("alice", postgres_host)
    good = alice.profiles.draft("prod", "postgresql", {"password": ""})
    assert (await alice.profiles.test(good)).ok
    bad = alice.profiles.draft("prod", "postgresql", {"user": "nobody_at_all"})
    outcome = await alice.profiles.test(bad)
    assert not outcome.ok
    assert outcome.error is not None
    assert alice.profiles.get("prod").values["user"] == postgres_host.values["user"]


async def test_a_missing_driver_is_answered_with_the_command(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exact install command is the hint."""
    alice = await machine("alice")
    monkeypatch.setattr("amx_tui.backends.model.is_importable", lambda module: False)
    values = {"account": "xy12345.eu-west-1", "user": "a", "password": "p"}
    await alice.profiles.save("snow", "snowflake", values)
    assert alice.profiles.list()[0].install_command == 'pip install "amx-tui[snowflake]"'
    outcome = await alice.profiles.test("snow")
    assert isinstance(outcome.error, DriverMissingError)
    assert outcome.error.hint == 'pip install "amx-tui[snowflake]"'


async def test_testing_a_file_that_is_not_there_does_not_make_it(machine: Machine, tmp_path: Path) -> None:
    """A misspelled path stays a misspelled path."""
    alice = await machine("alice")
    await alice.profiles.save("p", "sqlite", {"database": str(tmp_path / "misspelt.db")})
    outcome = await alice.profiles.test("p")
    assert not outcome.ok
    assert not (tmp_path / "misspelt.db").exists()


async def test_a_test_that_hangs_can_be_cancelled(
    machine: Machine, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """A host that answers too slowly: cancelling ends it at once, a limit is an outcome."""
    proxy = open_proxy(postgres_host.address, delay=30.0)
    alice = await machine("alice", postgres_host)
    host, port = proxy.address
    await alice.profiles.save("prod", "postgresql", {"host": host, "port": port})
    task = asyncio.create_task(alice.profiles.test("prod"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    outcome = await alice.profiles.test("prod", timeout=0.2)
    assert isinstance(outcome.error, UnreachableError)


async def test_the_active_profile_is_the_default(machine: Machine) -> None:
    """None named: the active one; a single one is as good as active; otherwise the hint says how to choose."""
    alice = await machine("alice")
    with pytest.raises(NotFoundError):
        alice.profiles.active()
    await alice.profiles.save("a", "sqlite", {"database": "a.db"})
    assert alice.profiles.active().name == "a"
    await alice.profiles.save("b", "sqlite", {"database": "b.db"})
    with pytest.raises(NotFoundError) as caught:
        alice.profiles.active()
    assert "connect" in caught.value.hint
    await alice.profiles.set_active("b")
    assert alice.profiles.active().name == "b"
    assert alice.profiles.active("a").name == "a"
