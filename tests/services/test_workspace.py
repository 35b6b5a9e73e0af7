from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amx_tui.domain.errors import (
    AuthenticationError,
    ConfigError,
    DriverMissingError,
    PermissionDeniedError,
    StoreError,
    UndefinedSchemaError,
    UnreachableError,
)
from amx_tui.domain.runs import RunPage
from amx_tui.services.last_seen import load_last_seen
from amx_tui.services.workspace import Workspace
from tests.servers import HostServer, PostgresHost, SqliteHost
from tests.services.conftest import Machine, closed_port, on_servers


async def test_without_a_shared_store_the_local_one_opens(machine: Machine) -> None:
    """It works alone, out of the box, and its only user is admin."""
    alice = await machine("alice")
    state = await alice.connect()
    assert (state.kind, state.label) == ("local", "local history.db")
    assert state.reason == ""
    state = await alice.register()
    assert state.member is not None
    assert state.member.role == "admin"
    assert (await alice.history.list()).runs == ()


async def test_connecting_leaves_registering_to_a_second_call(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """The first rows wait for no registration: the state has no member until `register` has answered."""
    bob = await machine("bob", host)
    await bob.history_store.join("prod", host.schema)
    state = await bob.connect()
    assert state.kind == "shared"
    assert state.member is None
    state = await bob.register()
    assert bob.state is state
    assert state.member is not None
    assert (state.member.username, state.member.hostname) == ("bob", "bob-laptop")


@on_servers
async def test_an_unreachable_host_opens_the_local_store_and_says_why(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """Offline at the start: local rows, the reason, and after the host is back a retry opens the shared store."""
    bob = await machine("bob", host)
    await bob.history_store.join("prod", host.schema)
    port = closed_port()
    await bob.profiles.save("prod", host.backend, {"port": port})
    state = await bob.connect()
    assert state.kind == "offline"
    assert state.label == "local history.db"
    assert isinstance(state.error, UnreachableError)
    assert state.reason
    assert state.hint
    assert (await bob.history.list()).runs == ()
    await bob.profiles.save("prod", host.backend, {"port": host.values["port"]})
    assert (await bob.retry()).kind == "shared"


@on_servers
async def test_a_wrong_password_opens_the_local_store_and_is_not_repeated(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """The host refuses the login: the state says so, and nothing in it holds the password."""
    bob = await machine("bob", host)
    await bob.history_store.join("prod", host.schema)
    await bob.profiles.save("prod", host.backend, {"password": "wrong-hunter2"})
    state = await bob.connect()
    assert state.kind == "offline"
    assert isinstance(state.error, AuthenticationError)
    assert "hunter2" not in f"{state!r} {state.reason} {state.hint} {bob.config!r}"


async def test_a_missing_driver_opens_the_local_store_with_the_install_command(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint is the command to copy."""
    alice = await machine("alice")
    alice.config.path.parent.mkdir(parents=True, exist_ok=True)
    alice.config.path.write_text(
        "db_profiles:\n  cloud:\n    backend: mssql\n    host: db\n    port: 1433\n    user: u\n    password: p\n"
        "history_store_enabled: true\nhistory_store_profile: cloud\n"
    )
    monkeypatch.setattr("amx_tui.backends.model.is_importable", lambda module: False)
    await alice.reload_config()
    state = await alice.connect()
    assert state.kind == "offline"
    assert isinstance(state.error, DriverMissingError)
    assert state.hint == 'pip install "amx-tui[mssql]"'


async def test_a_schema_in_another_case_is_named_with_the_cure(
    machine: Machine, postgres_host: PostgresHost
) -> None:
    """The lead used `amx`, this member has `AMX`: the one that exists is named."""
    alice, bob = await machine("alice", postgres_host), await machine("bob", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "amx"))
    bob.config.path.write_text(
        bob.config.path.read_text()
        + "history_store_enabled: true\nhistory_store_profile: prod\nhistory_store_schema: AMX\n"
    )
    await bob.reload_config()
    state = await bob.connect()
    assert state.kind == "offline"
    assert isinstance(state.error, UndefinedSchemaError)
    assert "history_store_schema: amx" in state.hint


async def test_a_user_who_may_only_read_gets_a_read_only_store_and_the_grant(
    machine: Machine, postgres_host: PostgresHost
) -> None:
    """History can be browsed; the state says that it is read-only, and which GRANT is missing."""
    alice = await machine("alice", postgres_host)
    await alice.history_store.enable(await alice.history_store.plan("prod", "AMX"))
    reader = postgres_host.login(
        'GRANT USAGE ON SCHEMA "{schema}" TO {user}',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {user}',
    )
    bob = await machine("bob", reader)
    await bob.history_store.join("prod", "AMX")
    state = bob.state
    assert state.kind == "shared"
    assert state.is_read_only
    assert isinstance(state.error, PermissionDeniedError)
    user = reader.values["user"]
    assert 'GRANT INSERT, UPDATE ON "AMX".amx_history_runs TO ' in state.hint
    assert '"role"' not in state.hint
    assert f'TO "{user}"' in state.hint
    for statement in state.hint.partition("run: ")[2].split(";")[:-1]:
        postgres_host.sync_execute(statement)
    assert (await bob.register()).member is not None


async def test_a_store_of_a_newer_program_opens_read_only(lead: Workspace, host: HostServer) -> None:
    """The version is named, and nothing is written to it."""
    table = {"postgresql": f'"{host.schema}"._amx_schema_meta', "mysql": f"`{host.schema}`._amx_schema_meta"}
    host.sync_execute(f"UPDATE {table.get(host.backend, '_amx_schema_meta')} SET schema_version = 99")
    state = await lead.connect()
    assert state.kind == "shared"
    assert state.is_read_only
    assert "99" in state.reason
    assert "pip install --upgrade amx-tui" in state.hint
    state = await lead.register()
    assert state.is_read_only
    assert "pip install --upgrade amx-tui" in state.hint
    assert state.member is not None


async def test_a_broken_file_at_the_start_is_one_error_and_the_local_store(tmp_path: Path) -> None:
    """The file is left as it is, the defaults hold, and nothing is saved on top of it."""
    home = tmp_path / "amx"
    home.mkdir()
    broken = "db_profiles:\n  prod: [\n"
    (home / "config.yml").write_text(broken)
    workspace = Workspace.load({"USER": "alice"}, home)
    try:
        assert workspace.config_error is not None
        state = await workspace.connect()
        assert state.kind == "local"
        assert "config.yml" in state.reason
        with pytest.raises(ConfigError):
            await workspace.profiles.save("x", "sqlite", {"database": "x.db"})
        assert (home / "config.yml").read_text() == broken
    finally:
        await workspace.close()


async def test_a_profile_that_is_not_there_is_named(machine: Machine) -> None:
    """A host's profile that was removed by hand is answered with the ones there are."""
    alice = await machine("alice")
    alice.config.path.parent.mkdir(parents=True, exist_ok=True)
    alice.config.path.write_text("history_store_enabled: true\nhistory_store_profile: gone\n")
    await alice.reload_config()
    state = await alice.connect()
    assert state.kind == "offline"
    assert "gone" in state.reason


async def test_no_store_at_all_is_a_failure_with_its_reason(machine: Machine) -> None:
    """A local file that is no database, and no shared store: nothing is open, and the state says why."""
    alice = await machine("alice")
    alice.home.mkdir(parents=True)
    (alice.home / "history.db").write_bytes(b"no database " * 200)
    state = await alice.connect()
    assert state.kind == "failed"
    assert state.reason
    assert not state.is_open
    with pytest.raises(StoreError):
        await alice.history.list()


async def test_reloading_opens_the_store_that_the_file_asks_for_now(
    lead: Workspace, machine: Machine, host: HostServer
) -> None:
    """Enabled on the lead's machine but not here: after the edit, a reload opens the shared store."""
    bob = await machine("bob", host)
    await bob.connect()
    assert not bob.config_changed_on_disk()
    keys = f"history_store_enabled: true\nhistory_store_profile: prod\nhistory_store_schema: {host.schema or 'AMX'}\n"
    bob.config.path.write_text(bob.config.path.read_text() + keys)
    assert bob.config_changed_on_disk()
    reloaded = await bob.reload_config()
    assert reloaded
    assert "The shared history store is enabled now." in reloaded.changes
    assert bob.state.kind == "shared"
    assert not bob.config_changed_on_disk()


async def test_reloading_a_broken_file_keeps_the_configuration_in_force(
    lead: Workspace, host: HostServer
) -> None:
    """The fault is named once, the store stays open, and the corrected file is taken."""
    good = lead.config.path.read_text()
    lead.config.path.write_text("history_store_enabled: perhaps\n")
    reloaded = await lead.reload_config()
    assert not reloaded
    assert reloaded.error is not None
    assert reloaded.error.key == "history_store_enabled"
    assert lead.state.kind == "shared"
    assert lead.config.history_store_enabled
    assert not lead.config_changed_on_disk()
    lead.config.path.write_text(good + "# corrected\n")
    reloaded = await lead.reload_config()
    assert reloaded.error is None
    assert lead.config_error is None


async def test_reloading_what_does_not_concern_the_store_leaves_it_open(
    lead: Workspace, host: HostServer
) -> None:
    """A new profile is said, and the store that is open is not opened anew."""
    store = lead.store
    text = lead.config.path.read_text()
    added = "db_profiles:\n  other:\n    backend: sqlite\n    database: other.db\n"
    lead.config.path.write_text(text.replace("db_profiles:\n", added))
    reloaded = await lead.reload_config()
    assert reloaded.changes == ("Profile other is new.",)
    assert lead.store is store


async def test_settings_are_reloaded_too(machine: Machine) -> None:
    """Our own settings file is noticed like config.yml."""
    alice = await machine("alice")
    alice.save_setting("theme", "amx-light")
    assert not alice.config_changed_on_disk()
    (alice.home / "amx-tui.yml").write_text("theme: amx-high-contrast\n")
    assert alice.config_changed_on_disk()
    assert await alice.reload_config()
    assert alice.settings.theme == "amx-high-contrast"
    assert not alice.config_changed_on_disk()


async def test_rows_are_remembered_for_the_configuration_in_force(machine: Machine) -> None:
    """What the list showed is there at the next start, with the store's name."""
    alice = await machine("alice")
    await alice.connect()
    page = await alice.history.list()
    assert alice.remember(page, theme={"name": "amx-dark"}, keymap={"history.compare": "C"})
    seen = load_last_seen(alice.home)
    assert seen is not None
    assert seen.store_label == "local history.db"
    assert seen.theme_values == {"name": "amx-dark"}
    assert seen.saved_at <= datetime.now(UTC)


async def test_local_rows_do_not_replace_the_shared_ones_while_offline(
    lead: Workspace, host: HostServer
) -> None:
    """Offline, the rows of the team stay for the next start."""
    lead.state = type(lead.state)("offline")
    assert not lead.remember(RunPage((), has_before=False, has_after=False))
    assert load_last_seen(lead.home) is None


async def test_a_home_that_cannot_be_written_costs_only_the_memory(machine: Machine, tmp_path: Path) -> None:
    """Remembering tells no, and does not stop the app."""
    alice = await machine("alice")
    await alice.connect()
    (tmp_path / "file").write_text("")
    alice.home = tmp_path / "file" / "below"
    assert not alice.remember(RunPage((), has_before=False, has_after=False))


async def test_whoever_is_revoked_leaves_the_store_also_where_the_home_cannot_be_written(
    lead: Workspace,
) -> None:
    """What cannot be removed from the disk keeps nobody in the store; it is said that it is still there."""
    (lead.home / "last-seen.json").mkdir()
    own = (await lead.register()).member
    assert own is not None
    lead.learn_member(replace(own, revoked_at=datetime.now(UTC)))
    state = await lead.withdraw()
    assert (state.kind, lead.store.database.backend_name) == ("offline", "sqlite")
    assert "revoked" in state.reason
    assert "cannot be written" in state.hint


async def test_two_connections_at_once_leave_one_open_store(lead: Workspace, host: HostServer) -> None:
    """A retry pressed twice opens one after the other, and reading works."""
    await asyncio.gather(lead.connect(), lead.retry())
    assert (await lead.history.list()).runs == ()


async def test_a_closed_workspace_has_no_store(sqlite_host: SqliteHost, machine: Machine) -> None:
    """After closing, reading is a clear error."""
    alice = await machine("alice", sqlite_host)
    await alice.connect()
    await alice.close()
    with pytest.raises(StoreError, match="No store is open"):
        await alice.history.list()


def test_loading_imports_no_driver(amx_home: Path) -> None:
    """The configuration is read without the database library, a driver, the keyring or the screen library."""
    amx_home.mkdir()
    (amx_home / "config.yml").write_text("db_profiles:\n  p:\n    backend: postgresql\n    host: db\n")
    program = (
        "import sys; from amx_tui.services.workspace import Workspace; w = Workspace.load();"
        "w.history, w.profiles.list(), w.history_store.candidates(), w.doctor;"
        "print(sorted({'sqlalchemy', 'textual', 'keyring', 'psycopg', 'aiosqlite', 'aiomysql'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"
