"""What happens to an error that nobody foresaw: a short message, and a log without secrets."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from amx_tui import __version__

__all__ = ["report_crash"]

_WORKING_DIRECTORIES = {"PWD", "OLDPWD"}
"""Variables whose names look like a password's, and whose values every path in a traceback begins with."""


def report_crash(error: Exception) -> int:
    """Tell the user about an unforeseen error and where the details are, and return the exit status."""
    from amx_tui.config.secrets import redact

    secrets = list(_secrets())
    summary = redact(f"{type(error).__name__}: {error}".splitlines()[0][:300], secrets)
    from amx_tui.domain.text import visible

    print(f"amx-tui: something unforeseen happened ({visible(summary)}).", file=sys.stderr)
    try:
        path = _write_log(redact("".join(traceback.format_exception(error)), secrets))
    except OSError:
        print("hint: Please report it; the AMX home cannot be written, so there is no log.", file=sys.stderr)
    else:
        print(f"hint: Please report it, with the log at {path}.", file=sys.stderr)
    return 1


def _secrets() -> Iterable[str]:
    """Every secret that could stand in a message: those of `config.yml` and those of the environment."""
    from amx_tui.config.file import load_config
    from amx_tui.config.home import CONFIG_FILE, amx_home
    from amx_tui.config.secrets import is_secret_key
    from amx_tui.domain.errors import ConfigError

    for name, value in os.environ.items():
        if is_secret_key(name) and name not in _WORKING_DIRECTORIES and len(value) > 3:
            yield value
    try:
        config = load_config(amx_home(os.environ) / CONFIG_FILE)
    except ConfigError:
        return
    yield from (secret.reveal() for secret in config.secrets())


def _write_log(text: str) -> Path:
    """Write the log, readable by its owner alone.

    Raises:
        OSError: The AMX home cannot be written.
    """
    from amx_tui.config.home import amx_home

    folder = amx_home(os.environ) / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"error-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.log"
    header = f"amx-tui {__version__}, Python {platform.python_version()}, {platform.system()}\n\n"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8",
              errors="backslashreplace") as file:  # fmt: skip
        file.write(header + text)
    return path
