"""A keyring in a file, which this program and the real amx-cli have open at the same time."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

__all__ = ["VARIABLE", "FileKeyring"]

VARIABLE = "INTEROP_KEYRING"
"""The environment variable that names the file."""


class FileKeyring(KeyringBackend):
    """A keyring that keeps what it is given in plain text, for as long as a test runs."""

    priority = 1

    def __init__(self) -> None:
        self._path = Path(os.environ[VARIABLE])

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, or None where none is stored."""
        return self._read().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the password."""
        self._write(self._read() | {f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        """Forget the password; raise PasswordDeleteError where none is stored."""
        kept = self._read()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError(f"no password for {username} at {service}")
        self._write(kept)

    def _read(self) -> dict[str, str]:
        text = self._path.read_text(encoding="utf-8") if self._path.exists() else "{}"
        kept: dict[str, str] = json.loads(text)
        return kept

    def _write(self, kept: dict[str, str]) -> None:
        self._path.write_text(json.dumps(kept), encoding="utf-8")
