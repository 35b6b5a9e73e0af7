"""The form of a profile: filled in by keyboard, checked field by field, saved into config.yml."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget
from textual.widgets import Input

from amx_tui.config.kinds import kinds
from amx_tui.ui.screens.dialogs.confirm import ConfirmDialog
from amx_tui.ui.screens.profiles.form import ProfileForm
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.widgets.choice_line import ChoiceLine
from tests.keyrings import MemoryKeyring
from tests.proxy import DelayingProxy
from tests.servers import PostgresHost, SqliteHost
from tests.ui.profile_homes import config_of, make_home, profile_of, told
from tests.ui.seat import LARGE, LOW, NORMAL, Seat, take_seat

SECRET = "hunter2-secret"
STORED = {
    "backend": "postgresql",
    "host": "db.example.com",
    "port": 5432,
    "user": "amx",
    "password": SECRET,
    "database": "analytics",
}


async def open_form(seat: Seat, line: str) -> ProfileForm:
    """Open a form by the command line."""
    await seat.command(line)
    form = await seat.shows(ProfileForm)
    await seat.until(lambda: isinstance(form.focused, Input | ChoiceLine), "a field with the focus")
    return form


def in_form(seat: Seat) -> bool:
    """Whether a profile's form is in front."""
    return isinstance(seat.app.screen, ProfileForm)


async def to_field(seat: Seat, label: str) -> None:
    """Walk to a field with tab."""
    for _ in range(20):
        form = seat.app.screen
        assert isinstance(form, ProfileForm)
        focused = form.focused
        assert focused is not None
        row = next(line for line in seat.lines[focused.region.y : focused.region.y + 1])
        if row.strip(" │▏▕").startswith(label):
            return
        await seat.press("tab")
    raise AssertionError(f"no field {label}\n{seat.text}")


async def write(seat: Seat, text: str) -> None:
    """Type into the field that has the focus."""
    form = seat.app.screen
    assert isinstance(form.focused, Input)
    form.focused.insert_text_at_cursor(text)
    await seat.settled()


async def retype(seat: Seat, text: str) -> None:
    """Replace what stands in the field."""
    await seat.press("end", "ctrl+u")
    await write(seat, text)


def is_in_sight(form: ProfileForm, field: Widget) -> bool:
    """Whether a field is drawn within the form's rows."""
    return form.fields.region.contains_region(field.region)


async def test_a_profile_is_added_by_keyboard_and_its_password_goes_into_the_keyring(
    amx_home: Path, memory_keyring: MemoryKeyring
) -> None:
    """Backend, name, values, f2: the block is in the file, the password only in the keyring, nothing on screen."""
    make_home(amx_home, {"other": STORED})
    async with take_seat(amx_home) as seat:
        await seat.press("6")
        await seat.shows(ProfilesScreen)
        await seat.press("a")
        await seat.shows(ProfileForm)
        assert "Which kind of database?" in seat.text
        assert all(kind.title in seat.text for kind in kinds())
        await seat.press("enter")
        await to_field(seat, "Profile name")
        await write(seat, "prod-pg")
        await to_field(seat, "Host")
        await retype(seat, "db-prod.example.com")
        await to_field(seat, "Password")
        await write(seat, SECRET)
        await seat.settled()
        assert SECRET not in seat.text
        assert "in the OS keyring" in seat.text
        await seat.press("f2")
        await seat.shows(ProfilesScreen)
        assert "prod-pg" in seat.cursor_line
        block = config_of(amx_home)["db_profiles"]["prod-pg"]
        assert block["host"] == "db-prod.example.com"
        assert block["password"] == "keyring:db_profiles/prod-pg/password"
        assert memory_keyring.passwords["amx", "db_profiles/prod-pg/password"] == SECRET
        assert SECRET not in seat.text + seat.said
        assert (amx_home / "config.yml").read_text().startswith("# kept by hand\n")


async def test_a_password_may_be_left_in_the_environment(amx_home: Path) -> None:
    """The variable's name is readable, and one that is not set is remarked on but saved."""
    async with take_seat(amx_home) as seat:
        await open_form(seat, "add-db-profile prod --backend postgresql")
        await to_field(seat, "is kept")
        while "in an environment variable" not in seat.text:
            await seat.press("right")
        await to_field(seat, "Password")
        await write(seat, "NO_SUCH_VARIABLE")
        await seat.press("tab")
        await seat.sees("NO_SUCH_VARIABLE is not set here now")
        await seat.press("f2")
        await seat.until(lambda: not in_form(seat))
        assert config_of(amx_home)["db_profiles"]["prod"]["password"] == "env:NO_SUCH_VARIABLE"


