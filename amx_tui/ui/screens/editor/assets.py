"""The names of assets that can be completed while writing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amx_tui.domain.pages import Page
from amx_tui.ui.line_input import sources
from amx_tui.ui.screens.line.screen import Suggestion

if TYPE_CHECKING:
    from amx_tui.ui.app import AmxApp

__all__ = ["known_assets", "matching"]


def known_assets(app: AmxApp, page: Page | None = None, catalogued: Sequence[str] = ()) -> list[str]:
    """Name what a page is about already, schemas and tables of the runs in memory, and what the store knows besides.

    Args:
        catalogued: The names that were read from the store.
    """
    known = sources(app)
    names = {*catalogued, *known["scopes"](), *known["tables"]()}
    if page is not None:
        names.update(asset.name for asset in page.assets)
    return sorted(name for name in names if name)


def matching(names: Sequence[str], line: str, cursor: int) -> list[Suggestion]:
    """Ways to go on with the name under the cursor of an input line."""
    start = line.rfind(" ", 0, cursor) + 1
    typed = line[start:cursor].casefold()
    return [
        Suggestion(line[:start] + name + line[cursor:], name)
        for name in names
        if name.casefold().startswith(typed) and name.casefold() != typed
    ]
