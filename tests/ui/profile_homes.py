"""AMX homes with profiles in them, for tests of the screens that set a team up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from textual.notifications import Notification

from tests.servers import HostServer
from tests.ui.seat import Seat

__all__ = ["CLOUD", "config_of", "make_home", "profile_of", "toasts", "told"]

CLOUD = {"backend": "clickhouse", "host": "ch.example.com"}
"""A profile of a backend that cannot host the store, and whose driver is not there."""


def profile_of(server: HostServer, **changed: object) -> dict[str, object]:
    """The block of a profile that leads to a test's database."""
    return {"backend": server.backend, **server.values, **changed}


def make_home(home: Path, profiles: Mapping[str, Mapping[str, object]], **keys: object) -> Path:
    """Write a `config.yml` with a comment that must survive, and return the home."""
    home.mkdir(parents=True, exist_ok=True)
    document = {**keys, "db_profiles": {name: dict(values) for name, values in profiles.items()}}
    text = "# kept by hand\n" + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    (home / "config.yml").write_text(text, encoding="utf-8")
    return home


def config_of(home: Path) -> dict[str, Any]:
    """What `config.yml` says now."""
    found: dict[str, Any] = yaml.safe_load((home / "config.yml").read_text(encoding="utf-8"))
    return found


async def told(seat: Seat, text: str) -> None:
    """Wait until a toast says something; toasts are not drawn in a test's terminal."""
    await seat.until(
        lambda: text in "\n".join(f"{each.title}: {each.message}" for each in toasts(seat)), text
    )


def toasts(seat: Seat) -> list[Notification]:
    """The toasts that are there now."""
    return list(seat.app._notifications)  # kept by the app whether it draws them or not