async def test_without_a_keyring_the_form_says_where_the_password_goes(amx_home: Path) -> None:
    """The keyring is not offered, and the help says why."""
    async with take_seat(amx_home, size=LARGE) as seat:
        await open_form(seat, "add-db-profile prod --backend postgresql")
        assert "‹ in config.yml ›" in seat.text
        await to_field(seat, "is kept")
        assert "No OS keyring:" in seat.text
        await seat.press("right", "right")
        assert "keyring ›" not in seat.text


async def test_a_field_that_is_left_says_what_is_wrong_with_it(amx_home: Path) -> None:
    """The sentence stands below the field, goes away when it is mended, and f2 goes to the first bad one."""
    async with take_seat(amx_home) as seat:
        form = await open_form(seat, "add-db-profile prod --backend postgresql")
        await to_field(seat, "Port")
        await retype(seat, "99999x")
        assert "must be a whole number" not in seat.text
        await seat.press("tab")
        await seat.sees("✗ Port must be a whole number.")
        await seat.press("f2")
        assert isinstance(form.focused, Input)
        assert form.focused.value == "99999x"
        assert not (amx_home / "config.yml").exists()
        await retype(seat, "5433")
        await seat.until(lambda: "must be a whole number" not in seat.text)


async def test_a_name_that_is_taken_is_refused(amx_home: Path) -> None:
    """No profile is overwritten by adding another one."""
    make_home(amx_home, {"prod": STORED})
    async with take_seat(amx_home) as seat:
        await open_form(seat, "add-db-profile prod --backend sqlite")
        await seat.press("tab")
        await seat.sees("There is a profile called prod already.")
        await to_field(seat, "File")
        await write(seat, "other.db")
        await seat.press("f2")
        assert isinstance(seat.app.screen, ProfileForm)
        assert config_of(amx_home)["db_profiles"]["prod"]["backend"] == "postgresql"


async def test_editing_leaves_the_password_and_every_other_byte_alone(amx_home: Path) -> None:
    """Only the changed line of the file differs."""
    make_home(amx_home, {"prod": STORED})
    before = (amx_home / "config.yml").read_text()
    async with take_seat(amx_home) as seat:
        await open_form(seat, "edit-db-profile prod")
        assert "unchanged" in seat.text
        assert SECRET not in seat.text
        await to_field(seat, "Host")
        await retype(seat, "db2.example.com")
        await seat.press("ctrl+s")
        await seat.until(lambda: not in_form(seat))
        after = (amx_home / "config.yml").read_text()
        assert after == before.replace("db.example.com", "db2.example.com")


async def test_moving_a_password_asks_for_it_again(amx_home: Path, memory_keyring: MemoryKeyring) -> None:
    """Choosing another place alone cannot take the password along; typed again, it moves."""
    make_home(amx_home, {"prod": STORED})
    async with take_seat(amx_home) as seat:
        await open_form(seat, "edit-db-profile prod")
        await to_field(seat, "is kept")
        while "‹ in the OS keyring ›" not in seat.text:
            await seat.press("right")
        await seat.press("f2")
        await seat.sees("Type the password again")
        await to_field(seat, "Password")
        await write(seat, "another-one")
        await seat.press("f2")
        await seat.until(lambda: not in_form(seat))
        assert memory_keyring.passwords["amx", "db_profiles/prod/password"] == "another-one"
        assert SECRET not in (amx_home / "config.yml").read_text()


async def test_leaving_asks_only_where_something_was_changed(amx_home: Path) -> None:
    """The question names the profile; no goes back to what was typed, yes drops it."""
    make_home(amx_home, {"prod-pg": STORED})
    before = (amx_home / "config.yml").read_text()
    async with take_seat(amx_home) as seat:
        await open_form(seat, "edit-db-profile prod-pg")
        await seat.press("escape")
        assert not in_form(seat)
        await open_form(seat, "edit-db-profile prod-pg")
        await write(seat, "x")
        await seat.press("escape")
        await seat.shows(ConfirmDialog)
        assert "Discard the changes to prod-pg?" in seat.text
        await seat.press("n")
        assert in_form(seat)
        assert "db.example.comx" in seat.text
        await seat.press("escape")
        await seat.shows(ConfirmDialog)
        await seat.press("y")
        assert not in_form(seat)
        assert (amx_home / "config.yml").read_text() == before


async def test_what_is_typed_can_be_tested_without_saving(
    amx_home: Path, postgres_host: PostgresHost
) -> None:
    """A wrong password and then the right one are tried; the file is as it was."""
    make_home(amx_home, {"prod": profile_of(postgres_host, password="wrong-one")})
    before = (amx_home / "config.yml").read_text()
    async with take_seat(amx_home) as seat:
        await open_form(seat, "edit-db-profile prod")
        await seat.press("ctrl+t")
        await seat.sees("refused the login")
        await to_field(seat, "Password")
        await write(seat, str(postgres_host.values["password"]))
        await seat.press("ctrl+t")
        await seat.sees("✓ answered in", "PostgreSQL")
        assert (amx_home / "config.yml").read_text() == before


