"""The use-cases of an open workspace, each imported when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from amx_tui.services.apply import Apply
    from amx_tui.services.compare import Compare
    from amx_tui.services.decisions import Decisions
    from amx_tui.services.doctor import Doctor
    from amx_tui.services.doctor.health import StoreHealth
    from amx_tui.services.history import History
    from amx_tui.services.history_store import HistoryStore
    from amx_tui.services.members import Members
    from amx_tui.services.pages import Pages
    from amx_tui.services.profiles import Profiles
    from amx_tui.services.review import Reviews
    from amx_tui.services.workspace import Workspace

__all__ = ["UseCases"]


class UseCases:
    """What can be done in a workspace; a part of `Workspace`, which is the only one of its kind."""

    @property
    def _workspace(self) -> Workspace:
        return cast("Workspace", self)

    @cached_property
    def history(self) -> History:
        """The runs and their results."""
        from amx_tui.services.history import History

        return History(self._workspace)

    @cached_property
    def compare(self) -> Compare:
        """Runs side by side, and the settling of their differences."""
        from amx_tui.services.compare import Compare

        return Compare(self._workspace)

    @cached_property
    def decisions(self) -> Decisions:
        """The decisions that this program makes, with their undo."""
        from amx_tui.services.decisions import Decisions

        return Decisions(self._workspace)

    @cached_property
    def reviews(self) -> Reviews:
        """The reviews of runs, and what of them is not stored yet."""
        from amx_tui.services.review import Reviews

        return Reviews(self._workspace)

    @cached_property
    def apply(self) -> Apply:
        """The writing of a run's descriptions into the database that it described."""
        from amx_tui.services.apply import Apply

        return Apply(self._workspace)

    @cached_property
    def members(self) -> Members:
        """The members, their roles, and the audit trail."""
        from amx_tui.services.members import Members

        return Members(self._workspace)

    @cached_property
    def pages(self) -> Pages:
        """The documentation pages."""
        from amx_tui.services.pages import Pages

        return Pages(self._workspace)

    @cached_property
    def profiles(self) -> Profiles:
        """The database profiles."""
        from amx_tui.services.profiles import Profiles

        return Profiles(self._workspace)

    @cached_property
    def history_store(self) -> HistoryStore:
        """The setting up of the shared store."""
        from amx_tui.services.history_store import HistoryStore

        return HistoryStore(self._workspace)

    @cached_property
    def doctor(self) -> Doctor:
        """The checks of everything that usually goes wrong."""
        from amx_tui.services.doctor import Doctor

        return Doctor(self._workspace)

    @cached_property
    def health(self) -> StoreHealth:
        """Faults of the store's rows."""
        from amx_tui.services.doctor.health import StoreHealth

        return StoreHealth(self._workspace)
