"""A keyring for tests, in memory."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """A keyring that works and forgets with the process.

    Attributes:
        passwords: what is stored, by (service, username).
    """

    priority = 1

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, or None where none is stored."""
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the password."""
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget the password; raise PasswordDeleteError where none is stored."""
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError(f"no password for {username} at {service}")
