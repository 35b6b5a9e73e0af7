"""What a doctor finds on this machine alone: files, names, drivers and secrets; nothing is connected to."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.errors import AmxError
from amx_tui.domain.report import Check, CheckState
from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from amx_tui.config.model import Config, Profile
    from amx_tui.services.workspace import Workspace

__all__ = ["check_config", "check_identity", "check_profiles", "check_secrets", "profiles_in_use"]

_KNOWN_KEYS = (
    "active_db_profile",
    "db_profiles",
    "history_store_database",
    "history_store_enabled",
    "history_store_profile",
    "history_store_profiles",
    "history_store_schema",
    "schema_version",
)
_AMX_CLI_KEYS = frozenset(
    {"active_code_profile", "active_db_profiles", "active_doc_profile", "active_llm_profile", "doc_profiles"}
)
"""Keys of amx-cli in the same file that are spelled much like ours."""
_SHOWN = 8


def check_config(workspace: Workspace) -> Iterator[Check]:
    """Check `config.yml`: that it reads, is private, is the file in force, and holds no misspelled key."""
    path = workspace.config.path
    error = workspace.config_error
    if error is not None:
        yield Check("config", "failed", error.message, error.hint)
        return
    if not path.exists():
        yield Check("config", "ok", f"There is no {path} yet; the defaults hold.")
        return
    yield Check("config", "ok", f"{path} reads well: {_count(len(workspace.config.profiles), 'profile')}.")
    if workspace.config_changed_on_disk():
        yield Check(
            "config reload",
            "warning",
            "config.yml, or our own settings, have changed since they were read.",
            hint="Run config reload, or restart amx-tui.",
        )
    for warning in workspace.config.warnings:
        yield Check("config", "warning", warning, hint=f"Edit {path}.")
    yield from _check_keys(workspace.config)
    yield _check_mode(path)


def _check_keys(config: Config) -> Iterator[Check]:
    unknown = sorted(config.extra)
    for key in sorted(config.extra.keys() - _AMX_CLI_KEYS):
        near = difflib.get_close_matches(key, _KNOWN_KEYS, n=1, cutoff=0.85)
        if near:
            yield Check(
                "config keys",
                "warning",
                f"{one_line(key, 60)} is no key that we know.",
                hint=f"If you mean {near[0]}, rename it.",
            )
    for profile in config.profiles.values():
        kind = profile.kind
        names = [field.name for field in kind.fields] if kind is not None else []
        for key in sorted(profile.values.keys() - set(names)):
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.8)
            if near and near[0] not in profile.values:
                yield Check(
                    "config keys",
                    "warning",
                    f"db_profiles.{one_line(profile.name, 60)}.{one_line(key, 60)} is no key that we know.",
                    hint=f"If you mean {near[0]}, rename it.",
                )
    if unknown:
        shown = ", ".join(one_line(key, 40) for key in unknown[:_SHOWN])
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        yield Check("config keys", "ok", f"Keys of other programs are kept as they are: {shown}{more}.")


def _check_mode(path: Path) -> Check:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Check(
            "config rights",
            "warning",
            f"Others on this machine may read config.yml (mode {mode:04o}).",
            hint=f"chmod 600 {path}",
        )
    return Check("config rights", "ok", f"Only you may read config.yml (mode {mode:04o}).")


def check_identity(workspace: Workspace) -> Check:
    """Say who acts, and where the name comes from."""
    source = "AMX_USER" if workspace.environ.get("AMX_USER", "").strip() else "the OS user"
    return Check("identity", "ok", f"You are {workspace.identity}; the name comes from {source}.")


def profiles_in_use(config: Config) -> tuple[tuple[Profile, bool], ...]:
    """List the profiles that are needed now, the host first, each with whether it is the host."""
    host = config.history_store_profile if config.is_shared else None
    names = dict.fromkeys(name for name in (host, config.active_db_profile) if name in config.profiles)
    return tuple((config.profiles[name], name == host) for name in names if name is not None)


def check_profiles(config: Config) -> Iterator[Check]:
    """Check the values and the drivers of the profiles: faults of the host are failures, others warnings."""
    used = {profile.name: is_host for profile, is_host in profiles_in_use(config)}
    for profile in config.profiles.values():
        name, is_host = f"profile {one_line(profile.name, 60)}", used.get(profile.name, False)
        if profile.kind is None:
            state: CheckState = "failed" if is_host else "skipped"
            yield Check(name, state, profile.note)
            continue
        for problem in profile.problems().values():
            hint = f"amx-tui edit-db-profile {profile.name}"
            yield Check(name, "failed" if is_host else "warning", problem, hint)
    for profile, is_host in profiles_in_use(config):
        yield from _check_driver(profile, is_host=is_host)
    if not used:
        yield Check("drivers", "skipped", "No profile is in use, so no driver is needed.")


def _check_driver(profile: Profile, *, is_host: bool) -> Iterator[Check]:
    kind = profile.kind
    if kind is None:
        return
    name = f"driver {kind.name}"
    if kind.driver_available():
        yield Check(name, "ok", f"The driver for {kind.title} is installed.")
    else:
        message = f"The driver for {kind.title} is not installed; {one_line(profile.name, 60)} needs it."
        yield Check(name, "failed" if is_host else "warning", message, kind.install_command)


def check_secrets(workspace: Workspace) -> Iterator[Check]:
    """Check the OS keyring, and that the secrets of the profiles lead somewhere. Blocking."""
    from amx_tui.config.secrets import Secret, keyring_problem

    config = workspace.config
    hosts = {profile.name for profile, is_host in profiles_in_use(config) if is_host}
    problem = keyring_problem()
    references = [
        profile
        for profile in config.profiles.values()
        if any(isinstance(value, Secret) and value.kind == "keyring" for value in profile.values.values())
    ]
    if not problem:
        yield Check("keyring", "ok", "The OS keyring answers.")
    elif references:
        names = ", ".join(one_line(profile.name, 60) for profile in references[:_SHOWN])
        yield Check(
            "keyring",
            "failed",
            f"Secrets of {names} are kept in the OS keyring, which cannot be used here: {problem}",
            hint="Edit the profiles: type the secrets again, or write env:NAME.",
        )
    else:
        yield Check("keyring", "ok", f"No OS keyring, and none is needed: {problem}")
    for profile in config.profiles.values():
        try:
            profile.resolve_secrets(workspace.environ)
        except AmxError as error:
            name = f"profile {one_line(profile.name, 60)}"
            state: CheckState = "failed" if profile.name in hosts else "warning"
            yield Check(name, state, error.message, error.hint)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
