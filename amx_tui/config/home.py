"""The AMX home: the folder with `config.yml`, the local store, drafts and logs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["CONFIG_FILE", "SETTINGS_FILE", "amx_home"]

CONFIG_FILE = "config.yml"
"""Shared with amx-cli."""
SETTINGS_FILE = "amx-tui.yml"
"""This program's own options."""


def amx_home(environ: Mapping[str, str]) -> Path:
    """Return `$AMX_HOME`, else `$AMX_CONFIG_DIR`, else `~/.amx`; the folder need not exist.

    A variable that is empty counts as not set. `~` is the user's home; a relative path starts at the working
    directory.
    """
    for name in ("AMX_HOME", "AMX_CONFIG_DIR"):
        value = environ.get(name, "").strip()
        if value:
            return _expanded(value, environ).absolute()
    return _expanded("~/.amx", environ)


def _expanded(value: str, environ: Mapping[str, str]) -> Path:
    path = Path(value)
    if path.parts[0] != "~":
        # expanduser() raises for a user that does not exist; such a path is then what it says.
        return path
    home = environ.get("HOME")
    return Path(home or Path.home(), *path.parts[1:])
