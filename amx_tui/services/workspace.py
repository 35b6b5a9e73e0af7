"""The composition root: the configuration, who acts, and the store that is open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from amx_tui import __version__
from amx_tui.domain.errors import AmxError, ConfigError, PermissionDeniedError, ReadOnlyError, StoreError
from amx_tui.domain.identity import Identity
from amx_tui.domain.members import Member
from amx_tui.domain.runs import RunPage
from amx_tui.services.last_seen import LastSeen, config_fingerprint, save_last_seen

if TYPE_CHECKING:
    from amx_tui.config.file import Config
    from amx_tui.config.settings import Settings
    from amx_tui.services.doctor import Doctor
    from amx_tui.services.history import History
    from amx_tui.services.history_store import HistoryStore
    from amx_tui.services.profiles import Profiles
    from amx_tui.store.opening import Store

__all__ = ["Reloaded", "StoreKind", "StoreState", "Workspace"]

StoreKind = Literal["connecting", "local", "shared", "offline", "failed"]


@dataclass(frozen=True, slots=True)
class StoreState:
    """Which store is open, and what keeps the wished one from being so."""

    kind: StoreKind
    """`connecting`: none is open yet. `local`: the local store, as configured. `shared`: the shared one.
    `offline`: the shared one is configured but could not be opened, so the local one is.
    `failed`: none could be opened."""
    label: str = ""
    """The open store as people know it: `AMX in db-prod/analytics`, `local history.db`."""
    member: Member | None = None
    """Who we are in the open store; None until `Workspace.register` has answered."""
    layout: str = ""
    """`document` or `amx_cli`; empty where no store is open."""
    is_read_only: bool = False
    reason: str = ""
    """Why the store is offline, failed or read-only: one sentence."""
    hint: str = ""
    """What to do about the reason."""
    error: AmxError | None = None
    """The error behind the reason."""

    @property
    def is_open(self) -> bool:
        """Whether a store can be read."""
        return self.kind in {"local", "shared", "offline"}


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What reading `config.yml` again changed; true where anything did."""

    changes: tuple[str, ...] = ()
    """Each a sentence."""
    error: ConfigError | None = None
    """Why the file could not be used; the configuration in force stayed."""

    def __bool__(self) -> bool:
        return bool(self.changes)


