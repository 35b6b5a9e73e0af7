"""The ids that a user's key map may name. Imports every screen, so it is asked only where there is a key map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import walk_packages

from textual.binding import Binding

from amx_tui.ui import screens
from amx_tui.ui.commands import Performer
from amx_tui.ui.global_commands import GlobalCommands
from amx_tui.ui.screens.base import BaseScreen
from amx_tui.ui.widgets.row_list import RowList

__all__ = ["known_ids", "unknown_ids"]


def unknown_ids(ids: Iterable[str]) -> list[str]:
    """The ids of a key map that belong to no command and no key of a list."""
    known = known_ids()
    return [each for each in ids if each not in known]


def known_ids() -> frozenset[str]:
    """The ids of every command, and of the keys of lists."""
    return frozenset(_ids())


def _ids() -> Iterator[str]:
    for module in walk_packages(screens.__path__, f"{screens.__name__}."):
        import_module(module.name)
    yield from (command.id for command in GlobalCommands.VERBS)
    for performer in _below(Performer):
        yield from (command.id for command in performer.VERBS)
    for widget in (RowList, BaseScreen):
        yield from (binding.id for binding in widget.BINDINGS if isinstance(binding, Binding) and binding.id)


def _below(performer: type[Performer]) -> Iterator[type[Performer]]:
    for each in performer.__subclasses__():
        yield each
        yield from _below(each)
