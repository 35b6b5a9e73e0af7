"""From our theme files to Textual's themes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.theme import Theme

from amx_tui.config.themes import COLOURS

if TYPE_CHECKING:
    from amx_tui.config.themes import ThemeSpec

__all__ = ["remembered_theme", "textual_theme", "theme_values"]


def textual_theme(spec: ThemeSpec) -> Theme:
    """Build the theme of a theme file."""
    return _theme(spec.name, spec.is_dark, spec.colours, spec.variables)


def theme_values(spec: ThemeSpec) -> dict[str, Any]:
    """What is remembered of a theme, so that the next start's first frame has its colours without reading the file."""
    return {
        "name": spec.name,
        "dark": spec.is_dark,
        "colours": dict(spec.colours),
        "variables": dict(spec.variables),
    }


def remembered_theme(values: Mapping[str, Any]) -> Theme | None:
    """Build a theme from what was remembered; None where that is nothing, or damaged."""
    try:
        return _theme(str(values["name"]), bool(values["dark"]), values["colours"], values["variables"])
    except (KeyError, TypeError, AttributeError):
        return None


def _theme(name: str, is_dark: bool, colours: Mapping[str, str], variables: Mapping[str, str]) -> Theme:
    theme = Theme(name=name, primary=str(colours["primary"]), dark=is_dark)
    for colour in COLOURS:
        if colour in colours:
            setattr(theme, colour, str(colours[colour]))
    theme.variables = {str(key): str(value) for key, value in variables.items()}
    return theme
