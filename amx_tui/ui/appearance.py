"""Themes and key map: from the files to the running app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amx_tui.config.settings import save_setting
from amx_tui.config.themes import load_themes
from amx_tui.domain.errors import AmxError
from amx_tui.ui.theme import textual_theme, theme_values

if TYPE_CHECKING:
    from amx_tui.services.workspace import Workspace
    from amx_tui.ui.app import AmxApp

__all__ = ["apply_settings", "choose_theme", "use_theme", "values_of_current"]


def apply_settings(app: AmxApp, workspace: Workspace) -> None:
    """Register the themes, use the chosen one, move the keys; what is bad in the files is a named warning."""
    workspace.command_ids = _command_ids
    themes = load_themes(workspace.home)
    app.themes = themes.loaded
    for spec in themes.loaded.values():
        app.register_theme(textual_theme(spec))
    for warning in (*themes.failed, *workspace.settings.warnings):
        app.say(warning, title="Settings", severity="warning")
    wanted = workspace.settings.theme
    if wanted in themes.loaded:
        app.theme = wanted
    else:
        app.say(
            f"There is no theme “{wanted}”; the colours are those of {app.theme}.",
            title="Settings",
            severity="warning",
        )
    if app.user_keys != workspace.settings.keymap:
        app.user_keys = dict(workspace.settings.keymap)
        app.set_keymap(app.user_keys)
    _name_unknown_keys(app)


def _command_ids() -> frozenset[str]:
    from amx_tui.ui.known_keys import known_ids

    return known_ids()


def _name_unknown_keys(app: AmxApp) -> None:
    """Say which ids of the key map nothing has; they move no key."""
    if not app.user_keys:
        return
    from amx_tui.ui.known_keys import unknown_ids

    for each in unknown_ids(app.user_keys):
        app.say(
            f"keymap.{each}: there is no command of that id; `?` shows what there is.",
            title="Settings",
            severity="warning",
        )


def use_theme(app: AmxApp, name: str) -> None:
    """Use a theme from now on."""
    app.theme = name
    try:
        save_setting(app.workspace.home, "theme", name)
    except (AmxError, OSError) as error:
        app.say(
            f"{name} is used until you quit; it could not be kept: {error}", title="Theme", severity="warning"
        )
    else:
        app.say(f"The theme is {name}.", title="Theme")


def values_of_current(app: AmxApp) -> dict[str, Any]:
    """What is remembered of the theme in use."""
    spec = app.themes.get(app.theme)
    return theme_values(spec) if spec is not None else {}


def choose_theme(app: AmxApp) -> None:
    """Open the list of themes."""
    from amx_tui.ui.palette import open_theme_palette

    open_theme_palette(app)
