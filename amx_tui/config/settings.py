"""This program's own few options, `amx-tui.yml` in the AMX home: theme, key map, live updates.

Nothing in that file keeps the program from starting: what cannot be used is a named warning.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amx_tui.config.home import SETTINGS_FILE
from amx_tui.domain.errors import ConfigError
from amx_tui.domain.text import one_line

__all__ = ["DEFAULT_THEME", "Settings", "load_settings", "save_setting"]

DEFAULT_THEME = "amx-dark"
_KNOWN = ("theme", "keymap", "live")
# Terminals send these for Enter, Backspace and Tab, so that binding them takes those keys away.
_ALIASES = {"ctrl+j": "enter", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+i": "tab"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options as the program uses them."""

    theme: str = DEFAULT_THEME
    """The name of a theme, packaged or the user's own; it may turn out not to exist."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Binding id (`history.compare`) to keys, several separated by commas (`c,ctrl+k`)."""
    live: bool = True
    """Whether the store is watched for what others change."""
    warnings: tuple[str, ...] = ()
    """A sentence for each option that could not be used."""


def load_settings(home: Path) -> Settings:
    """Read `amx-tui.yml` in the AMX home; never fails. A missing file costs one look at the folder."""
    path = home / SETTINGS_FILE
    if not path.exists():
        return Settings()
    from amx_tui.config.document import plain, read_document

    try:
        data = plain(path, read_document(path).root)
    except ConfigError as error:
        return Settings(warnings=(f"{error.message} The defaults are used.",))
    return _Checked(data if isinstance(data, dict) else {}).settings()


def save_setting(home: Path, key: str, value: str | bool | None) -> Settings:
    """Set one option, or remove it with None, keeping the rest of the file byte for byte. Blocking.

    Raises:
        ConfigError: The file is broken or cannot be written.
    """
    from amx_tui.config.saving import save_edits
    from amx_tui.config.splice import Drop, Put

    path = home / SETTINGS_FILE
    edit = Drop((key,)) if value is None else Put((key,), value)
    save_edits(path, [edit], check=lambda _document: None, backups=False)
    return load_settings(home)


class _Checked:
    """Takes what can be used of the file, and a warning for the rest."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self.data = data
        self.warnings: list[str] = []

    def settings(self) -> Settings:
        for key in self.data:
            if key not in _KNOWN:
                self._warn(key, f"is no option of this program; options are {', '.join(_KNOWN)}.")
        theme, keymap, live = self._theme(), self._keymap(), self._live()
        return Settings(theme, keymap, live, tuple(self.warnings))

    def _warn(self, key: str, problem: str) -> None:
        self.warnings.append(f"{SETTINGS_FILE}: {one_line(key, 80)} {problem}")

    def _theme(self) -> str:
        value = self.data.get("theme")
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None:
            self._warn("theme", f"must be the name of a theme; {DEFAULT_THEME} is used.")
        return DEFAULT_THEME

    def _live(self) -> bool:
        value = self.data.get("live")
        if value is None or isinstance(value, bool):
            return value is not False
        self._warn("live", "must be true or false; true is used.")
        return True

    def _keymap(self) -> dict[str, str]:
        value = self.data.get("keymap")
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._warn(
                "keymap", "must hold keys by binding id, such as `history.compare: c`; it is not used."
            )
            return {}
        keymap = {str(binding): self._keys(f"keymap.{binding}", keys) for binding, keys in value.items()}
        return {binding: keys for binding, keys in keymap.items() if keys}

    def _keys(self, key: str, value: object) -> str:
        parts = value if isinstance(value, list) else str(value).split(",")
        kept: list[str] = []
        for part in (str(part).strip() for part in parts):
            if part in _ALIASES:
                self._warn(key, f"cannot be {part}, which terminals send for {_ALIASES[part]}.")
            elif not part or any(unicodedata.category(each)[0] in "CZ" for each in part):
                self._warn(key, "must be keys such as `c` or `ctrl+k`, separated by commas.")
            else:
                kept.append(part)
        return ",".join(kept)
