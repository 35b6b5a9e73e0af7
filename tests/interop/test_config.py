"""One `config.yml` and one keyring for both programs: what either writes, the other reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
import yaml

from amx_tui.config.kinds import kinds
from amx_tui.domain.identity import Identity
from amx_tui.ui.screens.profiles.form import ProfileForm
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from tests.interop.client import RealClient
from tests.interop.filling import ALICE
from tests.interop.ours import answer, home_of, verb
from tests.interop.shared_keyring import VARIABLE, FileKeyring
from tests.servers import PostgresHost
from tests.ui.seat import LARGE, Seat, load_home, take_seat
from tests.ui.stores import write_config

pytestmark = [pytest.mark.interop, pytest.mark.postgresql]

Start = Callable[..., RealClient]

ME = Identity(*ALICE)
SECRET = "hunter2-secret"
KEYS = {"history_store_profiles": ["spare", "gone"], "llm_profiles": {"mine": {"provider": "openai"}}}
"""Keys of `config.yml` that only amx-cli uses."""


@pytest.fixture(autouse=True)
def _keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give both programs one keyring."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "keyring.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())
    yield
    keyring.set_keyring(before)


def _stored(home: Path) -> dict[str, Any]:
    stored: dict[str, Any] = yaml.safe_load((home / "config.yml").read_text(encoding="utf-8"))
    return stored


async def test_a_profile_of_our_form_is_read_there_with_its_password(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """By keys: the file holds a reference that amx-cli follows, and everything else of the file stays as it was."""
    home = home_of(tmp_path, team, ALICE)
    text = (home / "config.yml").read_text(encoding="utf-8")
    (home / "config.yml").write_text(f"# kept by hand\n{text}{yaml.safe_dump(KEYS)}", encoding="utf-8")
    async with take_seat(home, ME, size=LARGE) as seat:
        await seat.command("add-db-profile ours --backend postgresql")
        await seat.shows(ProfileForm)
        await _fill_in(seat, "Host", "db.example.com")
        await _fill_in(seat, "Port", "5433")
        await _fill_in(seat, "Password", SECRET)
        await seat.press("f2")
        await seat.until(lambda: not isinstance(seat.app.screen, ProfileForm), "the saved form")
        await seat.command("db-profiles")
        await seat.shows(ProfilesScreen)
        await seat.sees("ours")
    assert _stored(home)["db_profiles"]["ours"]["password"] == "keyring:db_profiles/ours/password"
    assert SECRET not in (home / "config.yml").read_text(encoding="utf-8")
    assert (home / "config.yml").read_text(encoding="utf-8").startswith("# kept by hand\n")
    with start_client(home, team, *ALICE) as alice:
        read = alice("here.config")
    ours = read["profiles"]["ours"]
    assert (ours["backend"], ours["host"], ours["port"], ours["password"]) == (
        "postgresql",
        "db.example.com",
        5433,
        SECRET,
    )
    assert (read["profile"], read["schema"], read["enabled"]) == ("team", "AMX", True)
    assert read["set"] == ["team", "spare", "gone"]


async def _fill_in(seat: Seat, label: str, text: str) -> None:
    """Walk to a field with tab, and write into it."""
    for _ in range(20):
        focused = seat.app.screen.focused
        if focused is not None and seat.lines[focused.region.y].strip(" │▏▕").startswith(label):
            break
        await seat.press("tab")
    await seat.press("end", "ctrl+u")
    await seat.enter_text(text)


async def test_a_profile_of_amx_cli_is_opened_here_with_its_password(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Its save moves passwords into the keyring and writes every key of a profile; the store opens as before."""
    home = home_of(tmp_path, team, ALICE)
    values = {"backend": "postgresql", **team.values}
    with start_client(home, team, *ALICE) as alice:
        alice("here.add_profile", "theirs", values, {"history_store_profiles": ["theirs"]})
        stored = _stored(home)
        assert stored["db_profiles"]["theirs"]["password"] == "keyring:db_profiles/theirs/password"
        assert stored["db_profiles"]["team"]["password"] == "keyring:db_profiles/team/password"
        workspace = load_home(home, ME)
        assert workspace.config_error is None
        assert workspace.warnings == ()
        try:
            assert (await verb(workspace, "connect theirs")).exit_status == 0
            assert len(await answer(workspace, "history list --limit all")) == 8
            checks = await answer(workspace, "doctor")
            told = [each for each in checks if each["name"].startswith("config") and each["state"] != "ok"]
            assert told == []  # its own keys are none that somebody misspelled
            await verb(workspace, "edit-db-profile theirs --set sslmode=prefer")
            read = alice("here.config")
            assert read["active"] == "theirs"
            theirs = read["profiles"]["theirs"]
            assert (theirs["password"], theirs["sslmode"]) == (values["password"], "prefer")
            await verb(workspace, "connect team")
            await verb(workspace, "remove-db-profile theirs --yes")
        finally:
            await workspace.close()
        read = alice("here.config")
        assert (read["active"], list(read["profiles"])) == ("team", ["team"])
        assert _stored(home)["history_store_profiles"] == ["theirs"]
    assert FileKeyring().get_password("amx", "db_profiles/theirs/password") is None