class Workspace:
    """What the command line and the screens work on; each of them opens one.

    Attributes:
        home: The AMX home.
        environ: The environment variables that were in force at the start.
        config: `config.yml` as it was last read without a fault.
        config_error: What is wrong with `config.yml`, where it cannot be used; `config` then holds what was
            valid before, or the defaults.
        fingerprint: `config_fingerprint` of the file that `config` was read from.
        identity: Who acts, from which host.
        settings: This program's own settings.
        state: Which store is open.
    """

    def __init__(
        self,
        *,
        home: Path,
        environ: Mapping[str, str],
        config: Config,
        config_error: ConfigError | None,
        fingerprint: str,
        identity: Identity,
        settings: Settings,
    ) -> None:
        self.home = home
        self.environ = environ
        self.config = config
        self.config_error = config_error
        self.fingerprint = fingerprint
        self.identity = identity
        self.settings = settings
        self.state = StoreState("connecting")
        self._store: Store | None = None
        self._opening = asyncio.Lock()

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, home: Path | None = None) -> Workspace:
        """Read the configuration; nothing is connected to, and no driver is imported.

        Args:
            environ: The environment variables; the process' own by default.
            home: The AMX home; by default what `environ` says.
        """
        from amx_tui.config.file import Config, load
        from amx_tui.config.home import amx_home
        from amx_tui.config.identity import read_identity
        from amx_tui.config.settings import read_settings

        environ = dict(os.environ) if environ is None else environ
        home = amx_home(environ) if home is None else home
        fingerprint = config_fingerprint(home)
        error: ConfigError | None = None
        try:
            config = load(home / "config.yml")
        except ConfigError as problem:
            config, error = Config.empty(home / "config.yml"), problem
        return cls(
            home=home,
            environ=environ,
            config=config,
            config_error=error,
            fingerprint=fingerprint,
            identity=read_identity(environ),
            settings=read_settings(config),
        )

    @property
    def store(self) -> Store:
        """The store that is open.

        Raises:
            StoreError: None is.
        """
        if self._store is None:
            raise StoreError("No store is open yet.", hint="Wait for the connection, or retry it.")
        return self._store

    @cached_property
    def history(self) -> History:
        """The runs and their results."""
        from amx_tui.services.history import History

        return History(self)

    @cached_property
    def profiles(self) -> Profiles:
        """The database profiles."""
        from amx_tui.services.profiles import Profiles

        return Profiles(self)

    @cached_property
    def history_store(self) -> HistoryStore:
        """The setting up of the shared store."""
        from amx_tui.services.history_store import HistoryStore

        return HistoryStore(self)

    @cached_property
    def doctor(self) -> Doctor:
        """The checks of everything that usually goes wrong."""
        from amx_tui.services.doctor import Doctor

        return Doctor(self)

    async def connect(self, *, prefer: Literal["configured", "local"] = "configured") -> StoreState:
        """Open the shared store where one is configured; otherwise, or where that fails, the local one.

        Returns as soon as the store can be read; `register` then says who we are in it. A store that was
        open before is closed after the new one has taken its place. Nothing is raised: the state says what
        went wrong.

        Args:
            prefer: `local` leaves the shared store alone.
        """
        async with self._opening:
            store, state = await self._open(prefer)
            before, self._store, self.state = self._store, store, state
            if before is not None:
                await before.close()
            return state

    async def register(self) -> StoreState:
        """Register this member in the open store and note the connection; the state then names the member.

        Where the database refuses the writing, the store stays open read-only, and the state says why.

        Raises:
            StoreError: The store does not answer, or none is open.
        """
        store = self.store
        state = self.state
        try:
            if store.info.is_read_only:
                raise ReadOnlyError(store.info.read_only_reason)
            member: Member | None = await store.members.register(self.identity, __version__)
            changed = replace(state, member=member)
        except (PermissionDeniedError, ReadOnlyError) as error:
            member = await store.members.get(self.identity)
            changed = replace(
                state, member=member, is_read_only=True, reason=error.message, hint=error.hint, error=error
            )
        if self._store is store:
            # Another store may have been opened while this one answered.
            self.state = changed
        return self.state

    async def retry(self) -> StoreState:
        """Try again to open the store that the configuration asks for."""
        return await self.connect()

    def config_changed_on_disk(self) -> bool:
        """Say whether `config.yml` is no longer the file that was read; costs one `stat`."""
        return config_fingerprint(self.home) != self.fingerprint

    async def reload_config(self) -> Reloaded:
        """Read `config.yml` again, and open the store anew where what it says about that has changed.

        A file that cannot be used changes nothing: the configuration in force stays, and the answer names the
        fault.
        """
        raise NotImplementedError

    def remember(
        self,
        page: RunPage,
        *,
        theme: Mapping[str, Any] | None = None,
        keymap: Mapping[str, str] | None = None,
    ) -> bool:
        """Keep the newest runs for the next start's first frame.

        Args:
            page: The first page of the unfiltered list, newest first.
            theme: What the first frame needs to know of the theme, as JSON can hold it.
            keymap: The user's own keys.

        Returns:
            False where nothing was kept: the AMX home cannot be written, which costs the next start only
            those rows, or these are the local rows while the shared store, whose rows stay, is offline.
        """
        if self.state.kind not in {"local", "shared"}:
            return False
        member = self.state.member
        seen = LastSeen(
            store_label=self.state.label,
            saved_at=datetime.now(UTC),
            runs=page.runs,
            kind="shared" if self.state.kind == "shared" else "local",
            has_after=page.has_after,
            member=str(self.identity),
            role=(member.role or "") if member else "",
            is_read_only=self.state.is_read_only,
            theme_values=theme or {},
            keymap=keymap or {},
        )
        try:
            save_last_seen(self.home, seen, fingerprint=self.fingerprint)
        except OSError:
            return False
        return True

    async def close(self) -> None:
        """Close the store that is open, if any."""
        async with self._opening:
            store, self._store, self.state = self._store, None, StoreState("connecting")
            if store is not None:
                await store.close()
