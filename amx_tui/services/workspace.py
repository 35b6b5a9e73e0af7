"""The composition root: the configuration, who acts, and the store that is open."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from amx_tui import __version__
from amx_tui.domain.errors import AmxError, ConfigError, PermissionDeniedError, ReadOnlyError, StoreError
from amx_tui.domain.identity import Identity
from amx_tui.domain.membership import admins_to_ask
from amx_tui.domain.report import Check
from amx_tui.domain.runs import RunPage
from amx_tui.services.config_changes import describe_changes, store_settings
from amx_tui.services.last_seen import LastSeen, config_fingerprint, forget_last_seen, save_last_seen
from amx_tui.services.opening import open_local, open_shared, required_host, shared_place, store_label
from amx_tui.services.rights import update_hint, writing_cure
from amx_tui.services.store_state import Reloaded, StoreKind, StoreState, shut_out_of
from amx_tui.services.use_cases import UseCases

if TYPE_CHECKING:
    from amx_tui.config.model import Config
    from amx_tui.config.settings import Settings
    from amx_tui.config.themes import LoadedThemes
    from amx_tui.domain.members import Member
    from amx_tui.store.opening import Store

__all__ = ["Reloaded", "StoreKind", "StoreState", "Workspace"]


class Workspace(UseCases):
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
        command_ids: Gives the ids that a key map may name, where there are commands with keys; whoever opened the
            workspace says so.
        known_members: The members of the open store as they were last read, for reasons that name whom to ask.
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
        self._settings_mark = _settings_mark(home)
        self.state = StoreState("connecting")
        self.known_members: tuple[Member, ...] = ()
        self.command_ids: Callable[[], frozenset[str]] = frozenset
        self._store: Store | None = None
        self._opening = asyncio.Lock()

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, home: Path | None = None) -> Workspace:
        """Read the configuration; nothing is connected to, and no driver is imported.

        Args:
            environ: The environment variables; the process' own by default.
            home: The AMX home; by default what `environ` says.

        Raises:
            ConfigError: `AMX_USER` or the machine's name cannot be used.
        """
        from amx_tui.config.file import load_config
        from amx_tui.config.home import CONFIG_FILE, amx_home
        from amx_tui.config.identity import current_identity
        from amx_tui.config.model import Config
        from amx_tui.config.settings import load_settings

        environ = dict(os.environ) if environ is None else environ
        home = amx_home(environ) if home is None else home
        fingerprint = config_fingerprint(home)
        error: ConfigError | None = None
        try:
            config = load_config(home / CONFIG_FILE)
        except ConfigError as problem:
            config, error = Config(home / CONFIG_FILE), problem
        return cls(
            home=home,
            environ=environ,
            config=config,
            config_error=error,
            fingerprint=fingerprint,
            identity=current_identity(environ),
            settings=load_settings(home),
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd in the configuration and the settings, each a sentence."""
        return (*self.config.warnings, *self.settings.warnings)

    def themes(self) -> LoadedThemes:
        """Read all themes, the packaged ones and the user's own; blocking, some milliseconds."""
        from amx_tui.config.themes import load_themes

        return load_themes(self.home)

    def save_setting(self, key: str, value: str | bool | None) -> None:
        """Set one of this program's options, or remove it with None; blocking.

        Raises:
            ConfigError: The file is broken or cannot be written.
        """
        from amx_tui.config.settings import save_setting

        self.settings = save_setting(self.home, key, value)
        self._settings_mark = _settings_mark(self.home)

    @property
    def store(self) -> Store:
        """The store that is open.

        Raises:
            StoreError: None is.
        """
        if self._store is None:
            raise StoreError("No store is open yet.", hint="Wait for the connection, or retry it.")
        return self._store

    @property
    def unsaved_decisions(self) -> int:
        """Decisions that are on this machine alone; costs nothing where none were made."""
        reviews = self.__dict__.get("reviews")
        return 0 if reviews is None else reviews.unsaved

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
            self.known_members = ()
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
                raise ReadOnlyError(store.info.read_only_reason, hint=state.hint)
            member = await store.members.register(self.identity, __version__)
            changed = replace(state, member=member)
        except (PermissionDeniedError, ReadOnlyError) as error:
            changed = await self._read_only_state(store, state, error)
        if self._store is store:
            # Another store may have been opened while this one answered.
            self.state = changed
        return self.state

    @property
    def is_host_away(self) -> bool:
        """Whether the host of the shared store that is open gave no answer when it was last asked."""
        return self.state.kind == "shared" and self._store is not None and not self._store.database.answers

    def learn_member(self, member: Member) -> None:
        """Take over what is known now of a member, if it is the one who works here."""
        own = self.state.member
        if own is not None and own.member_id == member.member_id:
            self.state = replace(self.state, member=member)

    async def look_at_member(self) -> StoreState:
        """Ask the open store who we are in it now: an admin may have changed that.

        Raises:
            StoreError: The store does not answer, or none is open.
        """
        store = self.store
        member = await store.members.get(self.identity)
        if member is not None and self._store is store:
            self.state = replace(self.state, member=member)
        return self.state

    async def is_shut_out(self) -> bool:
        """Say whether we may not read the open store, asked before anything of it is shown.

        Whoever is new under a revoked name is registered as what he is.

        Raises:
            StoreError: The store does not answer, or none is open.
        """
        if self.state.kind != "shared" or not await self.store.members.is_shut_out(self.identity):
            return False
        await self.register()
        # Whom to ask is all that is read of it.
        with suppress(PermissionDeniedError):
            self.known_members = await self.store.members.list()
        return True

    async def withdraw(self) -> StoreState:
        """Leave the shared store for the local one: a member who was revoked sees nothing of it.

        Rows of it that were kept for the next start's first frame are gone, too: that frame waits for no store, so
        it shows what this machine knew last, which is from here on that we may not look. What was typed and not saved
        stays. The state then says why; trying again asks the store anew.
        """
        before, own = self.state, self.state.member
        others = (each for each in self.known_members if own is None or each.member_id != own.member_id)
        whom = admins_to_ask(others)
        # Nothing is remembered of a store that is not open, whatever is still being read from it.
        self.state = StoreState("connecting")
        self._forget()
        local = await self.connect(prefer="local")
        shut_out = shut_out_of(before, local, self.identity, whom)
        self.state = replace(shut_out, hint=f"{shut_out.hint} {self._forget()}".rstrip())
        return self.state

    def _forget(self) -> str:
        """Keep nothing of the store for the next start; the answer says where that was not possible."""
        try:
            forget_last_seen(self.home)
        except OSError as error:
            return f"{self.home} cannot be written ({error.strerror}), so the next start begins with its rows again."
        return ""

    async def notices(self) -> tuple[Check, ...]:
        """Look, in one round trip, for what a member should know about the open store: one person, several names.

        Raises:
            StoreError: The store does not answer, or none is open.
        """
        if self.state.kind != "shared":
            return ()
        from amx_tui.services.doctor.people import check_names, os_user

        try:
            members = await self.store.members.list()
        except PermissionDeniedError:
            return ()
        self.known_members = members
        check = check_names(self.identity, members, os_user(self.environ))
        return () if check.state == "ok" else (check,)

    async def retry(self) -> StoreState:
        """Try again to open the store that the configuration asks for."""
        return await self.connect()

    def config_changed_on_disk(self) -> bool:
        """Say whether `config.yml`, or our own settings, are no longer what was read; costs two `stat`s."""
        return (
            config_fingerprint(self.home) != self.fingerprint
            or _settings_mark(self.home) != self._settings_mark
        )

    async def reload_config(self) -> Reloaded:
        """Read `config.yml` again, and open the store anew where what it says about that has changed.

        A file that cannot be used changes nothing: the configuration in force stays, and the answer names the
        fault.
        """
        from amx_tui.config.file import load_config
        from amx_tui.config.settings import load_settings

        changes: list[str] = []
        mark = _settings_mark(self.home)
        if mark != self._settings_mark:
            self.settings, self._settings_mark = await asyncio.to_thread(load_settings, self.home), mark
            changes.append("The settings in amx-tui.yml have changed.")
        fingerprint = config_fingerprint(self.home)
        try:
            config = await asyncio.to_thread(load_config, self.config.path)
        except ConfigError as error:
            # Noted as read, so that a file that stays broken is complained about once.
            self.fingerprint, self.config_error = fingerprint, error
            return Reloaded(tuple(changes), error)
        before = self.config
        self.config, self.config_error, self.fingerprint = config, None, fingerprint
        changes += describe_changes(before, config)
        if self._store is not None and store_settings(before) != store_settings(config):
            await self.connect()
        return Reloaded(tuple(changes))

    def adopt(self, config: Config) -> None:
        """Take over a configuration that was just saved."""
        self.config, self.config_error = config, None
        self.fingerprint = config_fingerprint(self.home)

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
        """Close the store that is open, if any; what is decided and not stored waits on this machine."""
        # Made when it is first used, which closing is not.
        reviews = self.__dict__.get("reviews")
        if reviews is not None:
            await reviews.close()
        async with self._opening:
            store, self._store, self.state = self._store, None, StoreState("connecting")
            if store is not None:
                await store.close()

    async def _open(self, prefer: Literal["configured", "local"]) -> tuple[Store | None, StoreState]:
        problem: AmxError | None = None
        if prefer == "configured" and self.config.history_store_enabled:
            try:
                store = await open_shared(self.config, self.environ)
            except AmxError as error:
                problem = error
            else:
                return store, self._shared_state(store)
        try:
            local = await open_local(self.home)
        except AmxError as error:
            reason = problem or error
            return None, StoreState("failed", reason=reason.message, hint=reason.hint, error=reason)
        return local, self._local_state(local, problem)

    async def _read_only_state(self, store: Store, state: StoreState, error: StoreError) -> StoreState:
        hint = error.hint
        if isinstance(error, PermissionDeniedError) and state.kind == "shared":
            hint = writing_cure(store, self.config.host) or hint
        member = await store.members.get(self.identity)
        return replace(state, member=member, is_read_only=True, reason=error.message, hint=hint, error=error)

    def _sharing_hint(self) -> str:
        hosts = [
            profile.name
            for profile in self.config.profiles.values()
            if profile.kind and profile.kind.can_host
        ]
        if not hosts:
            return ""
        return f"Where your team shares its history: history-store enable --profile {hosts[0]}"

    def _shared_state(self, store: Store) -> StoreState:
        host, schema = required_host(self.config), self.config.history_store_schema
        return StoreState(
            "shared",
            label=store_label(host, schema),
            place=shared_place(self.config),
            layout=store.info.layout,
            is_read_only=store.info.is_read_only,
            reason=store.info.read_only_reason,
            hint=update_hint(store),
        )

    def _local_state(self, store: Store, problem: AmxError | None) -> StoreState:
        problem = problem or self.config_error
        return StoreState(
            "local" if problem is self.config_error else "offline",
            label=f"local {store.info.path.name}" if store.info.path else store.info.host_label,
            place=f"local {store.info.path.name}" if store.info.path else "local",
            layout=store.info.layout,
            is_read_only=store.info.is_read_only,
            reason=problem.message if problem else store.info.read_only_reason or store.info.note,
            hint=problem.hint if problem else self._sharing_hint(),
            error=problem,
        )


def _settings_mark(home: Path) -> tuple[int, int] | None:
    """Tell one state of our own settings file from another; None while there is none."""
    try:
        status = (home / "amx-tui.yml").stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
