"""Theme files: the packaged ones and the user's own, checked before the screen sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amx_tui.domain.errors import ConfigError
from amx_tui.domain.text import one_line

__all__ = ["COLOURS", "LoadedThemes", "ThemeSpec", "load_theme", "load_themes", "packaged_folder"]

COLOURS = (
    "primary",
    "secondary",
    "accent",
    "background",
    "surface",
    "panel",
    "foreground",
    "success",
    "warning",
    "error",
)
"""The colours that every theme file must have, each as `#rrggbb`."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_VARIABLE_NAME = re.compile(r"[a-z][a-z0-9-]*")
_VARIABLE_COLOUR = re.compile(r"(?:#[0-9a-fA-F]{6}|transparent)(?: (?:100|[1-9]?[0-9])%)?")
_STYLES = frozenset({"none", "bold", "dim", "italic", "underline", "reverse", "strike", "not"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """A theme as data."""

    name: str
    is_dark: bool
    colours: Mapping[str, str]
    """Every one of `COLOURS`, as `#rrggbb`."""
    variables: Mapping[str, str]
    """Further variables of the screen's style sheets, such as `footer-key-foreground`."""
    path: Path
    """The file it was read from."""


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    """The themes that can be used, and a sentence for each file that cannot."""

    loaded: dict[str, ThemeSpec] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def packaged_folder() -> Path:
    """Return the folder of the themes that come with the program: in the wheel, else in the checkout."""
    package = Path(__file__).parents[1]
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load_themes(home: Path) -> LoadedThemes:
    """Read the packaged themes, then those in `themes/` of the AMX home; the user's own win.

    A file that cannot be used becomes a sentence in `failed`; nothing is raised.
    """
    themes = LoadedThemes()
    for path in [*_files(packaged_folder()), *_files(home / "themes")]:
        _load(path, themes)
    return themes


def load_theme(name: str, home: Path) -> LoadedThemes:
    """Read one theme only, for a quick start: the user's own of that name, else the packaged one.

    A theme is found under its file's name here; `load_themes` also finds those that say another name inside.
    """
    themes = LoadedThemes()
    if _NAME.fullmatch(name):
        for folder in (home / "themes", packaged_folder()):
            found = next((path for path in _files(folder) if path.stem == name), None)
            if found is not None and _load(found, themes):
                break
    return themes


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in {".yml", ".yaml"})
    except OSError:
        return []


def _load(path: Path, themes: LoadedThemes) -> bool:
    from amx_tui.config.document import plain, read_document

    try:
        data = plain(path, read_document(path).root)
    except ConfigError as error:
        themes.failed.append(f"Theme {one_line(path.name, 80)}: {error.message}")
        return False
    values = data if isinstance(data, dict) else {}
    name = values.get("name", path.stem)
    problems = _problems(name, values)
    if problems:
        themes.failed.append(f"Theme {one_line(path.name, 80)}: {' '.join(problems)}")
        return False
    themes.loaded[str(name)] = ThemeSpec(
        name=str(name),
        is_dark=values.get("dark", True) is True,
        colours={key: str(values[key]) for key in COLOURS},
        variables={str(key): str(value) for key, value in (values.get("variables") or {}).items()},
        path=path,
    )
    return True


def _problems(name: object, values: Mapping[str, object]) -> list[str]:
    problems: list[str] = []
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        problems.append("name must be letters, digits, - and _.")
    for key in COLOURS:
        if key not in values:
            problems.append(f"{key} is missing.")
        elif not isinstance(values[key], str) or not _COLOUR.fullmatch(str(values[key])):
            problems.append(f"{key} must be a colour such as '#1e2430', in quotes.")
    if not isinstance(values.get("dark", True), bool):
        problems.append("dark must be true or false.")
    known = {*COLOURS, "name", "dark", "variables"}
    problems += [f"{one_line(key, 40)} is no part of a theme." for key in values if key not in known]
    variables = values.get("variables") or {}
    if not isinstance(variables, Mapping):
        return [*problems, "variables must hold names and values."]
    wanted = "must be a colour such as '#1e2430' or '#1e2430 40%', or a text style."
    return problems + [
        f"variables.{one_line(str(key), 40)} {wanted}"
        for key, value in variables.items()
        if not _is_variable(str(key), value)
    ]


def _is_variable(name: str, value: object) -> bool:
    if not _VARIABLE_NAME.fullmatch(name) or not isinstance(value, str):
        return False
    if name.endswith("-style"):
        return bool(value) and set(value.split()) <= _STYLES
    return _VARIABLE_COLOUR.fullmatch(value) is not None
