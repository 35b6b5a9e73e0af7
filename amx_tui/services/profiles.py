"""The database profiles: listed, edited, removed, tested, and one of them made active."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from amx_tui.domain.errors import AmxError, ConfigError, NotFoundError, UnreachableError
from amx_tui.domain.text import one_line
from amx_tui.services.opening import open_database

if TYPE_CHECKING:
    from amx_tui.config.kinds import Backend
    from amx_tui.config.model import Config, Profile
    from amx_tui.services.workspace import Workspace

__all__ = ["ProfileEntry", "Profiles", "SavedProfile", "SecretPlace", "TestOutcome"]

SecretPlace = Literal["keyring", "file"]


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """A profile as a list shows it."""

    name: str
    backend: str
    title: str
    """The backend's name for people."""
    place: str
    """Where it leads: `db-prod…/analytics`."""
    is_active: bool
    is_host: bool
    """Whether the shared history store is there."""
    can_host: bool
    install_command: str
    """What installs its driver; empty where the driver is there."""
    problems: tuple[str, ...]
    """What keeps it from being used, each a sentence."""


@dataclass(frozen=True, slots=True)
class SavedProfile:
    """What saving a profile did."""

    profile: Profile
    notes: tuple[str, ...]
    """Where typed secrets went, each a sentence."""


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What trying a connection showed."""

    __test__ = False
    """For pytest, which takes every class of such a name for tests."""

    ok: bool
    milliseconds: float
    """From connecting to the answer, logging in included; loading the driver is not counted."""
    server_version: str = ""
    error: AmxError | None = None
    """Why it failed; a missing driver's hint is the command that installs it."""


