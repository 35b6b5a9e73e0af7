"""Themes and key map: from the files to the running app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amx_tui.ui.theme import textual_theme, theme_values

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.ui.app import AmxApp

__all__ = ["apply_settings", "choose_theme", "use_theme", "values_of_current"]


def apply_settings(app: AmxApp, workspace: Workspace) -> None:
    """Register the themes, use the chosen one, move the keys; whatever is bad in the files is a named warning."""
    themes = workspace.themes()
    for spec in themes.loaded.values():
        app.register_theme(textual_theme(spec))
    for warning in (*themes.failed, *workspace.warnings):
        app.say(warning, title="Settings", severity="warning")
    wanted = workspace.settings.theme
    if wanted in themes.loaded:
        app.theme = wanted
    else:
        app.say(f"There is no theme “{wanted}”; using {app.theme}.", title="Settings", severity="warning")
    app.user_keys = dict(workspace.settings.keymap)
    app.set_keymap(app.user_keys)


def use_theme(app: AmxApp, name: str) -> None:
    """Use a theme from now on."""
    app.theme = name
    app.workspace.save_setting("theme", name)
    app.say(f"The theme is {name}.", title="Theme")


def values_of_current(app: AmxApp) -> dict[str, Any]:
    """What is remembered of the theme in use."""
    spec = app.workspace.themes().loaded.get(app.theme)
    return theme_values(spec) if spec is not None else {}


def choose_theme(app: AmxApp) -> None:
    """Open the list of themes."""
    from amx_tui.ui.palette import open_theme_palette

    open_theme_palette(app)