@pytest.mark.postgresql
async def test_a_slow_test_stops_with_esc_and_the_form_stays(
    amx_home: Path, postgres_host: PostgresHost, open_proxy: Callable[..., DelayingProxy]
) -> None:
    """The first esc stops the waiting; only the next one leaves."""
    proxy = open_proxy(postgres_host.address, delay=20.0)
    make_home(amx_home, {"far": profile_of(postgres_host, host=proxy.address[0], port=proxy.address[1])})
    async with take_seat(amx_home) as seat:
        await open_form(seat, "edit-db-profile far")
        await seat.pilot.press("ctrl+t")
        await seat.sees("Connecting to", "esc stops")
        await seat.press("escape")
        assert in_form(seat)
        assert "Connecting to" not in seat.text
        await seat.press("escape")
        assert not in_form(seat)


@pytest.mark.parametrize("size", [NORMAL, LARGE, LOW])
async def test_a_missing_driver_is_answered_by_the_command_that_installs_it(
    amx_home: Path, size: tuple[int, int]
) -> None:
    """It is on the screen before anything is tried, and ctrl+y copies it."""
    async with take_seat(amx_home, size=size) as seat:
        await open_form(seat, "add-db-profile dev --backend snowflake")
        flat = " ".join(seat.text.split())
        assert "The driver is not installed" in flat
        await seat.press("ctrl+y")
        assert seat.app.clipboard == 'pip install "amx-tui[snowflake]"'


@pytest.mark.parametrize("backend", [kind.name for kind in kinds()])
async def test_every_field_of_every_backend_can_be_reached(amx_home: Path, backend: str) -> None:
    """Each field is on the screen while it has the focus, in the smallest terminal too."""
    kind = next(kind for kind in kinds() if kind.name == backend)
    async with take_seat(amx_home, size=LOW) as seat:
        form = await open_form(seat, f"add-db-profile x --backend {backend}")
        seen: list[Widget] = []
        for _ in range(1 + len(kind.fields) + len(kind.secret_fields)):
            focused = form.focused
            assert focused is not None
            await seat.until(partial(is_in_sight, form, focused), f"{focused} in sight")
            seen.append(focused)
            await seat.press("down")
        assert len(set(seen)) == len(seen)
        assert form.focused is seen[0]


async def test_a_switch_that_is_not_set_stays_unset(amx_home: Path, sqlite_host: SqliteHost) -> None:
    """What the user did not choose is not written; what was chosen is, as a yes or no."""
    mysql = {"backend": "mysql", "host": "h", "port": 3306, "user": "u", "password": "p"}
    make_home(amx_home, {"prod": mysql})
    async with take_seat(amx_home) as seat:
        await open_form(seat, "edit-db-profile prod")
        await to_field(seat, "User")
        await retype(seat, "v")
        await seat.press("f2")
        await seat.until(lambda: not in_form(seat))
        assert config_of(amx_home)["db_profiles"]["prod"] == mysql | {"user": "v"}
        await open_form(seat, "edit-db-profile prod")
        await to_field(seat, "Without TLS")
        await seat.press("right")
        await seat.press("f2")
        await seat.until(lambda: not in_form(seat))
        assert config_of(amx_home)["db_profiles"]["prod"]["ssl_disabled"] is True


async def test_a_backend_or_profile_that_is_not_there_is_an_error_with_a_hint(amx_home: Path) -> None:
    """The command line answers in a toast, and no form opens."""
    make_home(amx_home, {"prod": STORED})
    async with take_seat(amx_home) as seat:
        await seat.command("edit-db-profile nosuch")
        await told(seat, "There is no profile called 'nosuch'.")
        await seat.command("add-db-profile x --backend nosuch")
        await told(seat, "nosuch")
        assert not in_form(seat)


async def test_what_is_typed_ahead_lands_in_its_field(amx_home: Path) -> None:
    """A slow line delivers many keys at once; each text is in the field that it was typed for."""
    async with take_seat(amx_home) as seat:
        await open_form(seat, "add-db-profile --backend sqlite")
        for key in ("t", "e", "a", "m", "down", "a", "full_stop", "d", "b", "down", "enter"):
            character = {"full_stop": "."}.get(key, key) if key not in {"down", "enter"} else None
            seat.app.post_message(events.Key(key, character))
        await seat.until(lambda: not in_form(seat), "the form saved by enter behind its last field")
        await seat.settled()
        assert config_of(amx_home)["db_profiles"] == {"team": {"backend": "sqlite", "database": "a.db"}}
