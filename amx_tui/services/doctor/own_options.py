"""What a doctor finds in this program's own files: its options, the key map among them, and themes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from amx_tui.domain.report import Check
from amx_tui.domain.text import one_line

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace

__all__ = ["check_own_options"]


def check_own_options(workspace: Workspace) -> Iterator[Check]:
    """Check `amx-tui.yml`, the key map in it, and the theme files. Blocking."""
    from amx_tui.config.home import SETTINGS_FILE
    from amx_tui.config.settings import load_settings

    path = workspace.home / SETTINGS_FILE
    # As the file is now: what was read at the start may have been put right since.
    settings = load_settings(workspace.home)
    for warning in settings.warnings:
        yield Check("settings", "warning", warning, hint=f"Edit {path}.")
    if not path.exists():
        yield Check("settings", "ok", f"There is no {path}; the defaults hold.")
    elif not settings.warnings:
        yield Check("settings", "ok", f"{path} reads well.")
    if settings.keymap:
        yield from _check_keys(settings.keymap, workspace.command_ids())
    yield from _check_themes(workspace, settings.theme)


def _check_keys(moved: Iterable[str], known: frozenset[str]) -> Iterator[Check]:
    unknown = [each for each in moved if each not in known] if known else []
    for each in unknown:
        near = difflib.get_close_matches(each, sorted(known), n=1)
        hint = f"If you mean {near[0]}, rename it." if near else "`?` lists the ids of a screen's commands."
        yield Check("key map", "warning", f"There is no command keymap.{one_line(each, 80)}.", hint=hint)
    if not unknown:
        yield Check("key map", "ok", f"Keys are moved for {', '.join(one_line(each, 80) for each in moved)}.")


def _check_themes(workspace: Workspace, wanted: str) -> Iterator[Check]:
    themes = workspace.themes()
    folder = workspace.home / "themes"
    for failure in themes.failed:
        yield Check(
            "themes", "warning", failure, hint=f"Edit it in {folder}; until then it cannot be chosen."
        )
    if wanted in themes.loaded:
        yield Check("theme", "ok", f"{wanted}, one of {len(themes.loaded)}: {', '.join(themes.loaded)}.")
        return
    near = difflib.get_close_matches(wanted, list(themes.loaded), n=1)
    hint = f"If you mean {near[0]}, set theme: {near[0]}." if near else "`:theme` in the app chooses one."
    yield Check("theme", "warning", f"There is no theme {one_line(wanted, 60)}.", hint=hint)
