"""The ids that a user's key map may name. Imports every screen, so it is asked only where there is a key map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.binding import Binding

from amx_tui.ui.commands import Command
from amx_tui.ui.global_commands import GlobalCommands
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.screens.compare.screen import CompareScreen
from amx_tui.ui.screens.history.screen import HistoryScreen
from amx_tui.ui.screens.profiles.form import ProfileForm
from amx_tui.ui.screens.profiles.screen import ProfilesScreen
from amx_tui.ui.screens.report.screen import ReportScreen
from amx_tui.ui.screens.run.screen import RunScreen
from amx_tui.ui.screens.store.screen import StoreScreen
from amx_tui.ui.widgets.row_list import RowList

__all__ = ["unknown_ids"]

_PERFORMERS = (
    GlobalCommands,
    HistoryScreen,
    RunScreen,
    CompareScreen,
    ProfilesScreen,
    ProfileForm,
    StoreScreen,
    ReportScreen,
)


def unknown_ids(ids: Iterable[str]) -> list[str]:
    """The ids of a key map that belong to no command and no key of a list."""
    known = set(_known_ids())
    return [each for each in ids if each not in known]


def _known_ids() -> Iterator[str]:
    for performer in _PERFORMERS:
        commands: tuple[Command, ...] = performer.VERBS
        yield from (command.id for command in commands)
    for widget in (RowList, BaseScreen):
        yield from (binding.id for binding in widget.BINDINGS if isinstance(binding, Binding) and binding.id)
