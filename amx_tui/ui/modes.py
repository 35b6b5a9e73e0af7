"""The screens that have a number, but the first: each is imported when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amx_tui.ui.screens.base import BaseScreen

__all__ = ["MODES"]


def _members() -> BaseScreen:
    from amx_tui.ui.screens.members.screen import MembersScreen

    return MembersScreen()


def _pages() -> BaseScreen:
    from amx_tui.ui.screens.pages.screen import PagesScreen

    return PagesScreen()


def _profiles() -> BaseScreen:
    from amx_tui.ui.screens.profiles.screen import ProfilesScreen

    return ProfilesScreen()


MODES: dict[str, Callable[[], BaseScreen]] = {
    "members": _members,
    "pages": _pages,
    "profiles": _profiles,
}
"""By the name of the mode."""
