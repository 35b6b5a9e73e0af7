"""The configuration as the program uses it: profiles, and where the history store is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amx_tui.backends import KEPT_BACKENDS, Backend, find
from amx_tui.config.secrets import Secret, resolve_secret
from amx_tui.config.watch import Fingerprint
from amx_tui.domain.errors import ConfigError, NotFoundError
from amx_tui.domain.text import one_line

__all__ = ["DEFAULT_SCHEMA", "Config", "Profile"]

DEFAULT_SCHEMA = "AMX"
"""The schema of the shared store where `history_store_schema` is not set."""


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """A named database connection.

    Its `repr` shows the names of the values only, and secret values are `Secret` objects.
    """

    name: str
    backend: str
    """As `config.yml` spells it; perhaps one that we do not connect to."""
    values: Mapping[str, object]
    """By amx-cli's field name: text, int, bool; for secret fields a `Secret` (literal or reference).
    Keys that are no field of the backend are in here too, as they were read."""

    def __repr__(self) -> str:
        return f"Profile(name={self.name!r}, backend={self.backend!r}, values={sorted(self.values)})"

    @property
    def kind(self) -> Backend | None:
        """The backend's facts; None for one that we do not connect to."""
        return find(self.backend)

    @property
    def note(self) -> str:
        """Why the profile cannot be used here; empty when it can."""
        if self.kind is not None:
            return ""
        if self.backend.lower() in KEPT_BACKENDS:
            return f"amx-tui does not connect to {self.backend}; the profile is kept as it is."
        return f"amx-tui knows no backend {one_line(self.backend, 40)!r}; the profile is kept as it is."

    def require_backend(self) -> Backend:
        """Return the backend's facts.

        Raises:
            ConfigError: We do not connect to this backend.
        """
        if self.kind is None:
            raise ConfigError(self.note, hint="Pick another profile.", key=f"db_profiles.{self.name}.backend")
        return self.kind

    def describe(self, *, full: bool = False) -> str:
        """Name the place for a screen, such as `db-prod…/analytics`; empty for an unknown backend."""
        return self.kind.describe(self.values, full=full) if self.kind else ""

    @property
    def place(self) -> str:
        """The place exactly, such as `db-prod.example:5432/analytics`, to be kept and compared; empty if unknown."""
        return self.kind.place(self.values) if self.kind else ""

    def problems(self) -> dict[str, str]:
        """Return a sentence for each field that cannot be used, by field name."""
        return self.kind.validate(self.values) if self.kind else {}

    def resolve_secrets(self, environ: Mapping[str, str]) -> dict[str, Secret]:
        """Follow the references of the secret fields that are given. Blocking: a keyring may ask the user.

        Raises:
            ConfigError: A variable is not set, or the keyring has no such entry or does not answer.
        """
        names = self.kind.secret_fields if self.kind else ()
        return {
            name: resolve_secret(value, key=f"db_profiles.{self.name}.{name}", environ=environ)
            for name in names
            if isinstance(value := self.values.get(name), Secret)
        }


@dataclass(frozen=True, slots=True)
class Config:
    """What `config.yml` says."""

    path: Path
    profiles: Mapping[str, Profile] = field(default_factory=dict, repr=False)
    """By name, in the file's order."""
    active_db_profile: str | None = None
    history_store_enabled: bool = False
    history_store_profile: str | None = None
    history_store_profiles: tuple[str, ...] = ()
    history_store_schema: str = DEFAULT_SCHEMA
    history_store_database: str | None = None
    """Overrides the database of the host's profile."""
    schema_version: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)
    """Top-level keys that are not ours, secrets in them as `Secret`."""
    document: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The whole file as it was read, secrets in it as `Secret`."""
    fingerprint: Fingerprint | None = None
    """Of the file when it was read; None when there was none."""
    warnings: tuple[str, ...] = ()
    """Sentences about what is odd but does not keep us from working."""

    def profile(self, name: str) -> Profile:
        """Return the profile called `name`.

        Raises:
            NotFoundError: There is none; the hint lists those there are.
        """
        found = self.profiles.get(name)
        if found is None:
            known = ", ".join(one_line(each, 60) for each in self.profiles)
            raise NotFoundError(
                f"There is no profile called {one_line(name, 60)!r}.",
                hint=f"Profiles are {known}." if known else "Add one with `amx-tui add-db-profile`.",
            )
        return found

    @property
    def is_shared(self) -> bool:
        """Whether a shared store is switched on and a host is named."""
        return self.history_store_enabled and self.history_store_profile is not None

    @property
    def host(self) -> Profile | None:
        """The host's profile, `history_store_database` applied; None without a shared store.

        Raises:
            NotFoundError: `history_store_profile` names no profile.
        """
        if not self.is_shared or self.history_store_profile is None:
            return None
        return self.as_host(self.profile(self.history_store_profile))

    def as_host(self, profile: Profile) -> Profile:
        """Return `profile` with `history_store_database` in place of its own database."""
        if profile.kind is None or not self.history_store_database:
            return profile
        values = profile.kind.with_database(profile.values, self.history_store_database)
        return Profile(profile.name, profile.backend, values)

    def shown(self) -> dict[str, object]:
        """Return the whole file for a screen or `--json`: literal secrets masked, references as they are."""
        return {key: _shown(value) for key, value in self.document.items()}

    def secrets(self) -> Iterator[Secret]:
        """Give every literal secret of the file, to be redacted from messages."""
        return (secret for secret in _secrets(self.document) if secret.kind == "literal")


def _shown(value: object) -> object:
    if isinstance(value, Secret):
        return value.shown
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _secrets(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item)
