"""How a page names the assets that it is about, in a store of either layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amx_tui.domain.errors import UsageError
from amx_tui.domain.names import split_name
from amx_tui.domain.pages import PageAsset
from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from amx_tui.config.model import Config

__all__ = ["page_asset"]

_KINDS = ("schema", "table", "column")


def page_asset(config: Config, layout: str, db_profile: str, name: str) -> PageAsset:
    """Write an asset as a store refers to it.

    Where amx-cli made the store, a reference is `profile/database/schema/table.column`, which amx-cli takes apart at
    its signs: what would read as something else there is refused.

    Args:
        config: Says which profiles there are, and which one is meant where the page names none.
        layout: The store's.
        db_profile: The profile of the page; may be empty.
        name: The asset's qualified name, with one to three parts.

    Raises:
        UsageError: It has none, or more; or amx-cli could not read the reference.
    """
    parts = split_name(name.strip())
    if not 1 <= len(parts) <= len(_KINDS):
        raise UsageError(f"{one_line(name, 80)} is no name of an asset.", hint="Such as sales.customer.c_id.")
    kind = _KINDS[len(parts) - 1]
    if layout != "amx_cli":
        return PageAsset(kind, name.strip())
    if any("/" in part for part in parts) or any("." in part for part in parts[:2]):
        raise UsageError(
            f"amx-cli has no way to write {one_line(name, 80)}.", hint="It divides names at / and dots."
        )
    path = "/".join((*_place(config, db_profile), *parts[:2]))
    return PageAsset(f"db_{kind}", ".".join((path, *parts[2:])))


def _place(config: Config, db_profile: str) -> tuple[str, str]:
    """Name the profile and the database that a reference of amx-cli begins with."""
    only = next(iter(config.profiles)) if len(config.profiles) == 1 else ""
    name = db_profile or config.active_db_profile or only
    profile = config.profiles.get(name)
    field = profile.kind.database_field if profile is not None and profile.kind is not None else "database"
    database = str(profile.values.get(field) or "") if profile is not None else ""
    if not name or not database:
        lacking = f"{one_line(name, 60)} names no database here" if name else "the page names no profile"
        raise UsageError(
            f"amx-cli refers to an asset by profile and database, and {lacking}.",
            hint="Give the profile its database: edit-db-profile P --set database=D."
            if name
            else "Add --profile P.",
        )
    return name, database
