"""What a newly read configuration changes, said in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from amx_tui.config.model import Config, Profile

__all__ = ["describe_changes", "store_settings"]

_NAME_LENGTH = 60


def store_settings(config: Config) -> object:
    """Return all that decides which store is open; two configurations that agree on it open the same one."""
    host = config.profiles.get(config.history_store_profile or "") if config.is_shared else None
    return (
        config.history_store_enabled,
        config.history_store_profile,
        config.history_store_schema,
        config.history_store_database,
        _facts(host),
    )


def describe_changes(before: Config, after: Config) -> tuple[str, ...]:
    """Say what differs between two configurations; secrets are compared, never named."""
    return tuple(_changes(before, after))


def _changes(before: Config, after: Config) -> Iterator[str]:
    for name in after.profiles.keys() - before.profiles.keys():
        yield f"Profile {one_line(name, _NAME_LENGTH)} is new."
    for name in before.profiles.keys() - after.profiles.keys():
        yield f"Profile {one_line(name, _NAME_LENGTH)} is gone."
    for name in before.profiles.keys() & after.profiles.keys():
        if _facts(before.profiles[name]) != _facts(after.profiles[name]):
            yield f"Profile {one_line(name, _NAME_LENGTH)} has changed."
    if before.active_db_profile != after.active_db_profile:
        yield f"The active profile is {one_line(after.active_db_profile or 'none', _NAME_LENGTH)} now."
    yield from _store_changes(before, after)
    if before.extra != after.extra:
        yield "Settings of other programs have changed."


def _store_changes(before: Config, after: Config) -> Iterator[str]:
    if before.history_store_enabled != after.history_store_enabled:
        yield f"The shared history store is {'enabled' if after.history_store_enabled else 'disabled'} now."
    for key in ("history_store_profile", "history_store_schema", "history_store_database"):
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            yield f"{key} is {one_line(new, _NAME_LENGTH) if new else 'not set'} now."


def _facts(profile: Profile | None) -> object:
    return None if profile is None else (profile.backend, dict(profile.values))
