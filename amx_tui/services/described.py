"""The database that a run described: which profile leads to it, and opening it."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from amx_tui.config.kinds import same_backend
from amx_tui.domain.errors import ConfigError, NotFoundError
from amx_tui.domain.runs import RunDetail
from amx_tui.domain.text import one_line
from amx_tui.services.opening import open_database

if TYPE_CHECKING:
    from amx_tui.config.model import Config, Profile
    from amx_tui.warehouse import Warehouse

__all__ = ["described_profile", "open_warehouse"]


def described_profile(
    config: Config, detail: RunDetail, *, named: str = "", places: Collection[str] = ()
) -> Profile:
    """Find the profile of the database that a run described.

    Args:
        config: The profiles of this machine.
        detail: The run; its profile's name is that of the machine where it was made.
        named: The profile that the user names, which is then taken whatever the run says.
        places: Where descriptions of runs over that profile were applied before (`Profile.place`); a profile that
            leads to none of them is another database of the same name.

    Raises:
        NotFoundError: There is no profile of that name here.
        ConfigError: The run names no profile, or the one of that name leads to another database.
    """
    if named:
        profile = config.profile(named)
        profile.require_backend()
        return profile
    wanted = detail.run.db_profile
    if not wanted:
        raise ConfigError(
            f"It is not said which database run {detail.run.run_id} described.", hint=_hint(config)
        )
    shown = one_line(wanted, 80)
    profile_here = config.profiles.get(wanted)
    if profile_here is None:
        raise NotFoundError(
            f"There is no profile {shown!r} here, whose database run {detail.run.run_id} described.",
            hint=_hint(config),
        )
    kind = profile_here.require_backend()
    if detail.db_backend and not same_backend(detail.db_backend, kind.name):
        raise ConfigError(
            f"The run described a {one_line(detail.db_backend, 40)} database; profile {shown!r} here"
            f" leads to {kind.title}.",
            hint=_hint(config),
            key=f"db_profiles.{wanted}.backend",
        )
    if places and profile_here.place not in places:
        before = ", ".join(one_line(place, 120) for place in sorted(places))
        raise ConfigError(
            f"Profile {shown!r} leads to {profile_here.place}; earlier descriptions went to {before}.",
            hint=_hint(config),
            key=f"db_profiles.{wanted}",
        )
    return profile_here


def _hint(config: Config) -> str:
    known = ", ".join(one_line(name, 40) for name in config.profiles)
    return (
        f"Say it with --profile; profiles are {known}." if known else "Add one with `amx-tui add-db-profile`."
    )


async def open_warehouse(profile: Profile, environ: Mapping[str, str]) -> Warehouse:
    """Prepare the connection to a described database; nothing is sent to it yet.

    Args:
        profile: Where the database is.
        environ: What `env:` references read.

    Raises:
        ConfigError: The profile cannot be used, or its secret is not to be had.
        DriverMissingError: Its driver is not installed; the hint is the command that installs it.
    """
    database = await open_database(profile, environ)
    await asyncio.to_thread(importlib.import_module, "amx_tui.warehouse")
    from amx_tui.warehouse import Warehouse

    return Warehouse(database, place=profile.place)