class Profiles:
    """The profiles of `config.yml`. What is saved is in force at once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def list(self) -> tuple[ProfileEntry, ...]:
        """List the profiles in the order of `config.yml`; nothing is connected to."""
        config = self._workspace.config
        return tuple(_entry(profile, config) for profile in config.profiles.values())

    def backends(self) -> tuple[Backend, ...]:
        """List the kinds of database, each with the fields of its form."""
        from amx_tui.config.kinds import kinds

        return kinds()

    def get(self, name: str) -> Profile:
        """Return a profile.

        Raises:
            NotFoundError: There is none of that name; the hint lists those there are.
        """
        return self._workspace.config.profile(name)

    def active(self, name: str = "") -> Profile:
        """Return the profile called `name`, or the active one where that is empty.

        Raises:
            NotFoundError: There is none of that name, or no profile is active.
        """
        chosen = name or self._workspace.config.active_db_profile
        if chosen:
            return self.get(chosen)
        profiles = self._workspace.config.profiles
        if len(profiles) == 1:
            return next(iter(profiles.values()))
        raise NotFoundError("No profile is active.", hint="Name one, or make one active: connect PROFILE.")

    def validate(self, backend: str, values: Mapping[str, object], *, name: str = "") -> dict[str, str]:
        """Say what is wrong with a form's values, a sentence a field; empty when all can be used.

        Args:
            backend: The backend's name.
            values: The form's values; see `save`.
            name: The profile that is edited; its values stand where `values` has none.
        """
        return self.draft(name, backend, values).problems()

    def draft(self, name: str, backend: str, values: Mapping[str, object]) -> Profile:
        """Put a profile together from a form's values without saving it; see `save`.

        Raises:
            NotFoundError: There is no such backend.
        """
        from amx_tui.config.model import Profile
        from amx_tui.config.secrets import Secret

        kind = Profile(name, backend, {}).kind
        if kind is None:
            known = ", ".join(kind.name for kind in self.backends())
            raise NotFoundError(
                f"There is no backend called {one_line(backend, 60)!r}.", hint=f"Backends are {known}."
            )
        old = self._workspace.config.profiles.get(name)
        merged: dict[str, object] = dict(old.values) if old is not None else {}
        if old is not None and old.kind is not None and old.kind is not kind:
            gone = {field.name for field in old.kind.fields} - {field.name for field in kind.fields}
            merged = {key: value for key, value in merged.items() if key not in gone}
        for key, value in values.items():
            if key in kind.secret_fields:
                if isinstance(value, str) and value:
                    merged[key] = Secret(value)
                elif value is None:
                    merged.pop(key, None)
            else:
                merged[key] = value
        return Profile(name, kind.name, kind.clean(merged))

    async def save(
        self,
        name: str,
        backend: str,
        values: Mapping[str, object],
        *,
        is_new: bool = False,
        secrets_in: SecretPlace = "keyring",
    ) -> SavedProfile:
        """Add a profile, or change one.

        Args:
            name: What it is called.
            backend: The backend's name.
            values: The fields to change, as typed; blank or None removes one, what is not named stays as it
                is. A secret is text: a reference (`env:NAME`) is kept as such, a blank one is left as it was.
            is_new: Refuse a name that is taken.
            secrets_in: Where a typed secret goes. Where there is no OS keyring, it goes into the file, and a
                note says so; a caller that wants to ask first looks at `keyring_problem`.

        Raises:
            NotFoundError: There is no such backend.
            ConfigError: A value cannot be used (`key` names the field), the name is taken, or the file cannot
                be written.
        """
        self._require_config()
        config = self._workspace.config
        if is_new and name in config.profiles:
            raise ConfigError(
                f"There is a profile called {one_line(name, 60)} already.",
                hint="Pick another name, or edit that one.",
                path=config.path,
                key="db_profiles",
            )
        profile = self.draft(name, backend, values)
        for field, problem in profile.problems().items():
            raise ConfigError(problem, key=field, hint=f"{field} of the profile needs another value.")
        saved, notes = await asyncio.to_thread(_save, config, profile, secrets_in)
        self._workspace.adopt(saved)
        return SavedProfile(saved.profile(name), notes)

    async def remove(self, name: str, *, forget_secrets: bool = True) -> tuple[str, ...]:
        """Remove a profile, and what the OS keyring holds for it.

        Returns:
            What else was done, each a sentence.

        Raises:
            NotFoundError: There is no such profile.
            ConfigError: It hosts the shared history store, or the file cannot be written.
        """
        self._require_config()
        config = self._workspace.config
        config.profile(name)
        if config.is_shared and config.history_store_profile == name:
            raise ConfigError(
                f"Profile {one_line(name, 60)} hosts the shared history store.",
                hint="Run history-store disable first, or enable the store on another host.",
                path=config.path,
                key="history_store_profile",
            )
        saved, notes = await asyncio.to_thread(_remove, config, name, forget_secrets)
        self._workspace.adopt(saved)
        return notes

    async def set_active(self, name: str) -> None:
        """Make a profile the active one.

        Raises:
            NotFoundError: There is no such profile.
            ConfigError: The file cannot be written.
        """
        self._require_config()
        config = self._workspace.config
        config.profile(name)
        if config.active_db_profile != name:
            self._workspace.adopt(await asyncio.to_thread(_activate, config, name))

    async def test(self, profile: str | Profile, *, timeout: float | None = None) -> TestOutcome:
        """Connect, ask for the server's version, and take the time; cancelling the caller stops it.

        Args:
            profile: A profile's name, or one that is not saved yet (`draft`).
            timeout: Seconds; the driver's own limit where None.

        Raises:
            NotFoundError: There is no such profile. All else that fails is in the outcome.
        """
        chosen = self.get(profile) if isinstance(profile, str) else profile
        try:
            database = await open_database(chosen, self._workspace.environ)
        except AmxError as error:
            return TestOutcome(False, 0.0, error=error)
        start = time.perf_counter()
        try:
            async with asyncio.timeout(timeout):
                version = await database.server_version()
        except TimeoutError:
            late: AmxError = UnreachableError(
                f"{chosen.describe() or chosen.name} did not answer within {timeout:g} seconds.",
                hint="Check the host, the port, and whether a VPN or a firewall is in between.",
            )
            return TestOutcome(False, _milliseconds(start), error=late)
        except AmxError as error:
            return TestOutcome(False, _milliseconds(start), error=error)
        else:
            return TestOutcome(True, _milliseconds(start), version)
        finally:
            await database.close()

    def keyring_problem(self) -> str:
        """Say in a sentence why the OS keyring cannot be used; empty when it can. Blocking."""
        from amx_tui.config.secrets import keyring_problem

        return keyring_problem()

    def _require_config(self) -> None:
        """Refuse to save on top of a file that could not be read: it would lose what is in it."""
        if self._workspace.config_error is not None:
            raise self._workspace.config_error


def _milliseconds(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _entry(profile: Profile, config: Config) -> ProfileEntry:
    kind = profile.kind
    return ProfileEntry(
        name=profile.name,
        backend=kind.name if kind else profile.backend,
        title=kind.title if kind else profile.backend,
        place=profile.describe(),
        is_active=config.active_db_profile == profile.name,
        is_host=config.is_shared and config.history_store_profile == profile.name,
        can_host=kind is not None and kind.can_host,
        install_command=kind.install_command if kind and not kind.driver_available() else "",
        problems=(profile.note,) if kind is None else tuple(profile.problems().values()),
    )


def _save(config: Config, profile: Profile, secrets_in: SecretPlace) -> tuple[Config, tuple[str, ...]]:
    from amx_tui.config.file import save_profile
    from amx_tui.config.model import Profile
    from amx_tui.config.secrets import Secret, store_secret

    values, notes = dict(profile.values), []
    old = config.profiles.get(profile.name)
    for field in profile.kind.secret_fields if profile.kind else ():
        secret = values.get(field)
        is_typed = isinstance(secret, Secret) and (old is None or old.values.get(field) != secret)
        if isinstance(secret, Secret) and is_typed and secret.kind == "literal" and secrets_in == "keyring":
            stored = store_secret(secret, profile=profile.name, field=field)
            values[field] = stored.value
            notes.append(f"{field}: {stored.note}")
        elif isinstance(secret, Secret) and is_typed and secret.kind == "literal":
            notes.append(f"{field}: Kept in config.yml, readable for you alone.")
    return save_profile(config, Profile(profile.name, profile.backend, values)), tuple(notes)


def _remove(config: Config, name: str, forget_secrets: bool) -> tuple[Config, tuple[str, ...]]:
    from amx_tui.config.file import remove_profile, save_keys
    from amx_tui.config.secrets import Secret, forget_secret

    profile, notes = config.profile(name), []
    saved = remove_profile(config, name)
    naming = [key for key in ("active_db_profile", "history_store_profile") if getattr(saved, key) == name]
    if naming:
        saved = save_keys(saved, dict.fromkeys(naming))
        notes.append(f"{' and '.join(naming)} named it, and names nothing now.")
    own = f"keyring:db_profiles/{name}/"
    for field, value in profile.values.items():
        is_own = isinstance(value, Secret) and value.reveal().startswith(own)
        if forget_secrets and isinstance(value, Secret) and is_own and forget_secret(value):
            notes.append(f"{field} is gone from the OS keyring.")
    return saved, tuple(notes)


def _activate(config: Config, name: str) -> Config:
    from amx_tui.config.file import save_keys

    changes: dict[str, str | list[str]] = {"active_db_profile": name}
    if "active_db_profiles" in config.document:
        # amx-cli's list, whose first name is the active one there; whoever picks one profile picks it alone.
        changes["active_db_profiles"] = [name]
    return save_keys(config, changes)