async def test_the_database_that_amx_cli_names_for_the_store_is_where_we_look(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """`history_store_database` goes over the profile's own, and stays when a profile is edited here."""
    home = write_config(tmp_path / "ours", team, profile={"database": "postgres"})
    with start_client(home, team, *ALICE) as alice:
        alice("here.add_profile", "", {}, {"history_store_database": str(team.values["database"])})
        workspace = load_home(home, ME)
        try:
            assert len(await answer(workspace, "history list --limit all")) == 8
            assert workspace.state.kind == "shared"
            await verb(workspace, "edit-db-profile team --set sslmode=prefer")
        finally:
            await workspace.close()
        read = alice("here.config")
        assert (read["database"], read["profiles"]["team"]["database"]) == (
            team.values["database"],
            "postgres",
        )
        # amx-cli itself writes where we read.
        assert alice("here.who") == list(ALICE)
        assert len(alice("shared.list_recent_runs", limit=50, command_filter=None)) == 8


async def test_profiles_of_every_backend_go_there_and_back(
    team: PostgresHost, tmp_path: Path, start_client: Start
) -> None:
    """Every field has the name, the type and the value that amx-cli reads, and survives its save."""
    home = home_of(tmp_path, team, ALICE)
    workspace = load_home(home, ME)
    written: dict[str, dict[str, object]] = {}
    for kind in kinds():
        if kind.name == "sqlite":
            continue  # ours alone
        name = f"a-{kind.name}"
        typed = {"text": "x", "int": 1234, "secret": SECRET, "bool": True, "path": "/x"}
        values = {
            field.name: field.choices[-1] if field.kind == "choice" else typed[field.kind]
            for field in kind.fields
        }
        await workspace.profiles.save(name, kind.name, values)
        written[name] = {"backend": kind.name, **values}
    with start_client(home, team, *ALICE) as alice:
        read = alice("here.config")["profiles"]
        for name, values in written.items():
            assert {key: read[name][key] for key in values} == values, name
        alice("here.add_profile", "", {}, {"history_store_schema": "AMX"})
        again = load_home(home, ME)
        assert again.config_error is None
        for name, values in written.items():
            profile = again.profiles.get(name)
            secrets = set(profile.require_backend().secret_fields)
            kept = {key: profile.values.get(key) for key in values if key not in secrets and key != "backend"}
            assert kept == {key: value for key, value in values.items() if key in kept}, name
            for key in secrets & values.keys():
                assert FileKeyring().get_password("amx", f"db_profiles/{name}/{key}") == SECRET
        assert alice("here.config")["profiles"] == read


async def test_a_password_in_the_environment_survives_a_save_of_amx_cli(
    team: PostgresHost, tmp_path: Path, start_client: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`env:NAME` is ours alone: amx-cli puts it into the keyring as a password; here it still works."""
    monkeypatch.setenv("TEAM_PASSWORD", str(team.values["password"]))
    home = write_config(tmp_path / "ours", team, profile={"password": "env:TEAM_PASSWORD"})
    with start_client(home, team, *ALICE) as alice:
        alice("here.add_profile", "", {}, {"history_store_schema": "AMX"})
    assert _stored(home)["db_profiles"]["team"]["password"] == "keyring:db_profiles/team/password"
    workspace = load_home(home, ME)
    try:
        assert len(await answer(workspace, "history list --limit all")) == 8
    finally:
        await workspace.close()
