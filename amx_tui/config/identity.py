"""Who acts: `$AMX_USER`, else the OS user, and the machine's name."""

from __future__ import annotations

import os
import socket
import unicodedata
from collections.abc import Mapping

from amx_tui.domain.errors import ConfigError
from amx_tui.domain.identity import Identity

__all__ = ["USERNAME_LENGTH", "current_identity"]

USERNAME_LENGTH = 120
"""Characters; what `created_by` holds in every layout of the store."""
_HOSTNAME_LENGTH = 255
_USER_VARIABLES = ("LOGNAME", "USER", "LNAME", "USERNAME")
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def current_identity(environ: Mapping[str, str], *, hostname: str | None = None) -> Identity:
    """Return who acts.

    Args:
        environ: The environment; `AMX_USER` wins where it is not blank.
        hostname: The machine's name; asked of the system when None.

    Raises:
        ConfigError: The name is too long or holds control characters; `key` says where it came from.
    """
    override = environ.get("AMX_USER", "").strip()
    username = override or _system_user(environ)
    source = "AMX_USER" if override else "OS user"
    host = (hostname if hostname is not None else socket.gethostname()).strip() or "localhost"
    _check(username, source, USERNAME_LENGTH)
    _check(host, "hostname", _HOSTNAME_LENGTH)
    if "@" in host:
        raise ConfigError("The hostname contains @, which separates user and host.", key="hostname")
    return Identity(username, host)


def _system_user(environ: Mapping[str, str]) -> str:
    """Find the OS user as `getpass.getuser` does, and fall back to the number where it has no name."""
    for name in _USER_VARIABLES:
        value = environ.get(name, "").strip()
        if value:
            return value
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name or f"uid-{os.getuid()}"
    except (ImportError, KeyError):
        return f"uid-{os.getuid()}" if hasattr(os, "getuid") else "unknown"


def _check(name: str, source: str, length: int) -> None:
    if len(name) > length:
        raise ConfigError(
            f"The name from {source} has {len(name)} characters; {length} are allowed.",
            hint="Set AMX_USER to a shorter name, such as alice@acme.com.",
            key=source,
        )
    if any(unicodedata.category(character) in _FORBIDDEN for character in name):
        raise ConfigError(
            f"The name from {source} contains control characters.",
            hint="Set AMX_USER to a plain name, such as alice@acme.com.",
            key=source,
        )
