"""Opening a database or a store: the shared one that the configuration names, or the local one.

Everything heavy (the database library, a driver, the OS keyring) is imported and asked in a thread, so that
the screens stay alive meanwhile.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from amx_tui.domain.errors import ConfigError, DriverMissingError
from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from amx_tui.config.model import Config, Profile
    from amx_tui.store.database import Database
    from amx_tui.store.opening import Store

__all__ = [
    "open_database",
    "open_local",
    "open_profile_store",
    "open_shared",
    "required_host",
    "shared_place",
    "store_label",
    "store_spelled_otherwise",
]


def store_label(profile: Profile, schema: str) -> str:
    """Name a shared store for people: `AMX in db-prod…/analytics`."""
    place = profile.describe() or profile.name
    return f"{one_line(schema, 80)} in {place}" if has_schemas(profile) else place


def shared_place(config: Config) -> str:
    """Name the shared store as no other store is called, for what waits for it; empty where none is configured."""
    host = config.host if config.is_shared else None
    return f"shared {config.history_store_schema} in {host.backend} {host.place}" if host is not None else ""


def has_schemas(profile: Profile) -> bool:
    """Say whether the profile's tables lie in schemas; in a SQLite file there are none."""
    return profile.require_backend().abilities.has_schemas


def required_host(config: Config) -> Profile:
    """Return the profile that hosts the shared store, `history_store_database` applied.

    Raises:
        ConfigError: None is named.
        NotFoundError: There is no profile of that name.
    """
    host = config.host
    if host is None:
        raise ConfigError(
            "history_store_enabled is true, but no history_store_profile is named.",
            hint="Run history-store enable --profile P, or history-store disable.",
            path=config.path,
            key="history_store_profile",
        )
    return host


async def open_database(
    profile: Profile, environ: Mapping[str, str], *, may_create: bool = False
) -> Database:
    """Prepare the connection to a profile's database; nothing is sent to it yet.

    Args:
        profile: Where the database is.
        environ: What `env:` references read.
        may_create: Whether a SQLite file that is not there is made.

    Raises:
        ConfigError: The profile cannot be used, or its secret is not to be had.
        DriverMissingError: Its driver is not installed; the hint is the command that installs it.
    """
    return await asyncio.to_thread(_make_database, profile, environ, may_create)


def _make_database(profile: Profile, environ: Mapping[str, str], may_create: bool) -> Database:
    backend = profile.require_backend()
    backend.require_driver()
    secrets = profile.resolve_secrets(environ)
    try:
        for module in backend.driver_modules:
            importlib.import_module(module)
    except ImportError as error:
        raise DriverMissingError(
            f"The driver for {backend.title} is installed, but does not load ({one_line(str(error), 200)}).",
            hint=backend.install_command,
        ) from error
    from amx_tui.store.database import make_database

    return make_database(profile, secrets, may_create=may_create)


async def open_profile_store(profile: Profile, schema: str, environ: Mapping[str, str]) -> Store:
    """Open the store that lies in `schema` of a profile's database.

    Raises:
        AmxError: It cannot be reached, or is not there; the hint says what to do.
    """
    database = await open_database(profile, environ)
    from amx_tui.store.opening import open_store

    try:
        return await open_store(
            database,
            schema=schema if has_schemas(profile) else None,
            host_label=profile.describe() or profile.name,
        )
    except BaseException:
        await database.close()
        raise


async def open_shared(config: Config, environ: Mapping[str, str]) -> Store:
    """Open the shared store that the configuration names.

    Raises:
        AmxError: It cannot be reached, or is not there; the hint says what to do.
    """
    return await open_profile_store(required_host(config), config.history_store_schema, environ)


async def open_local(home: Path) -> Store:
    """Open the local store, which is made on first use.

    Raises:
        AmxError: The file cannot be opened.
    """
    await asyncio.to_thread(importlib.import_module, "amx_tui.store.opening")
    from amx_tui.store.opening import open_local_store

    return await open_local_store(home)


async def store_spelled_otherwise(database: Database, schema: str) -> str:
    """Return the schema with a store whose name differs from `schema` in its case only; empty where there is none."""
    from amx_tui.store.catalogs import list_schemas

    wanted = schema.casefold()
    stores = [each.name for each in await list_schemas(database) if each.layout is not None]
    return next((name for name in stores if name != schema and name.casefold() == wanted), "")
